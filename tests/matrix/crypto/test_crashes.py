"""The process ends anywhere: between any two writes to the store, before or after any request reached the server.

Each scenario is run once for every place where it can be cut off; after the cut a new machine goes on with the same
store, and the server's view is what it was at that moment.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bridge.matrix.crypto import DeviceLost
from bridge.matrix.sealing import Opened
from bridge.matrix.trust import CrossSigning, TrustState
from bridge.model.clock import MovableClock
from bridge.model.event import Json
from tests.matrix.crypto.peers import SECRET, Killed, Peer, Rooms, Server

MOST_CUTS = 200


async def cuts(bot: Peer, act: Callable[[], Awaitable[None]], number: int) -> bool:
    """Run ``act`` to its end through one cut at step ``number``; False when it has no such step."""
    bot.keyring.fuse.light(number)
    while True:
        try:
            await act()
        except Killed:
            bot.restart()
        else:
            cut, bot.keyring.fuse.left = bot.keyring.fuse.blown, None
            return cut


async def worlds() -> AsyncIterator[tuple[int, Server, Rooms, MovableClock]]:
    """A fresh world for every cut, as long as the scenario takes them (``break`` when it does not)."""
    for number in range(MOST_CUTS):
        yield number, Server(), Rooms(), MovableClock()
    raise AssertionError("the scenario never ends")


async def test_the_first_keys_through_every_cut() -> None:
    """Whatever was cut off, every key that the server gives out for us opens a session that we can read."""
    cut = 0
    async for number, server, rooms, clock in worlds():
        bot = Peer(server, rooms, clock, "@bot:here", "BRIDGE")

        async def start(bot: Peer = bot) -> None:
            await bot.settle()
            await bot.settle()

        if not await cuts(bot, start, number):
            break
        cut += 1
        rooms.membership = {"@bot:here": "join"}
        # More people than one-time keys, so that the fallback key is used too.
        for person in range(52):
            peer = Peer(server, rooms, clock, f"@p{person}:here")
            rooms.membership[peer.user_id] = "join"
            await peer.settle()
            hello = await peer.say("siap")
            await bot.sync()
            assert bot.reads(hello) == "siap", f"cut {number}, person {person}"
            del rooms.membership[peer.user_id]
        if number > 12:
            break
    assert cut >= 8


async def test_receiving_a_room_key_through_every_cut() -> None:
    """A to-device message that was taken in but whose token was not stored comes again, and does no harm."""
    cut = 0
    async for number, server, rooms, clock in worlds():
        bot, ani = Peer(server, rooms, clock, "@bot:here", "BRIDGE"), Peer(server, rooms, clock, "@ani:here")
        rooms.membership = {"@bot:here": "join", "@ani:here": "join"}
        for peer in (bot, ani, bot, ani):
            await peer.settle()
        hello = await ani.say("satu")
        told: list[tuple[str, str]] = []

        async def take(bot: Peer = bot, told: list[tuple[str, str]] = told) -> None:
            sync, position, changes = bot.response()
            received = await bot.machine.receive(sync)
            bot.keyring.fuse.burn()  # The ledger's own write of the token.
            told.extend(received.new_sessions)
            bot.acknowledged, bot.changes_seen = position, changes
            await bot.machine.upkeep()

        more = await cuts(bot, take, number)
        # The session is reported by the response whose token was stored, however often it came.
        assert told == [("!forum:here", hello["content"]["session_id"])]
        assert bot.reads(hello) == "satu"
        # The channel still works: the next session key comes through it.
        rooms.states["m.room.encryption"]["rotation_period_msgs"] = 1
        second = await ani.say("dua")
        await bot.settle()
        assert bot.reads(second) == "dua"
        assert bot.keyring.scan("wedged") == []
        if not more:
            break
        cut += 1
    assert cut >= 4


async def test_sending_through_every_cut() -> None:
    """No ratchet index is used twice, and every member reads every message that left."""
    cut = 0
    async for number, server, rooms, clock in worlds():
        bot, ani, cici = (Peer(server, rooms, clock, f"@{name}:here") for name in ("bot", "ani", "cici"))
        rooms.membership = {peer.user_id: "join" for peer in (bot, ani, cici)}
        for peer in (bot, ani, cici):
            await peer.settle()
        sent: list[Json] = []

        async def speak(bot: Peer = bot, sent: list[Json] = sent) -> None:
            while len(sent) < 2:
                outer = await bot.say(f"pesan {len(sent)}")
                sent.append(outer)
                bot.keyring.fuse.burn()  # It has left, and the answer was not seen.

        more = await cuts(bot, speak, number)
        indices = []
        for reader in (ani, cici):
            await reader.settle()
            for outer in sent:
                opened = reader.open(outer)
                assert isinstance(opened, Opened), f"cut {number}"
                indices.append((reader.user_id, opened.session_id, opened.message_index))
        assert len(set(indices)) == len(indices)
        assert len({outer["content"]["session_id"] for outer in sent}) == 1
        assert bot.machine.unshared() == []
        if not more:
            break
        cut += 1
    assert cut >= 8


async def test_cross_signing_through_every_cut() -> None:
    """One identity is made, whatever was cut off, and in the end it has signed the device."""
    cut = 0
    async for number, server, rooms, clock in worlds():
        bot = Peer(server, rooms, clock, "@bot:here", "BRIDGE")
        masters: set[str] = set()
        states: list[TrustState] = []

        async def sign(bot: Peer = bot, masters: set[str] = masters, states: list[TrustState] = states) -> None:
            trust = CrossSigning(bot.machine.account, caller=bot.line, keyring=bot.keyring, secret_key=SECRET)
            server_view = bot.server.cross_signing.get(bot.user_id, {})
            masters.update(server_view.get("master_key", {}).get("keys", {}))
            states.append(await trust.ensure())
            masters.update(bot.server.cross_signing[bot.user_id]["master_key"]["keys"])

        more = await cuts(bot, sign, number)
        assert len(masters) == 1
        assert states[-1].cross_signed
        if not more:
            break
        cut += 1
    assert cut >= 8


async def test_keys_of_an_interrupted_upload_are_not_given_out_twice(
    server: Server, rooms: Rooms, clock: MovableClock
) -> None:
    """A key that was claimed while we were down is not uploaded again before its message was read."""
    bot = Peer(server, rooms, clock, "@bot:here", "BRIDGE")
    uploaded = bot.line.json

    async def lost_answer(method: str, path: str, *, body: Json | None = None) -> Json:
        answer = await uploaded(method, path, body=body)
        if body and "one_time_keys" in body:
            raise Killed
        return answer

    bot.line.json = lost_answer  # type: ignore[method-assign]
    with pytest.raises(Killed):
        await bot.machine.upkeep()
    bot.line.json = uploaded  # type: ignore[method-assign]
    ani = Peer(server, rooms, clock, "@ani:here")
    rooms.membership = {"@bot:here": "join", "@ani:here": "join"}
    hello = await ani.say("siap")
    bot.restart()
    await bot.machine.upkeep()
    assert len(server.one_time[bot.device]) == 49
    await bot.settle()
    assert bot.reads(hello) == "siap"


async def test_a_store_that_lost_its_keys_is_named(bot: Peer, ani: Peer) -> None:
    """When the server has keys that the store does not (an old copy was put back), the device is given up."""
    old = bot.keyring.copy()
    bot.server.one_time[bot.device].clear()
    await bot.settle()
    assert len(bot.server.one_time[bot.device]) == 50
    rolled_back = Peer(bot.server, bot.rooms, bot.clock, bot.user_id, "BRIDGE", old)
    rolled_back.acknowledged = bot.acknowledged
    sync, *_ = rolled_back.response()
    sync["device_one_time_keys_count"] = {"signed_curve25519": 1}
    await rolled_back.machine.receive(sync)
    with pytest.raises(DeviceLost, match="new device"):
        await rolled_back.machine.upkeep()


async def test_a_new_store_on_an_old_device_is_refused(bot: Peer) -> None:
    """A store without the device's keys never puts other keys in their place."""
    before = bot.server.devices[bot.device]
    stranger = Peer(bot.server, bot.rooms, bot.clock, bot.user_id, "BRIDGE")
    with pytest.raises(DeviceLost, match="other keys"):
        await stranger.machine.upkeep()
    assert bot.server.devices[bot.device] == before
