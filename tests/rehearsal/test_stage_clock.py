"""The rehearsal's clock as its director holds it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine

from bridge.model.clock import RehearsalClock, milliseconds
from bridge.rehearsal.stage_clock import StageClock

ZONE = ZoneInfo("Asia/Makassar")
FRIDAY = milliseconds(datetime(2026, 11, 20, 6, 15, tzinfo=ZONE))
HOUR = 3_600_000


@pytest.fixture
def directed(tmp_path: Path) -> StageClock:
    """A clock in its file, not yet set."""
    return StageClock(tmp_path / "clock.json", ZONE)


def test_the_bridge_sees_what_the_director_sets(directed: StageClock) -> None:
    """A jump is seen by whoever reads the file, at once."""
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False) as now:
        directed.jump_to(FRIDAY)
        clock = RehearsalClock(directed.path)
        assert clock.now() == FRIDAY
        now.shift(5)
        assert clock.now() == directed.now() == FRIDAY + 5_000
        directed.jump_to(FRIDAY + HOUR)
        assert clock.now() == FRIDAY + HOUR


def test_it_never_goes_back(directed: StageClock) -> None:
    """Setting a time that is over changes nothing."""
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False):
        directed.jump_to(FRIDAY)
        directed.jump_to(FRIDAY - HOUR)
        assert directed.now() == FRIDAY


def test_machine_times_are_told_in_rehearsal_time_after_a_restart(directed: StageClock) -> None:
    """An event of ten seconds before the second jump is shown as of then, also by a later process."""
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False) as now:
        directed.jump_to(FRIDAY)
        now.shift(10)
        sent = milliseconds(datetime.now(UTC))
        now.shift(10)
        directed.jump_to(FRIDAY + 3 * HOUR)
        assert StageClock(directed.path, ZONE).shown_at(sent) == FRIDAY + 10_000


def test_the_next_performance_is_on_a_friday_that_has_not_begun(directed: StageClock) -> None:
    """Early on a Friday it is the same day, later the next week's."""
    assert directed.next_friday(FRIDAY).date().isoformat() == "2026-11-20"
    assert directed.next_friday(FRIDAY + HOUR).date().isoformat() == "2026-11-27"
    assert directed.when(FRIDAY) == "Friday 20 November 2026, 06.15 WITA"
