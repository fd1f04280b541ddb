"""Two-way encryption on a real homeserver with real clients."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bridge.matrix.crypto import DeviceLost
from bridge.matrix.crypto.account import UPLOAD
from bridge.matrix.crypto.outbound import Audience
from bridge.matrix.crypto.vault import Vault
from bridge.model.event import Trust
from bridge.rehearsal.cast import Cast, MakeClient, MakeRoom, MakeUser
from bridge.rehearsal.client import StaffClient
from bridge.rehearsal.homeserver import EmbeddedHomeserver
from tests.attachments import sealed
from tests.homeserver.encrypted_bot import EncryptedBot

pytestmark = pytest.mark.homeserver

MakeBot = Callable[..., Awaitable[EncryptedBot]]
PICTURE = bytes(range(256)) * 300


@pytest.fixture
async def make_bot(synapse: EmbeddedHomeserver, make_user: MakeUser, tmp_path: Path) -> AsyncIterator[MakeBot]:
    """A bot whose keys are on the homeserver."""
    bots: list[EncryptedBot] = []

    async def make(name: str = "bot") -> EncryptedBot:
        bot = EncryptedBot(synapse.url, await make_user(name), tmp_path / f"bot{len(bots)}")
        bots.append(bot)
        await bot.sync()
        return bot

    yield make
    for bot in bots:
        await bot.close()


@pytest.fixture
async def bot(make_bot: MakeBot) -> EncryptedBot:
    return await make_bot()


async def room_with(bot: EncryptedBot, make_room: MakeRoom, creator: StaffClient, *others: StaffClient) -> str:
    """An encrypted room in which the bot and everybody see everybody."""
    room_id = await make_room(creator, *others)
    await creator.invite(room_id, bot.account.user_id)
    everybody = {bot.account.user_id, creator.user_id, *(other.user_id for other in others)}
    for user_id in everybody:
        await bot.until_member(room_id, user_id)
    for client in (creator, *others):
        await client.wait_until_members(room_id, everybody)
    return room_id


async def test_text_both_ways(bot: EncryptedBot, make_client: MakeClient, make_room: MakeRoom) -> None:
    """A staff client's message is read, and the answer is read by the client."""
    ani = await make_client("ani")
    room_id = await room_with(bot, make_room, ani)
    event_id = await ani.text(room_id, "Siap, Pak")
    event = await bot.text(room_id, "Siap")
    assert (event.event_id, event.encrypted, event.trust) == (event_id, True, Trust.UNSIGNED)
    assert event.device_id == ani.account.device_id
    await bot.say(room_id, "Dicatat: P-1")
    assert (await ani.wait_for_text(room_id, "P-1")).encrypted
    own = await bot.text(room_id, "P-1")
    assert own.encrypted


async def test_a_picture_both_ways(bot: EncryptedBot, make_client: MakeClient, make_room: MakeRoom) -> None:
    """Encrypted attachments are the same bytes on both sides."""
    ani = await make_client("ani")
    room_id = await room_with(bot, make_room, ani)
    await ani.image(room_id, PICTURE, caption="jalan sudah bersih")
    event = await bot.text(room_id, "bersih")
    file = event.content["file"]
    chunks = [chunk async for chunk in bot.homeserver.download(file["url"], file=file, limit=1_000_000)]
    assert b"".join(chunks) == PICTURE
    ciphertext, keys = await sealed(bot.homeserver, PICTURE)
    mxc = await bot.homeserver.reserve_media()
    await bot.homeserver.fill_media(mxc, ciphertext, "application/octet-stream")
    await bot.say(room_id, "peta.png", msgtype="m.image", file={**keys, "url": mxc})
    assert await ani.fetch(await ani.wait_for_text(room_id, "peta.png")) == PICTURE


async def test_a_removed_member_gets_no_more_keys(
    bot: EncryptedBot, make_client: MakeClient, make_room: MakeRoom
) -> None:
    """After a removal the next message has a new session, of which the removed device is told nothing."""
    ani, eko = await make_client("ani"), await make_client("eko")
    room_id = await room_with(bot, make_room, ani, eko)
    await bot.say(room_id, "satu")
    await eko.wait_for_text(room_id, "satu")
    await ani.kick(room_id, eko.user_id)
    await bot.until_member(room_id, eko.user_id, gone=True)
    await bot.say(room_id, "dua")
    first, second = await bot.text(room_id, "satu"), await bot.text(room_id, "dua")
    assert first.session_id != second.session_id
    await ani.wait_for_text(room_id, "dua")
    assert eko.user_id not in _holders(bot, room_id)


async def test_a_new_member_reads_from_then_on(
    bot: EncryptedBot, make_client: MakeClient, make_room: MakeRoom
) -> None:
    """Somebody who joins reads the next message without a new session for everybody."""
    ani, cici = await make_client("ani"), await make_client("cici")
    room_id = await room_with(bot, make_room, ani)
    await bot.say(room_id, "satu")
    await ani.invite(room_id, cici.user_id)
    await cici.join(room_id)
    await bot.until_member(room_id, cici.user_id)
    await bot.say(room_id, "dua")
    await cici.wait_for_text(room_id, "dua")
    assert (await bot.text(room_id, "satu")).session_id == (await bot.text(room_id, "dua")).session_id


async def test_what_was_said_while_the_bridge_was_down(
    bot: EncryptedBot, make_client: MakeClient, make_room: MakeRoom
) -> None:
    """Messages of a new session that came during a stop are read after it, and the bot goes on with its own."""
    ani = await make_client("ani")
    room_id = await room_with(bot, make_room, ani)
    await bot.say(room_id, "sebelum")
    await bot.restart()
    await ani.text(room_id, "laporan malam")
    await bot.text(room_id, "laporan malam")
    await bot.say(room_id, "sesudah")
    await ani.wait_for_text(room_id, "sesudah")
    assert (await bot.text(room_id, "sebelum")).session_id == (await bot.text(room_id, "sesudah")).session_id


async def test_a_member_logs_in_again(
    bot: EncryptedBot, make_client: MakeClient, make_room: MakeRoom, cast: Cast, synapse: EmbeddedHomeserver
) -> None:
    """A second device of a member is given keys and is understood."""
    ani = await make_client("ani")
    room_id = await room_with(bot, make_room, ani)
    await bot.say(room_id, "satu")
    laptop = await cast.play(await synapse.login(ani.user_id, ani.account.password))
    await bot.sync(timeout_ms=1000)
    await bot.say(room_id, "dua")
    await laptop.wait_for_text(room_id, "dua")
    await laptop.text(room_id, "dari laptop")
    event = await bot.text(room_id, "dari laptop")
    assert event.device_id == laptop.account.device_id


async def test_thirty_members(bot: EncryptedBot, make_client: MakeClient, make_room: MakeRoom) -> None:
    """Everybody in a room of thirty reads the bot, and the bot reads who answers."""
    people = [await make_client(f"staf{n}", light=True) for n in range(30)]
    room_id = await room_with(bot, make_room, *people)
    await bot.say(room_id, "Perintah untuk semua")
    for person in people:
        await person.wait_for_text(room_id, "Perintah")
    for person in people[::6]:
        await person.text(room_id, f"siap dari {person.user_id}")
    for person in people[::6]:
        await bot.text(room_id, f"siap dari {person.user_id}")
    assert bot.machine.unshared() == []


async def test_what_the_homeserver_says_to_a_lost_device(bot: EncryptedBot) -> None:
    """The refusal by which a rolled-back store is recognised is the one that Synapse gives."""
    account = bot.machine.account
    account._olm.generate_one_time_keys(1)
    ((name, key),) = account._fresh()
    body = {"one_time_keys": {f"signed_curve25519:{name}": account._signed({"key": key.to_base64()})}}
    await bot.requests.json("POST", UPLOAD, body=body)
    body["one_time_keys"][f"signed_curve25519:{name}"] = account._signed({"key": account.curve25519})
    with pytest.raises(DeviceLost, match="new device"):
        await account._upload(bot.requests, body)


def _holders(bot: EncryptedBot, room_id: str) -> set[str]:
    """Users whose devices were given the key of the room's current session."""
    audience = Vault(bot.keyring, bot.secret).get(Audience, "audience", bot.account.device_id, room_id)
    assert audience is not None
    return set(audience.holders)
