"""Offices that end: the control room hears of each some days before, and on the day after."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time, timedelta

from bridge.forum.book import Book
from bridge.model.clock import moment
from bridge.model.effects import Line, Say, Value
from bridge.model.situation import Outcome
from bridge.policy.roster import Office, Person

NAMED = 30
"""How many offices one message names."""


def passed(stage: str, book: Book, since: int, now: int) -> Outcome:
    """Days have begun, the first at ``since`` (ms): offices for which one of them is a day of notice.

    After a downtime the days in between are caught up with, each office once, as it stands today.
    """
    if stage == "watch":
        return Outcome()
    first, today = book.local(since).date(), book.local(now).date()
    marks = {-1, *_notices(book)}
    due = [
        (office, person)
        for office, person in _ending(book)
        if office.ends is not None and any(first <= office.ends - timedelta(days=mark) <= today for mark in marks)
    ]
    return _told(due, book, now).merge(_guests_told(due, book, now))


def missed(book: Book, now: int) -> Outcome:
    """The forum leaves `watch`, in which nothing was said: offices whose first notice has come and gone."""
    today = book.local(now).date()
    ahead = max(_notices(book), default=0)
    due = [
        (office, person)
        for office, person in _ending(book)
        if office.ends is not None and today <= office.ends < today + timedelta(days=ahead)
    ]
    return _told(due, book, now).merge(_guests_told(due, book, now))


def _notices(book: Book) -> list[int]:
    return [length.days for length in book.policy.membership.end_notices if length.days > 0]


def _ending(book: Book) -> list[tuple[Office, Person]]:
    """Offices with an end after which their person has none."""
    found = []
    for office in book.roster.file.offices:
        person = book.roster.person(office.person)
        if office.ends is None or person is None:
            continue
        after = datetime.combine(office.ends + timedelta(days=1), time(12), tzinfo=book.policy.forum.zone)
        if book.roster.standing_of(person.id, after) is None:
            found.append((office, person))
    return found


def _told(due: Collection[tuple[Office, Person]], book: Book, now: int) -> Outcome:
    control = book.rooms.get("control")
    if control is None or not due:
        return Outcome()
    lines = [_line(office, person, book, now) for office, person in due]
    return Outcome(
        effects=[
            Say(
                room=control,
                key="membership.endings",
                values={"count": len(lines)},
                lines=tuple(lines[:NAMED]),
                ref=f"endings:{book.local(now).date().isoformat()}",
            )
        ]
    )


def _guests_told(due: Collection[tuple[Office, Person]], book: Book, now: int) -> Outcome:
    """A guest who is to go, and who answers for the guest, hear it privately as often as the control room does."""
    outcome = Outcome()
    today = book.local(now).date()
    for office, person in due:
        if office.role != "guest" or office.ends is None or office.sponsor is None:
            continue
        left = (office.ends - today).days
        day, ref = office.ends.isoformat(), f"guest:{person.id}:{today.isoformat()}"
        about: dict[str, Value] = {"name": person.name, "day": day}
        if left < 0:
            said = Say(person=office.sponsor, key="told.guest_over", values=about, ref=f"{ref}.sponsor")
            outcome.effects.append(said)
            continue
        more: dict[str, Value] = {**about, "count": left}
        outcome.effects.append(Say(person=office.sponsor, key="told.guest_ends", values=more, ref=f"{ref}.sponsor"))
        if book.roster.user_ids(person.id, moment(now)):
            own: dict[str, Value] = {"forum": book.policy.forum.name, "day": day, "count": left}
            outcome.effects.append(
                Say(person=person.id, key="told.your_guest_ends", values=own, ref=f"{ref}.guest")
            )
    return outcome


def _line(office: Office, person: Person, book: Book, now: int) -> Line:
    unit = book.roster.unit(office.unit) if office.unit else None
    role = book.role_names.get(office.role, office.role)
    values: dict[str, Value] = {
        "name": person.name,
        "office": f"{role} {unit.short}" if unit else role,
        "day": office.ends.isoformat() if office.ends else "",
    }
    left = (office.ends - book.local(now).date()).days if office.ends else 0
    if left >= 0:
        return Line("membership.ends", {**values, "count": left})
    return Line("membership.guest_ended" if office.role == "guest" else "membership.ended", values)
