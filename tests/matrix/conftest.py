"""A fake homeserver and a client of ours on it, in plain rooms unless a test brings its own sealing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bridge.matrix.client import MatrixHomeserver
from bridge.matrix.requests import Requests
from bridge.matrix.sealing import Sealing
from bridge.model.clock import MovableClock
from bridge.model.event import Batch
from tests.fakes.homeserver import FakeHomeserver
from tests.fakes.plain import PlainRooms
from tests.fakes.states import KeptStates


class Bot:
    """A client with the room state that it has seen; ``catch_up`` syncs once and keeps the token."""

    def __init__(self, fake: FakeHomeserver, crypto: Sealing | None = None) -> None:
        self.fake = fake
        self.user_id = fake.user("bot")
        self.states = KeptStates()
        self.token: str | None = None
        self.client = MatrixHomeserver(
            Requests(fake.url, fake.token(self.user_id, "BOT")),
            user_id=self.user_id,
            device_id="BOT",
            crypto=crypto or PlainRooms(),
            states=self.states,
        )

    async def catch_up(self) -> Batch:
        batch = await self.client.sync(self.token, 0)
        self.states.apply(batch)
        self.token = batch.token
        return batch


@pytest.fixture
async def fake(clock: MovableClock) -> AsyncIterator[FakeHomeserver]:
    async with FakeHomeserver(clock) as homeserver:
        yield homeserver


@pytest.fixture
async def bot(fake: FakeHomeserver) -> AsyncIterator[Bot]:
    made = Bot(fake)
    yield made
    await made.client.close()
