"""Numbered changes of the schema, each in one transaction.

Our own small runner: playhouse's table rebuilds delete child rows when foreign keys are on (measured). A new
database is made at the newest version in one go; an older one is walked up; a newer one is refused.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import peewee as pw

from bridge.ledger.store import LedgerError, Store
from bridge.ledger.tables import ALL, Meta


class Migration(msgspec.Struct, frozen=True):
    """One step: the version it leads to, why, and the work."""

    version: int
    why: str
    work: Callable[[Store], None]


def _contents_end(store: Store) -> None:
    """What is left of contents whose retention is over: a husk of the fact, a mark in the projections."""
    sqlite = isinstance(store.database, pw.SqliteDatabase)
    blob, small, large = ("BLOB", "INTEGER", "INTEGER") if sqlite else ("BYTEA", "SMALLINT", "BIGINT")
    store.run(f"ALTER TABLE fact ADD COLUMN husk {blob}")
    for table in ("message", "media", "directive", "report", "decision"):
        store.run(f"ALTER TABLE {table} ADD COLUMN destroyed {small} NOT NULL DEFAULT 0")
    store.run(
        f"CREATE TABLE kept_back (forum TEXT NOT NULL, what TEXT NOT NULL, position {large} NOT NULL,"
        " PRIMARY KEY (forum, what, position))"
    )
    store.run("CREATE INDEX media_sha256 ON media (sha256)")


MIGRATIONS: tuple[Migration, ...] = (
    Migration(2, "contents are destroyed when their retention ends", _contents_end),
)
"""Steps after the first version, in order. Released steps are never edited."""

NEWEST = MIGRATIONS[-1].version if MIGRATIONS else 1


def migrate(store: Store) -> int:
    """Bring the database to the newest version and return the version it had (0: it was empty).

    Raises :class:`LedgerError` when the database was made by a newer Tudang.
    """
    database = store.database
    with database.bind_ctx(ALL, bind_refs=False, bind_backrefs=False):
        if not Meta.table_exists():  # type: ignore[no-untyped-call]
            store.begin()
            database.create_tables(ALL, safe=False)
            store.run("INSERT INTO meta (name, value) VALUES ('schema', ?)", (str(NEWEST),))
            store.commit()
            return 0
    row = store.one("SELECT value FROM meta WHERE name = 'schema'")
    version = int(row[0]) if row else 1
    if version > NEWEST:
        raise LedgerError(
            f"This database was made by a newer Tudang (schema {version}, this program knows {NEWEST}). "
            "Install that version again, or restore a backup from before."
        )
    for step in MIGRATIONS:
        if step.version <= version:
            continue
        store.begin()
        try:
            step.work(store)
            store.run("UPDATE meta SET value = ? WHERE name = 'schema'", (str(step.version),))
            store.commit()
        except BaseException:
            store.rollback()
            raise
    return version
