"""A real Synapse for the tests in this folder, and users on it.

One homeserver serves the whole session, so user names are made unique: ``make_user("ani")`` returns an account such
as ``@ani.7:localhost``.
A test that stops or kills the homeserver starts its own (``own_synapse``).
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from bridge.rehearsal.environment import ensure_environment
from bridge.rehearsal.homeserver import Account, EmbeddedHomeserver

REPOSITORY = Path(__file__).parents[2]

MakeUser = Callable[[str], Awaitable[Account]]


@pytest.fixture(scope="session")
def homeserver_python() -> Path:
    """The Python that Synapse is installed in; its environment is made when it is missing or outdated."""
    return ensure_environment(
        REPOSITORY / "var" / "homeserver" / "env",
        [REPOSITORY / "requirements-homeserver.lock"],
        Path(sys.executable),
    )


@pytest.fixture(scope="session")
def synapse(homeserver_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedHomeserver]:
    """The session's homeserver, rate limits lifted. Please leave it running."""
    homeserver = EmbeddedHomeserver(tmp_path_factory.mktemp("synapse"), homeserver_python)
    asyncio.run(homeserver.start())
    yield homeserver
    asyncio.run(homeserver.stop())


@pytest.fixture
async def own_synapse(homeserver_python: Path, tmp_path: Path) -> AsyncIterator[EmbeddedHomeserver]:
    """A homeserver of the test's own, to stop, kill and restart; two seconds dearer than ``synapse``."""
    homeserver = EmbeddedHomeserver(tmp_path / "own-synapse", homeserver_python)
    await homeserver.start()
    yield homeserver
    await homeserver.stop()


@pytest.fixture(scope="session")
def _serial() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture
def make_user(synapse: EmbeddedHomeserver, _serial: Iterator[int]) -> MakeUser:
    """Register a user whose name begins with the given localpart; returns its account with a device."""

    async def make(localpart: str) -> Account:
        return await synapse.register(f"{localpart}.{next(_serial)}", displayname=localpart.title())

    return make
