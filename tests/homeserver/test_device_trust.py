"""Cross-signing on a real homeserver: the identity, new devices under it, and what stands in its way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bridge.matrix.trust import CrossSigning, IdentityConflict
from bridge.rehearsal.cast import MakeUser
from bridge.rehearsal.homeserver import Account, EmbeddedHomeserver
from tests.homeserver.encrypted_bot import EncryptedBot

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
