"""The bridge as an operator runs it, against the fake homeserver: one process per store, killed at any moment,
stopped by a revoked token."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import pytest

from bridge.ledger.store import Store, sqlite_database
from bridge.model import facts as f
from bridge.model.clock import SystemClock
from tests.fakes.homeserver import PASSWORD, FakeHomeserver
from tests.faults.checks import check
from tests.faults.house import ORDER, REPORT, House
from tests.waiting import ANSWERED, BEING_ANSWERED, DECIDED, QUIET, TAKEN_IN, until_found

PATIENCE_S = 40.0
KILLS = 4


class Command:
    """`tudang run` as a process of its own."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.process: asyncio.subprocess.Process | None = None

    def write_settings(self) -> None:
        rooms = self.house.rooms
        (self.house.root / "bridge.yaml").write_text(
            f"""homeserver:
  url: {self.house.fake.url}
  user: "{self.house.bot}"
state: state
config: config
forum:
  id: uji
  rooms: {{forum: "{rooms["forum"]}", control: "{rooms["control"]}", audit: "{rooms["audit"]}"}}
web: {{port: 0}}
"""
        )

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bridge",
            "run",
            "--config",
            str(self.house.root / "bridge.yaml"),
            "--log-level",
            "ERROR",
            env={**os.environ, "TUDANG_PASSWORD": PASSWORD},
            cwd=Path(__file__).parents[2],
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )

    async def kill(self) -> None:
        """kill -9, if it still runs."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stopped(self) -> int:
        """SIGTERM, as an init system sends it; the exit code. What it said is no traceback."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code, said = await self.ended()
        assert "Traceback" not in said, said
        return code

    async def ended(self) -> tuple[int, str]:
        """Its exit code and what it said last."""
        assert self.process is not None
        _, said = await asyncio.wait_for(self.process.communicate(), PATIENCE_S)
        return self.process.returncode or 0, said.decode()

    async def until(self, wanted: str, *params: object) -> None:
        """Wait until a statement about the ledger gives a row."""

        process = self.process
        assert process is not None
        ledger = self.house.state / "ledger.db"
        await until_found(ledger, wanted, *params, gone=lambda: process.returncode is not None)
        if process.returncode is not None:
            raise AssertionError((await self.ended())[1])


@pytest.fixture
async def command(tmp_path: Path):  # type: ignore[no-untyped-def]
    """A forum, in the time of this machine, and the command that holds it."""
    clock = SystemClock()
    async with FakeHomeserver(clock) as fake:
        house = House(fake, clock, tmp_path)  # type: ignore[arg-type]
        house.set_up()
        command = Command(house)
        command.write_settings()
        yield command
        await command.kill()


async def test_kill_nine_at_any_moment_neither_loses_nor_doubles(command: Command) -> None:
    """The process is killed while people talk, several times; in the end everything is there once."""
    house = command.house
    chance = random.Random(os.environ.get("PYTEST_SEED", "tudang"))
    await command.start()
    await command.until("SELECT 1 FROM fact WHERE kind = 'stage'")
    order = house.say("wabup", ORDER)
    last = order
    for number in range(KILLS):
        said = [house.say("dlh", f"Siap pak {number}")]
        said += [house.say("pupr", f"Selamat pagi {number}.{word}") for word in range(5)]
        await command.until(chance.choice((TAKEN_IN, DECIDED)), chance.choice([last, *said]))
        await command.kill()
        last = house.say("ternak", f"{REPORT} {number}")
        await command.start()
        await command.until(chance.choice((TAKEN_IN, DECIDED, BEING_ANSWERED, ANSWERED)), last)
    await command.until(f"{QUIET} AND EXISTS ({DECIDED})", last)
    await command.kill()
    await check(house, in_a_hurry=True)
    assert [message.event for message in house.facts(f.Directive)] == [order]
    assert house.chips(order) == ["📌 P-1"]
    assert len(house.facts(f.Report)) == KILLS


async def test_sigterm_in_the_middle_of_everything_ends_in_order_and_neither_loses_nor_doubles(
    command: Command,
) -> None:
    """Stopped while it starts, takes in, sends: exit code 0, no traceback, and the rest follows."""
    house = command.house
    fault = house.fake.fail("PUT */send/*", "slow")
    await command.start()
    async with asyncio.timeout(PATIENCE_S):
        # The first thing that it says hangs in the air.
        await fault.struck.wait()
    assert await command.stopped() == 0
    fault.released.set()
    starting = house.fake.fail("POST */keys/query", "slow")
    await command.start()
    async with asyncio.timeout(PATIENCE_S):
        await starting.struck.wait()
    assert await command.stopped() == 0, "while it starts"
    starting.released.set()
    last = ""
    moments = (TAKEN_IN, BEING_ANSWERED)
    for number, moment in enumerate(moments):
        await command.start()
        last = house.say("wabup", f"{ORDER} {number}")
        house.photo("dlh")
        house.say("dlh", REPORT)
        await command.until(moment, last)
        assert await command.stopped() == 0, moment
    starts = len(house.facts(f.Started))
    await command.start()
    # Everything may have been decided before: this process is to have come so far itself.
    started = "(SELECT COUNT(*) FROM fact WHERE kind = 'started') > ?"
    await command.until(f"{QUIET} AND EXISTS ({DECIDED}) AND {started}", last, starts)
    assert await command.stopped() == 0
    await check(house, in_a_hurry=True)
    assert len(house.facts(f.Directive)) == len(moments)


async def test_a_second_process_on_the_same_store_says_so_and_ends(command: Command) -> None:
    """Two processes on one device would break each other's keys: the second one stops with a sentence."""
    await command.start()
    await command.until("SELECT 1 FROM fact WHERE kind = 'stage'")
    second = Command(command.house)
    await second.start()
    code, said = await second.ended()
    assert code == 1
    assert "Traceback" not in said
    assert "Tudang cannot run" in said
    assert "another" in said.lower()
    assert command.process is not None and command.process.returncode is None
    order = command.house.say("wabup", ORDER)
    await command.until(f"{QUIET} AND EXISTS ({DECIDED})", order)
    await command.kill()
    await check(command.house, in_a_hurry=True)


async def test_a_revoked_token_ends_it_with_a_sentence_and_nothing_is_lost(command: Command) -> None:
    """Exit code 3 and what to do; after that was done, what was said meanwhile is handled once."""
    house = command.house
    await command.start()
    await command.until("SELECT 1 FROM fact WHERE kind = 'stage'")
    house.fake.revoke(house.bot)
    code, said = await command.ended()
    assert code == 3
    assert "Nothing was lost" in said
    assert "Traceback" not in said
    order = house.say("wabup", ORDER)
    (house.state / "session.json").unlink()
    await command.start()
    await command.until(f"{QUIET} AND EXISTS ({DECIDED})", order)
    await command.kill()
    assert [d.event for d in house.facts(f.Directive)] == [order]
    assert house.chips(order) == ["📌 P-1"]
    await check(house, in_a_hurry=True)


async def test_a_ledger_of_a_newer_version_is_refused_with_a_sentence(command: Command) -> None:
    """Nothing is changed in it."""
    await command.start()
    await command.until("SELECT 1 FROM fact WHERE kind = 'stage'")
    await command.kill()
    store = Store(sqlite_database(command.house.state / "ledger.db"))
    store.run("UPDATE meta SET value = '999' WHERE name = 'schema'")
    store.close()
    await command.start()
    code, said = await command.ended()
    assert code == 1
    assert "made by a newer Tudang" in said
    assert "Traceback" not in said


async def test_a_file_that_is_no_ledger_is_refused_with_a_sentence(command: Command) -> None:
    """A damaged file is named, and left as it is."""
    command.house.state.mkdir()
    path = command.house.state / "ledger.db"
    path.write_bytes(b"this is no database" * 1000)
    await command.start()
    code, said = await command.ended()
    assert code == 1
    assert "ledger.db" in said
    assert "Traceback" not in said
    assert path.read_bytes() == b"this is no database" * 1000
