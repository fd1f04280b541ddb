"""How a forum stands as a whole: what is open, late, to be judged and urgent, and how the last days went."""

from __future__ import annotations

import msgspec


class OverviewNeed(msgspec.Struct, frozen=True, kw_only=True):
    """What an overview looks at. Times in milliseconds."""

    emergencies_since: int = 0
    days: tuple[int, ...] = ()
    """When the days begin that are counted, in order; the last one lasts until now."""


class OpenOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order for which somebody still owes something, with its units by how they stand."""

    number: str
    text: str
    due: int | None
    issued_at: int
    person: str = ""
    waiting: tuple[str, ...] = ()
    """Units that owe a report and are not late."""
    late: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    reported: tuple[str, ...] = ()
    """Units whose report counts, judged or not."""
    late_since: int | None = None
    """When the first of the late ones became so."""

    @property
    def owing(self) -> tuple[str, ...]:
        """All units that owe something, the late ones first."""
        return (*self.late, *self.returned, *self.waiting)


class WaitingReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report that waits for a leader's verdict, or for its photo."""

    number: str
    unit: str | None
    at: int


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """An emergency of the last days; ``state`` is its report's, empty for one that was passed on from a chat."""

    number: str
    unit: str | None
    person: str
    state: str
    text: str
    at: int


class WaitingPhotos(msgspec.Struct, frozen=True, kw_only=True):
    """Photos and videos that are not through: people look at them, or the machine does, or nobody has."""

    held: tuple[str, ...] = ()
    """Numbers under which they wait for a verifier, oldest first."""
    pending: int = 0
    """Still to be fetched and judged."""
    unchecked: int = 0
    """Held on one of the days that are counted, and counted since because nobody had looked."""


class DayCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How much was ordered and reported on a day, and how much became late on it and still is."""

    begins: int
    orders: int = 0
    reports: int = 0
    accepted: int = 0
    late: int = 0


class MorningView(msgspec.Struct, frozen=True, kw_only=True):
    """The day of the last morning digest, and who asked for one or for none."""

    last_day: str = ""
    wishes: dict[str, bool] = {}


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """How a forum stands. Lists are bounded, their counts are those of the lists."""

    orders: tuple[OpenOrder, ...] = ()
    """Newest first."""
    unconfirmed: tuple[str, ...] = ()
    to_judge: tuple[WaitingReport, ...] = ()
    """Oldest first."""
    lacking: tuple[WaitingReport, ...] = ()
    """Reports that are incomplete without a photo or video, oldest first."""
    alarms: tuple[Alarm, ...] = ()
    """Newest first."""
    photos: WaitingPhotos = WaitingPhotos()
    days: tuple[DayCounts, ...] = ()
