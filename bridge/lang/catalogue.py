"""Everything the bot says: texts by key, from one YAML file per language.

A text is a sentence, or a mapping of `text` and `html`, or plural forms chosen by a number::

    report.ask_evidence: "Mohon kirim foto atau video, {salutation}, sampai {until:clock}."
    card.reported:
      by: count
      one: "{count} unit has reported."
      other: "{count} units have reported."

A field is `{name}` or `{name:form}` with one of the forms below; nothing else is possible between braces,
and a brace itself is written twice. Plural forms are those that the Unicode CLDR knows for the language.
"""

from __future__ import annotations

import copy
import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import yaml
from babel import Locale, UnknownLocaleError
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.units import format_unit

from bridge.lang import dates
from bridge.model.speech import Text

Value = str | int | float | Text | Sequence[str | Text]
"""What may be put into a text: numbers are written as the language does (1.200), lists are joined by its "and"."""

Entry = str | Mapping[str, "str | Mapping[str, str]"]
"""A text as it stands in the file; see the module's docstring."""

_FIELD = re.compile(r"\{\{|\}\}|\{(?P<name>[a-z][a-z0-9_]*)(?::(?P<form>[a-z]+))?\}|[{}]")
_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_FOLDER = Path(__file__).parent
_COMMON = frozenset({"salutation"})


class CatalogueError(ValueError):
    """The texts of a language cannot be used; the message has one line per fault."""


class TextError(LookupError):
    """A text was asked for that is not there, or with other values than it takes."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    form: str | None


_Parts = tuple[str | _Field, ...]


@dataclass(frozen=True, slots=True)
class _Wording:
    plain: _Parts
    html: _Parts | None


@dataclass(frozen=True, slots=True)
class _Message:
    by: str | None
    forms: Mapping[str, _Wording]
    fields: frozenset[str]


class Catalogue:
    """The texts of one language, checked when made.

    `zone` is where people read the times; `salutation` is how one addresses them ("Bapak/Ibu") and may be used
    by every text. Raises :class:`CatalogueError` with all faults at once.
    """

    def __init__(self, lang: str, texts: Mapping[str, Entry], *, zone: ZoneInfo, salutation: str = "") -> None:
        try:
            self._locale = Locale.parse(lang)
        except (UnknownLocaleError, ValueError) as error:
            raise CatalogueError(f"{lang}: no such language") from error
        self.lang = lang
        self._zone = zone
        self._common: Mapping[str, Value] = {"salutation": salutation}
        faults: list[str] = []
        self._messages: dict[str, _Message] = {}
        for key, entry in texts.items():
            if not _KEY.fullmatch(key):
                faults.append(f"{key!r}: a key is made of small letters, digits, _ and dots")
            try:
                self._messages[key] = self._message(entry)
            except ValueError as error:
                faults.append(f"{key}: {error}")
        if faults:
            raise CatalogueError("\n".join(f"{lang}: {fault}" for fault in faults))

    @property
    def keys(self) -> frozenset[str]:
        """All keys."""
        return frozenset(self._messages)

    def addressing(self, salutation: str) -> Catalogue:
        """The same texts for somebody who is addressed in another way."""
        other = copy.copy(self)
        other._common = {"salutation": salutation}
        return other

    def fields(self, key: str) -> frozenset[str]:
        """The values that `say(key)` must be given."""
        return self._of(key).fields

    def say(self, key: str, /, **values: Value) -> Text:
        """The text of a key with its values, which must be exactly :meth:`fields`; else :class:`TextError`.

        `html` is there when the text has an HTML form or a value carries one. Values are escaped in it and
        freed of control and bidirectional characters in both; a :class:`Text` given as value is trusted.
        """
        message = self._of(key)
        if message.fields != values.keys():
            missing, surplus = message.fields - values.keys(), values.keys() - message.fields
            said = [f"without {', '.join(sorted(missing))}"] if missing else []
            said += [f"with an unknown {', '.join(sorted(surplus))}"] if surplus else []
            raise TextError(f"{self.lang}: {key} was asked for {' and '.join(said)}")
        wording = message.forms["other"]
        if message.by is not None:
            count = values[message.by]
            if isinstance(count, bool) or not isinstance(count, int | float):
                raise TextError(f"{self.lang}: {key}: {message.by} is a number")
            wording = message.forms[self._locale.plural_form(count)]
        try:
            return self._render(wording, {**self._common, **values})
        except (TypeError, ValueError) as error:
            raise TextError(f"{self.lang}: {key}: {error}") from error

    def _of(self, key: str) -> _Message:
        try:
            return self._messages[key]
        except KeyError:
            raise TextError(f"{self.lang}: there is no text {key!r}") from None

    # --- reading ---

    def _message(self, entry: Entry) -> _Message:
        if isinstance(entry, Mapping) and "by" in entry:
            by = entry["by"]
            if not isinstance(by, str):
                raise ValueError("`by` names the number")
            needed = {"other", *self._locale.plural_form.tags}
            if entry.keys() - {"by"} != needed:
                raise ValueError(f"the plural forms are {', '.join(sorted(needed))}")
            forms = {form: _wording(entry[form]) for form in sorted(needed)}
        else:
            by, forms = None, {"other": _wording(entry)}
        used = {field for wording in forms.values() for field in _fields(wording)}
        if by is not None:
            used |= {by}
        return _Message(by, forms, frozenset(used) - _COMMON)

    # --- writing ---

    def _render(self, wording: _Wording, values: Mapping[str, Value]) -> Text:
        written: dict[_Field, Text] = {}
        for part in wording.plain + (wording.html or ()):
            if isinstance(part, _Field):
                written[part] = self._write(values[part.name], part.form)
        plain = "".join(p if isinstance(p, str) else written[p].plain for p in wording.plain)
        if wording.html is not None:
            template, escape = wording.html, False
        elif any(text.html is not None for text in written.values()):
            template, escape = wording.plain, True
        else:
            return Text(plain)
        own = (_escape(p) if isinstance(p, str) and escape else p for p in template)
        rich = "".join(p if isinstance(p, str) else _html_of(written[p]) for p in own)
        return Text(plain, rich)

    def _write(self, value: Value, form: str | None) -> Text:
        if form is not None:
            return Text(_FORMS[form](value, self.lang, self._zone))
        if isinstance(value, Text):
            return value
        if isinstance(value, str):
            return Text(harmless(value))
        if isinstance(value, bool):
            raise TypeError("yes and no are not texts")
        if isinstance(value, int | float):
            return Text(format_decimal(value, locale=self._locale))
        if isinstance(value, Sequence):
            items = [self._write(item, None) for item in value]
            plain = format_list([item.plain for item in items], locale=self._locale)
            if all(item.html is None for item in items):
                return Text(plain)
            return Text(plain, format_list([_html_of(item) for item in items], locale=self._locale))
        raise TypeError(f"{type(value).__name__} is not a value of a text")


def load_catalogue(lang: str, *, zone: ZoneInfo, salutation: str = "", folder: Path = _FOLDER) -> Catalogue:
    """The catalogue of `<folder>/<lang>/texts.yaml`. Raises :class:`CatalogueError`, also for a double key."""
    file = folder / lang / "texts.yaml"
    try:
        content = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{lang}: the texts cannot be read: {error}") from error
    try:
        texts = _read(content)
    except (yaml.YAMLError, ValueError) as error:
        raise CatalogueError(f"{lang}: {error}") from error
    return Catalogue(lang, texts, zone=zone, salutation=salutation)


def differences(one: Catalogue, other: Catalogue) -> list[str]:
    """One line for each key that only one of them has, or that takes different values."""
    lines = [f"{key} is only in {one.lang}" for key in sorted(one.keys - other.keys)]
    lines += [f"{key} is only in {other.lang}" for key in sorted(other.keys - one.keys)]
    for key in sorted(one.keys & other.keys):
        here, there = one.fields(key), other.fields(key)
        if here != there:
            lines.append(
                f"{key} takes {', '.join(sorted(here)) or 'nothing'} in {one.lang}"
                f" and {', '.join(sorted(there)) or 'nothing'} in {other.lang}"
            )
    return lines


def pill(user: str, name: str) -> Text:
    """A person named in a text: the name, and in HTML a link that Matrix clients show as a pill.

    The permalink is `https://matrix.to/#/<user id>`, as the Matrix specification (v1.11, appendix
    "matrix.to navigation") describes it.
    """
    shown = harmless(name)
    return Text(shown, f'<a href="https://matrix.to/#/{quote(user, safe="")}">{html.escape(shown)}</a>')


_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_UNSEEN = _BIDI | frozenset(
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u2060\u2061\u2062\u2063\u2064\u2800\u3164\uffa0"
)
"""What turns the direction of writing, or takes no room, or only room: names are told apart by what is seen."""

_PICTURES = "\u2190-\u2bff\U0001f000-\U0001faff"
_JOINER = re.compile(f"(?<![\ufe0f{_PICTURES}])\u200d|\u200d(?![{_PICTURES}])")
"""A joiner that joins no two pictures, as the parts of a family are joined."""


def harmless(value: str) -> str:
    """A foreign text as one line: no control, bidirectional, invisible, tag or lone surrogate characters."""
    joined = _JOINER.sub("", value)
    kept = (c for c in joined if c not in _UNSEEN and not "\U000e0000" <= c <= "\U000e0fff")
    shown = "".join(" " if c.isspace() else "" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in kept)
    return re.sub(" {2,}", " ", shown)


def _escape(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _html_of(text: Text) -> str:
    return _escape(text.plain) if text.html is None else text.html


def _wording(entry: Entry) -> _Wording:
    if isinstance(entry, str):
        return _Wording(_parse(entry), None)
    plain, rich = entry.get("text"), entry.get("html")
    if not isinstance(plain, str) or not isinstance(rich, str) or entry.keys() != {"text", "html"}:
        raise ValueError("a text is a sentence, or has `text` and `html`, or `by` and its plural forms")
    wording = _Wording(_parse(plain), _parse(rich))
    if {p.name for p in wording.plain if isinstance(p, _Field)} != {
        p.name for p in wording.html or () if isinstance(p, _Field)
    }:
        raise ValueError("`text` and `html` do not have the same fields")
    return wording


def _fields(wording: _Wording) -> Iterable[str]:
    return (part.name for part in wording.plain if isinstance(part, _Field))


def _parse(template: str) -> _Parts:
    if not template.strip():
        raise ValueError("the text is empty")
    parts: list[str | _Field] = []
    end = 0
    for found in _FIELD.finditer(template):
        parts.append(template[end : found.start()])
        end = found.end()
        name, form = found["name"], found["form"]
        if name is not None:
            if form is not None and form not in _FORMS:
                raise ValueError(f"{found[0]}: there is no form {form!r}, only {', '.join(sorted(_FORMS))}")
            parts.append(_Field(name, form))
        elif len(found[0]) == 2:
            parts.append(found[0][0])
        else:
            raise ValueError(f"a single {found[0]} near {template[max(0, found.start() - 10) : end + 10]!r}")
    parts.append(template[end:])
    return tuple(part for part in parts if part)


def _read(content: str) -> dict[str, Entry]:
    """Texts of a YAML file, every scalar as it is written (YAML 1.1 would make `no` a boolean)."""
    root = yaml.compose(content, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise ValueError("the file holds keys and texts")
    return {key: _entry(node) for key, node in _pairs(root)}


def _entry(node: yaml.Node) -> Entry:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if not isinstance(node, yaml.MappingNode):
        raise ValueError(f"line {node.start_mark.line + 1}: a text is no list")
    entry: dict[str, str | Mapping[str, str]] = {}
    for key, child in _pairs(node):
        if isinstance(child, yaml.ScalarNode):
            entry[key] = str(child.value)
        elif isinstance(child, yaml.MappingNode):
            entry[key] = {inner: str(leaf.value) for inner, leaf in _pairs(child)}
        else:
            raise ValueError(f"line {child.start_mark.line + 1}: a text is no list")
    return entry


def _pairs(mapping: yaml.MappingNode) -> Iterable[tuple[str, yaml.Node]]:
    seen: set[str] = set()
    for key, node in mapping.value:
        if key.value in seen:
            raise ValueError(f"line {key.start_mark.line + 1}: {key.value} stands there twice")
        seen.add(key.value)
        yield key.value, node


def _when(value: Value, lang: str, zone: ZoneInfo) -> str:
    return dates.weekday_date_time(_instant(value, zone), lang)


def _short(value: Value, lang: str, zone: ZoneInfo) -> str:
    return dates.short_date_time(_instant(value, zone), lang)


def _clock(value: Value, lang: str, zone: ZoneInfo) -> str:
    at = _instant(value, zone)
    return f"{dates.clock(at, lang)} {dates.zone_label(at)}"


def _day(value: Value, lang: str, zone: ZoneInfo) -> str:
    if isinstance(value, str) and len(value) == len("2026-11-20"):
        return dates.weekday_date(date.fromisoformat(value), lang)
    return dates.weekday_date(_instant(value, zone), lang)


def _week(value: Value, lang: str, zone: ZoneInfo) -> str:
    """The range of the week that begins on a date."""
    if not isinstance(value, str):
        raise TypeError("a week is given by its first day")
    return dates.week_range(date.fromisoformat(value), lang)


def _duration(value: Value, lang: str, zone: ZoneInfo) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a duration is a number of seconds")
    return dates.duration(timedelta(seconds=value), lang)


def _period(value: Value, lang: str, zone: ZoneInfo) -> str:
    """How long something is kept: 5y is "5 years", 400d "400 days"."""
    found = re.fullmatch(r"(\d+)([dy])", value) if isinstance(value, str) else None
    if not found:
        raise TypeError("a period is a number of days or years, as 400d or 5y")
    unit = {"d": "duration-day", "y": "duration-year"}[found[2]]
    return format_unit(int(found[1]), unit, length="long", locale=lang)


def _instant(value: Value, zone: ZoneInfo) -> datetime:
    if not isinstance(value, str):
        raise TypeError("a time is ISO 8601 text with an offset")
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError(f"the time {value} has no offset")
    return at.astimezone(zone)


_FORMS: Mapping[str, Callable[[Value, str, ZoneInfo], str]] = {
    "when": _when,  # Jumat, 20 November 2026 17.00 WITA, from ISO 8601 text with an offset
    "short": _short,  # Jum, 20 Nov 17.00
    "clock": _clock,  # 17.00 WITA
    "day": _day,  # Jumat, 20 November 2026
    "week": _week,  # Senin 16 – Minggu 22 November 2026, from the first day
    "duration": _duration,  # 2 jam, from seconds
    "period": _period,  # 5 tahun, from 5y
}
