"""Walking the records: what belongs together, what is still open, what the next week must know.

Facts about the same directive, report, gap, sealed message, proposal, act or meeting form one :class:`Thing`. The
state of a thing follows from its own facts alone; therefore carrying over all records of the open things, and
nothing else, is enough to collect the next week (a test compares it with reading all of history).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bridge.model.chain import START, decode, head_of
from bridge.model.facts import (
    Act,
    ActDone,
    AnyFact,
    Attended,
    Corrected,
    Directive,
    DirectiveChanged,
    Emergency,
    Escalated,
    EvidenceJudged,
    EvidencePaired,
    EvidenceSettled,
    Floor,
    Gap,
    Meeting,
    MeetingChanged,
    Minuted,
    Opened,
    Proposal,
    Record,
    Report,
    ReportChanged,
    Sealed,
    Task,
    WeekSealed,
)
from bridge.summary.week import Opening

ORPHAN_MS = 24 * 3600 * 1000
"""How long a photo without a report is remembered past the cut: its text may come on Monday."""

DONE_TASKS = frozenset({"accepted", "cancelled"})
DONE_REPORTS = frozenset({"", "accepted", "withdrawn"})


class NotAWeek(Exception):
    """The records given do not make a week. ``why``: `end` (they do not end in its seal) or `start` (the seal
    continues another cut than the opening's)."""

    def __init__(self, message: str, why: str = "end") -> None:
        super().__init__(message)
        self.why = why


@dataclass(slots=True)
class Entry:
    """A record together with its decoded fact."""

    record: Record
    fact: AnyFact

    @property
    def position(self) -> int:
        return self.record.position


@dataclass(slots=True)
class Thing:
    """What the record says about one directive, report, gap ..., in order."""

    kind: str
    name: str
    carried: bool
    entries: list[Entry] = field(default_factory=list)

    def facts(self) -> Iterator[AnyFact]:
        return (entry.fact for entry in self.entries)

    def open_at(self, now: int) -> bool:
        """Whether the next week must still know of it; ``now`` is the time of the seal."""
        match self.kind:
            case "directive":
                return directive_open(self.facts())
            case "report":
                return report_state(self.facts()) not in DONE_REPORTS
            case "gap":
                return gap_state(self.facts()) == "open"
            case "sealed":
                return not any(isinstance(fact, Opened) for fact in self.facts())
            case "proposal":
                states = [fact.state for fact in self.facts() if isinstance(fact, Proposal)]
                return bool(states) and states[-1] == "open"
            case "meeting":
                return meeting_runs(self.facts())
            case "act":
                return not any(isinstance(fact, ActDone) for fact in self.facts())
            case _:
                judged = [fact.at for fact in self.facts() if isinstance(fact, EvidenceJudged)]
                return bool(judged) and now - judged[-1] < ORPHAN_MS


def task_states(facts: Iterable[AnyFact]) -> dict[str, str]:
    """The last state of each unit's task; an order opens one for every unit that it names."""
    states: dict[str, str] = {}
    for fact in facts:
        if isinstance(fact, Directive):
            states = {unit: states.get(unit, "open") for unit in fact.units}
        elif isinstance(fact, Task):
            states[fact.unit] = fact.state
    return states


def directive_cancelled(facts: Iterable[AnyFact]) -> bool:
    """Whether the last word on the order itself was that it is cancelled."""
    states = [fact.state for fact in facts if isinstance(fact, DirectiveChanged) and fact.state]
    return bool(states) and states[-1] == "cancelled"


def directive_open(facts: Iterable[AnyFact]) -> bool:
    """Whether any unit still has something to do, or a leader something to accept."""
    listed = list(facts)
    if directive_cancelled(listed):
        return False
    states = task_states(listed)
    if not states:
        return any(isinstance(fact, Directive) for fact in listed)
    return any(state not in DONE_TASKS for state in states.values())


def report_state(facts: Iterable[AnyFact]) -> str:
    """The last state of a report; empty when only its evidence is known."""
    state = ""
    for fact in facts:
        if isinstance(fact, Report) or (isinstance(fact, ReportChanged) and fact.state):
            state = fact.state
    return state


def meeting_runs(facts: Iterable[AnyFact]) -> bool:
    """Whether a meeting was opened and nobody has closed it."""
    runs = False
    for fact in facts:
        closes = isinstance(fact, MeetingChanged) and fact.what == "closed"
        runs = isinstance(fact, Meeting) or (runs and not closes)
    return runs


def gap_state(facts: Iterable[AnyFact]) -> str:
    """open, filled or given_up."""
    states = [fact.state for fact in facts if isinstance(fact, Gap)]
    return states[-1] if states else ""


class Fold:
    """The things that are open or touched, fed record by record. Memory: what is open, and this week."""

    def __init__(self, opening: Opening | None = None) -> None:
        opening = opening or Opening()
        self.head = START
        self.things: dict[tuple[str, str], Thing] = {}
        self._report_of: dict[str, str] = {}
        self._minuted: dict[str, str] = {}  # event -> the meeting in whose minutes it stands
        for record in opening.records:
            self.add(record, carried=True)
        self.opened = self.head = opening.at

    def add(self, record: Record, *, carried: bool = False) -> Entry | None:
        """Take in one record; its entry, or None when its content is destroyed."""
        self.head = head_of(record)
        if record.body is None:
            return None
        entry = Entry(record, decode(record.body))
        key = self._key(entry.fact)
        if key is not None:
            self._thing(key, carried=carried).entries.append(entry)
        return entry

    def prune(self, seal: WeekSealed) -> None:
        """At a seal: forget what is no longer open, and take the rest into the next week."""
        kept = {key: thing for key, thing in self.things.items() if thing.open_at(seal.at)}
        for thing in kept.values():
            thing.carried = True
        self.things = kept
        self._report_of = {
            fact.event: fact.report
            for thing in kept.values()
            for fact in thing.facts()
            if isinstance(fact, EvidencePaired)
        }
        self._minuted = {
            fact.event: fact.meeting
            for thing in kept.values()
            for fact in thing.facts()
            if isinstance(fact, Minuted)
        }

    def opening(self) -> Opening:
        """The next week's opening; only right after :meth:`prune`."""
        entries = {entry.position: entry.record for thing in self.things.values() for entry in thing.entries}
        return Opening(self.head, tuple(entries[position] for position in sorted(entries)))

    def of_kind(self, kind: str) -> list[Thing]:
        """The things of a kind, in the order in which they were first seen."""
        return [thing for (of, _), thing in self.things.items() if of == kind]

    def _thing(self, key: tuple[str, str], *, carried: bool) -> Thing:
        thing = self.things.get(key)
        if thing is None:
            thing = self.things[key] = Thing(key[0], key[1], carried)
        return thing

    def _key(self, fact: AnyFact) -> tuple[str, str] | None:
        match fact:
            case Directive() | DirectiveChanged():
                return ("directive", fact.number)
            case Task() | Escalated():
                return ("directive", fact.directive)
            case Report() | ReportChanged():
                return ("report", fact.number)
            case Emergency():
                return ("report", fact.report)
            case EvidencePaired(report=""):
                # It was let go of by a report that is none.
                self._report_of.pop(fact.event, None)
                return ("media", fact.event)
            case EvidencePaired():
                self._pair(fact)
                return ("report", fact.report)
            case EvidenceJudged():
                report = fact.report or self._report_of.get(fact.event)
                return ("report", report) if report else ("media", fact.event)
            case EvidenceSettled():
                return ("report", fact.report) if fact.report else ("media", fact.event)
            case Gap():
                return ("gap", fact.gap)
            case Sealed() | Opened():
                return ("sealed", fact.event)
            case Proposal():
                return ("proposal", fact.number)
            case Act() | ActDone():
                return ("act", fact.number)
            case Meeting():
                return ("meeting", fact.number)
            case Corrected():
                # What stands in minutes is put right there, whichever week it was said in.
                meeting = self._minuted.get(fact.event)
                return ("meeting", meeting) if meeting else None
            case Minuted():
                self._minuted[fact.event] = fact.meeting
                return ("meeting", fact.meeting)
            case MeetingChanged() | Attended() | Floor():
                return ("meeting", fact.meeting)
            case _:
                return None

    def _pair(self, fact: EvidencePaired) -> None:
        """A photo that was judged before its report came now belongs to it."""
        self._report_of[fact.event] = fact.report
        orphan = self.things.pop(("media", fact.event), None)
        if orphan is not None:
            thing = self._thing(("report", fact.report), carried=orphan.carried)
            thing.entries.extend(orphan.entries)


def carry(records: Iterable[Record], opening: Opening | None = None) -> Opening:
    """The opening of the week after the last seal among ``records``, which continue ``opening``.

    Streams: weeks before the last are forgotten except for what stayed open. Records after the last seal do not
    count. Raises :class:`NotAWeek` when there is no seal.
    """
    fold = Fold(opening)
    last: Opening | None = None
    for record in records:
        entry = fold.add(record)
        if entry is not None and isinstance(entry.fact, WeekSealed):
            fold.prune(entry.fact)
            last = fold.opening()
    if last is None:
        raise NotAWeek("no week is sealed in these records")
    return last
