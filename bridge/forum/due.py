"""When an order is due, from the words of its message; pure, and knowing nothing but the word lists.

What is decided here, since people leave it open:

- A **deadline** ("paling lambat", "sebelum", "by") wins over a bare time, a bare time over a start. Of several
  of the same rank the latest counts and the answer is not `certain`, so that nobody is late by our guess.
- A **start** ("mulai jam 07.00", "kerja bakti Jumat jam 07.00", "09.00 - 12.00") is no due time; the deed belongs
  to that day, so it is due at 23:59 of it, `certain=False`, `start_only=True`. "Mulai besok" alone begins a rule
  and has no due time.
- A **day** without a clock time is due at 23:59. "Before Friday" is Thursday 23:59, "before 25 November" the 24th.
- "Jam 5" is read within the working day (07:00 to 18:59); if that has passed today, the other half of the day is
  taken and the answer is not certain. Midnight is written as 23:59 of the day that ends.
- A weekday is the coming one, today included. "Next Wednesday" is that of next week. A date without a year is the
  coming one unless it went by less than sixty days ago: then it is past, and the rule asks.
- What lies behind `now` is returned as it was meant, with `past=True`, and not moved to another day; only "sebelum
  subuh" in daylight is the next dawn, not certain.
- "Setiap Jumat" has no single due time; "segera" has none at all.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.forum.times.items import Ahead, Clock, Dated, Day, Length, NthWeek, Weekday
from bridge.forum.times.phrases import Said, expressions, share_days
from bridge.forum.times.reading import read_items
from bridge.forum.times.words import TimeWords
from bridge.model.speech import DueWords, PartWord


@dataclass(frozen=True, slots=True)
class Due:
    """A due time: `at` is aware and in the forum's zone, `phrase` the words it was read from.

    `certain` is False when another reading is as likely. `past` is True when what was meant lies behind `now`;
    otherwise `at` is not before `now`. `start_only` is True when only a beginning was said (module docstring).
    """

    at: datetime
    phrase: str
    certain: bool = True
    past: bool = False
    start_only: bool = False
    after_midnight: bool = False
    """"Tomorrow" was said before four in the morning, when it may mean the day that has begun."""


class DueReader:
    """Finds due times with the words of a language; make it once and keep it."""

    def __init__(self, words: DueWords) -> None:
        self._words = TimeWords(words)
        self.units: Mapping[str, str] = {word: unit.unit for unit in words.units for word in unit.words}
        """Words for a minute, an hour, a day and so on."""

    def find(self, text: str, now: datetime, zone: ZoneInfo) -> Due | None:
        """The due time of a message, or None when none is said. `now` is aware. Never raises."""
        said = expressions(read_items(text, self._words))
        share_days(said)
        reading = _Calendar(now.astimezone(UTC), zone)
        found: list[tuple[int, Due]] = []
        for one in said:
            try:
                due = reading.due(one, text)
            except (OverflowError, ValueError):  # beyond the calendar
                continue
            if due is not None:
                if reading.is_after_midnight(one):
                    due = replace(due, certain=False, after_midnight=True)
                found.append((one.rank, due))
        if not found:
            return None
        best = max(rank for rank, _ in found)
        candidates = [due for rank, due in found if rank == best]
        latest = max(candidates, key=lambda due: due.at.astimezone(UTC))
        if any(due.at != latest.at for due in candidates):
            return replace(latest, certain=False)
        return latest


# --- what it means ---


class _Calendar:
    """Reads expressions at an instant, in a zone."""

    def __init__(self, now: datetime, zone: ZoneInfo) -> None:
        self._now = now
        self._zone = zone
        self._local = now.astimezone(zone)
        self._today = self._local.date()

    def due(self, said: Said, text: str) -> Due | None:
        if said.used:
            return None
        phrase = _phrase(said, text)
        if said.length is not None:
            return self._answer(self._after(said.length), phrase, certain=said.length.sure)
        if said.starts:
            return self._start(said, phrase)
        day, certain = self._day(said)
        certain = certain and said.sure
        if not said.timed:
            if said.span is not None and not said.days:
                return self._answer(self._instant(self._span_end(said), END), phrase, certain=certain)
            if day is None:
                return None
            if said.before:
                return self._before(said, day, phrase, certain and not said.before_event)
            return self._answer(self._instant(day, END), phrase, certain=certain)
        explicit = day is not None
        at, sure = self._clock_on(said, day or self._today, explicit=explicit)
        if said.days and isinstance(said.days[0], Weekday) and day == self._today and at < self._now:
            sure = False
        return self._answer(at, phrase, certain=certain and sure)

    def _start(self, said: Said, phrase: str) -> Due | None:
        if not said.timed:
            return None
        day, _ = self._day(said)
        begins, _ = self._clock_on(said, day or self._today, explicit=day is not None)
        if said.moment is not None and said.moment.weekday is not None:
            day = begins.astimezone(self._zone).date()
        if begins < self._now and (day is None or day == self._today) and said.clock and not said.days:
            return self._answer(begins, phrase, certain=False, start_only=True)
        return self._answer(self._instant(day or self._today, END), phrase, certain=False, start_only=True)

    def _answer(self, at: datetime, phrase: str, *, certain: bool, start_only: bool = False) -> Due:
        local = at.astimezone(self._zone)
        return Due(local, phrase, certain=certain, past=at < self._now, start_only=start_only)

    def _instant(self, day: date, at: time, zone: ZoneInfo | None = None) -> datetime:
        """A local time in UTC: of two the later one, and one that the clocks skip after the skip."""
        naive = datetime.combine(day, at, tzinfo=zone or self._zone)
        return max(naive.replace(fold=fold).astimezone(UTC) for fold in (0, 1))

    # --- days ---

    def is_after_midnight(self, said: Said) -> bool:
        """Whether it says "tomorrow", or a day counted from today, in the small hours."""
        days = (said.borrowed or said).days
        return self._local.hour < NIGHT_ENDS and any(isinstance(day, Ahead) and day.days for day in days)

    def _day(self, said: Said) -> tuple[date | None, bool]:
        source = said.borrowed or said
        days = [(day, *self._one_day(self._in_month(day, source), source)) for day in source.days]
        weekday = next((day for day in source.days if isinstance(day, Weekday)), None)
        if weekday is not None and source.span is not None and source.span.unit == "week":
            monday = self._today - timedelta(days=self._today.weekday())
            days = [(weekday, monday + timedelta(weeks=source.span.ahead, days=weekday.day), True)]
        if not days:
            if source.span is not None and said.timed:
                return self._span_end(source), True
            return (self._today if said.this or (said.part and said.part.today) else None), True
        dated = next((found for found in days if isinstance(found[0], Dated)), None)
        _, chosen, certain = dated or max(days, key=lambda found: found[1])
        for day, found, _ in days:
            agrees = chosen.weekday() == day.day if isinstance(day, Weekday) else found == chosen
            certain = certain and agrees
        if source.since is not None and isinstance(source.days[0], Weekday):
            begins, _ = self._day(source.since)
            while begins is not None and chosen < begins:
                chosen += timedelta(days=7)
        if self.is_after_midnight(said):
            certain = False
        if source.eve and source.part is not None:
            chosen -= timedelta(days=1)
        if said.offset is not None:
            chosen += timedelta(days=said.offset.days)
        return chosen, certain

    def _in_month(self, day: Day, said: Said) -> Day:
        """ "Tgl 5 bulan depan": the day of the month that is named with it."""
        if not isinstance(day, Dated) or day.month is not None or said.span is None or said.span.unit != "month":
            return day
        year, month = self._today.year, self._today.month
        for _ in range(said.span.ahead):
            year, month = _next_month(year, month)
        return replace(day, month=month, year=year)

    def _one_day(self, day: Day, said: Said) -> tuple[date, bool]:
        match day:
            case Ahead(days):
                return self._today + timedelta(days=days), True
            case Weekday(number):
                coming = self._today + timedelta(days=(number - self._today.weekday()) % 7)
                if said.next:
                    monday = self._today + timedelta(days=7 - self._today.weekday())
                    following = monday + timedelta(days=number)
                    return following, following == coming
                alone = len(said.days) == 1
                return coming, coming != self._today or said.this or not alone
            case NthWeek():
                return self._week_of(day), True
        return self._dated(day)

    def _week_of(self, week: NthWeek) -> date:
        """The Sunday of a week of a month that is not over."""
        year, month = self._today.year, week.month or self._today.month
        for _ in range(week.ahead):
            year, month = _next_month(year, month)
        year += week.month is not None and month < self._today.month
        first = date(year, month, 1)
        sunday = first + timedelta(days=6 - first.weekday())
        last = date(year, month, calendar.monthrange(year, month)[1])
        if week.number >= LAST_WEEK:
            return last
        return sunday + timedelta(weeks=week.number - 1)

    def _dated(self, day: Dated) -> tuple[date, bool]:
        today = self._today
        if day.month is None:
            months = [(today.year, today.month), _next_month(today.year, today.month)]
            months.append(_next_month(*months[1]))
            found = [date(y, m, day.day) for y, m in months if day.day <= calendar.monthrange(y, m)[1]]
            coming = next(d for d in found if d >= today)
            slipped = found[0] < today and (today - found[0]).days < 7
            return coming, day.sure and not slipped
        years = [day.year] if day.year else [today.year - 1, today.year, today.year + 1]
        choices = [d for y in years if (d := _date(y, day.month, day.day, clip=day.or_last))]
        if not choices:
            raise ValueError("no such day")
        return next((d for d in choices if (today - d).days <= RECENT), choices[-1]), day.sure

    def _span_end(self, said: Said) -> date:
        span = said.span
        assert span is not None  # noqa: S101 - asked only of expressions that have one
        ahead = span.ahead - 1 if said.before and span.ahead else span.ahead
        if span.unit == "week":
            monday = self._today - timedelta(days=self._today.weekday())
            end = monday + timedelta(weeks=ahead, days=span.weekday)
            return end if end >= self._today else monday + timedelta(weeks=ahead, days=6)
        if span.unit == "year":
            year = self._today.year + ahead
            return date(year, 1, span.day) if span.day else date(year, 12, 31)
        year, month = self._today.year, self._today.month
        if span.unit == "quarter":
            month += 2 - (month - 1) % 3
            ahead *= 3
        for _ in range(ahead):
            year, month = _next_month(year, month)
        return date(year, month, span.day or calendar.monthrange(year, month)[1])

    def _before(self, said: Said, day: date, phrase: str, certain: bool) -> Due:
        """Before a day: the end of the one before; said on a day of common prayer, before the prayer."""
        named = next((d for d in said.days if isinstance(d, Weekday)), None)
        if named is not None and day == self._today and len(said.days) == 1 and not said.next:
            if named.prayer is not None:
                return self._answer(self._instant(day, _time(named.prayer)), phrase, certain=False)
            day += timedelta(days=7)
        elif named is not None and named.prayer is not None:
            certain = False  # the day or its prayer
        return self._answer(self._instant(day - timedelta(days=1), END), phrase, certain=certain)

    # --- times ---

    def _clock_on(self, said: Said, day: date, *, explicit: bool) -> tuple[datetime, bool]:
        zone = ZoneInfo(said.zone) if said.zone else self._zone
        moment, part = said.moment, said.part.word if said.part else None
        if moment is not None:
            if moment.weekday is not None and not explicit:
                day += timedelta(days=(moment.weekday - day.weekday()) % 7)
            at = self._instant(day, _time(moment.at), zone)
            if not explicit and at < self._now and _time(moment.at).hour < DAWN:
                return self._instant(day + timedelta(days=1), _time(moment.at), zone), False
            return at, True
        clock = said.range_end if said.range_end and not said.starts else said.clock
        if clock is None:
            assert part is not None  # noqa: S101 - a timed expression has a clock, a moment or a part
            edge = part.begins if said.before else part.until
            return self._instant(day, _time(edge), zone), True
        if clock.half is not None:
            minutes = clock.hour % 12 * 60 + clock.minute + (720 if clock.half == "pm" else 0)
            if minutes == 0:
                return self._midnight(day, zone, explicit=explicit)
            return self._at_minutes(day, minutes, zone), clock.sure
        if part is not None and clock.hour <= 12:
            return self._at_minutes(day, _with_part(clock, part), zone), True
        minutes = clock.hour * 60 + clock.minute
        if minutes == 0:
            return self._midnight(day, zone, explicit=explicit)
        if clock.exact:
            return self._at_minutes(day, minutes, zone), clock.sure
        office = minutes if minutes >= OPENS else minutes + 720
        at = self._at_minutes(day, office, zone)
        other = self._at_minutes(day, office + 720 if office < 720 else office - 720, zone)
        if day == self._today and at < self._now <= other:
            return other, False
        return at, clock.sure or explicit

    def _midnight(self, day: date, zone: ZoneInfo, *, explicit: bool) -> tuple[datetime, bool]:
        """00.00 of a named day may be its beginning; otherwise it is tonight."""
        if explicit and day != self._today:
            return self._instant(day, time(0, 0), zone), False
        return self._instant(day, END, zone), True

    def _at_minutes(self, day: date, minutes: int, zone: ZoneInfo) -> datetime:
        if minutes == 24 * 60:
            return self._instant(day, END, zone)
        more, rest = divmod(minutes, 24 * 60)
        return self._instant(day + timedelta(days=more), time(rest // 60, rest % 60), zone)

    def _after(self, length: Length) -> datetime:
        """So long from now; whole days end with the day, shorter times are rounded up to a minute."""
        count, day = length.count, self._today
        if length.unit in {"minute", "hour"}:
            unit = timedelta(minutes=1) if length.unit == "minute" else timedelta(hours=1)
            at = self._now + unit * count
            whole = at.replace(second=0, microsecond=0)
            return whole if whole == at else whole + timedelta(minutes=1)
        if length.unit == "month":
            year, month = day.year, day.month
            for _ in range(count):
                year, month = _next_month(year, month)
            day = _date(year, month, day.day, clip=True) or day
        elif length.unit == "workday":
            while count:
                day += timedelta(days=1)
                count -= day.weekday() < 5
        else:
            day += timedelta(days=count) * (7 if length.unit == "week" else 1)
        return self._instant(day, END)


END = time(23, 59)
"""The end of a day, as it is shown to people."""
OPENS = 7 * 60
"""Minute of the day from which a bare hour is read as it stands."""
DAWN = 6
"""Hour before which a moment of the day ("subuh") that has gone by is that of tomorrow."""
LAST_WEEK = 5
"""The number by which the last week of a month is meant."""
NIGHT_ENDS = 4
"""Hour before which "tomorrow" may be today."""
RECENT = 60
"""Days for which a date without a year is taken for one that has just gone by."""


def _with_part(clock: Clock, part: PartWord) -> int:
    """Minutes of the day, over 24 hours for "jam 1 malam", of an hour with its part of the day."""
    written = clock.hour % 12 * 60 + clock.minute
    begins, until = _minutes(part.begins) - 60, _minutes(part.until) + 61
    for minutes in (written, written + 720, written + 1440):
        if begins <= minutes <= until:
            return minutes
    if part.half == "am":
        return written
    if part.half == "pm":
        return written + 720
    return written + (1440 if written < 5 * 60 else 720)


def _time(written: str) -> time:
    return time.fromisoformat(written)


def _minutes(written: str) -> int:
    at = _time(written)
    return at.hour * 60 + at.minute


def _next_month(year: int, month: int) -> tuple[int, int]:
    return (year + 1, 1) if month == 12 else (year, month + 1)


def _date(year: int, month: int, day: int, *, clip: bool = False) -> date | None:
    last = calendar.monthrange(year, month)[1]
    if day > last and not clip:
        return None
    return date(year, month, min(day, last))


def _phrase(said: Said, text: str) -> str:
    pieces = [(said.start, said.end)]
    if said.borrowed is not None:
        pieces.append((said.borrowed.start, said.borrowed.end))
    return " … ".join(_shown(text[start:end]) for start, end in sorted(pieces))


def _shown(piece: str) -> str:
    return " ".join(piece.replace("(", " ").replace(")", " ").split())
