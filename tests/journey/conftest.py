"""A house for each test of this folder, once with its ledger on SQLite and once on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bridge.ledger.databases import Database
from tests.faults.fixture import furnished
from tests.faults.house import House


@pytest.fixture
async def house(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[House]:
    """A forum that was set up and not yet seen by a bridge; its rooms are plain unless `encrypted` is asked for."""
    async with furnished(encrypted=getattr(request, "param", "") == "encrypted", database=database) as made:
        yield made
