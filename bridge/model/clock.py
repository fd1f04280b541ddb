"""Time, passed in. Everything that asks what time it is asks one of these."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import msgspec


class Clock(Protocol):
    """A source of the current time in milliseconds since the Unix epoch (UTC)."""

    def now(self) -> int:
        """Milliseconds since 1970-01-01T00:00:00Z."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000


class MovableClock:
    """A clock that only moves when told to; for tests."""

    def __init__(self, start_ms: int = 1_763_600_400_000) -> None:
        self._now = start_ms

    def now(self) -> int:
        return self._now

    def advance(self, seconds: float) -> int:
        """Move forward (or, with a negative number, back) and return the new time."""
        self._now += int(seconds * 1000)
        return self._now

    def set(self, now_ms: int) -> None:
        """Step to an absolute time, in either direction."""
        self._now = now_ms


class ClockReading(msgspec.Struct, frozen=True):
    """One anchor of a rehearsal clock: at machine time ``real`` it showed ``shown`` (both in ms)."""

    real: int
    shown: int
    rate: float = 1.0


class RehearsalClock:
    """A clock faster than life, steered through a small file by whoever directs the rehearsal.

    The file holds one :class:`ClockReading` as JSON and is replaced atomically. Between two replacements
    the clock runs at ``rate`` times the machine's speed, so a directed jump is a replacement of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = -1
        self._reading = ClockReading(real=0, shown=0)

    def now(self) -> int:
        stamp = self._path.stat().st_mtime_ns
        if stamp != self._stamp:
            self._reading = msgspec.json.decode(self._path.read_bytes(), type=ClockReading)
            self._stamp = stamp
        elapsed = SystemClock().now() - self._reading.real
        return self._reading.shown + int(elapsed * self._reading.rate)


def moment(ms: int) -> datetime:
    """The aware UTC datetime of a time in milliseconds."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def milliseconds(at: datetime) -> int:
    """The time in milliseconds of an aware datetime."""
    return round(at.timestamp() * 1000)


def believed(sent_at: int, received_at: int) -> int:
    """When something was sent, in ms: what its sender's homeserver says, but never after it was received."""
    return max(1, min(sent_at, received_at))


_MS = timedelta(milliseconds=1)


def ms(length: timedelta) -> int:
    """A length of time in whole milliseconds."""
    return length // _MS
