"""What an event costs: the same number of statements at a thousand rows and at fifty thousand, each by an index."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import peewee as pw
import pytest

from bridge import books
from bridge.forum.book import Book
from bridge.journey.decide import decide_some
from bridge.journey.deliver import _choose
from bridge.ledger import fetching, forums, gaps, inbox, outbox, rooms, tables, timers
from bridge.ledger.migrations import migrate
from bridge.ledger.store import Store, sqlite_database
from bridge.model.clock import MovableClock
from bridge.model.event import Event, Json
from bridge.policy.load import load
from tests.faults.house import FRIDAY, ORDER, PEOPLE, REPORT, UNITS
from tests.faults.process import FORUM

ROOM = "!forum:test"
CONTROL = "!control:test"
HOT = (
    "message",
    "fact",
    "inbox",
    "outbox",
    "media",
    "posted",
    "fetching",
    "first_use",
    "task",
    "report",
    "directive",
)
FEW = (
    r"FROM gap WHERE state = 'open'|FROM room WHERE stale = 1|FROM outbox WHERE error (<>|LIKE) '"
    r"|FROM proposal WHERE forum = 'uji' AND state = 'open'|\bcause = |acknowledged_by = "
)
"""What there are never many of may be sorted."""

DAY = 24 * 3600 * 1000


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    config = tmp_path_factory.mktemp("config")
    (config / "policy.yaml").write_text("forum: {name: Uji, language: id}\nstage: enforce\n")
    lines = [
        "units:",
        *(f'  - {{id: {unit}, name: "{name}", short: "{unit}"}}' for unit, name in UNITS.items()),
        "persons:",
    ]
    lines += [f'  - {{id: {one}, name: "{one} x", identifiers: [{{matrix: "@{one}:test"}}]}}' for one in PEOPLE]
    lines.append("offices:")
    for person, (role, unit) in PEOPLE.items():
        where = f", unit: {unit}" if unit else ""
        lines.append(f"  - {{person: {person}, role: {role}{where}, from: 2025-01-01}}")
    (config / "roster.yaml").write_text("\n".join(lines))
    return books.make_book(
        load(config).numbered(1, 1),
        forum=FORUM,
        rooms={"forum": ROOM, "control": CONTROL},
        bot="@bot:test",
        clock=MovableClock(FRIDAY),
        rehearsal=False,
    )


def made(path: Path) -> Store:
    """An empty ledger of one forum."""
    store = Store(sqlite_database(path))
    migrate(store)
    store.run("PRAGMA synchronous = off")
    forums.ensure(store, FORUM, "enforce", False)
    for room, kind in ((ROOM, "forum"), (CONTROL, "control")):
        rooms.set_room(store, room, forum=FORUM, kind=kind)
    return store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = made(tmp_path / "ledger.db")
    yield store
    store.close()


Values = dict[str, Callable[[int], object]]

EVENT = msgspec.json.encode(
    Event(event_id="$", room_id=ROOM, sender="@dlh:test", type="m", content={}, origin_ts=0)
)
PAST = FRIDAY - 90 * DAY
OF_ALL: Values = {
    "forum": lambda n: FORUM,
    "room": lambda n: ROOM,
    "person": lambda n: "dlh",
    "event": lambda n: f"$old{n}",
    "received_at": lambda n: PAST + n,
    "issued_at": lambda n: PAST + n,
    "reported_at": lambda n: PAST + n,
    "at": lambda n: PAST + n,
    "created": lambda n: PAST + n,
    "sha256": lambda n: f"{n:064x}",
    "batch": lambda n: n,
    "id": lambda n: n,
    "unit": lambda n: "dlh",
}
OF_EACH: dict[type[tables.Table], Values] = {
    tables.Message: {"number": lambda n: f"L-{n}"},
    tables.Media: {"report": lambda n: f"L-{n}", "verdict": lambda n: "ok"},
    tables.Report: {"number": lambda n: f"L-{n}", "state": lambda n: "accepted", "directive": lambda n: f"P-{n}"},
    tables.Directive: {"number": lambda n: f"P-{n}", "state": lambda n: "open", "evidence": lambda n: "media"},
    tables.Task: {"directive": lambda n: f"P-{n}", "state": lambda n: "accepted"},
    tables.Decision: {"number": lambda n: f"K-{n}"},
    tables.FirstUse: {"report": lambda n: f"L-{n}"},
    tables.Asked: {"what": lambda n: "evidence", "about": lambda n: f"L-{n}"},
    tables.Fact: {"position": lambda n: n, "kind": lambda n: "opened", "body": lambda n: b"{}"},
    tables.Inbox: {
        "key": lambda n: f"$old{n}",
        "state": lambda n: "own" if n % 3 == 0 else "done",
        "kind": lambda n: "event",
        "body": lambda n: EVENT,
        "person": lambda n: None,
    },
    tables.Outbox: {
        "txn": lambda n: f"t{n}",
        "state": lambda n: "confirmed",
        "ref": lambda n: f"L-{n}.chip",
        "event": lambda n: f"$chip{n}",
    },
    tables.Posted: {"ref": lambda n: f"L-{n}.chip", "event": lambda n: f"$chip{n}"},
}


def history(store: Store, count: int) -> None:
    """A long life: ``count`` rows of every table that grows, as it is after months."""
    store.begin()
    for table, own in OF_EACH.items():
        fields = table._meta.sorted_fields
        getters = [own.get(f.column_name) or OF_ALL.get(f.column_name) or _empty(f) for f in fields]
        names, marks = ",".join(f.column_name for f in fields), ",".join("?" * len(fields))
        store.many(
            f"INSERT INTO {table._meta.table_name} ({names}) VALUES ({marks})",  # noqa: S608
            [tuple(get(n) for get in getters) for n in range(1, count + 1)],
        )
    for series in ("inbox", "outbox", "batch", "place"):
        store.run("INSERT INTO counter (forum, series, value) VALUES ('',?,?)", (series, count))
    for letter in "PLK":
        store.run("INSERT INTO counter (forum, series, value) VALUES (?,?,?)", (FORUM, letter, count))
    store.run("UPDATE forum SET position = ?, link = ?", (count, bytes(32)))
    store.commit()


def _empty(field: pw.Field) -> Callable[[int], object]:
    if field.null:
        return lambda n: None
    if isinstance(field, pw.BlobField):
        return lambda n: b""
    return (lambda n: "") if isinstance(field, pw.TextField) else (lambda n: 0)


def events(tag: str) -> list[Event]:
    """A stretch of life: an order, acknowledgements, a report with its photo, a reaction, a command, talk."""

    def one(name: str, sender: str, content: Json, kind: str = "m.room.message") -> Event:
        return Event(
            event_id=f"${tag}{name}",
            room_id=ROOM,
            sender=f"@{sender}:test",
            type=kind,
            content=content,
            origin_ts=FRIDAY,
        )

    def text(body: str, **more: object) -> Json:
        return {"msgtype": "m.text", "body": body, **more}

    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": f"${tag}order"}}}
    return [
        one("order", "wabup", text(ORDER)),
        one("ack", "dlh", text("Siap pak", **reply)),
        one("report", "dlh", text(REPORT)),
        one("photo", "dlh", {"msgtype": "m.image", "body": "x.jpg", "url": "mxc://test/abc", "info": {}}),
        one(
            "like",
            "pupr",
            {"m.relates_to": {"rel_type": "m.annotation", "event_id": f"${tag}order", "key": "👍"}},
            "m.reaction",
        ),
        one("status", "ahli", text("!status")),
        one("list", "ahli", text("!daftar")),
        one("number", "ahli", text("P-1")),
        one("talk", "ternak", text("Selamat pagi semuanya")),
        one("gone", "pupr", {"redacts": f"${tag}like"}, "m.room.redaction"),
    ]


class Trace:
    """The statements that a store runs, one list per event."""

    def __init__(self, store: Store, book: Book) -> None:
        self.store = store
        self.book = book
        self.seen: set[str] = set()

    def cost(self, event: Event, now: int) -> int:
        """Take an event in, decide it, and choose what may go; how many statements that took."""
        connection: sqlite3.Connection = self.store._connection
        statements: list[str] = []
        self.store.begin()
        batch = inbox.new_batch(self.store)
        connection.set_trace_callback(statements.append)
        inbox.add_events(
            self.store, FORUM, batch, inbox.WINDOW, [event], own="@bot:test", at=now, person_of=lambda user: None
        )
        done = decide_some(self.store, {FORUM: self.book}, now)
        timers.fire(self.store, now=now, caught_up_to=now)
        _choose(self.store, now, set(), 8)
        connection.set_trace_callback(None)
        assert done.failed == []
        assert done.rows == 1
        self.store.commit()
        self.seen.update(statements)
        return len([one for one in statements if not one.startswith("--")])


def test_an_event_costs_as_much_in_a_long_history_as_in_a_short_one(tmp_path: Path, book: Book) -> None:
    """The same number of statements at 1,000 and at 50,000 rows of everything, and none reads a table through."""
    costs: dict[int, list[int]] = {}
    for count in (1_000, 50_000):
        store = made(tmp_path / f"{count}.db")
        history(store, count)
        trace = Trace(store, book)
        costs[count] = [trace.cost(event, FRIDAY) for event in events("new")]
        assert store.count("SELECT COUNT(*) FROM message") >= count + 5
        assert list(unindexed(store, trace.seen)) == []
        store.close()
    assert costs[50_000] == costs[1_000]
    assert max(costs[1_000]) < 200


def unindexed(store: Store, statements: set[str]) -> Iterator[str]:
    """Statements that read one of the large tables without an index, or sort everything that they find."""
    for statement in sorted(statements):
        if not re.match(r"\s*(SELECT|UPDATE|INSERT|DELETE)", statement):
            continue
        for row in store.all(f"EXPLAIN QUERY PLAN {statement}"):
            plan = str(row[3])
            found = re.match(r"SCAN (\w+)", plan)
            if found and table_of(found[1], statement) in HOT and "USING" not in plan:
                yield f"{plan}: {statement}"
            if plan == "USE TEMP B-TREE FOR ORDER BY" and not re.search(FEW, statement):
                yield f"{plan}: {statement}"


def table_of(name: str, statement: str) -> str:
    """The table behind an alias."""
    aliased = re.search(rf"(?:FROM|JOIN) (\w+) (?:AS )?{name}\b", statement)
    return aliased[1] if aliased else name


LOOPS: dict[str, Any] = {
    "waiting": lambda store: outbox.waiting(store, FRIDAY, 64),
    "awaited": lambda store: outbox.awaited(store, FORUM, "x", 9),
    "by_txn": lambda store: outbox.by_txn(store, "nothing"),
    "depth": lambda store: outbox.depth(store, FRIDAY),
    "stuck": outbox.stuck,
    "recover": outbox.recover,
    "wake": lambda store: outbox.wake(store, ROOM),
    "next items": lambda store: inbox.next_items(store, 50, (FORUM,)),
    "next due": timers.next_due,
    "timers": lambda store: timers.fire(store, now=FRIDAY, caught_up_to=FRIDAY),
    "undecided": inbox.undecided,
    "failed": inbox.failed,
    "sealed sessions": inbox.sealed_sessions,
    "sealed of a session": lambda store: inbox.sealed_of_session(store, ROOM, "s"),
    "withheld": lambda store: inbox.note_withheld(store, "s", "m.unverified"),
    "own reaction": lambda store: inbox.own_reaction(store, ROOM, "$x", "k"),
    "fetching": lambda store: fetching.due(store, FRIDAY, 4, (FORUM,)),
    "unread": lambda store: timers._unread(store, FORUM, "dlh", 0),
    "gaps": lambda store: gaps.due(store, FRIDAY),
    "stale rooms": rooms.stale,
}


@pytest.mark.parametrize("name", LOOPS)
def test_what_the_loops_ask_again_and_again_is_found_by_an_index(store: Store, name: str) -> None:
    """No loop reads a table from end to end, whatever lies in it."""
    history(store, 200)
    statements: list[str] = []
    store._connection.set_trace_callback(statements.append)
    LOOPS[name](store)
    store._connection.set_trace_callback(None)
    assert statements
    assert list(unindexed(store, set(statements))) == []
