"""Reads the command words and membership reasons of a language, `bridge/lang/<language>/commands.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import yaml

_FOLDER = Path(__file__).parent
_REASONS = frozenset(
    {
        "contact",
        "invite",
        "invite_hand",
        "invite_knock",
        "invite_undone",
        "remove_unlisted",
        "remove_guest",
        "remove_elsewhere",
        "invite_moved",
        "remove_hand",
        "refuse_knock",
        "refuse_knock_late",
        "invite_guest",
        "mute_guest",
        "invite_replaced",
        "remove_replaced",
        "mute_replaced",
        "unmute_kept",
        "levels",
        "servers",
        "conduct",
    }
)
_FIELDS = {"forum": "", "contact": "", "why": ""}


class CommandsError(ValueError):
    """The commands of a language cannot be used; the message names the file and what is wrong."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    commands: dict[str, list[str]]
    reasons: dict[str, str]
    joints: dict[str, list[str]] = {}
    lendable: dict[str, list[str]] = {}
    arguments: dict[str, str] = {}
    spoken: dict[str, list[str]] = {}
    courtesies: list[str] = []


def load_commands(*langs: str, folder: Path = _FOLDER) -> dict[str, str]:
    """Command words, in small letters, to command names. The first word of a name is the one that help shows.

    Languages are taken in order; a word that an earlier one has keeps its meaning there. Raises
    :class:`CommandsError`.
    """
    words: dict[str, str] = {}
    for lang in langs:
        own: dict[str, str] = {}
        for name, aliases in _read(lang, folder).commands.items():
            for alias in aliases:
                word = " ".join(alias.casefold().split())
                if own.setdefault(word, name) != name:
                    raise CommandsError(f"{lang}/commands.yaml: {word!r} stands for {own[word]} and for {name}")
        words |= {word: name for word, name in own.items() if word not in words}
    return words


def load_joints(lang: str, folder: Path = _FOLDER) -> dict[str, str]:
    """The words between the parts of a command, to their names: until, from, for, with, off. Raises
    :class:`CommandsError`."""
    return _by_word(_read(lang, folder).joints)


def load_lendable(lang: str, folder: Path = _FOLDER) -> dict[str, str]:
    """The words for what heads may lend, to their names (:data:`bridge.policy.types.Lendable`); the first of a
    right is the one that people are shown. Raises :class:`CommandsError`."""
    return _by_word(_read(lang, folder).lendable)


def load_arguments(lang: str, folder: Path = _FOLDER) -> Mapping[str, str]:
    """An example of each thing that commands take, by the names of :mod:`bridge.forum.arguments`. Raises
    :class:`CommandsError`."""
    return _read(lang, folder).arguments


def load_spoken(lang: str, folder: Path = _FOLDER) -> dict[str, str]:
    """Short sentences that are commands in a room without a mark, to the names of commands. Raises
    :class:`CommandsError`."""
    return _by_word(_read(lang, folder).spoken)


def load_courtesies(lang: str, folder: Path = _FOLDER) -> tuple[str, ...]:
    """Courteous words around a command that is written without a mark, the longest first. Raises
    :class:`CommandsError`."""
    return tuple(sorted((word.casefold() for word in _read(lang, folder).courtesies), key=len, reverse=True))


def _by_word(named: Mapping[str, list[str]]) -> dict[str, str]:
    return {word.casefold(): name for name, words in named.items() for word in words}


def load_reasons(lang: str, folder: Path = _FOLDER) -> Mapping[str, str]:
    """The reasons for membership changes, with the fields {forum}, {contact} and {why}. Raises
    :class:`CommandsError`."""
    reasons = _read(lang, folder).reasons
    if reasons.keys() != _REASONS:
        wrong = ", ".join(sorted(reasons.keys() ^ _REASONS))
        raise CommandsError(f"{lang}/commands.yaml: missing or unknown reasons: {wrong}")
    for name, text in reasons.items():
        try:
            text.format_map(_FIELDS)
        except (KeyError, ValueError, IndexError) as error:
            raise CommandsError(f"{lang}/commands.yaml: reasons.{name}: {error}") from error
    return reasons


def _read(lang: str, folder: Path) -> _File:
    file = folder / lang / "commands.yaml"
    try:
        # The base loader leaves every scalar as it is written.
        content: object = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        return msgspec.convert(content, _File)
    except OSError as error:
        raise CommandsError(f"{lang}/commands.yaml cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise CommandsError(f"{lang}/commands.yaml: {error}") from error
