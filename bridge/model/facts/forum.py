"""Facts about the forum: its members and rooms, what was done to them, its gaps, files and weeks."""

from __future__ import annotations

import msgspec

from bridge.model.facts.base import Fact


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
    """remove, invite, remove_many, keep or stage."""
    room: str = ""
    users: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    detail: str = ""
    state: str
    """open, done, cancelled or expired."""
    needs: int = 0
    """How many people still have to agree; 0: it happens by itself when its time comes."""
    by: str = ""
    due: int | None = None
    attested: bool = False
    """It rests on a reaction, which the homeserver could have made up."""
    at: int
    cause: str


class Prompted(Fact, frozen=True, kw_only=True, tag="prompted"):
    """Somebody was asked for what a command lacked, or has answered. It holds none of the command's words."""

    event: str
    """The command."""
    room: str
    person: str
    heads: tuple[str, ...]
    """What each choice puts after the command's words: accounts, numbers, lengths of time, stages."""
    words: int
    """How many characters of the command are its words."""
    tail: int
    """How many of its last characters stay behind the choice."""
    state: str
    """open or answered."""
    answer: str = ""
    """The tap or the message that answered."""
    attested: bool = False
    """It was a tap, which the homeserver could have made up."""
    until: int
    at: int


class Act(Fact, frozen=True, kw_only=True, tag="act"):
    """The bridge decided to do something to a room or a person; the outbox carries it out.

    It says everything that undoing it exactly needs; what was there before is in its :class:`ActDone`.
    """

    number: str
    verb: str
    """invite, remove, ban, unban, warn, mute, unmute, redact, lock, unlock, levels, move; floor and speak
    (the floor of a meeting is closed, somebody may speak there), floor_open and speak_end; or undo, of
    what leaves nothing to be put back."""
    room: str
    user: str = ""
    person: str | None = None
    reason: str = ""
    rule: str
    by: str
    office: str = ""
    """The role in which the person behind it acted; empty when a rule did."""
    acting: bool = False
    """That office is held for the time being (Plt.)."""
    second: str | None = None
    """The second person, where two were needed."""
    until: int | None = None
    """When it ends by itself (ms)."""
    changes: dict[str, int | None] = msgspec.field(default_factory=dict)
    """Of a change of power levels: each path with the level wanted; None takes the key out."""
    target: str = ""
    """The event that it is about: redacted, or moved elsewhere."""
    undoes: str = ""
    """The number of the act that this one takes back."""
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
    before: dict[str, int | None] = msgspec.field(default_factory=dict)
    """Of a change of power levels: the paths that were changed, each with the level found there; None: no key."""
    at: int


class Viewed(Fact, frozen=True, kw_only=True, tag="viewed"):
    """A person was shown what the record keeps of a message that was taken back."""

    number: str
    """Of the act by which it was taken back."""
    event: str
    person: str
    room: str
    """Where it was shown."""
    at: int
    cause: str


class Granted(Fact, frozen=True, kw_only=True, tag="granted"):
    """People agreed to something that stands beside the roster's file until the file says it too.

    Days are ISO 8601 in the forum's zone, both included. A proposal that it came from has the same number.
    """

    number: str
    what: str
    """acting, delegate, guest or account."""
    person: str
    """Who acts, was lent rights, is the guest, or has another account."""
    name: str = ""
    """Of a guest: as people see it."""
    user: str = ""
    """The account of a guest, or the new one."""
    replaces: str = ""
    """The account that is closed."""
    unit: str = ""
    role: str = ""
    """Of whoever acts in an office without a unit: leader or deputy."""
    rights: tuple[str, ...] = ()
    """Of a delegate: tag, report, knock, warn."""
    begins: str
    ends: str = ""
    """The last day; empty for an account."""
    purpose: str = ""
    by: str
    """Who asked: the sponsor of a guest, the giver of rights."""
    office: str = ""
    second: str | None = None
    policy_version: int
    roster_version: int
    at: int
    cause: str


class Revoked(Fact, frozen=True, kw_only=True, tag="revoked"):
    """What was granted beside the roster's file ended before its last day, or is looked at no more."""

    number: str
    why: str
    """by_hand, in_file, against_file or ended."""
    by: str
    at: int
    cause: str


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


class RoomReplaced(Fact, frozen=True, kw_only=True, tag="room_replaced"):
    """A room was replaced by another, which goes on in its place: both say so of each other."""

    room: str
    replacement: str
    of: str
    """What the room is: forum, control, audit, group or space."""
    name: str = ""
    """What people call it."""
    by: str
    """Who replaced it, as the homeserver says."""
    event: str
    """The old room's tombstone."""
    at: int


class Gap(Fact, frozen=True, kw_only=True, tag="gap"):
    """A hole in what we saw."""

    gap: str
    """Its identity: `g1`, `g2` ..."""
    what: str
    """timeline, absence (we were outside the room), rollback (of the homeserver), downtime, media, clock."""
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
    author: str = ""
    """Who wrote it, as far as the file says so."""
    changes: tuple[str, ...] = ()
    """How it differs from the version before, as sentences."""
    effects: tuple[str, ...] = ()
    """What was done because of it at once, as sentences: those that `tudang policy plan` shows before."""
    waiting: tuple[str, ...] = ()
    """What waits for the end of a notice, or for people to agree."""
    held: tuple[str, ...] = ()
    """What is not done, as the forum's stage holds it back."""
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
