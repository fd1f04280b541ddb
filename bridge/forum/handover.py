"""Offices that change hands: the open orders of a unit are told to whoever answers for it now.

Tasks belong to units, so that nothing has to be moved on the day of a transfer; what is new is whom they concern.
What a letter dated back changes is said, and nothing that was recorded is written anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import msgspec

from bridge.forum import directives, grants
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.model.clock import milliseconds, moment
from bridge.model.effects import Line, Say, Value
from bridge.model.situation import Needs, Outcome, Situation
from bridge.policy.overlay import lay_over
from bridge.policy.roster import Office, Roster

NAMED = 15
"""How many orders a word to a new head names."""


def needs(taken: Taken, book: Book) -> Needs:
    """The open tasks of the unit that changes hands."""
    unit, _, _ = taken.timer.about.partition(" ")
    return Needs(units=(unit,))


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Somebody answers for a unit from now on: they hear of its open orders, privately."""
    unit, _, person = taken.timer.about.partition(" ")
    heads = {standing.person.id for standing in book.roster.heads_of(unit, moment(now))}
    if person not in heads:
        # Changed again before the word went out.
        return Outcome()
    name: dict[str, Value] = {"unit": book.unit_name(unit)}
    owing = [task for task in situation.tasks if task.unit == unit and task.owing]
    ref = f"{taken.timer.name}.told"
    if not owing:
        return Outcome(effects=[Say(person=person, key="handover.nothing", values=name, ref=ref)])
    lines = []
    for task in owing[:NAMED]:
        about: dict[str, Value] = {"number": task.directive, "text": directives.shorten(task.text, 80)}
        if task.due is None:
            lines.append(Line("handover.task", about))
        else:
            lines.append(Line("handover.task_due", {**about, "due": book.iso(task.due)}))
    said = Say(
        person=person,
        key="handover.incoming",
        values={**name, "count": len(owing)},
        lines=tuple(lines),
        ref=ref,
    )
    return Outcome(effects=[said])


def heads_at(roster: Roster, at: int) -> dict[str, set[str]]:
    """By unit the persons who answer for it at a moment (ms), acting or not."""
    on = moment(at)
    return {unit.id: {one.person.id for one in roster.heads_of(unit.id, on)} for unit in roster.units()}


def turned(was: Mapping[str, set[str]], book: Book, now: int) -> Outcome:
    """Units for which other persons answer now than those in ``was``: the new ones and the former ones are told.

    A head who is away while somebody acts still answers, and hears nothing.
    """
    outcome = Outcome()
    day = book.local(now).date().isoformat()
    for unit, now_heads in heads_at(book.roster, now).items():
        before = was.get(unit, set())
        outcome.timers += [grants.handover(unit, person, day, now) for person in sorted(now_heads - before)]
        for person in sorted(before - now_heads):
            said = _thanks(person, unit, book, now)
            if said is not None and book.roster.user_ids(person, moment(now)):
                ref = f"handover:{unit}:{person}:{day}.out"
                outcome.effects.append(msgspec.structs.replace(said, ref=ref))
    return outcome


def _thanks(person: str, unit: str, book: Book, now: int) -> Say | None:
    """A courteous word to whoever answered for a unit; None when there is nobody to name."""
    today = book.local(now).date()
    ended = [
        office
        for office in book.roster.file.offices
        if office.person == person and office.unit == unit and office.ends is not None and office.ends < today
    ]
    last = max(ended, key=lambda office: office.ends or today, default=None)
    if last is not None and last.acting:
        values: dict[str, Value] = {"unit": book.unit_name(unit), "day": last.ends.isoformat() if last.ends else ""}
        return Say(person=person, key="told.acting_over", values=values)
    heads = book.roster.heads_of(unit, moment(now))
    if not heads:
        return None
    name = heads[0].person.name
    return Say(person=person, key="handover.outgoing", values={"unit": book.unit_name(unit), "name": name})


def midnight(since: int, book: Book, now: int) -> Outcome:
    """Days have begun, the first at ``since`` (ms): units for which others answer than on the day before."""
    day_before = book.local(since).date() - timedelta(days=1)
    noon = milliseconds(datetime.combine(day_before, time(12), tzinfo=book.policy.forum.zone))
    return turned(heads_at(book.roster, noon), book, now)


def reloaded(book: Book, now: int) -> Outcome:
    """A roster took force: units for which others answer than by the roster before it."""
    if book.before is None:
        return Outcome()
    return turned(heads_at(lay_over(book.before, book.roster.grants), now), book, now)


def backdated(book: Book, now: int) -> list[tuple[Office, date]]:
    """Offices of persons listed before that count from a day in the past, or end on one, only since this roster.

    Each with the first day that is another now than it was recorded.
    """
    if book.before is None:
        return []
    today = book.local(now).date()
    known = {person.id for person in book.before.file.persons}
    before = {_key(office): office for office in book.before.file.offices}
    found = []
    for office in book.roster.listed.file.offices:
        if office.person not in known:
            continue
        was = before.get(_key(office))
        if was is None and office.begins < today:
            found.append((office, office.begins))
        elif was is not None and office.ends is not None and office.ends < min(today, was.ends or date.max):
            found.append((office, office.ends + timedelta(days=1)))
    return found[:NAMED]


def _key(office: Office) -> tuple[str, str, str | None, date]:
    return office.person, office.role, office.unit, office.begins


def since(book: Book, now: int) -> tuple[tuple[str, int], ...]:
    """(person, from when in ms) whose reports are another unit's by today's roster than they are recorded for."""
    zone = book.policy.forum.zone
    return tuple(
        (office.person, milliseconds(datetime.combine(day, time(), tzinfo=zone)))
        for office, day in backdated(book, now)
    )


def noted(situation: Situation, book: Book, now: int, cause: str) -> Outcome:
    """What a letter dated back changes for the past is said, to those who run the forum and to the auditors."""
    lines: list[Line] = []
    offices = backdated(book, now)
    for office, day in offices:
        name = grants.person_name(office.person, book)
        role = book.role_names.get(office.role, office.role)
        about = f"{role} {book.unit_name(office.unit)}" if office.unit else role
        if day == office.begins:
            lines.append(Line("office.since", {"name": name, "office": about, "day": day.isoformat()}))
        else:
            last = day - timedelta(days=1)
            lines.append(Line("office.until", {"name": name, "office": about, "day": last.isoformat()}))
        numbers = [number for number, unit in situation.recorded.get(office.person, ()) if unit != office.unit]
        if numbers and day == office.begins:
            lines.append(Line("office.recorded", {"name": name, "numbers": list(numbers)}))
    if not lines:
        return Outcome()
    return Outcome(
        effects=[
            Say(
                room=room,
                key="office.backdated",
                values={"count": len(offices)},
                lines=tuple(lines),
                ref=f"backdated:{cause}:{kind}",
            )
            for kind in ("control", "audit")
            if (room := book.rooms.get(kind)) is not None
        ]
    )
