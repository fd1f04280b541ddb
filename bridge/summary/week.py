"""One week of a forum as people will read it: the frozen model that every file of a bundle is derived from.

A `Week` is a pure function of the records at or before its cut. Times are milliseconds since the Unix epoch.
``carried`` marks what an earlier week recorded and this week still had open.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from bridge.model.chain import START, Head
from bridge.model.facts import (
    Act,
    ActDone,
    Adopted,
    Asked,
    Attended,
    Conduct,
    Corrected,
    Decision,
    DecisionChanged,
    Destroyed,
    DigestSent,
    DigestWanted,
    Directive,
    DirectiveChanged,
    Edited,
    Emergency,
    EvidenceJudged,
    EvidencePaired,
    EvidenceSettled,
    FileVersion,
    Floor,
    ForumRead,
    Granted,
    Keeping,
    LevelsSeen,
    Meeting,
    MeetingChanged,
    Membership,
    Message,
    Minuted,
    Proposal,
    Readdressed,
    Record,
    Redacted,
    Refused,
    Report,
    ReportChanged,
    Revoked,
    RoomChanged,
    RoomReplaced,
    Stage,
    Started,
    Struggled,
    Viewed,
    WeekSealed,
)

F = TypeVar("F")

Change = (
    Adopted
    | Asked
    | Conduct
    | DecisionChanged
    | Struggled
    | Stage
    | Proposal
    | Granted
    | Revoked
    | LevelsSeen
    | RoomChanged
    | RoomReplaced
    | FileVersion
    | Started
    | Keeping
    | Destroyed
    | DigestSent
    | DigestWanted
    | Viewed
    | Readdressed
)
"""What happened to the forum itself: its rooms, rules, questions and record."""


class At(msgspec.Struct, Generic[F], frozen=True):
    """A fact and its position in the chain."""

    position: int
    fact: F


class Opening(msgspec.Struct, frozen=True):
    """What a week starts with: the head at the previous cut, and the earlier records of what was still open there.

    It is derived from the records at or before the previous cut and from nothing else (:func:`fold.carry`), so
    that a week can be collected without reading all of history.
    """

    at: Head = START
    records: tuple[Record, ...] = ()


class TaskLine(msgspec.Struct, frozen=True, kw_only=True):
    """One directive for one unit, as it stood at the cut."""

    unit: str
    state: str
    acknowledged_at: int | None = None
    acknowledged_by: str | None = None
    acknowledged_via: str = ""
    attested: bool = False
    reported_at: int | None = None
    report: str | None = None
    accepted_at: int | None = None
    returned: int = 0
    late: bool = False
    """It was not reported by its due time (seen by the timer or by the report's own time)."""

    @property
    def fulfilled(self) -> bool:
        """A report with evidence counts, accepted or not."""
        return self.state in ("reported", "accepted")


class StepLine(msgspec.Struct, frozen=True, kw_only=True):
    """One change of an order or of a task under it: what, when, who, and why where somebody said so."""

    position: int
    what: str
    """A task's state, what was changed of the order, `escalated`, or `reason`: why, said afterwards."""
    unit: str = ""
    """Empty for what concerns the order."""
    at: int
    """0: the record does not say."""
    by: str
    """A person id, several with a space between them, or `rule:NAME`."""
    via: str = ""
    attested: bool = False
    report: str | None = None
    reason: str = ""
    cause: str


class DirectiveLine(msgspec.Struct, frozen=True, kw_only=True):
    """An order with what became of it in every unit."""

    number: str
    fact: Directive | None
    """None: the order itself stands in an earlier bundle and was closed before this week began."""
    carried: bool
    state: str
    """open, closed, cancelled or unconfirmed."""
    due: int | None
    due_phrase: str
    urgency: str
    """ordinary, urgent or very_urgent, as it is at the cut."""
    evidence: str
    """What a report has to carry at the cut."""
    changes: tuple[At[DirectiveChanged], ...]
    tasks: tuple[TaskLine, ...]
    steps: tuple[StepLine, ...]
    """All that is known of what became of it, in order; reasons of reports stand with the reports."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Its words as they were given, and after each edit that changed them."""
        first = (self.fact.text,) if self.fact is not None else ()
        return (*first, *(change.fact.text for change in self.changes if change.fact.text is not None))


class EvidenceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A photo or video of a report with what the inspection found."""

    event: str
    report: str | None
    unit: str | None
    paired: EvidencePaired | None
    judged: EvidenceJudged | None
    """With the verdict that counts, also where somebody gave it another than the inspection."""
    settled: EvidenceSettled | None
    """Who gave it the verdict that counts, if that was not the inspection."""
    carried: bool
    """Paired and judged in an earlier week: its file is in that week's bundle."""
    file: str = ""
    """Path in the bag below `data/`; empty when the bytes are not shown (see ``withheld``)."""
    readable: str = ""
    """Path of the JPEG that the bridge made of it for readers, where it made one. It proves nothing."""
    withheld: str = ""
    """Why not: `earlier` (in an earlier bundle), `unjudged`, or `harmful` (not safe to open)."""


class ReportLine(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it stood at the cut."""

    number: str
    fact: Report | None
    carried: bool
    state: str
    text: str
    """With the words that came after the photo."""
    directive: str | None
    emergency: Emergency | None
    changes: tuple[At[ReportChanged], ...]
    evidence: tuple[EvidenceLine, ...]


class ActLine(msgspec.Struct, frozen=True):
    """Something the bridge did to a room or a person, and what came of it."""

    number: str
    act: Act | None
    done: ActDone | None


Entry = Meeting | MeetingChanged | Attended | Floor | Minuted
"""What the minutes of a meeting are made of."""


class MeetingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting with everything that belongs to its minutes."""

    number: str
    fact: Meeting | None
    """None: the meeting stands in an earlier bundle and was closed before this week began."""
    carried: bool
    agenda: tuple[str, ...]
    item: int
    """Which item was dealt with last, from 1."""
    closed: MeetingChanged | None
    attendance: tuple[Attended, ...]
    """Of each person how they took part, as far as it counts most."""
    entries: tuple[At[Entry], ...]
    """In their order; of the attendance only what came of it."""

    @property
    def state(self) -> str:
        """running or closed."""
        return "closed" if self.closed is not None or self.fact is None else "running"

    def units(self, *, excused: bool) -> tuple[str, ...]:
        """The units that excused themselves, or those of which somebody was there."""
        here = dict.fromkeys(one.unit for one in self.attendance if one.unit and one.how != "excused")
        away = dict.fromkeys(one.unit for one in self.attendance if one.unit and one.how == "excused")
        return tuple(unit for unit in away if unit not in here) if excused else tuple(here)


class GapLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not in the record, or not readable in it."""

    what: str
    """timeline, absence, downtime, media, clock, sealed, unavailable or destroyed."""
    about: str
    """A gap's id, an event id, or positions."""
    room: str = ""
    since: int = 0
    until: int = 0
    state: str = "open"
    cause: str = ""
    events: int = 0


class LateLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something recorded in this week that belongs to an earlier one."""

    position: int
    what: str
    about: str
    happened_at: int
    why: str


class UnitLine(msgspec.Struct, frozen=True, kw_only=True):
    """One unit's week in numbers; the orders include those carried over."""

    unit: str
    ordered: int = 0
    acknowledged: int = 0
    median_minutes: int | None = None
    """From the order to its acknowledgement."""
    on_time: int = 0
    late: int = 0
    waiting: int = 0
    """Not reported and not due yet, or without a due time."""
    overdue: int = 0
    accepted: int = 0
    returned: int = 0
    reports: int = 0
    incomplete: int = 0
    photos: int = 0
    videos: int = 0
    duplicates: int = 0


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one sealed week, grouped."""

    seal: WeekSealed
    opening: Head
    cut: Head
    directives: tuple[DirectiveLine, ...]
    reports: tuple[ReportLine, ...]
    evidence: tuple[EvidenceLine, ...]
    """All media of this week's bundle, those that never found a report included."""
    decisions: tuple[At[Decision], ...]
    meetings: tuple[MeetingLine, ...]
    messages: tuple[At[Message], ...]
    memberships: tuple[At[Membership], ...]
    acts: tuple[ActLine, ...]
    corrections: tuple[At[Corrected], ...]
    refusals: tuple[At[Refused], ...]
    emergencies: tuple[At[Emergency], ...]
    edits: tuple[At[Redacted | Edited], ...]
    changes: tuple[At[Change], ...]
    read: ForumRead | None = None
    """Who had read, by unit; None where it was not looked at."""
    gaps: tuple[GapLine, ...]
    lates: tuple[LateLine, ...]
    units: tuple[UnitLine, ...]

    @property
    def count(self) -> int:
        """Records after the previous cut, up to and including the seal."""
        return self.cut.position - self.opening.position
