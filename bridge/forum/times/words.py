"""The time words of a language, ready to be found in a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import msgspec

from bridge.forum.times.items import Ahead, Dated, Flag, Length, Mark, Part, Weekday, What, Zone
from bridge.model.speech import DueWords, DurationUnit


class Token(msgspec.Struct, frozen=True):
    norm: str
    start: int
    end: int
    number: bool
    glued: bool  # no space before it
    newline: bool  # a line ended before it


@dataclass(frozen=True, slots=True)
class Prefix:
    """A word that makes a time of the number after it."""

    kind: Literal[
        "clock", "date", "month", "month_end", "month_day", "week", "offset", "half", "quarter", "greeting"
    ]
    value: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    what: What | Prefix
    weak: bool = False


Says = Literal["am", "pm", "clock_after", "ordinals", "less", "more", "quarter", "fuzzy", "multiplied"]
"""Kinds of words that stand behind a number."""

_TOKEN = re.compile(
    r"(?P<number>[0-9]+(?:(?:[.:,/–-]|\s?[x×]\s?)[0-9]+)*)"
    r"|(?P<dotted>[^\W\d_](?:[./][^\W\d_])+(?![^\W\d_])\.?)"
    r"|(?P<word>[^\W\d_]+(?:['’‘`ʼ]+[^\W\d_]+)*)"
    r"|(?P<mark>\S)"
)
_COUNT = re.compile(r"(?:(\d{1,3})[–-])?(\d{1,3})")


class TimeWords:
    """The words of a language, ready to be found in a text. Made once; `items` is pure."""

    def __init__(self, words: DueWords) -> None:
        self._words = words
        self._phrases: dict[str, list[tuple[tuple[str, ...], Entry]]] = {}
        self._units: dict[tuple[str, ...], tuple[DurationUnit, int | None]] = {}
        self._numbers = {tuple(p.split()): n.value for n in words.numbers for p in n.words}
        self._months = {m: n for n, names in enumerate(words.months, 1) for m in names}
        self._measures = frozenset(words.measures)
        for unit in words.units:
            self._units |= {tuple(p.split()): (unit.unit, unit.count) for p in unit.words}
        self._longest_unit = max(map(len, [*self._units, *self._numbers]), default=0)
        self._amounts_begin = {phrase[0] for phrase in [*self._units, *self._numbers]}
        self._fill(words)
        for found in self._phrases.values():
            found.sort(key=lambda phrase: -len(phrase[0]))

    def _fill(self, words: DueWords) -> None:
        # What is entered first wins where two phrases are the same.
        for day in words.days:
            self._enter(day.words, Ahead(day.ahead))
        for span in words.spans:
            self._enter(span.words, span)
        for weekday in words.weekdays:
            self._enter(weekday.words, Weekday(weekday.day, weekday.prayer))
            self._enter(weekday.weak, Weekday(weekday.day, weekday.prayer), weak=True)
        for moment in words.moments:
            self._enter(moment.words, moment, weak=moment.weak)
        for part in words.parts:
            self._enter(part.words, Part(part, today=False))
            self._enter(part.today, Part(part, today=True))
        for zone in words.zones:
            self._enter(zone.words, Zone(zone.zone))
        for date in words.dates:
            self._enter(date.words, Dated(date.day, date.month), weak=True)
        for week in words.nth_week:
            self._enter(week.words, Prefix("week", week.value))
        self._enter(words.open_end, Mark("open_end"))
        self._enter(words.due, Mark("due"))
        self._enter(words.until, Mark("until"))
        self._enter(words.to, Mark("to"))
        self._enter(words.before, Mark("before"))
        self._enter(words.start, Mark("start"))
        self._enter(words.clock_before, Prefix("clock"))
        self._enter(words.half_hour, Prefix("half"))
        self._enter(words.date_before, Prefix("date"))
        self._enter(words.month_end, Prefix("month_end"))
        self._enter(words.month_begin, Prefix("month_day", 1))
        self._enter(words.month_middle, Prefix("month_day", 15))
        self._enter(words.quarter_past, Prefix("quarter", 15))
        self._enter(words.quarter_to, Prefix("quarter", -15))
        for month, number in self._months.items():
            self._enter((month,), Prefix("month", number))
        self._enter(words.day_offset, Prefix("offset"))
        self._enter(words.greetings, Prefix("greeting"))
        self._enter(words.within, Flag("within"))
        self._enter(words.this, Flag("this"))
        self._enter(words.next, Flag("next"))
        self._enter(words.past, Flag("past"))
        self._enter(words.repeat, Flag("repeat"))
        self._enter(words.deliver, Flag("deliver"))
        self._enter(words.events, Flag("event"))
        self._enter(words.fillers, Flag("filler"))

    def _enter(self, phrases: Iterable[str], what: What | Prefix, *, weak: bool = False) -> None:
        for phrase in phrases:
            tokens = tuple(token.norm for token in tokens_of(phrase))
            known = self._phrases.setdefault(tokens[0], [])
            if all(tokens != other for other, _ in known):
                known.append((tokens, Entry(what, weak)))

    def phrase(self, tokens: list[Token], at: int) -> tuple[Entry, int] | None:
        """The longest known phrase at a token, and the token after it."""
        for phrase, entry in self._phrases.get(tokens[at].norm, ()) if at < len(tokens) else ():
            end = at + len(phrase)
            if tuple(t.norm for t in tokens[at:end]) == phrase and not any(t.newline for t in tokens[at + 1 : end]):
                return entry, end
        return None

    def amount(self, tokens: list[Token], at: int) -> tuple[Length, int] | None:
        """A number with a unit of time: "2 jam", "half an hour", "2-3 days", "dua minggu"."""
        if not tokens[at].number and tokens[at].norm not in self._amounts_begin:
            return None
        for end in range(min(len(tokens), at + self._longest_unit), at, -1):
            unit, count = self._units.get(norms_of(tokens[at:end]), (None, None))
            if unit is not None and count is not None:
                return Length(count, unit), end
        written = _COUNT.fullmatch(tokens[at].norm) if tokens[at].number else None
        if written:
            unit_at, count, sure = self._spelt_again(tokens, at + 1), int(written[2]), written[1] is None
        else:
            for unit_at in range(min(len(tokens), at + self._longest_unit), at, -1):
                count = self._numbers.get(norms_of(tokens[at:unit_at]))
                if count is not None:
                    sure = True
                    break
            else:
                return None
        for end in range(min(len(tokens), unit_at + self._longest_unit), unit_at, -1):
            unit, fixed = self._units.get(norms_of(tokens[unit_at:end]), (None, None))
            if unit is not None and fixed is None and count is not None:
                return Length(count, unit, sure), end
        return None

    def _spelt_again(self, tokens: list[Token], at: int) -> int:
        """The token after "(tiga)" in "3 (tiga) hari"."""
        spelt = self.number(tokens, at + 1) if norms_of(tokens[at : at + 1]) == ("(",) else None
        closed = spelt is not None and norms_of(tokens[spelt[1] : spelt[1] + 1]) == (")",)
        return spelt[1] + 1 if spelt is not None and closed else at

    def number(self, tokens: list[Token], at: int) -> tuple[int, int] | None:
        """A number in words, the longest that stands here, and the token after it."""
        for end in range(min(len(tokens), at + self._longest_unit), at, -1):
            value = self._numbers.get(norms_of(tokens[at:end]))
            if value is not None:
                return value, end
        return None

    def month(self, token: Token) -> int | None:
        return self._months.get(token.norm)

    def measured(self, tokens: list[Token], after: int) -> bool:
        """Whether a measure follows, so that the number before it is an amount."""
        return after < len(tokens) and tokens[after].norm in self._measures

    def says(self, kind: Says, token: Token) -> bool:
        words: dict[str, tuple[str, ...]] = {
            "am": self._words.am,
            "pm": self._words.pm,
            "clock_after": self._words.clock_after,
            "ordinals": self._words.ordinals,
            "less": self._words.less,
            "more": self._words.more,
            "quarter": self._words.quarter,
            "fuzzy": self._words.fuzzy,
            "multiplied": self._words.multiplied,
        }
        return token.norm in words[kind]

    def bare_hour(self, norms: str) -> bool:
        return norms in self._words.bare_hour_after

    def courteous(self, token: Token) -> bool:
        return any(phrase.split()[0] == token.norm for phrase in self._words.courtesy)

    def from_now(self, tokens: list[Token], at: int) -> int | None:
        """The token after "lagi" or "from now", if that stands here."""
        for phrase in sorted(self._words.from_now, key=len, reverse=True):
            parts = tuple(phrase.split())
            if norms_of(tokens[at : at + len(parts)]) == parts:
                return at + len(parts)
        return None

    @property
    def month_first(self) -> bool:
        return self._words.month_first

    @property
    def half_before(self) -> bool:
        return self._words.half_hour_is == "before"


def tokens_of(text: str) -> list[Token]:
    tokens = []
    end = 0
    for found in _TOKEN.finditer(text):
        gap = text[end : found.start()]
        norm = found[0].lower() if found[0].isascii() else unicodedata.normalize("NFKC", found[0]).casefold()
        if found["dotted"]:
            norm = norm.rstrip(".").replace("/", ".")
        elif found["word"]:
            norm = re.sub("['’‘`ʼ]", "", norm)
        tokens.append(Token(norm, found.start(), found.end(), found["number"] is not None, not gap, "\n" in gap))
        end = found.end()
    return tokens


def norms_of(tokens: list[Token]) -> tuple[str, ...]:
    return tuple(token.norm for token in tokens)
