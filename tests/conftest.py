"""Fixtures for every test.

Event loops: pytest-asyncio in auto mode, and a loop of its own for every test function (the default). Nothing that
lives longer than one test may hold on to a loop. The session's embedded homeserver (tests/homeserver/conftest.py)
does not, so async tests and async fixtures need no loop marks at all; fixtures with a wider scope stay synchronous.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from bridge.model.clock import MovableClock


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A test that sets up logging, as the commands do, leaves nothing of it to the next."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def clock() -> MovableClock:
    """A clock that stands still until the test moves it."""
    return MovableClock()
