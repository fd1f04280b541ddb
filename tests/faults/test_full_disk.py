"""A disk that is full or read-only: intake stops without taking the token, and goes on when there is room."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bridge.forum import decide as rules
from bridge.ledger.store import Store, StoreFull, concerns_storage
from bridge.model import facts as f
from bridge.model.effects import React, Say
from bridge.model.evidence import ArchiveFull, Stored
from tests.fakes.faults import Kind
from tests.faults.checks import check
from tests.faults.house import ORDER, REPORT, House
from tests.faults.process import Process


async def running(house: House) -> Process:
    process = await house.start()
    await process.settle()
    return process


async def limit_size(process: Process, pages: int | None) -> None:
    """Let the database grow by no more than so many pages: what SQLite then says is what it says of a full disk."""

    def work(store: Store) -> None:
        used = store.count("PRAGMA page_count")
        store.run(f"PRAGMA max_page_count = {used + pages if pages is not None else 2**30}")

    await process.ledger.write(work)


async def test_a_full_disk_takes_no_token_and_loses_nothing(house: House) -> None:
    """What comes while there is no room is asked for again, and decided once."""
    process = await running(house)
    await limit_size(process, 0)
    token = process.token
    order = house.say("wabup", ORDER + " " + "x" * 50_000)
    words = [house.say("pupr", f"Selamat pagi {number} " + "y" * 5_000) for number in range(20)]
    with pytest.raises(StoreFull, match="Free disk space"):
        await process.sync()
    assert house.rows("SELECT value FROM meta WHERE name = 'token'") == [(token,)]
    assert house.rows("SELECT COUNT(*) FROM inbox WHERE key = ?", order) == [(0,)]
    await limit_size(process, None)
    await process.rest()
    await check(house)
    assert [d.event for d in house.facts(f.Directive)] == [order]
    assert {m.event for m in house.facts(f.Message)} >= set(words)


@pytest.mark.parametrize("pages", range(1, 40, 3))
async def test_a_disk_that_fills_up_anywhere_spoils_no_row(house: House, pages: int) -> None:
    """However little room is left, no event is given up as undecidable and no half of a decision is kept."""
    process = await running(house)
    await limit_size(process, pages)
    house.say("wabup", ORDER)
    house.say("dlh", REPORT + " " + "x" * 4_000)
    for number in range(10):
        house.say("pupr", f"Selamat pagi {number} " + "y" * 3_000)
    with contextlib.suppress(StoreFull):
        await process.turn()
        await process.turn()
    await process.delivery.settle()
    assert house.rows("SELECT key, error FROM inbox WHERE state = 'failed'") == []
    await limit_size(process, None)
    await process.rest()
    await check(house)
    assert house.chips(house.facts(f.Directive)[0].event) == ["📌 P-1"]


@pytest.mark.parametrize("answer", ["slow", "hang"])
async def test_a_disk_that_is_full_when_a_send_is_to_be_noted_leaves_no_row_behind(
    house: House, answer: Kind
) -> None:
    """The row goes on when there is room, under the transaction id that the homeserver knows or does not know."""
    process = await running(house)
    event = house.say("wabup", "Selamat pagi semuanya")
    await process.sync()
    await process.want(
        Say(room=house.rooms["control"], key="sealed.ask", values={"forum": "x"}, ref="one"),
        React(room=house.rooms["forum"], to=event, key="🚩", ref="flag"),
    )
    full = False
    write = process.ledger.write
    fault = house.fake.fail("PUT */send/*", answer, times=2)

    async def fickle(work: Callable[[Store], Any]) -> Any:
        if full:
            raise StoreFull("The ledger could not be written (database or disk is full).")
        return await write(work)

    process.ledger.write = fickle  # type: ignore[method-assign]
    await process.delivery.step()
    await fault.struck.wait()
    full = True
    fault.released.set()
    await process.delivery.settle()
    full = False
    await process.rest()
    await check(house)


async def test_a_read_only_ledger_stops_intake_and_is_said_in_one_sentence(house: House) -> None:
    """Permissions are mended, and nothing is missing."""
    process = await running(house)
    read_only = True

    def lock(store: Store) -> None:
        begin = store.begin

        def guarded() -> None:
            store.run(f"PRAGMA query_only = {int(read_only)}")
            begin()

        store.begin = guarded  # type: ignore[method-assign]

    await process.ledger.write(lock)
    event = house.say("wabup", ORDER)
    with pytest.raises(StoreFull, match="mend the permissions"):
        await process.sync()
    read_only = False
    await process.rest()
    await check(house)
    assert [d.event for d in house.facts(f.Directive)] == [event]


async def test_one_bad_callable_does_not_sink_those_that_are_committed_with_it(house: House) -> None:
    """A defect in one write is that write's alone."""
    process = await running(house)

    def bad(store: Store) -> None:
        store.run("INSERT INTO meta (name, value) VALUES ('bad', 'x')")
        raise KeyError("a defect")

    def good(store: Store) -> None:
        store.run("INSERT INTO meta (name, value) VALUES ('good', 'x')")

    results = await asyncio.gather(process.ledger.write(good), process.ledger.write(bad), return_exceptions=True)
    assert isinstance(results[1], KeyError)
    assert house.rows("SELECT name FROM meta WHERE name IN ('good', 'bad')") == [("good",)]


async def test_a_row_that_no_rule_can_decide_is_shown_and_the_forum_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect in a rule costs its own row, is kept with the error, and nothing of the row is recorded."""
    process = await running(house)
    bad = house.say("dlh", "apa kabar")
    order = house.say("wabup", ORDER)
    real = rules.decide

    def broken(taken: Any, *rest: Any) -> Any:
        if taken.key == bad:
            raise ZeroDivisionError("a defect")
        return real(taken, *rest)

    monkeypatch.setattr(rules, "decide", broken)
    await process.settle()
    assert house.rows("SELECT key, error FROM inbox WHERE state = 'failed'") == [
        (bad, "ZeroDivisionError: a defect")
    ]
    assert house.chips(order) == ["📌 P-1"]
    assert bad not in {message.event for message in house.facts(f.Message)}


def test_what_concerns_storage_is_told_from_a_defect() -> None:
    """A full disk, a locked or damaged file: the transaction is void. A wrong statement: the row's own fault."""
    assert concerns_storage(sqlite3.OperationalError("database or disk is full"))
    assert concerns_storage(sqlite3.OperationalError("attempt to write a readonly database"))
    assert concerns_storage(sqlite3.OperationalError("disk I/O error"))
    assert concerns_storage(StoreFull("full"))
    assert not concerns_storage(sqlite3.IntegrityError("UNIQUE constraint failed"))
    assert not concerns_storage(ValueError("full"))


async def test_an_archive_without_room_is_told_once_and_every_photo_is_judged_afterwards(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control room hears that it begins and that it ends; the reports wait, none is said to lack its photo."""
    process = await running(house)
    store = process.archive.store
    full = True

    async def crowded(parts: AsyncIterator[bytes]) -> Stored:
        if full:
            raise ArchiveFull("no room left on the disk that holds the archive")
        return await store(parts)

    monkeypatch.setattr(process.archive, "store", crowded)
    house.say("wabup", ORDER)
    for place, person in enumerate(("dlh", "pupr"), 1):
        house.say(person, REPORT)
        house.photo(person, place)
    await process.settle()
    assert len([body for body in house.said("control") if "belum dapat disimpan" in body]) == 1
    assert house.facts(f.EvidenceJudged) == []
    full = False
    house.clock.advance(600)
    await process.rest()
    assert len([body for body in house.said("control") if "dapat disimpan dan diperiksa lagi" in body]) == 1
    assert [judged.verdict for judged in house.facts(f.EvidenceJudged)] == ["ok", "ok"]
    await check(house)


async def test_nothing_is_redacted_while_the_archive_has_no_room(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An expert takes a photo back that could not be stored: it stays, the control room knows why, and it goes when
    its original is kept."""
    process = await running(house)
    store = process.archive.store
    full = True

    async def crowded(parts: AsyncIterator[bytes]) -> Stored:
        if full:
            raise ArchiveFull("no room left on the disk that holds the archive")
        return await store(parts)

    monkeypatch.setattr(process.archive, "store", crowded)
    room = house.rooms["forum"]
    photo = house.photo("dlh", 1)
    await process.settle()
    content = {
        "msgtype": "m.text",
        "body": "!tarik pesan ada wajah anak di bawah umur",
        "m.relates_to": {"m.in_reply_to": {"event_id": photo}},
    }
    house.fake.say(room, house.people["wabup"], content)
    await process.settle()
    assert house.events(room, house.bot, "m.room.redaction") == []
    assert len([body for body in house.said("control") if "belum dapat disimpan" in body]) == 1
    full = False
    house.clock.advance(600)
    await process.rest()
    assert [event["redacts"] for event in house.events(room, house.bot, "m.room.redaction")] == [photo]
    (judged,) = house.facts(f.EvidenceJudged)
    assert any(judged.sha256 in str(path) for path in (house.state / "archive").rglob("*"))
