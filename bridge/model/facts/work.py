"""Facts about work: orders, tasks, reports and their evidence, decisions, emergencies."""

from __future__ import annotations

import msgspec

from bridge.model.facts.base import Fact


class Directive(Fact, frozen=True, kw_only=True, tag="directive"):
    """An order was recorded; one task per unit is open from now on."""

    number: str
    event: str
    room: str
    person: str
    name: str
    role: str
    acting: bool = False
    """The office is held for the time being (Plt.)."""
    text: str
    units: tuple[str, ...]
    to_all: bool = False
    issued_at: int
    due: int | None = None
    """None: no time was said, so that it is never late."""
    due_phrase: str = ""
    due_certain: bool = True
    urgency: str = "ordinary"
    """ordinary, urgent or very_urgent, as its words say."""
    evidence: str = "media"
    """What a report has to carry: `media`, a photo or a video; `document`, one of these or a document; `video`;
    `none`."""
    nil_allowed: bool = False
    """A report that there is nothing to report needs no evidence, whatever the policy says."""
    on_behalf: str = ""
    """Person id of the leader in whose name it was passed on."""
    unled: tuple[str, ...] = ()
    """Units that it names and nobody answers for: they were given no task."""
    confidence: float = 1.0
    confirmed: bool = True
    """False: a wide order below high confidence, waiting to be confirmed before it gets a card."""
    thread: str | None = None
    policy_version: int = 0
    roster_version: int = 0


class DirectiveChanged(Fact, frozen=True, kw_only=True, tag="directive_changed"):
    """An order was confirmed, cancelled, reopened or revised by an edit, or something of it was put right."""

    number: str
    state: str = ""
    """confirmed, cancelled, revised, reopened or empty."""
    reason: str = ""
    """Why it was reopened or cancelled; without a state: why it was, said afterwards."""
    text: str | None = None
    """Of a revised one, its words from now on."""
    at: int = 0
    """When it was changed; 0 in the oldest records, which did not say."""
    due: int | None = None
    due_phrase: str = ""
    due_certain: bool = True
    """False: the words of an edit may mean another time, too."""
    urgency: str = ""
    """How urgent it is from now on; empty when that stays."""
    evidence: str = ""
    """What a report has to carry from now on; empty when that stays."""
    by: str
    cause: str


class Readdressed(Fact, frozen=True, kw_only=True, tag="readdressed"):
    """An order is for other units than was understood; the tasks follow as facts with the same cause."""

    directive: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    to_all: bool = False
    """It is for every unit that somebody answers for."""
    unled: tuple[str, ...] = ()
    """Units that it is for and nobody answers for."""
    by: str
    """Person id."""
    at: int
    cause: str
    """The message that said so."""


class Escalated(Fact, frozen=True, kw_only=True, tag="escalated"):
    """Nobody reported although reminded: those whom the policy names were told, once for a due time."""

    directive: str
    units: tuple[str, ...]
    """The units that were late."""
    persons: tuple[str, ...]
    """Ids of those who were told."""
    at: int
    cause: str


class Task(Fact, frozen=True, kw_only=True, tag="task"):
    """A unit's task under an order changed its state."""

    directive: str
    unit: str
    state: str
    """open, acknowledged, reported, late, accepted, returned, reopened or cancelled."""
    at: int
    person: str | None = None
    by: str = ""
    """`rule:NAME`, or the person id of who did it."""
    via: str = ""
    """message, reaction, timer, command."""
    report: str | None = None
    attested: bool = False
    """Rests on clear text (a reaction): attested by the homeserver only."""
    cause: str


class Report(Fact, frozen=True, kw_only=True, tag="report"):
    """A report was recorded."""

    number: str
    event: str
    room: str
    person: str
    name: str
    unit: str | None
    role: str
    text: str
    directive: str | None = None
    emergency: bool = False
    emergency_words: tuple[str, ...] = ()
    reported_at: int
    state: str
    """waiting (for evidence), held (its evidence is being looked at), reported, incomplete, accepted, returned,
    withdrawn or unknown."""
    thread: str | None = None
    evidence_until: int | None = None
    """How long the evidence is waited for."""
    nil: bool = False
    promised: bool = False
    """Its words say that the evidence follows: `evidence_until` is until when."""
    policy_version: int = 0


class ReportChanged(Fact, frozen=True, kw_only=True, tag="report_changed"):
    """A report moved on."""

    number: str
    state: str = ""
    """The new state; empty when it stays."""
    directive: str | None = None
    """The directive it now answers; an empty text when it answers none any more."""
    text: str | None = None
    """Words that came after the photo."""
    evidence_until: int | None = None
    """How long another photo is waited for, from now on."""
    emergency: bool = False
    at: int
    by: str
    via: str = ""
    attested: bool = False
    reason: str = ""
    cause: str


class EvidencePaired(Fact, frozen=True, kw_only=True, tag="evidence_paired"):
    """A photo or video was put to a report."""

    report: str
    event: str
    """The event that carries the media."""
    index: int = 0
    kind_of_media: str
    mxc: str
    how: str
    """caption, reply, thread, before, after, album."""
    at: int


class EvidenceJudged(Fact, frozen=True, kw_only=True, tag="evidence_judged"):
    """A media file was fetched, decoded and compared, or could not be."""

    event: str
    index: int = 0
    report: str | None = None
    verdict: str
    """ok, held (a person looks at it first), duplicate (used in another report), repeated (used in this one),
    withdrawn (by its sender, before it was looked at), or why not: empty, truncated, not_media, locked, no_content,
    bomb, too_large, too_small, blank, animated, unsupported, timeout, crashed, unavailable, view_once, or a sign
    that the policy refuses."""
    reason: str = ""
    sha256: str = ""
    size: int = 0
    mime: str = ""
    mime_claimed: str = ""
    width: int = 0
    height: int = 0
    duration_ms: int = 0
    taken_at: str = ""
    """EXIF DateTimeOriginal as written; a hint, never proof."""
    taken_offset: str = ""
    has_gps: bool = False
    position: tuple[float, float] | None = None
    """Latitude and longitude in degrees, by the file's own account; a hint, never proof."""
    software: str = ""
    signs: tuple[str, ...] = ()
    """What was noticed beside the verdict, as :class:`bridge.model.evidence.Sign` names it."""
    quality: int = 0
    """Of the PDQ hash, 0 to 100."""
    views: tuple[str, ...] = ()
    """PDQ hashes by which the picture is recognised, each as `name:hash`."""
    grid: str = ""
    """The mean grey of its cells, by which a picture from the same spot is compared with it."""
    alike_event: str | None = None
    """The nearest picture that was sent before, where there is one, with its report and forum."""
    alike_index: int = 0
    alike_report: str | None = None
    alike_forum: str | None = None
    alike_distance: int | None = None
    """How many of 256 bits differ between the two."""
    first_event: str | None = None
    """Of a duplicate: the event in which the same bytes were first recorded."""
    first_report: str | None = None
    first_forum: str | None = None
    first_index: int = 0
    held_for: tuple[str, ...] = ()
    """Why a person looks at it first: `joint`, `again`, `elsewhere`, `replaced`, or a sign of the file."""
    archived: bool = False
    readable_sha256: str = ""
    """Of a JPEG that we made of a picture that many programs cannot open. The evidence is the file itself."""
    readable_size: int = 0
    at: int


class ProposalMedia(msgspec.Struct, frozen=True, omit_defaults=True):
    """A photo or document of the proposal that a decision answers."""

    event: str
    index: int
    kind: str
    name: str = ""
    sha256: str = ""
    """Of the file's bytes, hexadecimal; empty when it was not judged yet."""


class Decision(Fact, frozen=True, kw_only=True, tag="decision"):
    """A decision of a leader was recorded, with the proposal that it answers."""

    number: str
    event: str
    room: str
    person: str
    name: str
    role: str
    acting: bool = False
    """The office is held for the time being (Plt.)."""
    text: str
    decided_at: int
    proposal_event: str | None = None
    proposal_by: str | None = None
    proposal_text: str | None = None
    proposal_media: tuple[ProposalMedia, ...] = ()
    in_force_from: int | None = None
    """The moment that its words name; None: from when it was said, or the words do not tell."""
    in_force_phrase: str = ""
    """Those words."""
    supersedes: tuple[str, ...] = ()
    """Numbers of the decisions that end by it."""
    linked: str = ""
    """How the proposal is known: reply, above (it stood right before), asked (experts said so); empty: none is, or
    the record is of an earlier version."""
    policy_version: int = 0


class DecisionChanged(Fact, frozen=True, kw_only=True, tag="decision_changed"):
    """A decision ended, or is in force again because what ended it was taken back."""

    number: str
    state: str
    """in_force, superseded, revoked or withdrawn."""
    ended_by: str = ""
    """The decision that took its place or revoked it."""
    why: str = ""
    """Of one that was withdrawn: deleted or edited, when its author did that to the message."""
    by: str
    at: int
    cause: str


class Emergency(Fact, frozen=True, kw_only=True, tag="emergency"):
    """An emergency was recorded, or passed on from a direct chat, and the leaders were rung."""

    report: str
    """Empty for one that was passed on."""
    person: str = ""
    """Who called in a direct chat."""
    event: str
    words: tuple[str, ...]
    rung: tuple[str, ...]
    """Person ids."""
    at: int


class Struggled(Fact, frozen=True, kw_only=True, tag="struggled"):
    """Something did not work for a person: what coaching goes by. It holds no words of theirs."""

    what: str
    """no_photo, file, number, command, right, clear_text or unreadable."""
    person: str
    about: str
    """The row of the inbox at which it was seen."""
    at: int


class Asked(Fact, frozen=True, kw_only=True, tag="asked"):
    """A person was asked for something (evidence, a key, a confirmation)."""

    what: str
    about: str
    """A number or an event id."""
    person: str | None = None
    at: int
