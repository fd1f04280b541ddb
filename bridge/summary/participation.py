"""How each unit took part in a week: who came, read, acknowledged and reported. Numbers and times, no names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from bridge.model.facts import Struggled, UnitRead
from bridge.summary.week import Week
from bridge.summary.words import Words

COLUMNS = (
    "unit unit_name:34 listed in_room waiting_in joined readers first_read_at acknowledgers first_ack_at reporters "
    "first_report_at difficulties"
)


class Part(msgspec.Struct, kw_only=True):
    """What one unit did in a week. People are counted once, whatever they did how often."""

    joined: set[str] = msgspec.field(default_factory=set)
    acknowledged: dict[str, int] = msgspec.field(default_factory=dict)
    reported: dict[str, int] = msgspec.field(default_factory=dict)
    difficulties: int = 0


def parts(week: Week) -> dict[str, Part]:
    """By unit, from the records of the week and the offices that its seal names."""
    found = {unit.id: Part() for unit in week.seal.units}
    unit_of = {person.id: person.unit for person in week.seal.persons}
    for at in week.memberships:
        unit = found.get(unit_of.get(at.fact.person or "", ""))
        if unit is not None and at.fact.person and at.fact.membership == "join" and at.fact.was != "join":
            unit.joined.add(at.fact.person)
    for order in week.directives:
        for task in order.tasks:
            unit, when = found.get(task.unit), task.acknowledged_at
            if unit is not None and when is not None and when >= week.seal.starts and task.acknowledged_by:
                _first(unit.acknowledged, task.acknowledged_by, when)
    for report in week.reports:
        fact = report.fact
        if fact is not None and not report.carried and fact.unit in found and report.state != "withdrawn":
            _first(found[fact.unit].reported, fact.person, fact.reported_at)
    for change in week.changes:
        if isinstance(change.fact, Struggled) and (unit := found.get(unit_of.get(change.fact.person, ""))):
            unit.difficulties += 1
    return found


def _first(times: dict[str, int], person: str, at: int) -> None:
    times[person] = min(at, times.get(person, at))


def rows(week: Week, words: Words) -> Iterator[tuple[str | int | datetime | None, ...]]:
    """A row for each unit of the roster, in its order; of reading nothing where it was not looked at."""
    read = {one.unit: one for one in week.read.units} if week.read is not None else {}
    for unit, part in parts(week).items():
        one = read.get(unit, UnitRead(unit, 0))
        looked = unit in read
        yield (
            words.unit_short(unit),
            words.unit_name(unit),
            one.people if looked else None,
            one.in_room if looked else None,
            one.invited if looked else None,
            len(part.joined),
            one.readers if looked else None,
            words.moment(one.first) if one.first else None,
            len(part.acknowledged),
            _earliest(part.acknowledged, words),
            len(part.reported),
            _earliest(part.reported, words),
            part.difficulties,
        )


def _earliest(times: dict[str, int], words: Words) -> datetime | None:
    return words.moment(min(times.values())) if times else None
