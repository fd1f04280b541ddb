"""The kinds of value that a policy or roster line can hold, and how a written text becomes one.

The YAML reader hands every scalar over as the text that stands in the file (``21:00``, ``NO``, ``0812``); only
the field that receives it knows what was meant. Each type here accepts that text, or the finished Python value
when code builds a model itself, and otherwise raises a :class:`PydanticCustomError` whose type is a message key
of :mod:`bridge.policy.texts`.
"""

import re
from calendar import isleap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

Role = Literal["leader", "deputy", "secretary", "head", "subdistrict_head", "expert", "auditor", "guest"]
"""What an office lets a person do; the names shown to people are ``names.roles`` of the policy."""

Kind = Literal["directive", "report", "decision", "meeting", "action"]
"""What gets a number that people see."""

Label = Literal["directive", "report", "decision", "acknowledgement", "question"]
"""What a message can be tagged as by its words; ``chatter`` and ``unsure`` need none."""

Stage = Literal["watch", "tag", "remind", "enforce"]
Language = Literal["id", "en"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
EvidenceKind = Literal["photo", "video", "document", "voice", "sticker", "gif"]

WEEKDAYS: tuple[Weekday, ...] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
"""In the order of :meth:`datetime.date.weekday`."""


@dataclass(frozen=True, slots=True)
class Span:
    """Hours of a day, from ``begins`` up to but not including ``ends``; over midnight when ``ends`` is earlier."""

    begins: time
    ends: time

    def holds(self, at: time) -> bool:
        """Whether the local time of day ``at`` lies inside."""
        at = at.replace(tzinfo=None)
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


@dataclass(frozen=True, slots=True)
class Period:
    """How long a record is kept: days or calendar years; `Period()` is for good."""

    amount: int = 0
    unit: Literal["d", "y"] = "y"

    @property
    def ends(self) -> bool:
        """Whether it is over one day."""
        return self.amount > 0

    @property
    def days(self) -> int:
        """At least so many days."""
        return self.amount * (365 if self.unit == "y" else 1)

    def shorter_than(self, other: "Period") -> bool:
        """Whether something kept this long goes earlier; 365 days are shorter than a year, which may be longer."""
        if not self.ends or not other.ends:
            return self.ends
        return (self.days, self.unit) < (other.days, other.unit)

    def before(self, at: datetime) -> datetime:
        """What is older than this was kept long enough at the aware time ``at``.

        The beginning of time when nothing ever is. 29 February counts as the 28th in years that have none.
        """
        if not self.ends:
            return datetime.min.replace(tzinfo=UTC)
        if self.unit == "d":
            return at - timedelta(days=self.amount)
        year = at.year - self.amount
        day = 28 if (at.month, at.day) == (2, 29) and not isleap(year) else at.day
        return at.replace(year=year, day=day)

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}" if self.ends else FOREVER

    @staticmethod
    def read(text: str) -> "Period | None":
        """The period that a text writes: `400d`, `5y` or `forever`; None for anything else."""
        if text.strip().casefold() == FOREVER:
            return Period()
        found = _PERIOD.fullmatch(text.strip())
        if not found or not 0 < int(found[1]) * _PERIOD_DAYS[found[2].lower()] <= _PERIOD_LONGEST:
            return None
        return Period(int(found[1]), "d" if found[2] in "dD" else "y")


@dataclass(frozen=True, slots=True)
class InBytes:
    """Marks a number that is written with a unit of bytes."""


OFF = "off"
"""What is written for "never" where a missing value would mean the default."""

LONGEST = timedelta(days=366)
"""No waiting time of a forum is longer; a slip of the finger is."""

_DURATION = re.compile(r"(\d{1,6})\s*(s|m|h|d)", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZE = re.compile(r"(\d{1,9})\s*(B|kB|MB|GB)", re.IGNORECASE)
_BYTES = {"b": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3}
LEAST_DAYS = 30
"""No record that is younger is ever destroyed, whatever a policy says."""

FOREVER = "forever"
"""What is written for a record that is never destroyed."""

_PERIOD = re.compile(r"(\d{1,5})\s*(d|y)", re.IGNORECASE)
_PERIOD_DAYS = {"d": 1, "y": 365}
_PERIOD_LONGEST = 100 * 365
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_ZONES_OF_A_MACHINE = frozenset({"localtime", "posixrules", "Factory"})
"""Names that mean something else on every machine: a record must read the same on all."""

_DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,10})?")
_WHOLE = re.compile(r"0|[1-9]\d{0,11}")


def wrong(key: str, value: object) -> PydanticCustomError:
    """What a field raises that cannot read a value; ``key`` is a sentence of :mod:`bridge.policy.texts`."""
    # The English template is only what a developer sees; people read texts.py.
    return PydanticCustomError(key, "not a {wanted}: {written}", {"wanted": key, "written": str(value)[:60]})


def _clock(text: str) -> time | None:
    found = _CLOCK.fullmatch(text.strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return time(int(found[1]), int(found[2]))


def _read_duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise wrong("duration", value)
    length = timedelta(seconds=int(found[1]) * _SECONDS[found[2].lower()])
    if length > LONGEST:
        raise wrong("duration_long", value)
    return length


def _read_period(value: object) -> object:
    if isinstance(value, Period):
        return value
    period = Period.read(value) if isinstance(value, str) else None
    if period is None:
        raise wrong("period", value)
    return period


def _read_size(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise wrong("size", value)
    return int(found[1]) * _BYTES[found[2].lower()]


def _read_clock(value: object) -> object:
    if isinstance(value, time):
        return value
    read = _clock(value) if isinstance(value, str) else None
    if read is None:
        raise wrong("clock", value)
    return read


def read_span(value: object) -> Span | None:
    """The hours that a text writes; None for anything else."""
    parts = re.split(r"\s*[-–]\s*", value.strip()) if isinstance(value, str) else []
    if len(parts) == 2:
        begins, ends = _clock(parts[0]), _clock(parts[1])
        if begins is not None and ends is not None and begins != ends:
            return Span(begins, ends)
    return None


def _read_date(value: object) -> object:
    if type(value) is date:
        return value
    found = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:  # 31 February
        pass
    raise wrong("date", value)


def _read_whole(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    raise wrong("whole", value)


def _read_degrees(most: int) -> Callable[[object], object]:
    def read(value: object) -> object:
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= most:
            return float(value)
        if isinstance(value, str) and _DEGREES.fullmatch(value.strip()) and abs(float(value)) <= most:
            return float(value)
        raise wrong("degrees", value)

    return read


def _read_flag(value: object) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise wrong("flag", value)


def _read_zone(value: object) -> object:
    # ZoneInfo takes a path-like key and, for a bad one, raises errors of several kinds.
    if isinstance(value, str) and value.strip() not in _ZONES_OF_A_MACHINE:
        try:
            ZoneInfo(value.strip())
        except (OSError, ValueError, LookupError):
            pass
        else:
            return value.strip()
    raise wrong("zone", value)


def _matching(key: str, pattern: str) -> Callable[[object], object]:
    wanted = re.compile(pattern)

    def read(value: object) -> object:
        if isinstance(value, str) and wanted.fullmatch(value.strip()):
            return value.strip()
        raise wrong(key, value)

    return read


def _json(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$", "examples": list(examples)})


Duration = Annotated[
    timedelta, BeforeValidator(_read_duration), _json(r"[0-9]{1,6}\s*[smhdSMHD]", "90s", "15m", "2h", "14d")
]
"""A length of time, a whole number and its unit: ``90s``, ``15m``, ``2h``, ``14d``."""

Keep = Annotated[
    Period, BeforeValidator(_read_period), _json(r"([0-9]{1,5}\s*[dyDY]|forever)", "400d", "5y", FOREVER)
]
"""How long a record is kept, in days or calendar years, or for good: ``400d``, ``5y``, ``forever``."""

Size = Annotated[
    int, InBytes(), BeforeValidator(_read_size), _json(r"[0-9]{1,9}\s*([kKmMgG]?[bB])", "20 kB", "50 MB")
]
"""Bytes, written with a decimal unit: ``20 kB``, ``50 MB``."""

TimeOfDay = Annotated[
    time, BeforeValidator(_read_clock), _json(r"([01]?[0-9]|2[0-3])[:.][0-5][0-9]", "06:00", "21:30")
]
"""A time of day in the forum's zone, 24 hours: ``06:00``."""

Date = Annotated[date, BeforeValidator(_read_date), WithJsonSchema({"type": "string", "format": "date"})]
"""A day, ``2026-11-20``."""

Whole = Annotated[int, BeforeValidator(_read_whole)]
"""A whole number, zero or more, in plain digits."""

Latitude = Annotated[float, BeforeValidator(_read_degrees(90))]
Longitude = Annotated[float, BeforeValidator(_read_degrees(180))]
Area = tuple[tuple[Latitude, Longitude], ...]
"""The corners of an area in their order, each as degrees north and east: ``[-4.35, 119.88]``."""

Polygon = tuple[Area, ...]
"""A border and, after it, the holes in it."""

_CORNER = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
AreaOrFile = Annotated[
    Area,
    WithJsonSchema(
        {
            "type": ["array", "string"],
            "items": _CORNER,
            "pattern": r"^[A-Za-z0-9_][A-Za-z0-9_.-]*\.(geojson|json)$",
        }
    ),
]
"""The corners, as written in the policy; what a file holds that is named instead stands in ``Policy.borders``."""

Flag = Annotated[bool, BeforeValidator(_read_flag)]
"""``true`` or ``false`` and no other word for it, so that no word is taken for it by mistake."""

Zone = Annotated[str, BeforeValidator(_read_zone)]
"""The name of a time zone in the IANA database, ``Asia/Makassar``."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]

Lendable = Literal["tag", "report", "knock", "warn"]
"""What the head of a unit may lend: mend tags of the unit, report for it, decide knocks for it, warn its people."""

Slug = Annotated[
    str, BeforeValidator(_matching("slug", r"[a-z0-9][a-z0-9-]{0,39}")), _json(r"[a-z0-9][a-z0-9-]{0,39}")
]
"""An id that never changes once it has been used: small letters, digits and hyphens, at most 40."""

RoleOrPerson = Annotated[
    str,
    BeforeValidator(_matching("who", r"[a-z0-9][a-z0-9_-]{0,39}")),
    _json(r"[a-z0-9][a-z0-9_-]{0,39}", "leader"),
]
"""The name of a role, or the id of a person of the roster."""

Who = Annotated[tuple[RoleOrPerson, ...], Field(json_schema_extra={"uniqueItems": True})]
"""Roles and person ids of the roster, mixed."""

Letter = Annotated[str, BeforeValidator(_matching("letter", r"[A-Z]{1,2}")), _json(r"[A-Z]{1,2}", "P")]
"""The one or two capitals before a number that people see: the P of P-12."""

Hashtag = Annotated[str, BeforeValidator(_matching("hashtag", r"#[\w-]{2,30}")), _json(r"#\S{2,30}", "#darurat")]

UserId = Annotated[
    str,
    BeforeValidator(_matching("user_id", r"@[^\s:@]{1,200}:[^\s@/]{1,200}")),
    _json(r"@[^\s:@]+:[^\s@/]+", "@kadis-dlh:localhost"),
]
"""A Matrix user id (Matrix specification, appendix "User Identifiers")."""


def written(value: object, *, in_bytes: bool = False) -> str:
    """A value as a person writes it in the file: the inverse of the types above, for lists ``a, b``."""
    if value is None:
        return OFF
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return _with_unit(int(value.total_seconds()), (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)), "")
    if in_bytes and isinstance(value, int):
        return _with_unit(value, (("GB", 1000**3), ("MB", 1000**2), ("kB", 1000), ("B", 1)), " ")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, Span):
        return f"{written(value.begins)}-{written(value.ends)}"
    if isinstance(value, tuple):
        return ", ".join(written(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {written(one)}" for key, one in value.items())
    if isinstance(value, BaseModel):
        shown = (
            f"{key}: {written(getattr(value, key))}"
            for key in type(value).model_fields
            if key in value.model_fields_set
        )
        return f"{{{', '.join(shown)}}}"
    return str(value)


def _with_unit(amount: int, units: tuple[tuple[str, int], ...], space: str) -> str:
    """In the largest unit that leaves no rest; a day only from a week on, as people say 24h and 72h."""
    for unit, size in units:
        if amount and amount % size == 0 and not (unit == "d" and amount < 7 * size):
            return f"{amount // size}{space}{unit}"
    return f"0{space}{units[-1][0]}"
