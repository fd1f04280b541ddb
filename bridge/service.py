"""One running bridge, constructed from the rooms of the house and stopped cleanly; nothing more."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import structlog

from bridge import books
from bridge.admin import permissions, resume
from bridge.admin.pulse import take_pulse
from bridge.database import database_of
from bridge.evidence.archive import DiskArchive
from bridge.evidence.drawing import Drawing, readable_copy, side_by_side
from bridge.evidence.inspect import Inspector
from bridge.files import Files, readable
from bridge.forum.book import Book
from bridge.journey.abuse import AbuseWatch
from bridge.journey.bundles import LinkedBundles, link_gone
from bridge.journey.decide import Decider
from bridge.journey.deliver import Delivery
from bridge.journey.discarding import Discarding
from bridge.journey.errands import Errands
from bridge.journey.gaps import Repair
from bridge.journey.inspect import Inspection
from bridge.journey.intake import SYNC_TIMEOUT_MS, Intake
from bridge.journey.living import LivingRooms
from bridge.journey.loops import Bell
from bridge.journey.places import Places
from bridge.journey.reading import Readers
from bridge.journey.rollback import Rollback
from bridge.journey.upgrades import Upgrades
from bridge.lang.painting import Painter
from bridge.ledger import destroying, forums, inbox, restored, rooms
from bridge.ledger.ledger import Ledger
from bridge.matrix.client import MatrixHomeserver
from bridge.matrix.crypto.machine import Machine
from bridge.matrix.login import Credentials, remove_device
from bridge.matrix.reports import Reports
from bridge.matrix.requests import Requests
from bridge.matrix.trust import CrossSigning, TrustState
from bridge.model.clock import Clock, ms
from bridge.model.evidence import Limits
from bridge.model.ports import Homeserver, Unreachable
from bridge.model.situation import PREVIEW
from bridge.policy.load import Configuration
from bridge.policy.models import Policy
from bridge.session import Keys
from bridge.settings import Secrets, Settings, SettingsError
from bridge.web.downloads import Downloads
from bridge.web.health import Health, HealthPage

log = structlog.get_logger()
T = TypeVar("T")

REHEARSAL_POLL_MS = 400
"""A directed clock jumps over hours: then a quiet homeserver is asked often, so that what is due fires soon."""

SWITCH_SECONDS = 0.002
"""How long one of our threads may compute before another one gets its turn."""

GARBAGE_THRESHOLD = 20_000
"""New objects before the collector looks for cycles; a group of decisions makes thousands that are no cycles."""


def limits_of(policy: Policy) -> Limits:
    """What the policy lets the inspection of one file use."""
    evidence = policy.evidence
    return Limits(
        max_bytes=evidence.max_bytes,
        min_bytes=evidence.min_bytes,
        max_pixels=evidence.max_pixels,
        min_long_edge=evidence.min_long_edge,
        min_duration_ms=ms(evidence.min_duration),
        max_duration_ms=ms(evidence.max_duration),
    )


class Bridge:
    """Holds one forum: constructs the loops, runs them, and stops them cleanly."""

    def __init__(
        self,
        settings: Settings,
        configuration: Configuration,
        *,
        keys: Keys,
        credentials: Credentials,
        clock: Clock,
        rehearsal: bool = False,
        tick: float = 1.0,
        admin_token: str | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._rehearsal = rehearsal
        self._tick = tick
        self._forum = settings.forum.record
        self._lost_device_gone = False
        self._secret = keys.secret
        self._keyring = keys.keyring
        self.ledger = Ledger(database_of(settings))
        self._requests = Requests(credentials.homeserver, credentials.access_token)
        self.machine = Machine(
            credentials.user_id,
            credentials.device_id,
            caller=self._requests,
            keyring=keys.keyring,
            secret_key=keys.secret,
            rooms=self.ledger,
            clock=clock,
        )
        self.homeserver: Homeserver = MatrixHomeserver(
            self._requests,
            user_id=credentials.user_id,
            device_id=credentials.device_id,
            crypto=self.machine,
            states=self.ledger,
        )
        self.archive = DiskArchive(settings.archive, max_bytes=configuration.policy.evidence.max_bytes)
        self.inspector = Inspector(limits_of(configuration.policy))
        self.decide_bell, self.deliver_bell = Bell(), Bell()
        self.inspect_bell, self.repair_bell = Bell(), Bell()
        self.places = Places(
            self.ledger,
            self.homeserver,
            clock,
            forum=self._forum,
            wanted=settings.forum.rooms.wanted(),
            book=lambda: self.files.book,
            deliver=self.deliver_bell,
            moved=lambda: self.files.rewrite(),
        )
        self.files = Files(
            self.ledger,
            clock,
            configuration,
            forum=self._forum,
            directory=settings.config,
            make=self._make_book,
            decide=self.decide_bell,
            tick=tick,
        )
        self.errands = Errands(
            self.ledger,
            self.homeserver,
            clock,
            books=lambda: self.files.books,
            speaker=lambda forum: self.files.catalogue,
            personal=lambda person: self.files.catalogue_for(person),
            bundles=self.export,
            adoption=LivingRooms(permissions.missing),
            discard=Discarding(
                self.ledger,
                self.archive,
                clock,
                exports=settings.exports,
                openings=settings.openings,
                scrub=lambda: destroying.scrub(settings.ledger),
            ),
            upgrades=Upgrades(
                self.ledger,
                self.homeserver,
                clock,
                book=lambda forum: self.files.books[forum],
                followed=self.places.follow,
                bells=(self.decide_bell, self.deliver_bell, self.repair_bell),
            ),
            rounds=lambda: self.intake.rounds,
            draw=self._draw,
            paint=Painter().welcome,
            public_url=settings.web.public_url,
        )
        self.delivery = Delivery(
            self.ledger,
            self.errands,
            clock,
            device=lambda: self.homeserver.device_id,
            books=lambda: self.files.books,
            bell=self.deliver_bell,
            tick=tick,
        )
        self.decider = Decider(
            self.ledger,
            clock,
            lambda: self.files.books,
            bell=self.decide_bell,
            deliver=self.deliver_bell,
            inspect=self.inspect_bell,
            caught_up_to=lambda: self.intake.last_sync,
            tick=tick,
            outgoing=self.delivery,
            granted=self.files.granted,
        )
        self.intake = Intake(
            self.ledger,
            self.homeserver,
            clock,
            person_of=self._person_of,
            invited=self.places.invited,
            decide=self.decide_bell,
            repair=self.repair_bell,
            poll_ms=REHEARSAL_POLL_MS if rehearsal else SYNC_TIMEOUT_MS,
            deciding=self.decider,
            rolled_back=Rollback(
                self.ledger,
                self.homeserver,
                clock,
                books=lambda: self.files.books,
                bells=(self.repair_bell, self.decide_bell, self.deliver_bell),
            ).look,
        )
        self.inspection = Inspection(
            self.ledger,
            self.homeserver,
            self.archive,
            self.inspector,
            clock,
            books=lambda: self.files.books,
            bell=self.inspect_bell,
            decide=self.decide_bell,
            tick=tick,
            crowded=lambda: self.decider.busy or self.delivery.busy,
            readable=self._readable,
        )
        self.repair = Repair(
            self.ledger,
            self.homeserver,
            clock,
            person_of=self._person_of,
            books=lambda: self.files.books,
            bell=self.repair_bell,
            decide=self.decide_bell,
            tick=tick * 2,
        )
        self.readers = Readers(self.ledger, self.homeserver, clock, books=lambda: self.files.books)
        # With the token of a homeserver admin, which the bot's is not.
        self._reports = Reports(settings.homeserver.url, admin_token) if admin_token else None
        self.abuse = (
            AbuseWatch(self.ledger, self._reports, clock, books=lambda: self.files.books, decide=self.decide_bell)
            if self._reports is not None
            else None
        )
        shelf = LinkedBundles(self.ledger, clock, export=self.export, exports=settings.exports)
        downloads = Downloads(shelf, lambda: link_gone(self.files.catalogue))
        self.page = HealthPage(self.health, downloads.routes())

    async def _draw(self, sha256s: Sequence[str]) -> Drawing | None:
        """Archived pictures side by side; what is not there any more is left out."""
        paths = [self.archive.path(one) for one in sha256s if self.archive.exists(one)]
        return await side_by_side(paths, limits_of(self.files.configuration.policy)) if paths else None

    async def _readable(self, sha256: str) -> bytes | None:
        """A JPEG of an archived picture, for readers."""
        limits = limits_of(self.files.configuration.policy)
        copy = await readable_copy(self.archive.path(sha256), sha256, limits)
        return copy.jpeg if copy is not None else None

    # Running

    async def trust(self, password: str | None) -> TrustState:
        """Cross-sign our own device, so that clients show no shield and give it keys."""
        device = CrossSigning(
            self.machine.account, caller=self._requests, keyring=self._keyring, secret_key=self._secret
        )
        return await device.ensure(password)

    async def prepare(self) -> None:
        """Everything before the first sync: the forum, its rooms, the versions of its files."""
        await asyncio.to_thread(self.archive.prepare)
        now = self._clock.now()
        if self._settings.forum.preview:
            await self._never_live()
        # Nothing is done to a room before it was looked at: first sight decides the stage it starts in.
        await self.ledger.write(lambda store: forums.ensure(store, self._forum, "watch", self._rehearsal))
        if not self._settings.forum.preview:
            before = f"{self._forum}{PREVIEW}"
            await self.ledger.write(lambda store: rooms.take_over(store, self._forum, before))
        await self.places.find()
        await self.files.take_force(self.files.configuration)
        await self._come_back()
        # What a defect kept from being decided may be decided by the program of today.
        await self.ledger.write(lambda store: inbox.retry_failed(store, self._forum))
        start = f"start:{now}:{os.urandom(4).hex()}"
        await self.ledger.write(lambda store: inbox.add_row(store, self._forum, "start", start, b"{}", at=now))
        await self.delivery.recover()

    async def _never_live(self) -> None:
        """A preview is for before: what is said meanwhile would be missing from the record of a living forum."""
        forum = self._settings.forum.id
        if await self.ledger.read(lambda store: forums.exists(store, forum)):
            raise SettingsError(
                f"The forum {forum} has a record of its own already; what is said during a preview would be "
                "missing in it. Remove forum.preview, or try out with another forum.id and another state directory."
            )

    async def _come_back(self) -> None:
        """After a restore, or as a new device: what the rooms know is read before anything is decided or sent."""
        coming = await self.ledger.read(restored.marked)
        if coming is not None:
            await patiently(
                lambda: resume.come_back(
                    self.ledger,
                    self.homeserver,
                    self._clock,
                    self.files.book,
                    coming,
                    device_gone=self._lost_device_gone,
                ),
                asyncio.sleep,
            )

    async def retire_lost_device(self, password: str | None) -> None:
        """Take a device whose keys are lost off the account, if its password is known."""
        coming = await self.ledger.read(restored.marked)
        if coming is None or not coming.device or coming.device == self.homeserver.device_id:
            return
        self._lost_device_gone = await remove_device(
            self._requests, self.homeserver.user_id, coming.device, password
        )

    async def run(self) -> None:
        """Run until cancelled. Raises :class:`bridge.model.ports.TokenRevoked` when the account is lost."""
        # The writer thread lets go of the interpreter at every statement; with the default of 5 ms it would wait
        # as long to get it back while this thread computes, and this one for every packet while that one does.
        sys.setswitchinterval(SWITCH_SECONDS)
        # What was loaded stays for good; looking through it again and again for garbage is of no use.
        gc.collect()
        gc.freeze()
        gc.set_threshold(GARBAGE_THRESHOLD)
        await self.prepare()
        await self.inspector.start()
        await self.page.start(self._settings.web.listen, self._settings.web.port)
        log.info("running", forum=self._forum, port=self.page.port)
        try:
            async with asyncio.TaskGroup() as group:
                for loop in (
                    self.intake.run(asyncio.sleep),
                    self.decider.run(),
                    self.delivery.run(),
                    self.inspection.run(),
                    self.repair.run(),
                    self.files.watch(),
                    self.files.turn_pages(),
                    self.places.keep_looking(),
                    self.readers.run(),
                    *((self.abuse.run(),) if self.abuse is not None else ()),
                ):
                    group.create_task(loop)
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def close(self) -> None:
        """Stop cleanly: what is queued for the ledger is written, connections and processes end."""
        with contextlib.suppress(Exception):
            await self.page.stop()
        await self.inspector.close()
        await self.homeserver.close()
        if self._reports is not None:
            await self._reports.close()
        self.ledger.close()

    # What the loops ask for

    def _make_book(self, configuration: Configuration, roster_before: bytes | None) -> Book:
        return books.make_book(
            configuration,
            forum=self._forum,
            rooms=self.places.rooms,
            groups=self.places.groups,
            space=self.places.space,
            missing=self.places.missing,
            bot=self.homeserver.user_id,
            clock=self._clock,
            rehearsal=self._rehearsal,
            preview=self._settings.forum.preview,
            before=roster_before,
        )

    def _person_of(self, forum: str, user: str) -> str | None:
        book = self.files.books.get(forum)
        standing = book.standing(user, self._clock.now()) if book else None
        return standing.person.id if standing else None

    async def export(self, forum: str, week: str) -> Path:
        """Export a sealed week; the bundle's file."""

        def work() -> Path:
            # Only here, since what writes a week holds 6 MiB, and is used once a week.
            from bridge.admin.export import export_bundle

            return export_bundle(self._settings, forum, week, self.archive, self._settings.exports)

        return await asyncio.to_thread(work)

    async def health(self) -> Health:
        """How the bridge is now."""
        return await take_pulse(
            self._forum,
            self.ledger,
            self._clock,
            self.intake,
            self.decider,
            faults=self.files.faults,
            rehearsal=self._rehearsal,
            preview=self._settings.forum.preview,
        )


@contextlib.asynccontextmanager
async def opened(
    settings: Settings,
    secrets: Secrets,
    clock: Clock,
    *,
    rehearsal: bool = False,
    tick: float = 1.0,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncIterator[Bridge]:
    """A bridge that is logged in and trusted, not yet running; closed at the end.

    Waits for a homeserver that does not answer yet. Raises :class:`bridge.policy.problems.Refused` for bad files,
    :class:`bridge.ledger.keyring.KeyringInUse` when another process holds the store, MatrixError kinds.
    """
    configuration = await asyncio.to_thread(readable, settings)
    keys = Keys(settings)
    try:
        credentials = await patiently(lambda: keys.credentials(settings, secrets), sleep)
        bridge = Bridge(
            settings,
            configuration,
            keys=keys,
            credentials=credentials,
            clock=clock,
            rehearsal=rehearsal,
            tick=tick,
            admin_token=secrets.admin_token,
        )
        try:
            await patiently(lambda: bridge.trust(secrets.password), sleep)
            await patiently(lambda: bridge.retire_lost_device(secrets.password), sleep)
            yield bridge
        finally:
            await bridge.close()
    finally:
        keys.close()


async def patiently(work: Callable[[], Awaitable[T]], sleep: Callable[[float], Awaitable[None]]) -> T:
    """Do it, and again while the homeserver does not answer."""
    pause = 1.0
    while True:
        try:
            return await work()
        except Unreachable as error:
            log.warning("the homeserver does not answer yet", error=str(error))
            await sleep(pause)
            pause = min(pause * 2, 30.0)
