"""kill -9 in the middle of a conversation in encrypted rooms on a real Synapse."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from pathlib import Path

from bridge.ledger.records import verify_chain
from bridge.ledger.store import Store, sqlite_database
from bridge.model import facts as f
from tests.homeserver.forum import Forum
from tests.waiting import ANSWERED, BEING_ANSWERED, DECIDED, QUIET, TAKEN_IN, until, until_found

KILLS = 3


async def started(forum: Forum) -> asyncio.subprocess.Process:
    """`tudang run`, in a process of its own and in the time of this machine."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bridge",
        "run",
        "--config",
        str(forum.root / "bridge.yaml"),
        "--log-level",
        "ERROR",
        env={**os.environ, "TUDANG_ACCESS_TOKEN": forum.bot.access_token},
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.DEVNULL,
    )


async def test_kill_nine_in_encrypted_rooms_neither_loses_nor_doubles(forum: Forum) -> None:
    """Killed while people speak and while it answers: every message is read, recorded and answered once."""
    chance = random.Random("tudang")
    await forum.set_up(people=("bupati", "wabup", "dlh", "pupr", "ahli"))
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
    assert forum.failures() == []
    recorded = Counter(fact.event for fact in forum.facts(f.Message))
    assert recorded == Counter([*said, *reports])
    assert [fact.event for fact in forum.facts(f.Directive)] == [order]
    assert [fact.event for fact in forum.facts(f.Report)] == reports
    assert forum.facts(f.Sealed) == []
    for event, chip in expected.items():
        assert [one.startswith(chip) for one in forum.chips("bupati", event)] == [True]
    assert forum.card("bupati", "📌 P-1").posted.encrypted
    store = Store(sqlite_database(ledger, read_only=True))
    try:
        assert verify_chain(store, "uji").position == len(forum.facts(f.Fact))
    finally:
        store.close()
