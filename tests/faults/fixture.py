"""A house for each test of a folder whose conftest takes `house` from here."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.ledger.databases import Database
from bridge.model.clock import MovableClock
from tests.databases import MEMORY
from tests.fakes.homeserver import FakeHomeserver
from tests.faults.house import FRIDAY, House


@pytest.fixture
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """A forum that was set up and not yet seen by a bridge; its rooms are plain unless `encrypted` is asked for."""
    async with furnished(encrypted=getattr(request, "param", "") == "encrypted") as made:
        yield made


@contextlib.asynccontextmanager
async def furnished(*, encrypted: bool, database: Database | None = None) -> AsyncIterator[House]:
    """Such a forum, with its ledger in a database of the caller's or in a file of its own."""
    clock = MovableClock(FRIDAY)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        async with FakeHomeserver(clock) as fake:
            made = House(fake, clock, Path(folder), database)
            made.set_up(encrypted=encrypted)
            yield made
            await made.kill()
