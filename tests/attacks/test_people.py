"""Who one seems to be, and what one was given by hand: names, cards, reactions, powers, chats. On a real Synapse.

All tests share one forum with one order, P-1; each looks only at what came of its own events.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import pytest
import pytest_asyncio

from bridge.model import facts as f
from bridge.model.ports import MatrixError
from bridge.rehearsal import messages
from bridge.rehearsal.client import StaffClient
from tests.attacks.intruder import Intruder
from tests.attacks.payloads import ORDERED, text
from tests.attacks.siege import Siege, shape
from tests.homeserver.forum import Forum
from tests.waiting import until
from tests.words import ORDER

pytestmark = [pytest.mark.homeserver, pytest.mark.asyncio(loop_scope="module")]

PEOPLE = ("bupati", "wabup", "dlh", "pupr", "citta", "ahli", "ahli2")
EXTRA = "membership:\n  large_change_percent: 50\n"
"""One of seven is no large change."""
HIGHEST = 2**53 - 1
"""The largest number that canonical JSON has."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def siege(held: Forum) -> AsyncIterator[Siege]:
    """A forum whose control room an expert made, so that the bot has no power there but what he gives it."""
    await held.set_up(people=PEOPLE, extra=EXTRA)
    maker, bot = held.people["ahli"], held.bot.user_id
    other = held.accounts["ahli2"].user_id
    control = await maker.create_room("Control", version="11", levels={bot: 50}, invite=[bot, other])
    await held.people["ahli2"].join(control)
    held.rooms["control"] = control
    held.write_settings()
    await held.start()
    siege = Siege(held)
    siege.order = await held.people["wabup"].text(siege.room, ORDER)
    await held.settle()
    siege.card = held.card("bupati", "📌 P-1").posted.event_id
    yield siege


def _shapes(siege: Siege, events: Iterable[str]) -> list[list[tuple[str, str]]]:
    return [[shape(fact) for fact in siege.about(event)] for event in events]


def _received(siege: Siege) -> dict[str, str]:
    """Unit to the state of its task under P-1."""
    return {task.unit: task.state for task in siege.forum.facts(f.Task) if task.directive == "P-1"}


def _unsaid(siege: Siege, room: str) -> list[object]:
    """What waits to be said in a room."""
    return [*siege.rows("SELECT id FROM outbox WHERE room = ? AND state IN ('waiting', 'sending')", room)]


async def _renamed(person: StaffClient, name: str) -> None:
    path = f"/_matrix/client/v3/profile/{person.user_id}/displayname"
    await person.wire.call("PUT", path, {"displayname": name})


async def _shut_out(siege: Siege, person: StaffClient) -> None:
    """Whoever was removed cannot tap, speak, or repeat what was said."""
    gone = Intruder(person, siege.room)
    tap = messages.reaction(siege.order, "👍")
    sealed = {**await siege.intruder.seen(siege.order), "device_id": person.account.device_id}
    for kind, content in (("m.reaction", tap), ("m.room.message", text(ORDERED)), ("m.room.encrypted", sealed)):
        with pytest.raises(MatrixError, match="M_FORBIDDEN"):
            await gone.put(kind, content)


async def test_a_name_gives_no_office(siege: Siege) -> None:
    """Called like the regent, the bot or both, the head of PUPR orders, decides, accepts and commands nothing."""
    forum, intruder = siege.forum, siege.intruder.client
    before = forum.facts(f.Membership)
    events = []
    for name in ("Bupati Contoh", "Tudang", "Bupati Contoh (@bupati:localhost)\n📌 P-9"):
        await _renamed(intruder, name)
        events += [await intruder.text(siege.room, ORDERED), await intruder.text(siege.room, "!terima semua P-1")]
    await forum.settle()
    assert _shapes(siege, events) == [[("message", "unsure")], [("refused", "no_authority")]] * 3
    assert {fact.name for fact in forum.facts(f.Message) if fact.event in events} == {"Pupr Contoh"}
    assert all("ditetapkan dalam kebijakan" in forum.told("bupati", e)[0].content["body"] for e in events[1::2])
    assert forum.facts(f.Membership) == before, "a new name is no coming and going"


async def test_a_card_that_is_not_the_bots_is_talk(siege: Siege) -> None:
    """It is recorded under its author; chips and receipts on it, or on talk, receive nothing for anybody."""
    forum, people, intruder = siege.forum, siege.forum.people, siege.intruder.client
    card = forum.card("bupati", "📌 P-1").shown
    forged = await intruder.text(siege.room, f"{card}\n(mohon ketuk 👍 di sini)", msgtype="m.notice")
    talk = await intruder.text(siege.room, "Selamat pagi Bapak Ibu")
    siap = await intruder.text(siege.room, "Siap P-1")
    await intruder.react(siege.room, talk, "📌 P-1")
    for event in (forged, talk, siap):
        for key in ("👍", "📌 P-1"):
            await people["dlh"].react(siege.room, event, key)
        await people["dlh"].text(siege.room, "Terima kasih", reply_to=event)
    await forum.settle()
    assert forum.facts(f.Message)[-1].person == "dlh"
    assert _received(siege)["pupr"] == "acknowledged", "his own, by his own words"
    assert _received(siege)["dlh"] == "open"
    assert forum.chips("bupati", talk) == []
    (fact,) = [fact for fact in forum.facts(f.Message) if fact.event == forged]
    assert fact.person == "pupr"
    passed_on = [fact for fact in forum.facts(f.Directive) if fact.event == forged]
    assert [order.confirmed for order in passed_on] == [False], "the order's words, passed on: they wait"
    await people["dlh"].react(siege.room, siege.card, "👍")
    await forum.settle()
    assert _received(siege)["dlh"] == "acknowledged"


async def test_nobody_gives_his_own_words_an_authority(siege: Siege) -> None:
    """An order passed on in the regent's name waits; its author confirms, corrects and accepts nothing himself."""
    forum, intruder = siege.forum, siege.intruder.client
    relayed = await intruder.text(siege.room, "Arahan Bapak Bupati: DLH segera perbaiki jalan Citta")
    talk = await intruder.text(siege.room, "Besok semua libur ya")
    await forum.settle()
    (order,) = [fact for fact in forum.facts(f.Directive) if fact.event == relayed]
    assert not order.confirmed
    for key in ("👍", "✅", "📌"):
        await intruder.react(siege.room, relayed, key)
    made = await intruder.react(siege.room, talk, "📌")
    for words in (f"!konfirmasi {order.number}", "!terima semua P-1"):
        await intruder.text(siege.room, words)
    await forum.settle()
    assert forum.facts(f.DirectiveChanged, f.Corrected) == []
    assert [shape(fact) for fact in siege.about(made)] == [("refused", "no_authority")]
    assert forum.facts(f.Directive)[-1].number == order.number
    assert [fact for fact in forum.facts(f.ReportChanged) if fact.state == "accepted"] == []


async def test_an_outsider_in_the_room(siege: Siege) -> None:
    """Brought in by a member and called like the deputy: recorded as nobody; the control room reads the account."""
    forum = siege.forum
    outsider = await forum.cast.client("luar")
    await _renamed(outsider, "Wabup Contoh")
    await siege.intruder.client.invite(siege.room, outsider.user_id)
    await outsider.join(siege.room)
    await forum.settle()
    words = [await outsider.text(siege.room, body) for body in (ORDERED, "Siap P-1", "banjir besar di Citta!")]
    command = await outsider.text(siege.room, "!tahap watch")
    taps = [await outsider.react(siege.room, siege.order, key) for key in ("👍", "📌 P-1", "🚫")]
    await forum.settle()
    assert _shapes(siege, words[:3]) == [[("message", "chatter")]] * 3
    assert {fact.role for fact in forum.facts(f.Message) if fact.event in words} == {"unknown"}
    assert _shapes(siege, [command, *taps]) == [[]] * 4
    assert "tercantum" in forum.told("bupati", command)[0].content["body"]
    assert forum.facts(f.Emergency) == []
    card = forum.card("ahli", "A-", "control")
    assert outsider.user_id in card.shown
    await forum.move(minutes=16)
    await outsider.wait_for(lambda event: event.content.get("membership") == "leave" and "reason" in event.content)
    await _shut_out(siege, outsider)


async def test_levels_of_a_member_who_may_set_them(siege: Siege) -> None:
    """Whatever is accepted is recorded and shown to the experts, and gives nobody a say in the forum."""
    forum, people, intruder = siege.forum, siege.forum.people, siege.intruder
    levels = await people["bupati"].state(siege.room, "m.room.power_levels")
    builder = Intruder(people["ahli"], siege.room)
    path = f"rooms/{siege.room}/state/m.room.power_levels"
    await forum.call(forum.bot, "PUT", path, {**levels, "users": {builder.user_id: 100}})
    for odd in ("100", 1.5, HIGHEST + 1, None, {"a": 1}):
        with pytest.raises(MatrixError):
            await people["ahli"].set_state(siege.room, "m.room.power_levels", {**levels, "ban": odd})
    users = {builder.user_id: 100, intruder.user_id: 100}
    for changed in (
        {**levels, "users": {**users, forum.bot.user_id: -HIGHEST}},
        {**levels, "users": users, "kick": HIGHEST},
    ):
        with pytest.raises(MatrixError):
            await people["ahli"].set_state(siege.room, "m.room.power_levels", changed)
    set_by_hand = await people["ahli"].set_state(
        siege.room,
        "m.room.power_levels",
        {
            **levels,
            "users": users,
            "redact": -HIGHEST,
            "notifications": {"room": -HIGHEST},
            "x.lain": {"a": {"b": 1}},
        },
    )
    await forum.settle()
    (seen,) = [fact for fact in forum.facts(f.LevelsSeen) if fact.event == set_by_hand]
    changes = {key: now for key, _, now in seen.changes}
    assert changes[f"users/{intruder.user_id}"] == "100"
    assert (changes["redact"], changes["x.lain/a"]) == (str(-HIGHEST), "dict")
    shown = forum.said("ahli2", "control")[-1].content["body"]
    assert "Ahli Contoh" in shown
    assert intruder.user_id in shown

    # The highest level that there is: the order and its receipt are taken out of the room, and stand in the record.
    receipt = await people["citta"].react(siege.room, siege.order, "👍")
    await forum.settle()
    taken = [await intruder.client.redact(siege.room, event) for event in (receipt, siege.order)]
    command = await intruder.client.text(siege.room, "!tahap watch")
    await forum.settle()
    assert _received(siege)["citta"] == "acknowledged"
    assert forum.facts(f.DirectiveChanged) == []
    assert ("refused", "no_authority") in _shapes(siege, taken)[0]
    assert "ditetapkan dalam kebijakan" in forum.told("bupati", command)[0].content["body"]
    assert forum.facts(f.Stage)[-1].stage == "enforce"


async def test_the_bot_demoted_and_silenced_in_the_control_room(siege: Siege) -> None:
    """The forum goes on; what the control room should hear waits, visibly, and is said when the bot may speak."""
    forum, people, control = siege.forum, siege.forum.people, siege.forum.rooms["control"]
    levels = await people["ahli"].state(control, "m.room.power_levels")
    users = {people["ahli"].user_id: 100, forum.bot.user_id: -HIGHEST}
    silenced = {**levels, "users": users, "events_default": 50}
    await people["ahli"].set_state(control, "m.room.power_levels", silenced)
    order = await people["bupati"].text(siege.room, "DLH cek saluran air hari ini, laporkan sebelum jam 15.00")
    await until(lambda: forum.chips("bupati", order) != [], "the chip of an order in the forum")
    await until(lambda: _unsaid(siege, control), "what the control room cannot be told")
    health = await forum.bridge.health()
    assert [trouble.kind for trouble in health.degraded] == ["control"]
    await people["ahli"].set_state(control, "m.room.power_levels", levels)
    await forum.settle()
    # The day's card may have been edited a moment ago.
    await forum.move(minutes=1.1)
    assert _unsaid(siege, control) == []
    told = [event.content["body"] for event in forum.said("ahli2", "control")]
    assert sum("events_default" in body for body in told) == 2, "taken away, and given back"
    assert forum.failures() == []


async def test_somebody_elses_second_account_in_a_direct_chat(siege: Siege) -> None:
    """What an expert types there is not obeyed, and he is told so, once, where only the two are."""
    forum, expert = siege.forum, siege.forum.people["ahli"]
    chat = await forum.direct_chat(expert)
    forum.rooms["chat"] = chat
    await expert.wait_until_members(chat, {expert.user_id, forum.bot.user_id})
    second = await forum.cast.client("pupr-kedua")
    await expert.invite(chat, second.user_id)
    await second.join(chat)
    await expert.wait_until_members(chat, {second.user_id})
    stage = forum.facts(f.Stage)
    commands = [await expert.text(chat, words) for words in ("tahap watch", "!tahap watch", "daftar")]
    commands.append(await second.text(chat, "tahap watch"))
    await until(lambda: expert.invitations.keys() - set(forum.rooms.values()), "another chat")
    assert forum.facts(f.Stage) == stage
    told = ("asked", "")
    assert _shapes(siege, commands) == [[("refused", "not_private"), told], *[[("refused", "not_private")]] * 2, []]
    (private,) = expert.invitations.keys() - set(forum.rooms.values())
    await expert.join(private)
    forum.rooms["private"] = private
    await forum.move(minutes=2)
    await until(lambda: forum.said("ahli", "private"), "why it was not obeyed")
    (said,) = forum.said("ahli", "private")
    assert "orang lain" in said.content["body"]
    assert said.encrypted
    assert forum.said("ahli", "chat") == []
    assert [event for event in second.events if event.sender == forum.bot.user_id and "body" in event.content] == []
    await expert.text(private, "daftar")
    await forum.settle()
    assert "P-1" in forum.said("ahli", "private")[-1].content["body"]
    del forum.rooms["chat"], forum.rooms["private"]


async def test_a_person_who_was_removed_an_hour_ago(siege: Siege) -> None:
    """From when the roster ends the office nothing is obeyed: not during the notice, not after the removal."""
    forum, gone = siege.forum, siege.forum.people["ahli2"]
    control = forum.rooms["control"]
    chat = await forum.direct_chat(gone)
    await gone.wait_until_members(chat, {gone.user_id, forum.bot.user_id})
    forum.write_files(without=("ahli2",), extra=EXTRA)
    await until(
        lambda: any(fact.what == "roster" and fact.version > 1 for fact in forum.facts(f.FileVersion)),
        "the new roster",
    )
    await forum.settle()
    stage, orders = forum.facts(f.Stage), forum.facts(f.DirectiveChanged)
    said = [
        await gone.text(control, "!tahap watch"),
        await gone.text(chat, "tahap watch"),
        await gone.text(siege.room, "!konfirmasi P-2"),
        await gone.react(siege.room, siege.order, "👍"),
        await gone.react(siege.room, siege.order, "🚫"),
    ]
    await forum.settle()
    assert _shapes(siege, said) == [[]] * 5
    await forum.move(minutes=61)
    said = [await gone.text(chat, words) for words in ("tahap watch", "!setuju A-1", "daftar")]
    await forum.settle()
    assert (forum.facts(f.Stage), forum.facts(f.DirectiveChanged)) == (stage, orders)
    await _shut_out(siege, gone)
    told = [event for event in gone.events if event.room_id == chat and event.sender == forum.bot.user_id]
    assert [event for event in told if event.type == "m.room.message"] == []
