"""What a bundle says, in its language: headings, labels and sentences from `bridge/lang/<language>/bundle.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import msgspec
import yaml
from babel.dates import format_date

from bridge.model.facts import WeekSealed

LANGUAGES = ("id", "en")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS = 253_370_764_800_000
"""The first day of 9999: no zone may push a claimed time over the edge."""


@cache
def _texts(language: str) -> Mapping[str, str]:
    """The texts of a language by dotted key. The file is part of the package; it is read once."""
    path = files("bridge").joinpath("lang", language, "bundle.yaml")
    return dict(_flat(yaml.safe_load(path.read_text(encoding="utf-8")), ""))


def _flat(node: object, prefix: str) -> list[tuple[str, str]]:
    if isinstance(node, dict):
        return [pair for key, value in node.items() for pair in _flat(value, f"{prefix}{key}.")]
    return [(prefix[:-1], str(node))]


class Words(msgspec.Struct, frozen=True):
    """The texts of a language, with the names and the zone of one forum."""

    language: str
    zone: str = "UTC"
    units: Mapping[str, tuple[str, str]] = {}
    """Unit id -> (name, short name)."""
    persons: Mapping[str, str] = {}
    roles: Mapping[str, str] = {}
    first_day: date | None = None
    """A day on which a week begins, where that is not a Monday."""

    @staticmethod
    def of(seal: WeekSealed) -> Words:
        """The words of a sealed week: its language, zone, units, persons and names of roles."""
        return Words(
            language=seal.language if seal.language in LANGUAGES else "en",
            zone=seal.timezone,
            units={unit.id: (unit.name, unit.short) for unit in seal.units},
            persons={person.id: person.name for person in seal.persons},
            roles=seal.role_names,
            first_day=Words("en", seal.timezone).moment(seal.starts).date(),
        )

    @property
    def known(self) -> frozenset[str]:
        """All keys of the language."""
        return frozenset(_texts(self.language))

    def say(self, key: str, **values: str | int) -> str:
        """The text of a key. Raises KeyError when the language lacks it."""
        text = _texts(self.language)[key]
        return text.format(**values) if values else text

    def label(self, group: str, code: str) -> str:
        """The word for a code of the record; a code that the language does not know stands for itself."""
        return _texts(self.language).get(f"{group}.{code}", code) if code else ""

    def knows(self, group: str, code: str) -> bool:
        """Whether the language has a word for a code of the record."""
        return f"{group}.{code}" in _texts(self.language)

    def yes(self, value: bool) -> str:
        """yes, or nothing: a column of noes hides the few that matter."""
        return self.say("yes") if value else ""

    def unit_name(self, unit: str) -> str:
        return self.units.get(unit, (unit, unit))[0]

    def unit_short(self, unit: str) -> str:
        return self.units.get(unit, (unit, unit))[1]

    def person(self, who: str | None) -> str:
        """The name of a person id, or what a rule (`rule:NAME`) is called; a Matrix id stands for itself."""
        if who and who.startswith("rule:"):
            return self.label("rules", who.removeprefix("rule:"))
        return self.persons.get(who, who) if who else ""

    def role(self, role: str, acting: bool = False) -> str:
        """What a role is called; `Acting Mayor` where the office was held for the time being."""
        name = self.roles.get(role) or self.label("roles", role)
        return self.say("acting_role", role=name) if acting else name

    def _tz(self) -> tzinfo:
        return _zone(self.zone)

    def moment(self, ms: int) -> datetime:
        """A time in the forum's zone; claimed times outside 2 January 1970 to 1 January 9999 become the nearer."""
        clamped = min(max(ms, 86_400_000), _LAST_MS)
        return (_EPOCH + timedelta(milliseconds=clamped)).astimezone(self._tz())

    def zone_name(self, ms: int) -> str:
        """WITA; `UTC-03` where the zone has no name."""
        name = self.moment(ms).tzname() or ""
        return f"UTC{name}" if name[:1] in "+-" else name

    def clock(self, ms: int | None) -> str:
        """`Jum 20 Nov 2026 09.15`, for reading."""
        if ms is None:
            return ""
        at = self.moment(ms)
        day = format_date(at.date(), "EEE d MMM y", locale=self.language)
        return f"{day} {at.hour:02}{self.say('clock_separator')}{at.minute:02}"

    def week_of(self, ms: int) -> str:
        """The week of a time in the forum's zone, `2026-W47`: the ISO week that holds most of its days."""
        day = self.moment(ms).date()
        monday = date(1970, 1, 5)
        into = (day - (self.first_day or monday)).days % 7
        year, week, _ = (day - timedelta(days=into - 3)).isocalendar()
        return f"{year:04}-W{week:02}"

    def title(self, seal: WeekSealed) -> str:
        """`Senin 16 – Minggu 22 November 2026 (pekan 47)`; what both ends share is said once.

        That of a preview says so first.
        """
        first, last = self.moment(seal.starts).date(), self.moment(seal.ends - 1).date()
        begins = "EEEE d"
        if first.year != last.year:
            begins = "EEEE d MMMM y"
        elif first.month != last.month:
            begins = "EEEE d MMMM"
        title = self.say(
            "title",
            first=format_date(first, begins, locale=self.language),
            last=format_date(last, "EEEE d MMMM y", locale=self.language),
            week=int(seal.week.rpartition("W")[2]) if seal.week[-2:].isdecimal() else seal.week,
        )
        return f"{self.say('front.preview')}: {title}" if seal.preview else title


@cache
def _zone(key: str) -> tzinfo:
    try:
        return ZoneInfo(key)
    except (ValueError, OSError, KeyError):  # the policy lets no unknown zone in; a hostile bundle may name one
        return UTC
