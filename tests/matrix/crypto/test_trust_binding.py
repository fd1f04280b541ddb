"""How far an event's sender is trusted: the device list, its signatures, and an identity that is replaced."""

from __future__ import annotations

import pytest

from bridge.matrix.crypto.signing import signed
from bridge.matrix.requests import AuthenticationNeeded
from bridge.matrix.sealing import Opened
from bridge.matrix.trust import CannotSign, CrossSigning, IdentityConflict, grouped
from bridge.model.event import Json, Trust
from tests.matrix.crypto.conftest import MakePeer
from tests.matrix.crypto.peers import SECRET, MemoryKeyring, Peer, Server


def cross_signing(peer: Peer, keyring: MemoryKeyring | None = None) -> CrossSigning:
    return CrossSigning(peer.machine.account, caller=peer.line, keyring=keyring or peer.keyring, secret_key=SECRET)


async def trust_in(bot: Peer, sender: Peer) -> tuple[Trust, str | None]:
    outer = await sender.say("ya")
    await bot.settle()
    opened = bot.open(outer)
    assert isinstance(opened, Opened)
    return opened.trust, opened.device_id


async def test_a_signed_device_is_cross_signed(bot: Peer, ani: Peer) -> None:
    """A device signed by its owner's identity counts as cross-signed, from its first message on."""
    await cross_signing(ani).ensure()
    assert await trust_in(bot, ani) == (Trust.CROSS_SIGNED, "PHONE")


async def test_an_unsigned_device_becomes_signed(bot: Peer, ani: Peer) -> None:
    """Once the owner signs it, the same session counts as cross-signed."""
    assert await trust_in(bot, ani) == (Trust.UNSIGNED, "PHONE")
    await cross_signing(ani).ensure()
    await bot.settle()
    assert await trust_in(bot, ani) == (Trust.CROSS_SIGNED, "PHONE")


async def test_our_own_messages_are_trusted_like_others(bot: Peer, ani: Peer) -> None:
    """Our echo carries our own device's trust."""
    await cross_signing(bot).ensure()
    assert await trust_in(bot, bot) == (Trust.CROSS_SIGNED, "BRIDGE")


@pytest.mark.parametrize("part", ["master_key", "self_signing_key"])
async def test_forged_signatures_are_worth_nothing(bot: Peer, ani: Peer, server: Server, part: str) -> None:
    """A self-signing key that the master did not sign, or another master, makes no device cross-signed."""
    await cross_signing(ani).ensure()
    stranger = Peer(server, bot.rooms, bot.clock, "@eko:here")
    await cross_signing(stranger).ensure()
    forged = dict(server.cross_signing["@eko:here"][part], user_id=ani.user_id)
    server.cross_signing[ani.user_id][part] = forged
    assert (await trust_in(bot, ani))[0] is Trust.UNSIGNED


async def test_a_device_that_nobody_lists_is_unsigned(bot: Peer, ani: Peer, server: Server) -> None:
    """A session from a device that is not on the sender's list is readable and unsigned, and is looked up again."""
    del server.devices[ani.device]
    outer = await ani.say("siap")
    await bot.settle()
    opened = bot.open(outer)
    assert isinstance(opened, Opened)
    assert (opened.trust, opened.device_id) == (Trust.UNSIGNED, None)
    server.devices[ani.device] = ani.machine.account.device_keys()
    bot.clock.advance(400)
    bot.open(outer)
    await bot.settle()
    opened = bot.open(outer)
    assert isinstance(opened, Opened)
    assert opened.device_id == "PHONE"


async def test_a_device_that_logged_out_keeps_its_standing(bot: Peer, ani: Peer) -> None:
    """What a device sent while it was there is judged by what it was then."""
    await cross_signing(ani).ensure()
    outer = await ani.say("siap")
    await bot.settle()
    bot.server.log_out(ani.device)
    await bot.settle()
    opened = bot.open(outer)
    assert isinstance(opened, Opened)
    assert opened.trust is Trust.CROSS_SIGNED


async def test_a_stolen_curve_key_is_a_mismatch(bot: Peer, ani: Peer, server: Server, make_peer: MakePeer) -> None:
    """A device list that pairs the session's key with another Ed25519 key makes its messages a mismatch."""
    outer = await ani.say("siap")
    await bot.sync()
    other = await make_peer("@cici:here")
    account = other.machine.account
    keys = other.machine.account.device_keys()
    keys["keys"]["curve25519:PHONE"] = ani.machine.account.curve25519
    keys["user_id"] = ani.user_id
    del keys["signatures"]
    bot.machine.devices._people.clear()
    bot.keyring.rows["device"] = {}
    server.devices[ani.device] = signed(keys, ani.user_id, "ed25519:PHONE", account.sign)
    server.changes.append(ani.user_id)
    await bot.machine.devices.refresh([ani.user_id])
    opened = bot.open(outer)
    assert isinstance(opened, Opened)
    assert opened.trust is Trust.MISMATCH


async def test_a_replaced_identity_rotates(bot: Peer, ani: Peer, server: Server) -> None:
    """A replaced identity makes a new session for the next message; a first identity changes nothing."""
    first = await bot.say("satu")
    await cross_signing(ani).ensure()
    await bot.settle()
    second = await bot.say("dua")
    assert second["content"]["session_id"] == first["content"]["session_id"]
    server.cross_signing.clear()
    await cross_signing(ani, MemoryKeyring()).ensure()
    await bot.settle()
    third = await bot.say("tiga")
    assert third["content"]["session_id"] != second["content"]["session_id"]
    assert len(bot.machine.devices.person(ani.user_id).former) == 1


async def test_the_password_is_given_when_asked(bot: Peer, server: Server) -> None:
    """User-interactive authentication with a password; without one a sentence says what is needed."""
    answer = server.answer
    given: list[Json] = []

    def asking(device: tuple[str, str], method: str, place: str, body: Json) -> Json:
        if place == "keys/device_signing/upload" and "auth" not in body:
            raise AuthenticationNeeded("M_UNAUTHORIZED", "", session="s1", flows=(("m.login.password",),))
        if "auth" in body:
            given.append(body["auth"])
        return answer(device, method, place, body)

    server.answer = asking  # type: ignore[method-assign]
    with pytest.raises(CannotSign, match="password"):
        await cross_signing(bot).ensure()
    fingerprint = cross_signing(bot).state().identity_fingerprint
    state = await cross_signing(bot).ensure("rahasia")
    assert state.cross_signed
    assert state.identity_fingerprint == fingerprint
    assert (given[0]["session"], given[0]["password"]) == ("s1", "rahasia")


async def test_a_flow_that_only_a_client_can_follow(bot: Peer, server: Server) -> None:
    """A homeserver that wants its own web page gets no password; the admin reads what to do."""
    server.refusals.append(
        ("keys/device_signing", AuthenticationNeeded("M_UNAUTHORIZED", "", session="s", flows=(("m.oauth",),)))
    )
    with pytest.raises(CannotSign, match="settings"):
        await cross_signing(bot).ensure("rahasia")


async def test_a_refused_signature_is_told(bot: Peer, server: Server) -> None:
    """`/keys/signatures/upload` answers 200 even when it refuses: its `failures` are looked at."""
    answer = server.answer

    def refusing(device: tuple[str, str], method: str, place: str, body: Json) -> Json:
        if place == "keys/signatures/upload":
            return {"failures": {bot.user_id: {"BRIDGE": {"errcode": "M_INVALID_SIGNATURE"}}}}
        return answer(device, method, place, body)

    server.answer = refusing  # type: ignore[method-assign]
    with pytest.raises(CannotSign, match="M_INVALID_SIGNATURE"):
        await cross_signing(bot).ensure()
    assert not cross_signing(bot).state().cross_signed


async def test_a_foreign_identity_is_left_alone(bot: Peer, server: Server, make_peer: MakePeer) -> None:
    """An identity that somebody else made for the account is never replaced."""
    phone = await make_peer(bot.user_id, "ELEMENT")
    theirs = await cross_signing(phone).ensure()
    before = server.cross_signing[bot.user_id]
    with pytest.raises(IdentityConflict) as conflict:
        await cross_signing(bot).ensure("rahasia")
    assert str(theirs.identity_fingerprint) in str(conflict.value)
    assert server.cross_signing[bot.user_id] == before


async def test_the_state_says_what_people_compare(bot: Peer) -> None:
    """Fingerprints come in groups of four, as clients show them."""
    before = cross_signing(bot).state()
    assert (before.cross_signed, before.identity_fingerprint) == (False, None)
    state = await cross_signing(bot).ensure()
    assert state.device_fingerprint == grouped(bot.machine.account.ed25519)
    assert state.device_fingerprint.split()[0] == bot.machine.account.ed25519[:4]
    assert "BRIDGE" in state.sentence
    assert cross_signing(bot).state() == state
