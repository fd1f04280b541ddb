"""kill -9 in the middle of a conversation in encrypted rooms on a real Synapse."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

from bridge.ledger.records import verify_chain
from bridge.ledger.store import Store, sqlite_database
from bridge.model import facts as f
from tests.homeserver.forum import Forum

KILLS = 3
PATIENCE_S = 60.0


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


async def until_quiet(forum: Forum, last: str) -> None:
    """Wait until the last message is decided and everything that follows from it is on its way or done."""
    deadline = time.monotonic() + PATIENCE_S
    path = forum.root / "state" / "ledger.db"
    while time.monotonic() < deadline:
        await asyncio.sleep(0.1)
        if not path.exists():
            continue
        store = Store(sqlite_database(path, read_only=True))
        try:
            if not store.one("SELECT 1 FROM sqlite_master WHERE name = 'outbox'"):
                continue
            decided = last == "" or store.one("SELECT 1 FROM inbox WHERE key = ? AND state = 'done'", (last,))
            waits = store.one("SELECT 1 FROM inbox WHERE state = 'new'") or store.one(
                "SELECT 1 FROM outbox WHERE state = 'sending' OR (state = 'waiting' AND merge = '')"
            )
            if decided and not waits and store.one("SELECT 1 FROM fact WHERE kind = 'adopted'"):
                return
        finally:
            store.close()
    raise AssertionError("the bridge did not come to rest")


async def test_kill_nine_in_encrypted_rooms_neither_loses_nor_doubles(forum: Forum) -> None:
    """Killed while people speak and while it answers: every message is read, recorded and answered once."""
    chance = random.Random("tudang")
    await forum.set_up(people=("bupati", "wabup", "dlh", "pupr", "ahli"))
    room, people = forum.rooms["forum"], forum.people
    process = await started(forum)
    try:
        await until_quiet(forum, "")
        order = await people["wabup"].text(room, "Seluruh OPD kerja bakti hari ini, laporkan disertai foto")
        said, reports = [order], []
        for number in range(KILLS):
            said += await asyncio.gather(
                *(people[who].text(room, f"Selamat pagi {number} dari {who}") for who in ("dlh", "pupr", "ahli"))
            )
            await asyncio.sleep(chance.uniform(0.0, 0.3))
            process.kill()
            await process.wait()
            reports.append(
                await people["dlh"].text(room, f"Izin melaporkan, saluran {number} sudah selesai dibersihkan")
            )
            process = await started(forum)
            await asyncio.sleep(chance.uniform(1.0, 3.0))
        await until_quiet(forum, reports[-1])
    finally:
        process.kill()
        await process.wait()
    expected = {order: "📌 P-1"} | dict.fromkeys(reports, "📋")
    for _ in range(int(PATIENCE_S / 0.1)):
        if all(forum.chips("bupati", event) for event in expected):
            break
        await asyncio.sleep(0.1)
    assert forum.failures() == []
    recorded = Counter(fact.event for fact in forum.facts(f.Message))
    assert recorded == Counter([*said, *reports])
    assert [fact.event for fact in forum.facts(f.Directive)] == [order]
    assert [fact.event for fact in forum.facts(f.Report)] == reports
    assert forum.facts(f.Sealed) == []
    for event, chip in expected.items():
        assert [one.startswith(chip) for one in forum.chips("bupati", event)] == [True]
    assert forum.card("bupati", "📌 P-1").posted.encrypted
    store = Store(sqlite_database(forum.root / "state" / "ledger.db", read_only=True))
    try:
        assert verify_chain(store, "uji").position == len(forum.facts(f.Fact))
    finally:
        store.close()
