"""When it is quiet, and for whom: what is rung at a unit goes by that unit's hours, the rest by the forum's.

Whoever belongs to several units is reached as soon as one of them is. Times are milliseconds since the Unix epoch.
"""

from __future__ import annotations

from collections.abc import Iterable

from bridge.forum.book import Book
from bridge.model.clock import milliseconds, moment
from bridge.policy.quiet import Calendar
from bridge.policy.roster import Standing


def quiet(at: int, book: Book, units: Iterable[str] = ()) -> bool:
    """Whether nothing but emergencies rings at a time, for the forum or for these units."""
    return since(at, book, units) is not None


def since(at: int, book: Book, units: Iterable[str] = ()) -> int | None:
    """When the quiet began in which a time lies; None when it lies in none."""
    local = book.local(at)
    begun = [calendar.since(local) for calendar in _calendars(units, book)]
    known = [one for one in begun if one is not None]
    return milliseconds(min(known)) if len(known) == len(begun) else None


def until(at: int, book: Book, units: Iterable[str] = ()) -> int:
    """The time itself, or the end of the quiet in which it lies."""
    local = book.local(at)
    return max(at, milliseconds(min(calendar.until(local) for calendar in _calendars(units, book))))


def units_of(standing: Standing | None) -> tuple[str, ...]:
    """The units by whose hours somebody goes; none for those who have none, who go by the forum's."""
    return tuple(unit.id for unit in standing.units) if standing is not None else ()


def awake(users: Iterable[str], now: int, book: Book) -> tuple[str, ...]:
    """Those of some accounts that may be rung now."""
    return tuple(user for user in users if not quiet(now, book, units_of(book.roster.standing(user, moment(now)))))


def _calendars(units: Iterable[str], book: Book) -> list[Calendar]:
    hours, holidays = book.policy.reminders.quiet_hours, book.policy.holidays
    return [hours.calendar(unit, holidays) for unit in dict.fromkeys(units)] or [hours.calendar(None, holidays)]
