"""Databases of other versions: older ones are walked up, newer ones refused, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.ledger import migrations
from bridge.ledger.ledger import Ledger
from bridge.ledger.migrations import NEWEST, Migration, migrate
from bridge.ledger.store import LedgerError, Store, sqlite_database


def opened(path: Path) -> Store:
    return Store(sqlite_database(path))


def version(store: Store) -> str:
    row = store.one("SELECT value FROM meta WHERE name = 'schema'")
    assert row is not None
    return str(row[0])


def test_an_empty_database_is_made_at_the_newest_version(tmp_path: Path) -> None:
    """In one go, private to its owner, and not made again."""
    path = tmp_path / "ledger.db"
    store = opened(path)
    assert migrate(store) == 0
    assert version(store) == str(NEWEST)
    assert migrate(store) == NEWEST
    assert path.stat().st_mode & 0o077 == 0
    store.close()


def test_a_newer_database_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """It says which versions these are and what to do, and nothing is changed."""
    store = opened(tmp_path / "ledger.db")
    migrate(store)
    store.run("UPDATE meta SET value = '77' WHERE name = 'schema'")
    with pytest.raises(LedgerError, match=r"made by a newer Tudang \(schema 77.*Install that version again"):
        migrate(store)
    assert version(store) == "77"
    store.close()
    with pytest.raises(LedgerError, match="newer"):
        Ledger(tmp_path / "ledger.db")


def test_an_older_database_is_walked_up_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step once, in order; one that fails leaves the database as it was before it."""
    store = opened(tmp_path / "ledger.db")
    migrate(store)
    done: list[int] = []

    def step(number: int, fails: bool = False) -> Migration:
        def work(store: Store) -> None:
            store.run(f"CREATE TABLE step_{number} (x INTEGER)")
            done.append(number)
            if fails:
                raise RuntimeError("a defect in the step")

        return Migration(number, "test", work)

    first, second = NEWEST + 1, NEWEST + 2
    monkeypatch.setattr(migrations, "MIGRATIONS", (step(first), step(second, fails=True)))
    monkeypatch.setattr(migrations, "NEWEST", second)
    with pytest.raises(RuntimeError):
        migrate(store)
    assert version(store) == str(first)
    assert store.one("SELECT 1 FROM sqlite_master WHERE name = ?", (f"step_{second}",)) is None
    monkeypatch.setattr(migrations, "MIGRATIONS", (step(first), step(second)))
    assert migrate(store) == first
    assert version(store) == str(second)
    assert done == [first, second, second]
    store.close()


def test_what_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    """One sentence that says what to do."""
    path = tmp_path / "ledger.db"
    path.write_bytes(b"a letter that was saved in the wrong place" * 100)
    with pytest.raises(LedgerError, match=r"ledger\.db cannot be used as a ledger.*restore a backup"):
        Ledger(path)
    assert path.read_bytes().startswith(b"a letter")
