"""From the rows of a staff list to what they say about people, or to every fault in them, each with its place.

Columns are known by their headings, in either language (`bridge/lang/<language>/columns.yaml`). Personnel numbers
tell two people of one name apart and are forgotten then; phone numbers are never read. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Literal, get_args

import msgspec
import yaml

from bridge.admin.tables import Fault, Row, Table, Unreadable, Value, letter
from bridge.lang.catalogue import Catalogue
from bridge.lang.roles import Hints
from bridge.policy.roster import plain
from bridge.policy.types import Language, Role

Field = Literal[
    "id",
    "name",
    "number",
    "position",
    "role",
    "unit",
    "short",
    "begins",
    "ends",
    "account",
    "acting",
    "language",
    "salutation",
    "phone",
]
FIELDS: tuple[Field, ...] = get_args(Field)
ROLES: tuple[Role, ...] = get_args(Role)
_NAMED: list[str] = [role for role in ROLES if role != "guest"]
"""Roles that a list can give; a guest needs more than it says."""
HEADING_WITHIN = 30
"""Rows from the top in which the heading is looked for."""
LONGEST_NAME = 120
_LANGUAGES: Mapping[str, Language] = {
    "id": "id",
    "indonesia": "id",
    "bahasa indonesia": "id",
    "indonesian": "id",
    "en": "en",
    "english": "en",
    "inggris": "en",
    "bahasa inggris": "en",
}
"""Languages that the bot speaks, by what a list calls them."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ACCOUNT = re.compile(r"@[^\s:@]{1,200}:[^\s@/]{1,200}")
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%Y/%m/%d")
_EXCEL_BEGINS = date(1899, 12, 30)
_MONTHS = (
    ("januari", "january", "jan"),
    ("februari", "february", "feb", "pebruari"),
    ("maret", "march", "mar"),
    ("april", "apr"),
    ("mei", "may"),
    ("juni", "june", "jun"),
    ("juli", "july", "jul"),
    ("agustus", "august", "agu", "aug", "ags"),
    ("september", "sep", "sept"),
    ("oktober", "october", "okt", "oct"),
    ("november", "nov", "nopember"),
    ("desember", "december", "des", "dec"),
)
_YES = frozenset(
    {"ya", "y", "yes", "true", "x", "1", "plt", "plh", "pj", "pjs", "pelaksana tugas", "acting", "interim"}
)
_NO = frozenset({"tidak", "t", "no", "n", "false", "0", "definitif", "definitive", "tetap", "permanent"})
_NOTHING = frozenset({"", "-", "–", "—", "n/a", "sekarang", "now", "present", "s.d. sekarang", "sampai sekarang"})


@dataclass(frozen=True, slots=True)
class ListProblem:
    """One fault of a staff list, and where it is. A warning does not keep the list from being imported."""

    row: int
    key: str
    values: Mapping[str, str | list[str]] = field(default_factory=dict)
    column: int | None = None
    header: str = ""
    severity: Literal["error", "warning"] = "error"

    def text(self, file: str, sheet: str | None, say: Catalogue) -> str:
        """One line: file, sheet, row, column, and what to write instead."""
        places = [file]
        if sheet is not None:
            places.append(say.say("import.sheet", sheet=sheet).plain)
        if self.column is None:
            places.append(say.say("import.place_row", row=str(self.row)).plain)
        else:
            column = letter(self.column)
            place = say.say("import.place", row=str(self.row), column=column, header=self.header)
            places.append(place.plain)
        return f"{', '.join(places)}: {say.say(self.key, **self.values).plain}"


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading row: which column holds what, and the columns that nobody knows."""

    row: int
    columns: Mapping[Field, int]
    names: Mapping[int, str]
    unknown: tuple[str, ...]

    def problem(self, row: int, of: Field | None, key: str, **values: str | list[str]) -> ListProblem:
        """A fault of a row, at the column of a field if there is one."""
        column = self.columns.get(of) if of is not None else None
        return ListProblem(row, key, values, column, self.names.get(column or 0, ""))


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row says: a person and an office. ``guessed`` of a role or unit: taken from the position."""

    row: int
    name: str
    role: Role
    id: str | None = None
    number: str | None = None
    position: str = ""
    unit: str | None = None
    guessed: frozenset[Field] = frozenset()
    short: str | None = None
    begins: date | None = None
    ends: date | None = None
    account: str | None = None
    acting: bool = False
    language: Language | None = None
    salutation: str | None = None


@dataclass(frozen=True, slots=True)
class StaffList:
    """A whole list. ``problems`` are in order of rows."""

    sheet: str | None
    heading: Heading
    entries: tuple[Entry, ...]
    problems: tuple[ListProblem, ...]
    rows: int


def load_columns(languages: Iterable[str] = ("id", "en")) -> Mapping[str, Field]:
    """Every heading that is known, as :func:`plain` compares it."""
    known: dict[str, Field] = {}
    for lang in languages:
        text = resources.files("bridge.lang").joinpath(lang, "columns.yaml").read_text(encoding="utf-8")
        listed = msgspec.convert(yaml.load(text, Loader=yaml.BaseLoader), dict[Field, list[str]])  # noqa: S506
        known |= {plain(heading): of for of, headings in listed.items() for heading in headings}
    return known


def read_list(
    tables: Sequence[Table],
    known: Mapping[str, Field],
    hints: Sequence[Hints],
    role_names: Mapping[str, Role],
) -> StaffList:
    """What the table says whose heading is known best. ``role_names`` are the roles by every name they have.

    Raises :class:`Unreadable`.
    """
    found = [(heading, table) for table in tables if (heading := _heading(table, known)) is not None]
    if not found:
        raise Unreadable("import.no_header" if any(table.rows for table in tables) else "import.empty")
    heading, table = max(found, key=lambda pair: len(pair[0].columns))
    reader = _Reader(heading, hints, role_names)
    rows = [row for row in table.rows if row.number > heading.row and not _counts_columns(row)]
    entries = [entry for row in rows if (entry := reader.entry(row)) is not None]
    problems = [*_twice(table, heading, known), *reader.problems]
    if not rows:
        raise Unreadable("import.empty")
    problems.sort(key=lambda one: (one.row, one.column or 0))
    return StaffList(table.sheet, heading, tuple(entries), tuple(problems), len(rows))


def _heading(table: Table, known: Mapping[str, Field]) -> Heading | None:
    best: Heading | None = None
    for row in table.rows[:HEADING_WITHIN]:
        columns: dict[Field, int] = {}
        names: dict[int, str] = {}
        unknown = []
        for column, value in row.cells.items():
            if not isinstance(value, str):
                continue
            names[column] = value
            of = _field(value, known)
            if of is None:
                unknown.append(value)
            else:
                columns.setdefault(of, column)
        enough = "name" in columns and ("position" in columns or "role" in columns)
        if enough and (best is None or len(columns) > len(best.columns)):
            best = Heading(row.number, columns, names, tuple(unknown))
    return best


def _field(heading: str, known: Mapping[str, Field]) -> Field | None:
    """The field of a heading, with or without what stands in brackets."""
    bare = re.sub(r"[(\[].*?[)\]]", " ", heading)
    return known.get(plain(heading)) or known.get(plain(bare))


def _twice(table: Table, heading: Heading, known: Mapping[str, Field]) -> list[ListProblem]:
    problems = []
    for column, name in heading.names.items():
        of = _field(name, known)
        # Several personnel or phone numbers do no harm: none of them is kept.
        if of is not None and of not in ("number", "phone") and heading.columns[of] != column:
            other = heading.names[heading.columns[of]]
            problems.append(
                ListProblem(heading.row, "import.header_twice", {"header": name, "other": other}, column, name)
            )
    return problems


def _counts_columns(row: Row) -> bool:
    """A row below the heading that only numbers the columns, as official forms have it."""
    texts = [value if isinstance(value, str) else "" for value in row.cells.values()]
    return len(texts) > 2 and all(re.fullmatch(r"\(?\d{1,2}\)?", text) for text in texts)


class _Reader:
    """Reads rows one by one; ``problems`` collects what is wrong with them."""

    def __init__(self, heading: Heading, hints: Sequence[Hints], role_names: Mapping[str, Role]) -> None:
        self._heading = heading
        self._hints = hints
        self._role_names = role_names
        self._unread: set[Field] = set()
        """Fields of this row that hold something that cannot be read: told once, and not called empty."""
        self.problems: list[ListProblem] = []

    def entry(self, row: Row) -> Entry | None:
        """What a row says; None if nothing can be made of it, and why is noted."""
        before = len(self.problems)
        self._unread = set()
        texts = {of: self._text(row, of) for of in FIELDS if of not in ("begins", "ends", "phone")}
        begins, ends = self._day(row, "begins"), self._day(row, "ends")
        name = texts["name"]
        if not any(texts.values()) and not self._unread:
            return None
        if not name and "name" not in self._unread:
            self._fault(row, "name", "import.no_name")
        elif len(name) > LONGEST_NAME:
            self._fault(row, "name", "import.too_long", limit=str(LONGEST_NAME))
        if texts["id"] and not _SLUG.fullmatch(texts["id"]):
            self._fault(row, "id", "import.id_wrong", value=texts["id"])
        if texts["account"] and not _ACCOUNT.fullmatch(texts["account"]):
            self._fault(row, "account", "import.account", value=texts["account"])
        if begins and ends and ends < begins:
            self._fault(row, "ends", "import.dates_reversed", to=ends.isoformat(), begins=begins.isoformat())
        acting = self._flag(row, texts["acting"])
        language = self._language(row, texts["language"])
        if len(texts["salutation"]) > LONGEST_NAME:
            self._fault(row, "salutation", "import.too_long", limit=str(LONGEST_NAME))
        held = self._role(row, texts)
        if len(self.problems) > before or held is None or not name:
            return None
        return Entry(
            row=row.number,
            name=name,
            role=held.role,
            id=texts["id"] or None,
            # 1,965E+17 is what Excel shows of a number: many have the same.
            number=None if re.search(r"[eE]\+?\d", texts["number"]) else texts["number"] or None,
            position=texts["position"],
            unit=texts["unit"] or held.unit or None,
            guessed=frozenset({of for of in ("role", "unit") if not texts[of]}),
            short=texts["short"] or None,
            begins=begins,
            ends=ends,
            account=texts["account"] or None,
            acting=acting or held.acting,
            language=language,
            salutation=texts["salutation"] or None,
        )

    def _role(self, row: Row, texts: Mapping[Field, str]) -> Held | None:
        if texts["role"]:
            role = self._role_names.get(plain(texts["role"]))
            if role is None:
                self._fault(row, "role", "import.role_wrong", value=texts["role"], roles=_NAMED)
                return None
            read = held_by(texts["position"], self._hints)
            same = read is not None and read.role == role
            return Held(role, read.acting if read else False, read.unit if read and same else "")
        if not texts["position"]:
            if not self._unread & {"position", "role"}:
                self._fault(row, "position", "import.no_office")
            return None
        read = held_by(texts["position"], self._hints)
        if read is None:
            self._warn(row, "position", "import.role_unknown", value=texts["position"], roles=_NAMED)
        return read

    def _value(self, row: Row, of: Field) -> Value:
        value = row.cells.get(self._heading.columns.get(of, 0), "")
        if isinstance(value, Fault):
            self._fault(row, of, value.key, **value.values)
            self._unread.add(of)
            return ""
        return value

    def _text(self, row: Row, of: Field) -> str:
        value = self._value(row, of)
        return value if isinstance(value, str) else value.isoformat() if isinstance(value, date) else ""

    def _day(self, row: Row, of: Field) -> date | None:
        value = self._value(row, of)
        if isinstance(value, date):
            return value
        if not isinstance(value, str) or value.casefold() in _NOTHING:
            return None
        day = as_day(value)
        if day is None:
            self._fault(row, of, "import.date", value=value)
        return day

    def _language(self, row: Row, text: str) -> Language | None:
        if text.casefold() in _NOTHING:
            return None
        found = _LANGUAGES.get(plain(text))
        if found is None:
            self._fault(row, "language", "import.language", value=text, languages=sorted({*_LANGUAGES.values()}))
        return found

    def _flag(self, row: Row, text: str) -> bool:
        word = plain(text)
        if word in _YES:
            return True
        if word not in _NO and text.casefold() not in _NOTHING:
            self._fault(row, "acting", "import.flag", value=text)
        return False

    def _fault(self, row: Row, of: Field, key: str, **values: str | list[str]) -> None:
        self.problems.append(self._heading.problem(row.number, of, key, **values))

    def _warn(self, row: Row, of: Field, key: str, **values: str | list[str]) -> None:
        problem = self._heading.problem(row.number, of, key, **values)
        self.problems.append(
            ListProblem(problem.row, key, values, problem.column, problem.header, severity="warning")
        )


def as_day(text: str) -> date | None:
    """A day as people write it: 2026-11-20, 20/11/2026, 20 November 2026, or Excel's number of it."""
    text = text.strip()
    for form in _DAYS:
        try:
            found = datetime.strptime(text, form).date()
        except ValueError:
            continue
        return found if 1900 <= found.year <= 2200 else None
    if re.fullmatch(r"\d{5}", text):
        return _EXCEL_BEGINS + timedelta(days=int(text))
    words = re.fullmatch(r"(\d{1,2})\s+([A-Za-z]+)\.?\s+(\d{4})", text)
    if words is not None:
        for month, names in enumerate(_MONTHS, 1):
            if words[2].casefold() in names:
                try:
                    return date(int(words[3]), month, int(words[1]))
                except ValueError:
                    return None
    return None


@dataclass(frozen=True, slots=True)
class Held:
    """What a position is: a role, whether for the time being, and the unit as far as the position names it."""

    role: Role
    acting: bool = False
    unit: str = ""


_UNITED = ("head", "subdistrict_head", "secretary")


def held_by(position: str, hints: Sequence[Hints]) -> Held | None:
    """The office that a position begins with: "Plt. Kepala Dinas Sosial" heads, "Ajudan Bupati" is none of ours.

    Stricter than what a draft makes of display names, because a list has hundreds of positions that nobody looks
    at: words in the middle do not count, and a deputy is one only of somebody who leads.
    """
    found = [(m.group().casefold(), m.start(), m.end()) for m in re.finditer(r"\w+", position)]
    words = [word for word, _, _ in found]
    for language in hints:
        begin, acting = _after_acting(words, language.acting)
        phrases = [(phrase.split(), role) for role, listed in language.roles.items() for phrase in listed]
        fitting = [(p, role) for p, role in phrases if words[begin : begin + len(p)] == p]
        if not fitting:
            continue
        phrase, role = max(fitting, key=lambda pair: len(pair[0]))
        rest = words[begin + len(phrase) :]
        leads = any(rest[: len(one.split())] == one.split() for one in language.roles["leader"])
        if role == "deputy" and len(phrase) == 1 and phrase[0] in ("wakil", "deputy") and not leads:
            return None
        if role == "guest" or role not in ROLES:
            return None
        named: Role = next(one for one in ROLES if one == role)
        unit = position[found[begin + len(phrase) - 1][2] :].strip(" \t.,;:-_'\"") if role in _UNITED[:2] else ""
        return Held(named, acting, unit[:LONGEST_NAME])
    return None


def _after_acting(words: Sequence[str], acting: Sequence[str]) -> tuple[int, bool]:
    for phrase in sorted((one.split() for one in acting), key=len, reverse=True):
        if list(words[: len(phrase)]) == phrase:
            return len(phrase), True
    return 0, False
