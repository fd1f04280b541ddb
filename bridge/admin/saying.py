"""What operators are told: texts of `bridge/lang/<lang>/doctor.yaml` (doctor, backup, restore) or another file."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from bridge.lang.catalogue import Catalogue, Value
from bridge.policy.load import POLICY_NAME, Checked, check, read_source
from bridge.settings import Settings


class AdminProblem(Exception):
    """Something that an admin asked for was not done: the key of a sentence that says why and what to do, and its
    values."""

    def __init__(self, key: str, **values: Value) -> None:
        super().__init__(key)
        self.key = key
        self.values = values

    def sentence(self, catalogue: Catalogue) -> str:
        """The sentence in the catalogue's language."""
        return catalogue.say(self.key, **{name: self.values[name] for name in catalogue.fields(self.key)}).plain


def shown(path: Path) -> str:
    """A path as people read it: without the detours that a settings file takes."""
    return os.path.normpath(path)


def load_texts(lang: str, zone: ZoneInfo | None = None, file: str = "doctor.yaml") -> Catalogue:
    """The texts of a file in a language; times are written for ``zone``."""
    text = resources.files("bridge.lang").joinpath(lang, file).read_text(encoding="utf-8")
    entries = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - every scalar as it is written
    return Catalogue(lang, entries, zone=zone or ZoneInfo("UTC"))


def catalogue_for(settings: Settings | None, lang: str | None, file: str = "doctor.yaml") -> Catalogue:
    """The texts in ``lang``, or else in the policy's language, as far as a policy can be read."""
    checked: Checked | None = None
    if settings is not None:
        checked = check(read_source(settings.config / POLICY_NAME), None)
    zone = checked.policy.forum.zone if checked is not None and checked.policy is not None else None
    return load_texts(lang or (checked.language if checked is not None else "en"), zone, file)
