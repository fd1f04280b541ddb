"""A forum with a past: messages of the bench taken in, decided and judged by the real rules, without a network.

Nothing is written by hand: what stands in such a ledger is what a bridge would have recorded, timers included. Only
the homeserver is left out: what is sent counts as posted at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bridge import books
from bridge.evidence.archive import DiskArchive
from bridge.forum.book import Book
from bridge.forum.verdicts import Looked
from bridge.journey.decide import decide_some
from bridge.ledger import fetching, forums, inbox, outbox, rooms, timers
from bridge.ledger.migrations import migrate
from bridge.ledger.record import Salt, head
from bridge.ledger.store import Store, sqlite_database
from bridge.matrix.parse import Reader
from bridge.matrix.sealing import Sealed
from bridge.model.clock import MovableClock, milliseconds
from bridge.model.event import Json
from bridge.model.evidence import Inspection, Verdict
from bridge.policy.load import Source, load_sources
from bridge.rehearsal.bench import workload
from bridge.rehearsal.bench.standin import state_of

FORUM = "bench"
DAY = 24 * 3600 * 1000
MONDAY = milliseconds(datetime(2026, 11, 15, 23, tzinfo=UTC))
"""Monday 16 November 2026, 07.00 in Makassar."""
SEALED = MONDAY + 7 * DAY
"""An hour after week 47 is sealed."""
REPORTS = 0.1
"""The share of photos among the messages: fewer than in a replay, as in a forum of many weeks."""

GROUP = 100


def book(rooms_count: int) -> Book:
    """The rules' book of the bench's forum."""
    sources = (
        Source("policy.yaml", workload.policy_text().encode()),
        Source("roster.yaml", workload.roster_text().encode()),
    )
    return books.make_book(
        load_sources(*sources).numbered(1, 1),
        forum=FORUM,
        rooms={place.kind: place.room for place in workload.places(rooms_count) if place.kind != "group"},
        bot=workload.BOT,
        clock=MovableClock(MONDAY),
        rehearsal=False,
    )


def counted() -> Salt:
    """Salts that are the same every time."""
    numbers = itertools.count()
    return lambda: next(numbers).to_bytes(16, "big")


class Past:
    """A ledger that messages are taken into. ``archive`` None: pictures get their verdicts without files."""

    def __init__(
        self, path: Path, *, rooms_count: int = 1, archive: DiskArchive | None = None, scenes: Sequence[bytes] = ()
    ) -> None:
        self.store = Store(sqlite_database(path))
        migrate(self.store)
        self.book = book(rooms_count)
        self.rooms = rooms_count
        self._salt = counted()
        self._reader = Reader(workload.BOT, _sealed)
        self._archive = archive
        self._scenes = scenes
        if not forums.exists(self.store, FORUM):
            self._found(rooms_count)

    def _found(self, rooms_count: int) -> None:
        store = self.store
        store.begin()
        forums.ensure(store, FORUM, workload.STAGE, False)
        for place in workload.places(rooms_count):
            rooms.set_room(store, place.room, forum=FORUM, kind=place.kind)
            rooms.set_membership(store, place.room, "join")
            state = [self._reader.event(place.room, raw) for raw in state_of(place, MONDAY)]
            rooms.replace_state(store, place.room, [event for event in state if event is not None])
            rooms.note_creator(store, place.room, workload.BOT)
            inbox.add_row(store, FORUM, "members", f"members:{place.room}:past", b"{}", at=MONDAY, room=place.room)
        inbox.add_row(store, FORUM, "start", "start:past", b"{}", at=MONDAY)
        decide_some(store, {FORUM: self.book}, MONDAY, salt=self._salt)
        store.commit()

    def take(self, messages: Sequence[workload.Message]) -> float:
        """Take in and decide a group of messages, and everything that is due by then; seconds spent deciding."""
        store, now = self.store, messages[-1].at
        events = [self._reader.event(message.room, message.body) for message in messages]
        store.begin()
        inbox.add_events(
            store,
            FORUM,
            inbox.new_batch(store),
            inbox.WINDOW,
            [event for event in events if event is not None],
            own=workload.BOT,
            at=now,
            person_of=lambda user: None,
        )
        began = time.perf_counter()
        self._decide(now)
        spent = time.perf_counter() - began
        self._judge(now)
        self._decide(now)
        self._fire(now)
        store.commit()
        return spent

    def arrive(self, messages: Sequence[workload.Message]) -> None:
        """Take in a response and commit it; nothing is decided yet."""
        events = [self._reader.event(message.room, message.body) for message in messages]
        self.store.begin()
        inbox.add_events(
            self.store,
            FORUM,
            inbox.new_batch(self.store),
            inbox.WINDOW,
            [event for event in events if event is not None],
            own=workload.BOT,
            at=messages[-1].at,
            person_of=lambda user: None,
        )
        self.store.commit()

    def decide_group(self, now: int) -> int:
        """Decide one group of rows and commit it, as a running bridge does; how many there were."""
        self.store.begin()
        done = decide_some(self.store, {FORUM: self.book}, now, limit=GROUP, salt=self._salt)
        self.store.commit()
        if done.failed:
            raise RuntimeError(f"rows could not be decided: {done.failed}")
        return done.rows

    def pass_to(self, now: int) -> None:
        """Let time pass: everything that is due by then happens."""
        self.store.begin()
        self._fire(now)
        self.store.commit()

    def _fire(self, now: int) -> None:
        while timers.fire(self.store, now=now, caught_up_to=now, forums=(FORUM,)):
            self._decide(now)
        while errands := outbox.waiting(self.store, now, GROUP * 5, (FORUM,)):
            for errand in errands:
                outbox.start(self.store, errand.id, workload.DEVICE, now)
                outbox.confirm(self.store, errand.id, f"$own{errand.id:039}")
                room = errand.effect.room or workload.places(self.rooms)[0].room
                outbox.note_posted(self.store, FORUM, errand.effect, room, f"$own{errand.id:039}", now)

    def _decide(self, now: int) -> None:
        while True:
            done = decide_some(self.store, {FORUM: self.book}, now, limit=GROUP, salt=self._salt)
            if done.failed:
                raise RuntimeError(f"rows could not be decided: {done.failed}")
            if done.rows < GROUP:
                return

    def _judge(self, now: int) -> None:
        """Give every picture the verdict that its bytes deserve: a scene with a comment of its own."""
        for wanted in fetching.due(self.store, now, GROUP * 2):
            judge = wanted.judge
            number = int(judge.mxc.rpartition("photo")[2])
            if self._scenes:
                data = workload.stamped(self._scenes[number % len(self._scenes)], number)
                if self._archive is not None:
                    asyncio.run(_keep(self._archive, data))
                sha256, size = hashlib.sha256(data).hexdigest(), len(data)
            else:
                sha256, size = hashlib.sha256(judge.mxc.encode()).hexdigest(), 60_000
            seen = Inspection(
                verdict=Verdict.OK, mime="image/jpeg", width=640, height=480, sha256=sha256, size=size
            )
            inbox.add_row(
                self.store,
                FORUM,
                "verdict",
                f"verdict:{judge.event}:{judge.index}",
                msgspec.json.encode(Looked(event=judge.event, index=judge.index, inspection=seen)),
                at=now,
                room=judge.room,
                person=judge.person,
            )
            fetching.done(self.store, judge)

    def facts(self) -> int:
        """How long the record is."""
        return head(self.store, FORUM).position

    @contextlib.contextmanager
    def listening(self, hear: Callable[[str], None]) -> Iterator[None]:
        """Tell of every statement on the database, each row of a statement for many rows included."""
        connection = self.store.database.connection()  # type: ignore[no-untyped-call]
        connection.set_trace_callback(hear)
        yield
        connection.set_trace_callback(None)

    def close(self) -> None:
        """Close the ledger, everything in one file."""
        self.store.run("PRAGMA wal_checkpoint(TRUNCATE)")
        self.store.close()


def _sealed(room: str, event: Json) -> Sealed:
    return Sealed("no_session")


async def _keep(archive: DiskArchive, data: bytes) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield data

    await archive.store(chunks())


def groups(messages: Iterator[workload.Message]) -> Iterator[list[workload.Message]]:
    """In hundreds, as responses bring them."""
    while group := list(itertools.islice(messages, GROUP)):
        yield group


def made(folder: Path, messages: int, scenes: Sequence[bytes], say: Callable[[str], None]) -> Path:
    """A folder with the ledger (`ledger.db`) and the archive of a week of ``messages`` messages that is sealed.

    Made once and kept, since a large one takes minutes.
    """
    say(f"A past of {messages} messages, if it is not there ...")
    place = folder / f"past-{messages}"
    if place.exists():
        return place
    fresh = place.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    archive = DiskArchive(fresh / "archive", max_bytes=100_000_000)
    archive.prepare()
    past = Past(fresh / "ledger.db", archive=archive, scenes=scenes)
    # What is made here can be made again: it need not reach the disk row by row.
    past.store.run("PRAGMA synchronous = off")
    done, said = 0, time.monotonic()
    for group in groups(workload.messages(messages, past.rooms, MONDAY, reports=REPORTS, span=6 * DAY)):
        past.take(group)
        done += len(group)
        if time.monotonic() - said > 5:
            said = time.monotonic()
            say(f"  ... {done} of {messages} messages of the past")
    past.pass_to(SEALED)
    past.close()
    fresh.rename(place)
    return place
