"""Reads the word lists of a language; the rules in `bridge/forum` are given them as data.

The lists are checked against their types here, so that a slip in a file is found when the bridge starts and not
when somebody happens to use the word.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from bridge.model.speech import (
    AddressWords,
    ChangeWords,
    DecisionWords,
    DueWords,
    MeetingWords,
    RelayWords,
    ReportWords,
    UrgencyWords,
)

_FOLDER = Path(__file__).parent
_Words = TypeVar(
    "_Words",
    DueWords,
    AddressWords,
    ChangeWords,
    RelayWords,
    ReportWords,
    MeetingWords,
    DecisionWords,
    UrgencyWords,
)


class SpeechError(ValueError):
    """A word list cannot be used; the message names the file and what is wrong."""


def load_due_words(lang: str, folder: Path = _FOLDER) -> DueWords:
    """The words for due times of a language. Raises :class:`SpeechError`."""
    return _load(folder / lang / "due.yaml", DueWords)


def load_address_words(lang: str, folder: Path = _FOLDER) -> AddressWords:
    """The words for addressing units of a language. Raises :class:`SpeechError`."""
    return _load(folder / lang / "address.yaml", AddressWords)


def load_change_words(lang: str, folder: Path = _FOLDER) -> ChangeWords:
    """The words for saying whom an order is for after all. Raises :class:`SpeechError`."""
    return _load(folder / lang / "change.yaml", ChangeWords)


def load_relay_words(lang: str, folder: Path = _FOLDER) -> RelayWords:
    """The words for passing an order on in a leader's name. Raises :class:`SpeechError`."""
    return _load(folder / lang / "relay.yaml", RelayWords)


def load_report_words(lang: str, folder: Path = _FOLDER) -> ReportWords:
    """The words for telling what a report is about. Raises :class:`SpeechError`."""
    return _load(folder / lang / "report.yaml", ReportWords)


def load_urgency_words(lang: str, folder: Path = _FOLDER) -> UrgencyWords:
    """The words by which an order is urgent. Raises :class:`SpeechError`."""
    return _load(folder / lang / "urgency.yaml", UrgencyWords)


def load_meeting_words(lang: str, folder: Path = _FOLDER) -> MeetingWords:
    """The words by which meetings are led in a language. Raises :class:`SpeechError`."""
    return _load(folder / lang / "meeting.yaml", MeetingWords)


def load_decision_words(lang: str, folder: Path = _FOLDER) -> DecisionWords:
    """The words by which decisions are understood. Raises :class:`SpeechError`."""
    return _load(folder / lang / "decision.yaml", DecisionWords)


def _load(file: Path, shape: type[_Words]) -> _Words:
    where = f"{file.parent.name}/{file.name}"
    try:
        # The base loader leaves every scalar as it is written: "no" and "18:00" stay words.
        content: object = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        return msgspec.convert(content, shape, strict=False)
    except OSError as error:
        raise SpeechError(f"{where} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise SpeechError(f"{where}: {error}") from error
