"""Hostile events the whole way: over HTTP, gaps and media included, to what the bot posts in answer."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import facts as f
from bridge.model.clock import MovableClock
from bridge.model.event import Json
from tests.fakes.homeserver import FakeHomeserver
from tests.faults.house import FRIDAY, ORDER, House
from tests.fuzz.cases import share
from tests.fuzz.events import MESSAGES, OTHERS, honest
from tests.fuzz.hostile import changed, changes
from tests.fuzz.table import MEMORY, played

KINDS = (*MESSAGES, *OTHERS)
"""No state: what a homeserver accepts as state, a member's client does not decide."""
SENDERS = ("bupati", "dlh", "pupr", "ahli")


class Forum:
    """A forum on the fake homeserver that every case begins with, and the loop that it lives in."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._folder = folder
        self._fake = FakeHomeserver(MovableClock(FRIDAY))
        self.run(self._open())

    def run(self, work: object) -> None:
        self._loop.run_until_complete(work)  # type: ignore[arg-type]

    async def _open(self) -> None:
        fake = await self._fake.__aenter__()
        assert isinstance(fake.clock, MovableClock)
        self.house = House(fake, fake.clock, self._folder)
        self.house.set_up()
        process = await self.house.start()
        await process.rest()
        self.order = self.house.say("bupati", ORDER)
        await process.rest()
        await self.house.kill()
        await self.house.save()

    def close(self) -> None:
        async def end() -> None:
            await self.house.kill()
            await self._fake.__aexit__(None, None, None)

        self.run(end())
        self._loop.close()

    async def case(self, room: str, events: list[Json]) -> None:
        """These events come; nothing stays undone; the next order is tagged and carded."""
        house = self.house
        await house.back()
        process = await house.start()
        for event in events:
            house.fake.raw(house.rooms[room], event)
        await process.rest()
        order = house.say("wabup", ORDER)
        await process.rest()
        assert house.rows("SELECT key, state, error FROM inbox WHERE state IN ('new', 'failed')") == []
        assert house.rows("SELECT id FROM gap WHERE state = 'open'") == []
        # What is said to somebody alone waits until they join the chat, which nobody here does.
        late = house.rows(
            "SELECT effect, state, error FROM outbox WHERE state NOT IN ('confirmed', 'cancelled')"
            " AND error <> 'the person has not joined the direct chat yet'"
        )
        assert late == []
        (directive,) = [one for one in house.facts(f.Directive) if one.event == order]
        assert f"📌 {directive.number}" in house.chips(order)
        cards = [body for body in house.said() if directive.number in body.split("\n")[0].split()]
        assert len(cards) == 1, house.said()


@pytest.fixture
def forum() -> Iterator[Forum]:
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="tudang-way-") as folder:
        made = Forum(Path(folder))
        yield made
        made.close()


def test_hostile_events_over_http(forum: Forum) -> None:
    """A few events, or so many that the homeserver leaves a gap."""

    @given(
        st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(SENDERS), changes), min_size=1, max_size=4),
        st.sampled_from((1, 1, 1, 8)),
        st.sampled_from(("forum", "forum", "control")),
    )
    @share(0.03)
    def case(drawn: list[tuple[str, str, list[tuple[str, int, int, int]]]], times: int, room: str) -> None:
        events = []
        for number, (kind, who, doings) in enumerate(drawn * times):
            event = honest(kind, "bupati", played("id"), forum.order, "!x", number, sealed=False)
            event["sender"] = forum.house.people[who]
            event = changed(event, doings)
            event.pop("state_key", None)
            events.append(event)
        forum.run(forum.case(room, events))

    case()
