"""Meetings in the ledger: what facts leave of them, and how rules and cards read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from bridge.ledger import acts
from bridge.ledger.store import Row, Store
from bridge.model import facts as f
from bridge.model.chain import decode
from bridge.model.situation import AttendanceView, HandView, MeetingView, MinuteView
from bridge.model.situation.meetings import Whole

PEOPLE, MINUTES, RUNNING, PAST = 500, 500, 10, 5
"""How many people and how many lines of the minutes one meeting shows; how many running and past ones a list."""

PAGE = 2000

_json = msgspec.json.encode
_items = msgspec.json.Decoder(tuple[str, ...]).decode


# What facts leave


def _opened(store: Store, forum: str, fact: f.Meeting) -> None:
    store.run(
        "INSERT INTO meeting (forum, number, room, event, person, name, role, topic, agenda, item, state,"
        " opened_at, closed_at, asked, destroyed) VALUES (?,?,?,?,?,?,?,?,?,0,'open',?,NULL,0,0)",
        (
            forum,
            fact.number,
            fact.room,
            fact.event,
            fact.person,
            fact.name,
            fact.role,
            fact.topic,
            _json(fact.agenda),
            fact.at,
        ),
    )


def _changed(store: Store, forum: str, fact: f.MeetingChanged) -> None:
    key = (forum, fact.meeting)
    where = " WHERE forum = ? AND number = ?"
    if fact.what == "closed":
        store.run(f"UPDATE meeting SET state = 'closed', closed_at = ?{where}", (fact.at, *key))
    elif fact.what == "agenda":
        store.run(
            f"UPDATE meeting SET agenda = CASE WHEN destroyed = 1 THEN ? ELSE ? END, item = ?{where}",
            (_json(("",) * len(fact.agenda)), _json(fact.agenda), fact.item, *key),
        )
    elif fact.what == "item":
        store.run(f"UPDATE meeting SET item = ?{where}", (fact.item, *key))
    elif fact.what == "asked":
        store.run(f"UPDATE meeting SET asked = 1{where}", key)
    elif fact.what == "note":
        note = (forum, fact.meeting, "note", fact.cause, "", fact.by, fact.name, None, fact.text, fact.at)
        store.run(_MINUTE, note)


def _attended(store: Store, forum: str, fact: f.Attended) -> None:
    if fact.how == "withdrawn":
        store.run(
            "DELETE FROM attendance WHERE forum = ? AND meeting = ? AND person = ?",
            (forum, fact.meeting, fact.person),
        )
        return
    store.run(
        "INSERT INTO attendance (forum, meeting, person, name, unit, role, how, stands_in, event, at)"
        " VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (forum, meeting, person) DO UPDATE SET how = excluded.how,"
        " stands_in = excluded.stands_in, event = excluded.event, at = excluded.at",
        (
            forum,
            fact.meeting,
            fact.person,
            fact.name,
            fact.unit,
            fact.role,
            fact.how,
            fact.stands_in,
            fact.event,
            fact.at,
        ),
    )


def _floor(store: Store, forum: str, fact: f.Floor) -> None:
    store.run(
        "INSERT INTO hand (forum, meeting, person, name, unit, state, place, turn, event, at)"
        " VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (forum, meeting, person) DO UPDATE SET state = excluded.state,"
        " place = excluded.place, event = excluded.event, at = excluded.at,"
        " turn = CASE WHEN excluded.turn > hand.turn THEN excluded.turn ELSE hand.turn END",
        (
            forum,
            fact.meeting,
            fact.person,
            fact.name,
            fact.unit,
            fact.state,
            fact.place,
            fact.turn,
            fact.event,
            fact.at,
        ),
    )


_MINUTE = (
    "INSERT INTO minute (forum, meeting, what, event, number, person, name, unit, text, at, settled)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,0) ON CONFLICT (forum, meeting, what, event) DO UPDATE SET"
    " number = excluded.number, text = excluded.text"
)


def _minuted(store: Store, forum: str, fact: f.Minuted) -> None:
    if fact.what == "answered":
        store.run(
            "UPDATE minute SET settled = 1 WHERE forum = ? AND meeting = ? AND what = 'question' AND event = ?",
            (forum, fact.meeting, fact.event),
        )
        return
    of_it = (fact.number, fact.person, fact.name, fact.unit, fact.text, fact.at)
    store.run(_MINUTE, (forum, fact.meeting, fact.what, fact.event, *of_it))


APPLY: dict[type, Callable[[Store, str, Any], None]] = {
    f.Meeting: _opened,
    f.MeetingChanged: _changed,
    f.Attended: _attended,
    f.Floor: _floor,
    f.Minuted: _minuted,
}
"""Facts about meetings, and what each of them leaves."""


def tell_again(store: Store) -> None:
    """Fill the tables, which are empty, from the facts."""
    kinds = ("meeting", "meeting_changed", "attended", "floor", "minuted")
    for (forum,) in store.all("SELECT id FROM forum ORDER BY id"):
        position = 0
        while rows := store.all(
            "SELECT position, body, husk FROM fact WHERE forum = ? AND position > ?"
            f" AND kind IN ({','.join('?' * len(kinds))}) ORDER BY position LIMIT ?",
            (forum, position, *kinds, PAGE),
        ):
            position = rows[-1][0]
            for _, body, husk in rows:
                fact = decode(bytes(body if body is not None else husk))
                APPLY[type(fact)](store, forum, fact)
                if body is None:
                    blank(store, forum, fact)


def blank(store: Store, forum: str, fact: f.AnyFact) -> None:
    """Take out what a destroyed fact had put there of words and names."""
    match fact:
        case f.Meeting() | f.MeetingChanged(what="agenda"):
            number = fact.number if isinstance(fact, f.Meeting) else fact.meeting
            row = store.one("SELECT agenda FROM meeting WHERE forum = ? AND number = ?", (forum, number))
            items = _json(("",) * len(_items(bytes(row[0])))) if row else b"[]"
            store.run(
                "UPDATE meeting SET name = '', topic = '', agenda = ?, destroyed = 1"
                " WHERE forum = ? AND number = ?",
                (items, forum, number),
            )
        case f.MeetingChanged(what="note"):
            _blank_minute(store, forum, fact.meeting, "note", fact.cause)
        case f.Minuted():
            _blank_minute(store, forum, fact.meeting, fact.what, fact.event)
        case f.Attended() | f.Floor():
            table = "attendance" if isinstance(fact, f.Attended) else "hand"
            more = ", stands_in = ''" if isinstance(fact, f.Attended) else ""
            store.run(
                f"UPDATE {table} SET name = ''{more} WHERE forum = ? AND meeting = ? AND person = ?",
                (forum, fact.meeting, fact.person),
            )
        case _:
            pass


def _blank_minute(store: Store, forum: str, meeting: str, what: str, event: str) -> None:
    store.run(
        "UPDATE minute SET name = '', text = '' WHERE forum = ? AND meeting = ? AND what = ? AND event = ?",
        (forum, meeting, what, event),
    )


# How they are read


_MEETING = (
    "SELECT number, room, event, person, name, role, topic, agenda, item, state, opened_at, closed_at, asked"
    " FROM meeting WHERE forum = ?"
)


def view(store: Store, forum: str, number: str, whole: Whole) -> MeetingView | None:
    """A meeting under its number, with as much of it as is asked for."""
    row = store.one(f"{_MEETING} AND number = ?", (forum, number))
    return _view(store, forum, row, whole) if row is not None else None


def listed(store: Store, forum: str) -> tuple[MeetingView, ...]:
    """The meetings that run, as their rules see them, and the newest of those that are closed; newest first."""
    newest = f"{_MEETING} AND state = ? ORDER BY opened_at DESC, LENGTH(number) DESC, number DESC LIMIT ?"
    running = store.all(newest, (forum, "open", RUNNING))
    past = store.all(newest, (forum, "closed", PAST))
    return (
        *(_view(store, forum, row, "running") for row in running),
        *(_view(store, forum, row, "") for row in past),
    )


def _view(store: Store, forum: str, row: Row, whole: Whole) -> MeetingView:
    meeting = MeetingView(
        number=row[0],
        room=row[1],
        event=row[2],
        person=row[3],
        name=row[4],
        role=row[5],
        topic=row[6],
        agenda=_items(bytes(row[7])),
        item=row[8],
        state=row[9],
        opened_at=row[10],
        closed_at=row[11],
        asked=bool(row[12]),
    )
    if not whole:
        return meeting
    key = (forum, meeting.number)
    return msgspec.structs.replace(
        meeting,
        attendance=tuple(
            AttendanceView(person=r[0], name=r[1], unit=r[2], role=r[3], how=r[4], stands_in=r[5], event=r[6])
            for r in store.all(
                "SELECT person, name, unit, role, how, stands_in, event FROM attendance"
                " WHERE forum = ? AND meeting = ? ORDER BY at, person LIMIT ?",
                (*key, PEOPLE),
            )
        ),
        hands=tuple(
            HandView(person=r[0], name=r[1], unit=r[2], state=r[3], place=r[4], event=r[5], turn=r[6])
            for r in store.all(
                "SELECT person, name, unit, state, place, event, turn FROM hand WHERE forum = ? AND meeting = ?"
                " ORDER BY place, person LIMIT ?",
                (*key, PEOPLE),
            )
        ),
        questions=tuple(
            r[0]
            for r in store.all(
                "SELECT event FROM minute WHERE forum = ? AND meeting = ? AND what = 'question' AND settled = 0"
                " ORDER BY at, event LIMIT ?",
                (*key, MINUTES),
            )
        ),
        acts=acts.floor_of(store, forum, meeting.room) if meeting.running else (),
        minutes=_minutes(store, forum, meeting.number) if whole == "minutes" else (),
    )


def _minutes(store: Store, forum: str, number: str) -> tuple[MinuteView, ...]:
    """What belongs to the minutes and still stands: nothing that was withdrawn, taken back or tagged otherwise."""
    rows = store.all(
        "SELECT m.what, m.number, m.event, m.person, m.name, m.unit, COALESCE(d.text, m.text), m.at FROM minute m"
        " LEFT JOIN directive d ON d.forum = m.forum AND d.number = m.number AND m.what = 'directive'"
        " LEFT JOIN report r ON r.forum = m.forum AND r.number = m.number AND m.what = 'report'"
        " LEFT JOIN decision k ON k.forum = m.forum AND k.number = m.number AND m.what = 'decision'"
        " LEFT JOIN message s ON s.event = m.event AND m.what = 'question'"
        " WHERE m.forum = ? AND m.meeting = ? AND m.settled = 0"
        " AND COALESCE(d.state, r.state, k.state, 'open') NOT IN ('cancelled', 'withdrawn')"
        " AND (m.what <> 'question' OR (s.label = 'question' AND s.redacted = 0))"
        " ORDER BY m.at, LENGTH(m.number), m.number, m.event LIMIT ?",
        (forum, number, MINUTES),
    )
    return tuple(
        MinuteView(what=r[0], number=r[1], event=r[2], person=r[3], name=r[4], unit=r[5], text=r[6], at=r[7])
        for r in rows
    )
