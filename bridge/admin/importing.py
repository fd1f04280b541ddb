"""`tudang roster import`: what a staff list would add to the roster, or end in it, and with ``write`` it is done.

The list is checked as strictly as the roster itself: every fault with its file, sheet, row and column, and nothing
is written while there is one. Nobody is ended for being absent, unless that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bridge.admin.commands import Outcome
from bridge.admin.merging import Merged, Merger, Options
from bridge.admin.roster_file import Author, CannotReplace, RosterFile, write_private
from bridge.admin.roster_text import CannotKeep, whole
from bridge.admin.saying import AdminProblem, catalogue_for, shown
from bridge.admin.staff_list import FIELDS, ROLES, StaffList, as_day, load_columns, read_list
from bridge.admin.tables import Unreadable, read_tables
from bridge.lang.catalogue import Catalogue
from bridge.lang.roles import load_hints, load_role_names
from bridge.model.clock import Clock, moment
from bridge.policy.problems import Problem
from bridge.policy.roster import plain
from bridge.policy.types import Language, Role
from bridge.settings import Settings

FILE = "onboarding.yaml"
MOST_SHOWN = 30
"""Warnings that are shown; a list of all employees has one for each who holds no office of the forum."""
BESIDE = "roster.new.yaml"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line; days as they were written."""

    file: Path
    write: bool = False
    sheet: str | None = None
    begins: str | None = None
    end_missing: str | None = None


def import_roster(
    settings: Settings, wanted: Wanted, clock: Clock, *, author: str, lang: Language | None
) -> Outcome:
    """Show what a list would change, or do it; code 1 when anything is to be mended first."""
    say = catalogue_for(settings, lang, FILE)
    run = _Run(settings, wanted, Author(author, moment(clock.now())), say)
    try:
        code = run.go()
    except AdminProblem as problem:
        run.lines.append(problem.sentence(say))
        code = 1
    except Unreadable as error:
        run.lines.append(f"{wanted.file}: {say.say(error.key, **error.values).plain}")
        code = 1
    return Outcome("\n".join(run.lines), code)


class _Run:
    """One run of the command; ``lines`` is what it says."""

    def __init__(self, settings: Settings, wanted: Wanted, author: Author, say: Catalogue) -> None:
        self._settings = settings
        self._wanted = wanted
        self._author = author
        self._say = say
        self._language: Language = "id" if say.lang == "id" else "en"
        self.lines: list[str] = []

    def go(self) -> int:
        options = self._options()
        file = RosterFile(self._settings.config)
        if file.roster is None:
            self._tell("import.roster_wrong")
            self.lines += [p.text(self._language) for p in file.checked.problems if p.severity == "error"]
            return 1
        staff = self._read(file)
        merged = Merger(file.roster, options, self._role_names(file)).merge(staff)
        new, kept = self._new_text(file, merged)
        errors = [one for one in merged.problems if one.severity == "error"]
        warnings = [one for one in merged.problems if one.severity == "warning"]
        found = [one.text(str(self._wanted.file), staff.sheet, self._say) for one in errors]
        if not errors:
            found = self._unfit(file, new, merged, staff)
        self._introduce(staff)
        self.lines += found
        shown_warnings = [one.text(str(self._wanted.file), staff.sheet, self._say) for one in warnings]
        self._list(self._words("import.to_look", text=text) for text in shown_warnings)
        if found:
            self._tell("import.errors", count=len(found))
            return 1
        return self._finish(file, merged, new, kept)

    def _options(self) -> Options:
        days = []
        for text in (self._wanted.begins, self._wanted.end_missing):
            day = as_day(text) if text is not None else None
            if text is not None and day is None:
                raise AdminProblem("import.date", value=text)
            days.append(day)
        return Options(self._author.at, days[0], days[1])

    def _read(self, file: RosterFile) -> StaffList:
        languages = (file.language, *(one for one in ("id", "en") if one != file.language))
        return read_list(
            read_tables(self._wanted.file, self._wanted.sheet),
            load_columns(),
            [load_hints(one) for one in languages],
            self._roles_by_name(file),
        )

    def _roles_by_name(self, file: RosterFile) -> dict[str, Role]:
        names: dict[str, Role] = {}
        for lang in ("id", "en"):
            listed = load_role_names(lang)
            names |= {plain(listed[role]): role for role in ROLES}
        policy = file.checked.policy
        if policy is not None:
            names |= {plain(name): role for role, name in policy.names.roles.items()}
        return names | {plain(role): role for role in ROLES}

    def _role_names(self, file: RosterFile) -> dict[str, str]:
        names = dict(load_role_names(self._say.lang))
        policy = file.checked.policy
        if policy is not None:
            names |= {str(role): name for role, name in policy.names.roles.items()}
        return names

    def _new_text(self, file: RosterFile, merged: Merged) -> tuple[str, bool]:
        """The new roster, and whether all comments of the old one are in it."""
        try:
            return file.changed(merged.changes), True
        except CannotKeep:
            return whole(file.text, merged.changes), False

    def _unfit(self, file: RosterFile, new: str, merged: Merged, staff: StaffList) -> list[str]:
        """What the check finds wrong in the new roster that was not so before, at the rows that it came from."""
        before = {(one.key, one.sentence("en")) for one in file.checked.problems}
        lines = []
        for problem in file.would_be(new).problems:
            row = merged.row_of(problem.path)
            if (problem.key, problem.sentence("en")) in before and row is None:
                continue
            text = self._placed(problem, row, staff)
            if problem.severity == "error":
                lines.append(text)
            elif row is not None:
                self.lines.append(self._words("import.to_look", text=text))
        return lines

    def _placed(self, problem: Problem, row: int | None, staff: StaffList) -> str:
        if row is None:
            return problem.text(self._language)
        sentence = problem.sentence(self._language)
        return staff.heading.problem(row, None, "import.check", sentence=sentence).text(
            str(self._wanted.file), staff.sheet, self._say
        )

    def _introduce(self, staff: StaffList) -> None:
        used = [staff.heading.names[staff.heading.columns[of]] for of in FIELDS if of in staff.heading.columns]
        first = [self._words("import.read", file=self._wanted.file.name, rows=staff.rows, columns=used)]
        if staff.heading.unknown:
            first.append(self._words("import.ignored", columns=list(staff.heading.unknown)))
        if staff.heading.columns.keys() & {"number", "phone"}:
            first.append(self._words("import.personal"))
        self.lines = first + self.lines

    def _finish(self, file: RosterFile, merged: Merged, new: str, kept: bool) -> int:
        self.lines += [self._words(news.key, **news.values) for news in merged.news]
        if merged.absent:
            names = list(merged.absent[:10]) + (["…"] if len(merged.absent) > 10 else [])
            self._tell("import.absent", count=len(merged.absent), names=names)
        if not merged.changes:
            self._tell("import.nothing")
        elif not self._wanted.write:
            self._tell("import.dry")
        else:
            self._write(file, new, kept)
        return 0

    def _write(self, file: RosterFile, new: str, kept: bool) -> None:
        path = file.path if kept else file.path.with_name(BESIDE)
        try:
            if kept:
                file.replace(new, self._author)
            elif path.exists():
                raise AdminProblem("import.beside_exists", path=shown(path))
            else:
                write_private(path, new.encode())
        except CannotReplace:
            raise AdminProblem("import.changed", path=shown(path)) from None
        except OSError as error:
            raise AdminProblem("import.unwritable", path=shown(path), why=error.strerror or "?") from error
        if kept:
            command = f"tudang policy check {shown(self._settings.config)}"
            self._tell("import.written", path=shown(path), command=command)
        else:
            self._tell("import.written_beside", path=shown(path), old=shown(file.path))

    def _list(self, lines: Iterable[str]) -> None:
        every = list(lines)
        self.lines += every[:MOST_SHOWN]
        if len(every) > MOST_SHOWN:
            self._tell("import.more", count=len(every) - MOST_SHOWN)

    def _tell(self, key: str, **values: str | int | list[str]) -> None:
        self.lines.append(self._words(key, **values))

    def _words(self, key: str, **values: str | int | list[str]) -> str:
        return self._say.say(key, **values).plain
