"""A house for each test of a folder whose conftest takes `house` from here."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.model.clock import MovableClock
from tests.fakes.homeserver import FakeHomeserver
from tests.faults.house import FRIDAY, House

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where there is one, the state lies in memory: these tests kill processes, not machines."""


@pytest.fixture
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """A forum that was set up and not yet seen by a bridge; its rooms are plain unless `encrypted` is asked for."""
    clock = MovableClock(FRIDAY)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        async with FakeHomeserver(clock) as fake:
            made = House(fake, clock, Path(folder))
            made.set_up(encrypted=getattr(request, "param", "") == "encrypted")
            yield made
            await made.kill()
