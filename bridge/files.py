"""The policy and the roster in force: taken over at the start, reloaded while running, turned with the day."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import msgspec

from bridge import books
from bridge.forum.book import Book
from bridge.forum.rooms import FileNews
from bridge.journey.loops import Bell
from bridge.lang.catalogue import Catalogue
from bridge.ledger import forums
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store
from bridge.model.clock import Clock, moment
from bridge.policy import plan, watch
from bridge.policy.load import Configuration

KINDS = ("policy", "roster")


class Files:
    """What a forum goes by. ``books`` and ``catalogue`` are replaced whole, never changed.

    ``make`` builds the book of a configuration, given the roster in force before it.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        configuration: Configuration,
        *,
        forum: str,
        directory: Path,
        make: Callable[[Configuration, bytes | None], Book],
        decide: Bell,
        tick: float,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._forum = forum
        self._directory = directory
        self._make = make
        self._decide = decide
        self._tick = tick
        self._before: bytes | None = None
        self.configuration = configuration
        self.catalogue: Catalogue = books.make_catalogue(configuration)
        self.books: Mapping[str, Book] = {forum: make(configuration, None)}

    @property
    def book(self) -> Book:
        """The book in force."""
        return self.books[self._forum]

    def rewrite(self) -> None:
        """Make the book anew: the forum's rooms, or the day, are others now."""
        self.books = {self._forum: self._make(self.configuration, self._before)}

    async def take_force(self, configuration: Configuration) -> None:
        """A good policy and roster take force; both are kept whole, with a number of their own."""
        now = self._clock.now()

        def keep(store: Store) -> tuple[dict[str, tuple[int, bool]], bytes | None]:
            versions = {
                what: forums.version_of(
                    store, self._forum, what, configuration.digests[what], configuration.texts[what], now
                )
                for what in KINDS
            }
            return versions, forums.text_before(store, self._forum, "roster", versions["roster"][0])

        versions, self._before = await self._ledger.write(keep)
        old = self.configuration
        self.configuration = configuration.numbered(versions["policy"][0], versions["roster"][0])
        self.catalogue = books.make_catalogue(self.configuration)
        self.rewrite()
        language = configuration.policy.forum.language
        # At a start old and new are the same files: there is nothing to tell.
        changes = tuple(change.text(language) for change in plan.plan(old, self.configuration, moment(now)))
        for what, (version, is_new) in versions.items():
            if is_new:
                news = FileNews(what=what, version=version, sha256=configuration.digests[what], changes=changes)
                await self._announce(what, str(version), news, now)
        self._decide.ring()

    async def watch(self) -> None:
        """Reload changed files while running; a bad one changes nothing and is shown with its lines."""
        stirs = watch.stirs_of(self._directory)
        async for change in watch.watch(self._directory, self.configuration.digests, stirs):
            if isinstance(change, watch.Reloaded):
                await self.take_force(change.configuration)
                continue
            now = self._clock.now()
            language = self.configuration.policy.forum.language
            problems = tuple(
                dataclasses.replace(problem, file=Path(problem.file).name).text(language)
                for problem in change.problems
            )
            # The text itself ends the last name with ".yaml".
            faulty = {Path(problem.file).stem for problem in change.problems if problem.severity == "error"}
            news = FileNews(what=".yaml, ".join(sorted(faulty)), problems=problems)
            await self._announce("rejected", str(now), news, now)
            self._decide.ring()

    async def turn_pages(self) -> None:
        """A new day may change who holds which office, and so whom an order addresses: the book is of the day."""
        day = self._today()
        while True:
            await asyncio.sleep(min(30.0, self._tick * 10))
            if (today := self._today()) != day:
                day = today
                self.rewrite()

    def _today(self) -> date:
        return moment(self._clock.now()).astimezone(self.configuration.policy.forum.zone).date()

    async def _announce(self, what: str, key: str, news: msgspec.Struct, now: int) -> None:
        await self._ledger.write(lambda store: forums.announce(store, self._forum, what, key, news, now))
