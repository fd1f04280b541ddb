"""The policy and the roster in force: taken over at the start, reloaded while running, turned with the day."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import msgspec
import structlog

from bridge import books, editions
from bridge.database import database_of
from bridge.forum.book import Book
from bridge.forum.files import FileNews
from bridge.forum.overlaid import with_grants
from bridge.journey.loops import Bell
from bridge.lang.catalogue import Catalogue
from bridge.ledger import forums
from bridge.ledger.grants import standing
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store
from bridge.model.clock import Clock, moment
from bridge.model.facts import Granted
from bridge.policy import watch
from bridge.policy.load import POLICY_NAME, ROSTER_NAME, Configuration, Source, load, load_sources
from bridge.policy.problems import Refused
from bridge.settings import Settings

log = structlog.get_logger()


def readable(settings: Settings) -> Configuration:
    """The files on the disk; while those have faults, the ones that were in force last: P2 of the design.

    The watch over the files tells of the faults as soon as the bridge runs. Raises
    :class:`bridge.policy.problems.Refused` where nothing was ever in force, :class:`LedgerError` kinds.
    """
    try:
        return load(settings.config)
    except Refused as refused:
        good = _in_force_last(settings)
        if good is None:
            raise
        log.warning(
            "the files on the disk have faults; those in force last still are", faults=len(refused.problems)
        )
        return good


def _in_force_last(settings: Settings) -> Configuration | None:
    database = database_of(settings)
    if not database.exists():
        return None
    store = database.look()
    try:
        kept = {what: forums.kept(store, settings.forum.record, what) for what in editions.KINDS}
    finally:
        store.close()
    if not all(one.version for one in kept.values()):
        return None
    try:
        return load_sources(Source(POLICY_NAME, kept["policy"].text), Source(ROSTER_NAME, kept["roster"].text))
    except Refused:
        # Today's program cannot read what was in force before: only the admin can help.
        return None


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
        self.faults: tuple[str, ...] = ()
        """What is wrong with the files on the disk, one line each; empty while they are in force."""
        self._grants: tuple[Granted, ...] = ()
        self.configuration = configuration
        self.catalogue: Catalogue = books.make_catalogue(configuration)
        self.books: Mapping[str, Book] = {forum: make(configuration, None)}

    @property
    def book(self) -> Book:
        """The book in force."""
        return self.books[self._forum]

    def catalogue_for(self, person: str) -> Catalogue:
        """The texts in which a person (by id) is spoken to alone."""
        return books.catalogue_for(self.book.roster.person(person), self.configuration.policy)

    def rewrite(self) -> None:
        """Make the book anew: the forum's rooms, or the day, are others now."""
        book = self._make(self.configuration, self._before)
        self.books = {self._forum: with_grants(book, self._grants, self._clock.now())}

    def granted(self, grants: Mapping[str, Sequence[Granted]]) -> None:
        """What stands beside the roster is another now: the book is made of both."""
        self._grants = tuple(grants.get(self._forum, self._grants))
        self.books = {self._forum: with_grants(self.book, self._grants, self._clock.now())}

    async def take_force(self, configuration: Configuration) -> None:
        """A good policy and roster take force; both are kept whole, with a number of their own.

        Files that were edited while the bridge was not running are compared with what was in force then.
        """
        now = self._clock.now()
        kept = await self._ledger.read(
            lambda store: {what: forums.kept(store, self._forum, what) for what in editions.KINDS}
        )
        edition = await asyncio.to_thread(editions.edition_of, kept, configuration, now)

        def keep(store: Store) -> None:
            for what, version in edition.versions.items():
                text, sha256 = configuration.texts[what], configuration.digests[what]
                forums.keep(store, self._forum, what, version, sha256, text, now)

        await self._ledger.write(keep)
        self._grants = await self._ledger.read(lambda store: standing(store, self._forum))
        self._before = edition.roster_before
        self.configuration = edition.configuration
        self.catalogue = books.make_catalogue(self.configuration)
        self.rewrite()

        def announce(store: Store) -> None:
            for news in edition.news:
                forums.announce(store, self._forum, news.what, str(news.version), news, now)

        # After the book is the new one, and together: what they bring about is decided with the last of them.
        await self._ledger.write(announce)
        self._decide.ring()

    async def watch(self) -> None:
        """Reload changed files while running; a bad one changes nothing and is shown with its lines."""
        stirs = watch.stirs_of(self._directory)
        async for change in watch.watch(self._directory, self.configuration.digests, stirs):
            if not isinstance(change, watch.Rejected):
                self.faults = ()
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
            # A file of borders belongs to the policy, which is what is not taken.
            faulty = {
                name.stem if name.suffix == ".yaml" else "policy"
                for problem in change.problems
                if problem.severity == "error"
                for name in (Path(problem.file),)
            }
            self.faults = problems
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
