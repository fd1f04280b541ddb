"""Dates, times and durations as people of a language write them, from the Unicode CLDR through Babel.

Clock times are always of twenty-four hours, with the separator of the language (17.00, 17:00). Where a
`datetime` is asked for it is aware and already in the zone in which people shall read it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

from babel import Locale
from babel.dates import format_date
from babel.units import format_unit

_DAY = "EEEE, d MMMM y"


def zone_label(at: datetime) -> str:
    """The short name of the zone in force at `at`: WITA, WIB, WIT, BST; `UTC-03` where it has no name."""
    name = at.tzname() or ""
    return f"UTC{name}" if name[:1] in {"+", "-"} else name


def clock(at: datetime, lang: str) -> str:
    """17.00 in Indonesian, 17:00 in English."""
    separator = "." if "." in Locale.parse(lang).time_formats["short"].pattern.replace("a.", "") else ":"
    return f"{at.hour:02}{separator}{at.minute:02}"


def weekday_date(day: date, lang: str) -> str:
    """Jumat, 20 November 2026."""
    return format_date(day, _DAY, locale=lang)


def weekday_date_time(at: datetime, lang: str, zone: str | None = None) -> str:
    """Jumat, 20 November 2026 17.00 WITA. `zone` is the label; without it the zone's own is taken."""
    return f"{weekday_date(at, lang)} {clock(at, lang)} {zone_label(at) if zone is None else zone}".rstrip()


def short_date_time(at: datetime, lang: str) -> str:
    """Jum, 20 Nov 17.00: where many stand below each other on a phone."""
    return f"{format_date(at.date(), 'EEE, d MMM', locale=lang)} {clock(at, lang)}"


def week_range(first: date, lang: str) -> str:
    """Senin 16 – Minggu 22 November 2026; what both ends share is said once, at the end."""
    last = first + timedelta(days=6)
    written = partial(format_date, locale=lang)
    if first.year != last.year:
        begins = "EEEE d MMMM y"
    elif first.month != last.month:
        begins = "EEEE d MMMM"
    else:
        begins = "EEEE d"
    return f"{written(first, begins)} – {written(last, 'EEEE d MMMM y')}"


def duration(length: timedelta, lang: str) -> str:
    """10 menit, 2 jam, 1 jam 30 menit, 3 hari; rounded up to a minute, whole days from two days on.

    What is longer than two days is said in days and hours. Raises ValueError for a negative length.
    """
    if length < timedelta(0):
        raise ValueError("a duration is not negative")
    minutes = -(-length // timedelta(minutes=1))
    if minutes >= 2 * 24 * 60:
        days, rest = divmod(minutes, 24 * 60)
        amounts = [(days, "day"), (rest // 60, "hour")]
    else:
        amounts = [(minutes // 60, "hour"), (minutes % 60, "minute")]
    said = [format_unit(n, f"duration-{unit}", "long", locale=lang) for n, unit in amounts if n]
    return " ".join(said) or format_unit(0, "duration-minute", "long", locale=lang)
