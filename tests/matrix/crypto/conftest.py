"""A key server in memory, room state, and people with machines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bridge.model.clock import MovableClock
from tests.matrix.crypto.peers import Peer, Rooms, Server

MakePeer = Callable[..., Awaitable[Peer]]


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def rooms() -> Rooms:
    return Rooms()


@pytest.fixture
def make_peer(server: Server, rooms: Rooms, clock: MovableClock) -> MakePeer:
    """A logged-in device whose keys are uploaded; its user joins the room."""

    async def make(user_id: str, device_id: str = "PHONE", *, joined: bool = True) -> Peer:
        peer = Peer(server, rooms, clock, user_id, device_id)
        await peer.settle()
        await peer.settle()
        if joined:
            rooms.membership[user_id] = "join"
        return peer

    return make


@pytest.fixture
async def bot(make_peer: MakePeer) -> Peer:
    return await make_peer("@bot:here", "BRIDGE")


@pytest.fixture
async def ani(make_peer: MakePeer) -> Peer:
    return await make_peer("@ani:here")
