"""A person's new device is noticed, once; what was never known before is not new."""

from __future__ import annotations

from tests.matrix.crypto.conftest import MakePeer
from tests.matrix.crypto.peers import Peer, Server


async def test_a_second_device_is_told_once(bot: Peer, ani: Peer, make_peer: MakePeer) -> None:
    """With the response after the one that said the list had changed, and after a restart not again."""
    await bot.say("satu")
    assert (await bot.settle()).new_devices == ()
    await make_peer("@ani:here", "LAPTOP")
    await bot.settle()
    assert (await bot.settle()).new_devices == (("@ani:here", "LAPTOP"),)
    assert (await bot.settle()).new_devices == ()
    bot.restart()
    await bot.settle()
    assert (await bot.settle()).new_devices == ()


async def test_the_first_devices_of_a_person_are_not_new(bot: Peer, make_peer: MakePeer) -> None:
    """Somebody whom the bot meets, with as many as they have."""
    await make_peer("@ani:here")
    await make_peer("@ani:here", "LAPTOP")
    await bot.say("satu")
    await bot.settle()
    assert (await bot.settle()).new_devices == ()


async def test_a_telephone_in_the_place_of_another_is_new(
    bot: Peer, ani: Peer, make_peer: MakePeer, server: Server
) -> None:
    """Logged out on the old one first, as people do, or not."""
    await bot.say("satu")
    server.log_out(ani.device)
    await bot.settle()
    await bot.settle()
    await make_peer("@ani:here", "PHONE2")
    await bot.settle()
    assert (await bot.settle()).new_devices == (("@ani:here", "PHONE2"),)


async def test_what_came_while_nobody_told_us_is_not_new(bot: Peer, ani: Peer, make_peer: MakePeer) -> None:
    """After a restored backup every list is asked for anew: forty people are not written to for that."""
    await bot.say("satu")
    bot.machine.doubt()
    await make_peer("@ani:here", "LAPTOP")
    await bot.say("dua")
    await bot.settle()
    assert (await bot.settle()).new_devices == ()
