"""Fixtures for every test.

Event loops: pytest-asyncio in auto mode, and a loop of its own for every test function (the default). Nothing that
lives longer than one test may hold on to a loop. The session's embedded homeserver does not, so async tests and
async fixtures need no loop marks at all; fixtures with a wider scope stay synchronous. The one exception is
tests/attacks, where by a mark all tests of a file share a forum and its loop.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO, cast

import pytest
import structlog

from bridge import logs
from bridge.model.clock import MovableClock
from bridge.rehearsal.environment import ensure_environment, outer_python
from bridge.rehearsal.homeserver import EmbeddedHomeserver
from tests.databases import database, databases, postgres, server, sqlite

__all__ = ["database", "databases", "postgres", "server", "sqlite"]

pytest_plugins = ("tests.secrecy.plugin",)

REPOSITORY = Path(__file__).parents[1]


class StandardError:
    """Whatever standard error is when something is written: a test may have taken its place."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """All is logged as a bridge logs it, and looked through (tests/secrecy); what a test sets up ends with it."""
    logs.set_up("DEBUG", people=True)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(cast(TextIO, StandardError())))
    yield
    structlog.reset_defaults()


@pytest.fixture
def clock() -> MovableClock:
    """A clock that stands still until the test moves it."""
    return MovableClock()


@pytest.fixture(scope="session")
def homeserver_python() -> Path:
    """The Python that Synapse is installed in; its environment is made when it is missing or outdated."""
    return ensure_environment(
        REPOSITORY / "var" / "homeserver" / "env",
        [REPOSITORY / "requirements-homeserver.lock"],
        outer_python(),
    )


@pytest.fixture(scope="session")
def synapse(homeserver_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedHomeserver]:
    """The session's homeserver, rate limits lifted. Please leave it running."""
    homeserver = EmbeddedHomeserver(tmp_path_factory.mktemp("synapse"), homeserver_python)
    asyncio.run(homeserver.start())
    yield homeserver
    asyncio.run(homeserver.stop())


@pytest.fixture(scope="session")
def serial() -> Iterator[int]:
    """Numbers that make names unique within the session."""
    return itertools.count(1)
