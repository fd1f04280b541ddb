"""`tudang init`: a deployment folder with everything that a bridge needs besides the code, and what to do next.

The folder is its owner's alone (0700) and lies outside the code, so that no password and no record is ever
committed or published with it. Its files hold paths relative to it; only the systemd unit names the Python that
runs the bridge.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import shlex
import string
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

from bridge.admin.commands import Outcome
from bridge.admin.draft import clean, slug_of
from bridge.admin.saying import AdminProblem, load_texts
from bridge.lang.catalogue import Catalogue
from bridge.model.situation import PREVIEW
from bridge.policy.types import Language

CODE = Path(__file__).parents[2]
"""The folder in which the package lies: a clone, or the site-packages of an environment."""

LONGEST_NAME = 120
PASSWORD = "password"  # noqa: S105 - the name of a file
_ACCOUNT = re.compile(r"@[a-z0-9._=/+-]{1,200}:([^\s@/]{1,200})")
_FORUM_NAMES: Mapping[Language, str] = {"id": "Forum Pimpinan", "en": "Department Heads"}
_ROOMS: Mapping[Language, tuple[str, str, str]] = {
    "id": ("forum-pimpinan", "forum-kendali", "forum-audit"),
    "en": ("heads", "heads-control", "heads-audit"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a deployment shall be; what is not given has a default of the language."""

    language: Language
    forum: str | None = None
    homeserver: str | None = None
    user: str | None = None


def init(folder: Path, wanted: Wanted, today: date) -> Outcome:
    """Make the deployment folder. Code 1, and nothing is made, where it cannot be."""
    say = load_texts(wanted.language, file="onboarding.yaml")
    try:
        made = _make(folder, wanted, today)
    except AdminProblem as problem:
        return Outcome(problem.sentence(say), 1)
    return Outcome("\n".join(_next_steps(say, made)), 0)


@dataclass(frozen=True, slots=True)
class _Made:
    folder: Path
    user: str
    forum: str


def _make(folder: Path, wanted: Wanted, today: date) -> _Made:
    values = _values(wanted, today)
    quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in values.items()}
    # Resolved, so that no symbolic link leads into the code.
    place = Path(os.path.realpath(folder))
    outside_code(place)
    try:
        if place.exists():
            if not place.is_dir():
                raise AdminProblem("init.not_folder", path=str(folder))
            if any(place.iterdir()):
                raise AdminProblem("init.not_empty", path=str(folder))
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.chmod(0o700)
        (place / "state").mkdir(mode=0o700)
        _write(place / PASSWORD, "")
        for name in ("bridge.yaml", "policy.yaml", "roster.yaml"):
            _write(place / name, _template(wanted.language, name).substitute(quoted))
        unit = place / _service(values["id"])
        _write(unit, _unit(place, values["id"]))
        unit.chmod(0o644)
    except OSError as error:
        raise AdminProblem("init.unwritable", path=str(folder), why=error.strerror or str(error)) from error
    return _Made(place, values["user"], values["id"])


def outside_code(place: Path, key: str = "init.inside") -> None:
    """Raise :class:`AdminProblem` for a folder in the code, or around it."""
    real, code = Path(os.path.realpath(place)), Path(os.path.realpath(CODE))
    if real.is_relative_to(code):
        raise AdminProblem(key, path=str(place), code=str(code))


def _values(wanted: Wanted, today: date) -> dict[str, str]:
    """What the templates are filled with; quoted when they are, so that no value is read as anything but a text."""
    name = wanted.forum if wanted.forum is not None else _FORUM_NAMES[wanted.language]
    slug = slug_of(name).removesuffix(PREVIEW)
    if clean(name) != name or not slug or len(name) > LONGEST_NAME:
        raise AdminProblem("init.name")
    user = wanted.user or "@tudang:example.org"
    account = _ACCOUNT.fullmatch(user)
    if account is None:
        raise AdminProblem("init.user", user=user)
    url = wanted.homeserver or (f"https://matrix.{account[1]}" if wanted.user is None else f"https://{account[1]}")
    parts = urlsplit(url)
    plain = not (parts.query or parts.fragment or parts.username)
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise AdminProblem("init.url", url=url)
    forum, control, audit = (f"#{alias}:{account[1]}" for alias in _ROOMS[wanted.language])
    return {
        "name": name,
        "id": slug,
        "user": user,
        "url": url,
        "forum_room": forum,
        "control_room": control,
        "audit_room": audit,
        "today": today.isoformat(),
    }


def _service(forum: str) -> str:
    return f"tudang-{forum}.service"


def _template(language: Language, name: str) -> string.Template:
    file = resources.files("bridge.lang").joinpath(language, "start", name)
    return string.Template(file.read_text(encoding="utf-8"))


def _unit(place: Path, forum: str) -> str:
    text = resources.files("bridge.admin").joinpath("tudang.service").read_text(encoding="utf-8")
    # Not resolved: an environment's Python is a link, and is the environment only by its own name.
    command = [sys.executable, "-m", "bridge", "run", "--config", str(place / "bridge.yaml")]
    return string.Template(text).substitute(
        unit=shlex.quote(str(place / _service(forum))),
        id=forum,
        account=getpass.getuser(),
        command=" ".join(_for_systemd(word) for word in command),
        folder=_for_systemd(str(place), variables=False),
    )


def _for_systemd(word: str, *, variables: bool = True) -> str:
    """A word as systemd reads it back from a unit: quoted, and its ``%`` (and in a command its ``$``) doubled."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    if variables:
        escaped = escaped.replace("$", "$$")
    return escaped if re.fullmatch(r"[\w./=:%@+-]+", escaped) else f'"{escaped}"'


def _write(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)


def _next_steps(say: Catalogue, made: _Made) -> list[str]:
    folder = shlex.quote(str(made.folder))
    config = shlex.quote(str(made.folder / "bridge.yaml"))
    service = _service(made.forum)
    steps = [
        say.say("init.step_account", user=made.user, path=str(made.folder / PASSWORD)),
        say.say("init.step_rooms", user=made.user),
        say.say("init.step_roster", command=f"tudang roster import FILE.xlsx --config {config}"),
        say.say("init.step_check", command=f"tudang policy check {folder}"),
        say.say("init.step_doctor", command=f"tudang doctor --config {config}"),
        say.say("init.step_run", command=f"tudang run --config {config}"),
        say.say(
            "init.step_service",
            copy=f"sudo install -m 644 {shlex.quote(str(made.folder / service))} /etc/systemd/system/",
            start=f"sudo systemctl enable --now {service}",
        ),
    ]
    lines = [say.say("init.done", path=str(made.folder)).plain, say.say("init.next").plain]
    return lines + [f"  {number}. {step.plain}" for number, step in enumerate(steps, 1)]
