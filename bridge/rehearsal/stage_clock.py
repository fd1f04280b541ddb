"""The rehearsal's clock, as whoever directs it holds it: it runs as life does and is moved forward in jumps."""

from __future__ import annotations

import bisect
import os
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from bridge.model.clock import ClockReading, SystemClock, milliseconds, moment

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(ClockReading).decode


class StageClock:
    """Writes the file that :class:`bridge.model.clock.RehearsalClock` reads; never moves it back.

    Every jump is kept in a second file beside it, so that the machine's time of any event (`origin_server_ts`) can
    be told in the rehearsal's time afterwards. All times are milliseconds since the Unix epoch.
    """

    def __init__(self, path: Path, zone: ZoneInfo) -> None:
        self.path = path
        self.zone = zone
        self._jumps = path.with_name("clock.jumps.jsonl")
        self._readings: list[ClockReading] = []
        if self._jumps.exists():
            self._readings = [_decode(line) for line in self._jumps.read_bytes().splitlines() if line]

    @property
    def started(self) -> bool:
        """Whether the clock has ever been set."""
        return bool(self._readings)

    def now(self) -> int:
        """What the clock shows."""
        return self.shown_at(SystemClock().now())

    def shown_at(self, real: int) -> int:
        """What the clock showed at a machine time; before it was first set, what it was set to then."""
        place = bisect.bisect_right(self._readings, real, key=lambda reading: reading.real)
        if place == 0:
            return self._readings[0].shown if self._readings else real
        reading = self._readings[place - 1]
        return reading.shown + int((real - reading.real) * reading.rate)

    def jump_to(self, shown: int) -> None:
        """Move forward to a time. One that is over changes nothing: no clock of people goes back by hours."""
        if self.started and shown <= self.now():
            return
        reading = ClockReading(real=SystemClock().now(), shown=shown)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._jumps.open("ab") as jumps:
            jumps.write(_encode(reading) + b"\n")
        self._readings.append(reading)
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        fresh.write_bytes(_encode(reading))
        fresh.replace(self.path)

    # Times as people of the forum's zone read them.

    def local(self, shown: int) -> datetime:
        """A time in the forum's zone."""
        return moment(shown).astimezone(self.zone)

    def clock(self, shown: int) -> str:
        """`07.02`."""
        return self.local(shown).strftime("%H.%M")

    def day(self, shown: int) -> str:
        """`Friday 20 November 2026`."""
        local = self.local(shown)
        return f"{local:%A} {local.day} {local:%B %Y}"

    def when(self, shown: int) -> str:
        """`Friday 20 November 2026, 07.02 WITA`."""
        return f"{self.day(shown)}, {self.clock(shown)} {self.local(shown):%Z}"

    def at(self, day: datetime, hour: int, minute: int) -> int:
        """A time of day on a day of the forum's zone."""
        return milliseconds(datetime.combine(day.date(), time(hour, minute), self.zone))

    def next_friday(self, not_before: int) -> datetime:
        """The first Friday whose morning (06.30) has not yet begun, as midnight in the forum's zone."""
        local = self.local(not_before)
        day = datetime.combine(local.date() + timedelta(days=(4 - local.weekday()) % 7), time(), self.zone)
        if self.at(day, 6, 30) < not_before:
            day += timedelta(days=7)
        return day
