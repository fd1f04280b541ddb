"""`roster.yaml` as a command changes it: read once, changed, and replaced whole if nobody else did so meanwhile."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bridge.admin import roster_text
from bridge.admin.editing import alone
from bridge.admin.saying import AdminProblem
from bridge.policy import stamp
from bridge.policy.load import POLICY_NAME, ROSTER_NAME, Checked, Source, check, read_source
from bridge.policy.roster import Roster
from bridge.policy.roster import RosterFile as Listed
from bridge.policy.types import Language

EMPTY_ROSTER = Listed(units=(), persons=(), offices=())


class CannotReplace(Exception):
    """The new text would not come into force, or the file is no longer the one that was read."""


@dataclass(frozen=True, slots=True)
class Author:
    """In whose name a file is written, and when (an instant that knows its zone)."""

    name: str
    at: datetime


class RosterFile:
    """The roster beside its policy in ``directory``. One that is missing is taken for an empty one."""

    def __init__(self, directory: Path) -> None:
        # A link is followed, so that the file it points to is replaced and not the link.
        self.path = (directory / ROSTER_NAME).resolve()
        self.policy = read_source(directory / POLICY_NAME)
        self.source = read_source(self.path)
        self._absent = not self.path.exists()
        if self._absent:
            self.source = Source(str(self.path), roster_text.EMPTY.encode())
        self.checked = check(None if self.policy.unreadable else self.policy, self.source)

    @property
    def missing(self) -> bool:
        """Whether there was no file yet."""
        return self._absent

    @property
    def roster(self) -> Roster | None:
        """What it says; None while there is an error in it."""
        if self.missing:
            # An empty roster is refused by the check, and is where the first one begins.
            policy = self.checked.policy
            return Roster(EMPTY_ROSTER, policy.forum.zone if policy is not None else ZoneInfo("UTC"))
        return self.checked.roster

    @property
    def text(self) -> str:
        """What stands in it, without the line of who wrote it."""
        return stamp.bare(self.source.content).decode("utf-8-sig")

    @property
    def language(self) -> Language:
        """The policy's."""
        return self.checked.language

    def position(self, person: str) -> int:
        """Where a person stands in the list. Raises :class:`CannotReplace` for one who is not there any more."""
        persons = self.checked.roster.persons() if self.checked.roster is not None else ()
        for position, one in enumerate(persons):
            if one.id == person:
                return position
        raise CannotReplace

    def changed(self, changes: roster_text.Changes) -> str:
        """The text with the changes in it. Raises :class:`roster_text.CannotKeep`."""
        return roster_text.changed(self.text, changes)

    def would_be(self, text: str) -> Checked:
        """What the check says about a new text beside the policy."""
        return check(None if self.policy.unreadable else self.policy, Source(str(self.path), text.encode()))

    def replace(self, text: str, author: Author) -> None:
        """Put a new text in place. Raises :class:`CannotReplace` or OSError, and then nothing has changed."""
        if self.would_be(text).errors:
            raise CannotReplace
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(alone(self.path, author.name))
            except AdminProblem:
                # Somebody has it open in `tudang roster edit`.
                raise CannotReplace from None
            if not self._absent and read_source(self.path).digest != self.source.digest:
                raise CannotReplace
            if self._absent and self.path.exists():
                raise CannotReplace
            write_private(self.path, stamp.stamped(text.encode(), author.name, author.at))


def write_private(path: Path, data: bytes) -> None:
    """Put a file in place whole or not at all. A new one is its owner's alone; one that is there keeps its mode.

    Raises OSError.
    """
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123
            file.write(data)
            file.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
