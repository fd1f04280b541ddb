"""kill -9 in the middle of a conversation in encrypted rooms on a real Synapse."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

from bridge.model import facts as f
from bridge.model.clock import SystemClock
from tests.faults.checks import check
from tests.homeserver.command import started
from tests.homeserver.forum import Forum
from tests.homeserver.watched import watched
from tests.waiting import ANSWERED, BEING_ANSWERED, DECIDED, QUIET, TAKEN_IN, until, until_found

KILLS = 3


async def test_kill_nine_in_encrypted_rooms_neither_loses_nor_doubles(forum: Forum) -> None:
    """Killed while people speak and while it answers: every message is read, recorded and answered once."""
    chance = random.Random("tudang")
    await forum.set_up(people=("bupati", "wabup", "dlh", "pupr", "ahli", "periksa"))
    room, people = forum.rooms["forum"], forum.people
    ledger = forum.root / "state" / "ledger.db"
    process = await started(forum)
    try:
        await until_found(ledger, "SELECT 1 FROM fact WHERE kind = 'adopted'")
        await until_found(ledger, QUIET)
        order = await people["wabup"].text(room, "Seluruh OPD kerja bakti hari ini, laporkan disertai foto")
        said, reports = [order], []
        for number in range(KILLS):
            talk = await asyncio.gather(
                *(people[who].text(room, f"Selamat pagi {number} dari {who}") for who in ("dlh", "pupr", "ahli"))
            )
            said += talk
            await until_found(ledger, chance.choice((TAKEN_IN, DECIDED)), chance.choice([order, *talk]))
            process.kill()
            await process.wait()
            reports.append(
                await people["dlh"].text(room, f"Izin melaporkan, saluran {number} sudah selesai dibersihkan")
            )
            process = await started(forum)
            await until_found(ledger, chance.choice((TAKEN_IN, DECIDED, BEING_ANSWERED, ANSWERED)), reports[-1])
        await until_found(ledger, f"{QUIET} AND EXISTS ({DECIDED})", reports[-1])
    finally:
        process.kill()
        await process.wait()
    expected = {order: "📌 P-1"} | dict.fromkeys(reports, "📋")
    await until(lambda: all(forum.chips("bupati", event) for event in expected), "everything has its chip")
    await check(await watched(forum, SystemClock()), in_a_hurry=True)
    assert Counter(fact.event for fact in forum.facts(f.Message)) == Counter([*said, *reports])
    assert [fact.event for fact in forum.facts(f.Directive)] == [order]
    assert [fact.event for fact in forum.facts(f.Report)] == reports
    assert forum.facts(f.Sealed) == []
    for event, chip in expected.items():
        assert [one.startswith(chip) for one in forum.chips("bupati", event)] == [True]
    assert forum.card("bupati", "📌 P-1").posted.encrypted
