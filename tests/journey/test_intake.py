"""Intake: everything once, in order, however it is delivered; absences and invitations."""

from __future__ import annotations

import itertools
from random import Random

import pytest

from bridge.ledger import gaps, inbox, numbers
from bridge.model import facts as f
from bridge.model.effects import React, Retract, Say
from bridge.model.event import Page
from tests.faults.checks import check
from tests.faults.house import ORDER, REPORT, House
from tests.faults.process import FORUM, Process
from tests.faults.sealed import Glass, letter

HOUR = 3600


async def running(house: House, *, device: str = "BOT") -> Process:
    process = await house.start(device=device)
    await process.settle()
    return process


# Missed messages and gaps


async def test_what_was_said_while_we_were_away_is_handled_once_and_in_order(house: House) -> None:
    """A restart in the middle of 150 missed messages, an order and a report among them."""
    await running(house)
    await house.kill()
    house.fake.step = 20
    words = [house.say("pupr", f"Selamat pagi {number}") for number in range(70)]
    order = house.say("wabup", ORDER)
    words += [house.say("ternak", f"Baik {number}") for number in range(40)]
    report = house.say("dlh", REPORT)
    words += [house.say("pupr", f"Terima kasih {number}") for number in range(40)]
    process = await house.start()
    for _ in range(3):
        await process.sync()
    await process.decider.drain()
    await house.kill()
    process = await house.start()
    await process.rest()
    await check(house)
    assert [d.event for d in house.facts(f.Directive)] == [order]
    assert [(r.event, r.directive) for r in house.facts(f.Report)] == [(report, "P-1")]
    assert (house.chips(order), house.chips(report)) == (["📌 P-1"], ["📋 L-1"])


async def test_a_gap_longer_than_a_page_is_filled_forward_before_what_follows_is_decided(house: House) -> None:
    """An order in the middle of 250 unseen events is decided once, before the report in the window."""
    process = await running(house)
    for number in range(120):
        house.say("pupr", f"Selamat pagi {number}")
    order = house.say("wabup", ORDER)
    for number in range(130):
        house.say("ternak", f"Baik {number}")
    report = house.say("dlh", REPORT)
    await process.sync()
    await process.decider.drain()
    assert [(gap.state, gap.what) for gap in house.facts(f.Gap)] == [("open", "timeline")]
    assert house.facts(f.Report) == [], "what comes after the hole is held"
    await process.rest()
    await check(house)
    assert [d.event for d in house.facts(f.Directive)] == [order]
    assert [(r.event, r.directive) for r in house.facts(f.Report)] == [(report, "P-1")]
    assert len(house.fake.calls_to("GET */messages")) >= 2
    opened, filled = house.facts(f.Gap)
    assert (opened.state, filled.state, filled.gap) == ("open", "filled", opened.gap)
    assert filled.events == 252 - 100
    late = [message.late for message in house.facts(f.Message) if message.event in (order, report)]
    assert late == ["gap", ""]


async def test_an_open_gap_holds_its_forum_and_no_other(house: House) -> None:
    """While one forum's history cannot be read, another forum on the same account goes on."""
    other = house.fake.room(house.bot, house.people["wabup"], name="elsewhere")
    house.more_rooms.append(("lain", "forum", other))
    process = await running(house)
    fault = house.fake.fail("GET */messages", "status", times=99)
    for number in range(150):
        house.say("pupr", f"Selamat pagi {number}")
    house.fake.say(other, house.people["wabup"], ORDER)
    await process.settle()
    held = house.rows("SELECT COUNT(*) FROM inbox WHERE state = 'new' AND kind = 'event' AND forum = ?", FORUM)
    assert held == [(100,)]
    assert house.rows("SELECT COUNT(*) FROM directive WHERE forum = 'lain'") == [(1,)]
    fault.times = 0
    house.clock.advance(HOUR)
    await process.settle()
    await check(house)


async def test_a_gap_that_stays_unreadable_is_given_up_with_its_cause(house: House) -> None:
    """After some forty minutes of trying the forum goes on; the hole stands in the record."""
    process = await running(house)
    house.fake.fail("GET */messages", "status", times=999)
    for number in range(150):
        house.say("pupr", f"Selamat pagi {number}")
    order = house.say("wabup", ORDER)
    for _ in range(30):
        await process.settle()
        house.clock.advance(301)
    states = [(gap.state, bool(gap.cause)) for gap in house.facts(f.Gap)]
    assert states == [("open", False), ("given_up", True)]
    assert [d.event for d in house.facts(f.Directive)] == [order]


async def test_a_history_that_leads_on_for_ever_without_an_event_is_given_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no reason to ask without end; however long a history with events in it is, it is read to its end."""
    process = await running(house)
    asked = itertools.count()

    async def nowhere(room_id: str, *, since: str, until: str | None, limit: int = 100) -> Page:
        return Page(events=(), end=f"on{next(asked)}")

    monkeypatch.setattr(process.homeserver, "messages", nowhere)
    for number in range(150):
        house.say("pupr", f"Selamat pagi {number}")
    order = house.say("wabup", ORDER)
    await process.settle()
    assert [(gap.state, gap.cause) for gap in house.facts(f.Gap)] == [
        ("open", ""),
        ("given_up", "500 pages of history without an event"),
    ]
    assert [d.event for d in house.facts(f.Directive)] == [order]


async def test_a_homeserver_that_asks_us_to_wait_does_not_make_a_gap_hopeless(house: House) -> None:
    """429 to a history page is obeyed; it does not count as a try."""
    process = await running(house)
    house.fake.fail("GET */messages", "limited", times=15, retry_after_ms=60_000)
    for number in range(150):
        house.say("pupr", f"Selamat pagi {number}")
    for _ in range(16):
        await process.settle()
        assert len(house.fake.calls_to("GET */messages")) <= 17
        house.clock.advance(61)
    await process.settle()
    assert [gap.state for gap in house.facts(f.Gap)] == ["open", "filled"]
    await check(house)


async def test_a_gap_goes_on_after_a_restart_where_it_was(house: House) -> None:
    """Pages that were taken in are not asked for again."""
    process = await running(house)
    for number in range(350):
        house.say("pupr", f"Selamat pagi {number}")
    await process.sync()
    house.fake.fail("GET */messages", "status", times=1)
    first = house.fake.faults.pop()
    (gap,) = await process.ledger.read(lambda store: gaps.due(store, house.clock.now()))
    page = await process.homeserver.messages(gap.room, since=gap.since, until=gap.until)
    assert page.end is not None and first.hits == 0
    await process.repair._keep(gap, page.events, page.end, 0)
    await house.kill()
    house.fake.calls.clear()
    process = await house.start()
    await process.settle()
    await check(house)
    assert page.end in {call.query["from"] for call in house.fake.calls_to("GET */messages")}
    assert gap.since not in {call.query["from"] for call in house.fake.calls_to("GET */messages")}


async def test_gaps_in_two_rooms_of_one_response_are_both_filled(house: House) -> None:
    """Each has its own record, and both rooms' events are decided in their order."""
    process = await running(house)
    for number in range(130):
        house.say("pupr", f"Selamat pagi {number}")
        house.say("ahli", f"Catatan {number}", "control")
    await process.settle()
    await check(house)
    assert sorted(gap.state for gap in house.facts(f.Gap)) == ["filled", "filled", "open", "open"]


# Delivered again, in another order, or replayed


async def test_what_is_delivered_twice_counts_once(house: House) -> None:
    """The same events in a second response change nothing, states of the past included."""
    process = await running(house)
    order = house.say("wabup", ORDER)
    report = house.say("dlh", REPORT)
    joined = house.fake.state(
        house.rooms["forum"], house.people["pupr"], "m.room.member", {"membership": "join"}, house.people["pupr"]
    )
    house.fake.leave(house.rooms["forum"], house.people["pupr"])
    await process.settle()
    before = len(house.facts(f.Fact))
    house.fake.redeliver(house.rooms["forum"], [order, report, joined])
    await process.settle()
    await check(house)
    assert len(house.facts(f.Fact)) == before
    members = await process.ledger.members(house.rooms["forum"])
    assert house.people["pupr"] not in members, "a redelivered join is not news"


async def test_the_same_response_twice_counts_once(house: House) -> None:
    """A homeserver that answers an old token again, as after a lost commit, adds nothing."""
    process = await running(house)
    token = process.token
    house.say("wabup", ORDER)
    await process.settle()
    before = len(house.facts(f.Fact))
    process.token = token
    await process.settle()
    await check(house)
    assert len(house.facts(f.Fact)) == before


async def test_events_in_another_order_are_all_recorded(house: House) -> None:
    """The order of a response is the homeserver's; nothing is lost by it."""
    process = await running(house)
    house.say("wabup", ORDER)
    await process.settle()
    house.fake.shuffle = Random(7)
    sent = [house.say("dlh", "Siap pak"), house.say("dlh", REPORT), house.photo("dlh"), house.say("pupr", "Siap")]
    await process.settle()
    recorded = [message.event for message in house.facts(f.Message) if message.event in sent]
    assert sorted(recorded) == sorted(sent)
    assert [report.directive for report in house.facts(f.Report)] == ["P-1"]


async def test_a_replayed_ratchet_step_is_listed_and_not_acted_on(house: House) -> None:
    """The same letter under a second event id is no second order."""
    process = await house.start(crypto=Glass())
    await process.settle()
    sealed = letter(ORDER, session="s1")
    room, deputy = house.rooms["forum"], house.people["wabup"]
    first = house.fake.say(room, deputy, sealed, "m.room.encrypted")
    second = house.fake.say(room, deputy, sealed, "m.room.encrypted")
    await process.settle()
    assert [d.event for d in house.facts(f.Directive)] == [first]
    assert [(r.event, r.why) for r in house.facts(f.Refused)] == [(second, "replay")]


# Our own echo


async def test_our_own_echo_confirms_what_the_answer_did_not(house: House) -> None:
    """A send whose answer was lost is done when it comes back, and is not sent again."""
    process = await running(house)
    house.fake.fail("PUT */send/*", "drop", after=True)
    await process.want(Say(room=house.rooms["control"], key="sealed.ask", values={"forum": "x"}, ref="one"))
    await process.settle()
    assert house.rows("SELECT state FROM outbox ORDER BY id DESC LIMIT 1") == [("confirmed",)]
    assert [call.json().get("tudang.ref") for call in house.fake.calls_to("PUT */send/*")].count("one") == 1
    assert house.rows("SELECT event <> '' FROM posted WHERE ref = 'one'") == [(1,)]


async def doubtful(house: House) -> None:
    """A bridge that died while three effects were on their way, all of which arrived."""
    process = await running(house)
    event = house.say("wabup", "Selamat pagi semuanya")
    await process.settle()
    room = house.rooms["forum"]
    await process.want(React(room=room, to=event, key="🚩", ref="flag"))
    await process.settle()
    for pattern in ("PUT */send/*", "PUT */redact/*"):
        house.fake.fail(pattern, "drop", times=9, after=True)
    await process.want(
        Say(room=house.rooms["control"], key="sealed.ask", values={"forum": "x"}, ref="one"),
        React(room=house.rooms["audit"], to=event, key="📌 P-7", ref="chip"),
        Retract(room=room, ref="flag"),
    )
    await process.delivery.step()
    await process.delivery.settle()
    await house.kill()
    house.fake.faults.clear()


async def test_a_try_of_long_ago_is_looked_for_before_it_is_repeated(house: House) -> None:
    """Thirteen hours later the transaction id is not trusted: what came back under its cause is done."""
    await doubtful(house)
    house.clock.advance(30 * HOUR)  # The homeserver has forgotten it, too.
    sends = len(house.fake.calls_to("PUT */*"))
    process = await house.start()
    await process.delivery.step()
    await process.delivery.settle()
    assert len(house.fake.calls_to("PUT */*")) == sends, "nothing is sent before the rooms were read"
    await process.settle()
    house.clock.advance(61)
    await process.settle()
    assert house.rows("SELECT COUNT(*) FROM outbox WHERE state <> 'confirmed'") == [(0,)]
    await check(house)


async def test_a_try_of_another_device_is_looked_for_before_it_is_repeated(house: House) -> None:
    """After a new log-in the homeserver would not know the transaction id."""
    await doubtful(house)
    process = await running(house, device="NEW")
    house.clock.advance(61)
    await process.settle()
    await check(house)


# Coming and going


async def test_a_stay_outside_the_room_is_a_gap_named_so(house: House) -> None:
    """Kicked and invited again: the record says from when to when we saw nothing, and goes on."""
    process = await running(house)
    room = house.rooms["forum"]
    house.clock.advance(HOUR)
    house.fake.kick(room, house.people["bupati"], house.bot)
    left = house.clock.now()
    await process.settle()
    assert [(gap.what, gap.state) for gap in house.facts(f.Gap)] == [("absence", "open")]
    house.clock.advance(HOUR)
    house.say("wabup", "Selamat siang semuanya")
    house.fake.invite(room, house.people["bupati"], house.bot)
    await process.settle()
    opened, closed = house.facts(f.Gap)
    assert (closed.gap, closed.what, closed.state) == (opened.gap, "absence", "given_up")
    assert (closed.since, closed.until) == (left, house.clock.now())
    order = house.say("wabup", ORDER)
    await process.settle()
    assert [d.event for d in house.facts(f.Directive)] == [order]
    await check(house)


async def test_what_the_room_was_on_another_branch_does_not_undo_what_it_is(house: House) -> None:
    """Synapse gives a person's old invitation as state after the join, when many come at once and history forks.

    Whoever has come stays a member, for whom the bot's words are readable, and the room's state is read whole.
    """
    process = await running(house)
    room, came = house.rooms["forum"], house.people["dlh"]
    house.fake.leave(room, came)
    invited = house.fake.invite(room, house.people["bupati"], came)
    house.clock.advance(1)
    house.fake.join(room, came)
    await process.sync()
    read = len(house.fake.calls_to("GET */state"))
    house.fake.fork(room, [invited])
    house.say("wabup", "Selamat pagi")
    await process.sync()
    joined = "SELECT membership FROM room_state WHERE room = ? AND state_key = ?"
    assert house.rows(joined, room, came) == [("join",)]
    await process.settle()
    assert house.rows(joined, room, came) == [("join",)]
    assert len(house.fake.calls_to("GET */state")) == read + 1
    await check(house)


async def test_leaving_and_coming_back_within_one_response_is_an_absence_too(house: House) -> None:
    """The window tells of both; nothing of what it shows is thrown away."""
    process = await running(house)
    room = house.rooms["forum"]
    house.fake.kick(room, house.people["bupati"], house.bot)
    house.clock.advance(60)
    house.fake.invite(room, house.people["bupati"], house.bot)
    house.fake.join(room, house.bot)
    await process.settle()
    assert [(gap.what, gap.state) for gap in house.facts(f.Gap)] == [("absence", "open"), ("absence", "given_up")]
    await check(house)


async def test_our_own_first_join_is_no_gap(house: House) -> None:
    """What was said in a room before the bot came is not its to decide."""
    room = house.fake.room(house.people["bupati"], house.people["wabup"], name="group")
    for number in range(150):
        house.fake.say(room, house.people["wabup"], f"{ORDER} {number}")
    house.rooms["group"] = room
    process = await running(house)
    house.fake.invite(room, house.people["bupati"], house.bot)
    await process.settle()
    assert house.fake.membership(room, house.bot) == "join"
    assert (house.facts(f.Gap), house.facts(f.Directive)) == ([], [])
    house.fake.say(room, house.people["wabup"], ORDER)
    await process.settle()
    assert len(house.facts(f.Directive)) == 1
    await check(house)


async def test_a_direct_chat_with_a_listed_person_takes_bare_commands(house: House) -> None:
    """The person invites the bot; what is said there is decided, and answered there."""
    process = await running(house)
    chat = house.fake.room(house.people["wabup"], name="chat", encrypted=True)
    house.fake.invite(chat, house.people["wabup"], house.bot, direct=True)
    await process.settle()
    assert house.fake.membership(chat, house.bot) == "join"
    house.fake.say(chat, house.people["wabup"], letter("status"), "m.room.encrypted")
    await process.settle()
    answers = house.events(chat, house.bot, "m.room.message")
    assert len(answers) == 1
    assert house.said() == house.said()[:1], "the forum hears nothing of it"


async def test_an_outsiders_invitation_is_declined_and_nothing_kept_of_that_room(house: House) -> None:
    """Only listed people bring the bot anywhere."""
    process = await running(house)
    chat = house.fake.room(house.outsider, name="chat")
    house.fake.say(chat, house.outsider, "halo")
    house.fake.invite(chat, house.outsider, house.bot, direct=True)
    await process.settle()
    assert house.fake.membership(chat, house.bot) == "leave"
    assert house.rows("SELECT COUNT(*) FROM inbox WHERE room = ?", chat) == [(0,)]


async def test_row_numbers_are_never_used_twice(house: House) -> None:
    """They come from counters; a transaction that failed leaves a visible gap, not a second use."""
    process = await running(house)
    first = await process.ledger.write(lambda store: numbers.take(store, "test", 3))
    assert await process.ledger.write(lambda store: numbers.take(store, "test")) == first + 3
    await process.ledger.write(lambda store: store.run("DELETE FROM inbox WHERE kind = 'start'"))
    highest = house.rows("SELECT MAX(id) FROM inbox")[0][0]
    await process.ledger.write(
        lambda store: inbox.add_row(store, FORUM, "start", "start:again", b"{}", at=house.clock.now())
    )
    assert house.rows("SELECT MAX(id) FROM inbox")[0][0] > highest  # type: ignore[operator]
