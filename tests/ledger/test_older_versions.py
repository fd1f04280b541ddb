"""Databases as earlier versions left them: walked up, they are what this version makes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.ledger.migrations import NEWEST, migrate
from bridge.ledger.store import Store, sqlite_database
from tests.ledger.test_migrations import made_by_version


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(sqlite_database(tmp_path / "ledger.db"))
    migrate(store)
    yield store
    store.close()


def columns(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """(name, type, not null, default, place in the key) of every table's columns."""
    tables = [row[0] for row in store.all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {
        table: sorted((row[1], row[2], row[3], row[4], row[5]) for row in store.all(f"PRAGMA table_info({table})"))
        for table in tables
    }


def as_version_1(store: Store) -> None:
    """Make the tables of the first version in the place of today's."""
    for (table,) in store.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"):
        store.run(f"DROP TABLE {table}")
    made_by_version(store, 1)


def test_contents_of_a_database_of_the_first_version_can_be_destroyed(store: Store) -> None:
    """What was recorded before is not destroyed, and the tables are those of a new database."""
    new = columns(store)
    as_version_1(store)
    store.run(
        "INSERT INTO decision (forum, number, event, person, text, at, state)"
        " VALUES ('f', 'K-1', '$e', 'b', 'words', 1, 'in_force')"
    )
    assert migrate(store) == 1
    assert columns(store) == new
    assert store.all("SELECT text, destroyed FROM decision") == [("words", 0)]
    assert migrate(store) == NEWEST
