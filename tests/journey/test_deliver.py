"""Delivery: order, lanes, references, cards, permissions."""

from __future__ import annotations

import msgspec
import pytest

from bridge.journey import words
from bridge.journey.decide import decide_some
from bridge.ledger import outbox, rooms
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.effects import (
    AnyEffect,
    Decline,
    Invite,
    Lane,
    PostBundle,
    React,
    Refresh,
    Remove,
    Retract,
    Say,
    SetLevels,
)
from tests.faults.checks import check
from tests.faults.house import ORDER, House
from tests.faults.process import FORUM, Process

HOUR, DAY = 3600, 24 * 3600


def say(house: House, text: str, **more: object) -> Say:
    values: dict[str, object] = {"room": house.rooms["control"], **more}
    return Say(key="sealed.ask", values={"forum": text}, **values)  # type: ignore[arg-type]


async def running(house: House) -> Process:
    process = await house.start()
    await process.settle()
    return process


def places(house: House, *words: str) -> list[int]:
    """Where in the control room the texts about these words stand."""
    said = house.said("control")
    return [next(place for place, body in enumerate(said) if word in body) for word in words]


async def test_what_is_urgent_goes_first(house: House) -> None:
    """Lanes go by urgency, and within a lane by age."""
    process = await running(house)
    await process.want(
        say(house, "eins", lane=Lane.REMINDERS),
        say(house, "zwei", lane=Lane.ANSWERS),
        say(house, "drei", lane=Lane.SAFETY),
        say(house, "vier", lane=Lane.ANSWERS),
    )
    with house.store() as store:
        waiting = [errand.effect for errand in outbox.waiting(store, house.clock.now(), 10)]
    assert [effect.values["forum"] for effect in waiting if isinstance(effect, Say)] == [
        "drei",
        "zwei",
        "vier",
        "eins",
    ]


async def test_within_a_lane_of_a_room_the_order_holds(house: House) -> None:
    """Two answers in a room come in the order in which they were decided, even if the first has to be repeated."""
    process = await running(house)
    house.fake.fail("PUT */send/m.room.message/*", "status")
    await process.want(*(say(house, word) for word in ("eins", "zwei", "drei")))
    for _ in range(8):
        await process.settle()
        house.clock.advance(5)
    assert places(house, "eins", "zwei", "drei") == sorted(places(house, "eins", "zwei", "drei"))
    await check(house)


async def test_one_room_in_trouble_does_not_stop_another(house: House) -> None:
    """A hundred waiting messages of a room that refuses them leave room for the others."""
    process = await running(house)
    closed = house.fake.room(house.people["bupati"], name="elsewhere")
    stuck = [say(house, f"n{number}", room=closed, ref=f"n{number}") for number in range(100)]
    answers = [React(room=closed, to=f"n{number}", key="📌", ref=f"r{number}") for number in range(100)]
    await process.want(*stuck, *answers, say(house, "eins"))
    await process.settle()
    assert len(places(house, "eins")) == 1


async def test_what_refers_to_something_comes_after_it(house: House) -> None:
    """A reaction on a message of ours waits until the message has an event id, whatever their lanes."""
    process = await running(house)
    house.fake.fail("PUT */send/m.room.message/*", "status")
    await process.want(
        say(house, "eins", ref="one", lane=Lane.REMINDERS),
        React(room=house.rooms["control"], to="one", key="📌", ref="one.chip", lane=Lane.SAFETY),
    )
    await process.settle()
    assert house.events(house.rooms["control"], house.bot, "m.reaction") == []
    house.clock.advance(5)
    await process.settle()
    (reaction,) = house.events(house.rooms["control"], house.bot, "m.reaction")
    (message,) = [
        event
        for event in house.events(house.rooms["control"], house.bot, "m.room.message")
        if "eins" in event["content"]["body"]
    ]
    assert reaction["content"]["m.relates_to"]["event_id"] == message["event_id"]


async def test_a_card_that_waits_is_queued_once_and_shows_the_latest(house: House) -> None:
    """Ten changes of a card while it may not be edited are one edit, at the end of the minute."""
    process = await running(house)
    house.say("wabup", ORDER)
    await process.settle()
    for person in ("dlh", "pupr", "ternak"):
        house.say(person, "Siap pak")
        await process.settle()
    edits = [e for e in house.events(house.rooms["forum"], house.bot) if "m.new_content" in e["content"]]
    assert edits == []
    house.clock.advance(59)
    await process.settle()
    assert not any("m.new_content" in e["content"] for e in house.events(house.rooms["forum"], house.bot))
    house.clock.advance(2)
    await process.settle()
    edits = [e for e in house.events(house.rooms["forum"], house.bot) if "m.new_content" in e["content"]]
    assert len(edits) == 1
    assert "3 siap" in edits[0]["content"]["m.new_content"]["body"]
    await check(house)


async def test_a_card_that_shows_the_same_is_not_edited(house: House) -> None:
    """An edit that changes nothing is not sent, however often it is asked for."""
    process = await running(house)
    house.say("wabup", ORDER)
    await process.settle()
    house.clock.advance(61)
    await process.want(Refresh(room=house.rooms["forum"], card="P-1", ref="P-1.card"))
    await process.settle()
    assert not any("m.new_content" in e["content"] for e in house.events(house.rooms["forum"], house.bot))


async def test_a_lost_answer_to_a_cards_first_posting_makes_no_second_card(house: House) -> None:
    """Its next change waits for it: what is not known to stand is neither posted anew nor taken for shown."""
    process = await running(house)
    house.fake.fail("PUT */send/m.room.message/*", "drop", after=True)
    house.say("wabup", ORDER)
    await process.sync()
    await process.decider.drain()
    await process.delivery.step()
    await process.delivery.settle()
    house.say("dlh", "Siap pak")
    for _ in range(3):
        await process.settle()
        house.clock.advance(61)
    cards = [body for body in house.said() if body.startswith("📌 P-1")]
    assert len(cards) == 1
    await check(house)


async def test_a_change_recorded_while_an_edits_fate_is_unknown_is_shown(house: House) -> None:
    """The older edit comes back and is done; the newest state does not get lost with it."""
    process = await running(house)
    house.say("wabup", ORDER)
    await process.settle()
    house.clock.advance(61)
    process.intake._deciding = None
    house.say("dlh", "Siap pak")
    house.say("pupr", "Siap pak")
    await process.sync()
    fault = house.fake.fail("PUT */send/m.room.message/*", "drop", after=True)
    now = house.clock.now()
    await process.ledger.write(lambda store: decide_some(store, process.books, now, limit=1))
    await process.delivery.step()
    await process.delivery.settle()
    assert fault.hits == 1
    # Decided after the edit was sent, before its echo is read.
    await process.decider.drain()
    await process.rest()
    await process.rest()
    edits = [e for e in house.events(house.rooms["forum"], house.bot) if "m.new_content" in e["content"]]
    assert "2 siap" in edits[-1]["content"]["m.new_content"]["body"]
    await check(house)


async def test_taking_back_what_was_never_posted_is_done_at_once(house: House) -> None:
    """There is nothing to redact, and nothing is asked of the homeserver."""
    process = await running(house)
    await process.want(Retract(room=house.rooms["forum"], ref="L-9.chip"))
    await process.settle()
    assert house.fake.calls_to("PUT */redact/*") == []
    assert house.rows("SELECT state, error FROM outbox ORDER BY id DESC LIMIT 1") == [
        ("confirmed", "nothing to take back")
    ]


async def test_a_chip_keeps_its_number_apart_from_the_count_behind_it(house: House) -> None:
    """Element writes how many reacted right behind the key: `P-1` of one person was read as `P-11`."""
    process = await running(house)
    event = house.say("wabup", "Selamat pagi semuanya")
    await process.want(
        React(room=house.rooms["forum"], to=event, key="📌 P-1", ref="P-1.chip"),
        React(room=house.rooms["forum"], to=event, key="✅", ref="P-1.yes"),
    )
    await process.settle()
    sent = [one["content"]["m.relates_to"] for one in house.events(house.rooms["forum"], house.bot, "m.reaction")]
    assert sorted(one["key"] for one in sent if one["event_id"] == event) == ["✅", "📌 P-1\u2003"]


async def test_a_chip_is_taken_back_after_it_was_put_and_may_be_put_again(house: House) -> None:
    """Effects under one name keep their order, and the last one counts."""
    process = await running(house)
    event = house.say("wabup", "Selamat pagi semuanya")
    chip = React(room=house.rooms["forum"], to=event, key="📌 P-1", ref="P-1.chip")
    gone = Retract(room=house.rooms["forum"], ref="P-1.chip")
    await process.want(chip, gone, chip)
    await process.settle()
    assert house.chips(event) == ["📌 P-1"]
    with house.store() as store:
        post = outbox.posted(store, FORUM, "P-1.chip")
    assert post is not None and not post.gone


async def test_what_could_not_be_put_yet_is_taken_back_once_it_is_there(house: House) -> None:
    """Effects under one name wait for each other: a redaction is not done because its target is late."""
    process = await running(house)
    event = house.say("wabup", "Selamat pagi semuanya")
    await process.settle()
    house.fake.fail("PUT */send/m.reaction/*", "status", status=403, errcode="M_FORBIDDEN")
    await process.want(React(room=house.rooms["forum"], to=event, key="🚩", ref="flag"))
    await process.settle()
    await process.want(Retract(room=house.rooms["forum"], ref="flag"))
    await process.settle()
    house.clock.advance(HOUR)
    await process.settle()
    assert house.chips(event) == []
    assert len(house.fake.calls_to("PUT */redact/*")) == 1


async def test_a_reaction_that_stands_there_already_is_a_success(house: House) -> None:
    """`M_DUPLICATE_ANNOTATION` means that it is done, and under which id is known from what came back."""
    process = await running(house)
    event = house.say("wabup", "Selamat pagi semuanya")
    standing = house.fake.react(house.rooms["forum"], house.bot, event, words.chip("📌 P-1"))
    house.fake.world.rooms[house.rooms["forum"]].annotations.add((house.bot, event, words.chip("📌 P-1")))
    await process.settle()
    await process.want(React(room=house.rooms["forum"], to=event, key="📌 P-1", ref="P-1.chip"))
    await process.settle()
    with house.store() as store:
        post = outbox.posted(store, FORUM, "P-1.chip")
    assert post is not None and post.event == standing
    await process.want(Retract(room=house.rooms["forum"], ref="P-1.chip"))
    await process.settle()
    assert house.chips(event) == []


async def test_an_edits_own_event_never_takes_the_place_of_the_card(house: House) -> None:
    """What answers the card answers the first posting, after any number of edits."""
    process = await running(house)
    house.say("wabup", ORDER)
    await process.settle()
    with house.store() as store:
        first = outbox.posted(store, FORUM, "P-1.card")
    for person in ("dlh", "pupr"):
        house.say(person, "Siap pak")
        house.clock.advance(61)
        await process.settle()
    with house.store() as store:
        post = outbox.posted(store, FORUM, "P-1.card")
    assert first is not None and post is not None
    assert post.event == first.event


FORBIDDEN: dict[str, AnyEffect] = {
    "say": Say(room="ROOM", key="sealed.ask", values={"forum": "x"}),
    "react": React(room="ROOM", to="$nothing", key="📌", ref="a"),
    "levels": SetLevels(room="ROOM", changes={"events_default": 1}, act="A-901"),
    "invite": Invite(room="ROOM", user="@somebody:fake.test", reason="", act="A-902"),
    "bundle": PostBundle(room="ROOM", week="2026-W47", ref="b"),
}


@pytest.mark.parametrize("kind", FORBIDDEN)
async def test_what_may_not_be_done_waits_visibly_and_is_given_up_after_a_day(house: House, kind: str) -> None:
    """It is tried again now and then, listed with the reason, and after a day cancelled; an act says so."""
    process = await running(house)
    room = house.rooms["control"]
    for refused in ("PUT */send/*", "PUT */state/*", "POST */invite", "GET */state/m.room.*"):
        house.fake.fail(refused, "status", times=999, status=403, errcode="M_FORBIDDEN")
    await process.want(msgspec.structs.replace(FORBIDDEN[kind], room=room))
    await process.settle()
    with house.store() as store:
        ((number, where, state, why),) = outbox.stuck(store)
        assert (where, state, "M_FORBIDDEN" in why) == (room, "waiting", True)
        assert [(row[0], "M_FORBIDDEN" in row[2]) for row in rooms.degraded(store)] == [(room, True)]
    tries = len(house.fake.calls)
    for _ in range(30):
        house.clock.advance(DAY / 25)
        await process.settle()
    with house.store() as store:
        assert [row[2] for row in outbox.stuck(store) if row[0] == number] == ["cancelled"]
    assert len(house.fake.calls) - tries < 30 * 40, "it is not tried all the time"
    results = [(fact.number, fact.result) for fact in house.facts(f.ActDone) if fact.number > "A-900"]
    expected = {"levels": [("A-901", "failed")], "invite": [("A-902", "failed")]}
    assert results == expected.get(kind, [])


async def test_a_permission_that_comes_back_is_used_at_once(house: House) -> None:
    """A change of the room's levels wakes what waited, and the room works again."""
    process = await running(house)
    room = house.rooms["control"]
    levels = house.fake.content(room, "m.room.power_levels") or {}
    fault = house.fake.fail("PUT */send/*", "status", times=99, status=403, errcode="M_FORBIDDEN")
    await process.want(say(house, "eins"))
    await process.settle()
    with house.store() as store:
        assert rooms.degraded(store)
    fault.times = 0
    house.fake.state(room, house.bot, "m.room.power_levels", {**levels, "events_default": 0})
    await process.settle()
    assert len(places(house, "eins")) == 1
    with house.store() as store:
        assert rooms.degraded(store) == []


async def test_a_room_that_lets_us_in_again_is_no_longer_in_trouble(house: House) -> None:
    """What was said of a room in which we were not does not outlive our return."""
    process = await running(house)
    await process.ledger.write(lambda store: rooms.degrade(store, house.rooms["forum"], "not in the room"))
    house.fake.kick(house.rooms["forum"], house.people["bupati"], house.bot)
    await process.settle()
    house.fake.invite(house.rooms["forum"], house.people["bupati"], house.bot)
    await process.settle()
    with house.store() as store:
        assert rooms.degraded(store) == []


async def test_an_invitation_that_is_gone_is_declined_without_end(house: House) -> None:
    """Leaving a room in which we are not is what was wanted."""
    process = await running(house)
    await process.want(Decline(room="!gone:fake.test"))
    await process.settle()
    assert house.rows("SELECT state FROM outbox ORDER BY id DESC LIMIT 1") == [("confirmed",)]


async def test_already_so_is_success(house: House) -> None:
    """Inviting somebody who is there and removing somebody who is not ask nothing of the homeserver."""
    process = await running(house)
    room = house.rooms["forum"]
    before = len(house.fake.calls_to("POST */rooms/*"))
    await process.want(
        Invite(room=room, user=house.people["dlh"], reason="", act="A-901"),
        Remove(room=room, user=house.outsider, reason="", act="A-902"),
    )
    await process.settle()
    assert len(house.fake.calls_to("POST */rooms/*")) == before
    assert [fact.result for fact in house.facts(f.ActDone)][-2:] == ["already", "already"]


async def test_levels_are_changed_key_by_key(house: House) -> None:
    """What others set in the meantime stays as they set it."""
    process = await running(house)
    room, expert = house.rooms["forum"], house.people["ahli"]
    await process.want(SetLevels(room=room, changes={f"users/{expert}": 50, "invite": 50}, act="A-901"))
    levels = house.fake.content(room, "m.room.power_levels") or {}
    users = {**levels.get("users", {}), house.people["bupati"]: 75}
    house.fake.state(room, house.bot, "m.room.power_levels", {**levels, "users": users, "kick": 60})
    await process.settle()
    after = house.fake.content(room, "m.room.power_levels") or {}
    assert after["users"] == {house.people["bupati"]: 75, expert: 50}
    assert (after["kick"], after["invite"]) == (60, 50)


async def test_a_private_message_goes_only_where_exactly_two_are(house: House) -> None:
    """A direct chat that a third person joined is none."""
    process = await running(house)
    await process.want(Say(person="dlh", key="sealed.ask", values={"forum": "x"}, ref="private"))
    await process.settle()
    (chat,) = [room for room in house.fake.world.rooms if room not in house.rooms.values()]
    house.fake.join(chat, house.people["dlh"])
    house.fake.invite(chat, house.people["dlh"], house.outsider)
    house.fake.join(chat, house.outsider)
    house.clock.advance(61)
    await process.settle()
    assert house.events(chat, house.bot, "m.room.message") == []
    house.fake.leave(chat, house.outsider)
    house.clock.advance(61)
    await process.settle()
    (said,) = house.events(chat, house.bot, "m.room.message")
    with house.store() as store:
        post = outbox.posted(store, FORUM, "private")
    assert post is not None and (post.room, post.event) == (chat, said["event_id"])


async def test_an_echo_that_confirms_a_row_while_it_is_chosen_keeps_it_confirmed(house: House) -> None:
    """What is done is not started, put off or given up again by whoever still believes it waiting."""
    process = await running(house)
    await process.want(say(house, "eins"))

    def race(store: Store) -> list[tuple[str]]:
        (errand,) = outbox.waiting(store, house.clock.now(), 10)
        outbox.confirm(store, errand.id, "$echo")
        assert outbox.start_many(store, [errand], "BOT", house.clock.now()) == []
        outbox.put_off(store, errand, 0, "late")
        outbox.cancel(store, errand.id, "late")
        return store.all("SELECT state FROM outbox WHERE id = ?", (errand.id,))

    assert await process.ledger.write(race) == [("confirmed",)]
