"""A forum on the fake homeserver, held by the bridge's own loops, which the test turns step by step.

A :class:`House` is the world: homeserver, clock, people, rooms, the folder of the state. :meth:`House.start` makes
a :class:`Process` on that folder; it may be killed at any point, and another started. Steps are turned in order, so
that a test is the same every time it runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from bridge import books
from bridge.evidence.archive import DiskArchive
from bridge.forum import adoption, cards
from bridge.forum.book import Book
from bridge.journey.decide import Decider
from bridge.journey.deliver import Delivery
from bridge.journey.errands import Errands
from bridge.journey.gaps import Repair
from bridge.journey.inspect import Inspection
from bridge.journey.intake import Intake
from bridge.journey.loops import Bell
from bridge.lang.catalogue import Catalogue
from bridge.ledger import forums, inbox, outbox, record, rooms
from bridge.ledger.store import Store, sqlite_database
from bridge.matrix.client import MatrixHomeserver
from bridge.matrix.sealing import Sealing
from bridge.model import evidence as ev
from bridge.model import facts as f
from bridge.model.clock import Clock, MovableClock
from bridge.model.effects import AnyEffect, Decline, Join, Line
from bridge.model.event import Batch, Invitation, Json
from bridge.model.situation import PREVIEW, Outcome
from bridge.policy.load import load
from tests.fakes.homeserver import FakeHomeserver, Snapshot
from tests.faults.points import Crash, MortalLedger, MortalRequests, Points
from tests.faults.sealed import Glass, letter, unsealed

FORUM = "uji"
FRIDAY = 1_795_129_200_000
"""Friday 20 November 2026, 07.00 in Makassar."""

UNITS = {"dlh": "Dinas Lingkungan Hidup", "pupr": "Dinas Pekerjaan Umum", "ternak": "Dinas Peternakan"}
PEOPLE = {
    "bupati": ("leader", None),
    "wabup": ("deputy", None),
    "dlh": ("head", "dlh"),
    "pupr": ("head", "pupr"),
    "ternak": ("head", "ternak"),
    "ahli": ("expert", None),
    "ahli2": ("expert", None),
}
ORDER = "Seluruh OPD laksanakan kerja bakti hari ini, laporkan hasilnya disertai foto paling lambat jam 17.00"
REPORT = "Izin melaporkan, kerja bakti di pasar sudah selesai dilaksanakan"
PATIENCE_S = 60.0
ROUNDS = 60
"""More turns than any scenario needs: one that does not come to rest has a defect."""

F = TypeVar("F", bound=f.Fact)

decode_fact = msgspec.json.Decoder(f.AnyFact).decode


class Eye:
    """An inspector that finds every file good; what it judges is not what these tests are about."""

    async def inspect(self, path: Path, claimed: str, stored: ev.Stored | None = None) -> ev.Inspection:
        assert stored is not None
        return ev.Inspection(
            sha256=stored.sha256,
            size=stored.size,
            verdict=ev.Verdict.OK,
            mime="image/jpeg",
            claimed=claimed,
            width=800,
            height=600,
        )


_READ: dict[bytes, tuple[Book, Catalogue]] = {}


def read(config: Path, bot: str, clock: Clock) -> tuple[Book, Catalogue]:
    """The book and the texts of these files; a process starts often here, and reading costs most of it."""
    text = (config / "policy.yaml").read_bytes() + (config / "roster.yaml").read_bytes()
    if text not in _READ:
        configuration = load(config).numbered(1, 1)
        book = books.make_book(configuration, forum=FORUM, rooms={}, bot=bot, clock=clock, rehearsal=False)
        _READ[text] = book, books.make_catalogue(configuration)
    return _READ[text]


class Process:
    """The loops of one bridge process, turned by hand."""

    def __init__(self, house: House, points: Points, device: str, crypto: Sealing) -> None:
        self.house = house
        self.points = points
        clock = house.clock
        template, self.catalogue = read(house.config, house.bot, clock)
        self.ledger = MortalLedger(house.state / "ledger.db", points)
        self.requests = MortalRequests(house.fake.url, house.token(device), points)
        self.homeserver = MatrixHomeserver(
            self.requests, user_id=house.bot, device_id=device, crypto=crypto, states=self.ledger
        )
        self.forum = f"{FORUM}{PREVIEW}" if house.preview else FORUM
        self.book = dataclasses.replace(template, forum=self.forum, rooms=house.rooms, preview=house.preview)
        more = dict.fromkeys(forum for forum, _, _ in house.more_rooms)
        self.books: dict[str, Book] = {
            self.forum: self.book,
            **{forum: dataclasses.replace(template, forum=forum) for forum in more},
        }
        self.deliver_bell = Bell()
        self.errands = Errands(
            self.ledger,
            self.homeserver,
            clock,
            books=lambda: self.books,
            speaker=lambda forum: self.catalogue,
            bundles=self._bundle,
            adoption=self._adoption,
            rounds=lambda: self.intake.rounds,
        )
        self.delivery = Delivery(
            self.ledger,
            self.errands,
            clock,
            device=lambda: self.homeserver.device_id,
            books=lambda: self.books,
            bell=self.deliver_bell,
        )
        self.decider = Decider(
            self.ledger,
            clock,
            lambda: self.books,
            bell=Bell(),
            deliver=self.deliver_bell,
            inspect=Bell(),
            caught_up_to=lambda: self.intake.last_sync,
            outgoing=self.delivery,
        )
        self.intake = Intake(
            self.ledger,
            self.homeserver,
            clock,
            person_of=self._person_of,
            invited=self._invited,
            decide=Bell(),
            repair=Bell(),
            deciding=self.decider,
        )
        self.archive = DiskArchive(house.state / "archive", max_bytes=10_000_000)
        self.inspection = Inspection(
            self.ledger,
            self.homeserver,
            self.archive,
            Eye(),
            clock,
            books=lambda: self.books,
            bell=Bell(),
            decide=Bell(),
        )
        self.repair = Repair(
            self.ledger,
            self.homeserver,
            clock,
            person_of=self._person_of,
            books=lambda: self.books,
            bell=Bell(),
            decide=Bell(),
        )
        self.token: str | None = None

    # Life

    async def prepare(self) -> None:
        """What the service does before the loops start."""
        self.archive.prepare()
        house, now = self.house, self.house.clock.now()
        places = [(self.forum, kind, room) for kind, room in house.rooms.items()]
        start = f"start:{next(house.starts)}"

        def work(store: Store) -> None:
            for forum in self.books:
                forums.ensure(store, forum, "watch", False)
            if not house.preview:
                rooms.take_over(store, FORUM, f"{FORUM}{PREVIEW}")
            for forum, kind, room in [*places, *house.more_rooms]:
                rooms.set_room(store, room, forum=forum, kind=kind)
            inbox.add_row(store, self.forum, "start", start, b"{}", at=now)

        await self.ledger.write(work)
        await self.delivery.recover()
        self.token = await self.intake.resume()

    async def sync(self) -> Batch:
        """One sync response, taken in."""
        started = self.house.clock.now()
        batch = await self.homeserver.sync(self.token, 0)
        await self.intake.take(batch, self.token, started)
        self.token = batch.token
        return batch

    async def turn(self) -> bool:
        """Every loop once; whether anything happened."""
        news = bool((await self.sync()).rooms)
        news |= bool(await self.repair.step())
        news |= bool(await self.decider.drain())
        await self.delivery.step()
        news |= bool(self.delivery._tasks)
        await self.delivery.settle()
        self.points.alive()
        news |= bool(await self.inspection.step())
        await self.inspection.settle()
        self.points.alive()
        return news

    async def settle(self) -> None:
        """Turn until nothing moves any more."""
        calm = 0
        async with asyncio.timeout(PATIENCE_S):
            for _ in range(ROUNDS):
                calm = 0 if await self.turn() else calm + 1
                if calm == 2:
                    return
        raise AssertionError("the bridge does not come to rest")

    async def rest(self) -> None:
        """Settle, and once more when cards that were edited a moment ago may be edited again."""
        await self.settle()
        self.house.clock.advance(61)
        await self.settle()

    async def end(self) -> None:
        """Whatever became of the process, its connections end."""
        for task in (*self.delivery._tasks, *self.inspection._tasks):
            task.cancel()
        await self.homeserver.close()
        self.ledger.close()

    # What the loops are given

    def _person_of(self, forum: str, user: str) -> str | None:
        standing = self.book.standing(user, self.house.clock.now())
        return standing.person.id if standing else None

    async def _invited(self, invitations: Sequence[Invitation]) -> None:
        now = self.house.clock.now()
        effects: list[Join | Decline] = []
        for one in invitations:
            standing = self.book.standing(one.inviter, now)
            if standing is None:
                effects.append(Decline(room=one.room_id))
                continue
            if one.room_id not in self.house.rooms.values():
                person, room = standing.person.id, one.room_id
                await self.ledger.write(
                    lambda store, room=room, person=person: rooms.set_room(  # type: ignore[misc]
                        store, room, forum=self.forum, kind="direct", person=person
                    )
                )
            effects.append(Join(room=one.room_id))
        await self.ledger.write(
            lambda store: outbox.enqueue(store, self.forum, effects, cause="invitation", now=now)
        )

    async def _bundle(self, forum: str, week: str) -> Path:
        path = self.house.state / f"{week}.zip"
        path.write_bytes(b"PK bundle of " + week.encode())
        return path

    def _adoption(self, store: Store, book: Book, now: int) -> list[Line]:
        room = book.rooms["forum"]
        view = adoption.adoption_view(rooms.member_views(store, room), book.roster, book.bot, now)
        return cards.adoption_card(view, forums.stage(store, book.forum), [], book)

    # Shortcuts

    async def want(self, *effects: AnyEffect, forum: str = FORUM) -> None:
        """Record an outcome that has only effects, as a rule would."""
        now = self.house.clock.now()
        await self.ledger.write(
            lambda store: record.record(
                store,
                forum,
                Outcome(effects=list(effects)),
                now=now,
                cause="test",
                letters=self.book.series,
            )
        )


class House:
    """The world of one test."""

    def __init__(self, fake: FakeHomeserver, clock: MovableClock, root: Path) -> None:
        self.fake = fake
        self.clock = clock
        self.root = root
        self.state = root / "state"
        self.config = root / "config"
        self.people = {name: fake.user(name) for name in PEOPLE}
        self.outsider = fake.user("orang.luar")
        self.bot = fake.user("tudang")
        self.starts = itertools.count(1)
        self.encrypted = False
        self.preview = False
        self.rooms: dict[str, str] = {}
        self.more_rooms: list[tuple[str, str, str]] = []
        self.process: Process | None = None
        self._tokens: dict[str, str] = {}
        self._saved: tuple[Path, Snapshot, int] | None = None

    def set_up(self, *, encrypted: bool = False) -> None:
        """Policy, roster, and three rooms of the bot's own with everybody in them."""
        self.encrypted = encrypted
        self.write_files()
        everybody = list(self.people.values())
        experts = [self.people["ahli"], self.people["ahli2"]]
        for kind, members in (("forum", everybody), ("control", experts), ("audit", [])):
            self.rooms[kind] = self.fake.room(self.bot, *members, name=kind, encrypted=encrypted)

    def write_files(self, extra: str = "") -> None:
        self.config.mkdir(parents=True, exist_ok=True)
        (self.config / "policy.yaml").write_text(
            f"forum:\n  name: Forum Uji\n  language: id\n  timezone: Asia/Makassar\nstage: enforce\n{extra}"
        )
        lines = ["units:"]
        for unit, name in UNITS.items():
            lines.append(f'  - {{id: {unit}, name: "{name}", short: "{unit.upper()}", kind: agency}}')
        lines.append("persons:")
        for person, user in self.people.items():
            name = f"{person.title()} Contoh"
            lines.append(f'  - {{id: {person}, name: "{name}", identifiers: [{{matrix: "{user}"}}]}}')
        lines.append("offices:")
        for person in self.people:
            role, place = PEOPLE[person]
            where = f", unit: {place}" if place else ""
            lines.append(f"  - {{person: {person}, role: {role}{where}, from: 2025-01-01}}")
        (self.config / "roster.yaml").write_text("\n".join(lines) + "\n")

    def token(self, device: str) -> str:
        """The access token of a device of the bot; new ones after a revocation."""
        token = self._tokens.get(device)
        if token is None or token not in self.fake.tokens:
            token = self._tokens[device] = self.fake.token(self.bot, device)
        return token

    # Processes

    async def start(
        self, points: Points | None = None, *, device: str = "BOT", crypto: Sealing | None = None
    ) -> Process:
        """A new process on the state that is there."""
        process = self.process = Process(self, points or Points(), device, crypto or Glass())
        await process.prepare()
        return process

    async def kill(self) -> None:
        """The process is gone without a word."""
        process, self.process = self.process, None
        if process is not None:
            process.points.dead = True
            await process.end()

    async def survive(self, points: Points, *, device: str = "BOT") -> None:
        """Settle with a process that dies at a point, then with one that does not."""
        try:
            if self.process is None:
                await self.start(points, device=device)
            assert self.process is not None
            await self.process.settle()
        except Crash:
            await self.kill()
            await asyncio.sleep(0)
            process = await self.start(device=device)
            await process.settle()

    # Going back

    async def save(self) -> None:
        """Remember everything as it is now; no process runs."""
        kept = self.root / "saved"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.state, kept)
        self._saved = (kept, self.fake.snapshot(), self.clock.now())

    async def back(self) -> None:
        """Everything as it was when it was saved."""
        assert self._saved is not None
        kept, snapshot, now = self._saved
        await self.kill()
        shutil.rmtree(self.state)
        shutil.copytree(kept, self.state)
        self.fake.rollback(snapshot)
        self.fake.faults.clear()
        self.fake.calls.clear()
        self.clock.set(now)

    # What people do

    def say(self, person: str, text: str, kind: str = "forum") -> str:
        room, user = self.rooms[kind], self.people[person]
        if self.encrypted:
            return self.fake.say(room, user, letter(text), "m.room.encrypted")
        return self.fake.say(room, user, text)

    def photo(self, person: str, number: int = 1, caption: str | None = None) -> str:
        data = b"\xff\xd8 photo %d" % number
        room, user = self.rooms["forum"], self.people[person]
        if not self.encrypted:
            return self.fake.photo(room, user, data, caption)
        mxc = self.fake.upload(data, "image/jpeg")
        content: Json = {"msgtype": "m.image", "body": caption or "photo.jpg", "url": mxc}
        return self.fake.say(room, user, letter(content), "m.room.encrypted")

    # What a test looks at

    def events(self, room: str, sender: str | None = None, kind: str | None = None) -> list[Json]:
        """A room's events as people read them."""
        found = [unsealed(event) for event in self.fake.events(room, sender)]
        return [event for event in found if kind is None or event["type"] == kind]

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        store = Store(sqlite_database(self.state / "ledger.db", read_only=True))
        try:
            yield store
        finally:
            store.close()

    def facts(self, *kinds: type[F], forum: str = FORUM) -> list[F]:
        with self.store() as store:
            rows = store.all("SELECT body FROM fact WHERE forum = ? ORDER BY position", (forum,))
        found = [decode_fact(bytes(row[0])) for row in rows]
        return [fact for fact in found if isinstance(fact, kinds)]

    def rows(self, sql: str, *params: object) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(f"file:{self.state / 'ledger.db'}?mode=ro", uri=True)
        try:
            return connection.execute(sql, params).fetchall()
        finally:
            connection.close()

    def chips(self, event: str, kind: str = "forum") -> list[str]:
        """The bot's reactions that stand on an event."""
        return [
            one["content"]["m.relates_to"]["key"]
            for one in self.events(self.rooms[kind], self.bot, "m.reaction")
            if one["content"] and one["content"]["m.relates_to"]["event_id"] == event
        ]

    def said(self, kind: str = "forum") -> list[str]:
        """What the bot said in a room: bodies of messages that are no edits."""
        return [
            one["content"]["body"]
            for one in self.events(self.rooms[kind], self.bot, "m.room.message")
            if one["content"] and one["content"].get("m.relates_to", {}).get("rel_type") != "m.replace"
        ]
