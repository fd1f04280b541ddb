"""Messages between machines: who can read what, and how far a sender is trusted."""

from __future__ import annotations

import msgspec
import pytest
from vodozemac import GroupSession

from bridge.matrix.crypto.outbound import Ratchet
from bridge.matrix.crypto.signing import encode_base64
from bridge.matrix.crypto.vault import Vault
from bridge.matrix.sealing import Opened, Sealed
from bridge.model.event import Json, Trust
from tests.matrix.crypto.conftest import MakePeer
from tests.matrix.crypto.peers import ROOM, SECRET, Peer, Rooms, Server


async def test_two_devices_understand_each_other(bot: Peer, ani: Peer) -> None:
    """A message is read by every member, in both directions, and by its own sender."""
    hello = await ani.say("siap")
    received = await bot.sync()
    assert received.new_sessions == ((ROOM, hello["content"]["session_id"]),)
    assert bot.reads(hello) == "siap"
    assert ani.reads(hello) == "siap"
    answer = await bot.say("terima kasih")
    await ani.sync()
    assert ani.reads(answer) == "terima kasih"


async def test_a_relation_travels_in_clear(bot: Peer, ani: Peer) -> None:
    """Replies and threads work for servers and clients that only see the outer event."""
    relation = {"m.in_reply_to": {"event_id": "$x"}}
    outer = await bot.machine.seal(ROOM, "m.room.message", {"body": "ya", "m.relates_to": relation})
    assert outer["m.relates_to"] == relation


async def test_an_event_without_device_fields_is_read(bot: Peer, ani: Peer) -> None:
    """The specification lets clients leave out `sender_key` and `device_id`."""
    hello = await ani.say("siap")
    del hello["content"]["sender_key"], hello["content"]["device_id"]
    await bot.sync()
    opened = bot.open(hello)
    assert isinstance(opened, Opened)
    assert opened.device_id == "PHONE"


async def test_an_event_before_its_key_is_sealed_and_readable_later(bot: Peer, ani: Peer) -> None:
    """The code says why, and the key's arrival names the session to try again."""
    hello = await ani.say("siap")
    assert bot.open(hello) == Sealed("no_session", hello["content"]["session_id"], "PHONE")
    received = await bot.sync()
    assert (ROOM, hello["content"]["session_id"]) in received.new_sessions
    assert bot.reads(hello) == "siap"


async def test_a_refused_key_says_its_code(bot: Peer, ani: Peer) -> None:
    """`m.room_key.withheld` is reported and becomes the reason why an event stays sealed."""
    hello = await ani.say("rahasia")
    bot.server.inbox.clear()
    session_id = hello["content"]["session_id"]
    content = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "room_id": ROOM,
        "session_id": session_id,
        "sender_key": "x",
        "code": "m.unverified",
    }
    bot.server.send(ani.user_id, "m.room_key.withheld", {"messages": {bot.user_id: {"BRIDGE": content}}})
    received = await bot.sync()
    assert received.withheld == ((ROOM, session_id, "m.unverified"),)
    assert bot.open(hello) == Sealed("m.unverified", session_id, "PHONE")


async def test_a_message_in_anothers_name_is_a_mismatch(bot: Peer, ani: Peer, make_peer: MakePeer) -> None:
    """A homeserver that puts another sender on an event does not get it believed."""
    boss = await make_peer("@bupati:here")
    hello = await ani.say("batalkan")
    await bot.sync()
    forged = {**hello, "sender": boss.user_id}
    opened = bot.open(forged)
    assert isinstance(opened, Opened)
    assert opened.trust is Trust.MISMATCH


async def test_passing_on_a_key_does_not_take_the_owners_place(bot: Peer, ani: Peer, make_peer: MakePeer) -> None:
    """Somebody who re-sends Ani's room key as his own, first, cannot make her messages suspicious."""
    mallory = await make_peer("@mallory:here", joined=False)
    hello = await ani.say("siap")
    held_back, bot.server.inbox[bot.device] = bot.server.inbox[bot.device], []
    content = _room_key(hello["content"]["session_id"], _session_key(ani))
    await _olm(mallory, bot, "m.room_key", content)
    await bot.sync()
    bot.server.inbox[bot.device] = [(number + 100, event) for number, event in held_back]
    await bot.sync()
    opened = bot.open(hello)
    assert isinstance(opened, Opened)
    assert opened.trust is not Trust.MISMATCH


async def test_a_forwarded_key_is_refused(bot: Peer, ani: Peer) -> None:
    """`m.forwarded_room_key` brings nothing: only a sender's own device may vouch for a session."""
    hello = await ani.say("siap")
    bot.server.inbox.clear()
    content = _room_key(hello["content"]["session_id"], _session_key(ani))
    await _olm(ani, bot, "m.forwarded_room_key", content)
    assert (await bot.sync()).new_sessions == ()
    assert isinstance(bot.open(hello), Sealed)


async def test_a_clear_room_key_is_refused(bot: Peer, ani: Peer) -> None:
    """A key that did not come through an Olm channel is anybody's."""
    hello = await ani.say("siap")
    bot.server.inbox.clear()
    content = _room_key(hello["content"]["session_id"], _session_key(ani))
    bot.server.send(ani.user_id, "m.room_key", {"messages": {bot.user_id: {"BRIDGE": content}}})
    assert (await bot.sync()).new_sessions == ()


async def test_a_letter_to_somebody_else_is_refused(bot: Peer, ani: Peer, make_peer: MakePeer) -> None:
    """A room key whose payload names another recipient or sender is not taken."""
    other = await make_peer("@cici:here")
    hello = await ani.say("siap")
    stolen = [event for _, event in bot.server.inbox[bot.device]]
    bot.server.inbox.clear()
    # The same ciphertext, delivered as if it came from another user.
    bot.server.inbox[bot.device] = [(99, {**event, "sender": other.user_id}) for event in stolen]
    assert (await bot.sync()).new_sessions == ()
    assert isinstance(bot.open(hello), Sealed)


async def test_hostile_to_device_messages_do_no_harm(bot: Peer, ani: Peer) -> None:
    """Nothing that a to-device message contains stops the sync step; what is good in it is still read."""
    ours = bot.machine.account.curve25519
    junk: list[object] = [
        None,
        [],
        {},
        {"algorithm": "m.olm.v1.curve25519-aes-sha2"},
        {"algorithm": "m.olm.v1.curve25519-aes-sha2", "ciphertext": [], "sender_key": 3},
        {"algorithm": "m.olm.v1.curve25519-aes-sha2", "ciphertext": {ours: {"type": 0, "body": "?"}}},
    ]
    for kind in (0, 1, True, "0", 7):
        for body in ("", "AAAA", encode_base64(b"\x03" * 200), 5, None):
            content: Json = {
                "algorithm": "m.olm.v1.curve25519-aes-sha2",
                "sender_key": ani.machine.account.curve25519,
                "ciphertext": {ours: {"type": kind, "body": body}},
            }
            junk.append(content)
    for rubbish in junk:
        event = {"type": "m.room.encrypted", "sender": ani.user_id, "content": rubbish}
        bot.server.inbox.setdefault(bot.device, []).append((1, event))
    hello = await ani.say("siap")
    bot.server.inbox[bot.device] = [(n, e) for n, (_, e) in enumerate(bot.server.inbox[bot.device], 1)]
    await bot.sync()
    assert bot.reads(hello) == "siap"


async def test_hostile_room_events_stay_sealed(bot: Peer, ani: Peer) -> None:
    """An encrypted event of any shape is opened or sealed, never an exception."""
    hello = await ani.say("siap")
    await bot.sync()
    good = hello["content"]
    hostile: list[object] = [
        None,
        [],
        {},
        {**good, "session_id": 5},
        {**good, "session_id": "x" * 10_000},
        {**good, "ciphertext": None},
        {**good, "ciphertext": "AAAA"},
        {**good, "ciphertext": good["ciphertext"][:-4] + "AAAA"},
        {**good, "algorithm": "m.rot13"},
        {**good, "device_id": {"a": 1}, "ciphertext": 3},
    ]
    for content in hostile:
        assert isinstance(bot.open({**hello, "content": content}), Sealed)
    assert isinstance(bot.open({"content": good}), Sealed)


async def test_members_only(bot: Peer, ani: Peer, rooms: Rooms, make_peer: MakePeer) -> None:
    """Who is not in the room gets no key; who has left cannot read what comes after."""
    outsider = await make_peer("@eko:here", joined=False)
    first = await bot.say("satu")
    await ani.sync()
    await outsider.sync()
    assert (ani.reads(first), outsider.reads(first)) == ("satu", None)
    rooms.membership[ani.user_id] = "leave"
    second = await bot.say("dua")
    await ani.sync()
    assert ani.reads(second) is None
    assert first["content"]["session_id"] != second["content"]["session_id"]


async def test_somebody_who_joins_reads_from_then_on(bot: Peer, ani: Peer, make_peer: MakePeer) -> None:
    """A new member is given the current session at its present index: later messages, not earlier ones."""
    first = await bot.say("satu")
    cici = await make_peer("@cici:here")
    second = await bot.say("dua")
    await cici.sync()
    assert (cici.reads(first), cici.reads(second)) == (None, "dua")
    assert first["content"]["session_id"] == second["content"]["session_id"]


async def test_the_invited_read_unless_history_is_for_the_joined(
    bot: Peer, rooms: Rooms, make_peer: MakePeer
) -> None:
    """Recipients follow the room's history visibility."""
    cici = await make_peer("@cici:here", joined=False)
    rooms.membership[cici.user_id] = "invite"
    first = await bot.say("satu")
    rooms.states["m.room.history_visibility"] = {"history_visibility": "joined"}
    second = await bot.say("dua")
    await cici.sync()
    assert (cici.reads(first), cici.reads(second)) == ("satu", None)


async def test_a_second_phone_reads_and_a_lost_one_rotates(bot: Peer, ani: Peer, make_peer: MakePeer) -> None:
    """A new device is given the current session; when a device vanishes the next message has a new one."""
    first = await bot.say("satu")
    laptop = await make_peer(ani.user_id, "LAPTOP")
    await bot.settle()
    second = await bot.say("dua")
    await laptop.sync()
    assert laptop.reads(second) == "dua"
    assert second["content"]["session_id"] == first["content"]["session_id"]
    bot.server.log_out(laptop.device)
    await bot.settle()
    third = await bot.say("tiga")
    await ani.sync()
    assert third["content"]["session_id"] != second["content"]["session_id"]
    assert ani.reads(third) == "tiga"


async def test_a_device_whose_identity_key_changed_is_refused(bot: Peer, ani: Peer, make_peer: MakePeer) -> None:
    """The same device id with another Ed25519 key gets no keys from us, whatever the server says."""
    await bot.say("satu")
    bot.server.log_out(ani.device)
    impostor = await make_peer(ani.user_id, "PHONE")
    await bot.settle()
    second = await bot.say("dua")
    await impostor.sync()
    assert impostor.reads(second) is None


async def test_a_device_with_a_bad_signature_is_refused(bot: Peer, ani: Peer, server: Server) -> None:
    """A device whose keys its own Ed25519 key did not sign is not given anything."""
    server.devices[ani.device] = {**server.devices[ani.device], "algorithms": ["m.megolm.v1.aes-sha2", "x"]}
    hello = await bot.say("satu")
    await ani.sync()
    assert ani.reads(hello) is None


async def test_rotation_by_count_and_by_age(bot: Peer, ani: Peer, rooms: Rooms) -> None:
    """`rotation_period_msgs` and `rotation_period_ms` of the room are obeyed."""
    rooms.states["m.room.encryption"]["rotation_period_msgs"] = 3
    sessions = [(await bot.say(str(n)))["content"]["session_id"] for n in range(6)]
    assert len(set(sessions)) == 2
    assert sessions[2] == sessions[0] != sessions[3]
    rooms.states["m.room.encryption"]["rotation_period_ms"] = 4_000_000
    before = (await bot.say("x"))["content"]["session_id"]
    bot.clock.advance(4_001)
    assert (await bot.say("y"))["content"]["session_id"] != before


async def test_a_restart_goes_on_with_the_same_session(bot: Peer, ani: Peer) -> None:
    """Nothing is shared again after a restart, and no index is used twice."""
    first = await bot.say("satu")
    await ani.sync()
    bot.restart()
    bot.server.calls.clear()
    second = await bot.say("dua")
    assert second["content"]["session_id"] == first["content"]["session_id"]
    assert bot.server.calls == []
    opened = [ani.open(outer) for outer in (first, second)]
    assert [o.message_index for o in opened if isinstance(o, Opened)] == [0, 1]


async def test_a_room_key_under_another_session_id_is_refused(bot: Peer, ani: Peer, make_peer: MakePeer) -> None:
    """A key that does not belong to the session it names brings nothing."""
    cici = await make_peer("@cici:here")
    theirs, hello = await cici.say("ya"), await ani.say("siap")
    bot.server.inbox.clear()
    content = _room_key(theirs["content"]["session_id"], _session_key(ani))
    await _olm(ani, bot, "m.room_key", content)
    assert (await bot.sync()).new_sessions == ()
    assert isinstance(bot.open(hello), Sealed)


@pytest.mark.parametrize("meant", [("@cici:here", None), ("@bot:here", "x" * 43)])
async def test_a_letter_meant_for_others_is_refused(bot: Peer, ani: Peer, meant: tuple[str, str | None]) -> None:
    """The payload must name our user and our Ed25519 key, or somebody passes on what was written to others."""
    user, key = meant
    hello = await ani.say("siap")
    bot.server.inbox.clear()
    content = _room_key(hello["content"]["session_id"], _session_key(ani))
    await _olm(ani, bot, "m.room_key", content, meant_for=user, meant_key=key)
    assert (await bot.sync()).new_sessions == ()


async def test_a_session_only_grows_backwards_and_only_by_its_own_device(
    bot: Peer, ani: Peer, make_peer: MakePeer
) -> None:
    """A later key of the same session takes nothing away; another device of the owner cannot replace it."""
    laptop = await make_peer(ani.user_id, "LAPTOP")
    first = await ani.say("satu")
    session_id = first["content"]["session_id"]
    from_second_on = _session_key(ani)
    second = await ani.say("dua")
    from_third_on = _session_key(ani)

    async def offer(sender: Peer, key: str) -> bool:
        await _olm(sender, bot, "m.room_key", _room_key(session_id, key))
        return (await bot.sync()).new_sessions == ((ROOM, session_id),)

    await bot.sync()
    assert not await offer(ani, from_third_on)
    bot.restart()
    assert bot.reads(first) == "satu"
    bot.keyring.rows["inbound"].clear()
    bot.restart()
    assert await offer(ani, from_third_on)
    assert bot.open(second) == Sealed("unknown_index", session_id, "PHONE")
    assert not await offer(laptop, from_second_on)
    assert await offer(ani, from_second_on)
    assert bot.reads(second) == "dua"


def _room_key(session_id: str, key: str) -> Json:
    """The content that gives away a session's key under an id, its own or another."""
    return {
        "algorithm": "m.megolm.v1.aes-sha2",
        "room_id": ROOM,
        "session_id": session_id,
        "session_key": key,
    }


def _session_key(peer: Peer) -> str:
    """The key of a peer's current session in the room, at index 0."""
    ratchet = Vault(peer.keyring, SECRET).get(Ratchet, "outbound", peer.device[1], ROOM)
    assert ratchet is not None
    return str(GroupSession.from_pickle(ratchet.pickle, SECRET).session_key.to_base64())


async def _olm(
    sender: Peer,
    to: Peer,
    event_type: str,
    content: Json,
    *,
    meant_for: str | None = None,
    meant_key: str | None = None,
) -> None:
    """Send an Olm message from one peer's machine to another's device, naming another recipient if asked."""
    machine = sender.machine
    await machine.devices.refresh([to.user_id])
    device = machine.devices.person(to.user_id).devices[to.device[1]]
    await machine._channels.connect({to.device: device})
    if meant_key is not None:
        device = msgspec.structs.replace(device, ed25519=meant_key)
    step = machine._vault.step()
    message = machine._channels.write(step, meant_for or to.user_id, device, event_type, content)
    step.commit()
    assert message is not None
    async for _ in machine._channels.send("m.room.encrypted", [(to.device, message)]):
        pass
