"""Whether two tables hold the same, and whether the projections are what the facts add up to."""

from __future__ import annotations

import hashlib
from collections import Counter

import peewee as pw

from bridge.ledger import projections
from bridge.ledger.store import NUL_SHOWN, Row, Store
from bridge.ledger.tables import PROJECTIONS, Table, columns, name_of

PAGE = 2000


class Contents:
    """What a table holds, whatever the order of its rows: how often each of them is there."""

    def __init__(self) -> None:
        self.rows: Counter[bytes] = Counter()

    def add(self, rows: list[Row]) -> None:
        """Count more rows."""
        self.rows.update(map(_digest, rows))

    def differing(self, other: Contents) -> int:
        """How many rows only one of the two has."""
        return max((self.rows - other.rows).total(), (other.rows - self.rows).total())


def contents(store: Store, table: type[Table]) -> Contents:
    """What a table holds. Within a transaction."""
    found = Contents()
    for rows in store.pages(select(table), PAGE):
        found.add(rows)
    return found


def select(table: type[Table]) -> str:
    """All rows of a table, their columns in the order of its model."""
    return f"SELECT {', '.join(columns(table))} FROM {name_of(table)}"


def differing(store: Store, other: Store) -> dict[str, int]:
    """Projections in which two ledgers differ: table -> by how many rows. Within a transaction of each."""
    found = {name_of(table): contents(store, table).differing(contents(other, table)) for table in PROJECTIONS}
    return {name: count for name, count in found.items() if count}


def misfits(store: Store) -> dict[str, int]:
    """Projections that are not what the facts add up to: table -> how many of its rows differ.

    The facts are applied anew beside the database, which is only read. Within a transaction.
    """
    # A file without a name: in memory, on the disk when it grows, and gone when it is closed.
    anew = Store(pw.SqliteDatabase("file:", uri=True))
    try:
        with anew.database.bind_ctx(PROJECTIONS, bind_refs=False, bind_backrefs=False):
            anew.database.create_tables(PROJECTIONS, safe=False)
        anew.begin()
        projections.replay(store, anew)
        return differing(store, anew)
    finally:
        anew.close()


def _digest(row: Row) -> bytes:
    return hashlib.blake2b(repr([_plain(value) for value in row]).encode(), digest_size=16).digest()


def _plain(value: object) -> object:
    """A value as both kinds of database give it back."""
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    return value.replace("\x00", NUL_SHOWN) if isinstance(value, str) else value
