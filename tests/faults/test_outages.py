"""What a forum lives through in a year: a homeserver that is away, long gaps, replays, a locked database, spoilt
and deleted files, and clocks that are put forward and back by law."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import sqlite3
from random import Random

import pytest

from bridge.ledger.store import Store, StoreFull
from bridge.model import facts as f
from bridge.model.clock import milliseconds
from bridge.model.ports import MatrixError
from tests.faults.checks import check
from tests.faults.house import ORDER, REPORT, House
from tests.faults.process import Process

MINUTE, HOUR = 60, 3600


async def running(house: House) -> Process:
    process = await house.start()
    await process.settle()
    return process


def states(house: House, number: str = "L-1") -> list[str]:
    """The states that a report went through."""
    first = [report.state for report in house.facts(f.Report) if report.number == number]
    return first + [c.state for c in house.facts(f.ReportChanged) if c.number == number and c.state]


# The homeserver


async def test_a_homeserver_that_is_down_for_an_hour(house: House) -> None:
    """What was on its way waits and keeps its order; no timer fires on what may have been said meanwhile."""
    process = await running(house)
    order = house.say("wabup", ORDER)
    report = house.say("dlh", REPORT)
    await process.sync()
    outage = house.fake.fail("*", "drop", times=10_000)
    for _ in range(60):
        with contextlib.suppress(MatrixError):
            await process.turn()
        await process.delivery.settle()
        house.clock.advance(MINUTE)
    assert outage.hits > 60
    assert house.chips(order) == []
    outage.times = 0
    # People are quicker back than the bridge.
    house.photo("dlh")
    words = [house.say("pupr", f"Sudah tersambung lagi {number}") for number in range(3)]
    await process.reconnect()
    await process.rest()
    house.clock.advance(5 * MINUTE)
    await process.rest()
    assert (house.chips(order), house.chips(report)) == (["📌 P-1"], ["📋 L-1"])
    assert states(house) == ["waiting", "reported"], "the photo came before anybody was asked for it"
    assert {message.event for message in house.facts(f.Message)} >= set(words)
    await check(house)


async def test_a_gap_of_a_thousand_events_with_a_crash_inside(house: House) -> None:
    """An order at its beginning, a report with its photo after it: decided once, in order, and linked."""
    process = await running(house)
    order = house.say("wabup", ORDER)
    words = [house.say(("pupr", "ternak", "ahli")[number % 3], f"Selamat pagi {number}") for number in range(997)]
    report = house.say("dlh", REPORT)
    house.photo("dlh")
    house.fake.fail("GET */messages", "status", times=1)
    # The fourth page does not come any more.
    pages, messages = 0, process.homeserver.messages

    async def dying(*args: object, **more: object) -> object:
        nonlocal pages
        pages += 1
        if pages == 5:
            raise asyncio.CancelledError
        return await messages(*args, **more)  # type: ignore[arg-type]

    process.homeserver.messages = dying  # type: ignore[method-assign, assignment]
    with contextlib.suppress(asyncio.CancelledError):
        for _ in range(4):
            await process.turn()
            house.clock.advance(MINUTE)
    assert pages == 5
    await house.kill()
    process = await running(house)
    await process.rest()
    assert [gap.state for gap in house.facts(f.Gap)] == ["open", "filled"]
    assert [d.event for d in house.facts(f.Directive)] == [order]
    assert [(r.event, r.directive) for r in house.facts(f.Report)] == [(report, "P-1")]
    assert [m.event for m in house.facts(f.Message)][: len(words) + 1] == [order, *words]
    await check(house)


@pytest.mark.parametrize("seed", range(4))
async def test_old_responses_in_any_order_among_new_ones_count_once(house: House, seed: int) -> None:
    """Whole responses come again, older after newer ones, and single events among the new ones."""
    chance = Random(seed)
    process = await running(house)
    tokens = [process.token]
    said: list[str] = []
    for number in range(12):
        text = chance.choice([ORDER, REPORT, "Siap pak", f"Selamat pagi {number}"])
        said.append(house.say(chance.choice(["wabup", "dlh", "pupr"]), text))
        if chance.random() < 0.5:
            process.token = chance.choice(tokens)
        if chance.random() < 0.3:
            house.fake.redeliver(house.rooms["forum"], chance.sample(said, min(3, len(said))))
        await process.turn()
        tokens.append(process.token)
    process.token = tokens[0]
    await process.rest()
    await check(house)


# The disk


async def test_a_ledger_that_another_program_holds_takes_no_token_and_says_so(house: House) -> None:
    """An admin's own shell in a transaction: nothing is lost, the sentence names the lock, and it goes on after."""
    process = await running(house)

    def impatient(store: Store) -> None:
        store.run("PRAGMA busy_timeout = 50")

    await process.ledger.write(impatient)
    shell = sqlite3.connect(house.state / "ledger.db", isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")
    token = process.token
    order = house.say("wabup", ORDER)
    with pytest.raises(StoreFull, match="Another program holds it"):
        await process.sync()
    assert process.token == token
    shell.execute("ROLLBACK")
    shell.close()
    await process.rest()
    assert house.chips(order) == ["📌 P-1"]
    await check(house)


async def test_a_photo_that_was_spoilt_in_the_archive_is_mended_when_it_comes_again(house: House) -> None:
    """The forum goes on, the spoilt file is not taken for the photo, and the record is what it was."""
    process = await running(house)
    house.say("wabup", ORDER)
    house.say("dlh", REPORT)
    house.photo("dlh", 1)
    await process.rest()
    (digest,) = {inspected.sha256 for inspected in house.facts(f.EvidenceJudged)}
    kept = process.archive.path(digest)
    kept.chmod(0o600)
    kept.write_bytes(b"not what came in")
    await house.kill()
    await check(house)
    process = await running(house)
    house.say("dlh", REPORT)
    house.photo("dlh", 1)
    await process.rest()
    assert process.archive.verify(digest).sha256 == digest
    await check(house)


async def test_media_that_were_deleted_before_they_could_be_fetched_are_unavailable_not_missing(
    house: House,
) -> None:
    """ "Could not be fetched" is recorded as that; nobody is said to have sent no photo, and the rest goes on."""
    process = await running(house)
    house.say("wabup", ORDER)
    report = house.say("dlh", REPORT)
    photo = house.photo("dlh")
    house.fake.media.clear()
    for _ in range(70):
        await process.settle()
        house.clock.advance(MINUTE)
    await process.rest()
    ((verdict,),) = house.rows("SELECT verdict FROM media WHERE event = ?", photo)
    assert verdict == "unavailable"
    assert "incomplete" not in states(house)
    assert house.chips(report) == ["📋 L-1"]
    house.say("pupr", REPORT)
    house.photo("pupr", 2)
    await process.rest()
    assert states(house, "L-2")[-1] == "reported"
    await check(house)


# The clock on the wall


@pytest.mark.parametrize(
    ("zone", "friday", "week"),
    [
        ("America/New_York", datetime.date(2026, 10, 30), "2026-W44"),
        ("America/New_York", datetime.date(2027, 3, 12), "2027-W10"),
        ("Asia/Makassar", datetime.date(2026, 10, 30), "2026-W44"),
    ],
    ids=["an hour twice", "an hour missing", "never changed"],
)
async def test_a_weekend_on_which_the_hour_changes(
    house: House, zone: str, friday: datetime.date, week: str
) -> None:
    """One head a day and one week, sealed on Monday at six by the clock on the wall, once."""
    house.zone = zone
    house.write_files()
    house.clock.set(milliseconds(datetime.datetime.combine(friday, datetime.time(12), datetime.UTC)))
    process = await running(house)
    house.say("wabup", ORDER)
    for _ in range(2 * 76):
        await process.settle()
        house.clock.advance(HOUR // 2)
    await process.rest()
    (sealed,) = [fact for fact in house.facts(f.WeekSealed) if fact.week == week]
    local = datetime.datetime.fromtimestamp(sealed.at / 1000, process.book.policy.forum.zone)
    assert (local.isoweekday(), local.hour, local.minute) == (1, 6, 0)
    days = [friday + datetime.timedelta(days=after) for after in (1, 2, 3)]
    heads = {f"head:{day}.{kind}" for day in days for kind in ("forum", "audit")}
    assert {ref for (ref,) in house.rows("SELECT ref FROM posted WHERE substr(ref, 1, 5) = 'head:'")} == heads
    await check(house)


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Jayapura"])
async def test_a_forum_that_is_moved_to_another_zone_seals_each_week_once(house: House, zone: str) -> None:
    """An hour back or forward, on a Sunday: the week still ends at six on Monday, by the new clock."""
    process = await running(house)
    house.say("wabup", ORDER)
    house.clock.advance(60 * HOUR)
    await process.rest()
    await house.kill()
    house.zone = zone
    house.write_files()
    process = await running(house)
    for _ in range(24):
        await process.settle()
        house.clock.advance(HOUR)
    for _ in range(7):
        await process.settle()
        house.clock.advance(24 * HOUR)
    await process.rest()
    sealed = [fact.week for fact in house.facts(f.WeekSealed)]
    assert sealed == ["2026-W47", "2026-W48"]
    await check(house, zone_moved=True)
