"""The policy: what an admin writes in ``policy.yaml``, as frozen pydantic models with a description per field.

``PolicyFile`` is the shape of the file; :class:`Policy` is the same with the version and digest under which it is
in force. Only ``forum.name`` must be written: everything else has a default (``Policy(forum=Forum(name="X"))``).
Lengths of time are :class:`datetime.timedelta`, sizes are bytes, times of day are naive and in ``forum.timezone``.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from bridge.policy.borders import Borders
from bridge.policy.coaching import Coaching
from bridge.policy.conduct import Conduct, Pace
from bridge.policy.defaults import DEFAULTS
from bridge.policy.holidays import Holidays
from bridge.policy.keeping import Record, Week
from bridge.policy.meetings import Meetings
from bridge.policy.members import Levels, Membership, Sanctions
from bridge.policy.morning import Morning
from bridge.policy.pictures import Checks
from bridge.policy.quiet import OrHours, QuietHours
from bridge.policy.section import Section as Section
from bridge.policy.servers import Servers
from bridge.policy.types import (
    Duration,
    EvidenceKind,
    Flag,
    Hashtag,
    Kind,
    Label,
    Language,
    Letter,
    Role,
    Size,
    Slug,
    Stage,
    Text,
    Weekday,
    Who,
    Whole,
    Zone,
)
from bridge.policy.urgency import Urgency

Right = Literal[
    "invite_bot",
    "order",
    "relay",
    "decide",
    "accept",
    "correct",
    "moderate",
    "approve",
    "move",
    "lock",
    "warn",
    "mute",
    "mute_long",
    "remove",
    "redact",
    "undo",
    "own_unit",
    "meeting",
    "verify",
]
"""What a person may be allowed to do; the fields of :class:`Rights`."""


class Forum(Section):
    """Who the forum is and where it lives."""

    name: Text = Field(description="The forum's name as people see it.")
    language: Language = Field(default="id", description="What the bot speaks: id (Indonesian) or en (English).")
    timezone: Zone = Field(
        default="Asia/Makassar",
        description="IANA zone of every date and time of day in policy and roster.",
    )
    week_start: Weekday = Field(default="monday", description="First day of the week in weekly summaries.")
    salutation: Text = Field(
        default=DEFAULTS["id"].salutation,
        description="How the bot addresses someone whose name it does not use.",
    )

    @property
    def zone(self) -> ZoneInfo:
        """The forum's time zone."""
        return ZoneInfo(self.timezone)


class Letters(Section):
    """The capitals before the numbers that people see. All five differ; numbers are never reused."""

    directive: Letter = Field(default="P", description="Directives: P-12.")
    report: Letter = Field(default="L", description="Reports: L-7.")
    decision: Letter = Field(default="K", description="Decisions: K-3.")
    meeting: Letter = Field(default="R", description="Meetings: R-2.")
    action: Letter = Field(default="A", description="What the bot did, or what waits in the control room: A-17.")


class Names(Section):
    """Names shown instead of those of the language."""

    roles: Mapping[Role, Text] = Field(default={}, description="Shown name per role, as leader: Mayor.")
    kinds: Mapping[Kind, Text] = Field(default={}, description="Shown name per kind, as directive: Order.")


class Rights(Section):
    """Who may do what: a list of roles and of person ids of the roster. Standing comes from the roster alone."""

    invite_bot: Who = Field(default=("leader", "deputy", "expert"), description="Whose invitation the bot accepts.")
    order: Who = Field(
        default=("leader", "deputy", "secretary"),
        description="Whose messages can be directives.",
    )
    relay: Who = Field(
        default=("secretary",),
        description="Who may pass orders on in a leader's name; what others pass on waits to be confirmed.",
    )
    decide: Who = Field(
        default=("leader", "deputy", "secretary"),
        description="Whose messages can be decisions; a secretary's are mostly passed on from the leader.",
    )
    accept: Who = Field(
        default=("leader", "deputy", "secretary"),
        description="Who accepts a report or returns it for completion.",
    )
    correct: Who = Field(
        default=("expert",),
        description="Who may mend the tag of another person's message; authors may always mend their own.",
    )
    moderate: Who = Field(
        default=("expert",),
        description="Who uses the commands of the control room: stages and membership.",
    )
    lock: Who = Field(
        default=("leader", "deputy", "expert"),
        description="Who locks a room, so that only those who lead it may write, and opens it again.",
    )
    approve: Who = Field(
        default=("leader", "deputy", "secretary", "expert"),
        description="Who may be the second person where two are needed; never the one who asked.",
    )
    move: Who = Field(
        default=("leader", "deputy", "secretary", "expert"),
        description="Who may move talk to where it belongs, with ↪ or a command.",
    )
    warn: Who = Field(default=("leader", "deputy", "expert"), description="Who may warn somebody, alone.")
    mute: Who = Field(
        default=("leader", "deputy", "expert"),
        description="Who may mute somebody alone, for at most sanctions.mute_alone; and who ends a mute.",
    )
    mute_long: Who = Field(
        default=("leader", "deputy"),
        description="Who may mute for longer alone; whoever may moderate needs a second person for it.",
    )
    remove: Who = Field(
        default=("leader", "deputy"),
        description="Who may remove and ban alone; whoever may moderate needs a second person for it.",
    )
    redact: Who = Field(
        default=("leader", "deputy", "expert"), description="Who may take back another person's message, alone."
    )
    undo: Who = Field(
        default=("leader", "deputy", "expert"),
        description="Who may undo what was done to a person or a room, and lift a ban.",
    )
    meeting: Who = Field(
        default=("leader", "deputy", "secretary", "expert"),
        description="Who opens and closes meetings in a room, and gives the floor in them.",
    )
    own_unit: Who = Field(
        default=("head", "subdistrict_head"),
        description="Who may warn and briefly mute people of their own unit, if several of it are in the room.",
    )
    verify: Who = Field(
        default=("leader", "deputy", "secretary", "expert"),
        description="Who looks at photos and videos that wait for it; never at those of the own unit.",
    )


class Proof(Section):
    """What counts as evidence, and how long the bot waits for it."""

    kinds: tuple[EvidenceKind, ...] = Field(
        default=("photo", "video"), description="What counts as evidence; judged by the bytes, not by the name."
    )
    pair_before: Duration = Field(
        default=timedelta(minutes=10),
        description="A photo this long before the text, by the same person, belongs to it.",
    )
    pair_after: Duration = Field(
        default=timedelta(minutes=10),
        description="A photo this long after the text, by the same person, belongs to it without a reply.",
    )
    ask_after: Duration = Field(
        default=timedelta(minutes=10), description="When a report without evidence is asked for it, once."
    )
    wait: Duration = Field(
        default=timedelta(hours=2), description="How long evidence is waited for before the report is incomplete."
    )
    promised: Duration = Field(
        default=timedelta(hours=6),
        description="How long evidence is waited for that a report says will follow, unless it says until when.",
    )
    nil_reports: Flag = Field(
        default=True, description="A report that there is nothing to report needs no evidence: true or false."
    )


class Evidence(Proof):
    """What proves a report, how long the bot waits for it, and which files are looked at."""

    min_long_edge: Whole = Field(default=480, description="Smallest long edge of a photo, in pixels.")
    min_bytes: Size = Field(default=8_000, description="A smaller file is no evidence.")
    max_bytes: Size = Field(default=100_000_000, description="A larger file is not downloaded.")
    max_pixels: Whole = Field(default=100_000_000, description="A picture of more pixels is not decoded.")
    min_duration: Duration = Field(default=timedelta(seconds=2), description="A shorter video is no evidence.")
    max_duration: Duration = Field(default=timedelta(minutes=15), description="A longer video is not decoded.")
    checks: Checks = Field(default=Checks(), description="What is looked for in them, and what follows.")
    check_within: Duration = Field(
        default=timedelta(hours=24),
        description="How long a photo waits to be looked at; then it counts, marked as not checked.",
    )
    cards_per_hour: Whole = Field(
        default=6, description="At most so many photos an hour are put before the control room."
    )
    replaced_within: Duration = Field(
        default=timedelta(minutes=10),
        description="The same picture that replaces a sent one within this time needs nobody's eye.",
    )


class Acknowledgement(Section):
    """What counts as "received" besides what the language already knows."""

    emoji: tuple[Text, ...] = Field(default=(), description="More reactions that acknowledge.")
    words: tuple[Text, ...] = Field(default=(), description="More short answers that acknowledge.")


class Emergencies(Section):
    """What rings at any hour."""

    words: tuple[Text, ...] = Field(
        default=(), description="More words that make a message an emergency, besides those of the languages."
    )
    calm: tuple[Text, ...] = Field(default=(), description="More words beside which it is none: drill, last year.")
    hashtag: Hashtag = Field(
        default=DEFAULTS["id"].emergency_hashtag, description="The hashtag that always makes one."
    )
    ring: tuple[Role, ...] = Field(
        default=("leader", "deputy", "secretary"), description="Roles that are rung at once, quiet hours or not."
    )


class Reminders(Section):
    """Open tasks and their hours."""

    before_due: tuple[Duration, ...] = Field(
        default=(timedelta(hours=2),), description="How long before the due time units that owe are reminded."
    )
    grace: Duration = Field(
        default=timedelta(minutes=30), description="How long after the due time a task becomes late."
    )
    accept_after: Duration = Field(
        default=timedelta(hours=72), description="When a report without objection counts as accepted."
    )
    quiet_hours: Annotated[QuietHours, OrHours()] = Field(
        default=QuietHours(),
        description="When nothing but emergencies and very urgent orders rings: 21:00-06:00, or `off` for never,"
        " holidays included; or lines, for weekdays and units, too.",
    )


class Card(Section):
    """The one message that shows how a directive stands."""

    edit_every: Duration = Field(default=timedelta(seconds=60), description="Edited at most this often.")
    lines: Whole = Field(default=12, description="Longest card, in lines (6 to 40).")


class Share(Section):
    """Whose room it is: whoever holds an office of one of these units, or has one of these roles, or is named."""

    units: tuple[Slug, ...] = Field(default=(), description="Ids of units of the roster, as [bpbd, kesehatan].")
    kinds: tuple[Slug, ...] = Field(default=(), description="Kinds of units of the roster, as [subdistrict].")
    roles: tuple[Role, ...] = Field(default=(), description="Roles, as [leader, deputy].")
    persons: tuple[Slug, ...] = Field(default=(), description="Ids of persons of the roster.")

    @property
    def empty(self) -> bool:
        """Whether it takes in nobody."""
        return not (self.units or self.kinds or self.roles or self.persons)


class RoomRules(Section):
    """What is different in one working group. What is not written is as in the forum."""

    members: Share | None = Field(
        default=None,
        description="Who is a member. Without this line nobody is invited to the room or removed from it.",
    )
    evidence: Proof | None = Field(default=None, description="Lines of `evidence` that differ in this room.")
    reminders: Reminders | None = Field(default=None, description="Lines of `reminders` that differ in this room.")
    urgency: Urgency | None = Field(default=None, description="Lines of `urgency` that differ in this room.")
    conduct: Pace | None = Field(default=None, description="Lines of `conduct` that differ in this room.")
    servers: Servers | None = Field(default=None, description="Lines of `servers` that differ in this room.")


class Space(Section):
    """The space around the rooms, where bridge.yaml names one."""

    link: Flag = Field(
        default=False,
        description="Whether the bot lists the rooms in the space where it may: true or false.",
    )


class Tagger(Section):
    """How messages are understood."""

    languages: tuple[Language, ...] = Field(
        default=("id", "en"), description="Languages in which staff write; the forum's own is always understood."
    )
    words: Mapping[Label, tuple[Text, ...]] = Field(
        default={}, description="More words that speak for a label, as report: [progres]."
    )
    confirm_above_units: Whole = Field(
        default=5, description="An unsure directive to more units than this gets no card until confirmed."
    )
    doubts_per_hour: Whole = Field(
        default=3, description="How many doubts an hour the experts are asked about in the control room."
    )


class PolicyFile(Section):
    """The rules of one forum."""

    forum: Forum = Field(description="Who the forum is and where it lives.")
    stage: Stage = Field(
        default="watch",
        description="Where a forum starts: watch, tag, remind or enforce. A living room always starts at watch.",
    )
    letters: Letters = Field(default=Letters(), description="Letters before the numbers that people see.")
    names: Names = Field(default=Names(), description="Names shown instead of those of the language.")
    rights: Rights = Field(default=Rights(), description="Who may do what.")
    evidence: Evidence = Field(default=Evidence(), description="What proves a report.")
    acknowledgement: Acknowledgement = Field(default=Acknowledgement(), description='What counts as "received".')
    emergencies: Emergencies = Field(default=Emergencies(), description="What rings at any hour.")
    reminders: Reminders = Field(default=Reminders(), description="Open tasks and their hours.")
    holidays: Holidays = Field(default=Holidays(), description="Days on which the forum rests.")
    urgency: Urgency = Field(default=Urgency(), description="Reminders of urgent orders.")
    membership: Membership = Field(default=Membership(), description="Joining and leaving.")
    levels: Levels = Field(default=Levels(), description="Power levels in Matrix, by role.")
    servers: Servers = Field(default=Servers(), description="Homeservers that may take part in the rooms.")
    sanctions: Sanctions = Field(default=Sanctions(), description="What is done to people by hand.")
    card: Card = Field(default=Card(), description="The message that shows how a directive stands.")
    record: Record = Field(default=Record(), description="What is kept and shown.")
    week: Week = Field(default=Week(), description="The weekly summary.")
    tagger: Tagger = Field(default=Tagger(), description="How messages are understood.")
    meetings: Meetings = Field(default=Meetings(), description="Meetings in a room.")
    coaching: Coaching = Field(default=Coaching(), description="Help for people, in private.")
    conduct: Conduct = Field(default=Conduct(), description="Rules on messages, and what follows.")
    morning: Morning = Field(default=Morning(), description="What people read in a direct chat in the morning.")
    rooms: Mapping[Slug, RoomRules] = Field(
        default={}, description="What is different in working groups, by the names that bridge.yaml gives them."
    )
    space: Space = Field(default=Space(), description="The space around the rooms.")

    @model_validator(mode="before")
    @classmethod
    def _speak_the_language(cls, data: object) -> object:
        """Fill what is not written from the defaults of the forum's language; what is written stays."""
        if not isinstance(data, Mapping):
            return data
        forum = data.get("forum")
        language = forum.language if isinstance(forum, Forum) else None
        if isinstance(forum, Mapping):
            language = forum.get("language", "id")
        if language is None or language == "id" or language not in DEFAULTS:
            return data
        ours = DEFAULTS[language]
        filled = dict(data)
        for section, values in (
            ("forum", {"salutation": ours.salutation}),
            ("letters", ours.letters),
            ("emergencies", {"hashtag": ours.emergency_hashtag}),
        ):
            written = data.get(section, {})
            if isinstance(written, Section):
                unset = {key: value for key, value in values.items() if key not in written.model_fields_set}
                filled[section] = written.model_copy(update=unset)
            elif isinstance(written, Mapping):
                filled[section] = {**values, **written}
        return filled


class Policy(PolicyFile):
    """A policy in force. ``version`` is the number the ledger gave it (0: not yet recorded)."""

    version: int = Field(default=0, description="Number under which the ledger knows this policy.")
    digest: str = Field(default="", description="SHA-256 of the file, in hexadecimal.")
    borders: Borders = Field(default=Borders(), description="What the file holds that `area` names.")

    def may(self, right: Right, roles: Collection[str], person: str | None = None) -> bool:
        """Whether someone with these roles, or this person by id, holds the right."""
        allowed: tuple[str, ...] = getattr(self.rights, right)
        return (person is not None and person in allowed) or any(role in allowed for role in roles)

    def in_room(self, name: str) -> "Policy":
        """The policy as it is in a working group: what its rules say, and for the rest what the forum's say."""
        return in_room(self, name)


P = TypeVar("P", bound=PolicyFile)


def in_room(policy: P, name: str) -> P:
    """A policy with the lines that a room has of its own in the place of the forum's."""
    rules = policy.rooms.get(name)
    if rules is None:
        return policy
    changed: dict[str, Section] = {}
    for section in sorted(rules.model_fields_set & type(policy).model_fields.keys()):
        own: Section | None = getattr(rules, section)
        if own is not None:
            lines = {key: getattr(own, key) for key in own.model_fields_set}
            forums: Section = getattr(policy, section)
            changed[section] = forums.model_copy(update=lines)
    return policy.model_copy(update=changed)
