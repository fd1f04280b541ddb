"""Timers: fired once, and not before everything up to their time is known; clocks that step."""

from __future__ import annotations

from bridge.ledger import timers
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.effects import Say, Timer
from tests.faults.checks import check
from tests.faults.house import ORDER, REPORT, House
from tests.faults.process import FORUM, Process
from tests.faults.sealed import Glass, letter

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600


async def running(house: House, crypto: Glass | None = None) -> Process:
    process = await house.start(crypto=crypto)
    await process.settle()
    return process


def states(house: House) -> list[str]:
    """The states that L-1 went through."""
    first = [report.state for report in house.facts(f.Report) if report.number == "L-1"]
    return first + [c.state for c in house.facts(f.ReportChanged) if c.number == "L-1" and c.state]


def asked(house: House) -> int:
    return len([fact for fact in house.facts(f.Asked) if fact.what == "evidence"])


async def test_a_timer_waits_for_the_homeserver_to_answer_after_its_time(house: House) -> None:
    """Ten minutes later the person is asked, once, but only when nothing said before can be unseen."""
    process = await running(house)
    house.say("dlh", REPORT)
    await process.settle()
    house.clock.advance(11 * MINUTE)
    await process.decider.drain()
    assert asked(house) == 0
    await process.settle()
    assert asked(house) == 1
    house.clock.advance(11 * MINUTE)
    await process.settle()
    assert asked(house) == 1
    house.clock.advance(2 * HOUR)
    await process.settle()
    assert states(house) == ["waiting", "incomplete"]
    await check(house)


async def test_a_report_whose_photo_came_while_we_were_down_is_not_incomplete(house: House) -> None:
    """Said at nine, photographed at three past nine, both during an outage that lasts past every limit."""
    process = await running(house)
    house.say("wabup", ORDER)
    await process.settle()
    await house.kill()
    report = house.say("dlh", REPORT)
    house.clock.advance(3 * MINUTE)
    house.photo("dlh")
    house.clock.advance(5 * HOUR)
    process = await running(house)
    await process.rest()
    assert states(house) == ["waiting", "reported"]
    assert asked(house) == 0
    assert house.chips(report) == ["📋 L-1"]
    await check(house)


async def test_a_timer_waits_for_an_open_gap(house: House) -> None:
    """The photo may be in the hole: nobody is told that there is none before it is filled."""
    process = await running(house)
    house.say("dlh", REPORT)
    await process.settle()
    house.clock.advance(5 * MINUTE)
    house.photo("dlh")
    for number in range(120):
        house.say("pupr", f"Selamat pagi {number}")
    fault = house.fake.fail("GET */messages", "status", times=99)
    await process.settle()
    house.clock.advance(10 * MINUTE)
    await process.settle()
    assert asked(house) == 0
    fault.times = 0
    house.clock.advance(10 * MINUTE)
    await process.settle()
    assert states(house) == ["waiting", "reported"]
    assert asked(house) == 0
    await check(house)


async def test_a_timer_waits_for_a_picture_that_is_not_judged_yet(house: House) -> None:
    """A homeserver that does not hand out the photo does not make the report incomplete."""
    process = await running(house)
    fault = house.fake.fail("GET */media/download/*", "status", times=999)
    house.say("dlh", REPORT)
    house.photo("dlh")
    await process.settle()
    house.clock.advance(2 * HOUR + MINUTE)
    await process.settle()
    assert states(house) == ["waiting"]
    fault.times = 0
    house.clock.advance(10 * MINUTE)
    await process.settle()
    assert states(house) == ["waiting", "reported"]
    await check(house)


async def test_past_the_policys_patience_it_is_unknown_and_never_missing(house: House) -> None:
    """What could not be read is not counted as not sent."""
    crypto = Glass()
    crypto.missing.add("lost")
    process = await running(house, crypto)
    house.say("dlh", REPORT)
    sealed = letter({"msgtype": "m.image", "body": "x", "url": "mxc://fake.test/x"}, session="lost")
    house.fake.say(house.rooms["forum"], house.people["dlh"], sealed, "m.room.encrypted")
    for _ in range(40):
        await process.settle()
        house.clock.advance(HOUR)
    await process.settle()
    assert states(house) == ["waiting", "unknown"]
    assert asked(house) == 0
    said = " ".join(house.said())
    assert "L-1" in said


async def test_what_stays_sealed_does_not_trouble_the_reports_of_later_days(house: House) -> None:
    """A message that nobody can open any more concerns the timers of its day."""
    crypto = Glass()
    crypto.missing.add("lost")
    process = await running(house, crypto)
    house.fake.say(house.rooms["forum"], house.people["dlh"], letter("halo", session="lost"), "m.room.encrypted")
    await process.settle()
    house.clock.advance(3 * DAY)
    await process.settle()
    house.say("dlh", REPORT)
    await process.settle()
    house.clock.advance(2 * HOUR + MINUTE)
    await process.settle()
    assert states(house) == ["waiting", "incomplete"]


async def test_timers_that_must_wait_do_not_keep_others_from_firing(house: House) -> None:
    """A hundred and fifty reports that wait for their pictures do not hold up the week."""
    process = await running(house)

    def work(store: Store) -> int:
        now = house.clock.now()
        store.run(
            "INSERT INTO fetching (event, place, forum, person, body, attempts, not_before, created)"
            " VALUES ('$x', 0, ?, 'dlh', '', 0, ?, ?)",
            (FORUM, now * 2, now),
        )
        for number in range(150):
            timer = Timer(name=f"t{number}", due=now, kind="none", person="dlh", patience=now + DAY)
            timers.put(store, FORUM, timer, now)
        timers.put(store, FORUM, Timer(name="other", due=now, kind="none"), now)
        return timers.fire(store, now=now, caught_up_to=now)

    assert await process.ledger.write(work) == 1


async def test_a_clock_that_steps_forward_and_back_doubles_nothing(house: House) -> None:
    """A day forward by mistake and back again: each week, head and reminder is made once."""
    process = await running(house)
    house.say("wabup", ORDER)
    house.say("dlh", REPORT)
    await process.settle()
    for step in (DAY, -DAY, 4 * DAY, -4 * DAY, 4 * DAY, MINUTE):
        house.clock.advance(step)
        await process.settle()
    await process.rest()
    weeks = [week.week for week in house.facts(f.WeekSealed)]
    assert weeks == ["2026-W47"]
    assert states(house) == ["waiting", "incomplete"]
    heads = [ref for (ref,) in house.rows("SELECT ref FROM posted WHERE substr(ref, 1, 5) = 'head:' ORDER BY ref")]
    assert len(heads) == len(set(heads))
    await check(house)


async def test_a_clock_that_goes_back_does_not_hold_what_was_put_off(house: House) -> None:
    """What was to wait for a second does not wait for a day and a second."""
    process = await running(house)
    house.fake.fail("PUT */send/m.room.message/*", "status")
    house.fake.fail("GET */media/download/*", "status")
    await process.want(Say(room=house.rooms["control"], key="sealed.ask", values={"forum": "eins"}))
    photo = house.photo("dlh")
    await process.settle()
    house.clock.advance(-DAY)
    await process.settle()
    assert any("eins" in body for body in house.said("control"))
    assert house.rows("SELECT verdict FROM media WHERE event = ?", photo) == [("ok",)]
    await check(house)


async def test_a_clock_that_goes_back_makes_no_timer_fire_on_old_knowledge(house: House) -> None:
    """That the homeserver answered at a later time of the wrong clock says nothing about the right one."""
    process = await running(house)
    house.say("dlh", REPORT)
    await process.settle()
    house.clock.advance(11 * MINUTE)
    await process.sync()
    house.clock.advance(-6 * MINUTE)
    house.photo("dlh")
    house.clock.advance(5 * MINUTE + 30)
    await process.decider.drain()
    assert asked(house) == 0
    await process.settle()
    assert (asked(house), states(house)) == (0, ["waiting", "reported"])


async def test_the_record_of_a_clock_that_stepped_can_be_rebuilt(house: House) -> None:
    """The chain's order counts, not the times written into it."""
    process = await running(house)
    event = house.say("wabup", ORDER)
    await process.settle()
    house.clock.advance(-DAY)
    house.fake.react(house.rooms["forum"], house.people["ahli"], event, "🚫")
    await process.settle()
    house.clock.advance(-DAY)
    house.say("dlh", REPORT)
    await process.settle()
    house.clock.advance(3 * DAY)
    await process.rest()
    await check(house)
