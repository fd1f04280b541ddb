"""A rule's :class:`Needs`, and the :class:`Situation` that answers them."""

from __future__ import annotations

import msgspec

from bridge.model.event import Json
from bridge.model.facts import Struggled
from bridge.model.situation.acts import ActView, PromptView, ProposalView
from bridge.model.situation.checks import Checked, CheckView, Use
from bridge.model.situation.conduct import ConductLook, ConductView, Seen
from bridge.model.situation.keeping import Aged, KeepingView, Look
from bridge.model.situation.meetings import MeetingView
from bridge.model.situation.overview import MorningView, Overview, OverviewNeed
from bridge.model.situation.part import PartNeed, PartView
from bridge.model.situation.rooms import (
    LikenessNeed,
    LikenessView,
    MemberView,
    RoomLevels,
    RoomServers,
    RoomStanding,
    RoomView,
    WaveNeed,
    WaveView,
)
from bridge.model.situation.work import (
    AlikePicture,
    ConsentView,
    DecisionView,
    DirectiveView,
    FirstUse,
    LooseMedia,
    MediaView,
    Origin,
    ReportView,
    StepView,
    Subject,
    TaskView,
)


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
    origin: frozenset[str] = frozenset()
    """What the message whose tag is being mended answers, and photos of its author around it; these are the letters
    of the numbers that its text may name."""
    cause: str | None = None
    """Instead of ``units``: tasks acknowledged by, and the report moved by, this event."""
    asked_since: tuple[str, int] | None = None
    """How many questions of a kind were asked since a time."""
    asked_person: str | None = None
    """Of those, only what this person was asked."""
    told_in_direct: tuple[str, str, int] | None = None
    """Instead, where the room is a direct chat: (kind, person, since a time)."""
    decisions: tuple[str, ...] = ()
    """Decisions by these numbers."""
    decided: tuple[int, int] | None = None
    """Instead: those in force that were made within a time, newest first, at most 5."""
    predecessor_of: str | None = None
    came_along: tuple[str, str] | None = None
    """(room, user): whether this account is in the room that this one replaces."""
    """Whether this room has the place of an older one."""
    struggles_since: int | None = None
    """What did not work for people since a time."""
    newest_decisions: bool = False
    """Instead: the newest, newest first, at most 30."""
    part: PartNeed | None = None
    """How people take part: who has read, and since the last seal said siap and reported; of those whom it names
    also who has ever reported and written."""
    said_since: int | None = None
    """What was said in the room since a time, newest first, at most 8; and which of it, or of what is answered, was
    decided on or asked about already."""
    media_of_subject: bool = False
    """Media rows of what is answered, if it carries any."""
    media_of: str | None = None
    """Media rows of this event."""
    author_of: str | None = None
    """Who sent this event."""
    report_of_media: tuple[str, int] | None = None
    """The report with which this media file (event, index) is paired."""
    sha256: str | None = None
    pictures: tuple[str, ...] = ()
    """Views of a picture (`name:hash`, as :class:`bridge.model.evidence.Judged` has them): the pictures like it, of
    all units, forums and times, without the one that ``report_of_media`` names."""
    check: str | None = None
    """What waits for a verifier under this number, with its report and its media; also that of a card of one."""
    check_by: str | None = None
    """Instead: all that this event has settled, and of the first of it what ``check`` gives."""
    checks_of: str | None = None
    """What waits for a verifier of this message, beside what waits of the report, which needs no asking for."""
    checks_under: bool = False
    """What waits of all reports that fulfil the directive that is named."""
    unshown: int = 0
    """So many pictures that wait without a card."""
    sent_by: tuple[str, int] | None = None
    """Photos and videos of this person: of the message or report that is answered or named, else since a time."""
    week: bool = False
    """The last week's name and cut, and the gaps that are open."""
    last_seen: bool = False
    """When something of this forum was last recorded."""
    members: bool = False
    """The members of the forum's rooms, and the open proposals; the rooms' levels and servers with them."""
    members_here: bool = False
    """Instead: of the row's room alone, and the open proposals."""
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
    steps: bool = False
    """What became of the directive that the number names, step by step."""
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
    overview: OverviewNeed | None = None
    """How the forum stands as a whole, with its rooms."""
    in_meeting: bool = False
    """The meeting that runs in the room, if one does: whether it does is known with the room."""
    meeting: str | None = None
    """Instead: the meeting of this number, with its minutes."""
    meetings: bool = False
    """Instead: those of the forum that run, and the newest closed ones."""
    morning: bool = False
    """Who wants a morning digest, and of which day the last one was."""
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
    decision: DecisionView | None = None
    """The decision that the number names."""
    decisions: tuple[DecisionView, ...] = ()
    part: PartView = PartView()
    consent: ConsentView | None = None
    """What the card is about that is answered, if it asks about a decision; its files are in ``media``."""
    before: tuple[Subject, ...] = ()
    settled: frozenset[str] = frozenset()
    file_of_subject: Json | None = None
    """With ``media_of_subject``: how the file is encrypted of what is answered, or of the proposal that is asked
    about."""
    replaces_another: bool = False
    came_along: bool = False
    struggles: tuple[Struggled, ...] = ()
    """Newest first, at most 300."""
    origin: Origin | None = None
    reports: tuple[ReportView, ...] = ()
    loose: tuple[LooseMedia, ...] = ()
    tasks: tuple[TaskView, ...] = ()
    steps: tuple[StepView, ...] = ()
    """Oldest first, at most 400."""
    asked: int = 0
    media: tuple[MediaView, ...] = ()
    author: str = ""
    """Empty for an event that was never taken in."""
    first_use: FirstUse | None = None
    alike: tuple[AlikePicture, ...] = ()
    """The nearest first, of those equally near the earliest; at most 5."""
    uses: tuple[Use, ...] = ()
    """Where the same bytes were used in this forum, oldest first, at most 20; the file itself among them."""
    check: CheckView | None = None
    checks: tuple[CheckView, ...] = ()
    """What waits of ``report``, and of a message that was asked for; at most 20 of either."""
    checks_settled: tuple[CheckView, ...] = ()
    """What the event in question has settled and nothing has moved since."""
    unshown: tuple[CheckView, ...] = ()
    sent: tuple[Checked, ...] = ()
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
    """With ``lists`` or ``overview``: the rooms of the forum."""
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
    overview: Overview = Overview()
    morning: MorningView = MorningView()
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
    servers: dict[str, RoomServers] = {}
    """The forum's own room and its working groups."""
    adoptions: dict[str, bool] = {}
    """The rooms that were adopted, and whether we had made them."""
    meeting: MeetingView | None = None
    meetings: tuple[MeetingView, ...] = ()
    """Newest first, those that run before the others."""
