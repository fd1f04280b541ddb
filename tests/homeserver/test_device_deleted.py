"""The bot's device is deleted by the owner of the account, as any session can be in Element's list."""

from __future__ import annotations

import msgspec

from bridge.matrix.login import Credentials, remove_device
from bridge.matrix.requests import Requests
from bridge.model import facts as f
from bridge.model.clock import SystemClock
from tests.faults.checks import check
from tests.homeserver.command import ended, started
from tests.homeserver.forum import Forum
from tests.homeserver.watched import watched
from tests.waiting import DECIDED, QUIET, until, until_found

ORDER = "Seluruh OPD kerja bakti hari ini, laporkan disertai foto"


async def test_the_bridge_stops_with_a_sentence_and_goes_on_as_a_new_device(forum: Forum) -> None:
    """What was recorded and marked before is neither lost nor done twice; what is said afterwards is read."""
    await forum.set_up(people=("bupati", "dlh", "ahli", "periksa"))
    room, bupati = forum.rooms["forum"], forum.people["bupati"]
    state = forum.root / "state"
    password = {"TUDANG_PASSWORD": forum.bot.password}
    process = await started(forum, **password)
    try:
        await until_found(state / "ledger.db", "SELECT 1 FROM fact WHERE kind = 'adopted'")
        order = await bupati.text(room, ORDER)
        await until_found(state / "ledger.db", f"{QUIET} AND EXISTS ({DECIDED})", order)
        device = msgspec.json.decode((state / "session.json").read_bytes(), type=Credentials).device_id
        owner = Requests(forum.homeserver.url, forum.bot.access_token)
        assert await remove_device(owner, forum.bot.user_id, device, forum.bot.password)
        await owner.close()
        code, said = await ended(process)
        assert (code, "Traceback" in said) == (3, False)
        assert said.startswith(
            "The homeserver no longer accepts the bot's access token. Nothing was lost. Run `tudang"
        )

        assert await ended(await started(forum, "new-device", **password)) == (0, "")
        process = await started(forum, **password)
        await until(lambda: len(forum.facts(f.Started)) == 2, "it runs again")
        await until(
            lambda: any("perangkat baru" in one.content["body"] for one in forum.said("ahli", "control")),
            "the control room hears of it",
        )
        second = await bupati.text(room, f"{ORDER}, kali ini di pasar")
        await until_found(state / "ledger.db", f"{QUIET} AND EXISTS ({DECIDED})", second)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert [(fact.event, fact.number) for fact in forum.facts(f.Directive)] == [(order, "P-1"), (second, "P-2")]
    assert forum.facts(f.Sealed) == []
    await check(await watched(forum, SystemClock()), in_a_hurry=True)
