"""What people agreed to beside the roster's file, laid over it: acting heads, lent rights, guests, other accounts.

The file stays the law: what it says by now is no longer laid over it, and what contradicts it does not count. Pure,
and made again from the facts alone. A replaced account ends at a moment and not with a day, so the roster that
results knows what had been granted at each instant.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from bridge.model.clock import moment
from bridge.model.facts import Granted
from bridge.policy.roster import (
    LEADING,
    UNITLESS,
    Days,
    Due,
    Identifier,
    Lent,
    Office,
    Person,
    Roster,
    RosterFile,
    Standing,
    holds,
    overlap,
)
from bridge.policy.types import Role

State = Literal["beside", "in_file", "against_file"]

_ONE_DAY = timedelta(days=1)


def lay_over(listed: Roster, grants: Iterable[Granted]) -> Roster:
    """The roster in force: the one of the file, with what was granted beside it."""
    ordered = tuple(sorted(grants, key=lambda grant: grant.at))
    return _Laid(listed, ordered) if ordered else listed


def states_of(grants: Iterable[Granted], file: RosterFile) -> dict[str, State]:
    """By number, whether each grant still stands beside the file, is said by it by now, or is contradicted by it.

    Of a person's accounts that replaced one another only the last counts: what led to it is settled with it.
    """
    states: dict[str, State] = {}
    chains: dict[str, list[str]] = {}
    for grant in grants:
        state = states[grant.number] = _state(grant, file)
        if grant.what == "account" and state != "against_file":
            chains.setdefault(grant.person, []).append(grant.number)
    for numbers in chains.values():
        states |= dict.fromkeys(numbers, states[numbers[-1]])
    return states


def _state(grant: Granted, file: RosterFile) -> State:
    persons = {person.id for person in file.persons}
    units = {unit.id for unit in file.units}
    if grant.what == "acting":
        return _acting(grant, file, persons, units)
    if grant.what == "guest":
        if any(identifier.matrix == grant.user for person in file.persons for identifier in person.identifiers):
            return "in_file"
        return "beside" if grant.by in persons else "against_file"
    if grant.what == "account":
        return _account(grant, file)
    return "beside" if grant.by in persons and grant.unit in units else "against_file"


def _acting(grant: Granted, file: RosterFile, persons: set[str], units: set[str]) -> State:
    if grant.person not in persons or not (grant.role or grant.unit in units):
        return "against_file"
    days = _days(grant)
    if grant.role:
        own = (office for office in file.offices if office.person == grant.person and office.role == grant.role)
        return "in_file" if any(overlap(office, days) for office in own) else "beside"
    same = (office for office in file.offices if office.person == grant.person and office.unit == grant.unit)
    if any(office.role in LEADING and overlap(office, days) for office in same):
        return "in_file"
    return "beside"


def _account(grant: Granted, file: RosterFile) -> State:
    """Said by the file when it has the new account and no longer the old one."""
    person = next((one for one in file.persons if one.id == grant.person), None)
    if person is None:
        return "against_file"
    new = Days(_days(grant).begins, None)
    for other in file.persons:
        if other.id != person.id and any(i.matrix == grant.user and overlap(i, new) for i in other.identifiers):
            return "against_file"
    after = _days(grant).begins or date.max
    has_new = any(i.matrix == grant.user and holds(i, after) for i in person.identifiers)
    has_old = any(i.matrix == grant.replaces and holds(i, after) for i in person.identifiers)
    return "in_file" if has_new and not has_old else "beside"


def acting_role(file: RosterFile, unit: str) -> Role:
    """The role in which somebody acts for a unit: that of those who answer, or answered, for it."""
    roles = [office.role for office in file.offices if office.unit == unit and office.role in LEADING]
    return roles[-1] if roles else "head"


def _role(grant: Granted) -> Role | None:
    """The office without a unit in which somebody acts."""
    return next((role for role in UNITLESS if role == grant.role), None)


def _days(grant: Granted) -> Days:
    return Days(date.fromisoformat(grant.begins), date.fromisoformat(grant.ends) if grant.ends else None)


def file_with(file: RosterFile, grants: Sequence[Granted]) -> tuple[RosterFile, tuple[Lent, ...]]:
    """The roster's file as it would be with these grants folded in, and the rights that are lent beside it."""
    persons = {person.id: person for person in file.persons}
    offices = list(file.offices)
    lent: list[Lent] = []
    states = states_of(grants, file)
    for grant in grants:
        if states[grant.number] != "beside":
            continue
        days = _days(grant)
        if grant.what == "account":
            persons[grant.person] = _moved(persons[grant.person], grant, days)
        elif grant.what == "guest":
            account = Identifier(matrix=grant.user)
            persons[grant.person] = Person(id=grant.person, name=grant.name, identifiers=(account,))
            offices.append(_guest(grant, days))
        elif grant.what == "acting":
            offices.append(
                Office(
                    person=grant.person,
                    role=_role(grant) or acting_role(file, grant.unit),
                    unit=grant.unit or None,
                    begins=days.begins or date.min,
                    ends=days.ends,
                    acting=True,
                )
            )
        else:
            rights = frozenset(grant.rights)
            lent.append(Lent(grant.number, grant.person, grant.unit, rights, grant.by, days.begins, days.ends))
    laid = file.model_copy(update={"persons": tuple(persons.values()), "offices": tuple(offices)})
    return laid, tuple(lent)


def _guest(grant: Granted, days: Days) -> Office:
    return Office(
        person=grant.person,
        role="guest",
        unit=grant.unit or None,
        begins=days.begins or date.min,
        ends=days.ends,
        sponsor=grant.by,
        purpose=grant.purpose or None,
        # Where guests only read, whoever came by command is muted by an act of its own, which people may take back.
        writes=True,
    )


def _moved(person: Person, grant: Granted, days: Days) -> Person:
    """The person with the old account closed the day before, and the new one from the day on."""
    begins = days.begins or date.min
    kept = []
    for identifier in person.identifiers:
        if identifier.matrix != grant.replaces or not holds(identifier, begins):
            kept.append(identifier)
        elif identifier.begins is None or identifier.begins < begins:
            kept.append(identifier.model_copy(update={"ends": begins - _ONE_DAY}))
    if not any(identifier.matrix == grant.user and holds(identifier, begins) for identifier in kept):
        kept.append(Identifier(matrix=grant.user, begins=begins))
    return person.model_copy(update={"identifiers": tuple(kept)})


class _Laid(Roster):
    """A roster with grants over it: what is asked about an instant is answered with what was granted by then."""

    def __init__(self, listed: Roster, grants: tuple[Granted, ...]) -> None:
        file, lent = file_with(listed.file, grants)
        super().__init__(file, listed.zone, version=listed.version, digest=listed.digest, lent=lent)
        self.grants = grants
        self._listed = listed
        self._moments = [moment(grant.at) for grant in grants]
        self._earlier: dict[int, Roster] = {0: listed}

    @property
    def listed(self) -> Roster:
        return self._listed

    def numbered(self, version: int) -> Roster:
        return _Laid(self._listed.numbered(version), self.grants)

    def standing(self, user_id: str, on: datetime) -> Standing | None:
        then = self.then(on)
        return super().standing(user_id, on) if then is self else then.standing(user_id, on)

    def standing_of(self, person_id: str, on: datetime) -> Standing | None:
        then = self.then(on)
        return super().standing_of(person_id, on) if then is self else then.standing_of(person_id, on)

    def person_of(self, user_id: str, on: datetime) -> Person | None:
        then = self.then(on)
        return super().person_of(user_id, on) if then is self else then.person_of(user_id, on)

    def user_ids(self, person_id: str, on: datetime) -> tuple[str, ...]:
        then = self.then(on)
        return super().user_ids(person_id, on) if then is self else then.user_ids(person_id, on)

    def persons_due(self, on: datetime) -> tuple[Due, ...]:
        then = self.then(on)
        return super().persons_due(on) if then is self else then.persons_due(on)

    def accounts_due(self, on: datetime) -> Mapping[str, Standing]:
        then = self.then(on)
        return super().accounts_due(on) if then is self else then.accounts_due(on)

    def heads_of(self, unit_id: str, on: datetime) -> tuple[Standing, ...]:
        then = self.then(on)
        return super().heads_of(unit_id, on) if then is self else then.heads_of(unit_id, on)

    def then(self, on: datetime) -> Roster:
        # An earlier one is made when it is first asked for, which is seldom.
        count = bisect_right(self._moments, on)
        if count == len(self.grants):
            return self
        known = self._earlier.get(count)
        if known is None:
            file, lent = file_with(self._listed.file, self.grants[:count])
            known = Roster(file, self.zone, version=self.version, digest=self.digest, lent=lent)
            self._earlier = {**self._earlier, count: known}
        return known
