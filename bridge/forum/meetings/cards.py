"""What stands of a meeting in its room and in the control room; rendered from the ledger at the moment of sending.

The room sees how many units are there and names none that is absent; who leads reads all names in the control room.
"""

from __future__ import annotations

from collections.abc import Iterable

from bridge.forum.book import Book
from bridge.forum.directives import shorten
from bridge.model.effects import Line, Value
from bridge.model.situation import AttendanceView, MeetingView, MinuteView

ITEMS, QUEUED, SHOWN, WAITING = 4, 3, 3, 10
"""Items of the agenda and hands on the card, lines of each kind in the minutes, hands on the card of the queue."""

UNITS = 60
"""Units that one line names."""

HERE = ("spoke", "checked_in", "reacted")


def meeting_card(meeting: MeetingView, book: Book, now: int) -> list[Line]:
    """The card in the room: at most twelve lines."""
    number: dict[str, Value] = {"number": meeting.number}
    role = book.role_names.get(meeting.role, meeting.role)
    topic = shorten(meeting.topic, 160)
    titled = Line("meeting.title", {**number, "topic": topic})
    lines = [titled if topic else Line("meeting.title_plain", {**number})]
    if not meeting.running:
        ended = book.iso(meeting.closed_at or meeting.opened_at)
        return [*lines, Line("meeting.ended", {**number, "at": ended}), _counts(meeting, book, now)]
    lines.append(Line("meeting.since", {"at": book.iso(meeting.opened_at), "role": role, "name": meeting.name}))
    lines += _agenda(meeting)
    lines.append(_counts(meeting, book, now))
    speaker = meeting.speaker
    if speaker is not None:
        lines.append(Line("meeting.speaks", {"name": speaker.name, "unit": _unit(speaker.unit, book)}))
    if meeting.queue:
        names = [hand.name for hand in meeting.queue[:QUEUED]]
        lines.append(Line("meeting.queue", {"count": len(meeting.queue), "names": names}))
    if meeting.floor is not None:
        lines.append(Line("meeting.only_some"))
    lines.append(Line("meeting.how"))
    return lines


def _agenda(meeting: MeetingView) -> list[Line]:
    """The items around the one that is dealt with, and how many more there are."""
    count = len(meeting.agenda)
    first = max(0, min(meeting.item - 2, count - ITEMS))
    lines = [
        Line(f"meeting.item_{_state(place, meeting)}", {"item": place, "text": shorten(text, 80)})
        for place, text in enumerate(meeting.agenda, 1)
    ][first : first + ITEMS]
    if count > ITEMS:
        lines.append(Line("meeting.items", {"count": count}))
    return lines


def _state(place: int, meeting: MeetingView) -> str:
    if place < meeting.item:
        return "done"
    return "now" if place == meeting.item else "open"


def _counts(meeting: MeetingView, book: Book, now: int) -> Line:
    present, excused, led = units_of(meeting, book, now)
    values: dict[str, Value] = {"present": len(present), "count": len(led)}
    if not excused:
        return Line("meeting.present", {**values})
    return Line("meeting.present_excused", {**values, "excused": len(excused)})


def units_of(meeting: MeetingView, book: Book, now: int) -> tuple[list[str], list[str], list[str]]:
    """(units of which somebody is there, units that excused themselves, all units that anybody answers for)."""
    at = meeting.closed_at or now
    led = [unit.id for unit in book.roster.units() if book.roster.heads_of(unit.id, book.local(at))]
    here = {one.unit for one in meeting.attendance if one.how in HERE}
    away = {one.unit for one in meeting.attendance if one.how == "excused"} - here
    return [unit for unit in led if unit in here], [unit for unit in led if unit in away], led


def queue(meeting: MeetingView, turn: int, book: Book) -> list[Line]:
    """The card of the queue in the control room, for one turn of the floor."""
    number: dict[str, Value] = {"number": meeting.number}
    if not meeting.running or turn < meeting.turn:
        return [Line("queue.passed", {**number})]
    if not meeting.queue:
        return [Line("queue.empty", {**number})]
    speaker = meeting.speaker
    lines = [Line("queue.title", {**number, "count": len(meeting.queue)})]
    if speaker is not None:
        lines.append(Line("meeting.speaks", {"name": speaker.name, "unit": _unit(speaker.unit, book)}))
    lines += [
        Line("queue.line", {"place": place, "name": hand.name, "unit": _unit(hand.unit, book)})
        for place, hand in enumerate(meeting.queue[:WAITING], 1)
    ]
    return [*lines, Line("queue.how", {"name": meeting.queue[0].name})]


def minutes(meeting: MeetingView, book: Book, now: int) -> list[Line]:
    """The minutes in the room: at most twenty lines; the whole of it is in the week's summary."""
    number: dict[str, Value] = {"number": meeting.number}
    topic = shorten(meeting.topic, 160)
    role = book.role_names.get(meeting.role, meeting.role)
    titled = Line("minutes.title", {**number, "topic": topic})
    lines = [
        titled if topic else Line("minutes.title_plain", {**number}),
        Line(
            "minutes.when",
            {
                "since": book.iso(meeting.opened_at),
                "until": book.iso(meeting.closed_at or now),
                "role": role,
                "name": meeting.name,
            },
        ),
        _counts(meeting, book, now),
    ]
    present, excused, _ = units_of(meeting, book, now)
    if present:
        lines.append(Line("minutes.units", {"units": [book.unit_name(unit) for unit in present[:UNITS]]}))
    if excused:
        lines.append(Line("minutes.excused", {"units": _excused(meeting, excused, book)}))
    if meeting.agenda and not meeting.item:
        # Nobody said which item was dealt with: that none was would be wrong.
        items = [f"{place}. {shorten(text, 60)}" for place, text in enumerate(meeting.agenda[:ITEMS], 1)]
        more = ["…"] if len(meeting.agenda) > ITEMS else []
        lines.append(Line("minutes.agenda_was", {"items": [*items, *more]}))
    elif meeting.agenda:
        dealt = min(meeting.item, len(meeting.agenda))
        lines.append(Line("minutes.agenda", {"done": dealt, "count": len(meeting.agenda)}))
    for what in ("decision", "directive"):
        lines += _of_kind(what, meeting)
    reported = [one.number for one in meeting.minutes if one.what == "report"]
    if reported:
        lines.append(Line("minutes.reports", {"count": len(reported), "numbers": _some(reported)}))
    lines += _of_kind("question", meeting)
    lines += _of_kind("note", meeting)
    return [*lines, Line("minutes.whole")]


def _of_kind(what: str, meeting: MeetingView) -> list[Line]:
    """What was decided, ordered, asked or added: what was added last stands, of the rest what was said first."""
    found: list[MinuteView] = [one for one in meeting.minutes if one.what == what]
    shown = found[-SHOWN:] if what == "note" else found[:SHOWN]
    lines = [_minute(one) for one in shown]
    if len(found) > SHOWN:
        lines.append(Line(f"minutes.more_{what}s", {"count": len(found) - SHOWN}))
    return lines


def _minute(one: MinuteView) -> Line:
    said: dict[str, Value] = {"text": shorten(one.text, 140), "name": one.name}
    if one.what in ("decision", "directive"):
        return Line(f"minutes.numbered_{one.what}", {**said, "number": one.number})
    return Line(f"minutes.{one.what}", {**said})


def _excused(meeting: MeetingView, units: Iterable[str], book: Book) -> list[str]:
    told: dict[str | None, AttendanceView] = {one.unit: one for one in meeting.attendance if one.how == "excused"}
    return [
        f"{book.unit_name(unit)} ({told[unit].stands_in})" if told[unit].stands_in else book.unit_name(unit)
        for unit in units
    ]


def attendance(meeting: MeetingView, book: Book, now: int) -> list[Line]:
    """Who was there and which units were absent, for those who lead: in the control room."""
    present, excused, led = units_of(meeting, book, now)
    absent = [book.unit_name(unit) for unit in led if unit not in present and unit not in excused]
    people = [one.name for one in meeting.attendance if one.how in HERE]
    lines = [Line("attended.title", {"number": meeting.number, "count": len(people)})]
    if people:
        lines.append(Line("attended.people", {"names": people[:UNITS]}))
    if excused:
        lines.append(Line("minutes.excused", {"units": _excused(meeting, excused, book)}))
    if absent:
        lines.append(Line("attended.absent", {"count": len(absent), "units": absent[:UNITS]}))
    return [*lines, Line("attended.correct", {"number": meeting.number})]


def _unit(unit: str | None, book: Book) -> str:
    return book.unit_name(unit) if unit else "–"


def _some(numbers: list[str]) -> list[str]:
    return numbers if len(numbers) <= UNITS else [*numbers[:UNITS], f"+{len(numbers) - UNITS}"]
