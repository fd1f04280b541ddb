"""How the forum stands, for somebody who has not looked for a day: in twenty lines at most.

What is open, late, waiting for somebody and urgent, how the last days went, and what the bot itself cannot do. In
the forum all of it is counts; the orders with their units are for those who lead, moderate or audit, elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta

from bridge.forum import permissions
from bridge.forum.book import Book
from bridge.forum.command import Command, reply
from bridge.forum.directives import shorten
from bridge.forum.item import Taken
from bridge.forum.seeing import private, sees_names
from bridge.forum.telling import room_named
from bridge.model.clock import milliseconds
from bridge.model.effects import Line, Value
from bridge.model.situation import (
    Alarm,
    DayCounts,
    Needs,
    OpenOrder,
    Outcome,
    Overview,
    OverviewNeed,
    RoomStanding,
    Situation,
)
from bridge.policy.roster import Standing

LINES = 20
"""Lines of the answer, its first one included."""

ALARM_HOURS = 48
DAYS = 3
"""Days that are counted, today among them."""

ORDERS, ALARMS, TROUBLES = 5, 3, 3
"""How many orders, emergencies and troubles of the bot itself are named."""

NUMBERS, UNITS = 8, 6
"""How many numbers, and how many units, stand in one line."""


def needs(taken: Taken, book: Book) -> Needs:
    """The whole forum at once, what waits in it, and what the bot may not do there."""
    return Needs(
        overview=look(taken.at, book),
        waiting=True,
        held=True,
        meetings=True,
        levels_of=(book.rooms.get("forum", ""),),
    )


def look(now: int, book: Book) -> OverviewNeed:
    """What an overview covers: two days of emergencies, the last days from their midnights on."""
    today = book.local(now).date()
    midnights = [
        datetime.combine(today - timedelta(days=back), time(), book.policy.forum.zone) for back in range(DAYS)
    ]
    return OverviewNeed(
        emergencies_since=now - ALARM_HOURS * 3600 * 1000,
        days=tuple(milliseconds(when) for when in reversed(midnights)),
    )


def status(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome:
    """How the forum stands."""
    whole = situation.overview
    lines = [*_meeting(situation, book), *_late(whole, book)]
    if sees_names(standing, situation, book):
        lines += [*_alarms(whole, book), *_waiting(whole, situation), *_urgent(whole, book)]
    else:
        lines += [*_counted_alarms(whole), *_counted_photos(whole)]
        if private(situation):
            lines += _own(whole, standing, book)
    lines += _days(whole.days, book)
    if private(situation):
        lines = [*lines[: LINES - 1 - TROUBLES], *_troubles(situation, book)]
    if situation.room.kind in ("control", "audit") or _runs_it(standing, situation, book):
        lines += [Line(f"status.stage_{situation.stage}"), *_works_in(situation, book)]
    values: dict[str, Value] = {
        "count": len(whole.orders),
        "reported": sum(len(order.reported) for order in whole.orders),
        "owing": sum(len(order.owing) for order in whole.orders),
    }
    lines = lines[: LINES - 1]
    if not whole.orders:
        return reply(taken, "status.nothing_open", {}, lines)
    return reply(taken, "status.counts", values, lines)


def urgency(order: OpenOrder) -> tuple[bool, bool, int]:
    """The order of the most urgent first: what is late or due soonest; without a time the newest."""
    return order.due is None, not order.late, order.due if order.due is not None else -order.issued_at


def units(owing: Sequence[str], book: Book, most: int = UNITS) -> list[str]:
    """The names of units, a few of many."""
    names = [book.unit_name(unit) for unit in owing[:most]]
    return [*names, f"+{len(owing) - most}"] if len(owing) > most else names


def numbers(found: Sequence[str], most: int = NUMBERS) -> list[str]:
    """Numbers of ours, a few of many."""
    return [*found[:most], *([f"+{len(found) - most}"] if len(found) > most else [])]


def order_line(order: OpenOrder, book: Book) -> Line:
    """One order with whom it waits for, the late ones first."""
    values: dict[str, Value] = {
        "number": order.number,
        "text": shorten(order.text, 50),
        "count": len(order.owing),
        "units": list(units(order.owing, book)),
    }
    if order.due is None:
        return Line("status.order", values)
    return Line("status.order_late" if order.late else "status.order_due", {**values, "due": book.iso(order.due)})


def _meeting(situation: Situation, book: Book) -> list[Line]:
    """The meeting that runs: here, or where the forum meets. What a working group talks about stays in it."""
    rooms = (situation.room.room_id, book.rooms.get("forum", ""))
    running = next((one for one in situation.meetings if one.running and one.room in rooms), None)
    if running is None:
        return []
    values: dict[str, Value] = {"number": running.number, "since": book.iso(running.opened_at)}
    if not running.topic:
        return [Line("status.meeting_plain", values)]
    return [Line("status.meeting", {**values, "topic": shorten(running.topic, 50)})]


def _late(whole: Overview, book: Book) -> list[Line]:
    late = [order for order in whole.orders if order.late]
    first = min(late, key=lambda order: order.late_since or 0, default=None)
    if first is None or first.late_since is None:
        return []
    values: dict[str, Value] = {
        "count": sum(len(order.late) for order in late),
        "orders": len(late),
        "number": first.number,
        "since": book.iso(first.late_since),
    }
    return [Line("status.late", values)]


def _counted_alarms(whole: Overview) -> list[Line]:
    return [Line("status.alarms", {"count": len(whole.alarms)})] if whole.alarms else []


def _alarms(whole: Overview, book: Book) -> list[Line]:
    """The emergencies of the last two days, each with what became of it."""
    lines = [_alarm(alarm, book) for alarm in whole.alarms[:ALARMS]]
    return [*lines, *_counted_alarms(whole)] if len(whole.alarms) > ALARMS else lines


def _alarm(alarm: Alarm, book: Book) -> Line:
    person = book.roster.person(alarm.person)
    who = book.unit_name(alarm.unit) if alarm.unit else person.name if person is not None else alarm.person
    values: dict[str, Value] = {"who": who, "at": book.iso(alarm.at)}
    if not alarm.state:
        return Line("status.alarm_passed_on", values)
    values |= {"number": alarm.number, "text": shorten(alarm.text, 60)}
    return Line(f"status.alarm_{alarm.state}", values)


def _waiting(whole: Overview, situation: Situation) -> list[Line]:
    """What waits for a verdict, for agreement, or for being confirmed as an order."""
    lines = []
    if whole.to_judge:
        lines.append(Line("status.to_judge", _counted([report.number for report in whole.to_judge])))
    lines += photos(whole)
    if situation.proposals:
        lines.append(Line("status.waiting", _counted([proposal.number for proposal in situation.proposals])))
    if whole.unconfirmed:
        lines.append(Line("status.unconfirmed", _counted(whole.unconfirmed)))
    return lines


def photos(whole: Overview) -> list[Line]:
    """The photos that are not through: before verifiers, before the machine, or passed without a look."""
    waiting = whole.photos
    lines = [Line("status.photos", _counted(waiting.held))] if waiting.held else []
    if waiting.unchecked:
        lines.append(Line("status.photos_unchecked", {"count": waiting.unchecked}))
    return [*lines, *_pending(whole)]


def _counted_photos(whole: Overview) -> list[Line]:
    held = len(whole.photos.held)
    return [*([Line("status.photos_counted", {"count": held})] if held else []), *_pending(whole)]


def _pending(whole: Overview) -> list[Line]:
    pending = whole.photos.pending
    return [Line("status.photos_pending", {"count": pending})] if pending else []


def _counted(found: Sequence[str]) -> dict[str, Value]:
    return {"count": len(found), "numbers": list(numbers(found))}


def _urgent(whole: Overview, book: Book) -> list[Line]:
    ordered = sorted(whole.orders, key=urgency)
    lines = [order_line(order, book) for order in ordered[:ORDERS]]
    if len(ordered) > ORDERS:
        lines.append(Line("status.more", {"count": len(ordered) - ORDERS}))
    return lines


def _own(whole: Overview, standing: Standing, book: Book) -> list[Line]:
    """What the units of whoever asks owe."""
    own = {unit.id for unit in standing.units}
    mine = [order for order in sorted(whole.orders, key=urgency) if own & set(order.owing)]
    lines = [Line("list.own", {"number": order.number, "text": shorten(order.text, 80)}) for order in mine[:ORDERS]]
    if not lines:
        return []
    more = [Line("status.more", {"count": len(mine) - ORDERS})] if len(mine) > ORDERS else []
    return [Line("list.own_title", {"count": len(mine)}), *lines, *more]


def _days(days: Sequence[DayCounts], book: Book) -> list[Line]:
    """How the last days went, today first; days on which nothing was are left out."""
    lines = []
    for day in reversed(days):
        if day.orders or day.reports or day.late:
            values: dict[str, Value] = {
                "day": book.local(day.begins).date().isoformat(),
                "orders": day.orders,
                "reports": day.reports,
                "accepted": day.accepted,
                "late": day.late,
            }
            lines.append(Line("status.day", values))
    return lines


def _troubles(situation: Situation, book: Book) -> list[Line]:
    """What the bot may not do, and the rooms that it is not in or was refused something in; the first few."""
    room = situation.levels.get(book.rooms.get("forum", ""))
    missing = permissions.missing(room.kind, room.levels, book.bot) if room is not None else {}
    lines = [Line("status.lacking", {"missing": sorted(missing)})] if missing else []
    if situation.held:
        named = [number for number in situation.held if number]
        unnamed = len(situation.held) - min(len(named), NUMBERS)
        what: list[str] = [*named[:NUMBERS], *([f"+{unnamed}"] if unnamed else [])]
        lines.append(Line("status.held", {"count": len(situation.held), "what": what}))
    standings = {one.room: one for one in situation.rooms}
    for room_id in book.all_rooms:
        standing, name = standings.get(room_id), room_named(room_id, book)
        if standing is None or not standing.here:
            lines.append(Line("status.room_outside", {"room": name}))
        elif standing.trouble:
            lines.append(Line("status.room_trouble", {"room": name, "why": shorten(standing.trouble)}))
    lines += [Line("status.room_unknown", {"room": name}) for name in sorted(book.missing)]
    if len(lines) > TROUBLES:
        return [*lines[: TROUBLES - 1], Line("status.troubles", {"count": len(lines) - TROUBLES + 1})]
    return lines


def _runs_it(standing: Standing, situation: Situation, book: Book) -> bool:
    """Whether somebody asks alone who runs the forum: what stage it is in is no leader's concern."""
    return private(situation) and book.policy.may("moderate", standing.roles, standing.person.id)


def _works_in(situation: Situation, book: Book) -> list[Line]:
    """The rooms in which everything is as it should be."""
    well = {one.room for one in situation.rooms if _is_well(one)}
    names = [room_named(room, book) for room in book.all_rooms if room in well]
    return [Line("status.rooms", {"rooms": list(numbers(names))})] if names else []


def _is_well(standing: RoomStanding) -> bool:
    return standing.here and not standing.trouble


Handler = Callable[[Command, Standing, Taken, Situation, Book, int], Outcome]

HANDLERS: Mapping[str, Handler] = {"status": status}
