"""A bot that loses its power in a room and gets it back; a lock that outlives the process that made it."""

from __future__ import annotations

import pytest

from bridge.ledger import rooms
from bridge.model import facts as f
from bridge.model.event import Json
from tests.faults.house import ORDER, House

LEVELS = "m.room.power_levels"


def owned(house: House, *, bot: int = 50, absent: str = "") -> None:
    """The forum's room belongs to a person; the bot has a level there that is just enough."""
    members = [user for name, user in house.people.items() if name not in ("wabup", absent)]
    room = house.fake.room(house.people["wabup"], *members, house.bot, name="forum", encrypted=house.encrypted)
    house.rooms["forum"] = room
    give(house, bot)


def give(house: House, level: int) -> None:
    """The room's owner gives the bot a level."""
    content = levels(house)
    users = {**content.get("users", {}), house.bot: level}
    more: Json = {"invite": 50, "events": {**content.get("events", {}), LEVELS: 50}}
    house.fake.state(house.rooms["forum"], house.people["wabup"], LEVELS, {**content, **more, "users": users})


def levels(house: House) -> Json:
    return dict(house.fake.content(house.rooms["forum"], LEVELS) or {})


async def at_tag(house: House) -> None:
    """The bridge runs and two people have raised the stage."""
    process = await house.start()
    await process.settle()
    house.say("ahli", "!tahap tag", "control")
    await process.settle()
    (asked,) = [one for one in house.facts(f.Proposal) if one.what == "stage"]
    house.say("ahli2", f"!setuju {asked.number}", "control")
    await process.settle()
    assert [one.stage for one in house.facts(f.Stage)][-1] == "tag"


def told(house: House, words: str) -> list[str]:
    return [text for text in house.said("control") if words in text]


async def test_what_waits_for_a_lost_permission_is_listed_and_done_once_when_it_is_back(house: House) -> None:
    """The owner demotes the bot, a command is given meanwhile, the power returns: told once each, applied once."""
    owned(house, absent="pupr")
    await at_tag(house)
    process = house.process
    assert process is not None
    give(house, 0)
    await process.settle()
    assert len(told(house, "Izin bot di ruang forum hilang")) == 1
    house.say("ahli", f"!undang {house.people['pupr']}", "control")
    await process.settle()
    house.clock.advance(20 * 60)
    await process.settle()
    assert house.fake.membership(house.rooms["forum"], house.people["pupr"]) == "leave"
    house.say("ahli", "!status", "control")
    await process.settle()
    (status,) = told(house, "Menunggu izin bot (1)")
    assert "m.room.power_levels" in status
    assert house.rows("SELECT degraded FROM room WHERE room = ?", house.rooms["forum"]) != [("",)]
    assert len(told(house, "Izin bot di ruang forum hilang")) == 1
    give(house, 50)
    await process.settle()
    assert house.fake.membership(house.rooms["forum"], house.people["pupr"]) == "invite"
    assert len(told(house, "sudah lengkap kembali")) == 1
    assert [done.result for done in house.facts(f.ActDone)] == ["done"]
    assert house.rows("SELECT degraded FROM room WHERE room = ?", house.rooms["forum"]) == [("",)]
    house.clock.advance(3600)
    await process.settle()
    invitations = [
        event
        for event in house.fake.events(house.rooms["forum"], house.bot, "m.room.member")
        if event.get("state_key") == house.people["pupr"]
    ]
    assert len(invitations) == 1


async def test_a_card_that_was_edited_a_moment_ago_waits_for_no_permission(house: House) -> None:
    """`!status` lists what the bot is not allowed, not what it will do in a minute anyway."""
    process = await house.start()
    await process.settle()
    house.say("wabup", ORDER)
    await process.settle()
    house.say("dlh", "Siap pak")
    await process.settle()
    waiting = house.rows("SELECT error FROM outbox WHERE state = 'waiting' AND error <> ''")
    assert ("edited a moment ago",) in waiting
    house.say("ahli", "!status", "control")
    await process.settle()
    assert told(house, "Menunggu izin bot") == []


async def test_a_room_that_refuses_does_not_stop_the_others(house: House) -> None:
    """The control room is answered, and what may still be done in the forum's room is done."""
    owned(house, absent="pupr")
    await at_tag(house)
    process = house.process
    assert process is not None
    give(house, 0)
    house.say("ahli", f"!undang {house.people['pupr']}", "control")
    await process.settle()
    house.say("ahli", "!daftar", "control")
    house.say("ahli", "!status")
    await process.settle()
    assert len(told(house, "Tidak ada perintah")) >= 1
    assert len(house.said("forum")) >= 1
    # A message that goes through does not make the room well.
    assert house.rows("SELECT degraded FROM room WHERE room = ?", house.rooms["forum"]) != [("",)]


@pytest.mark.parametrize("house", ["plain", "encrypted"], indirect=True)
async def test_a_lock_is_opened_exactly_by_another_process(house: House) -> None:
    """Killed while the room is locked, started anew: opening it puts back what the first one found."""
    owned(house)
    await at_tag(house)
    assert house.process is not None
    before = levels(house)
    house.say("ahli", "!kunci sampai jam 17.00 rapat pimpinan")
    await house.process.settle()
    locked = levels(house)
    assert locked != before
    assert locked["events_default"] > 0
    await house.kill()
    process = await house.start()
    await process.settle()
    assert levels(house) == locked
    house.say("ahli2", "!buka", "control")
    await process.settle()
    assert levels(house) == before
    assert [act.verb for act in house.facts(f.Act)] == ["lock", "unlock"]


async def test_a_lock_whose_end_came_while_the_bridge_was_down_is_opened_at_its_start_once(house: House) -> None:
    owned(house)
    await at_tag(house)
    assert house.process is not None
    before = levels(house)
    house.say("ahli", "!kunci 2 jam")
    await house.process.settle()
    await house.kill()
    house.clock.advance(5 * 3600)
    process = await house.start()
    await process.settle()
    assert levels(house) == before
    house.clock.advance(3600)
    await process.settle()
    assert [act.verb for act in house.facts(f.Act)] == ["lock", "unlock"]
    assert [text.split()[0] for text in house.said("forum")].count("🔓") == 1
    with house.store() as store:
        assert rooms.degraded(store) == []
