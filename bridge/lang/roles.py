"""Reads the names of roles and kinds as people see them, `bridge/lang/<language>/roles.yaml`.

A policy may give others, in its `names`; whoever makes the book puts them over these.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import yaml

ROLES = frozenset({"leader", "deputy", "secretary", "head", "subdistrict_head", "expert", "auditor", "guest"})
KINDS = frozenset({"directive", "report", "decision", "meeting", "action"})

_FOLDER = Path(__file__).parent


class RolesError(ValueError):
    """The names of a language cannot be used; the message names the file and what is wrong."""


class _Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    roles: dict[str, str]
    kinds: dict[str, str]


def load_role_names(lang: str, folder: Path = _FOLDER) -> Mapping[str, str]:
    """The name of every role in a language. Raises :class:`RolesError`."""
    return _load(lang, folder).roles


def load_kind_names(lang: str, folder: Path = _FOLDER) -> Mapping[str, str]:
    """The name of everything that has a number, in a language. Raises :class:`RolesError`."""
    return _load(lang, folder).kinds


def _load(lang: str, folder: Path) -> _Names:
    file = folder / lang / "roles.yaml"
    where = f"{lang}/roles.yaml"
    try:
        # The base loader leaves every scalar as it is written.
        content: object = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        names = msgspec.convert(content, _Names)
    except OSError as error:
        raise RolesError(f"{where} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise RolesError(f"{where}: {error}") from error
    for part, own, wanted in (("roles", names.roles, ROLES), ("kinds", names.kinds, KINDS)):
        if own.keys() != wanted:
            raise RolesError(f"{where}: missing or unknown {part}: {', '.join(sorted(own.keys() ^ wanted))}")
        unnamed = sorted(name for name, shown in own.items() if not shown.strip())
        if unnamed:
            raise RolesError(f"{where}: without a name: {', '.join(unnamed)}")
    return names
