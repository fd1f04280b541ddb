"""When it is quiet: the hours of every day, of single weekdays and of single units, as an admin writes them under
``reminders.quiet_hours`` in ``policy.yaml``, and the holidays beside them.

A line of a day says what begins on that day: ``friday: 22:00-06:00`` lasts until Saturday morning.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from bridge.policy.holidays import Holidays
from bridge.policy.section import Section
from bridge.policy.types import OFF, WEEKDAYS, Slug, Span, Weekday, read_span, wrong

ALL_DAY: Literal["all_day"] = "all_day"
NEVER = (OFF, "none")
"""What is written for no quiet; a unit without quiet hours has `none` or `off`."""

LONGEST = 60
"""Days after which nobody waits any longer for the quiet to end."""

_LOCAL: Mapping[str, Weekday] = {
    "senin": "monday",
    "selasa": "tuesday",
    "rabu": "wednesday",
    "kamis": "thursday",
    "jumat": "friday",
    "sabtu": "saturday",
    "minggu": "sunday",
    "ahad": "sunday",
}


def _read_quiet(value: object) -> object:
    if isinstance(value, Span):
        return value
    said = value.strip().casefold() if isinstance(value, str) else None
    if said in NEVER:
        return OFF
    if said == ALL_DAY:
        return ALL_DAY
    span = read_span(value)
    if span is None:
        raise wrong("quiet", value)
    return span


def _named(value: object) -> str:
    """The weekday that is meant, as its English name: jumat, Jum'at and friday are one."""
    said = re.sub(r"[^a-z]", "", value.casefold()) if isinstance(value, str) else ""
    return _LOCAL.get(said, said)


def _day(value: object) -> object:
    named = _named(value)
    if named not in WEEKDAYS:
        raise wrong("weekday", value)
    return named


def _each_once(value: object) -> object:
    if isinstance(value, Mapping):
        named = [_named(key) for key in value]
        for key, one in zip(value, named, strict=True):
            if named.count(one) > 1:
                raise wrong("weekday_twice", key)
    return value


_HOURS = r"[0-9]{1,2}[:.][0-9]{2}\s*[-–]\s*[0-9]{1,2}[:.][0-9]{2}"
_PATTERN = {
    "type": "string",
    "pattern": rf"^(off|none|all_day|{_HOURS})$",
    "examples": ["21:00-06:00", ALL_DAY, OFF],
}

Quiet = Annotated[Span | Literal["all_day", "off"], BeforeValidator(_read_quiet), WithJsonSchema(_PATTERN)]
"""Hours of a day, over midnight if need be; the whole day and the night after it; or never."""

Day = Annotated[
    Weekday,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "enum": [*WEEKDAYS, *_LOCAL]}),
]

Days = Annotated[Mapping[Day, Quiet], BeforeValidator(_each_once)]


class OrHours:
    """In the JSON Schema: instead of the lines of the section its hours alone may be written."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"oneOf": [_PATTERN, handler(core)]}


class UnitQuiet(Section):
    """Quiet hours of one unit. The hours alone, or `off`, may be written in the place of the lines."""

    hours: Quiet | None = Field(default=None, description="Its hours on every day; without this line the forum's.")
    days: Days = Field(default={}, description="Weekdays on which it has others, as saturday: all_day.")

    @model_validator(mode="before")
    @classmethod
    def _hours_alone(cls, data: object) -> object:
        return {"hours": _read_quiet(data)} if isinstance(data, str | Span) else data


class QuietHours(Section):
    """When nothing but emergencies and very urgent orders rings. What begins on a day lasts over midnight."""

    hours: Quiet = Field(
        default=Span(time(21), time(6)), description="The hours of every day, as 21:00-06:00; `off` for none."
    )
    days: Days = Field(
        default={}, description="Weekdays that have others, as saturday: 12:00-06:00, sunday: all_day, friday: off."
    )
    units: Mapping[Slug, Annotated[UnitQuiet, OrHours()]] = Field(
        default={},
        description="Units that have others, as bpbd: off. They hold for what is rung at the unit, and for what its"
        " people write.",
    )

    @model_validator(mode="before")
    @classmethod
    def _hours_alone(cls, data: object) -> object:
        return {"hours": _read_quiet(data)} if isinstance(data, str | Span) else data

    def calendar(self, unit: str | None, holidays: Holidays) -> "Calendar":
        """The quiet of a unit; of the forum without one, and of a unit that has no lines of its own."""
        own = self.units.get(unit) if unit is not None else None
        if own is None:
            return Calendar(self.hours, self.days, holidays)
        return Calendar(self.hours if own.hours is None else own.hours, own.days, holidays)


@dataclass(frozen=True)
class Calendar:
    """When it is quiet for one unit, or for the forum. Times are local and aware."""

    hours: Span | Literal["all_day", "off"]
    days: Mapping[Weekday, Span | Literal["all_day", "off"]]
    holidays: Holidays

    @property
    def never(self) -> bool:
        """Whether nothing is ever quiet, holidays included."""
        return self.hours == OFF and all(one == OFF for one in self.days.values())

    def _begin_on(self, day: date, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of quiet that begin on a day, in the zone of a time."""
        tomorrow = day + timedelta(days=1)
        said = self.days.get(WEEKDAYS[day.weekday()], self.hours)
        if said == ALL_DAY or (self.holidays.quiet and self.holidays.on(day) is not None):
            yield datetime.combine(day, time(), at.tzinfo), datetime.combine(tomorrow, time(), at.tzinfo)
        night = self.hours if said == ALL_DAY else said
        if isinstance(night, Span):
            last = day if night.begins < night.ends else tomorrow
            yield datetime.combine(day, night.begins, at.tzinfo), datetime.combine(last, night.ends, at.tzinfo)

    def _holding(self, local: datetime) -> list[tuple[datetime, datetime]]:
        """The stretches in which a time lies, a night that began the day before first."""
        if self.never:
            return []
        today = local.date()
        around = (*self._begin_on(today - timedelta(days=1), local), *self._begin_on(today, local))
        return [(begins, ends) for begins, ends in around if begins <= local < ends]

    def since(self, local: datetime) -> datetime | None:
        """When the quiet began in which a time lies; None when it lies in none."""
        return next((begins for begins, _ in self._holding(local)), None)

    def until(self, local: datetime) -> datetime:
        """The time itself, or the end of the quiet in which it lies; itself, too, where that does not end."""
        heard = local
        while held := self._holding(heard):
            heard = max(ends for _, ends in held)
            if heard - local > timedelta(days=LONGEST):
                return local
        return heard
