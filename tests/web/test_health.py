"""`/healthz`, asked over HTTP of a bridge on the fake homeserver, whose loops the test turns."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import aiohttp
import pytest

from bridge import __version__
from bridge.admin.pulse import SYNC_STALE_MS
from bridge.forum import decide as rules
from bridge.ledger import inbox, outbox, rooms
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.clock import MovableClock
from bridge.model.effects import Say
from bridge.policy import watch
from bridge.service import Bridge, opened
from bridge.settings import Secrets, load_settings
from tests.fakes.homeserver import PASSWORD, FakeHomeserver
from tests.faults.house import FRIDAY, ORDER, REPORT, House
from tests.waiting import until

FIELDS = {
    "ok",
    "status",
    "reasons",
    "forum",
    "stage",
    "last_sync_age",
    "last_write_age",
    "sync_failing",
    "inbox",
    "outbox",
    "later",
    "media",
    "gaps",
    "failed",
    "degraded",
    "now",
    "rehearsal",
    "preview",
    "version",
}


class Asked:
    """A running bridge's page, and what a test does to the bridge."""

    def __init__(self, house: House, bridge: Bridge) -> None:
        self.house = house
        self.bridge = bridge

    async def page(self) -> tuple[int, dict[str, Any]]:
        """Status and JSON, as a monitor gets them."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.bridge.page.port}/healthz") as answer,
        ):
            assert answer.content_type == "application/json"
            assert answer.headers["Cache-Control"] == "no-store"
            return answer.status, json.loads(await answer.read())

    async def sync(self) -> None:
        """One round: what the homeserver has is taken in and decided."""
        bridge = self.bridge
        token = await bridge.intake.resume()
        batch = await bridge.homeserver.sync(token, 0)
        await bridge.intake.take(batch, token, self.house.clock.now())
        while await bridge.repair.step():
            pass
        await bridge.decider.drain()
        await bridge.delivery.settle()

    async def failing_sync(self) -> None:
        """The loop's own try, which the homeserver refuses."""

        def enough(seconds: float) -> object:
            raise asyncio.CancelledError

        with contextlib.suppress(asyncio.CancelledError):
            await self.bridge.intake.run(enough)


def write_settings(house: House) -> Path:
    """The deployment of the house's forum."""
    file = house.root / "bridge.yaml"
    file.write_text(
        f"""homeserver: {{url: "{house.fake.url}", user: "{house.bot}"}}
state: state
config: config
forum:
  id: uji
  rooms: {{forum: "{house.rooms["forum"]}", control: "{house.rooms["control"]}"}}
web: {{port: 0}}
""",
        encoding="utf-8",
    )
    return file


@contextlib.asynccontextmanager
async def started(house: House) -> AsyncIterator[Asked]:
    """The bridge as `tudang run` makes it, with its loops standing still."""
    settings = load_settings(write_settings(house))
    async with opened(settings, Secrets(password=PASSWORD), house.clock) as bridge:
        await bridge.prepare()
        await bridge.page.start("127.0.0.1", 0)
        yield Asked(house, bridge)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A forum that no bridge has seen."""
    clock = MovableClock(FRIDAY)
    async with FakeHomeserver(clock) as fake:
        made = House(fake, clock, tmp_path)
        made.set_up()
        yield made


async def test_a_bridge_that_works_answers_200_with_every_field(house: House) -> None:
    """Status 200, no reasons, and the queues as they are."""
    async with started(house) as asked:
        await asked.sync()
        house.clock.advance(3)
        status, page = await asked.page()
    assert (status, page["ok"], page["reasons"]) == (200, True, [])
    assert set(page) == FIELDS and page["status"] == "well"
    assert (page["forum"], page["stage"], page["version"]) == ("uji", "enforce", __version__)
    assert (page["last_sync_age"], page["last_write_age"], page["now"]) == (3.0, 3.0, house.clock.now())
    assert (page["inbox"], page["media"], page["gaps"], page["failed"]) == (0, 0, 0, 0)
    assert (page["degraded"], page["sync_failing"]) == ([], "")
    assert (page["rehearsal"], page["preview"]) == (False, False)


async def test_the_queues_are_counted(house: House) -> None:
    """What waits to be decided, to be sent, to be judged, and what was put off."""
    async with started(house) as asked:
        await asked.sync()
        house.photo("dlh", caption=REPORT)
        await asked.sync()
        now = house.clock.now()
        _, before = await asked.page()

        def more(store: Store) -> None:
            inbox.add_row(store, "uji", "start", "start:x", b"{}", at=now)
            words = [Say(room=house.rooms["control"], key="sealed.ask", values={"forum": text}) for text in "ab"]
            outbox.enqueue(store, "uji", words, cause="test", now=now)
            (first,) = outbox.start_many(store, outbox.waiting(store, now, 1), "BOT", now)
            outbox.put_off(store, first, now + 60_000, "not yet", untouched=True)

        await asked.bridge.ledger.write(more)
        _, after = await asked.page()
    assert (before["inbox"], before["outbox"], before["later"], before["media"]) == (0, 0, 0, 1)
    assert (after["inbox"], after["outbox"], after["later"], after["media"]) == (1, 1, 1, 1)


async def test_the_last_write_is_the_last_that_was_written(house: House) -> None:
    """An idle turn of the loops writes nothing and makes it no younger; a message does."""
    async with started(house) as asked:
        await asked.sync()
        # What the bot said comes back.
        await asked.sync()
        house.clock.advance(60)
        await asked.sync()
        _, idle = await asked.page()
        house.say("wabup", ORDER)
        await asked.sync()
        _, busy = await asked.page()
    assert (idle["last_sync_age"], idle["last_write_age"]) == (0.0, 60.0)
    assert busy["last_write_age"] == 0.0


async def test_before_the_first_sync_it_is_not_well(house: House) -> None:
    """Nothing was heard yet: 503, and the age is unknown rather than zero."""
    async with started(house) as asked:
        status, page = await asked.page()
    assert (status, page["ok"], page["last_sync_age"]) == (503, False, None)
    assert page["reasons"] == ["Nothing was heard from the homeserver for a while."]


async def test_a_sync_that_stalls_is_a_reason(house: House) -> None:
    """No answer for two minutes, with no error either: 503 until one comes."""
    async with started(house) as asked:
        await asked.sync()
        house.clock.advance(SYNC_STALE_MS / 1000)
        assert (await asked.page())[0] == 200
        house.clock.advance(1)
        status, page = await asked.page()
        assert status == 503
        assert page["reasons"] == ["Nothing was heard from the homeserver for a while."]
        assert page["last_sync_age"] == SYNC_STALE_MS / 1000 + 1
        await asked.sync()
        assert (await asked.page())[0] == 200


async def test_a_sync_that_fails_is_a_reason(house: House) -> None:
    """The homeserver answers with an error: 503 at once, with its words."""
    async with started(house) as asked:
        await asked.sync()
        house.fake.fail("GET */sync", "status")
        await asked.failing_sync()
        status, page = await asked.page()
    assert status == 503
    assert page["sync_failing"]
    assert page["reasons"] == [f"The homeserver does not answer: {page['sync_failing']}"]


async def test_a_room_that_does_not_work_is_named_with_its_reason(house: House) -> None:
    """Kind, id and why; when it works again, nothing is left of it."""
    room = house.rooms["control"]
    async with started(house) as asked:
        await asked.sync()
        await asked.bridge.ledger.write(lambda store: rooms.degrade(store, room, "the bot may not write here"))
        status, page = await asked.page()
        assert status == 200, "a supervisor that starts it again mends no permission"
        assert page["degraded"] == [{"room": room, "kind": "control", "why": "the bot may not write here"}]
        assert page["reasons"] == ["The control room does not work: the bot may not write here"]
        await asked.bridge.ledger.write(lambda store: rooms.degrade(store, room, ""))
        status, page = await asked.page()
        assert (status, page["degraded"]) == (200, [])


async def test_rows_that_failed_are_counted_across_a_restart(house: House) -> None:
    """A row that could not be decided is in the ledger, and a new process knows of it."""
    async with started(house) as asked:
        await asked.sync()
        await asked.bridge.ledger.write(
            lambda store: inbox.add_row(store, "uji", "event", "$broken", b"no event", at=house.clock.now())
        )
        await asked.bridge.decider.drain()
        status, page = await asked.page()
        assert (status, page["failed"]) == (200, 1)
    async with started(house) as asked:
        await asked.sync()
        await asked.bridge.decider.drain()
        status, page = await asked.page()
    assert (status, page["failed"]) == (200, 1)
    assert "tudang doctor" in page["reasons"][0]


async def test_a_failed_row_is_tried_again_at_the_next_start(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a defect kept from being decided is decided by a program that has mended it, and counts no more."""

    def defect(*arguments: object) -> NoReturn:
        raise ZeroDivisionError("a defect of this version")

    async with started(house) as asked:
        await asked.sync()
        await asked.bridge.decider.drain()
        with monkeypatch.context() as version:
            version.setattr(rules, "decide", defect)
            house.say("wabup", ORDER)
            await asked.sync()
            await asked.bridge.decider.drain()
        assert (await asked.page())[1]["failed"] == 1
        assert house.facts(f.Directive) == []
    async with started(house) as asked:
        await asked.sync()
        await asked.bridge.decider.drain()
        _, page = await asked.page()
    assert page["failed"] == 0
    assert [directive.number for directive in house.facts(f.Directive)] == ["P-1"]


async def test_files_that_are_not_in_force_are_a_reason_until_they_are_mended(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Degraded, and where the first fault is; nothing that stands in the file."""
    monkeypatch.setattr(watch, "stirs_of", partial(watch.stirs_of, look_every=0.2))
    roster = house.config / "roster.yaml"
    good = roster.read_text()
    async with started(house) as asked:
        await asked.sync()
        watching = asyncio.create_task(asked.bridge.files.watch())
        try:
            roster.write_text(good.replace("role: leader", "role: raja"))
            await until(lambda: asked.bridge.files.faults, "the fault is noticed")
            status, page = await asked.page()
            assert (status, page["ok"], page["status"]) == (200, True, "degraded")
            (reason,) = page["reasons"]
            assert "not in force" in reason and "roster.yaml:" in reason and "raja" not in reason
            roster.write_text(good)
            await until(lambda: not asked.bridge.files.faults, "the mended file is noticed")
            assert (await asked.page())[1]["status"] == "well"
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching


async def test_a_restart_beside_broken_files_goes_on_with_the_last_good_ones(house: House) -> None:
    """`tudang run` starts, and says what is to be mended."""
    async with started(house) as asked:
        await asked.sync()
    (house.config / "policy.yaml").write_text("forum: [\n")
    async with started(house) as asked:
        assert asked.bridge.files.configuration.policy.forum.name == "Forum Uji"
        await asked.sync()
        watching = asyncio.create_task(asked.bridge.files.watch())
        try:
            await until(lambda: asked.bridge.files.faults, "the fault is noticed")
            assert (await asked.page())[1]["status"] == "degraded"
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
