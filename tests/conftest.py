"""Fixtures for every test.

Event loops: pytest-asyncio in auto mode, and a loop of its own for every test function (the default). Nothing that
lives longer than one test may hold on to a loop. The session's embedded homeserver (tests/homeserver/conftest.py)
does not, so async tests and async fixtures need no loop marks at all; fixtures with a wider scope stay synchronous.
"""

from __future__ import annotations

import pytest

from bridge.model.clock import MovableClock


@pytest.fixture
def clock() -> MovableClock:
    """A clock that stands still until the test moves it."""
    return MovableClock()
