"""Orders, tasks, reports and their photos, as rules see them, and what an event answers."""

from __future__ import annotations

import msgspec

from bridge.model.event import Event, Json
from bridge.model.facts import Decision, MediaPart


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded message, or something we posted, that an event answers or points at."""

    event: str
    room: str
    sender: str = ""
    person: str | None = None
    unit: str | None = None
    role: str = "unknown"
    label: str = "unsure"
    number: str | None = None
    text: str = ""
    media: tuple[MediaPart, ...] = ()
    received_at: int = 0
    encrypted: bool = False
    thread: str | None = None
    ref: str = ""
    """Of what we posted: its ref."""
    destroyed: bool = False
    """Its words are gone, as their retention is over."""


OWING = ("open", "acknowledged", "late", "returned", "reopened")
"""States of a task in which its unit still owes something."""


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """One unit's task under one directive."""

    directive: str
    unit: str
    state: str
    report: str | None = None
    room: str = ""
    """The directive's room, as are its ``text``, its times and its thread."""
    text: str = ""
    issuer: str = ""
    """The name of who gave the order."""
    issued_at: int = 0
    due: int | None = None
    thread: str | None = None
    acknowledged_by: str = ""
    checking: bool = False
    """Its report is here, and a person looks at its photo: nobody waits for the unit."""
    report_state: str = ""
    """The state of its report, where one is known."""
    evidence: str = "media"
    """What a report has to carry, as the directive says: media, document, video or none."""
    nil_allowed: bool = False

    @property
    def owing(self) -> bool:
        """The unit still owes something."""
        return self.state in OWING


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """One change of an order or of a task under it."""

    what: str
    """A task's state; what was changed of the order; `escalated`; `reason`: why, said afterwards."""
    unit: str = ""
    """Empty for what concerns the order."""
    at: int
    """0: the record does not say."""
    who: str
    """A person id, several with a line each, or `rule:NAME`."""
    via: str = ""
    report: str | None = None
    reason: str = ""
    cause: str = ""


class DirectiveView(msgspec.Struct, frozen=True, kw_only=True):
    """A directive with its tasks (at most as many as there are units)."""

    number: str
    event: str
    room: str
    person: str
    name: str
    role: str
    acting: bool = False
    text: str
    to_all: bool
    state: str
    """open, unconfirmed or cancelled."""
    due: int | None
    due_certain: bool
    thread: str | None
    revised_at: int | None = None
    """When its author last changed its words."""
    evidence: str = "media"
    """What a report has to carry: media, document (or media), video or none."""
    nil_allowed: bool = False
    on_behalf: str = ""
    """Person id of the leader in whose name it was passed on."""
    unled: tuple[str, ...] = ()
    """Units that it is for and nobody answered for."""
    urgency: str = "ordinary"
    """ordinary, urgent or very_urgent."""
    reason: str = ""
    """Why it was cancelled or reopened, where somebody said so."""
    tasks: tuple[TaskView, ...] = ()

    @property
    def units(self) -> tuple[str, ...]:
        """The units that it is for now."""
        return tuple(task.unit for task in self.tasks if task.state != "cancelled")


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """A report and how its evidence stands."""

    number: str
    event: str
    room: str
    person: str
    name: str
    unit: str | None
    role: str
    text: str
    state: str
    directive: str | None
    reported_at: int
    evidence_until: int | None
    thread: str | None
    emergency: bool = False
    nil: bool = False
    changed_at: int = 0
    """When it came into its state."""
    media: int = 0
    """How many photos and videos are paired with it."""
    accepted: int = 0
    """How many of them are good."""
    pending: int = 0
    """How many of them are not judged yet."""
    held: int = 0
    """How many of them a person looks at."""
    evidence: str = "media"
    """What it has to carry, as the directive that it answers says: media, document, video or none."""
    promised: bool = False
    """Its words say that the evidence follows."""
    checks: int = 0
    """How many of its photos and videos wait for a verifier, held ones and appeals."""
    cause: str = ""
    """The event by which it came into its state."""
    reason: str = ""
    """Why it was returned, where somebody said so."""

    @property
    def at_rest(self) -> bool:
        """Nothing more is expected of it: it was accepted or withdrawn."""
        return self.state in ("accepted", "withdrawn")


class LooseMedia(msgspec.Struct, frozen=True, kw_only=True):
    """A photo or video of a person that belongs to no report yet."""

    event: str
    index: int
    kind: str
    mxc: str
    received_at: int
    thread: str | None
    verdict: str
    held_for: tuple[str, ...] = ()
    earlier: tuple[str, int, str | None] | None = None
    """(event, index, report) of the picture that it is like."""


class DecisionView(msgspec.Struct, frozen=True, kw_only=True):
    """A decision as it was recorded, and whether it is in force."""

    fact: Decision
    state: str
    """in_force, superseded, revoked or withdrawn."""
    ended_by: str = ""
    by: str = ""
    """Who changed its state last, when (ms) and, of one that was withdrawn, whether it was deleted or edited."""
    changed_at: int = 0
    why: str = ""
    destroyed: bool = False
    """Its words are gone, as their retention is over."""


class ConsentView(msgspec.Struct, frozen=True, kw_only=True):
    """What the experts are asked about: a consent with the proposal it may answer, or new words of a decision."""

    said: Subject
    redacted: bool = False
    proposal: Subject | None = None
    decision: DecisionView | None = None
    """Of new words: the decision that the message was."""
    words: str = ""
    """The new words."""


class MediaView(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded media file."""

    event: str
    index: int
    kind: str
    mxc: str
    room: str
    report: str | None
    verdict: str
    """`pending` until judged."""
    received_at: int
    replaces: str = ""
    """Of the file of an edit: the message that it edits."""
    replaced_at: int = 0
    """When that was received."""
    held_for: tuple[str, ...] = ()
    earlier: tuple[str, int, str | None] | None = None
    """(event, index, report) of the picture that it is like."""
    sha256: str = ""


class FirstUse(msgspec.Struct, frozen=True):
    """Where the same bytes were first recorded, over all forums."""

    forum: str
    event: str
    index: int
    report: str | None
    counts: bool = True
    """It proves its report, or may yet."""


class AlikePicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that was sent before, in whatever forum and by whatever unit, and is like the one asked about."""

    distance: int
    """How many of 256 bits differ between the two views that are nearest: up to 31 it is the same picture."""
    view: str
    """The view of the earlier picture that is like the new one: `whole`, or a part of it."""
    event: str
    index: int
    forum: str
    report: str | None
    """Its report's number, in `forum`."""
    directive: str | None
    """The order that this report answers."""
    person: str | None
    unit: str | None
    received_at: int
    verdict: str
    report_state: str = ""
    grid: str = ""
    destroyed: bool = False
    """Its file is gone, as its retention is over."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What was known of a message when it came, so that it can be built anew under another tag."""

    event: Event | None = None
    answered: Subject | None = None
    directive: DirectiveView | None = None
    """The order that the answered message, or a number in its text, stands for; as it is now. The next as well."""
    report: ReportView | None = None
    decision: DecisionView | None = None
    decisions: tuple[DecisionView, ...] = ()
    """Those that its text names."""
    media: tuple[MediaView, ...] = ()
    """Of what it answers."""
    file: Json | None = None
    """How the file of what it answers is encrypted."""
