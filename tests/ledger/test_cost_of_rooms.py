"""What it costs that a working group's members were read: the same with a hundred groups as with five."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bridge import books
from bridge.forum.book import Book
from bridge.journey.decide import decide_some
from bridge.ledger import forums, inbox, rooms
from bridge.ledger.migrations import migrate
from bridge.ledger.store import Store, sqlite_database
from bridge.model.clock import MovableClock
from bridge.model.event import Event
from bridge.policy.load import load
from tests.faults.house import FRIDAY

FORUM = "uji"
ROOMS = {"forum": "!forum:test", "control": "!control:test"}


def book(folder: Path, groups: dict[str, str]) -> Book:
    """A forum in `enforce` with these working groups, of a leader, an expert and twenty heads."""
    folder.mkdir()
    (folder / "policy.yaml").write_text("forum: {name: Uji, language: id}\nstage: enforce\n")
    heads = range(20)
    lines = ["units:", *(f'  - {{id: u{n}, name: "Dinas Nomor {n}", short: "U{n}"}}' for n in heads), "persons:"]
    lines += [
        f'  - {{id: {one}, name: {one}, identifiers: [{{matrix: "@{one}:test"}}]}}' for one in ("ani", "ahli")
    ]
    lines += [f'  - {{id: h{n}, name: Kepala {n}, identifiers: [{{matrix: "@h{n}:test"}}]}}' for n in heads]
    lines += [
        "offices:",
        "  - {person: ani, role: leader, from: 2025-01-01}",
        "  - {person: ahli, role: expert, from: 2025-01-01}",
    ]
    lines += [f"  - {{person: h{n}, role: head, unit: u{n}, from: 2025-01-01}}" for n in heads]
    (folder / "roster.yaml").write_text("\n".join(lines))
    return books.make_book(
        load(folder).numbered(1, 1),
        forum=FORUM,
        rooms=ROOMS,
        groups=groups,
        bot="@bot:test",
        clock=MovableClock(FRIDAY),
        rehearsal=False,
    )


def statements(folder: Path, count: int) -> tuple[int, list[str]]:
    """Statements that run when one of so many groups was read, and whom the bot then invites into which rooms."""
    groups = {f"kelompok-{n}": f"!g{n}:test" for n in range(count)}
    rules = book(folder, groups)
    store = Store(sqlite_database(folder / "ledger.db"))
    migrate(store)
    forums.ensure(store, FORUM, "enforce", False)
    for kind, room in (*ROOMS.items(), *(("group", room) for room in groups.values())):
        rooms.set_room(store, room, forum=FORUM, kind=kind)
        rooms.replace_state(store, room, [joined(room, user) for user in ("@bot:test", "@ani:test")])
        inbox.add_row(store, FORUM, "members", f"members:{room}:0", b"{}", at=FRIDAY, room=room)
    while decide_some(store, {FORUM: rules}, FRIDAY).rows:
        pass
    before = store.count("SELECT COUNT(*) FROM outbox")
    rooms.replace_state(store, "!g1:test", [joined("!g1:test", user) for user in ("@bot:test", "@ani:test")])
    inbox.add_row(store, FORUM, "members", "members:!g1:test:1", b"{}", at=FRIDAY, room="!g1:test")
    seen: list[str] = []
    connection: sqlite3.Connection = store._connection
    connection.set_trace_callback(seen.append)
    done = decide_some(store, {FORUM: rules}, FRIDAY)
    connection.set_trace_callback(None)
    assert (done.rows, done.failed) == (1, [])
    rooms_asked = [r[0] for r in store.all("SELECT room FROM outbox ORDER BY id")][before:]
    store.close()
    return len(seen), rooms_asked


def joined(room: str, user: str) -> Event:
    """Somebody is in a room."""
    return Event(
        event_id=f"${room}{user}",
        room_id=room,
        sender=user,
        type="m.room.member",
        state_key=user,
        content={"membership": "join"},
        origin_ts=FRIDAY,
    )


def test_a_group_that_was_read_concerns_itself_alone(tmp_path: Path) -> None:
    """Two hundred groups that are read one after the other, as after a start, are not compared with each other."""
    few, _ = statements(tmp_path / "few", 5)
    many, asked = statements(tmp_path / "many", 100)
    assert many == few
    assert set(asked) <= {"!g1:test"}
