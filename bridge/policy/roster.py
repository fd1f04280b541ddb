"""The roster: who is who, in which office, between which dates; the law of membership.

``RosterFile`` is the shape of ``roster.yaml``. :class:`Roster` is what the house asks: it is built once per load,
indexed by account, and every answer is a pure function of an instant. Dates count in the forum's zone: a period
begins at 00:00 on its first day and ends at 24:00 on its last, so a guest until today leaves at midnight.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Protocol
from zoneinfo import ZoneInfo

from pydantic import Field

from bridge.model.facts import Granted
from bridge.policy.models import Section
from bridge.policy.spellings import Spellings
from bridge.policy.types import Date, Flag, Language, Role, Slug, Text, UserId

RANK: Mapping[str, int] = {
    "leader": 0,
    "deputy": 1,
    "secretary": 2,
    "head": 3,
    "subdistrict_head": 3,
    "expert": 4,
    "auditor": 5,
    "guest": 6,
}
"""Of several offices of one person the lowest is the principal one, and of the same rank the own before an acting
one: a deputy acting as leader speaks as leader, a subdistrict head acting for an agency as subdistrict head."""

LEADING = ("leader", "deputy", "secretary", "head", "subdistrict_head")
"""Roles whose holders answer for the unit of their office."""

UNITLESS: tuple[Role, ...] = ("leader", "deputy")
"""Roles without a unit in which somebody may act."""


class Unit(Section):
    """An agency, office or subdistrict to which directives are addressed."""

    id: Slug = Field(description="Never changes once used: dlh.")
    name: Text = Field(description="Full name, as in documents.")
    short: Text = Field(description="Short name, as on the card and in file names.")
    aliases: tuple[Text, ...] = Field(default=(), description="Other names people write; capitals do not matter.")
    kind: Slug = Field(
        default="agency",
        description='Group, for "all agencies" or "all subdistricts": agency, subdistrict, or a word of your own.',
    )
    within: Slug | None = Field(
        default=None, description="Id of the unit in whose area it lies, such as the subdistrict of a village."
    )


class Identifier(Section):
    """An account of a person, between two dates."""

    matrix: UserId = Field(description='Matrix user id in quotes: "@name:server".')
    begins: Date | None = Field(
        default=None, validation_alias="from", description="First day, if not from ever before."
    )
    ends: Date | None = Field(default=None, validation_alias="to", description="Last day, if it has ended.")


class Person(Section):
    """A human being. Accounts and offices come and go; the id stays."""

    id: Slug = Field(description="Never changes once used, not even with the office or the telephone.")
    name: Text = Field(description="Name as people see it.")
    identifiers: tuple[Identifier, ...] = Field(default=(), description="Accounts of this person.")
    language: Language | None = Field(
        default=None, description="Language of direct messages to this person, if not the forum's: id or en."
    )
    salutation: Text | None = Field(
        default=None, description="How direct messages address this person, instead of the forum's salutation."
    )


class Office(Section):
    """A person's role in a unit between two dates."""

    person: Slug = Field(description="Id of the person.")
    role: Role = Field(
        description="leader, deputy, secretary, head, subdistrict_head, expert, auditor or guest.",
    )
    unit: Slug | None = Field(
        default=None, description="Id of the unit; heads, subdistrict heads and secretaries need one."
    )
    begins: Date = Field(validation_alias="from", description="First day, as in the letter of appointment.")
    ends: Date | None = Field(default=None, validation_alias="to", description="Last day, if it is known.")
    acting: Flag = Field(default=False, description="Holds the office for the time being: true or false.")
    sponsor: Slug | None = Field(default=None, description="Who answers for a guest: id of a person.")
    purpose: Text | None = Field(default=None, description="What a guest is here for.")
    writes: Flag | None = Field(
        default=None,
        description="Whether this guest may write: true or false; otherwise as guests_write of the policy says.",
    )


class RosterFile(Section):
    """Units, persons and offices of one forum."""

    units: tuple[Unit, ...] = Field(default=(), description="Agencies, offices and subdistricts.")
    persons: tuple[Person, ...] = Field(description="People with ids of their own.")
    offices: tuple[Office, ...] = Field(description="Who holds which role, where, between which dates.")


@dataclass(frozen=True, slots=True)
class Lent:
    """Rights that the head of a unit lends somebody for the unit, between two dates."""

    number: str
    person: str
    unit: str
    rights: frozenset[str]
    """tag, report, knock, warn."""
    giver: str
    begins: date | None
    ends: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account may be taken for at an instant. ``unit`` and ``acting`` are those of the principal office."""

    person: Person
    office: Office
    offices: tuple[Office, ...]
    """All offices held, principal first."""
    unit: Unit | None
    units: tuple[Unit, ...]
    """Units of all offices, principal first; whoever acts for a second agency reports for both."""
    roles: frozenset[Role]
    acting: bool
    lent: tuple[Lent, ...] = ()
    """What heads of units have lent and may lend today."""

    @property
    def role(self) -> Role:
        """The role of the principal office."""
        return self.office.role

    def only_reads(self, guests_write: bool) -> bool:
        """Whether this is a guest, and nothing else, who may not write; ``guests_write`` is the policy's word."""
        return all(
            office.role == "guest" and not (guests_write if office.writes is None else office.writes)
            for office in self.offices
        )

    @property
    def heads(self) -> frozenset[str]:
        """Ids of the units for which this person answers, acting or not."""
        return frozenset(office.unit for office in self.offices if office.unit and office.role in LEADING)

    @property
    def owns(self) -> frozenset[str]:
        """Ids of the units for which this person answers in an office of their own: only these can be lent."""
        return frozenset(
            office.unit for office in self.offices if office.unit and office.role in LEADING and not office.acting
        )

    def borrows(self, right: str) -> frozenset[str]:
        """Ids of the units for which somebody has lent this right: tag, report, knock or warn."""
        return frozenset(lent.unit for lent in self.lent if right in lent.rights)


@dataclass(frozen=True, slots=True)
class Due:
    """A person who must be a member at an instant, with the accounts in force."""

    standing: Standing
    user_ids: tuple[str, ...]


class _Period(Protocol):
    @property
    def begins(self) -> date | None: ...
    @property
    def ends(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Days:
    """A period from its first day to its last; None: from ever before, or without an end."""

    begins: date | None
    ends: date | None


def holds(period: _Period, day: date) -> bool:
    """Whether ``day`` lies in the period; both of its days are included."""
    return (period.begins is None or period.begins <= day) and (period.ends is None or day <= period.ends)


def overlap(one: _Period, other: _Period) -> bool:
    """Whether two periods share a day."""
    begins = [p.begins for p in (one, other) if p.begins is not None]
    ends = [p.ends for p in (one, other) if p.ends is not None]
    return not begins or not ends or max(begins) <= min(ends)


def plain(text: str) -> str:
    """Text for comparing names: folded case, letters and digits only, single spaces."""
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


@dataclass(frozen=True, slots=True)
class _Day:
    """Who is due on one day, by person id and by account."""

    by_person: Mapping[str, Due]
    by_account: Mapping[str, Standing]
    heads: Mapping[str, tuple[Standing, ...]]
    """By unit, those who answer for it."""


def _heads(everyone: Iterable[Due]) -> dict[str, tuple[Standing, ...]]:
    """Own before acting, higher before lower."""
    found: dict[str, list[tuple[tuple[bool, int], Standing]]] = {}
    for due in everyone:
        leading = [office for office in due.standing.offices if office.role in LEADING]
        for unit in {office.unit for office in leading if office.unit is not None}:
            rank, acting = min((RANK[o.role], o.acting) for o in leading if o.unit == unit)
            found.setdefault(unit, []).append(((acting, rank), due.standing))
    return {
        unit: tuple(standing for _, standing in sorted(those, key=lambda pair: pair[0]))
        for unit, those in found.items()
    }


_DAYS_KEPT = 16


class Roster:
    """A roster in force. ``version`` is the number the ledger gave it, ``digest`` the SHA-256 of the file.

    ``lent`` are rights that stand beside the file (:mod:`bridge.policy.overlay`).
    """

    grants: tuple[Granted, ...] = ()
    """What is laid over the file."""

    def __init__(
        self,
        file: RosterFile,
        zone: ZoneInfo,
        *,
        version: int = 0,
        digest: str = "",
        lent: Iterable[Lent] = (),
    ) -> None:
        self.file = file
        self.zone = zone
        self.version = version
        self.digest = digest
        self._units = {unit.id: unit for unit in file.units}
        self._persons = {person.id: person for person in file.persons}
        self._accounts: dict[str, list[tuple[Person, Identifier]]] = {}
        for person in file.persons:
            for identifier in person.identifiers:
                self._accounts.setdefault(identifier.matrix, []).append((person, identifier))
        self._days: dict[date, _Day] = {}
        self._offices: dict[str, list[Office]] = {}
        for office in file.offices:
            self._offices.setdefault(office.person, []).append(office)
        for offices in self._offices.values():
            offices.sort(key=lambda office: (RANK[office.role], office.acting))
        self._lent: dict[str, list[Lent]] = {}
        for one in lent:
            self._lent.setdefault(one.person, []).append(one)

    @property
    def listed(self) -> "Roster":
        """The roster as the file has it, with nothing laid over it."""
        return self

    def then(self, on: datetime) -> "Roster":
        """The roster with what was laid over the file by an instant; the same object for all of a while."""
        return self

    def numbered(self, version: int) -> "Roster":
        """The same roster under the number that the ledger gave it."""
        return Roster(self.file, self.zone, version=version, digest=self.digest)

    def day(self, on: datetime) -> date:
        """The forum's calendar day at the instant ``on`` (which must know its zone)."""
        if on.tzinfo is None:
            raise ValueError("an instant without a time zone")
        return on.astimezone(self.zone).date()

    # Who is this?

    def standing(self, user_id: str, on: datetime) -> Standing | None:
        """Person, office, unit and roles behind a Matrix user id at an instant; None if not listed then."""
        return self._at(self.day(on)).by_account.get(user_id)

    def standing_of(self, person_id: str, on: datetime) -> Standing | None:
        """The same for a person, with or without an account."""
        due = self._at(self.day(on)).by_person.get(person_id)
        return due.standing if due else None

    def person(self, person_id: str) -> Person | None:
        """The person with this id."""
        return self._persons.get(person_id)

    def person_of(self, user_id: str, on: datetime) -> Person | None:
        """The person behind an account at an instant, in office or not."""
        day = self.day(on)
        return next((p for p, i in self._accounts.get(user_id, ()) if holds(i, day)), None)

    def user_ids(self, person_id: str, on: datetime) -> tuple[str, ...]:
        """The person's accounts in force, in the order of the file."""
        person = self._persons.get(person_id)
        return _accounts(person, self.day(on)) if person else ()

    def persons(self) -> tuple[Person, ...]:
        """Everyone ever listed, in the order of the file."""
        return self.file.persons

    # Who belongs here?

    def persons_due(self, on: datetime) -> tuple[Due, ...]:
        """Everyone who must be a member at an instant, in the order of the file."""
        return self.persons_on(self.day(on))

    def persons_on(self, day: date) -> tuple[Due, ...]:
        """The same for a day, by all that is laid over the file, whenever it was granted."""
        return tuple(self._at(day).by_person.values())

    def accounts_due(self, on: datetime) -> Mapping[str, Standing]:
        """The accounts in force at an instant of everyone who must be a member, for whoever asks of thousands."""
        return self._at(self.day(on)).by_account

    def offices_of(self, person_id: str) -> tuple[Office, ...]:
        """All offices of a person, past and to come, the highest first."""
        return tuple(self._offices.get(person_id, ()))

    # Units

    def units(self, kind: str | None = None) -> tuple[Unit, ...]:
        """All units, or those of a kind, in the order of the file."""
        return tuple(unit for unit in self.file.units if kind is None or unit.kind == kind)

    def unit(self, unit_id: str) -> Unit | None:
        """The unit with this id."""
        return self._units.get(unit_id)

    def heads_of(self, unit_id: str, on: datetime) -> tuple[Standing, ...]:
        """Those who answer for a unit at an instant (its head, subdistrict head or leaders), own before acting."""
        return self._at(self.day(on)).heads.get(unit_id, ())

    # Typing errors

    def find_person(self, text: str, limit: int = 3) -> tuple[Person, ...]:
        """Persons whose id, name or account is nearest to ``text``, best first; at most ``limit``, perhaps none."""
        found = self._spellings.nearest(plain(text.split(":")[0]), limit)
        return tuple(self.file.persons[position] for position in found)

    @cached_property
    def _spellings(self) -> Spellings:
        """What each person may be called."""
        return Spellings(
            tuple({plain(name) for name in (p.id, p.name, *(i.matrix.split(":")[0] for i in p.identifiers))})
            for p in self.file.persons
        )

    def _at(self, day: date) -> "_Day":
        """Who stands where on a day. Worked out once a day, because it is asked for every message."""
        known = self._days.get(day)
        if known is None:
            due = {}
            for person in self.file.persons:
                standing = self._standing(person, day)
                if standing is not None:
                    due[person.id] = Due(standing, _accounts(person, day))
            accounts = {user: one.standing for one in due.values() for user in one.user_ids}
            known = _Day(due, accounts, _heads(due.values()))
            # Replaced, never changed in place: several threads ask.
            kept = list(self._days.items())[-_DAYS_KEPT:]
            self._days = {**dict(kept), day: known}
        return known

    def _standing(self, person: Person, day: date) -> Standing | None:
        offices = tuple(o for o in self._offices.get(person.id, ()) if holds(o, day))
        if not offices:
            return None
        units = tuple(dict.fromkeys(o.unit for o in offices if o.unit in self._units))
        principal = offices[0]
        lent = tuple(one for one in self._lent.get(person.id, ()) if holds(one, day) and self._may_lend(one, day))
        # Whoever reports for a unit is of it where tasks are concerned, after the units of the own offices.
        units = tuple(dict.fromkeys((*units, *(one.unit for one in lent if "report" in one.rights))))
        own = principal.unit or next(iter(units), None)
        return Standing(
            person=person,
            office=principal,
            offices=offices,
            unit=self._units.get(own) if own else None,
            units=tuple(self._units[unit] for unit in units if unit in self._units),
            roles=frozenset(o.role for o in offices),
            acting=principal.acting,
            lent=lent,
        )

    def _may_lend(self, lent: Lent, day: date) -> bool:
        """Whether the giver answers for the unit on this day, in an office of their own."""
        return any(
            office.unit == lent.unit and office.role in LEADING and not office.acting and holds(office, day)
            for office in self._offices.get(lent.giver, ())
        )


def _accounts(person: Person, day: date) -> tuple[str, ...]:
    return tuple(dict.fromkeys(i.matrix for i in person.identifiers if holds(i, day)))


def nearest(text: str, known: Iterable[str]) -> str | None:
    """The one of ``known`` that ``text`` was probably meant to be, or None."""
    by_plain = {plain(name): name for name in known}
    found = difflib.get_close_matches(plain(text), by_plain, n=1, cutoff=0.6)
    return by_plain[found[0]] if found else None
