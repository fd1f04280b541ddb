"""One running bridge, constructed from the rooms of the house and stopped cleanly; nothing more."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from bridge import __version__, books
from bridge.admin import resume
from bridge.evidence.archive import DiskArchive
from bridge.evidence.inspect import Inspector
from bridge.forum import adoption, cards
from bridge.forum.book import Book
from bridge.forum.rooms import FileNews
from bridge.journey.bundles import LinkedBundles, link_gone
from bridge.journey.decide import Decider
from bridge.journey.deliver import Delivery
from bridge.journey.errands import Errands
from bridge.journey.foresight import Foresight
from bridge.journey.gaps import Repair
from bridge.journey.inspect import Inspection
from bridge.journey.intake import SYNC_TIMEOUT_MS, Intake
from bridge.journey.loops import Bell
from bridge.lang.catalogue import Catalogue
from bridge.ledger import fetching, forums, gaps, inbox, meta, outbox, restored, rooms
from bridge.ledger.keyring import SqliteKeyring, secret_key
from bridge.ledger.ledger import Ledger
from bridge.ledger.records import ForumHistory
from bridge.ledger.store import Store, sqlite_database
from bridge.matrix.client import MatrixHomeserver
from bridge.matrix.crypto.machine import Machine
from bridge.matrix.levels import power_levels
from bridge.matrix.login import Credentials, log_in, remove_device
from bridge.matrix.requests import Requests
from bridge.matrix.trust import CrossSigning, TrustState
from bridge.model.clock import Clock, moment
from bridge.model.effects import Decline, Join, Line
from bridge.model.event import Invitation
from bridge.model.evidence import Limits
from bridge.model.ports import Homeserver, MatrixError, Unreachable
from bridge.model.situation import PREVIEW
from bridge.policy import plan, watch
from bridge.policy.load import Configuration, load
from bridge.policy.models import Policy
from bridge.settings import Secrets, Settings, SettingsError
from bridge.summary.export import export_week
from bridge.summary.keys import load_or_make_key
from bridge.web.downloads import Downloads
from bridge.web.health import Health, HealthPage, RoomTrouble

log = structlog.get_logger()
T = TypeVar("T")

REHEARSAL_POLL_MS = 400
"""A directed clock jumps over hours: then a quiet homeserver is asked often, so that what is due fires soon."""

SWITCH_SECONDS = 0.002
"""How long one of our threads may compute before another one gets its turn."""

GARBAGE_THRESHOLD = 20_000
"""New objects before the collector looks for cycles; a group of decisions makes thousands that are no cycles."""

SYNC_STALE_MS = 120_000
"""A sync older than this is a reason to be unwell: the homeserver answers a quiet one after 30 seconds."""


def limits_of(policy: Policy) -> Limits:
    """What the policy lets the inspection of one file use."""
    evidence = policy.evidence
    return Limits(
        max_bytes=evidence.max_bytes,
        min_bytes=evidence.min_bytes,
        max_pixels=evidence.max_pixels,
        min_long_edge=evidence.min_long_edge,
        max_duration_ms=int(evidence.max_duration / timedelta(milliseconds=1)),
    )


class Keys:
    """The key store of one device and who we are with it. Made when missing, one process at a time."""

    def __init__(self, settings: Settings) -> None:
        settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.keyring = SqliteKeyring(settings.keys)
        self.secret = secret_key(settings.state / "keys.secret")
        self._session = settings.state / "session.json"

    async def credentials(self, settings: Settings, secrets: Secrets) -> Credentials:
        """The device's session: kept from the last run, or a new log-in. Raises MatrixError kinds."""
        homeserver = settings.homeserver
        kept = self._kept(settings)
        if secrets.access_token is not None:
            return await log_in(
                homeserver.url,
                homeserver.user,
                access_token=secrets.access_token,
                device_id=kept.device_id if kept else None,
            )
        if kept is not None:
            return kept
        fresh = await log_in(homeserver.url, homeserver.user, password=secrets.password)
        await asyncio.to_thread(self._keep, fresh)
        return fresh

    def _keep(self, credentials: Credentials) -> None:
        temporary = self._session.with_suffix(".new")
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
            file.write(msgspec.json.encode(credentials))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._session)

    def _kept(self, settings: Settings) -> Credentials | None:
        try:
            kept = msgspec.json.decode(self._session.read_bytes(), type=Credentials)
        except (OSError, msgspec.MsgspecError):
            return None
        # The server may have moved; the device is the same.
        return msgspec.structs.replace(kept, homeserver=settings.homeserver.url)

    def forget_session(self) -> None:
        """The token was revoked: the next start logs in anew."""
        self._session.unlink(missing_ok=True)

    def close(self) -> None:
        """Let another process in."""
        self.keyring.close()


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
    ) -> None:
        self._settings = settings
        self._configuration = configuration
        self._clock = clock
        self._rehearsal = rehearsal
        self._tick = tick
        self._forum = settings.forum.record
        self._rooms: dict[str, str] = {}
        self._lost_device_gone = False
        self._secret = keys.secret
        self._keyring = keys.keyring
        self.ledger = Ledger(settings.ledger)
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
        self._catalogue: Catalogue = books.make_catalogue(configuration)
        self._roster_before: bytes | None = None
        self._books: dict[str, Book] = {self._forum: self._book(configuration)}
        self.decide_bell, self.deliver_bell = Bell(), Bell()
        self.inspect_bell, self.repair_bell = Bell(), Bell()
        self.errands = Errands(
            self.ledger,
            self.homeserver,
            clock,
            books=lambda: self._books,
            speaker=lambda forum: self._catalogue,
            bundles=self.export,
            adoption=self._adoption_lines,
            rounds=lambda: self.intake.rounds,
            public_url=settings.web.public_url,
        )
        self.delivery = Delivery(
            self.ledger,
            self.errands,
            clock,
            device=lambda: self.homeserver.device_id,
            books=lambda: self._books,
            bell=self.deliver_bell,
            tick=tick,
        )
        self.decider = Decider(
            self.ledger,
            clock,
            lambda: self._books,
            bell=self.decide_bell,
            deliver=self.deliver_bell,
            inspect=self.inspect_bell,
            caught_up_to=lambda: self.intake.last_sync,
            tick=tick,
            outgoing=self.delivery,
        )
        self.foresight = Foresight(lambda: self._books)
        self.intake = Intake(
            self.ledger,
            self.homeserver,
            clock,
            person_of=self._person_of,
            invited=self._invited,
            decide=self.decide_bell,
            repair=self.repair_bell,
            poll_ms=REHEARSAL_POLL_MS if rehearsal else SYNC_TIMEOUT_MS,
            deciding=self.decider,
            foresight=self.foresight,
        )
        self.inspection = Inspection(
            self.ledger,
            self.homeserver,
            self.archive,
            self.inspector,
            clock,
            books=lambda: self._books,
            bell=self.inspect_bell,
            decide=self.decide_bell,
            tick=tick,
            crowded=lambda: self.decider.busy or self.delivery.busy,
        )
        self.repair = Repair(
            self.ledger,
            self.homeserver,
            clock,
            person_of=self._person_of,
            books=lambda: self._books,
            bell=self.repair_bell,
            decide=self.decide_bell,
            tick=tick * 2,
        )
        shelf = LinkedBundles(self.ledger, clock, export=self.export, exports=settings.exports)
        downloads = Downloads(shelf, lambda: link_gone(self._catalogue))
        self.page = HealthPage(self.health, downloads.routes())

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
        await self._find_rooms()
        await self._take_force(self._configuration, first=True)
        await self._come_back()
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
                    self._books[self._forum],
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
                    self._watch(),
                    self._turn_pages(),
                ):
                    group.create_task(loop)
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def close(self) -> None:
        """Stop cleanly: what is queued for the ledger is written, connections and processes end."""
        with contextlib.suppress(Exception):
            await self.page.stop()
        self.foresight.close()
        await self.inspector.close()
        await self.homeserver.close()
        self.ledger.close()

    # Rooms and invitations

    def _configured(self) -> list[tuple[str, str]]:
        named = self._settings.forum.rooms
        places = [("forum", named.forum), ("control", named.control)]
        if named.audit:
            places.append(("audit", named.audit))
        return places + [("group", group) for group in named.groups]

    async def _find_rooms(self) -> None:
        """Resolve the configured rooms and join those that let us in; the others wait for an invitation."""
        known: dict[str, str] = {}
        for kind, name in self._configured():
            room = name
            if name.startswith("#"):
                room = await self._resolve(name) or ""
                if not room:
                    continue
            known.setdefault(kind, room)
            await self.ledger.write(
                lambda store, room=room, kind=kind: rooms.set_room(  # type: ignore[misc]
                    store, room, forum=self._forum, kind=kind
                )
            )
            try:
                await self.homeserver.join(name)
            except Unreachable:
                raise
            except MatrixError as error:
                why = f"the bot is not in this room and could not join it ({error.errcode}): invite it"
                log.warning("room not joined", room=name, error=str(error))
                await self.ledger.write(
                    lambda store, room=room, why=why: rooms.degrade(store, room, why)  # type: ignore[misc]
                )
        self._rooms = known
        self._books = {self._forum: self._book(self._configuration)}

    async def _resolve(self, alias: str) -> str | None:
        try:
            room = await self.homeserver.resolve(alias)
        except Unreachable:
            raise
        except MatrixError as error:
            log.warning("alias not found", alias=alias, error=str(error))
            return await self.ledger.read(lambda store: meta.get(store, f"alias:{alias}"))
        await self.ledger.write(lambda store: meta.put(store, f"alias:{alias}", room))
        return room

    async def _invited(self, invitations: Sequence[Invitation]) -> None:
        """Accept what the policy allows; refuse the rest."""
        now = self._clock.now()
        book = self._books[self._forum]
        effects: list[Join | Decline] = []
        for invitation in invitations:
            standing = book.standing(invitation.inviter, now)
            ours = invitation.room_id in await self.ledger.read(
                lambda store: [view.room_id for view in rooms.rooms_of(store, self._forum)]
            )
            allowed = standing is not None and book.policy.may("invite_bot", standing.roles, standing.person.id)
            if allowed and (ours or invitation.direct) and standing is not None:
                if not ours:
                    person, room = standing.person.id, invitation.room_id
                    await self.ledger.write(
                        lambda store, room=room, person=person: rooms.set_room(  # type: ignore[misc]
                            store, room, forum=self._forum, kind="direct", person=person
                        )
                    )
                effects.append(Join(room=invitation.room_id))
            else:
                log.info("invitation refused", room=invitation.room_id, inviter=invitation.inviter)
                effects.append(Decline(room=invitation.room_id))
        await self.ledger.write(
            lambda store: outbox.enqueue(store, self._forum, effects, cause="invitation", now=now)
        )
        self.deliver_bell.ring()

    # Policy and roster

    def _book(self, configuration: Configuration) -> Book:
        return books.make_book(
            configuration,
            forum=self._forum,
            rooms=self._rooms,
            bot=self.homeserver.user_id,
            clock=self._clock,
            rehearsal=self._rehearsal,
            preview=self._settings.forum.preview,
            before=self._roster_before,
        )

    def _person_of(self, forum: str, user: str) -> str | None:
        book = self._books.get(forum)
        standing = book.standing(user, self._clock.now()) if book else None
        return standing.person.id if standing else None

    async def _take_force(self, configuration: Configuration, *, first: bool = False) -> None:
        """A good policy and roster take force; both are kept whole, with a number of their own."""
        old = self._configuration
        now = self._clock.now()
        directory = self._settings.config
        texts = {
            "policy": await asyncio.to_thread((directory / "policy.yaml").read_bytes),
            "roster": await asyncio.to_thread((directory / "roster.yaml").read_bytes),
        }
        digests = configuration.digests

        def keep(store: Store) -> dict[str, tuple[int, bool]]:
            return {
                what: forums.version_of(store, self._forum, what, digests[what], texts[what], now)
                for what in ("policy", "roster")
            }

        versions = await self.ledger.write(keep)
        self._configuration = configuration.numbered(versions["policy"][0], versions["roster"][0])
        self._catalogue = books.make_catalogue(self._configuration)
        self._roster_before = await self.ledger.read(
            lambda store: forums.text_before(store, self._forum, "roster", versions["roster"][0])
        )
        self._books = {self._forum: self._book(self._configuration)}
        language = configuration.policy.forum.language
        changes: tuple[str, ...] = ()
        if not first:
            changes = tuple(d.text(language) for d in plan.plan(old, self._configuration, moment(now)))
        for what, (version, is_new) in versions.items():
            if is_new:
                news = FileNews(what=what, version=version, sha256=digests[what], changes=changes)
                await self.ledger.write(
                    lambda store, what=what, version=version, news=news: forums.announce(  # type: ignore[misc]
                        store, self._forum, what, str(version), news, now
                    )
                )
        self.decide_bell.ring()

    async def _turn_pages(self) -> None:
        """A new day may change who holds which office, and so whom an order addresses: the book is of the day."""
        zone = self._configuration.policy.forum.zone
        day = moment(self._clock.now()).astimezone(zone).date()
        while True:
            await asyncio.sleep(min(30.0, self._tick * 10))
            today = moment(self._clock.now()).astimezone(zone).date()
            if today != day:
                day = today
                self._books = {self._forum: self._book(self._configuration)}

    async def _watch(self) -> None:
        """Reload changed files while running; a bad one changes nothing and is shown with its lines."""
        directory = self._settings.config
        language = self._configuration.policy.forum.language
        async for change in watch.watch(directory, self._configuration.digests, watch.stirs_of(directory)):
            if isinstance(change, watch.Reloaded):
                await self._take_force(change.configuration)
                continue
            now = self._clock.now()
            problems = tuple(
                dataclasses.replace(problem, file=Path(problem.file).name).text(language)
                for problem in change.problems
            )
            # The text itself ends the last name with ".yaml".
            faulty = {Path(problem.file).stem for problem in change.problems if problem.severity == "error"}
            news = FileNews(what=".yaml, ".join(sorted(faulty)), problems=problems)
            await self.ledger.write(
                lambda store, news=news, now=now: forums.announce(  # type: ignore[misc]
                    store, self._forum, "rejected", str(now), news, now
                )
            )
            self.decide_bell.ring()

    # Weeks

    async def export(self, forum: str, week: str) -> Path:
        """Export a sealed week; the bundle's file."""

        def work() -> Path:
            return export_bundle(self._settings, forum, week, self.archive, self._settings.exports)

        return await asyncio.to_thread(work)

    def _adoption_lines(self, store: Store, book: Book, now: int) -> list[Line]:
        """The adoption card, with what the bot lacks the permission for."""
        room = book.rooms.get("forum", "")
        view = adoption.adoption_view(rooms.member_views(store, room), book.roster, book.bot, now)
        return cards.adoption_card(
            view, forums.stage(store, book.forum), missing_permissions(store, room, book.bot), book
        )

    # Health

    async def health(self) -> Health:
        """How the bridge is now."""
        now = self._clock.now()

        def look(store: Store) -> tuple[int, int, tuple[int, int], int, int, list[tuple[str, str, str]], str]:
            return (
                inbox.undecided(store, self._forum),
                inbox.failures(store, self._forum),
                outbox.depth(store, now, self._forum),
                fetching.waiting(store, self._forum),
                gaps.open_count(store, self._forum),
                rooms.degraded(store),
                forums.stage(store, self._forum),
            )

        waiting, failed, to_do, media, holes, trouble, stage = await self.ledger.read(look)
        reasons: list[str] = []
        synced = self.intake.last_sync
        written = max(self.decider.last_write, self.intake.last_write)
        if self.intake.failing:
            reasons.append(f"The homeserver does not answer: {self.intake.failing}")
        elif not synced or (not self._rehearsal and now - synced > SYNC_STALE_MS):
            reasons.append("Nothing was heard from the homeserver for a while.")
        if failed:
            reasons.append(f"{failed} rows could not be decided; see tudang doctor.")
        reasons += [f"The {kind} room does not work: {why}" for _, kind, why in trouble]
        return Health(
            ok=not reasons,
            reasons=tuple(reasons),
            forum=self._forum,
            stage=stage,
            last_sync_age=(now - synced) / 1000 if synced else None,
            last_write_age=(now - written) / 1000 if written else None,
            sync_failing=self.intake.failing,
            inbox=waiting,
            outbox=to_do[0],
            later=to_do[1],
            media=media,
            gaps=holes,
            failed=failed,
            degraded=tuple(RoomTrouble(*one) for one in trouble),
            now=now,
            rehearsal=self._rehearsal,
            preview=self._settings.forum.preview,
            version=__version__,
        )


def missing_permissions(store: Store, room: str, bot: str) -> list[str]:
    """What the bot may not do in a room though its rules need it: Matrix's own names of the permissions."""
    levels = power_levels(
        create=rooms.state(store, room, "m.room.create"),
        create_sender=rooms.state_sender(store, room, "m.room.create"),
        content=rooms.state(store, room, "m.room.power_levels"),
    )
    somebody = "@somebody:elsewhere"
    able = {
        "invite": levels.may_invite(bot),
        "kick": levels.may_kick(bot, somebody),
        "ban": levels.may_ban(bot, somebody),
        "m.room.power_levels": levels.may_send(bot, "m.room.power_levels", state=True),
        "m.reaction": levels.may_send(bot, "m.reaction"),
    }
    return [name for name, may in able.items() if not may]


def export_bundle(settings: Settings, forum: str, week: str, archive: DiskArchive, out: Path) -> Path:
    """Export a sealed week into a folder, reading the ledger beside a running bridge if there is one."""
    store = Store(sqlite_database(settings.ledger, read_only=True))
    key = load_or_make_key(settings.state / "signing.key", os.urandom)
    try:
        done = export_week(
            ForumHistory(store, forum),
            week,
            lambda sha256: archive.open(sha256) if archive.exists(sha256) else None,
            key,
            out,
            settings.state / "openings",
        )
    finally:
        store.close()
    return done.path


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

    Waits for a homeserver that does not answer yet. Raises :class:`bridge.policy.load.Refused` for bad files,
    :class:`bridge.ledger.keyring.KeyringInUse` when another process holds the store, MatrixError kinds.
    """
    configuration = await asyncio.to_thread(load, settings.config)
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
