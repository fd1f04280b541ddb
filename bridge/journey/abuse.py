"""Reported messages come into the forum they are about: looked for every two minutes, where we may.

What was reported before the first look is not told: people have long dealt with it. A message is told of once,
however often it is reported.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec
import structlog

from bridge.forum.book import Book
from bridge.journey.loops import Bell
from bridge.ledger import inbox, meta
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store
from bridge.model.abuse import AbuseReport
from bridge.model.clock import Clock
from bridge.model.ports import MatrixError

log = structlog.get_logger()

EVERY_S = 120.0
WHERE = "abuse reports"
"""The name under which the ledger keeps how far we have read."""


class Source(Protocol):
    """Where reports are read. Both calls raise MatrixError kinds."""

    async def newest(self) -> int: ...

    async def after(self, last: int) -> Sequence[AbuseReport]: ...


class AbuseWatch:
    """The loop that looks at reports."""

    def __init__(
        self, ledger: Ledger, source: Source, clock: Clock, *, books: Callable[[], Mapping[str, Book]], decide: Bell
    ) -> None:
        self._ledger = ledger
        self._source = source
        self._clock = clock
        self._books = books
        self._decide = decide

    async def run(self) -> None:
        """Look for ever. What the homeserver refuses is tried again: an admin may give the right later."""
        while True:
            try:
                await self.look()
            except MatrixError as error:
                # With the admin's token, not the bot's: a revoked one ends nothing but this.
                log.warning("reported messages could not be read", error=str(error))
            await asyncio.sleep(EVERY_S)

    async def look(self) -> int:
        """Take in what was reported since the last look; returns how many messages of our rooms are new."""
        known = await self._ledger.read(lambda store: meta.get(store, WHERE))
        if known is None:
            newest = await self._source.newest()
            await self._ledger.write(lambda store: meta.put(store, WHERE, str(newest)))
            return 0
        reports = await self._source.after(int(known))
        if not reports:
            return 0
        rooms = {room: forum for forum, book in self._books().items() for room in book.all_rooms}
        now = self._clock.now()

        def take_in(store: Store) -> int:
            new = 0
            for report in reports:
                if (forum := rooms.get(report.room)) is not None:
                    key, body = f"abuse:{forum}:{report.event}", msgspec.json.encode(report)
                    new += inbox.add_row(store, forum, "abuse", key, body, at=now, room=report.room)
            meta.put(store, WHERE, str(reports[-1].id))
            return new

        new = await self._ledger.write(take_in)
        self._decide.ring()
        return new
