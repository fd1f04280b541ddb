"""Cross-signing on a real homeserver: the identity, new devices under it, and what stands in its way."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bridge.matrix.trust import CannotSign, CrossSigning, Identity, IdentityConflict
from bridge.model.event import Event, Trust
from bridge.rehearsal.cast import MakeClient, MakeUser
from bridge.rehearsal.homeserver import Account, EmbeddedHomeserver
from tests.attachments import sealed
from tests.homeserver.encrypted_bot import EncryptedBot
from tests.node.second_client import SecondClient

pytestmark = pytest.mark.homeserver

MakeBot = Callable[[Account, str], Awaitable[EncryptedBot]]


@pytest.fixture
async def make_bot(synapse: EmbeddedHomeserver, tmp_path: Path) -> AsyncIterator[MakeBot]:
    """A bot on an account and a named store."""
    bots: list[EncryptedBot] = []

    async def make(account: Account, store: str) -> EncryptedBot:
        bot = EncryptedBot(synapse.url, account, tmp_path / store)
        bots.append(bot)
        await bot.sync()
        return bot

    yield make
    for bot in bots:
        await bot.close()


def trust_of(bot: EncryptedBot) -> CrossSigning:
    return CrossSigning(bot.machine.account, caller=bot.requests, keyring=bot.keyring, secret_key=bot.secret)


async def test_first_identity(make_bot: MakeBot, make_user: MakeUser) -> None:
    """The bot's device becomes cross-signed without anybody's help, and everybody can check it."""
    bot = await make_bot(await make_user("bot"), "store")
    trust = trust_of(bot)
    assert not trust.state().cross_signed
    state = await trust.ensure()
    assert state.cross_signed
    assert state.identity_fingerprint is not None
    assert trust.state() == state
    await bot.machine.devices.refresh([bot.account.user_id])
    await bot.sync()
    assert bot.machine.devices.person(bot.account.user_id).devices[bot.account.device_id].cross_signed


async def test_running_it_again_changes_nothing(make_bot: MakeBot, make_user: MakeUser) -> None:
    """The same identity and fingerprint after a restart; nothing is uploaded."""
    bot = await make_bot(await make_user("bot"), "store")
    first = await trust_of(bot).ensure()
    await bot.restart()
    assert await trust_of(bot).ensure() == first


async def test_a_new_device_under_the_same_seeds(
    make_bot: MakeBot, make_user: MakeUser, synapse: EmbeddedHomeserver, tmp_path: Path
) -> None:
    """After a new log-in the store's identity signs the new device, and the identity stays the same."""
    account = await make_user("bot")
    bot = await make_bot(account, "store")
    first = await trust_of(bot).ensure()
    await bot.close()
    again = await synapse.login(account.user_id, account.password)
    assert again.device_id != account.device_id
    second_bot = EncryptedBot(synapse.url, again, tmp_path / "store")
    await second_bot.sync()
    second = await trust_of(second_bot).ensure()
    assert second.cross_signed
    assert second.identity_fingerprint == first.identity_fingerprint
    assert second.device_fingerprint != first.device_fingerprint
    await second_bot.close()


async def test_another_identity_is_left_alone(
    make_bot: MakeBot, make_user: MakeUser, synapse: EmbeddedHomeserver
) -> None:
    """An identity that is not ours is not replaced; a sentence says what to do."""
    account = await make_user("bot")
    first = await trust_of(await make_bot(account, "first")).ensure()
    again = await synapse.login(account.user_id, account.password)
    stranger = await make_bot(again, "second")
    with pytest.raises(IdentityConflict, match="not in this store"):
        await trust_of(stranger).ensure(account.password)
    keys = await stranger.requests.json(
        "POST", "/_matrix/client/v3/keys/query", body={"device_keys": {account.user_id: []}}
    )
    (master,) = keys["master_keys"][account.user_id]["keys"].values()
    assert first.identity_fingerprint == " ".join(master[at : at + 4] for at in range(0, len(master), 4))


async def test_the_password_is_accepted(make_bot: MakeBot, make_user: MakeUser) -> None:
    """The user-interactive path as Synapse asks for it: when an identity is replaced, which only this test does."""
    account = await make_user("bot")
    bot = await make_bot(account, "store")
    trust = trust_of(bot)
    await trust.ensure()
    other = Identity(*(secrets.token_bytes(32) for _ in range(3)))
    with pytest.raises(CannotSign, match="password"):
        await trust._upload_identity(other, None)
    await trust._upload_identity(other, account.password)
    with pytest.raises(IdentityConflict):
        await trust.ensure()


async def room_of(bot: EncryptedBot, second: SecondClient, make_client: MakeClient) -> str:
    """An encrypted room of the bot, the second client and somebody who made it."""
    ani = await make_client("ani")
    room_id = await ani.create_room("Forum", invite=[bot.account.user_id, second.account.user_id])
    await bot.until_member(room_id, bot.account.user_id)
    await second.join(room_id, bot.account.user_id)
    await bot.until_member(room_id, second.account.user_id)
    return room_id


@pytest.mark.node
async def test_a_signed_bot_is_heard_by_a_strict_client(
    make_bot: MakeBot, make_user: MakeUser, make_client: MakeClient, synapse: EmbeddedHomeserver
) -> None:
    """A client that excludes insecure devices gives a signed bot its keys and shows it without a shield."""
    bot = await make_bot(await make_user("bot"), "store")
    await trust_of(bot).ensure()
    async with SecondClient(synapse.url, await make_user("kadis"), strict=True) as kadis:
        room_id = await room_of(bot, kadis, make_client)
        event_id = await kadis.say(room_id, "Siap, Pak Bupati")
        event = await bot.text(room_id, "Siap, Pak Bupati")
        assert (event.event_id, event.trust, event.device_id) == (
            event_id,
            Trust.CROSS_SIGNED,
            kadis.account.device_id,
        )
        seen = await kadis.read(room_id, await bot.say(room_id, "Dicatat: P-1"))
        assert (seen["body"], seen["shield"], seen["failure"]) == ("Dicatat: P-1", 0, None)


@pytest.mark.node
async def test_an_unsigned_bot_is_refused_by_a_strict_client_until_it_signs(
    make_bot: MakeBot, make_user: MakeUser, make_client: MakeClient, synapse: EmbeddedHomeserver
) -> None:
    """Without a signature the bot gets no key and is not shown, and knows why; after it, both work."""
    bot = await make_bot(await make_user("bot"), "store")
    async with SecondClient(synapse.url, await make_user("kadis"), strict=True) as kadis:
        room_id = await room_of(bot, kadis, make_client)
        refused = await kadis.say(room_id, "rahasia")
        for _ in range(20):
            if not bot.sealed:
                await bot.sync(timeout_ms=500)
        assert [(event.event_id, event.sealed) for event in bot.sealed] == [(refused, "m.unverified")]
        hidden = await kadis.read(room_id, await bot.say(room_id, "P-1"))
        assert hidden["body"] != "P-1"
        assert hidden["failure"] is not None
        await trust_of(bot).ensure()
        await bot.sync()
        shown = await kadis.read(room_id, await bot.say(room_id, "P-2"))
        assert (shown["body"], shown["shield"]) == ("P-2", 0)
        await kadis.say(room_id, "terbuka")
        await bot.text(room_id, "terbuka")


@pytest.mark.node
async def test_an_unsigned_bot_wears_a_shield(
    make_bot: MakeBot, make_user: MakeUser, make_client: MakeClient, synapse: EmbeddedHomeserver
) -> None:
    """In the default mode an unsigned bot is understood, with a red shield on what it says."""
    bot = await make_bot(await make_user("bot"), "store")
    async with SecondClient(synapse.url, await make_user("kadis"), strict=False) as kadis:
        room_id = await room_of(bot, kadis, make_client)
        await kadis.say(room_id, "halo")
        await bot.text(room_id, "halo")
        seen = await kadis.read(room_id, await bot.say(room_id, "P-1"))
        assert (seen["body"], seen["shield"]) == ("P-1", 2)


@pytest.mark.node
async def test_pictures_both_ways_with_a_strict_client(
    make_bot: MakeBot, make_user: MakeUser, make_client: MakeClient, synapse: EmbeddedHomeserver
) -> None:
    """Encrypted attachments are the same bytes on both sides."""
    picture = bytes(range(256)) * 100
    bot = await make_bot(await make_user("bot"), "store")
    await trust_of(bot).ensure()
    async with SecondClient(synapse.url, await make_user("kadis"), strict=True) as kadis:
        room_id = await room_of(bot, kadis, make_client)
        await kadis.show(room_id, "jalan.png", picture)
        assert await picture_of(bot, await bot.text(room_id, "jalan.png")) == picture
        ciphertext, keys = await sealed(bot.homeserver, picture)
        mxc = await bot.homeserver.reserve_media()
        await bot.homeserver.fill_media(mxc, ciphertext, "application/octet-stream")
        event_id = await bot.say(room_id, "peta.png", msgtype="m.image", file={**keys, "url": mxc})
        seen = await kadis.read(room_id, event_id)
        assert await kadis.fetch(seen["file"]) == picture


async def picture_of(bot: EncryptedBot, event: Event) -> bytes:
    file = event.content["file"]
    chunks = [chunk async for chunk in bot.homeserver.download(file["url"], file=file, limit=10_000_000)]
    return b"".join(chunks)
