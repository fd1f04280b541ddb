"""A homeserver that was put back to an earlier database: it knows less than it gave, and its tokens do not say so.

Nothing that was recorded is lost, nothing said afterwards is missed, what is gone there and was ours stands there
once again, and the control room hears it in one sentence. `tests/homeserver/test_rollback.py` does it to Synapse.
"""

from __future__ import annotations

import pytest

from bridge.model import facts as f
from tests.fakes.homeserver import Snapshot
from tests.faults.checks import check
from tests.faults.house import ORDER, REPORT, House
from tests.faults.points import Points
from tests.faults.process import Process


async def running(house: House) -> Process:
    process = await house.start()
    await process.settle()
    return process


def everything(house: House) -> set[str]:
    return {event["event_id"] for room in house.everywhere() for event in house.events(room)}


def put_back(house: House, snapshot: Snapshot) -> set[str]:
    """The homeserver is restored from a copy; the events that it no longer has."""
    before = everything(house)
    house.fake.rollback(snapshot)
    return before - everything(house)


def sentences(house: House) -> list[str]:
    return [body for body in house.said("control") if body.startswith("Server Matrix dikembalikan")]


async def test_nothing_is_lost_or_missed_and_it_is_said_once(house: House) -> None:
    """What was said before we are back is read, though our token lies beyond it; numbers are not used again."""
    process = await running(house)
    first = house.say("wabup", ORDER)
    await process.rest()
    snapshot = house.fake.snapshot()
    lost_order = house.say("bupati", f"{ORDER}, kali ini di pasar")
    lost_report = house.say("dlh", REPORT)
    await process.rest()
    gone = put_back(house, snapshot)
    assert {lost_order, lost_report} <= gone
    again = house.say("bupati", f"{ORDER}, kali ini di terminal")
    report = house.say("pupr", REPORT)

    await process.reconnect()
    await process.rest()

    orders = {fact.event: fact.number for fact in house.facts(f.Directive)}
    assert orders == {first: "P-1", lost_order: "P-2", again: "P-3"}
    assert [fact.event for fact in house.facts(f.Report)] == [lost_report, report]
    assert (house.chips(first), house.chips(again)) == (["📌 P-1"], ["📌 P-3"])
    assert len(sentences(house)) == 1
    (told,) = [gap for gap in house.facts(f.Gap) if gap.what == "rollback"]
    assert told.events == len(gone)
    await check(house, gone=gone)
    await process.reconnect()
    await process.rest()
    assert len(sentences(house)) == 1, "it is found out once"


async def test_what_we_had_done_and_is_gone_there_is_done_once_more(house: House) -> None:
    """The order is still there; its mark, its card with what it said last are not."""
    process = await running(house)
    order = house.say("wabup", ORDER)
    house.say("dlh", "Siap pak")
    snapshot = house.fake.snapshot()
    await process.rest()
    gone = put_back(house, snapshot)
    assert house.chips(order) == []

    await process.reconnect()
    await process.rest()

    assert house.chips(order) == ["📌 P-1"]
    cards = [body for body in house.said() if body.startswith("📌 P-1")]
    assert len(cards) == 1
    assert "1 siap" in cards[0]
    await check(house, gone=gone)


async def test_a_mark_that_was_taken_back_is_taken_back_again(house: House) -> None:
    """The record knows that it is no order, whoever said so; and who had asked to come back is asked in again."""
    process = await running(house)
    room, absent = house.rooms["forum"], house.people["pupr"]
    order = house.say("wabup", ORDER)
    house.fake.leave(room, absent)
    await process.rest()
    snapshot = house.fake.snapshot()
    house.fake.react(room, house.people["ahli"], order, "🚫")
    house.fake.knock(room, absent)
    await process.rest()
    assert (house.chips(order), house.fake.membership(room, absent)) == ([], "invite")
    gone = put_back(house, snapshot)
    assert (house.chips(order), house.fake.membership(room, absent)) == (["📌 P-1"], "leave")

    await process.reconnect()
    await process.rest()

    assert (house.chips(order), house.fake.membership(room, absent)) == ([], "invite")
    assert len(sentences(house)) == 1
    assert gone


async def test_a_day_of_talk_is_gone_and_another_one_said(house: House) -> None:
    """More than a window of events on either side: the newest common one is found, and all that follows is read."""
    process = await running(house)
    house.say("wabup", ORDER)
    for number in range(130):
        house.say("pupr", f"Selamat pagi {number}")
    await process.rest()
    snapshot = house.fake.snapshot()
    for number in range(170):
        house.say("ternak", f"Selamat siang {number}")
    await process.rest()
    gone = put_back(house, snapshot)
    said = [house.say("dlh", f"Selamat sore {number}") for number in range(240)]
    questions = len(house.fake.calls_to("GET */event/*"))

    await process.reconnect()
    await process.rest()

    assert [message.event for message in house.facts(f.Message)][-len(said) :] == said
    assert len(house.fake.calls_to("GET */event/*")) - questions < 60, "by halving, not one by one"
    await check(house, gone=gone)


async def test_a_second_time_counts_from_the_first(house: House) -> None:
    """What was gone before is not looked for again; what was said in between is."""
    process = await running(house)
    order = house.say("wabup", ORDER)
    snapshot = house.fake.snapshot()
    await process.rest()
    gone = put_back(house, snapshot)
    await process.reconnect()
    house.say("dlh", "Siap pak")
    await process.rest()
    gone |= put_back(house, snapshot)
    after = house.say("pupr", REPORT)

    await process.reconnect()
    await process.rest()

    assert house.chips(order) == ["📌 P-1"]
    assert [fact.event for fact in house.facts(f.Report)] == [after]
    assert len([gap for gap in house.facts(f.Gap) if gap.what == "rollback"]) == 2
    await check(house, gone=gone)


async def test_a_room_that_is_gone_is_named_and_the_others_go_on(house: House) -> None:
    """A direct chat that was opened since the copy is not there: the next private word gets another one."""
    process = await running(house)
    order = house.say("wabup", ORDER)
    await process.rest()
    snapshot = house.fake.snapshot()
    chat = house.fake.room(house.people["dlh"], name="chat", encrypted=True)
    house.fake.invite(chat, house.people["dlh"], house.bot, direct=True)
    await process.rest()
    gone = put_back(house, snapshot)
    await process.reconnect()
    await process.rest()
    assert house.rows("SELECT membership FROM room WHERE room = ?", chat) == [("leave",)]
    assert house.chips(order) == ["📌 P-1"]
    await check(house, gone=gone)


async def test_a_crash_at_any_point_of_it_neither_loses_nor_doubles(house: House) -> None:
    """Found out again or not, it is told once and everything of ours stands once."""
    process = await running(house)
    house.say("wabup", ORDER)
    snapshot = house.fake.snapshot()
    house.say("dlh", "Siap pak")
    await process.rest()
    await house.kill()
    gone = put_back(house, snapshot)
    house.say("pupr", REPORT)
    await house.save()
    undisturbed = Points()
    await house.survive(undisturbed)
    assert len(undisturbed.passed) > 5
    for at in range(1, len(undisturbed.passed) + 1):
        await house.back()
        await house.survive(Points(at))
        house.clock.advance(61)
        await house.survive(Points())
        assert len(sentences(house)) == 1, undisturbed.passed[at - 1]
        await check(house, gone=gone)


@pytest.mark.parametrize("what", ["forbidden", "unrecognised"])
async def test_a_homeserver_that_cannot_be_asked_is_not_taken_for_one_that_lost_something(
    house: House, what: str
) -> None:
    """ "I will not tell" and "no such request" are no "there is none"."""
    process = await running(house)
    house.say("wabup", ORDER)
    await process.rest()
    status, errcode = {"forbidden": (403, "M_FORBIDDEN"), "unrecognised": (404, "M_UNRECOGNIZED")}[what]
    house.fake.fail("GET */event/*", "status", times=99, status=status, errcode=errcode)
    await process.reconnect()
    await process.rest()
    assert [gap for gap in house.facts(f.Gap) if gap.what == "rollback"] == []
    await check(house)
