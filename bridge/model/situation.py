"""What a rule is told of the world before it decides, and what it answers.

A rule declares its :class:`Needs`; the ledger's `gather` answers with a :class:`Situation`. All views are bounded:
their size does not grow with the history of a forum. Times are milliseconds since the Unix epoch.
"""

from __future__ import annotations

import msgspec

from bridge.model import facts as f
from bridge.model.effects import AnyEffect, CancelTimer, Judge, Timer
from bridge.model.event import Event
from bridge.model.facts import AnyFact, Keeping, MediaPart
from bridge.model.levels import PowerLevels


class RoomView(msgspec.Struct, frozen=True):
    """A room of the forum."""

    room_id: str
    kind: str
    """forum, control, audit, group, direct or unknown."""
    encrypted: bool = False
    alone_with: str = ""
    """The person whose direct chat it is, while it has exactly two joined members; otherwise empty."""
    closed: bool = False
    """It has a tombstone: another room is to replace it."""


class RoomStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How a room of the forum is for the bot."""

    room: str
    here: bool
    """The bot is in it."""
    trouble: str = ""
    """What the homeserver said when it refused us something there last."""


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


OWING = ("open", "acknowledged", "late", "returned")
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
    issued_at: int = 0
    due: int | None = None
    thread: str | None = None
    acknowledged_by: str = ""

    @property
    def owing(self) -> bool:
        """The unit still owes something."""
        return self.state in OWING


class DirectiveView(msgspec.Struct, frozen=True, kw_only=True):
    """A directive with its tasks (at most as many as there are units)."""

    number: str
    event: str
    room: str
    person: str
    name: str
    role: str
    text: str
    to_all: bool
    state: str
    """open, unconfirmed or cancelled."""
    due: int | None
    due_certain: bool
    thread: str | None
    tasks: tuple[TaskView, ...] = ()


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


PREVIEW = "-preview"
"""What the id of the record of a forum's preview ends with."""


class FirstUse(msgspec.Struct, frozen=True):
    """Where the same bytes were first recorded, over all forums."""

    forum: str
    event: str
    index: int
    report: str | None


class MemberView(msgspec.Struct, frozen=True):
    """A member of a room as our state table has it."""

    user: str
    membership: str
    name: str = ""
    adopted: bool = False
    """Was present when the room was first seen: never removed by a rule."""
    left_by_hand: bool = False
    """Left or was removed by a person: invited again only on command."""
    decided: bool = False
    """A person decided that they stay, listed or not; implies ``adopted``."""
    acted: str = ""
    """What we last set out to do to them here, `invite` or `remove`, as long as it has not been undone since."""
    acted_at: int = 0


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits in the control room."""

    number: str
    what: str
    room: str
    users: tuple[str, ...]
    persons: tuple[str, ...]
    detail: str
    state: str
    needs: int
    by: str
    due: int | None


class Aging(msgspec.Struct, frozen=True, kw_only=True):
    """A record whose retention may be over."""

    position: int
    kind: str
    open: bool = False
    """An order, a task or a report that is not settled rests on it."""
    touched: int = 0
    """When what it belongs to moved last; 0 when it belongs to nothing."""
    sha256: str = ""
    """Of a verdict: the file."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Which records whose retention may be over a rule wants to see."""

    what: str
    """messages or media."""
    after: int
    upto: int
    again: bool = False
    """Only those that were kept back before."""


class Aged(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a :class:`Look`: at most so many that one row may decide about them."""

    records: tuple[Aging, ...] = ()
    upto: int = 0
    """Up to where nothing was left out."""
    weeks: tuple[str, ...] = ()
    """ISO weeks whose seals lie within."""


class KeepingView(msgspec.Struct, frozen=True, kw_only=True):
    """How long the record is kept, and what stands in the way of destroying any of it."""

    agreed: Keeping | None = None
    """What is in force; None before the first."""
    announced: bool = False
    """The forum was told something about the record before."""
    seals: tuple[tuple[int, int], ...] = ()
    """(position, time in ms) of the seals of weeks that still hold contents, oldest first."""
    done: dict[str, int] = {}
    """`messages` and `media` to the position up to which they were destroyed."""
    kept_back: dict[str, int] = {}
    """How many records of each were kept back."""
    unposted: tuple[str, ...] = ()
    """Sealed weeks of which nobody has a bundle yet."""
    unasked: tuple[str, ...] = ()
    """Of these, the weeks of which no bundle was ever to be posted."""
    homeserver_at: int = 0
    """The homeserver's time when it last took an event of ours (ms); 0: it never did."""
    count: int = 0
    """How many records would go under the policy's own times."""
    proposal: ProposalView | None = None
    """The newest proposal about it, whatever became of it."""


class ActView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done to a person or a room, as it was recorded, and what became of it."""

    fact: f.Act
    result: str = ""
    """Empty until it was delivered; then done, already, failed or cancelled."""
    undone: str = ""
    """The number of the act that took it back."""
    standing: bool = False
    """It lasts: a mute, a ban or a lock that nobody has ended."""
    before: dict[str, int | None] = {}
    """Of a change of power levels: what was found, by path; None: no key."""
    untried: bool = False
    """Of an act that is named by its number: the homeserver has surely not been asked for it yet."""


BY_ROLE = "roles"
"""The rule that keeps levels as the offices have them: what it did is told from what people did by this name."""


class RoomLevels(msgspec.Struct, frozen=True, kw_only=True):
    """The power levels of a room, and what of them is the bridge's own doing."""

    kind: str
    """forum, control, audit or group."""
    levels: PowerLevels
    locks: tuple[ActView, ...] = ()
    """Locks of the room that stand, newest first."""
    muted: frozenset[str] = frozenset()
    """Accounts whose mute stands."""
    given: dict[str, int | None] = {}
    """The level that the rule for levels gave each account last; None: it took the key out."""
    pending: frozenset[str] = frozenset()
    """Accounts of which a change is still to be delivered."""
    decided: dict[str, int | None] = {}
    """Accounts of which a person took the rule's last change back, with the level found before it."""
    told: frozenset[str] = frozenset()
    """What the control room was told of already (`room account level`), for all rooms."""


class ConductLook(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules on messages want to know of a person in a room, before one of them is met again."""

    person: str = ""
    """Person id, or an account that the roster does not know; empty: the author of what is answered."""
    senders: tuple[str, ...] = ()
    """The person's accounts."""
    pace: str = ""
    """Whose pace is asked for: `messages` or `edits`; empty for neither."""
    since: int = 0
    """From this time on (when they were sent)."""
    limit: int = 0
    """From so many on, the one that is being decided included, the rule named as ``pace_rule`` may be met."""
    pace_rule: str = ""
    rules: tuple[str, ...] = ()
    """What of these rules is remembered is asked for in any case."""
    remembered: int = 0
    """Since this time."""
    moved: str = ""
    """Whether this message was moved already."""


class Paced(msgspec.Struct, frozen=True):
    """A message or an edit of somebody, a moment ago."""

    sent_at: int
    label: str = ""
    kinds: tuple[str, ...] = ()
    """Of the media that it carries."""


class Step(msgspec.Struct, frozen=True):
    """A step that was taken when a rule on messages was met."""

    step: str
    sent_at: int
    """When the message that met it was sent."""
    event: str


class ConductView(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a :class:`ConductLook`."""

    person: str = ""
    pace: tuple[Paced, ...] = ()
    """Newest first, at most 200."""
    steps: dict[str, tuple[Step, ...]] = {}
    """By each rule that may be met, what is remembered and was not undone, newest first, at most 20."""
    muted: bool = False
    """The person is muted in the room."""
    proposed: bool = False
    """Their removal from the room waits for people."""
    moved: bool = False


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the digest: somebody's message met a rule on messages."""

    event: str
    room: str
    person: str
    about: str
    step: str
    sent_at: int
    at: int


class WaveNeed(msgspec.Struct, frozen=True, kw_only=True):
    """An account that is nobody's came: how many others have since a time, and from how many on it matters."""

    room: str
    user: str
    bot: str
    since: int
    joins: int


class WaveView(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a :class:`WaveNeed`."""

    entered: int
    """Others who came since the time, or since people last said what is to be done."""
    proposal: ProposalView | None = None
    """What the control room was asked last about this room."""
    locked: bool = False
    """The room is locked because of it."""
    singles: tuple[ProposalView, ...] = ()
    """Where they are many: what waits about single ones of them."""


class PromptView(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody was asked that a command lacked."""

    fact: f.Prompted
    command: Event | None
    """The command as it came; None when it is not kept any more."""


class LikenessNeed(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about a name that somebody comes under."""

    about: str
    """The account with the name, as it is remembered."""
    since: int
    enough: int
    """So many since that time are enough."""
    accounts: tuple[str, ...]
    """Whose names in the room it may be like."""


class LikenessView(msgspec.Struct, frozen=True, kw_only=True):
    """What the control room was told of names that are like somebody else's."""

    told: bool = False
    """It was told of this one."""
    full: bool = False
    """It was told of so many within the hour that the rest can wait."""
    shown: dict[str, str] = {}
    """The names in the room of those asked about, by account; none where nothing would be told."""


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule asks `gather` for. Everything not asked for stays empty."""

    answers: tuple[str, ...] = ()
    """Event ids, best first: the first that is known becomes the subject."""
    number: str | None = None
    """A number named in the text: its directive, report or proposal."""
    person: str | None = None
    """Recent reports and loose media of this person since ``since``."""
    since: int = 0
    units: tuple[str, ...] = ()
    """Open tasks of these units, newest first, at most 50."""
    units_of_author: bool = False
    """Instead of ``units``: those of the author of what is answered, whose tag is being mended."""
    cause: str | None = None
    """Instead of ``units``: tasks acknowledged by, and the report moved by, this event."""
    asked_since: tuple[str, int] | None = None
    """How many questions of a kind were asked since a time."""
    asked_person: str | None = None
    """Of those, only what this person was asked."""
    told_in_direct: tuple[str, str, int] | None = None
    """Instead, where the room is a direct chat: (kind, person, since a time)."""
    media_of: str | None = None
    """Media rows of this event."""
    author_of: str | None = None
    """Who sent this event."""
    report_of_media: tuple[str, int] | None = None
    """The report with which this media file (event, index) is paired."""
    sha256: str | None = None
    week: bool = False
    """The last week's name and cut, and the gaps that are open."""
    last_seen: bool = False
    """When something of this forum was last recorded."""
    members: bool = False
    """The members of the forum's rooms, and the open proposals; the rooms' levels with them."""
    reports_since: tuple[tuple[str, int], ...] = ()
    """(person, since a time): the numbers and units of their reports, the newest 20 of each."""
    levels_of: tuple[str, ...] = ()
    """Instead, the levels of these rooms."""
    accounts: tuple[str, ...] | None = None
    """Instead of ``members``: these accounts alone, in every room of the forum, and the open proposals about them
    with the accounts that those name. A name without a server means all that have it; the author of what is
    answered is among them."""
    of_proposal: bool = False
    """Instead: the accounts of the proposal that is named; all members if it is about the stage."""
    waiting: bool = False
    """The open proposals, newest first, at most 200."""
    adoptions: bool = False
    """Which rooms were adopted."""
    wave: WaveNeed | None = None
    likeness: LikenessNeed | None = None
    held: bool = False
    """What waits because it was refused, and the levels of the forum's own room."""
    lists: bool = False
    """The open directives of the forum, newest first, at most 30."""
    acts_of: str | None = None
    """What was done to this person, newest first, at most 30."""
    done_together: bool = False
    """Instead, with a number: what was done to the same person, or to rooms, for the same cause by the same hand;
    and as subject the message that the act was about."""
    lasting: tuple[str, ...] = ()
    """Instead: all that lasts of these kinds (mute, ban, lock), newest first, at most 500."""
    acts_of_account: str | None = None
    """Instead: what was done to an account that belongs to nobody of the roster."""
    acts_from: str | None = None
    """Instead: what was done because of this event."""
    standing_acts: tuple[str, str] | None = None
    """Instead, (verb, account): what lasts of this kind, for an account or, with an empty one, for the rooms."""
    prompt_of: str | None = None
    """The newest question that this person was asked in this room and has not answered."""
    lately: bool = False
    """Who wrote last."""
    newest_acts: bool = False
    """Instead of ``acts_of``: what was done last, newest first, at most 30."""
    keeping: tuple[int, int] | None = None
    """How long the record is kept; counts what messages and media are older than these times (ms)."""
    aging: Look | None = None
    """Records whose retention may be over."""
    conduct: ConductLook | None = None
    """Where the room is the forum or a working group: what the rules on messages remember."""
    seen_since: int | None = None
    """What met a rule on messages since a time, oldest first, at most 500."""


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to :class:`Needs`. ``numbers`` are the next free numbers per series letter."""

    room: RoomView
    forum: str = ""
    stage: str = "watch"
    numbers: dict[str, int] = {}
    subject: Subject | None = None
    directive: DirectiveView | None = None
    report: ReportView | None = None
    decision: str | None = None
    """The text of the decision that the number names."""
    reports: tuple[ReportView, ...] = ()
    loose: tuple[LooseMedia, ...] = ()
    tasks: tuple[TaskView, ...] = ()
    asked: int = 0
    media: tuple[MediaView, ...] = ()
    author: str = ""
    """Empty for an event that was never taken in."""
    first_use: FirstUse | None = None
    members: dict[str, tuple[MemberView, ...]] = {}
    """By room; of a row that concerns some accounts only these."""
    proposals: tuple[ProposalView, ...] = ()
    proposal: ProposalView | None = None
    prompt: PromptView | None = None
    """The question that is answered, or to which what is pointed at belongs."""
    lately: tuple[str, ...] = ()
    """Accounts, the latest first."""
    act: ActView | None = None
    """What was done under the number that is named."""
    acts: tuple[ActView, ...] = ()
    directives: tuple[DirectiveView, ...] = ()
    rooms: tuple[RoomStanding, ...] = ()
    """With ``lists``: the rooms of the forum."""
    last_week: str = ""
    last_cut: int = 0
    open_gaps: tuple[str, ...] = ()
    last_seen: int | None = None
    adopted: bool = False
    """The room was adopted: it had members when it was first seen."""
    made_by_us: bool = False
    keeping: KeepingView | None = None
    aged: Aged = Aged()
    conduct: ConductView | None = None
    seen: tuple[Seen, ...] = ()
    recorded: dict[str, tuple[tuple[str, str], ...]] = {}
    """By person (number, unit) of reports, as they were recorded."""
    wave: WaveView | None = None
    likeness: LikenessView = LikenessView()
    came: tuple[str, ...] = ()
    """Of a proposal about a wave: the accounts that came with it."""
    held: tuple[str, ...] = ()
    """What waits because it was refused: numbers of acts; of everything else nothing but that it is one more."""
    levels: dict[str, RoomLevels] = {}
    """By room; a room whose state was never read has none."""
    adoptions: dict[str, bool] = {}
    """The rooms that were adopted, and whether we had made them."""


class Outcome(msgspec.Struct, kw_only=True):
    """What a rule decided. Facts are recorded in this order, in one transaction with the effects."""

    facts: list[AnyFact] = []
    effects: list[AnyEffect] = []
    timers: list[Timer | CancelTimer] = []
    judges: list[Judge] = []
    then: Event | None = None
    """A command that is whole now: decided next, in the same transaction."""

    def merge(self, other: Outcome) -> Outcome:
        """Take in another outcome, after this one."""
        self.facts += other.facts
        self.effects += other.effects
        self.timers += other.timers
        self.judges += other.judges
        self.then = other.then or self.then
        return self
