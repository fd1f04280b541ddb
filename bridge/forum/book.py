"""What the rules go by: the policy and roster in force, the words of the languages, the forum's rooms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from bridge.forum.addressing import Directory
from bridge.forum.due import DueReader
from bridge.forum.tagging import Tagger
from bridge.model.clock import moment
from bridge.model.effects import Hearing, Value
from bridge.model.speech import ChangeWords, DecisionWords, MeetingWords, RelayWords, ReportWords, UrgencyWords
from bridge.policy.models import Policy
from bridge.policy.roster import Roster, Standing

ACKNOWLEDGING = frozenset("👍🙏👌✅💪🫡❤🔥👏")
"""Reactions that people acknowledge with anyway, without skin tone and variation selectors."""

ACCEPTING = frozenset("👍✅")
RETURNING = frozenset("👎↩")
CORRECTING: Mapping[str, str] = {"📌": "directive", "📋": "report", "⚖": "decision", "🚫": "chatter"}
CHIPS: Mapping[str, str] = {"directive": "📌", "report": "📋", "decision": "⚖️"}


Written = Callable[[str, Mapping[str, Value]], str]
"""The sentence of a key with its values in the forum's language; empty when there is no such sentence."""


def unwritten(key: str, values: Mapping[str, Value]) -> str:
    """In the place of sentences, where there are no words: the key and what is put into it."""
    return f"{key} {dict(values)}"


@dataclass(frozen=True)
class Book:
    """Everything a rule knows beside the event and the situation. Replaced whole when a file changes."""

    forum: str
    policy: Policy
    roster: Roster
    directory: Directory
    tagger: Tagger
    due_readers: tuple[DueReader, ...]
    """One per language that is understood, the forum's own first."""
    commands: Mapping[str, str]
    """Command words of the forum's language to command names."""
    report_words: ReportWords
    """In small letters, of every language that is understood."""
    decision_words: DecisionWords
    """The same."""
    change_words: ChangeWords
    """Of every language that is understood, as the next."""
    relay_words: RelayWords
    hearing: Mapping[str, Hearing]
    """Who hears which text from which stage on, and whether it rings."""
    role_names: Mapping[str, str]
    """Roles as people see them."""
    kind_names: Mapping[str, str]
    """What gets a number, as people see it: directive, report, decision, meeting, action."""
    rooms: Mapping[str, str]
    """`forum`, `control`, `audit` to room ids."""
    bot: str
    """Our own user id."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """The names of working groups to room ids."""
    space: str = ""
    """The room id of the space around the rooms; empty without one."""
    missing: frozenset[str] = frozenset()
    """Names of rooms in the settings of which nobody knows where they are."""
    meeting_words: tuple[MeetingWords, ...] = ()
    """The words by which meetings are led, of every language that is understood."""
    urgency_words: UrgencyWords = field(default_factory=UrgencyWords)
    """The words by which an order is urgent, of every language that is understood."""
    acting_name: str = "{role}"
    """How a role is called that is held for the time being."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """What people read when they are invited or removed (`bridge.lang.commands.load_reasons`)."""
    joints: Mapping[str, str] = field(default_factory=dict)
    """Words between the parts of a command to their names: until, from, for, with, off."""
    lendable: Mapping[str, str] = field(default_factory=dict)
    """Words for what heads of units may lend to their names."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """An example of everything that commands take, as help shows it."""
    spoken: Mapping[str, str] = field(default_factory=dict)
    """Short sentences that are commands in a room without a mark, to the names of commands."""
    courtesies: tuple[str, ...] = ()
    """Courteous words around a command that is written without a mark, the longest first."""
    before: Roster | None = None
    """The roster in force before this one, so that a leader who is no longer in it is still known as one."""
    written: Written = unwritten
    """Sentences about what is done (`bridge.lang.effects`)."""
    software: str = ""
    rehearsal: bool = False
    preview: bool = False
    """Nothing of it leaves the control and audit rooms; no rule asks, delivery does."""

    @property
    def letters(self) -> Mapping[str, str]:
        """The letter of each kind of number."""
        return self.policy.letters.model_dump()

    def number(self, kind: str, value: int) -> str:
        """A number that people see: `number("directive", 12)` is P-12."""
        return f"{getattr(self.policy.letters, kind)}-{value}"

    @cached_property
    def all_rooms(self) -> Mapping[str, str]:
        """The ids of all rooms of the forum to what people call them: `forum`, or the name of a working group."""
        named = {**self.rooms, **self.groups, **({"space": self.space} if self.space else {})}
        return {room: name for name, room in named.items()}

    def policy_in(self, room: str) -> Policy:
        """The policy as it is in a room: a working group may have lines of its own."""
        return self.in_room(room).policy

    def in_room(self, room: str) -> Book:
        """The book as it is for what happens in a room."""
        return self._by_room.get(room, self)

    @cached_property
    def _by_room(self) -> Mapping[str, Book]:
        return {
            room: replace(self, policy=self.policy.in_room(name))
            for name, room in self.groups.items()
            if name in self.policy.rooms
        }

    @cached_property
    def series(self) -> frozenset[str]:
        """All letters in use."""
        return frozenset(self.letters.values())

    def standing(self, user: str, at: int) -> Standing | None:
        """The standing of an account at a time in milliseconds."""
        return self.roster.standing(user, moment(at))

    def local(self, at: int) -> datetime:
        """A time in milliseconds in the forum's zone."""
        return moment(at).astimezone(self.policy.forum.zone)

    def holiday(self, at: int) -> str:
        """What the holiday is called on which a time in milliseconds lies; empty on every other day."""
        found = self.policy.holidays.on(self.local(at).date())
        return found.name if found is not None else ""

    def iso(self, at: int) -> str:
        """The same as ISO 8601 text, for the values of a text."""
        return self.local(at).isoformat(timespec="seconds")

    def role_shown(self, role: str, acting: bool) -> str:
        """A role as people see it; `Plt. Bupati` where the office is held for the time being."""
        name = self.role_names.get(role, role)
        return self.acting_name.format(role=name) if acting and name else name

    def unit_name(self, unit_id: str) -> str:
        """A unit's short name, or its id when the roster does not know it (any more)."""
        unit = self.roster.unit(unit_id)
        return unit.short if unit else unit_id

    def users_with(self, roles: tuple[str, ...], at: int) -> dict[str, tuple[str, ...]]:
        """Person id to user ids of everybody who holds one of these roles."""
        wanted = set(roles)
        return {
            due.standing.person.id: due.user_ids
            for due in self.roster.persons_due(moment(at))
            if wanted & due.standing.roles
        }

    def users_of_units(self, units: tuple[str, ...], at: int) -> tuple[str, ...]:
        """The accounts of those who answer for these units."""
        users: dict[str, None] = {}
        for unit in units:
            for standing in self.roster.heads_of(unit, moment(at)):
                for user in self.roster.user_ids(standing.person.id, moment(at)):
                    users[user] = None
        return tuple(users)
