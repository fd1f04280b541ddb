"""What is done, in sentences: `bridge/lang/<lang>/effects.yaml`, and whatever the bot says of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import yaml

from bridge.lang.catalogue import Catalogue, TextError, Value, load_catalogue


class Scribe:
    """Writes sentences about effects in one language."""

    def __init__(self, effects: Catalogue, texts: Catalogue) -> None:
        self.effects = effects
        self.texts = texts

    def write(self, key: str, values: Mapping[str, Value | None]) -> str:
        """The sentence of a key, with those of the values that it takes; empty when there is no such sentence.

        One that cannot be said with these values is its key: for want of a word no file is kept from taking force.
        """
        for catalogue in (self.effects, self.texts):
            if key in catalogue.keys:
                try:
                    taken = {name: values[name] for name in catalogue.fields(key)}
                    return catalogue.say(key, **{n: "" if v is None else v for n, v in taken.items()}).plain
                except (KeyError, TextError):
                    return key
        return ""


def load_effects(lang: str, zone: ZoneInfo) -> Catalogue:
    """The sentences of a language."""
    text = resources.files("bridge.lang").joinpath(lang, "effects.yaml").read_text(encoding="utf-8")
    return Catalogue(lang, yaml.load(text, Loader=yaml.BaseLoader), zone=zone)  # noqa: S506 - scalars as written


@cache
def load_scribe(lang: str, zone: ZoneInfo, salutation: str) -> Scribe:
    """The scribe of a language; kept, as reading its texts costs time."""
    return Scribe(load_effects(lang, zone), load_catalogue(lang, zone=zone, salutation=salutation))
