"""The items of time that a message is read into: days, clock times, deadline words; all else is a plain word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bridge.model.speech import DurationUnit, MomentWord, PartWord, SpanWord


@dataclass(frozen=True, slots=True)
class Ahead:
    """A day counted from today."""

    days: int


@dataclass(frozen=True, slots=True)
class Weekday:
    day: int
    prayer: str | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """A date; without `year` or `month` the nearest that is meant. `day` 31 `or_last` is the last of the month."""

    day: int
    month: int | None = None
    year: int | None = None
    sure: bool = True
    or_last: bool = False


@dataclass(frozen=True, slots=True)
class NthWeek:
    """A week of a month, from Monday to Sunday, the first with the month's first day in it; 5 is the last one.

    Of the month by that name, or of the one `ahead`.
    """

    number: int
    month: int | None = None
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class Offset:
    """`H-1`: so many days before (or after) a day that is named elsewhere."""

    days: int


@dataclass(frozen=True, slots=True)
class Length:
    """A time from now."""

    count: int
    unit: DurationUnit
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock time as written. `exact` is of twenty-four hours; otherwise `half` or a part of the day may tell."""

    hour: int
    minute: int
    exact: bool
    half: Literal["am", "pm"] | None = None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    word: PartWord
    today: bool


@dataclass(frozen=True, slots=True)
class Zone:
    name: str


@dataclass(frozen=True, slots=True)
class Mark:
    kind: Literal["due", "until", "to", "before", "start", "open_end"]


@dataclass(frozen=True, slots=True)
class Flag:
    kind: Literal[
        "this", "next", "past", "repeat", "event", "deliver", "filler", "comma", "open", "break", "word", "within"
    ]


Day = Ahead | Weekday | Dated | NthWeek
What = Day | Offset | Length | Clock | Part | MomentWord | SpanWord | Zone | Mark | Flag


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of the message. `weak` ones are times only in company."""

    what: What
    start: int
    end: int
    weak: bool = False
