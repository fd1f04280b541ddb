"""One bridge process on a house of these tests: its own loops, turned step by step, each run like the last."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bridge import books
from bridge.admin import permissions
from bridge.evidence.archive import DiskArchive
from bridge.evidence.drawing import Drawing
from bridge.forum.book import Book
from bridge.journey.decide import Decider
from bridge.journey.deliver import Delivery
from bridge.journey.discarding import Discarding
from bridge.journey.errands import Errands
from bridge.journey.gaps import Repair
from bridge.journey.inspect import Inspection
from bridge.journey.intake import Intake
from bridge.journey.living import LivingRooms
from bridge.journey.loops import Bell
from bridge.journey.rollback import Rollback
from bridge.journey.upgrades import Upgrades
from bridge.lang import drawing
from bridge.lang.catalogue import Catalogue
from bridge.lang.painting import Picture
from bridge.ledger import destroying, forums, inbox, outbox, record, rooms
from bridge.ledger.store import Store
from bridge.matrix.client import MatrixHomeserver
from bridge.matrix.sealing import Sealing
from bridge.model import evidence as ev
from bridge.model.clock import Clock
from bridge.model.effects import AnyEffect, Decline, Follow, Join
from bridge.model.event import Batch, Invitation
from bridge.model.situation import PREVIEW, Outcome
from bridge.policy.load import load
from tests.faults.points import MortalLedger, MortalRequests, Points

if TYPE_CHECKING:
    from tests.faults.house import House

FORUM = "uji"
PATIENCE_S = 60.0
ROUNDS = 60
"""More turns than any scenario needs: one that does not come to rest has a defect."""


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


class Pencil:
    """Draws nothing: a sheet with the names of the files; what is drawn is not what these tests are about."""

    async def __call__(self, sha256s: Sequence[str]) -> Drawing:
        return Drawing(jpeg=b"\xff\xd8\xff" + " ".join(sha256s).encode(), width=800, height=600)


_READ: dict[bytes, tuple[Book, Catalogue]] = {}


def read(config: Path, bot: str, clock: Clock) -> tuple[Book, Catalogue]:
    """The book and the texts of these files; a process starts often here, and reading costs most of it."""
    text = (config / "policy.yaml").read_bytes() + (config / "roster.yaml").read_bytes()
    if text not in _READ:
        configuration = load(config).numbered(1, 1)
        book = books.make_book(configuration, forum=FORUM, rooms={}, bot=bot, clock=clock, rehearsal=False)
        _READ[text] = book, books.make_catalogue(configuration)
    return _READ[text]


async def painted(language: str) -> Picture:
    """The picture of the welcome."""
    return drawing.welcome(language)


class Process:
    """The loops of one bridge process, turned by hand."""

    def __init__(self, house: House, points: Points, device: str, crypto: Sealing) -> None:
        self.house = house
        self.points = points
        clock = house.clock
        template, self.catalogue = read(house.config, house.bot, clock)
        self.ledger = MortalLedger(house.database, points)
        self.requests = MortalRequests(house.fake.url, house.token(device), points)
        self.homeserver = MatrixHomeserver(
            self.requests, user_id=house.bot, device_id=device, crypto=crypto, states=self.ledger
        )
        self.forum = f"{FORUM}{PREVIEW}" if house.preview else FORUM
        self.book = dataclasses.replace(
            template,
            forum=self.forum,
            rooms={kind: room for kind, room in house.rooms.items() if kind != "space"},
            space=house.rooms.get("space", ""),
            preview=house.preview,
        )
        more = dict.fromkeys(forum for forum, _, _ in house.more_rooms)
        self.books: dict[str, Book] = {
            self.forum: self.book,
            **{forum: dataclasses.replace(template, forum=forum) for forum in more},
        }
        self.deliver_bell = Bell()
        self.archive = DiskArchive(house.state / "archive", max_bytes=10_000_000)
        self.errands = Errands(
            self.ledger,
            self.homeserver,
            clock,
            books=lambda: self.books,
            speaker=lambda forum: self.catalogue,
            bundles=self._bundle,
            adoption=LivingRooms(permissions.missing),
            draw=Pencil(),
            discard=Discarding(
                self.ledger,
                self.archive,
                clock,
                exports=house.state,
                openings=house.state / "openings",
                scrub=lambda: destroying.scrub(house.state / "ledger.db"),
            ),
            paint=painted,
            upgrades=Upgrades(
                self.ledger,
                self.homeserver,
                clock,
                book=lambda forum: self.books[forum],
                followed=self._followed,
                bells=(),
            ),
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
        self.rollback = Rollback(self.ledger, self.homeserver, clock, books=lambda: self.books, bells=())
        self.intake = Intake(
            self.ledger,
            self.homeserver,
            clock,
            person_of=self._person_of,
            invited=self._invited,
            decide=Bell(),
            repair=Bell(),
            deciding=self.decider,
            rolled_back=self.rollback.look,
        )
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

        for _, _, room in places:
            self._followed(room, await self.ledger.read(lambda store, room=room: rooms.newest(store, room)))  # type: ignore[misc]

        def work(store: Store) -> None:
            for forum in self.books:
                forums.ensure(store, forum, "watch", False)
            if not house.preview:
                rooms.take_over(store, FORUM, f"{FORUM}{PREVIEW}")
            for forum, kind, room in [*places, *house.more_rooms]:
                rooms.set_room(store, rooms.newest(store, room), forum=forum, kind=kind)
            inbox.add_row(store, self.forum, "start", start, b"{}", at=now)

        await self.ledger.write(work)
        await self.delivery.recover()
        self.token = await self.intake.resume()
        await self.reconnect()

    async def reconnect(self) -> None:
        """What intake does before its first sync after a start or a break."""
        if await self.rollback.look():
            self.token = None

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
        effects: list[Join | Decline | Follow] = []
        for one in invitations:
            heir_of = await self.ledger.read(lambda store, room=one.room_id: rooms.awaited(store, room))  # type: ignore[misc]
            if heir_of is not None:
                effects.append(Follow(room=heir_of, replacement=one.room_id))
                continue
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

    def _followed(self, old: str, new: str) -> None:
        """A room has the place of another, in the book as well."""
        if new == old:
            return
        kinds = {kind: new if room == old else room for kind, room in self.book.rooms.items()}
        self.book = self.books[self.forum] = dataclasses.replace(self.book, rooms=kinds)

    async def _bundle(self, forum: str, week: str) -> Path:
        path = self.house.state / f"{week}.zip"
        path.write_bytes(b"PK bundle of " + week.encode())
        return path

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
