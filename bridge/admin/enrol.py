"""`tudang enrol`: an account for a person of the roster, and the sheet with which they get in.

With the token of a homeserver admin the account is made here; without one the admin is told what to ask for, and
the sheet has room for a password that is written by hand. A first password stands on the sheet and nowhere else.
The account of somebody who has one is never touched unless that was asked for (``reset``).
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bridge.admin import sheet
from bridge.admin.accounts import Accounts, first_password
from bridge.admin.commands import Outcome
from bridge.admin.deploy import outside_code
from bridge.admin.roster_file import Author, CannotReplace, RosterFile, write_private
from bridge.admin.roster_text import CannotKeep, Changes, account_line
from bridge.admin.saying import AdminProblem, catalogue_for, shown
from bridge.lang.catalogue import Catalogue
from bridge.model.clock import Clock, moment
from bridge.policy.load import Configuration, load
from bridge.policy.problems import Refused
from bridge.policy.roster import Identifier, Person, plain
from bridge.policy.types import Language
from bridge.settings import Settings

SHEETS = "sheets"
_PLACEHOLDER = re.compile(r"(GANTI|CHANGE)\b")
"""How the names begin that `tudang init` and `roster draft` leave for people to write."""
_LOCALPART = re.compile(r"[a-z0-9._-]{1,200}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line."""

    person: str | None = None
    everybody: bool = False
    """Everybody who holds an office, now or later, and has no account."""
    write: bool = False
    """For everybody: really do it."""
    user: str | None = None
    reset: bool = False
    out: Path | None = None
    phone: str | None = None
    server: str | None = None
    """What Element asks for, where the homeserver's name does not lead to it."""
    api: str | None = None
    """Where the admin API is, if not at `homeserver.url`."""
    token: str | None = None

    def __repr__(self) -> str:
        return f"Wanted({self.person or 'everybody'})"


def enrol(settings: Settings, wanted: Wanted, clock: Clock, *, author: str, lang: Language | None) -> Outcome:
    """Make the account of one person, or of everybody who has none, and their sheets; in the name of ``author``."""
    say = catalogue_for(settings, lang, "onboarding.yaml")
    try:
        configuration = load(settings.config)
    except Refused as refused:
        language: Language = "id" if say.lang == "id" else "en"
        return Outcome("\n".join([say.say("enrol.roster").plain, *_lines(refused, language)]), 1)
    desk = _Desk(settings, wanted, Author(author, moment(clock.now())), configuration, say)
    try:
        lines = asyncio.run(desk.everybody() if wanted.everybody else desk.one())
    except AdminProblem as problem:
        return Outcome("\n".join([*desk.said, problem.sentence(say)]), 1)
    return Outcome("\n".join(lines), 0)


def _lines(refused: Refused, language: Language) -> list[str]:
    return [problem.text(language) for problem in refused.problems if problem.severity == "error"]


@dataclass(frozen=True, slots=True)
class _Case:
    """One person, the account that is or shall be theirs, and whether the roster has it already."""

    person: Person
    user: str
    listed: bool


class _Desk:
    """One run of the command. ``said`` is what was done so far, for people, also when it then fails."""

    def __init__(
        self, settings: Settings, wanted: Wanted, author: Author, configuration: Configuration, say: Catalogue
    ) -> None:
        self._settings = settings
        self._wanted = wanted
        self._author = author
        self._now = author.at
        self._configuration = configuration
        self._say = say
        # A sheet is read by the person, not by whoever runs the command.
        self._sheet_words = catalogue_for(settings, None, "onboarding.yaml")
        self._server = settings.homeserver.user.partition(":")[2]
        self.said: list[str] = []

    async def one(self) -> list[str]:
        """One person. Raises :class:`AdminProblem`."""
        if self._wanted.person is None:
            raise AdminProblem("enrol.no_person")
        person = self._person(self._wanted.person)
        if _PLACEHOLDER.match(person.name):
            raise AdminProblem("enrol.placeholder", id=person.id, name=person.name)
        case = self._case(person)
        await self._serve([case])
        return self.said

    async def everybody(self) -> list[str]:
        """Everybody who has no account: a plan, or with ``write`` the deed."""
        if self._wanted.person is not None or self._wanted.user is not None:
            raise AdminProblem("enrol.both")
        if self._wanted.reset:
            raise AdminProblem("enrol.reset_all")
        cases = await self._without_account()
        if not cases:
            self._tell("enrol.missing_none")
        elif self._wanted.write:
            await self._serve(cases)
        else:
            self._tell("enrol.missing_head")
            for case in cases:
                name, person = case.person.name, case.person.id
                self.said.append("  " + self._words("enrol.missing_line", name=name, id=person, user=case.user))
            self._tell("enrol.missing_write")
        return self.said

    # Who, and which account

    def _person(self, text: str) -> Person:
        roster = self._configuration.roster
        wanted = plain(text)
        found = [p for p in roster.persons() if text == p.id or text in [i.matrix for i in p.identifiers]]
        found = found or [p for p in roster.persons() if wanted == plain(p.name)]
        if len(found) > 1:
            raise AdminProblem("enrol.several", person=text, ids=[p.id for p in found])
        if found:
            return found[0]
        near = roster.find_person(text)
        if near:
            raise AdminProblem("enrol.unknown_near", person=text, names=[f"{p.name} ({p.id})" for p in near])
        raise AdminProblem("enrol.unknown", person=text)

    def _case(self, person: Person) -> _Case:
        own = self._configuration.roster.user_ids(person.id, self._now)
        if own and self._wanted.user is not None and self._wanted.user not in own:
            raise AdminProblem("enrol.has_account", name=person.name, user=own[0])
        user = self._wanted.user or (own[0] if own else f"@{person.id}:{self._server}")
        localpart, _, server = user.removeprefix("@").partition(":")
        if not user.startswith("@") or not _LOCALPART.fullmatch(localpart) or not server:
            raise AdminProblem("enrol.user", user=user, example=person.id, server=self._server)
        if server != self._server:
            raise AdminProblem("enrol.elsewhere", user=user, server=self._server)
        for other in self._configuration.roster.persons():
            if other.id != person.id and user in [one.matrix for one in other.identifiers]:
                raise AdminProblem("enrol.taken", user=user, name=other.name)
        return _Case(person, user, user in own)

    async def _without_account(self) -> list[_Case]:
        """Those who hold an office now or later and have no account, by the roster or by the homeserver."""
        roster = self._configuration.roster
        today = roster.day(self._now)
        ahead = {office.person for office in roster.file.offices if office.ends is None or office.ends >= today}
        due = [p for p in roster.persons() if p.id in ahead and not _PLACEHOLDER.match(p.name)]
        cases = [self._case(person) for person in due if not roster.user_ids(person.id, self._now)]
        if self._wanted.token is not None:
            own = [self._case(p) for p in due if self._is_ours(roster.user_ids(p.id, self._now))]
            async with self._accounts(self._wanted.token) as accounts:
                cases += [case for case in own if not (await accounts.known(case.user)).exists]
        return cases

    def _is_ours(self, users: Sequence[str]) -> bool:
        return bool(users) and users[0].partition(":")[2] == self._server

    def _accounts(self, token: str) -> Accounts:
        return Accounts(self._wanted.api or self._settings.homeserver.url, token)

    # What is done

    async def _serve(self, cases: Sequence[_Case]) -> None:
        folder = self._folder()
        for case in cases:
            # Before any account is made: what does not fit on paper, or may not be written, stops here.
            self._draw(case, first_password())
        token = self._wanted.token
        if token is None:
            self._ask_for(cases, folder)
            return
        async with self._accounts(token) as accounts:
            for case in cases:
                await self._account(accounts, case, folder)

    async def _account(self, accounts: Accounts, case: _Case, folder: Path) -> None:
        known = await accounts.known(case.user)
        if known.deactivated:
            raise AdminProblem("enrol.deactivated", user=case.user)
        if known.exists and not case.listed:
            raise AdminProblem("enrol.exists_other", user=case.user)
        if known.exists and not self._wanted.reset:
            raise AdminProblem("enrol.exists", user=case.user)
        password = first_password()
        # On paper first: a password that was set and then could not be written down would be lost.
        path = self._write_sheet(case, folder, password)
        try:
            if known.exists:
                await accounts.renew(case.user, password)
            else:
                await accounts.make(case.user, case.person.name, password)
        except AdminProblem as problem:
            if problem.key != "enrol.unclear":
                path.unlink(missing_ok=True)
            raise
        if known.exists:
            self._tell("enrol.reset_done", user=case.user)
        else:
            self._tell("enrol.created", user=case.user, name=case.person.name)
        self._tell("enrol.sheet", path=shown(path))
        self._list(case)

    def _ask_for(self, cases: Sequence[_Case], folder: Path) -> None:
        self._tell("enrol.ask", server=self._server)
        for case in cases:
            self._ask_line("enrol.ask_account", user=case.user, name=case.person.name)
            localpart = case.user[1:].partition(":")[0]
            command = f"register_new_matrix_user -u {shlex.quote(localpart)} --no-admin -c homeserver.yaml"
            self._ask_line("enrol.ask_command", command=command)
        self._ask_line("enrol.ask_password")
        self._ask_line("enrol.ask_existing")
        for case in cases:
            self._tell("enrol.sheet_blank", path=shown(self._write_sheet(case, folder, None)))
            if not case.listed:
                self._by_hand(case)
        self._tell("enrol.token")

    def _folder(self) -> Path:
        """Where sheets go, made if need be; whether one may write there is found out before anything is made."""
        folder = self._wanted.out or self._settings.state / SHEETS
        if self._wanted.out is not None:
            outside_code(folder, "enrol.inside")
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            probe = folder / ".new"
            probe.touch(mode=0o600)
            probe.unlink()
        except OSError as error:
            raise AdminProblem("enrol.folder", path=shown(folder), why=error.strerror or str(error)) from error
        return folder

    def _draw(self, case: _Case, password: str | None) -> bytes:
        experts = [
            due.standing.person
            for due in self._configuration.roster.persons_due(self._now)
            if "expert" in due.standing.roles and due.standing.person.id != case.person.id
        ]
        one = sheet.Sheet(
            forum=self._configuration.policy.forum.name,
            name=case.person.name,
            account=case.user,
            server=self._wanted.server or self._server,
            expert=experts[0].name if experts else None,
            password=password,
            phone=self._wanted.phone,
        )
        try:
            return sheet.draw(one, self._sheet_words, self._now)
        except sheet.TooLong:
            raise AdminProblem("enrol.too_long", name=case.person.name) from None

    def _write_sheet(self, case: _Case, folder: Path, password: str | None) -> Path:
        path = folder / f"{case.person.id}.pdf"
        try:
            write_private(path, self._draw(case, password))
        except OSError as error:
            raise AdminProblem("enrol.folder", path=shown(folder), why=error.strerror or str(error)) from error
        return path

    def _list(self, case: _Case) -> None:
        """Put a new account into the roster, or say what to put there."""
        if case.listed:
            return
        account = Identifier(matrix=case.user)
        try:
            # Read again: whoever came before in this run stands in it now.
            file = RosterFile(self._settings.config)
            file.replace(file.changed(Changes(accounts=[(file.position(case.person.id), account)])), self._author)
        except (CannotKeep, CannotReplace, OSError):
            self._by_hand(case)
        else:
            self._tell("enrol.roster_done", user=case.user, name=case.person.name)

    def _by_hand(self, case: _Case) -> None:
        line = account_line(Identifier(matrix=case.user))
        self._tell("enrol.roster_hand", id=case.person.id, line=line)

    # What is said

    def _tell(self, key: str, **values: str) -> None:
        self.said.append(self._words(key, **values))

    def _ask_line(self, key: str, **values: str) -> None:
        self.said.append("  - " + self._words(key, **values))

    def _words(self, key: str, **values: str) -> str:
        return self._say.say(key, **values).plain


def with_phone(wanted: Wanted, text: str | None) -> Wanted:
    """The same with the expert's phone number. Raises :class:`AdminProblem` for what is none."""
    if not (text or "").strip():
        return replace(wanted, phone=None)
    number = sheet.as_phone(text or "")
    if number is None:
        raise AdminProblem("enrol.phone", phone=text or "")
    return replace(wanted, phone=number)


def with_token(wanted: Wanted, file: Path | None, environment: Mapping[str, str] = os.environ) -> Wanted:
    """The same with a homeserver admin's token, where there is one. Raises :class:`AdminProblem`."""
    if given := environment.get("TUDANG_ADMIN_TOKEN"):
        return replace(wanted, token=given)
    if file is None:
        return wanted
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "UTF-8"
        raise AdminProblem("enrol.token_file", path=shown(file), why=why) from error
    return replace(wanted, token=token or None)
