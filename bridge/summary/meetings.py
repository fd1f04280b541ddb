"""Meetings in the summary: a row each, their minutes line by line, and what the page says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from bridge.model.facts import Attended, Corrected, Meeting, MeetingChanged, Minuted
from bridge.summary.fold import Thing
from bridge.summary.week import At, Entry, MeetingLine, Week
from bridge.summary.words import Words

TAGGED = ("directive", "report", "decision", "question", "answered")
"""Lines of the minutes that stand there because of a tag."""

Row = tuple[str | int | datetime | None, ...]


def meeting_line(thing: Thing) -> MeetingLine:
    """A meeting from its own facts, oldest first."""
    opened: Meeting | None = None
    closed: MeetingChanged | None = None
    agenda: tuple[str, ...] = ()
    item = 0
    attendance: dict[str, Attended] = {}
    entries: list[At[Entry]] = []
    for entry in thing.entries:
        fact = entry.fact
        if isinstance(fact, Meeting):
            opened, agenda = fact, fact.agenda
        elif isinstance(fact, MeetingChanged) and fact.what == "closed":
            closed = fact
        elif isinstance(fact, MeetingChanged) and fact.what in ("agenda", "item"):
            agenda, item = fact.agenda or agenda, fact.item
        elif isinstance(fact, Attended):
            attendance.pop(fact.person, None)
            if fact.how != "withdrawn":
                attendance[fact.person] = fact
        elif isinstance(fact, Corrected):
            entries = [at for at in entries if not _mended(at.fact, fact)]
        if isinstance(fact, Entry):
            entries.append(At(entry.position, fact))
    counted = {id(fact) for fact in attendance.values()}
    return MeetingLine(
        number=thing.name,
        fact=opened,
        carried=thing.carried,
        agenda=agenda,
        item=item,
        closed=closed,
        attendance=tuple(attendance.values()),
        entries=tuple(at for at in entries if not isinstance(at.fact, Attended) or id(at.fact) in counted),
    )


def _mended(entry: Entry, corrected: Corrected) -> bool:
    """Whether a line of the minutes is of a message that is something else by now."""
    if not isinstance(entry, Minuted) or entry.event != corrected.event or entry.what not in TAGGED:
        return False
    return entry.what != corrected.label and not (entry.what == "answered" and corrected.label == "question")


def meeting_row(line: MeetingLine, week: Week, w: Words) -> Row:
    """A row of the table of meetings."""
    here, fact, closed = line.units(excused=False), line.fact, line.closed
    counts = (
        len(here), len(_expected(line, week)), _names(here, w), _excuses(line, w), _names(_absent(line, week), w),
        ", ".join(one.name for one in line.attendance if one.how != "excused"), w.yes(line.carried),
    )  # fmt: skip
    agenda = "; ".join(f"{place}. {text}" for place, text in enumerate(line.agenda, 1))
    middle = (
        agenda, max(0, min(line.item, len(line.agenda))), w.label("meeting_states", line.state),
        w.moment(closed.at) if closed else None, w.person(closed.by) if closed else "",
    )  # fmt: skip
    if fact is None:
        return (line.number, "", None, "", "", w.say("earlier_bundle"), *middle, *counts, None, "")
    return (
        line.number, w.week_of(fact.at), w.moment(fact.at), fact.name, w.role(fact.role), fact.topic, *middle,
        *counts, fact.policy_version, fact.event,
    )  # fmt: skip


def minute_rows(line: MeetingLine, w: Words) -> Iterator[Row]:
    """Everything that belongs to the minutes of a meeting, in the order of the record."""
    for at in line.entries:
        said = _said(at.fact, w)
        yield (
            line.number, w.moment(at.fact.at), said.what, said.number, said.unit, said.person, said.text,
            w.yes(said.attested), at.position, said.event,
        )  # fmt: skip


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    what: str
    number: str = ""
    unit: str = ""
    person: str = ""
    text: str = ""
    attested: bool = False
    event: str = ""


def _said(fact: Entry, w: Words) -> _Said:
    """A line of the minutes in words."""
    if isinstance(fact, Meeting):
        return _Said(what=w.label("minutes", "opened"), person=fact.name, text=fact.topic, event=fact.event)
    if isinstance(fact, MeetingChanged):
        text = str(fact.item) if fact.what == "item" else "; ".join(fact.agenda) or fact.text
        person = fact.name or w.person(fact.by)
        return _Said(what=w.label("minutes", fact.what), person=person, text=text, event=fact.cause)
    unit = w.unit_short(fact.unit) if fact.unit else ""
    if isinstance(fact, Minuted):
        what = w.label("minutes", fact.what)
        return _Said(what=what, number=fact.number, unit=unit, person=fact.name, text=fact.text, event=fact.event)
    what = w.label("attended", fact.how) if isinstance(fact, Attended) else w.label("floor", fact.state)
    text = fact.stands_in if isinstance(fact, Attended) else ""
    return _Said(what=what, unit=unit, person=fact.name, text=text, attested=fact.attested, event=fact.event)


class Minutes(msgspec.Struct, frozen=True, kw_only=True):
    """What the page says of a meeting."""

    line: MeetingLine
    here: str
    excused: str
    absent: str
    entries: list[tuple[str, str, str, str, str]]
    """(time, what, number, who, text) of each line."""


def minutes_of(line: MeetingLine, week: Week, w: Words) -> Minutes:
    """The minutes of a meeting, for the page: who came stands above, the rest line by line."""
    told = [(at.fact.at, _said(at.fact, w)) for at in line.entries if not isinstance(at.fact, Attended)]
    return Minutes(
        line=line,
        here=_names(line.units(excused=False), w),
        excused=_excuses(line, w),
        absent=_names(_absent(line, week), w),
        entries=[(w.clock(at), said.what, said.number, said.person, said.text) for at, said in told],
    )


def _absent(line: MeetingLine, week: Week) -> list[str]:
    """The units of which nobody was seen and that did not excuse themselves; unknown where the meeting stands in an
    earlier bundle."""
    known = {*line.units(excused=False), *line.units(excused=True)}
    return [unit for unit in _expected(line, week) if unit not in known] if line.fact is not None else []


def _expected(line: MeetingLine, week: Week) -> list[str]:
    """The units that could be there, as the room reads them: those that anybody answers for."""
    led = {person.unit for person in week.seal.persons if person.role != "auditor"}
    seen = {*line.units(excused=False), *line.units(excused=True)}
    return [unit.id for unit in week.seal.units if unit.id in led | seen]


def _excuses(line: MeetingLine, w: Words) -> str:
    """The units that excused themselves, each with who came instead."""
    told = {one.unit: one.stands_in for one in line.attendance if one.how == "excused"}
    units = line.units(excused=True)
    return ", ".join(f"{w.unit_short(unit)} ({told[unit]})" if told[unit] else w.unit_short(unit) for unit in units)


def _names(units: Sequence[str], w: Words) -> str:
    return ", ".join(w.unit_short(unit) for unit in units)
