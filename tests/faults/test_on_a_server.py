"""The bridge as an operator runs it, with its ledger on a PostgreSQL server, to which it was moved from a file."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bridge.admin.moving import migrate
from bridge.database import database_of
from bridge.ledger.store import Row
from bridge.model import facts as f
from bridge.model.clock import SystemClock
from bridge.settings import load_settings
from tests.fakes.homeserver import FakeHomeserver
from tests.faults.checks import check
from tests.faults.house import ORDER, REPORT, House
from tests.faults.test_one_process import Command
from tests.postgres import Server
from tests.waiting import ANSWERED, DECIDED, QUIET, TAKEN_IN, until


async def until_found(house: House, wanted: str, *params: object) -> None:
    """Wait until a statement about the ledger gives a row, wherever it lies."""

    def look() -> Row | None:
        if not house.database.exists():
            return None
        with house.store() as store:
            return store.one(wanted, params)

    await until(look, f"{wanted} {params}")


async def test_a_forum_moves_to_a_server_and_goes_on_through_a_kill(tmp_path: Path, server: Server) -> None:
    """What was said before, between and after is there once; numbers, cards and the chain go on."""
    clock = SystemClock()
    name = server.create()
    async with FakeHomeserver(clock) as fake:
        house = House(fake, clock, tmp_path)  # type: ignore[arg-type]
        house.set_up()
        command = Command(house)
        command.write_settings()
        file = house.root / "bridge.yaml"
        try:
            await command.start()
            await command.until("SELECT 1 FROM fact WHERE kind = 'stage'")
            first = house.say("wabup", ORDER)
            await command.until(ANSWERED, first)
            running = await asyncio.to_thread(
                migrate, load_settings(file), server.url(name), password_file=None, rebuild=False, lang="en"
            )
            assert (running.code, running.text) == (1, "The bridge is running; stop it first.")
            assert await command.stopped() == 0
            between = house.say("dlh", f"{REPORT} 1")
            moved = await asyncio.to_thread(
                migrate, load_settings(file), server.url(name), password_file=None, rebuild=False, lang="en"
            )
            assert moved.code == 0, moved.text
            with file.open("a") as settings:
                settings.write(f'database: {{url: "{server.url(name)}"}}\n')
            house.database = database_of(load_settings(file))
            await command.start()
            await until_found(house, DECIDED, between)
            second = house.say("pupr", f"{REPORT} 2")
            await until_found(house, TAKEN_IN, second)
            await command.kill()
            last = house.say("ternak", f"{REPORT} 3")
            await command.start()
            await until_found(house, f"{QUIET} AND EXISTS ({DECIDED})", last)
            assert await command.stopped() == 0
        finally:
            await command.kill()
        await check(house, in_a_hurry=True)
        assert [order.number for order in house.facts(f.Directive)] == ["P-1"]
        assert [report.number for report in house.facts(f.Report)] == ["L-1", "L-2", "L-3"]
        assert house.chips(first) == ["📌 P-1"]
    server.drop(name)
