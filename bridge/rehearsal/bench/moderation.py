"""`scripts/bench moderation`: what law and order cost in a large forum.

A roster of thousands is planned over many rooms, one person comes into a small and into a large room, and a storm
of messages is judged as fast as it comes. Everything goes through the real rules and a real ledger; only the
homeserver is left out.
"""

from __future__ import annotations

import dataclasses
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from bridge import books
from bridge.forum.book import Book
from bridge.journey.decide import decide_some
from bridge.ledger import forums, inbox, outbox, rooms
from bridge.ledger.migrations import migrate
from bridge.ledger.store import Store, sqlite_database
from bridge.model.clock import MovableClock
from bridge.model.event import Event, Json
from bridge.policy.load import Source, load_sources
from bridge.rehearsal.bench import workload
from bridge.rehearsal.bench.past import FORUM, MONDAY, Past

PERSONS, ROOMS = 5_000, 50
MOVED = 20
"""Persons who go and who come with the new roster."""

SMALL = 50
"""Members of the room beside which the large one stands."""

A_SECOND, SECONDS = 1_000, 10
"""The storm: so many messages a second, for so long."""

BATCH = 100
"""Messages that come in one response."""

EVENTS = 200
"""Comings and goings that are measured in each room."""

ALLOWED_A_SECOND, BURST = 0.2, 10
"""What Synapse lets an account send when its operator has not lifted the limit (`rc_message`)."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A new roster over all rooms."""

    persons: int
    rooms: int
    seconds: float
    """From the row being taken up to everything being recorded."""
    invited: int
    proposed: int


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """One coming or going in a room of some size."""

    members: int
    microseconds: float
    statements: float


class Storm(msgspec.Struct, frozen=True, kw_only=True):
    """Messages that came at a steady pace, and how they were kept up with."""

    messages: int
    a_second: int
    judged_in: float
    """Seconds from the first message to the last one judged."""
    alone: float
    """Milliseconds to judge one, commits among them, when it need not wait for the next to come."""
    waiting: tuple[int, ...]
    """Messages not judged yet, at the end of each second."""
    effects: dict[str, int]
    """What is to be sent because of them, by kind."""

    @property
    def keeps_up(self) -> bool:
        """Whether never more than one response's worth of a second's messages waited."""
        return max(self.waiting) <= self.a_second // 2


class Moderation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was found."""

    plan: Plan
    comings: tuple[Coming, ...]
    storms: tuple[Storm, ...]


def measure(
    folder: Path,
    say: Callable[[str], None],
    *,
    persons: int = PERSONS,
    rooms_count: int = ROOMS,
    seconds: int = SECONDS,
    paces: Sequence[int] = (A_SECOND, A_SECOND // 2),
) -> Moderation:
    """Measure all three, in ``folder``, which is emptied."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    say(f"{persons} persons in {rooms_count} rooms: a new roster ...")
    plan = planned(folder, persons, rooms_count)
    say(f"  {plan.seconds:.2f} s. Comings and goings ...")
    comings = tuple(coming(folder, members) for members in (SMALL, persons))
    for one in comings:
        say(f"  a room of {one.members}: {one.microseconds:.0f} us, {one.statements:.1f} statements")
    storms = []
    for pace in paces:
        say(f"{pace} messages a second for {seconds} seconds ...")
        storms.append(storm(folder, pace, seconds))
        say(f"  judged in {storms[-1].judged_in:.1f} s; {max(storms[-1].waiting)} waited at most")
    return Moderation(plan=plan, comings=comings, storms=tuple(storms))


# A large forum


def planned(folder: Path, persons: int, rooms_count: int) -> Plan:
    """A roster in which some have gone and some have come takes force, in rooms where the old one is true."""
    store = _ledger(folder / "plan.db")
    old, new = _book(range(persons), rooms_count), _book(range(MOVED, persons + MOVED), rooms_count)
    for room in _rooms(old):
        _fill(store, room, [_account(number) for number in range(persons)])
    book = dataclasses.replace(new, before=old.roster)
    # Who stands where on a day is worked out once a day, also by the message before this row.
    book.roster.persons_due(book.local(MONDAY))
    _row(store, "file", _news(persons))
    began = time.perf_counter()
    store.begin()
    _decided(store, book)
    store.commit()
    seconds = time.perf_counter() - began
    plan = Plan(
        persons=persons,
        rooms=rooms_count,
        seconds=seconds,
        invited=store.count("SELECT COUNT(*) FROM act WHERE verb = 'invite'"),
        proposed=store.count("SELECT COUNT(*) FROM proposal"),
    )
    store.close()
    return plan


def coming(folder: Path, members: int, rooms_count: int = 3) -> Coming:
    """Outsiders come into and leave a room of so many members, which waits in the control room each time."""
    store = _ledger(folder / f"coming-{members}-{rooms_count}.db")
    book = _book(range(members), rooms_count)
    for room in _rooms(book):
        _fill(store, room, [_account(number) for number in range(members)])
    taken, statements = [], 0

    def count(sql: str) -> None:
        nonlocal statements
        statements += 1

    connection = store.database.connection()  # type: ignore[no-untyped-call]
    for number, event in enumerate(_comings(book.rooms["forum"])):
        # The time of some is taken, and the statements of others counted: counting takes time.
        connection.set_trace_callback(count if number % 2 else None)
        store.begin()
        rooms.apply_state(store, [event])
        _take(store, [event])
        began = time.perf_counter()
        _decided(store, book)
        if not number % 2:
            taken.append(time.perf_counter() - began)
        store.commit()
    connection.set_trace_callback(None)
    store.close()
    return Coming(
        members=members, microseconds=statistics.median(taken) * 1e6, statements=statements / (EVENTS // 2)
    )


def _comings(room: str) -> Iterator[Event]:
    for number in range(EVENTS):
        user, membership = f"@luar{number // 4}:{workload.SERVER}", ("join", "leave")[number // 2 % 2]
        if number % 2:
            user = f"@lain{number // 4}:{workload.SERVER}"
        yield _member(room, user, membership, number)


def _ledger(path: Path) -> Store:
    store = Store(sqlite_database(path))
    migrate(store)
    store.begin()
    forums.ensure(store, FORUM, "enforce", False)
    store.commit()
    return store


def _account(number: int) -> str:
    return f"@pegawai{number}:{workload.SERVER}"


def _book(numbers: Sequence[int], rooms_count: int) -> Book:
    """The book of a forum with these persons; each of its groups has a unit for each of its members."""
    units = min(200, len(numbers) // 4)
    lines = ["units:", *(f'  - {{id: u{unit}, name: "Dinas {unit}", short: "D{unit}"}}' for unit in range(units))]
    lines.append("persons:")
    lines += [f'  - {{id: p{n}, name: "Pegawai {n}", identifiers: [{{matrix: "{_account(n)}"}}]}}' for n in numbers]
    lines.append("offices:")
    for n in numbers:
        role = {40: "leader", 41: "expert"}.get(n % 500, "head")
        where = f", unit: u{n % units}" if role == "head" else ""
        lines.append(f"  - {{person: p{n}, role: {role}{where}, from: 2025-01-01}}")
    groups = [f"kelompok{number}" for number in range(rooms_count - 3)]
    every = ", ".join(("head", "leader", "expert"))
    policy = workload.policy_text() + "rooms:\n" if groups else workload.policy_text()
    policy += "".join(f"  {name}: {{members: {{roles: [{every}]}}}}\n" for name in groups)
    sources = (Source("policy.yaml", policy.encode()), Source("roster.yaml", "\n".join(lines).encode()))
    return books.make_book(
        load_sources(*sources).numbered(1, 1),
        forum=FORUM,
        rooms={kind: f"!{kind}:{workload.SERVER}" for kind in ("forum", "control", "audit")},
        groups={name: f"!{name}:{workload.SERVER}" for name in groups},
        bot=workload.BOT,
        clock=MovableClock(MONDAY),
        rehearsal=False,
    )


def _rooms(book: Book) -> list[str]:
    return [*book.rooms.values(), *book.groups.values()]


def _fill(store: Store, room: str, users: Sequence[str]) -> None:
    """A room that is ours, with these and the bot in it."""
    kind = room[1:].partition(":")[0]
    store.begin()
    rooms.set_room(store, room, forum=FORUM, kind="group" if kind.startswith("kelompok") else kind)
    rooms.set_membership(store, room, "join")
    store.run("UPDATE room SET adopted_at = 1, made_by_us = 1 WHERE room = ?", (room,))
    everybody = [_member(room, user, "join", number) for number, user in enumerate((workload.BOT, *users))]
    rooms.apply_state(store, everybody)
    store.commit()


def _member(room: str, user: str, membership: str, number: int) -> Event:
    name = user[1:].partition(":")[0].title()
    content: Json = {"membership": membership, "displayname": name, "avatar_url": None}
    return Event(
        event_id=f"$member{number}{room}{user}",
        room_id=room,
        sender=user,
        type="m.room.member",
        content=content,
        origin_ts=MONDAY + number,
        state_key=user,
        prev_content={"membership": "leave" if membership == "join" else "join"},
    )


def _news(persons: int) -> bytes:
    """That a roster has taken force, as the files of the bridge tell it."""
    news = {"what": "roster", "version": 2, "sha256": "0" * 64, "changes": [f"{persons} persons"], "settles": True}
    return msgspec.json.encode(news)


def _row(store: Store, kind: str, body: bytes) -> None:
    store.begin()
    inbox.add_row(store, FORUM, kind, f"{kind}:bench", body, at=MONDAY)
    store.commit()


def _take(store: Store, events: Sequence[Event]) -> None:
    batch = inbox.new_batch(store)
    inbox.add_events(
        store,
        FORUM,
        batch,
        inbox.WINDOW,
        events,
        own=workload.BOT,
        at=events[-1].origin_ts,
        person_of=lambda user: None,
    )


def _decided(store: Store, book: Book, limit: int = BATCH) -> int:
    """Decide the next rows; how many."""
    done = decide_some(store, {FORUM: book}, MONDAY + EVENTS, limit=limit)
    if done.failed:
        raise RuntimeError(f"rows could not be decided: {done.failed}")
    return done.rows


# A storm


def storm(folder: Path, a_second: int, seconds: int) -> Storm:
    """So many messages a second come in, in responses of a hundred; they are judged as fast as that goes.

    What is waiting is counted at the end of each second, and each response and each group of decisions is
    committed as a running bridge does it.
    """
    path = folder / f"storm-{a_second}.db"
    past = Past(path)
    count = a_second * seconds
    every = list(workload.messages(count, past.rooms, MONDAY, reports=0.0, span=seconds * 1000))
    groups = [every[first : first + BATCH] for first in range(0, count, BATCH)]
    before = past.store.count("SELECT COUNT(*) FROM outbox")
    waiting: list[int] = []
    come = judged = 0
    spent = 0.0
    began = time.perf_counter()
    while judged < count:
        now = time.perf_counter() - began
        while len(waiting) < seconds and now >= len(waiting) + 1:
            waiting.append(come - judged)
        due = min(count, int(now * a_second) // BATCH * BATCH)
        if come < due:
            for group in groups[come // BATCH : due // BATCH]:
                past.arrive(group)
            come = due
        if judged == come:
            time.sleep(0.002)
            continue
        started = time.perf_counter()
        judged += past.decide_group(MONDAY + seconds * 1000)
        spent += time.perf_counter() - started
    judged_in = time.perf_counter() - began
    waiting += [0] * (seconds - len(waiting))
    effects = Counter(
        type(errand.effect).__name__ for errand in outbox.waiting(past.store, MONDAY + 10**9, 10 * count)
    )
    assert sum(effects.values()) >= before  # noqa: S101 - nothing that waited before has gone
    past.close()
    return Storm(
        messages=count,
        a_second=a_second,
        judged_in=judged_in,
        alone=spent / count * 1000,
        waiting=tuple(waiting),
        effects=dict(effects.most_common()),
    )


def let_out(seconds: float) -> int:
    """How many effects Synapse's own limit lets out in a time, the first burst among them."""
    return int(BURST + seconds * ALLOWED_A_SECOND)
