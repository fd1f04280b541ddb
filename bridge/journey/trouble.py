"""Trouble that only people can mend, told to the control rooms once when it begins and once when it ends."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping

from bridge.forum.book import Book
from bridge.ledger import outbox
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store, StoreFull
from bridge.model.clock import Clock
from bridge.model.effects import Say


class ArchiveTrouble:
    """That photos and videos cannot be kept or judged.

    It is remembered while the process lives: after a restart in the midst of it, it is told once more.
    """

    def __init__(self, ledger: Ledger, clock: Clock, books: Callable[[], Mapping[str, Book]]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._books = books
        self._lasting = False

    async def met(self) -> None:
        """It is there, now or still."""
        if not self._lasting:
            self._lasting = True
            await self._tell(over=False)

    async def gone(self) -> None:
        """What failed works."""
        if self._lasting:
            self._lasting = False
            await self._tell(over=True)

    async def _tell(self, *, over: bool) -> None:
        now = self._clock.now()
        cause = f"archive.trouble:{now}"
        books = self._books()

        def tell(store: Store) -> None:
            for forum, book in books.items():
                control = book.rooms.get("control")
                if control is not None:
                    say = Say(room=control, key="archive.trouble_over" if over else "archive.trouble", ref=cause)
                    outbox.enqueue(store, forum, [say], cause=cause, now=now)

        # A disk that is full may be that of the ledger, too: then nothing can be said before there is room.
        with contextlib.suppress(StoreFull):
            await self._ledger.write(tell)
