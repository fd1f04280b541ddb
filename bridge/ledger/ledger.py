"""The ledger as the other rooms use it: one writer, a few readers, and the room states it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from bridge.ledger import rooms
from bridge.ledger.databases import Database, SqliteFile
from bridge.ledger.store import Readers, Store, Writer
from bridge.model.event import Json

T = TypeVar("T")


class Ledger:
    """A forum bridge's memory in one database; a path is that of a SQLite file.

    ``await ledger.write(work)`` runs ``work(store)`` on the writer thread and returns when it is durable;
    ``await ledger.read(work)`` runs on a reader. Raises :class:`bridge.ledger.store.LedgerError` kinds.
    """

    def __init__(self, database: Database | Path) -> None:
        self.database = SqliteFile(database) if isinstance(database, Path) else database
        self._writer = Writer(self.database.open)
        self._readers = Readers(self.database.look)

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
