"""Reads the names of roles and kinds as people see them, `bridge/lang/<language>/roles.yaml`, and the words that
hint at a role, `hints.yaml`.

A policy may give others, in its `names`; whoever makes the book puts them over these.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

ROLES = frozenset({"leader", "deputy", "secretary", "head", "subdistrict_head", "expert", "auditor", "guest"})
KINDS = frozenset({"directive", "report", "decision", "meeting", "action"})

_FOLDER = Path(__file__).parent

T = TypeVar("T")


class RolesError(ValueError):
    """The names of a language cannot be used; the message names the file and what is wrong."""


class _Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    roles: dict[str, str]
    kinds: dict[str, str]
    acting: str


def load_acting_name(lang: str, folder: Path = _FOLDER) -> str:
    """How a role is called that is held for the time being, with the field {role}. Raises :class:`RolesError`."""
    return _load(lang, folder).acting


def load_role_names(lang: str, folder: Path = _FOLDER) -> Mapping[str, str]:
    """The name of every role in a language. Raises :class:`RolesError`."""
    return _load(lang, folder).roles


def load_kind_names(lang: str, folder: Path = _FOLDER) -> Mapping[str, str]:
    """The name of everything that has a number, in a language. Raises :class:`RolesError`."""
    return _load(lang, folder).kinds


class Hints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words, in small letters, that hint at a role, and at one that is held for the time being."""

    acting: list[str]
    roles: dict[str, list[str]]


def load_hints(lang: str, folder: Path = _FOLDER) -> Hints:
    """The hints of a language. Raises :class:`RolesError`."""
    hints = _read(lang, "hints.yaml", folder, Hints)
    if unknown := sorted(hints.roles.keys() - ROLES):
        raise RolesError(f"{lang}/hints.yaml: unknown roles: {', '.join(unknown)}")
    return hints


def _read(lang: str, name: str, folder: Path, shape: type[T]) -> T:
    where = f"{lang}/{name}"
    try:
        text = (folder / lang / name).read_text(encoding="utf-8")
        # The base loader leaves every scalar as it is written.
        content: object = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
        return msgspec.convert(content, shape)
    except OSError as error:
        raise RolesError(f"{where} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise RolesError(f"{where}: {error}") from error


def _load(lang: str, folder: Path) -> _Names:
    where = f"{lang}/roles.yaml"
    names = _read(lang, "roles.yaml", folder, _Names)
    for part, own, wanted in (("roles", names.roles, ROLES), ("kinds", names.kinds, KINDS)):
        if own.keys() != wanted:
            raise RolesError(f"{where}: missing or unknown {part}: {', '.join(sorted(own.keys() ^ wanted))}")
        unnamed = sorted(name for name, shown in own.items() if not shown.strip())
        if unnamed:
            raise RolesError(f"{where}: without a name: {', '.join(unnamed)}")
    if "{role}" not in names.acting:
        raise RolesError(f"{where}: acting has no {{role}}")
    return names
