"""Keys on the server, device lists, failed shares and broken channels: what is mended without anybody's help."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from bridge.matrix.crypto.devices import RETRY_MS
from bridge.matrix.sealing import Opened
from bridge.model.clock import MovableClock
from bridge.model.event import Json
from bridge.model.ports import MatrixError, Unreachable
from tests.matrix.crypto.conftest import MakePeer
from tests.matrix.crypto.peers import ROOM, Peer, Rooms, Server


async def test_a_count_of_zero_is_filled_up(bot: Peer) -> None:
    """Drained of one-time keys, the device uploads new ones."""
    bot.server.one_time[bot.device].clear()
    await bot.settle()
    assert bot.server.counts(bot.device) == {"signed_curve25519": 50}


@pytest.mark.parametrize("counts", [{}, None])
async def test_a_missing_count_means_none(bot: Peer, counts: Json | None) -> None:
    """An algorithm that is not listed counts zero; without any count the server is asked."""
    bot.server.one_time[bot.device].clear()
    sync, *_ = bot.response()
    del sync["device_one_time_keys_count"]
    if counts is not None:
        sync["device_one_time_keys_count"] = counts
    await bot.machine.receive(sync)
    await bot.machine.upkeep()
    assert bot.server.counts(bot.device) == {"signed_curve25519": 50}


async def test_enough_keys_are_left_alone(bot: Peer) -> None:
    """No request is made while nothing is due."""
    await bot.settle()
    bot.server.calls.clear()
    await bot.settle()
    assert bot.server.calls == []


async def test_the_fallback_key_is_replaced_once_used(bot: Peer, make_peer: MakePeer, rooms: Rooms) -> None:
    """A used fallback key is followed by a new one, and what was sent under the old is still read."""
    bot.server.one_time[bot.device].clear()
    first = dict(bot.server.fallback[bot.device])
    ani = await make_peer("@ani:here")
    hello = await ani.say("siap")
    assert bot.server.used_fallback == {bot.device}
    await bot.settle()
    assert bot.server.fallback[bot.device] != first
    assert bot.reads(hello) == "siap"


async def test_lists_are_asked_for_again_only_when_they_changed(bot: Peer, ani: Peer) -> None:
    """Neither a message nor a restart asks for device lists that nobody changed."""
    await bot.say("satu")
    bot.restart()
    await bot.settle()
    bot.server.calls.clear()
    await bot.say("dua")
    assert [place for place, _ in bot.server.calls if place == "keys/query"] == []
    bot.server.changes.append(ani.user_id)
    await bot.settle()
    assert [body["device_keys"] for place, body in bot.server.calls if place == "keys/query"] == [{ani.user_id: []}]


@pytest.mark.parametrize("known", [True, False])
async def test_a_change_that_comes_while_asking_is_not_missed(
    bot: Peer, ani: Peer, server: Server, known: bool
) -> None:
    """A list that changed during a question is asked for again, even after a restart, even if it was the first."""
    if known:
        await bot.say("satu")
        server.changes.append(ani.user_id)
        await bot.sync()
    laptop = Peer(server, bot.rooms, bot.clock, ani.user_id, "LAPTOP")
    answer = server.answer

    def meanwhile(device: tuple[str, str], method: str, place: str, body: Json) -> Json:
        result = answer(device, method, place, body)
        if place == "keys/query":
            server.answer = answer  # type: ignore[method-assign]
            step = bot.machine._vault.step()
            bot.machine.devices.note(step, [ani.user_id], [])
            step.commit()
        return result

    server.answer = meanwhile  # type: ignore[method-assign]
    await bot.machine.devices.refresh([ani.user_id])
    bot.restart()
    await laptop.settle()
    hello = await bot.say("dua")
    await laptop.sync()
    assert laptop.reads(hello) == "dua"


async def test_somebody_we_parted_from_is_asked_for_anew(bot: Peer, ani: Peer, make_peer: MakePeer) -> None:
    """After `left` the server no longer tells of changes, so the list is read again when it is needed."""
    await bot.say("satu")
    sync, *_ = bot.response()
    sync["device_lists"] = {"changed": [], "left": [ani.user_id]}
    await bot.machine.receive(sync)
    laptop = await make_peer(ani.user_id, "LAPTOP")
    bot.changes_seen = len(bot.server.changes)
    hello = await bot.say("dua")
    await laptop.sync()
    assert laptop.reads(hello) == "dua"


async def test_a_silent_homeserver_does_not_stop_the_room(
    bot: Peer, ani: Peer, server: Server, make_peer: MakePeer, clock: MovableClock
) -> None:
    """Members on a homeserver that does not answer get their key later; the others read at once."""
    far = await make_peer("@dinas:far.away")
    server.silent.add("far.away")
    hello = await bot.say("banjir")
    await ani.sync()
    assert ani.reads(hello) == "banjir"
    server.calls.clear()
    await bot.say("lagi")
    assert [place for place, _ in server.calls] == [], "it is left alone for some minutes"
    server.silent.clear()
    clock.advance(RETRY_MS / 1000 + 1)
    again = await bot.say("sudah surut")
    await far.sync()
    assert far.reads(again) == "sudah surut"


@pytest.mark.parametrize("by", ["upkeep", "next message"])
async def test_a_device_without_keys_is_listed_told_and_served_later(
    bot: Peer, ani: Peer, server: Server, clock: MovableClock, by: str
) -> None:
    """No one-time key: the room goes on, the device is listed, is told why, and later reads from the start."""
    server.one_time[ani.device].clear()
    server.fallback.clear()
    hello = await bot.say("satu")
    again = await bot.say("dua")
    assert bot.machine.unshared() == [(ROOM, ani.user_id, "PHONE")]
    told = [event["content"]["code"] for _, event in server.inbox[ani.device]]
    assert told == ["m.no_olm"], "once, not with every message"
    await ani.settle()
    clock.advance(RETRY_MS / 1000 + 1)
    await (bot.machine.upkeep() if by == "upkeep" else bot.say("tiga"))
    await ani.settle()
    assert [ani.reads(outer) for outer in (hello, again)] == ["satu", "dua"]
    assert bot.machine.unshared() == []


async def fails_to_share(bot: Peer, server: Server) -> None:
    """The server does not answer to the key message, so nothing is sent."""
    server.refusals.append(("sendToDevice", Unreachable("timeout", "no answer")))
    with pytest.raises(Unreachable):
        await bot.say("satu")


async def test_a_failed_share_is_tried_again(bot: Peer, ani: Peer, server: Server) -> None:
    """When the server refuses the key message the send fails, and its repetition gives the key."""
    await fails_to_share(bot, server)
    assert bot.machine.unshared() == [(ROOM, ani.user_id, "PHONE")]
    hello = await bot.say("satu")
    await ani.sync()
    assert ani.reads(hello) == "satu"


async def test_who_left_before_the_second_try_gets_nothing(
    bot: Peer, ani: Peer, server: Server, rooms: Rooms
) -> None:
    """A key that was owed is not given to somebody who has left meanwhile."""
    await fails_to_share(bot, server)
    rooms.membership[ani.user_id] = "leave"
    await bot.machine.upkeep()
    assert bot.machine.unshared() == []
    assert server.inbox.get(ani.device, []) == []


async def test_a_cancelled_send_blocks_nothing(bot: Peer, ani: Peer, server: Server) -> None:
    """A send that is given up in the middle of sharing leaves the room usable."""
    call = server.call
    reached = asyncio.Event()

    async def hanging(device: tuple[str, str], method: str, path: str, body: Json) -> Json:
        if "claim" in path:
            reached.set()
            await asyncio.Event().wait()
        return await call(device, method, path, body)

    server.call = hanging  # type: ignore[method-assign]
    sending = asyncio.create_task(bot.say("satu"))
    await reached.wait()
    sending.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sending
    server.call = call  # type: ignore[method-assign]
    hello = await bot.say("dua")
    await ani.sync()
    assert ani.reads(hello) == "dua"


async def test_two_sends_at_once_share_once(bot: Peer, ani: Peer, server: Server) -> None:
    """Sends to one room wait for one another; the key goes out once."""
    outers = await asyncio.gather(*(bot.say(str(n)) for n in range(5)))
    await ani.sync()
    assert sorted(str(ani.reads(outer)) for outer in outers) == ["0", "1", "2", "3", "4"]
    assert len([place for place, _ in server.calls if place.startswith("sendToDevice")]) == 1
    indices = {opened.message_index for outer in outers if isinstance(opened := ani.open(outer), Opened)}
    assert indices == {0, 1, 2, 3, 4}


async def test_members_who_change_while_keys_are_shared(
    bot: Peer, ani: Peer, server: Server, rooms: Rooms, make_peer: MakePeer
) -> None:
    """Who leaves during the sharing does not read the message; who joins during it does."""
    cici = await make_peer("@cici:here", joined=False)

    def meanwhile(place: str) -> None:
        if place.startswith("sendToDevice"):
            rooms.membership[ani.user_id] = "leave"
            rooms.membership[cici.user_id] = "join"

    server.before = meanwhile
    hello = await bot.say("satu")
    await ani.sync()
    await cici.sync()
    assert (ani.reads(hello), cici.reads(hello)) == (None, "satu")


async def loses_one_and_reads_the_next(bot: Peer, ani: Peer) -> None:
    """What Ani says while the channel is broken stays sealed; once the bot has announced a new one, she is read."""
    lost = await ani.say("tiga")
    await bot.settle()
    assert bot.reads(lost) is None
    await ani.settle()
    found = await ani.say("empat")
    await bot.settle()
    assert bot.reads(found) == "empat"


async def test_a_broken_channel_is_mended_once_an_hour(
    bot: Peer, ani: Peer, server: Server, rooms: Rooms, clock: MovableClock
) -> None:
    """After an unreadable message a new session is announced, at most hourly; the sender's next key is read."""
    await ani.say("satu")
    await bot.settle()
    await bot.say("dua")
    await ani.settle()
    # The bot's store loses its sessions with Ani's device.
    bot.keyring.rows["olm"] = {}
    rooms.states["m.room.encryption"]["rotation_period_msgs"] = 1
    await loses_one_and_reads_the_next(bot, ani)
    bot.keyring.rows["olm"] = {}
    server.calls.clear()
    await ani.say("lima")
    await bot.settle()
    assert [place for place, _ in server.calls if place.startswith("keys/claim")] == []
    clock.advance(3601)
    await ani.say("enam")
    await bot.settle()
    await bot.settle()
    await ani.say("tujuh")
    await bot.settle()
    await ani.settle()
    last = await ani.say("delapan")
    await bot.settle()
    assert bot.reads(last) == "delapan"


async def test_a_channel_whose_session_went_wrong_is_replaced(
    bot: Peer, ani: Peer, rooms: Rooms, make_peer: MakePeer
) -> None:
    """Where a session is there but reads nothing, a new one is started beside it."""
    cici = await make_peer("@cici:here")
    rooms.states["m.room.encryption"]["rotation_period_msgs"] = 1
    for peer in (ani, cici):
        await peer.say("satu")
    await bot.settle()
    await bot.say("dua")
    await ani.settle()
    sessions = bot.keyring.rows["olm"]
    (of_ani,) = (key for key in sessions if key[1] == ani.machine.account.curve25519)
    (of_cici,) = (key for key in sessions if key[1] == cici.machine.account.curve25519)
    sessions[of_ani] = sessions[of_cici]
    await loses_one_and_reads_the_next(bot, ani)


async def test_a_redelivery_is_skipped_even_after_days(bot: Peer, ani: Peer, clock: MovableClock) -> None:
    """The token was not stored and the process was down for a week: nothing is taken for a broken channel."""
    hello = await ani.say("satu")
    sync, *_ = bot.response()
    first = await bot.machine.receive(sync)
    clock.advance(7 * 86_400)
    bot.restart()
    again = await bot.machine.receive(sync)
    assert again.new_sessions == first.new_sessions
    assert bot.keyring.scan("wedged") == []
    assert bot.reads(hello) == "satu"


async def test_hashes_of_old_messages_are_forgotten(
    bot: Peer, ani: Peer, rooms: Rooms, clock: MovableClock
) -> None:
    """What is remembered for redeliveries does not grow with time."""
    rooms.states["m.room.encryption"]["rotation_period_msgs"] = 1
    counts = []
    for _ in range(6):
        for _ in range(4):
            await ani.say("x")
        await bot.settle()
        counts.append(len(bot.keyring.scan("seen")))
        clock.advance(86_401)
        await bot.settle()
    assert max(counts) <= 12
    assert counts[-1] <= counts[2]


async def test_nothing_is_loaded_at_start(bot: Peer, ani: Peer, rooms: Rooms) -> None:
    """A start reads the same few rows whether the store holds one session or many."""
    rooms.states["m.room.encryption"]["rotation_period_msgs"] = 1
    for _ in range(30):
        await ani.say("x")
    await bot.settle()
    read: list[str] = []
    get, scan = bot.keyring.get, bot.keyring.scan
    bot.keyring.get = lambda table, *key: read.append(table) or get(table, *key)  # type: ignore[method-assign,func-returns-value]
    bot.keyring.scan = lambda table, *key: read.append(table) or scan(table, *key)  # type: ignore[method-assign,func-returns-value]
    bot.restart()
    assert set(read) <= {"account", "stale"}


async def test_a_hundred_members_cost_one_question_and_few_messages(
    bot: Peer, server: Server, make_peer: MakePeer
) -> None:
    """A large room is asked for at once and shared in batches; the next message asks and shares nothing."""
    for number in range(120):
        await make_peer(f"@staf{number}:here")
    await bot.sync()
    server.calls.clear()
    await bot.say("satu")
    kinds = [place.split("/")[0] + "/" + place.split("/")[1] for place, _ in server.calls]
    assert kinds.count("keys/query") == 1
    assert kinds.count("keys/claim") == 1
    assert kinds.count("sendToDevice/m.room.encrypted") == 3
    server.calls.clear()
    writes = bot.keyring.writes
    await bot.say("dua")
    assert server.calls == []
    assert bot.keyring.writes == writes + 1


async def test_one_duty_failing_does_not_starve_the_others(bot: Peer, ani: Peer, server: Server) -> None:
    """An upload that the server refuses does not keep changed device lists from being read."""
    await bot.say("satu")
    server.one_time[bot.device].clear()
    server.changes.append(ani.user_id)
    server.refusals.append(("keys/upload", MatrixError("M_UNKNOWN", "not now", status=500)))
    with pytest.raises(MatrixError, match="not now"):
        await bot.settle()
    assert not bot.machine.devices.is_stale(ani.user_id)


async def test_a_badly_signed_one_time_key_is_refused(bot: Peer, ani: Peer, server: Server) -> None:
    """A homeserver that gives out a key of its own making gets no room key for it."""
    for name, key in server.one_time[ani.device].items():
        server.one_time[ani.device][name] = {**key, "key": bot.machine.account.curve25519}
    await bot.say("satu")
    assert bot.machine.unshared() == [(ROOM, ani.user_id, "PHONE")]


async def test_a_full_disk_loses_nothing(bot: Peer, ani: Peer) -> None:
    """A step that could not be written did not happen: the same process takes the same response afterwards."""
    hello = await ani.say("siap")
    write = bot.keyring.write

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    bot.keyring.write = full  # type: ignore[method-assign]
    with pytest.raises(OSError, match="No space"):
        await bot.sync()
    bot.keyring.write = write  # type: ignore[method-assign]
    assert (await bot.sync()).new_sessions == ((ROOM, hello["content"]["session_id"]),)
    assert bot.reads(hello) == "siap"


async def test_a_used_one_time_key_is_gone_from_the_store(bot: Peer, ani: Peer) -> None:
    """Who gets hold of the store later cannot read the message that the key opened."""
    await ani.say("siap")
    sync, *_ = bot.response()
    await bot.sync()
    bot.keyring.rows["olm"].clear()
    bot.keyring.rows["seen"].clear()
    bot.keyring.rows["inbound"].clear()
    bot.restart()
    assert (await bot.machine.receive(sync)).new_sessions == ()


async def test_a_restored_store_reads_the_past_as_a_new_device(bot: Peer, ani: Peer, make_peer: MakePeer) -> None:
    """On a copy of the store a new device reads old messages, asks for all lists anew, and begins a new session."""
    hello = await ani.say("siap")
    await bot.settle()
    before = await bot.say("satu")
    laptop = await make_peer(ani.user_id, "LAPTOP")
    restored = Peer(bot.server, bot.rooms, bot.clock, bot.user_id, "RESTORED", bot.keyring.copy())
    await restored.settle()
    assert restored.reads(hello) == "siap"
    after = await restored.say("dua")
    await laptop.settle()
    assert laptop.reads(after) == "dua"
    assert after["content"]["session_id"] != before["content"]["session_id"]
