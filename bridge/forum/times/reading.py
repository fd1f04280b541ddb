"""From a message to the items of time in it.

This is the first half of finding a due time; nothing here knows what time it is.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from bridge.forum.times.items import (
    Ahead,
    Clock,
    Dated,
    Flag,
    Item,
    Length,
    Mark,
    NthWeek,
    Offset,
    Part,
    Weekday,
    What,
    Zone,
)
from bridge.forum.times.words import Prefix, TimeWords, Token, tokens_of
from bridge.model.speech import SpanWord

LONGEST_TEXT = 20_000
"""Characters that are read; a due time is not sought beyond."""

_CLOCK = re.compile(r"(\d{1,2})[.:](\d{2})")
_CLOCKS = re.compile(r"(\d{1,2})(?:[.:](\d{2}))?[–-](\d{1,2})(?:[.:](\d{2}))?")
_DATE = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})")
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_MONTH = re.compile(r"(\d{1,2})([/–-])(\d{1,2})")
_TIMES = re.compile(r"(\d{1,2})\s?[x×]\s?(\d{1,3})")


def read_items(text: str, words: TimeWords) -> list[Item]:
    """All items of a text in order; what is no time is a word. Never raises."""
    return _Reading(words, tokens_of(text[:LONGEST_TEXT])).items()


class _Reading:
    """One pass over the tokens of one text."""

    def __init__(self, words: TimeWords, tokens: list[Token]) -> None:
        self._words = words
        self._tokens = tokens
        self._items: list[Item] = []
        self._at = 0
        self._spoken = ""  # the last phrase, for deadline words after which a bare number is an hour

    def items(self) -> list[Item]:
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.newline:
                self._add(Flag("break"), self._at, weak=False)
            if not (self._duration() or (self._number() if token.number else self._known())):
                self._add(Flag(_plain(token, self._tokens, self._at, self._items)), self._at + 1)
        return self._items

    def _add(self, what: What, end: int, *, weak: bool = False) -> bool:
        first, last = self._tokens[self._at], self._tokens[max(self._at, end - 1)]
        self._items.append(Item(what, first.start, last.end if end > self._at else first.start, weak))
        self._at = end
        return True

    @property
    def _before(self) -> What | None:
        return self._items[-1].what if self._items else None

    def _token(self, at: int) -> Token | None:
        return self._tokens[at] if at < len(self._tokens) else None

    # --- words ---

    def _known(self) -> bool:
        found = self._words.phrase(self._tokens, self._at)
        if found is None:
            if self._words.month(self._tokens[self._at]) is not None:
                return False
            after = self._token(self._at + 1)
            if after is not None and after.norm == "2" and after.glued:  # masing2
                return self._add(Flag("word"), self._at + 2)
            return False
        entry, end = found
        if isinstance(entry.what, Prefix):
            return self._prefixed(entry.what, end)
        self._spoken = " ".join(t.norm for t in self._tokens[self._at : end])
        return self._add(entry.what, end, weak=entry.weak)

    def _prefixed(self, prefix: Prefix, after: int) -> bool:
        while after < len(self._tokens) and self._tokens[after].norm in {".", ":"}:
            after += 1  # "pkl. 12.00", "Pukul : 12.00"
        following = self._token(after)
        if following is None:
            return False
        if prefix.kind == "greeting":
            named = self._words.phrase(self._tokens, after)
            return (
                named is not None
                and isinstance(named[0].what, Part | Ahead | Weekday)
                and self._add(Flag("word"), named[1])
            )
        if prefix.kind == "clock":
            half = self._words.phrase(self._tokens, after)
            if half and isinstance(half[0].what, Prefix) and half[0].what.kind == "half":
                return self._prefixed(half[0].what, half[1])
            return (following.number and self._clock(after)) or self._spelt_hour(after)
        if prefix.kind == "half":
            whole = self._hour(after)
            if whole is None:
                return False
            hour = whole[0] - 1 or 12 if self._words.half_before else whole[0]
            return self._add(Clock(hour, 30, exact=False), whole[1])
        if prefix.kind == "quarter":
            whole = self._hour(after)
            return whole is not None and self._add(_moved(whole[0], prefix.value), whole[1])
        if prefix.kind == "week":
            return self._nth_week(prefix.value, after)
        if prefix.kind == "month_day":
            month = self._words.month(following)
            return month is not None and self._add(Dated(prefix.value, month), after + 1)
        if prefix.kind == "offset":
            count = self._token(after + 1)
            days = _small(count, 0, 99) if count else None
            if days is None or following.norm not in {"-", "+", "–"} or not following.glued:
                return False
            return self._add(Offset(days if following.norm == "+" else -days), after + 2)
        if prefix.kind == "month_end":
            month = self._words.month(following)
            if month is None:
                return False
            year, end = self._year(after + 1)
            return self._add(Dated(31, month, year, or_last=True), end)
        if prefix.kind == "month":
            day = _small(following, 1, 31)
            if day is None or self._words.measured(self._tokens, after + 1):
                return False
            year, end = self._year(self._past_ordinal(after + 1))
            return self._add(Dated(day, prefix.value, year), end)
        if following.number:
            return self._date(after, told=True)
        spelt = self._words.number(self._tokens, after)
        if spelt is None or not 1 <= spelt[0] <= 31:
            return False
        behind = self._token(spelt[1])
        month = self._words.month(behind) if behind is not None else None
        return self._add(Dated(spelt[0], month), spelt[1] + (month is not None))

    def _hour(self, at: int) -> tuple[int, int] | None:
        """An hour in figures or in words, and the token after it; None for an amount of something."""
        token = self._token(at)
        hour = _small(token, 1, 12) if token is not None else None
        found = (hour, at + 1) if hour is not None else self._words.number(self._tokens, at)
        if found is None or not 1 <= found[0] <= 12 or self._words.measured(self._tokens, found[1]):
            return None
        return found

    def _nth_week(self, number: int, at: int) -> bool:
        """A week of a month: "minggu kedua Desember", "the first week of next month"."""
        token = self._token(at)
        month = self._words.month(token) if token is not None else None
        if month is not None:
            return self._add(NthWeek(number, month), at + 1)
        named = self._words.phrase(self._tokens, at)
        if named is None or not isinstance(named[0].what, SpanWord) or named[0].what.unit != "month":
            return False
        return self._add(NthWeek(number, ahead=named[0].what.ahead), named[1])

    def _spelt_hour(self, at: int) -> bool:
        """An hour in words: "jam lima", "five pm"."""
        spelt = self._words.number(self._tokens, at)
        if spelt is None or not 1 <= spelt[0] <= 12:
            return False
        hour, end = spelt
        after = self._token(end)
        if after is not None and self._words.says("am", after):
            return self._add(Clock(hour, 0, exact=False, half="am"), end + 1)
        if after is not None and self._words.says("pm", after):
            return self._add(Clock(hour, 0, exact=False, half="pm"), end + 1)
        return not self._words.measured(self._tokens, end) and self._add(Clock(hour, 0, exact=False), end)

    # --- numbers ---

    def _duration(self) -> bool:
        times = self._times()
        amount = times or self._words.amount(self._tokens, self._at)
        if amount is None:
            return False
        length, end, told = *amount, times is not None
        more = self._words.amount(self._tokens, end) if end < len(self._tokens) and length.unit == "hour" else None
        if more is not None and more[0].unit == "minute":  # 2 jam 30 menit
            length, end = Length(length.count * 60 + more[0].count, "minute", length.sure), more[1]
        after = self._words.from_now(self._tokens, end) if end < len(self._tokens) else None
        before = self._before
        told = told or length.unit == "workday"
        told = told or after is not None or before in (Flag("within"), Mark("due"), Mark("before"))
        if told:
            return self._add(length, after or end)
        if before == Flag("deliver") and self._items[-1].end + 1 >= self._tokens[self._at].start:
            # "Selesaikan 2 hari": within two days, or the work of two days.
            return self._add(replace(length, sure=False), end)
        if not self._tokens[self._at].number and self._words.number(self._tokens, self._at) is None:
            return False
        # "2 minggu", "dua minggu": an amount of weeks is no Sunday.
        return self._add(Flag("word"), end)

    def _times(self) -> tuple[Length, int] | None:
        """1x24 jam."""
        token = self._tokens[self._at]
        if (said := self._said_times()) is not None:
            return said
        written = _TIMES.fullmatch(token.norm) if token.number else None
        if written is None or self._at + 1 >= len(self._tokens):
            return None
        one = self._words.amount([_one(token), *self._tokens[self._at + 1 : self._at + 3]], 0)
        if one is None:
            return None
        return Length(int(written[1]) * int(written[2]), one[0].unit), self._at + one[1]

    def _said_times(self) -> tuple[Length, int] | None:
        """2 kali 24 jam."""
        count, by, times = (self._token(self._at + ahead) for ahead in range(3))
        if count is None or by is None or times is None or not self._words.says("multiplied", by):
            return None
        first, second = _small(count, 1, 99), _small(times, 1, 999)
        one = self._words.amount([_one(times), *self._tokens[self._at + 3 : self._at + 5]], 0)
        if first is None or second is None or one is None:
            return None
        return Length(first * second, one[0].unit), self._at + 2 + one[1]

    def _number(self) -> bool:
        at, token = self._at, self._tokens[self._at]
        if self._date(at, told=isinstance(self._before, Mark)) or self._words.measured(self._tokens, at + 1):
            return self._at > at
        if token.glued and self._items and self._before == Flag("word") and self._items[-1].end == token.start:
            return False  # Rp5.00, v12.30
        after = self._token(at + 1)
        if after is not None and any(self._words.says(half, after) for half in ("am", "pm")):
            return self._clock(at)
        if after is not None and self._words.says("clock_after", after):
            return self._clock(at)
        if _CLOCK.fullmatch(token.norm) or (_CLOCKS.fullmatch(token.norm) and len(_CLOCK.findall(token.norm)) == 2):
            return self._clock(at, weak=not re.match(r"\d\d:", token.norm))
        named = self._words.phrase(self._tokens, at + 1)
        if named and isinstance(named[0].what, Part) and _small(token, 1, 12):
            # "besok 5 sore"; but not "tim 3 malam ini"
            return isinstance(self._before, Mark | Ahead | Weekday | Dated) and self._clock(at)
        if self._bare_hour(at):
            return self._add(Clock(int(token.norm), 0, exact=False, sure=False), at + 1)
        return self._after_deadline(at) and not _small(token, 1970, 2200) and self._military(at, at + 1)

    def _after_deadline(self, at: int) -> bool:
        """Whether a number stands directly behind a word after which it is an hour: "by 1500"."""
        near = bool(self._items) and self._items[-1].end + 1 >= self._tokens[at].start
        return near and isinstance(self._before, Mark) and self._words.bare_hour(self._spoken)

    def _military(self, at: int, end: int) -> bool:
        """Four figures that are a clock time: "pkl 1500"."""
        norm = self._tokens[at].norm
        clock = _as_clock(norm[:2], norm[2:], None) if re.fullmatch(r"\d{4}", norm) else None
        return clock is not None and self._add(clock, end)

    def _bare_hour(self, at: int) -> bool:
        """ "by 5" at the end of what is said, or before a day."""
        before = self._before
        if not (isinstance(before, Mark | Flag) and self._words.bare_hour(self._spoken)):
            return False
        if self._items[-1].end + 1 < self._tokens[at].start or _small(self._tokens[at], 1, 12) is None:
            return False
        at += (after := self._token(at + 1)) is not None and after.glued and self._words.says("fuzzy", after)
        after = self._token(at + 1)
        if after is None or after.newline or after.norm in {".", ",", "!", ";", ")"}:
            return True
        named = self._words.phrase(self._tokens, at + 1)
        return self._words.courteous(after) or bool(
            named and isinstance(named[0].what, Ahead | Weekday | Part | Zone)
        )

    def _clock(self, at: int, *, weak: bool = False) -> bool:
        """A clock time or a range of two, with "am", "pm" or "o'clock" after it."""
        norm = self._tokens[at].norm
        single, double = _CLOCK.fullmatch(norm), _CLOCKS.fullmatch(norm)
        after = self._token(at + 1)
        half: Literal["am", "pm"] | None = None
        end = at + 1
        if after is not None and self._words.says("am", after):
            half, end = "am", at + 2
        elif after is not None and self._words.says("pm", after):
            half, end = "pm", at + 2
        elif after is not None and self._words.says("clock_after", after):
            end = at + 2
        if self._words.measured(self._tokens, end):
            return False
        if single:
            clock = _as_clock(single[1], single[2], half)
            return clock is not None and self._add(clock, end, weak=weak)
        if double:
            first = _as_clock(double[1], double[2], half if int(double[1]) < int(double[3]) else None)
            last = _as_clock(double[3], double[4], half)
            if first is None or last is None:
                return False
            start = self._at
            self._add(first, end, weak=weak)
            for what in (Mark("to"), last):
                self._items.append(Item(what, self._tokens[start].start, self._tokens[end - 1].end, weak))
            return True
        if re.fullmatch(r"\d{4}", norm) and (end == at + 2 or at > self._at) and half is None:
            return self._military(at, end)
        clock = _as_clock(norm, None, half) if len(norm) <= 2 else None
        if clock is not None and half is None and end == at + 1 and (more := self._minutes(end)) is not None:
            return self._add(_moved(clock.hour, more[0]), more[1])
        return clock is not None and self._add(clock, end)

    def _minutes(self, at: int) -> tuple[int, int] | None:
        """Minutes beside an hour, and the token after them: "kurang 10", "lewat seperempat"."""
        sign, count = self._token(at), self._token(at + 1)
        if sign is None or count is None:
            return None
        less = self._words.says("less", sign)
        if not less and not self._words.says("more", sign):
            return None
        minutes = 15 if self._words.says("quarter", count) else _small(count, 1, 59)
        if minutes is None or self._words.measured(self._tokens, at + 2):
            return None
        amount = self._words.amount(self._tokens, at + 1)
        return (-minutes if less else minutes), amount[1] if amount is not None else at + 2

    def _date(self, at: int, *, told: bool) -> bool:
        """A date that begins with a number. `told` when a word before it says that it is one."""
        norm = self._tokens[at].norm
        if iso := _ISO_DATE.fullmatch(norm):
            return self._dated(int(iso[3]), int(iso[2]), int(iso[1]), at + 1)
        if full := _DATE.fullmatch(norm):
            if full[2] == "." and len(full[4]) == 2:
                return False
            year = int(full[4]) + (2000 if len(full[4]) == 2 else 0)
            return self._day_and_month(int(full[1]), int(full[3]), year, at + 1)
        after = self._past_ordinal(at + 1)
        named = self._words.month(self._tokens[after]) if after < len(self._tokens) else None
        if named is None and after < len(self._tokens) and self._tokens[after].norm == "of":
            named = self._words.month(self._tokens[after + 1]) if after + 1 < len(self._tokens) else None
            after += named is not None
        if pair := _DAY_MONTH.fullmatch(norm):
            first, second = int(pair[1]), int(pair[3])
            if named is not None:  # 20-25 November
                return self._dated(second, named, *self._year(after + 1))
            if told and pair[2] != "/" and (first < second or second > 12):  # tgl 20-25
                return 1 <= second <= 31 and self._add(Dated(second, sure=second > 12), at + 1)
            alike = len(pair[1]) == 2 and len(pair[3]) == 2 and (first > second or "0" in (pair[1][0], pair[3][0]))
            if not told and (pair[2] != "/" or not alike or self._words.measured(self._tokens, at + 1)):
                return False
            return self._day_and_month(first, second, None, at + 1)
        day = _small(self._tokens[at], 1, 31)
        if day is None:
            return False
        if named is not None:
            return self._dated(day, named, *self._year(after + 1))
        spelt = after > at + 1  # 25th
        if spelt or (told and at > self._at):
            return self._add(Dated(day), after, weak=spelt)
        return False

    def _day_and_month(self, first: int, second: int, year: int | None, end: int) -> bool:
        day, month = (second, first) if self._words.month_first else (first, second)
        if month > 12 >= day:
            day, month = month, day
        return self._dated(day, month, year, end)

    def _dated(self, day: int, month: int, year: int | None, end: int) -> bool:
        if not (1 <= day <= 31 and 1 <= month <= 12 and (year is None or 1970 <= year <= 2200)):
            return False
        return self._add(Dated(day, month, year), end)

    def _past_ordinal(self, at: int) -> int:
        token = self._token(at)
        return at + 1 if token is not None and token.glued and self._words.says("ordinals", token) else at

    def _year(self, at: int) -> tuple[int | None, int]:
        if at + 1 < len(self._tokens) and self._tokens[at].norm in {",", "."}:
            year = _small(self._tokens[at + 1], 1970, 2200)
            return (year, at + 2) if year else (None, at)
        token = self._token(at)
        year = _small(token, 1970, 2200) if token is not None else None
        return (year, at + 1) if year else (None, at)


def _one(token: Token) -> Token:
    return Token("1", token.start, token.end, True, token.glued, token.newline)


def _moved(hour: int, minutes: int) -> Clock:
    """An hour of the twelve-hour clock and some minutes before or after it."""
    at = (hour * 60 + minutes) % (24 * 60)
    return Clock(at // 60, at % 60, exact=False)


def _small(token: Token, least: int, most: int) -> int | None:
    if not re.fullmatch("[0-9]{1,4}", token.norm):
        return None
    return int(token.norm) if least <= int(token.norm) <= most else None


def _as_clock(hour: str, minute: str | None, half: Literal["am", "pm"] | None) -> Clock | None:
    h, m = int(hour), int(minute or 0)
    if h > 24 or m > 59 or (h == 24 and m) or (half is not None and not 1 <= h <= 12):
        return None
    # "07.00" and "10.00" are written as on a clock of twenty-four hours, "5.30" and "jam 10" need not be.
    exact = half is None and (h > 12 or h == 0 or (minute is not None and len(hour) == 2))
    return Clock(h, m, exact, half)


def _plain(
    token: Token, tokens: list[Token], at: int, items: list[Item]
) -> Literal["word", "comma", "open", "break", "filler"]:
    if token.norm == ",":
        return "comma"
    if token.norm == "(":
        return "open"
    if token.norm in {"!", "?", ";"}:
        return "break"
    if token.norm == ".":
        last = at + 1 == len(tokens) or not tokens[at + 1].glued
        before = items[-1].what if items else None
        return "break" if last and not isinstance(before, Mark) else "filler"
    return "word"
