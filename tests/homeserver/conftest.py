"""A real Synapse for the tests in this folder, and people on it.

``synapse`` (tests/conftest.py) is one homeserver for the whole session, so user names are made unique:
``make_user("ani")`` returns an account such as ``@ani.7:localhost``. A test that stops or kills the homeserver
takes ``own_synapse`` instead and makes its people with ``Cast``. The types for annotations (``MakeUser``,
``MakeClient``, ``MakeRoom``) are in ``bridge.rehearsal.cast``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from bridge.rehearsal.cast import Cast, MakeClient, MakeRoom, MakeUser
from bridge.rehearsal.homeserver import EmbeddedHomeserver
from tests.homeserver.forum import Forum


@pytest.fixture
async def own_synapse(homeserver_python: Path, tmp_path: Path) -> AsyncIterator[EmbeddedHomeserver]:
    """A homeserver of the test's own, to stop, kill and restart; two seconds dearer than ``synapse``."""
    homeserver = EmbeddedHomeserver(tmp_path / "own-synapse", homeserver_python)
    await homeserver.start()
    yield homeserver
    await homeserver.stop()


@pytest.fixture
async def cast(synapse: EmbeddedHomeserver, tmp_path: Path, serial: Iterator[int]) -> AsyncIterator[Cast]:
    """The people of one test on the session's homeserver."""
    async with aiohttp.ClientSession() as session:
        people = Cast(synapse, tmp_path / "stores", session, serial)
        yield people
        await people.close()


@pytest.fixture
def make_user(cast: Cast) -> MakeUser:
    """Register a user whose name begins with the given localpart; returns its account with a device."""
    return cast.user


@pytest.fixture
def make_client(cast: Cast) -> MakeClient:
    """A started client of a new user, closed when the test ends."""
    return cast.client


@pytest.fixture
def make_room(cast: Cast) -> MakeRoom:
    """A private encrypted room as Element makes it, version 12, in which everybody sees everybody."""
    return cast.room


@pytest.fixture
async def forum(synapse: EmbeddedHomeserver, tmp_path: Path, serial: Iterator[int]) -> AsyncIterator[Forum]:
    """A forum with a bridge of the test's own on the session's homeserver; see `tests/homeserver/forum.py`."""
    async with aiohttp.ClientSession() as session:
        people = Cast(synapse, tmp_path / "stores", session, serial)
        held = Forum(synapse, people, session, tmp_path)
        yield held
        await held.stop()
        await people.close()
