"""A preview: the whole journey on a record of its own, unheard by the forum, and then the real thing."""

from __future__ import annotations

from bridge.ledger.records import verify_chain
from bridge.model import facts as f
from bridge.model.event import Json
from tests.faults.house import ORDER, REPORT, House
from tests.faults.process import FORUM, Process

PREVIEWED = f"{FORUM}-preview"
MARK = "[PRATINJAU]"
HOUR = 3600


async def running(house: House, *, preview: bool) -> Process:
    house.preview = preview
    process = await house.start()
    await process.rest()
    return process


def ours(house: House, kind: str) -> list[Json]:
    """Everything that the bot put into a room, state included."""
    return house.fake.events(house.rooms[kind], house.bot)


def memberships(house: House) -> dict[tuple[str, str], str]:
    everybody = [*house.people.values(), house.bot, house.outsider]
    return {(room, user): house.fake.membership(room, user) for room in house.rooms.values() for user in everybody}


def twenty_messages(house: House) -> tuple[str, str]:
    """Orders, reports with and without photos, talk, an emergency, an outsider; the first order and report."""
    order = house.say("wabup", ORDER)
    house.say("pupr", "Siap, laksanakan")
    report = house.say("dlh", REPORT)
    house.photo("dlh", 1)
    house.fake.react(house.rooms["forum"], house.people["ternak"], order, "👍")
    house.say("bupati", "Dinas Peternakan segera cek ternak di pasar, laporkan besok jam 10.00 disertai foto")
    house.say("ternak", "Izin melaporkan, pengecekan ternak di pasar sudah selesai")
    house.say("pupr", "Izin melaporkan, telah terjadi banjir di jalan poros, dua korban")
    house.photo("pupr", 2)
    house.fake.say(house.rooms["forum"], house.outsider, "Halo semua, saya baru di sini")
    house.say("ahli", "!bantuan")
    house.say("ahli", "!status", "control")
    for number in range(8):
        house.say("pupr", f"Selamat pagi {number}")
    return order, report


async def previewed(house: House) -> tuple[str, str]:
    """A preview of some days that has ended; the first order and report in it."""
    process = await running(house, preview=True)
    house.fake.join(house.rooms["forum"], house.outsider)
    found = twenty_messages(house)
    await process.rest()
    for _ in range(4):
        house.clock.advance(13 * HOUR)
        await process.rest()
    await house.kill()
    return found


async def test_a_preview_decides_everything_and_the_forum_hears_and_feels_nothing(house: House) -> None:
    """Orders and reports have numbers and an outsider is found, yet no event of ours and no change of a member."""
    house.preview = True
    house.fake.join(house.rooms["forum"], house.outsider)
    before, stands = ours(house, "forum"), memberships(house)
    await previewed(house)
    assert [d.number for d in house.facts(f.Directive, forum=PREVIEWED)][:2] == ["P-1", "P-2"]
    assert len(house.facts(f.Report, forum=PREVIEWED)) >= 3
    assert ours(house, "forum") == before
    assert memberships(house) == stands
    assert house.fake.calls_to("POST */invite") == house.fake.calls_to("POST */kick") == []
    assert house.fake.calls_to("POST */createRoom") == house.fake.calls_to("PUT */state/*") == []


async def test_what_a_preview_would_have_done_is_not_recorded_as_done(house: House) -> None:
    """An act that was only decided is nowhere said to have been carried out."""
    house.fake.leave(house.rooms["forum"], house.people["ternak"])
    house.rooms["forum"] = house.fake.room(house.bot, house.people["bupati"], name="new")
    await running(house, preview=True)
    assert [act.user for act in house.facts(f.Act, forum=PREVIEWED) if act.verb == "invite"]
    assert house.facts(f.ActDone, forum=PREVIEWED) == []
    assert house.fake.calls_to("POST */invite") == []


async def test_a_preview_of_the_rules_on_messages_touches_nobody(house: House) -> None:
    """A flood is found and a step is due: no direct chat is made, and no power level is changed."""
    house.write_files(extra="conduct: {flood: {steps: [mute]}}\n")
    process = await running(house, preview=True)
    for number in range(14):
        house.say("pupr", f"Selamat pagi {number}")
    await process.rest()
    assert [fact.step for fact in house.facts(f.Conduct, forum=PREVIEWED)] == ["mute"]
    assert house.fake.calls_to("POST */createRoom") == house.fake.calls_to("PUT */state/*") == []
    assert house.facts(f.ActDone, forum=PREVIEWED) == []


async def test_the_control_room_sees_the_preview_marked_as_one(house: House) -> None:
    """Every text there begins with the mark, new or edited, so that nobody takes it for the real thing."""
    await previewed(house)
    said = house.said("control")
    assert said
    assert [text for text in said if not text.startswith(MARK)] == []
    assert [one.preview for one in house.facts(f.Started, forum=PREVIEWED)] == [True]


async def test_an_invitation_to_the_bot_is_answered_in_a_preview(house: House) -> None:
    """The bot comes into a direct chat, where it reads and does not answer."""
    process = await running(house, preview=True)
    room = house.fake.room(house.people["dlh"], name="berdua")
    house.fake.invite(room, house.people["dlh"], house.bot, direct=True)
    await process.rest()
    house.fake.say(room, house.people["dlh"], "P-1")
    await process.rest()
    assert house.fake.membership(room, house.bot) == "join"
    assert house.fake.events(room, house.bot, "m.room.message") == []


async def test_going_live_begins_at_one_with_the_same_rooms_and_people(house: House) -> None:
    """The live record has numbers and a chain of its own; a photo shown in the preview may prove a report now."""
    await previewed(house)
    process = await running(house, preview=False)
    assert house.facts(f.Directive, f.Report) == []
    order = house.say("wabup", ORDER)
    await process.rest()
    report = house.say("dlh", REPORT)
    house.photo("dlh", 1)
    await process.rest()
    assert (house.chips(order), house.chips(report)) == (["📌 P-1"], ["📋 L-1"])
    (reported,) = house.facts(f.Report)
    assert (reported.number, reported.directive) == ("L-1", "P-1")
    assert [judged.verdict for judged in house.facts(f.EvidenceJudged)] == ["ok"]
    assert [one.preview for one in house.facts(f.Started)] == [False]
    assert [text for text in house.said("forum") if MARK in text] == []
    with house.store() as store:
        assert verify_chain(store, FORUM).position > 0
        assert verify_chain(store, PREVIEWED).position > 0


async def test_nothing_that_waits_in_a_preview_happens_in_the_forum(house: House) -> None:
    """Its reminders and deadlines stay where they are: the live forum hears only of what it saw itself."""
    order, report = await previewed(house)
    process = await running(house, preview=False)
    recorded = house.rows("SELECT COUNT(*) FROM fact WHERE forum = ?", PREVIEWED)
    still_due = "SELECT id, due FROM inbox WHERE forum = ? AND state = 'waiting' ORDER BY id"
    waiting = house.rows(still_due, PREVIEWED)
    assert waiting
    for _ in range(8):
        house.clock.advance(13 * HOUR)
        await process.rest()
    assert house.rows("SELECT COUNT(*) FROM fact WHERE forum = ?", PREVIEWED) == recorded
    assert house.rows(still_due, PREVIEWED) == waiting
    assert house.rows("SELECT COUNT(*) FROM inbox WHERE state = 'failed'") == [(0,)]
    assert house.chips(order) == house.chips(report) == []
    assert [text for text in house.said("forum") if "P-1" in text or "L-1" in text] == []
    assert house.facts(f.Asked) == []


async def test_an_answer_to_a_message_of_the_preview_counts_for_no_number_of_it(house: House) -> None:
    """Received, accepted or corrected: an order of the preview is known, but its P-1 is not the forum's P-1."""
    order, report = await previewed(house)
    process = await running(house, preview=False)
    mine = house.say("bupati", ORDER)
    await process.rest()
    tasks = len(house.facts(f.Task))
    house.fake.react(house.rooms["forum"], house.people["dlh"], order, "👍")
    house.fake.react(house.rooms["forum"], house.people["bupati"], report, "👍")
    await process.rest()
    assert len(house.facts(f.Task)) == tasks
    assert house.chips(mine) == ["📌 P-1"]
    assert house.rows("SELECT COUNT(*) FROM inbox WHERE state = 'failed'") == [(0,)]
