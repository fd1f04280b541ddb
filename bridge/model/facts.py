"""Facts: what the record says happened. Append-only; everything else is derived from them.

A fact is the body of one ledger record. Its ``kind`` is the struct's tag. Times are milliseconds since the Unix
epoch. ``event`` is always the Matrix event id that a fact rests on, ``cause`` the event (or timer) that made us
act. Bodies hold names as they were when recorded, so that an export never has to look anything up elsewhere.
"""

from __future__ import annotations

import msgspec

from bridge.model.event import Trust


class Fact(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", forbid_unknown_fields=True
):
    """The base of all facts."""


class MediaPart(msgspec.Struct, frozen=True, omit_defaults=True):
    """A picture, video or other file that a message carries, as its sender described it."""

    kind: str
    """image, video, audio, file, sticker or gif."""
    mxc: str
    name: str = ""
    mimetype: str = ""
    size: int = 0


class Message(Fact, frozen=True, kw_only=True, tag="message"):
    """A message of a person was recorded and labelled."""

    event: str
    room: str
    sender: str
    """Matrix user id."""
    person: str | None = None
    """Person id of the roster; None for somebody it does not know."""
    name: str = ""
    unit: str | None = None
    role: str = "unknown"
    acting: bool = False
    sent_at: int
    """The sender's homeserver's claim."""
    received_at: int
    text: str | None = None
    """None when the policy exports talk as hash only; see ``text_hash``."""
    text_hash: str = ""
    """SHA-256 of the UTF-8 text, hexadecimal; empty when the message has no text."""
    media: tuple[MediaPart, ...] = ()
    reply_to: str | None = None
    thread: str | None = None
    encrypted: bool = False
    trust: Trust = Trust.CLEAR
    device: str | None = None
    label: str = "unsure"
    """directive, report, decision, acknowledgement, question, chatter or unsure."""
    confidence: float = 0.0
    why: str = ""
    number: str | None = None
    """The number that this message was given or belongs to (P-12, L-7, K-3)."""
    late: str = ""
    """Why it was recorded later than it was sent (`gap`, `decrypted`); empty otherwise."""


class Directive(Fact, frozen=True, kw_only=True, tag="directive"):
    """An order was recorded; one task per unit is open from now on."""

    number: str
    event: str
    room: str
    person: str
    name: str
    role: str
    text: str
    units: tuple[str, ...]
    to_all: bool = False
    issued_at: int
    due: int | None = None
    """None: no time was said, so that it is never late."""
    due_phrase: str = ""
    due_certain: bool = True
    evidence: str = "media"
    """media, document or none."""
    confidence: float = 1.0
    confirmed: bool = True
    """False: a wide order below high confidence, waiting to be confirmed before it gets a card."""
    thread: str | None = None
    policy_version: int = 0
    roster_version: int = 0


class DirectiveChanged(Fact, frozen=True, kw_only=True, tag="directive_changed"):
    """An order was confirmed, cancelled, or its due time was said or changed."""

    number: str
    state: str = ""
    """confirmed, cancelled, reopened or empty."""
    due: int | None = None
    due_phrase: str = ""
    units: tuple[str, ...] | None = None
    by: str
    cause: str


class Task(Fact, frozen=True, kw_only=True, tag="task"):
    """A unit's task under an order changed its state."""

    directive: str
    unit: str
    state: str
    """open, acknowledged, reported, late, accepted, returned or cancelled."""
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
    """waiting (for evidence), reported, incomplete, accepted, returned, withdrawn or unknown."""
    thread: str | None = None
    evidence_until: int | None = None
    """How long the evidence is waited for."""
    nil: bool = False
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
    """ok, duplicate (used in another report), repeated (used in this one), or why not: empty, truncated, not_media,
    bomb, too_large, too_small, blank, animated, unsupported, timeout, crashed, unavailable."""
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
    has_gps: bool = False
    first_event: str | None = None
    """Of a duplicate: the event in which the same bytes were first recorded."""
    first_report: str | None = None
    first_forum: str | None = None
    archived: bool = False
    at: int


class Decision(Fact, frozen=True, kw_only=True, tag="decision"):
    """A decision of a leader was recorded, with the proposal that it answers."""

    number: str
    event: str
    room: str
    person: str
    name: str
    role: str
    text: str
    decided_at: int
    proposal_event: str | None = None
    proposal_by: str | None = None
    proposal_text: str | None = None
    policy_version: int = 0


class Corrected(Fact, frozen=True, kw_only=True, tag="corrected"):
    """A label was changed by a person; what hung on it was changed by further facts with the same cause."""

    event: str
    was: str
    label: str
    number_was: str | None = None
    number: str | None = None
    by: str
    via: str
    at: int
    cause: str


class Emergency(Fact, frozen=True, kw_only=True, tag="emergency"):
    """An emergency was recorded and the leaders were rung."""

    report: str
    event: str
    words: tuple[str, ...]
    rung: tuple[str, ...]
    """Person ids."""
    at: int


class Asked(Fact, frozen=True, kw_only=True, tag="asked"):
    """A person was asked for something (evidence, a key, a confirmation)."""

    what: str
    about: str
    """A number or an event id."""
    person: str | None = None
    at: int


class Membership(Fact, frozen=True, kw_only=True, tag="membership"):
    """A membership event of a room was seen."""

    room: str
    user: str
    person: str | None = None
    membership: str
    was: str = ""
    """Before, as far as the homeserver said; empty when it did not."""
    by: str
    reason: str = ""
    by_hand: bool = False
    """Left, or was removed by a person: invited again only on command."""
    at: int
    event: str


class Adopted(Fact, frozen=True, kw_only=True, tag="adopted"):
    """A room was seen for the first time with people in it; nobody in it is removed by a rule."""

    room: str
    present: tuple[str, ...]
    matched: tuple[str, ...]
    unlisted: tuple[str, ...]
    absent: tuple[str, ...]
    """Person ids of the roster that are not in the room."""
    made_by_us: bool = False
    at: int


class Stage(Fact, frozen=True, kw_only=True, tag="stage"):
    """The forum's stage changed: watch, tag, remind or enforce."""

    stage: str
    was: str
    by: str
    second: str | None = None
    at: int
    cause: str


class Proposal(Fact, frozen=True, kw_only=True, tag="proposal"):
    """Something waits for a person, a second person, or its notice time."""

    number: str
    what: str
    """remove, invite, remove_many, keep, stage, replace."""
    room: str = ""
    users: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    detail: str = ""
    state: str
    """open, approved, done, cancelled, expired."""
    needs: int = 0
    """How many people still have to agree; 0: it happens by itself when its time comes."""
    by: str = ""
    due: int | None = None
    at: int
    cause: str


class Act(Fact, frozen=True, kw_only=True, tag="act"):
    """The bridge decided to do something to a room or a person; the outbox carries it out."""

    number: str
    verb: str
    """invite, remove, ban, unban, levels, join."""
    room: str
    user: str = ""
    person: str | None = None
    reason: str = ""
    rule: str
    by: str
    policy_version: int
    roster_version: int
    at: int
    cause: str


class ActDone(Fact, frozen=True, kw_only=True, tag="act_done"):
    """An act was confirmed by the homeserver, was already so, or could not be done."""

    number: str
    result: str
    """done, already, failed, cancelled."""
    detail: str = ""
    at: int


class LevelsSeen(Fact, frozen=True, kw_only=True, tag="levels"):
    """Power levels of a room changed."""

    room: str
    by: str
    event: str
    changes: tuple[tuple[str, str, str], ...]
    """(key, before, after)."""
    at: int


class RoomChanged(Fact, frozen=True, kw_only=True, tag="room_changed"):
    """Another state event that matters: encryption, join rules, history visibility, tombstone, name."""

    room: str
    type: str
    by: str
    event: str
    summary: str = ""
    at: int


class Redacted(Fact, frozen=True, kw_only=True, tag="redacted"):
    """A message was taken back. What we had recorded of it stays recorded."""

    event: str
    by: str
    redaction: str
    at: int


class Edited(Fact, frozen=True, kw_only=True, tag="edited"):
    """A message was edited by its author. The first version stays; an edit is never a command."""

    event: str
    edit: str
    text: str | None = None
    text_hash: str = ""
    at: int


class Refused(Fact, frozen=True, kw_only=True, tag="refused"):
    """Something was not acted on, and why: clear_text, mismatch, replay, forged_edit,
    forged_relation, no_authority, spoofed_state, malformed."""

    event: str
    sender: str
    why: str
    detail: str = ""
    at: int


class Sealed(Fact, frozen=True, kw_only=True, tag="sealed"):
    """A message could not be decrypted. It is listed as a gap until it is opened."""

    event: str
    room: str
    sender: str
    person: str | None = None
    code: str
    at: int


class Opened(Fact, frozen=True, kw_only=True, tag="opened"):
    """A sealed message was decrypted after all."""

    event: str
    at: int


class Gap(Fact, frozen=True, kw_only=True, tag="gap"):
    """A hole in what we saw."""

    gap: str
    """Its identity: `g1`, `g2` ..."""
    what: str
    """timeline, absence (we were outside the room), downtime, media, clock."""
    room: str = ""
    since: int = 0
    until: int = 0
    state: str
    """open, filled, given_up."""
    cause: str = ""
    events: int = 0
    at: int


class FileVersion(Fact, frozen=True, kw_only=True, tag="file_version"):
    """A policy or roster took force."""

    what: str
    """policy or roster."""
    version: int
    sha256: str
    changes: tuple[str, ...] = ()
    at: int


class UnitName(msgspec.Struct, frozen=True):
    """A unit as the roster named it."""

    id: str
    name: str
    short: str


class PersonName(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person of the roster and the office held."""

    id: str
    name: str
    unit: str
    role: str
    acting: bool = False
    users: tuple[str, ...] = ()


class WeekSealed(Fact, frozen=True, kw_only=True, tag="week_sealed"):
    """A week was closed. The cut is this record's own position: the bundle holds what is at or before it."""

    week: str
    """ISO week, `2026-W47`."""
    starts: int
    ends: int
    """The first moment of the next week (exclusive)."""
    previous: int
    """Position of the previous week's cut; 0 for the first."""
    forum_name: str
    language: str
    timezone: str
    policy_version: int
    policy_sha256: str
    roster_version: int
    roster_sha256: str
    units: tuple[UnitName, ...]
    persons: tuple[PersonName, ...]
    letters: dict[str, str]
    role_names: dict[str, str]
    legal_note: str = ""
    rehearsal: bool = False
    preview: bool = False
    open_gaps: tuple[str, ...] = ()
    at: int


class Started(Fact, frozen=True, kw_only=True, tag="started"):
    """A bridge process began to hold this forum."""

    version: str
    rehearsal: bool = False
    preview: bool = False
    down_since: int | None = None
    at: int


AnyFact = (
    Message
    | Directive
    | DirectiveChanged
    | Task
    | Report
    | ReportChanged
    | EvidencePaired
    | EvidenceJudged
    | Decision
    | Corrected
    | Emergency
    | Asked
    | Membership
    | Adopted
    | Stage
    | Proposal
    | Act
    | ActDone
    | LevelsSeen
    | RoomChanged
    | Redacted
    | Edited
    | Refused
    | Sealed
    | Opened
    | Gap
    | FileVersion
    | WeekSealed
    | Started
)
"""Every kind of fact; decode with ``msgspec.json.Decoder(AnyFact)``."""


class Record(msgspec.Struct, frozen=True):
    """One line of a forum's ledger as stored and exported.

    ``body`` is the canonical JSON of the fact: keys sorted, no spaces, UTF-8, without the salt. The content hash
    is ``SHA-256(salt || body)`` with a salt of 16 random bytes, so that a destroyed content cannot be guessed back
    from its hash. The chain is ``link[n] = SHA-256(link[n-1] || position (8 bytes, big-endian) || kind (UTF-8) ||
    0x00 || content hash)`` with 32 zero bytes before the first record. ``body`` is None when its retention ended
    and the content was destroyed; the chain still verifies.
    """

    position: int
    kind: str
    at: int
    body: bytes | None
    salt: bytes | None
    content_hash: bytes
    link: bytes
