"""A staff list laid beside a roster: what it adds, what it ends, and what people should look at. Pure.

A person of the list is one of the roster by id, by account, or by name without titles; a unit by its id or any of
its names. The roster's own ids, names and first days stay; what the list knows better is who is new and who ended.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bridge.admin.draft import slug_of
from bridge.admin.roster_text import Changes
from bridge.admin.staff_list import ROLES, Entry, Field, ListProblem, StaffList
from bridge.policy.problems import Path
from bridge.policy.roster import Identifier, Office, Person, Roster, Unit, holds, nearest, plain
from bridge.policy.types import Role

_TITLES = frozenset({"dr", "drs", "dra", "drh", "drg", "ir", "prof", "h", "hj", "mr", "mrs", "ms", "apt"})
"""Titles before a name; those behind it come after a comma."""
_MAY_ORDER: tuple[Role, ...] = ("leader", "deputy", "secretary")
_OF_A_UNIT: tuple[Role, ...] = ("head", "subdistrict_head", "secretary", "auditor")
_KINDS: Mapping[Role, str] = {"secretary": "office", "auditor": "office", "subdistrict_head": "subdistrict"}
_LONGEST_SLUG = 40
LIKE = 0.88
"""How alike (0 to 1) two names are of which one may be meant for the other."""


@dataclass(frozen=True, slots=True)
class Options:
    """``at`` is now; ``begins`` is for offices without a first day; ``end_missing`` ends those not in the list."""

    at: datetime
    begins: date | None = None
    end_missing: date | None = None


@dataclass(frozen=True, slots=True)
class News:
    """One change, for people: the key of a sentence, and its values."""

    key: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Merged:
    """What a list comes to. Rows are those from which each addition came, in the order of :class:`Changes`."""

    changes: Changes
    news: tuple[News, ...]
    problems: tuple[ListProblem, ...]
    absent: tuple[str, ...]
    """Names of those in office who are not in the list, and are not changed."""
    first: Mapping[str, int]
    """How many units, persons and offices the roster had."""
    rows: Mapping[str, Sequence[int]]

    def row_of(self, path: Path) -> int | None:
        """The row from which a line of the new roster came; None for one that was there before."""
        match path:
            case (str(section), int(position), *_) if section in self.rows:
                added = position - self.first[section]
                return self.rows[section][added] if 0 <= added < len(self.rows[section]) else None
        return None


def bare_name(name: str) -> str:
    """A name without titles, as names are compared: "Dr. Hj. Melati Contoh, M.Kes." is Melati Contoh."""
    words = plain(name.partition(",")[0]).split()
    while len(words) > 1 and words[0] in _TITLES:
        del words[0]
    return " ".join(words)


class Merger:
    """Lays one list beside a roster."""

    def __init__(self, roster: Roster, options: Options, role_names: Mapping[str, str]) -> None:
        self._roster = roster
        self._options = options
        self._role_names = role_names
        self._today = roster.day(options.at)
        self._persons: dict[str, Person] = {person.id: person for person in roster.persons()}
        self._units: dict[str, Unit] = {unit.id: unit for unit in roster.units()}
        self._added: dict[str, list[tuple[int, Unit | Person | Office]]] = {}
        for section in ("units", "persons", "offices"):
            self._added[section] = []
        self._accounts: list[tuple[int, Identifier]] = []
        self._spoken: list[tuple[int, str, str]] = []
        self._ends: dict[int, date] = {}
        self._seen: set[int] = set()
        """Positions of offices of the roster that the list knows too."""
        self._numbers: dict[str, tuple[str, int]] = {}
        """Personnel number and row of each name, while the list is read."""
        self._news: list[News] = []
        self._problems: list[ListProblem] = []

    def merge(self, staff: StaffList) -> Merged:
        """What the list changes."""
        self._problems = list(staff.problems)
        self._staff = staff
        for entry in staff.entries:
            self._one(entry)
        if self._options.end_missing is not None:
            self._end_missing(staff, self._options.end_missing)
        file = self._roster.file
        added = self._added
        changes = Changes(
            units=[one for _, one in added["units"] if isinstance(one, Unit)],
            persons=[one for _, one in added["persons"] if isinstance(one, Person)],
            offices=[one for _, one in added["offices"] if isinstance(one, Office)],
            accounts=self._accounts,
            spoken=self._spoken,
            ends=self._ends,
        )
        return Merged(
            changes=changes,
            news=tuple(self._news),
            problems=tuple(sorted(self._problems, key=lambda one: (one.row, one.column or 0))),
            absent=() if self._options.end_missing is not None else self._absent(staff),
            first={"units": len(file.units), "persons": len(file.persons), "offices": len(file.offices)},
            rows={section: [row for row, _ in listed] for section, listed in added.items()},
        )

    def _one(self, entry: Entry) -> None:
        before = len([one for one in self._problems if one.severity == "error"])
        if entry.role == "guest":
            self._fault(entry, "role", "import.guest")
        begins = entry.begins or self._options.begins
        person = self._person(entry)
        unit = self._unit(entry) if entry.role in _OF_A_UNIT else None
        if unit is None and entry.role in ("head", "subdistrict_head", "secretary"):
            self._fault(entry, "unit", "import.unit_needed", role=self._role_names[entry.role])
        if len([one for one in self._problems if one.severity == "error"]) > before or person is None:
            return
        person = self._keep_person(entry, person)
        self._account(entry, person)
        self._speaking(entry, self._persons[person.id])
        unit = self._keep_unit(entry, unit) if unit is not None else None
        self._office(entry, person, unit, begins)

    # Persons

    def _person(self, entry: Entry) -> Person | None:
        """The person of the roster or of an earlier row, or a new one that is not kept yet; None when unclear."""
        name = bare_name(entry.name)
        if entry.number is not None and entry.id is None:
            number, row = self._numbers.setdefault(name, (entry.number, entry.row))
            # Excel keeps fifteen digits of a number; the rest of a longer one may be anything.
            if number[:15] != entry.number[:15]:
                self._fault(entry, "number", "import.same_name", value=entry.name, other=str(row))
                return None
        if entry.id is not None and entry.id in self._persons:
            return self._persons[entry.id]
        if entry.account is not None:
            owners = [p for p in self._persons.values() if entry.account in [i.matrix for i in p.identifiers]]
            if owners:
                return owners[0]
        named = [] if entry.id else [p for p in self._persons.values() if bare_name(p.name) == name]
        if len(named) > 1:
            self._fault(entry, "name", "import.person_several", value=entry.name, ids=[p.id for p in named])
            return None
        if named:
            return named[0]
        known = {bare_name(p.name): p.name for p in self._persons.values()}
        near = nearest(name, known)
        if near is not None and _near(name, near):
            self._warn(entry, "name", "import.person_near", value=entry.name, near=known[near])
        slug = entry.id or _unique(slug_of(name) or "p", {*self._persons, *ROLES})
        return Person(id=slug, name=entry.name)

    def _keep_person(self, entry: Entry, person: Person) -> Person:
        if person.id not in self._persons:
            self._persons[person.id] = person
            self._added["persons"].append((entry.row, person))
            self._tell("import.person_added", name=person.name, id=person.id)
        return self._persons[person.id]

    def _account(self, entry: Entry, person: Person) -> None:
        if entry.account is None or entry.account in [one.matrix for one in person.identifiers]:
            return
        current = [one.matrix for one in person.identifiers if holds(one, self._today)]
        if current:
            values = {"name": person.name, "account": current[0], "value": entry.account}
            self._warn(entry, "account", "import.account_replaced", **values)
            return
        account = Identifier(matrix=entry.account)
        with_it = person.model_copy(update={"identifiers": (*person.identifiers, account)})
        self._persons[person.id] = with_it
        for position, (row, one) in enumerate(self._added["persons"]):
            if one is person:
                self._added["persons"][position] = (row, with_it)
                break
        else:
            position = [one.id for one in self._roster.persons()].index(person.id)
            self._accounts.append((position, account))
        self._tell("import.account_added", account=entry.account, name=person.name)

    def _speaking(self, entry: Entry, person: Person) -> None:
        """The language and salutation of a person; what the roster says already stays."""
        for key, value in (("language", entry.language), ("salutation", entry.salutation)):
            current = getattr(self._persons[person.id], key)
            if value is None or value == current:
                continue
            if current is not None:
                field: Field = "language" if key == "language" else "salutation"
                self._warn(entry, field, "import.spoken_kept", name=person.name, current=current, value=value)
                continue
            self._replace(person, self._persons[person.id].model_copy(update={key: value}))
            if person.id in [one.id for one in self._roster.persons()]:
                position = [one.id for one in self._roster.persons()].index(person.id)
                self._spoken.append((position, key, value))
                self._tell(f"import.{key}_added", name=person.name, value=value)

    def _replace(self, person: Person, by: Person) -> None:
        """Keep what is known of a person now; an added one is added so."""
        self._persons[person.id] = by
        for position, (row, one) in enumerate(self._added["persons"]):
            if isinstance(one, Person) and one.id == person.id:
                self._added["persons"][position] = (row, by)

    # Units

    def _unit(self, entry: Entry) -> Unit | None:
        """The unit of the roster or of an earlier row, or a new one that is not kept yet; None without a name."""
        if entry.unit is None:
            return None
        text = plain(entry.unit)
        if not text:
            return None
        names = {plain(name): unit for unit in self._units.values() for name in _names(unit)}
        if text in names:
            return names[text]
        if "unit" in entry.guessed:
            # "Kadis Kesehatan" means the unit whose name ends so, if there is one only.
            ending = {u.id: u for name, u in names.items() if f" {name}".endswith(f" {text}")}
            ending |= {u.id: u for name, u in names.items() if f" {text}".endswith(f" {name}")}
            if len(ending) == 1:
                return next(iter(ending.values()))
        near = nearest(text, names)
        if near is not None and _near(text, near):
            self._warn(entry, "unit", "import.unit_near", value=entry.unit, near=names[near].name)
        taken = {*self._units, *names}
        slug = _unique(slug_of(entry.short or entry.unit) or "u", taken)
        kind = _KINDS.get(entry.role, "agency")
        return Unit(id=slug, name=entry.unit, short=entry.short or entry.unit, kind=kind)

    def _keep_unit(self, entry: Entry, unit: Unit) -> Unit:
        if unit.id not in self._units:
            self._units[unit.id] = unit
            self._added["units"].append((entry.row, unit))
            self._tell("import.unit_added", name=unit.name, id=unit.id)
        return unit

    # Offices

    def _office(self, entry: Entry, person: Person, unit: Unit | None, begins: date | None) -> None:
        unit_id = unit.id if unit is not None else None
        same = [
            (position, office)
            for position, office in enumerate(self._roster.file.offices)
            if (office.person, office.role, office.unit) == (person.id, entry.role, unit_id)
            and (entry.role != "auditor" or entry.unit is not None or office.unit is None)
        ]
        # Somebody may hold an office a second time: the one that the row is about touches its days.
        ahead = [(position, office) for position, office in same if _touches(office, begins, entry.ends)]
        if ahead:
            position, office = ahead[-1]
            self._seen.add(position)
            self._known_office(entry, person, position, office)
            return
        added = [one for _, one in self._added["offices"] if isinstance(one, Office)]
        if any((one.person, one.role, one.unit) == (person.id, entry.role, unit_id) for one in added):
            return
        if begins is None:
            self._fault(entry, "begins", "import.date_needed")
            return
        office = Office(
            person=person.id, role=entry.role, unit=unit_id, begins=begins, ends=entry.ends, acting=entry.acting
        )
        self._added["offices"].append((entry.row, office))
        values = {"office": self._named(office), "day": begins.isoformat(), "name": person.name}
        if entry.ends is None:
            self._tell("import.office_added", **values)
        else:
            self._tell("import.office_added_ends", to=entry.ends.isoformat(), **values)
        if entry.role in _MAY_ORDER and "role" in entry.guessed:
            role = self._role_names[entry.role]
            self._warn(entry, "position", "import.powerful", name=person.name, role=role, value=entry.position)

    def _known_office(self, entry: Entry, person: Person, position: int, office: Office) -> None:
        if entry.begins is not None and entry.begins != office.begins:
            values = {"day": office.begins.isoformat(), "value": entry.begins.isoformat()}
            self._warn(entry, "begins", "import.differs", office=self._named(office), **values)
        if entry.ends is not None and entry.ends != office.ends:
            if entry.ends < office.begins:
                values = {"to": entry.ends.isoformat(), "begins": office.begins.isoformat()}
                self._fault(entry, "ends", "import.dates_reversed", **values)
                return
            self._end(position, office, person, entry.ends)

    def _end(self, position: int, office: Office, person: Person, day: date) -> None:
        self._ends[position] = day
        self._tell("import.office_ended", office=self._named(office), day=day.isoformat(), name=person.name)

    def _end_missing(self, staff: StaffList, day: date) -> None:
        """End offices of the roles in the list that are in force on the day and that no row is about."""
        roles = {entry.role for entry in staff.entries}
        for position, office in enumerate(self._roster.file.offices):
            missing = position not in self._seen and office.role in roles
            if missing and office.begins <= day and (office.ends is None or office.ends > day):
                self._end(position, office, self._persons[office.person], day)

    def _absent(self, staff: StaffList) -> tuple[str, ...]:
        roles = {entry.role for entry in staff.entries}
        offices = enumerate(self._roster.file.offices)
        there = {office.person for position, office in offices if position in self._seen}
        there |= {one.person for _, one in self._added["offices"] if isinstance(one, Office)}
        due = [one.standing for one in self._roster.persons_due(self._options.at)]
        gone = [one.person.name for one in due if one.roles & roles and one.person.id not in there]
        return tuple(dict.fromkeys(gone))

    def _named(self, office: Office) -> str:
        """An office as people call it: "Kepala OPD DLH", "Plt. Camat Citta"."""
        role = self._role_names[office.role]
        unit = self._units.get(office.unit or "")
        named = f"{role} {unit.short}" if unit is not None else role
        return f"{named} (Plt.)" if office.acting else named

    # What is said

    def _tell(self, key: str, **values: str) -> None:
        self._news.append(News(key, values))

    def _fault(self, entry: Entry, of: str, key: str, **values: str | list[str]) -> None:
        self._problems.append(self._placed(entry, of, key, values))

    def _warn(self, entry: Entry, of: str, key: str, **values: str | list[str]) -> None:
        self._problems.append(replace(self._placed(entry, of, key, values), severity="warning"))

    def _placed(self, entry: Entry, of: str, key: str, values: Mapping[str, str | list[str]]) -> ListProblem:
        columns = {str(name): column for name, column in self._staff.heading.columns.items()}
        # What was read from the position is mended there, where there is no column of its own.
        column = columns.get(of) or (columns.get("position") if of in ("role", "unit") else None)
        return ListProblem(entry.row, key, values, column, self._staff.heading.names.get(column or 0, ""))


def _names(unit: Unit) -> Iterable[str]:
    return (unit.id, unit.name, unit.short, *unit.aliases)


def _touches(office: Office, begins: date | None, ends: date | None) -> bool:
    """Whether an office of the roster is the one of a row that begins and ends then (or nobody knows when)."""
    if begins is not None and office.ends is not None and begins > office.ends:
        return False
    return ends is None or ends >= office.begins or begins is None


def _near(one: str, other: str) -> bool:
    """Alike but for a slip of the fingers, rather than another name."""
    return one != other and difflib.SequenceMatcher(None, one, other).ratio() >= LIKE


def _unique(slug: str, taken: Collection[str]) -> str:
    number, found = 1, slug
    while found in taken or plain(found) in taken:
        number += 1
        ending = f"-{number}"
        found = re.sub(r"-+$", "", slug[: _LONGEST_SLUG - len(ending)]) + ending
    return found
