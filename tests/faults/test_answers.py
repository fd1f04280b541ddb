"""A homeserver that answers badly: busy, broken, slow, cut off before or after the effect, or with another's page.

Every kind of effect meets every kind of bad answer, and is visible once in the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bridge.model.effects import (
    AnyEffect,
    Invite,
    Join,
    Lane,
    PostBundle,
    React,
    Refresh,
    Remove,
    Retract,
    Say,
    SetLevels,
)
from bridge.model.event import Batch
from bridge.model.ports import TokenRevoked
from tests.fakes.faults import Kind
from tests.faults.checks import check
from tests.faults.house import ORDER, House
from tests.faults.process import Process

ANSWERS: dict[str, tuple[Kind, dict[str, Any]]] = {
    "busy": ("limited", {"retry_after_ms": 7_000}),
    "busy, in the header": ("limited", {"retry_after_ms": None, "header": "7"}),
    "broken": ("status", {"status": 502}),
    "broken after the effect": ("status", {"status": 500, "after": True}),
    "a proxy's page": ("html", {"status": 502}),
    "a proxy's page that says all is well": ("html", {"status": 200, "after": True}),
    "truncated": ("truncated", {}),
    "cut off before the effect": ("drop", {}),
    "cut off after the effect": ("drop", {"after": True}),
}
UNENDING: dict[str, tuple[Kind, dict[str, Any]]] = {
    "endless": ("endless", {}),
    "endless after the effect": ("endless", {"after": True}),
    "too slow": ("hang", {}),
    "too slow after the effect": ("hang", {"after": True}),
}
"""Answers that the bridge has to break off."""

EFFECTS: dict[str, tuple[str, Callable[[House, str], AnyEffect]]] = {
    "message": (
        "PUT */send/m.room.message/*",
        lambda house, event: Say(room=house.rooms["control"], key="sealed.ask", values={"forum": "x"}, ref="one"),
    ),
    "reaction": (
        "PUT */send/m.reaction/*",
        lambda house, event: React(room=house.rooms["forum"], to=event, key="🚩", ref="flag"),
    ),
    "redaction": ("PUT */redact/*", lambda house, event: Retract(room=house.rooms["forum"], ref="P-1.chip")),
    "edit": (
        "PUT */send/m.room.message/*",
        lambda house, event: Refresh(room=house.rooms["forum"], card="P-1", ref="P-1.card"),
    ),
    "invitation": (
        "POST */invite",
        lambda house, event: Invite(room=house.rooms["audit"], user=house.people["bupati"], reason="", act="A-901"),
    ),
    "removal": (
        "POST */kick",
        lambda house, event: Remove(
            room=house.rooms["control"], user=house.people["ahli2"], reason="", act="A-901"
        ),
    ),
    "levels": (
        "PUT */state/m.room.power_levels*",
        lambda house, event: SetLevels(room=house.rooms["forum"], changes={"events_default": 5}, act="A-901"),
    ),
    "reading before a change": (
        "GET */state/m.room.power_levels*",
        lambda house, event: SetLevels(room=house.rooms["forum"], changes={"events_default": 5}, act="A-901"),
    ),
    "joining": ("POST */join/*", lambda house, event: Join(room=house.rooms["audit"])),
    "reserving": ("POST */media/v1/create", lambda house, event: bundle(house)),
    "upload": ("PUT */media/v3/upload/*", lambda house, event: bundle(house)),
    "file": ("PUT */send/m.room.message/*", lambda house, event: bundle(house)),
}


def bundle(house: House) -> PostBundle:
    return PostBundle(room=house.rooms["audit"], week="2026-W47", ref="bundle")


@pytest.fixture
async def known(house: House) -> tuple[House, Process, str]:
    """A forum with an order in it."""
    process = await house.start()
    await process.settle()
    event = house.say("wabup", ORDER)
    await process.rest()
    return house, process, event


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("effect", EFFECTS)
async def test_an_effect_is_visible_once_whatever_the_answer(
    known: tuple[House, Process, str], effect: str, answer: str
) -> None:
    """What was not done is done later; what was done and not heard of is not done twice."""
    house, process, event = known
    await carry_out(house, process, event, effect, *ANSWERS[answer])


@pytest.mark.parametrize("answer", UNENDING)
@pytest.mark.parametrize("effect", ["message", "redaction", "invitation", "levels", "upload"])
async def test_and_of_an_answer_that_does_not_end(
    known: tuple[House, Process, str], effect: str, answer: str
) -> None:
    """It is broken off, and says nothing about what became of the effect."""
    house, process, event = known
    process.requests.patience = 0.2
    await carry_out(house, process, event, effect, *UNENDING[answer])


async def carry_out(
    house: House, process: Process, event: str, effect: str, kind: Kind, more: dict[str, Any]
) -> None:
    """Want an effect while its first two requests are answered badly, and check everything in the end."""
    pattern, wanted = EFFECTS[effect]
    if effect == "edit":
        house.say("dlh", "Siap pak")
        await process.sync()
    fault = house.fake.fail(pattern, kind, times=2, **more)
    await process.want(wanted(house, event))
    for _ in range(4):
        await process.settle()
        house.clock.advance(61)
    assert fault.hits >= 1
    await check(house)


async def test_a_wait_that_the_homeserver_asks_for_holds_everything_and_the_urgent_goes_first(house: House) -> None:
    """One budget per account: until the time is over nothing is sent, and then safety before reminders."""
    process = await house.start()
    await process.settle()
    room = house.rooms["control"]
    house.fake.fail("PUT */send/*", "limited", retry_after_ms=30_000)
    await process.want(Say(room=room, key="sealed.ask", values={"forum": "eins"}, lane=Lane.REMINDERS))
    await process.settle()
    sends = len(house.fake.calls_to("PUT */send/*"))
    await process.want(
        Say(room=room, key="sealed.ask", values={"forum": "zwei"}, lane=Lane.REMINDERS),
        Say(room=room, key="sealed.ask", values={"forum": "drei"}, lane=Lane.SAFETY),
    )
    await process.settle()
    house.clock.advance(29)
    await process.settle()
    assert len(house.fake.calls_to("PUT */send/*")) == sends
    house.clock.advance(2)
    await process.settle()
    bodies = [call.json()["body"] for call in house.fake.calls_to("PUT */send/*")[sends:]]
    order = [next(word for word in ("eins", "zwei", "drei") if word in body) for body in bodies]
    assert order.index("drei") < max(order.index("eins"), order.index("zwei"))
    assert order.index("eins") < order.index("zwei")
    await check(house)


@pytest.mark.parametrize(
    "answer",
    ["broken", "a proxy's page that says all is well", "truncated", "cut off before the effect", "too slow"],
)
async def test_a_bad_answer_to_a_sync_takes_no_token_and_loses_nothing(house: House, answer: str) -> None:
    """What cannot be read is not an empty response: the same token is asked for again."""
    process = await house.start()
    await process.settle()
    kind, more = (ANSWERS | UNENDING)[answer]
    process.requests.patience = 0.2
    house.fake.fail("GET */sync", kind, times=3, **more)
    event = house.say("wabup", ORDER)
    token = process.token

    class Enough(BaseException):
        pass

    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    original = process.intake.take

    async def take(batch: Batch, since: str | None, at: int) -> int:
        await original(batch, since, at)
        raise Enough

    process.intake.take = take  # type: ignore[method-assign]
    with pytest.raises(Enough):
        await process.intake.run(sleep)
    asked = [call.query.get("since") for call in house.fake.calls_to("GET */sync")[-4:]]
    assert asked == [token] * 4
    assert len(pauses) == 3
    assert pauses == sorted(pauses), "each pause is longer than the one before"
    process.intake.take = original  # type: ignore[method-assign]
    await process.settle()
    assert house.chips(event) == ["📌 P-1"]
    await check(house)


async def test_a_busy_homeserver_is_asked_to_sync_again_when_it_said(house: House) -> None:
    """429 to a sync is obeyed, too."""
    process = await house.start()
    house.fake.fail("GET */sync", "limited", retry_after_ms=90_000)

    class Enough(BaseException):
        pass

    async def sleep(seconds: float) -> None:
        assert seconds >= 90
        raise Enough

    with pytest.raises(Enough):
        await process.intake.run(sleep)


async def test_a_picture_behind_a_busy_or_broken_homeserver_is_not_given_up(house: House) -> None:
    """For a day, an absent homeserver says nothing about a file; one that is not there is given up sooner."""
    process = await house.start()
    await process.settle()
    house.fake.fail("GET */media/download/*", "limited", times=20, retry_after_ms=60_000)
    photo = house.photo("dlh")
    for _ in range(21):
        await process.settle()
        house.clock.advance(61)
    house.fake.fail("GET */media/download/*", "html", times=20, status=502)
    for _ in range(25):
        await process.settle()
        house.clock.advance(301)
    await process.settle()
    assert house.rows("SELECT verdict FROM media WHERE event = ?", photo) == [("ok",)]


async def test_a_revoked_token_stops_every_loop_and_a_new_log_in_loses_nothing(house: House) -> None:
    """The bridge ends with the reason; what was under way goes on with the next device."""
    process = await house.start()
    await process.settle()
    event = house.say("wabup", ORDER)
    await process.sync()
    await process.decider.drain()
    house.fake.revoke(house.bot)
    with pytest.raises(TokenRevoked):
        await process.sync()
    # The order's own mark may have left before: this has not.
    await process.want(Say(room=house.rooms["control"], key="sealed.ask", values={"forum": "x"}))
    async with asyncio.timeout(20):
        with pytest.raises(TokenRevoked):
            await process.delivery.run()
    house.say("dlh", "Siap pak, laksanakan")
    await house.kill()
    process = await house.start(device="NEW")
    await process.settle()
    house.clock.advance(61)
    await process.rest()
    assert house.chips(event) == ["📌 P-1"]
    await check(house)


async def test_stopping_waits_for_what_is_in_flight(house: House) -> None:
    """A cancelled delivery leaves no request behind that nobody listens to; its rows are looked at again."""
    process = await house.start()
    await process.settle()
    fault = house.fake.fail("PUT */send/*", "slow")
    await process.want(Say(room=house.rooms["control"], key="sealed.ask", values={"forum": "x"}))
    running = asyncio.create_task(process.delivery.run())
    async with asyncio.timeout(20):
        await fault.struck.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert process.delivery._tasks == set()
    fault.released.set()
    await house.kill()
    process = await house.start()
    await process.rest()
    await check(house)
