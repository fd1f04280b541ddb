"""Who has opened the forum's room: the read receipts, looked at once an hour and never as they come.

A receipt for every message of every member would wake the sync for nothing; one look an hour costs the same however
much is said. It is a hint: receipts can be switched off, and what was read between two looks counts as read last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import structlog

from bridge.forum import weeks
from bridge.forum.book import Book
from bridge.ledger import reading
from bridge.ledger.ledger import Ledger
from bridge.ledger.reading import Seen
from bridge.model.clock import Clock
from bridge.model.ports import Homeserver, MatrixError, TokenRevoked

log = structlog.get_logger()

FIRST_S = 60.0
"""After a start other things are waited for."""

EVERY_S = 3600.0
WINDOW_MS = 14 * 24 * 3600 * 1000
"""Older receipts say nothing of a week that is still counted."""


class Readers:
    """The loop that looks at receipts."""

    def __init__(
        self, ledger: Ledger, homeserver: Homeserver, clock: Clock, *, books: Callable[[], Mapping[str, Book]]
    ) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._clock = clock
        self._books = books

    async def run(self) -> None:
        """Look for ever; ends by cancellation or with :class:`TokenRevoked`."""
        await asyncio.sleep(FIRST_S)
        while True:
            for forum in tuple(self._books()):
                try:
                    await self.look(forum)
                except TokenRevoked:
                    raise
                except MatrixError as error:
                    log.warning("receipts could not be looked at", forum=forum, error=str(error))
                except Exception:
                    log.exception("receipts could not be looked at", forum=forum)
            await asyncio.sleep(EVERY_S)

    async def look(self, forum: str) -> int:
        """Note who has read in a forum's room since the last look; returns how many listed people ever did."""
        book = self._books()[forum]
        room = book.rooms.get("forum")
        if room is None or not book.policy.coaching.reading:
            return 0
        receipts = await self._homeserver.receipts(room)
        now = self._clock.now()
        latest: dict[str, int] = {}
        for user, at in receipts.items():
            standing = book.standing(user, now)
            # A homeserver's clock may run ahead: nobody has read in the future.
            if standing is not None and now - WINDOW_MS <= at:
                person = standing.person.id
                latest[person] = max(latest.get(person, 0), min(at, now))
        seen = [Seen(person, weeks.week_of(at, book), at) for person, at in latest.items()]
        if seen:
            await self._ledger.write(lambda store: reading.note(store, forum, seen))
        return len(seen)
