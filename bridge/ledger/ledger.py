"""The ledger as the other rooms use it: one writer, a few readers, and the room states it holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import peewee as pw

from bridge.ledger import rooms
from bridge.ledger.migrations import migrate
from bridge.ledger.store import LedgerError, Readers, Store, Writer, sqlite_database
from bridge.model.event import Json

T = TypeVar("T")


class Ledger:
    """A forum bridge's memory in one SQLite file.

    ``await ledger.write(work)`` runs ``work(store)`` on the writer thread and returns when it is durable;
    ``await ledger.read(work)`` runs on a reader. Raises :class:`bridge.ledger.store.LedgerError` kinds.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

        def connect() -> Store:
            try:
                store = Store(sqlite_database(path))
                migrate(store)
            except (sqlite3.DatabaseError, pw.DatabaseError, OSError) as error:
                raise LedgerError(
                    f"{path} cannot be used as a ledger ({error}). Nothing was changed in it. Look at the disk and "
                    "the permissions; if the file is damaged, keep it and restore a backup."
                ) from error
            return store

        self._writer = Writer(connect)
        self._readers = Readers(lambda: Store(sqlite_database(path, read_only=True)))

    async def write(self, work: Callable[[Store], T]) -> T:
        """Run on the writer thread, in a transaction shared with others that wait."""
        return await self._writer(work)

    async def read(self, work: Callable[[Store], T]) -> T:
        """Run on a reader thread."""
        return await self._readers(work)

    @property
    def waiting(self) -> int:
        """How many writes wait."""
        return self._writer.waiting

    async def members(self, room_id: str, memberships: Sequence[str] = ("join",)) -> frozenset[str]:
        """User ids with one of these memberships (the :class:`RoomStates` port)."""
        return await self.read(lambda store: rooms.members(store, room_id, memberships))

    async def state(self, room_id: str, event_type: str, state_key: str = "") -> Json | None:
        """The content of a state event (the :class:`RoomStates` port)."""
        return await self.read(lambda store: rooms.state(store, room_id, event_type, state_key))

    def close(self) -> None:
        """Finish what is queued and close the connections."""
        self._writer.close()
        self._readers.close()
