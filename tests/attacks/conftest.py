"""One forum and one bridge for all tests of a file: each attack costs milliseconds, setting the scene seconds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import pytest_asyncio

from bridge.rehearsal.cast import Cast
from bridge.rehearsal.homeserver import EmbeddedHomeserver
from tests.homeserver.forum import Forum


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def held(
    synapse: EmbeddedHomeserver, tmp_path_factory: pytest.TempPathFactory, serial: Iterator[int]
) -> AsyncIterator[Forum]:
    """A forum that all tests of a file share, before anything was set up in it."""
    root = tmp_path_factory.mktemp("forum")
    async with aiohttp.ClientSession() as session:
        people = Cast(synapse, root / "stores", session, serial)
        forum = Forum(synapse, people, session, root)
        yield forum
        await forum.stop()
        await people.close()
