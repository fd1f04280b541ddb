"""Contents that are destroyed, on a bridge that may die at any moment of it: nothing of them is left, anywhere.

The whole state directory is searched byte by byte, the database's log and free pages included.
"""

from __future__ import annotations

import re

import pytest

from bridge.ledger.comparing import misfits
from bridge.ledger.records import verify_chain
from bridge.model import facts as f
from tests.faults.house import House
from tests.faults.points import Points

DAY = 24 * 3600
KEEP = "record: {keep: {messages: 40d, media: 40d}}\n"
WORDS = ("melati", "kenanga", "dahlia", "flamboyan", "mawar")


async def days(house: House, number: int) -> None:
    """Days go by at once; then everything that waited for them is done."""
    house.clock.advance(number * DAY)
    assert house.process is not None
    await house.process.rest()


@pytest.fixture
async def eve(house: House) -> House:
    """The day before the end: an order, its report with a photo, talk, an edit, a command; all of it settled."""
    house.write_files(KEEP)
    process = await house.start()
    await process.rest()
    room = house.rooms["forum"]
    house.say("wabup", "DLH laksanakan kerja bakti melati hari ini paling lambat jam 17.00")
    await process.rest()
    house.say("dlh", "Izin melaporkan, kerja bakti kenanga di pasar sudah selesai dilaksanakan")
    photo = house.photo("dlh", caption="flamboyan.jpg")
    house.say("pupr", "Selamat pagi dahlia")
    house.say("ahli", "!undang mawar", "control")
    await process.rest()
    house.fake.react(room, house.people["bupati"], photo, "👍")
    await process.rest()
    assert [row[0] for row in house.rows("SELECT state FROM report")] == ["accepted"]
    assert len(list((house.state / "archive").glob("??/*"))) == 1
    # The week is sealed and posted; what came in a single leap is confirmed by the head of the last day.
    for leap in (3, 40):
        await days(house, leap)
    assert house.facts(f.Destroyed) == []
    assert all(found(house, word) for word in WORDS)
    await house.kill()
    await house.save()
    return house


def found(house: House, word: str) -> bool:
    """Whether a word stands anywhere in the state directory, in whatever file."""
    return any(word.encode() in path.read_bytes() for path in house.state.rglob("*") if path.is_file())


async def the_end(house: House, points: Points) -> None:
    """The day after; a process may die on it, another goes on, and a last one cleans up."""
    house.clock.advance(DAY)
    await house.survive(points)
    house.clock.advance(61)
    await house.survive(Points())


def nothing_is_left(house: House) -> None:
    """The contents are gone, the record is whole, and what was done was done once."""
    assert [word for word in WORDS if found(house, word)] == []
    assert list((house.state / "archive").glob("??/*")) == []
    gone = [fact for fact in house.facts(f.Destroyed) if fact.count]
    assert sorted(fact.what for fact in gone) == ["media", "messages"]
    with house.store() as store:
        verify_chain(store, "uji")
        assert misfits(store) == {}
        assert store.count("SELECT COUNT(*) FROM first_use") == 1
        assert store.all("SELECT state FROM report") == [("accepted",)]
        assert store.all("SELECT id FROM outbox WHERE state <> 'confirmed'") == []
        assert store.all("SELECT key, error FROM inbox WHERE state = 'failed'") == []
    told = [line for line in house.said("control") if "Masa simpan" in line and re.search(r"\d+ baris", line)]
    assert len(told) == 1


async def test_nothing_is_left_of_what_was_kept_long_enough(eve: House) -> None:
    """Database, its log, archive, our copy of the bundle."""
    ours, later = eve.state / "2026-W47.zip", eve.state / "2026-W48.zip"
    assert ours.exists() and later.exists()
    await the_end(eve, Points())
    nothing_is_left(eve)
    assert not ours.exists() and later.exists()


async def test_nor_by_a_process_that_dies_while_it_destroys(eve: House) -> None:
    """Between the fact and the removal of the files, and at every other point of that day."""
    undisturbed = Points()
    await the_end(eve, undisturbed)
    nothing_is_left(eve)
    assert len(undisturbed.passed) > 5
    for at in range(1, len(undisturbed.passed) + 1):
        await eve.back()
        await the_end(eve, Points(at))
        try:
            nothing_is_left(eve)
        except AssertionError as failed:
            failed.add_note(f"died at point {at}, {undisturbed.passed[at - 1]}")
            raise


async def test_a_photo_that_comes_again_on_that_day_keeps_its_file(eve: House) -> None:
    """The old record goes, the bytes are those of a new one, too; it is known that they are old."""
    await eve.start()
    assert eve.process is not None
    eve.say("pupr", "Izin melaporkan, drainase sudah selesai dibersihkan")
    eve.photo("pupr", caption="baru.jpg")
    await eve.process.settle()
    await days(eve, 1)
    await days(eve, 1)
    assert [fact.verdict for fact in eve.facts(f.EvidenceJudged)] == ["duplicate"]
    assert len(list((eve.state / "archive").glob("??/*"))) == 1
