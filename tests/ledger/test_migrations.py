"""Databases of other versions: older ones are walked up with all their rows, newer ones refused.

A database of an earlier version is made as that version made it: the tables of the first one, and the steps after
it up to its own. The rows in it are those of a week that was played.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.ledger import downloads, fetching, forums, gaps, meta, migrations
from bridge.ledger.comparing import Contents, contents, misfits, select
from bridge.ledger.databases import Database, SqliteFile
from bridge.ledger.ledger import Ledger
from bridge.ledger.migrations import MIGRATIONS, NEWEST, Migration, has_ledger, migrate, version_of
from bridge.ledger.records import verify_chain
from bridge.ledger.store import LedgerError, Row, Store, sqlite_database
from bridge.ledger.tables import ALL, columns, name_of
from bridge.model import facts as f
from bridge.model.effects import Judge
from tests.databases import Databases, ledger_in, writing
from tests.forum.desk import FORUM, FRIDAY, Desk
from tests.ledger.test_postgres import play

FIRST = Path(__file__).with_name("version_1.sql").read_text(encoding="utf-8")
WIDEST = 2**32 - 1
"""The largest index of a message that Megolm knows."""

Rows = dict[str, list[Row]]


def as_on_sqlite(statement: str) -> str:
    return statement.replace("BIGINT", "INTEGER").replace("SMALLINT", "INTEGER").replace("BYTEA", "BLOB")


def made_by_version(store: Store, version: int) -> None:
    """Make the tables of a version, with nothing in them."""
    store.begin()
    for statement in FIRST.split(";"):
        lines = [line for line in statement.splitlines() if not line.startswith("--")]
        if "".join(lines).strip():
            text = "\n".join(lines)
            store.run(text if store.is_postgres else as_on_sqlite(text))
    for step in MIGRATIONS:
        if step.version <= version:
            step.work(store)
    store.run("INSERT INTO meta (name, value) VALUES ('schema', ?)", (str(version),))
    store.commit()


def columns_of(store: Store, table: str) -> set[str]:
    """The columns that a table has in this database; none when there is no such table."""
    with_them = {name: store.database.get_columns(name) for name in store.database.get_tables()}
    return {column.name for column in with_them.get(table, ())}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The rows of every table after a week in the life of a forum."""
    store = Store(sqlite_database(tmp_path_factory.mktemp("played") / "ledger.db"))
    migrate(store)
    play(store)
    store.begin()
    forums.keep(store, "uji", "policy", 1, "a" * 64, b"text", FRIDAY)
    gaps.add(store, "g1", "uji", FORUM, 1, 1, "s1", "p1", FRIDAY)
    judge = Judge(event="$p", index=0, mxc="mxc://x/1", kind="image", room=FORUM, person="dlh-1")
    fetching.add(store, [("uji", judge, FRIDAY)])
    link = downloads.Download(token_sha256="c" * 64, forum="uji", week="2026-W47", name="w.zip", expires_at=FRIDAY)
    downloads.add(store, link, FRIDAY)
    meta.put(store, "token", "s1_1")
    store.run("DELETE FROM meta WHERE name = 'schema'")
    store.commit()
    rows = {name_of(table): store.all(select(table)) for table in ALL}
    store.close()
    return rows


def filled(store: Store, played: Rows) -> None:
    """Put the rows into the tables that a version has, as far as it has their columns."""
    store.begin()
    for table in ALL:
        name, there = name_of(table), columns_of(store, name_of(table))
        kept = [(place, column) for place, column in enumerate(columns(table)) if column in there]
        if kept:
            store.many(
                f"INSERT INTO {name} ({', '.join(column for _, column in kept)})"  # noqa: S608
                f" VALUES ({','.join('?' * len(kept))})",
                [[row[place] for place, _ in kept] for row in played[name]],
            )
    store.commit()


def shape(store: Store) -> dict[str, object]:
    """Every table's columns and indexes, as the database describes them."""
    described: dict[str, object] = {}
    for table in map(name_of, ALL):
        database = store.database
        described[table] = (
            sorted(map(repr, database.get_columns(table))),
            sorted((index.name, tuple(index.columns), index.unique) for index in database.get_indexes(table)),
            sorted(database.get_primary_keys(table)),
        )
    return described


@pytest.mark.parametrize("version", range(1, NEWEST))
def test_a_database_of_every_earlier_version_is_walked_up_with_all_its_rows(
    databases: Databases, played: Rows, version: int
) -> None:
    """No row is lost or changed, the chain holds, the tables are those of a new database, and the forum goes on."""
    store = writing(databases.new(tables=False))
    made_by_version(store, version)
    filled(store, played)
    empty = {name for name, rows in played.items() if not rows}
    # Who read before it was looked at, no step can know.
    assert empty <= {"kept_back", "reading"}, "a table without a row shows nothing"
    assert migrate(store) == version
    assert version_of(store) == NEWEST
    store.begin()
    store.run("DELETE FROM meta WHERE name = 'schema'")
    for table in ALL:
        before = Contents()
        before.add(played[name_of(table)])
        assert contents(store, table).differing(before) == 0, name_of(table)
    assert verify_chain(store, "uji").position == len(played["fact"])
    assert misfits(store) == {}
    store.rollback()
    fresh = ledger_in(databases.new())
    assert shape(store) == shape(fresh)
    fresh.close()
    store.run("UPDATE inbox SET message_index = ? WHERE id = 1", (WIDEST,))
    store.begin()
    gaps.close(store, "g1", "filled", "")
    store.commit()
    desk = Desk(store)
    desk._serial = itertools.count(1000)
    said = desk.say("dlh-1", "Selamat pagi semua")
    assert desk.facts(f.Message)[-1].event == said
    store.close()


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    store = writing(databases.new(tables=False))
    yield store
    store.close()


def test_an_empty_database_is_made_at_the_newest_version(store: Store) -> None:
    """In one go, and not made again."""
    assert not has_ledger(store)
    assert migrate(store) == 0
    assert version_of(store) == NEWEST
    assert migrate(store) == NEWEST


def test_a_file_is_private_to_its_owner(tmp_path: Path) -> None:
    """Whatever the umask."""
    path = tmp_path / "ledger.db"
    SqliteFile(path).open().close()
    assert path.stat().st_mode & 0o077 == 0


def test_a_newer_database_is_refused_and_left_alone(store: Store) -> None:
    """It says which versions these are and what to do, and nothing is changed."""
    migrate(store)
    store.run("UPDATE meta SET value = '77' WHERE name = 'schema'")
    with pytest.raises(LedgerError, match=r"made by a newer Tudang \(schema 77.*Install that version again"):
        migrate(store)
    assert version_of(store) == 77


def test_an_older_database_is_walked_up_step_by_step(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step once, in order; one that fails leaves the database as it was before it."""
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
    assert version_of(store) == first
    assert f"step_{first}" in store.database.get_tables()
    assert f"step_{second}" not in store.database.get_tables()
    monkeypatch.setattr(migrations, "MIGRATIONS", (step(first), step(second)))
    assert migrate(store) == first
    assert version_of(store) == second
    assert done == [first, second, second]


def test_steps_are_numbered_without_a_gap() -> None:
    """So that no version between two steps is forgotten."""
    assert [step.version for step in MIGRATIONS] == list(range(2, NEWEST + 1))


def test_what_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    """One sentence that says what to do."""
    path = tmp_path / "ledger.db"
    path.write_bytes(b"a letter that was saved in the wrong place" * 100)
    with pytest.raises(LedgerError, match=r"ledger\.db cannot be used as a ledger.*restore a backup"):
        Ledger(path)
    assert path.read_bytes().startswith(b"a letter")


def test_a_moved_ledger_is_not_gone_on_with(database: Database) -> None:
    """Whatever was said since would be answered from two records."""
    store = database.open()
    store.run("INSERT INTO meta (name, value) VALUES ('moved_to', 'postgresql://tudang@db/forum')")
    store.close()
    with pytest.raises(LedgerError, match=r"was moved to postgresql://tudang@db/forum .*under `database`"):
        Ledger(database)
