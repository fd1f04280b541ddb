"""`tudang policy edit` and `tudang roster edit`: a file is edited as visudo edits sudoers.

One editor at a time (a lock beside the file, which ends with the process), on a copy in the same folder that only
its owner may read. What comes back is checked, its plan is shown, and only a file that the bridge would take is
renamed into place, whole or not at all. Unlike visudo there is no way to save a faulty file: the bridge would not
take it.
Whatever happens on the way, the text that was written is not lost: the copy stays, and where it lies is said.
"""

from __future__ import annotations

import contextlib
import difflib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bridge.admin.planning import lines_of, make_plan, read
from bridge.admin.saying import AdminProblem, shown
from bridge.lang.catalogue import Catalogue, Value
from bridge.lang.roles import load_role_names
from bridge.model.clock import Clock, moment
from bridge.policy import plan, stamp
from bridge.policy.load import POLICY_NAME, ROSTER_NAME, Configuration
from bridge.policy.problems import Refused
from bridge.policy.types import Language
from bridge.settings import Settings

NAMES = {"policy": POLICY_NAME, "roster": ROSTER_NAME}


class EditorFailed(Exception):
    """The editor could not be started, or ended with an error; the message says why."""


class Person(Protocol):
    """Who sits at the terminal."""

    def edit(self, path: Path) -> None:
        """Edit a file; returns when the editor was left. Raises :class:`EditorFailed`."""
        ...

    def tell(self, text: str) -> None:
        """Show a text."""
        ...

    def choose(self, question: str, answers: str) -> str:
        """One of the letters of ``answers``."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a file is edited: whose settings, who edits, in whose name, in which language."""

    settings: Settings
    person: Person
    author: str
    clock: Clock
    words: Catalogue

    @property
    def lang(self) -> Language:
        return "id" if self.words.lang == "id" else "en"

    def say(self, key: str, **values: Value) -> None:
        """Show a sentence."""
        self.person.tell(self.words.say(key, **values).plain)


def edit(desk: Desk, what: str) -> int:
    """Edit ``policy`` or ``roster``; returns the exit code, 0 when it is as the person wants it.

    Raises :class:`AdminProblem` when it cannot be edited at all.
    """
    file = NAMES[what]
    # A link is followed, so that the file it points to is replaced and not the link.
    target = (desk.settings.config / file).resolve()
    with alone(target, desk.author):
        for old in sorted(target.parent.glob(f".{what}-*.yaml")):
            desk.say("edit.leftover", path=shown(old))
        before = _read(target)
        with _copy(target, what, stamp.bare(before), desk) as copy:
            return _rounds(desk, what, target, before, copy)


def _rounds(desk: Desk, what: str, target: Path, before: bytes, copy: _Copy) -> int:
    """Edit until the text is good and wanted, or given up."""
    file = NAMES[what]
    while True:
        desk.person.edit(copy.path)
        text = stamp.bare(copy.path.read_bytes())
        if text == stamp.bare(before):
            copy.drop()
            desk.say("edit.unchanged")
            return 0
        try:
            configuration = read(desk.settings.config, {what: text})
        except Refused as refused:
            errors = [problem for problem in refused.problems if problem.severity == "error"]
            desk.say("edit.faulty", file=file, count=len(errors))
            for problem in refused.problems:
                desk.person.tell(problem.text(desk.lang))
            answer = desk.person.choose(desk.words.say("edit.ask_faulty").plain, "exk")
        else:
            _show(desk, what, before, configuration)
            answer = desk.person.choose(desk.words.say("edit.ask").plain, "yexk")
        if answer == "e":
            continue
        if answer == "x":
            copy.drop()
            desk.say("edit.discarded", file=file)
            return 0
        if answer == "k":
            return 1
        return _take(desk, target, before, copy, text)


def _show(desk: Desk, what: str, before: bytes, configuration: Configuration) -> None:
    """The warnings and the plan; without a ledger, how the files differ."""
    for problem in configuration.warnings:
        desk.person.tell(problem.text(desk.lang))
    try:
        lines = lines_of(make_plan(desk.settings, configuration, desk.clock), desk.words)
    except AdminProblem as problem:
        desk.say("edit.no_plan", why=problem.sentence(desk.words))
        with contextlib.suppress(Refused):
            old = read(desk.settings.config, {what: before})
            found = plan.plan(old, configuration, moment(desk.clock.now()), load_role_names(desk.lang))
            desk.say("edit.differences", file=NAMES[what], count=len(found))
            for one in found:
                desk.person.tell(f"  • {one.text(desk.lang)}")
        return
    for line in lines:
        desk.person.tell(line)


def _take(desk: Desk, target: Path, before: bytes, copy: _Copy, text: bytes) -> int:
    """Put the text in the place of the file, unless somebody else changed that meanwhile."""
    now = _read(target)
    if now != before:
        desk.say("edit.elsewhere", file=target.name)
        for line in unified(before, now, target.name, target.name):
            desk.person.tell(line)
        return 1
    at = moment(desk.clock.now()).astimezone()
    try:
        copy.become(target, stamp.stamped(text, desk.author, at))
    except OSError as error:
        raise AdminProblem(
            "edit.failed", file=target.name, why=error.strerror or str(error), path=shown(copy.path)
        ) from error
    desk.say("edit.done", file=target.name, author=desk.author)
    return 0


class _Copy:
    """A private copy beside the file; ``kept`` as long as it holds what is nowhere else."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kept = True

    def drop(self) -> None:
        """What is in it is not wanted, or stands in the file."""
        self.kept = False
        self.path.unlink(missing_ok=True)

    def become(self, target: Path, text: bytes) -> None:
        """Take the place of the file, with its owner and mode, at once and for good."""
        mode = target.stat()
        descriptor = os.open(self.path, os.O_WRONLY | os.O_TRUNC)
        with open(descriptor, "wb") as file:  # noqa: PTH123
            file.write(text)
            file.flush()
            # Only the superuser may give a file away; anybody else keeps it as their own.
            with contextlib.suppress(PermissionError):
                os.fchown(descriptor, mode.st_uid, mode.st_gid)
            os.fchmod(descriptor, mode.st_mode & 0o7777)
            os.fsync(descriptor)
        self.path.replace(target)
        self.kept = False
        _sync_folder(target.parent)


@contextlib.contextmanager
def _copy(target: Path, what: str, text: bytes, desk: Desk) -> Iterator[_Copy]:
    """A copy of the text in the folder of the file (0600). When it is left with something in it, it says where."""
    descriptor, name = tempfile.mkstemp(prefix=f".{what}-", suffix=".yaml", dir=target.parent)
    with open(descriptor, "wb") as file:  # noqa: PTH123
        file.write(text)
    copy = _Copy(Path(name))
    failed: EditorFailed | None = None
    try:
        yield copy
    except EditorFailed as error:
        failed = error
    finally:
        if copy.kept and _holds(copy.path, text):
            copy.drop()
        if copy.kept and copy.path.exists():
            desk.say("edit.kept", path=shown(copy.path), file=target.name)
    if failed is not None:
        raise AdminProblem("edit.no_editor", why=str(failed)) from failed


def _holds(path: Path, text: bytes) -> bool:
    """Whether a copy was never changed; one that is gone holds nothing."""
    try:
        return path.read_bytes() == text
    except OSError:
        return False


@contextlib.contextmanager
def alone(target: Path, author: str) -> Iterator[None]:
    """Nobody else changes this file with our commands; the lock is let go of by whatever ends the process.

    Raises :class:`AdminProblem`.
    """
    path = target.parent / f".{target.name}.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise AdminProblem("edit.unwritable", file=target.name, why=error.strerror or "?") from error
    with open(descriptor, "r+", encoding="utf-8") as file:  # noqa: PTH123
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            who = " ".join(file.read(300).split()) or "?"
            raise AdminProblem("edit.locked", file=target.name, who=who) from error
        file.truncate(0)
        file.write(f"{author}, pid {os.getpid()}\n")
        file.flush()
        yield


def _read(target: Path) -> bytes:
    try:
        return target.read_bytes()
    except FileNotFoundError as error:
        raise AdminProblem("edit.not_there", file=shown(target)) from error
    except OSError as error:
        raise AdminProblem("edit.unwritable", file=target.name, why=error.strerror or "?") from error


def _sync_folder(folder: Path) -> None:
    """What was renamed is there after a power cut too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unified(before: bytes, after: bytes, old: str, new: str) -> list[str]:
    """Two texts compared line by line, as `diff -u` shows it."""
    one, other = (text.decode("utf-8", "replace").splitlines() for text in (before, after))
    return list(difflib.unified_diff(one, other, old, new, lineterm=""))
