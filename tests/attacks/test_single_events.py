"""Single events by an ordinary member of an encrypted room, on a real Synapse; plain matrix-nio beside the bridge.

Each attack is sent once, and its tests look at what each side made of it: the record has it as what it is and
nothing else came of it; nio 0.26, as its documentation has one use it, believes what the table says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bridge.forum.saying import text_hash
from bridge.ledger.store import Row
from bridge.model import facts as f
from bridge.model.ports import MatrixError
from tests.attacks.outsides import HOLIDAY, OUTSIDE, REPLAYED, order_stolen, own_again
from tests.attacks.payloads import FORGED, HIDDEN, ORDERED, SECRET, SPOOFED
from tests.attacks.plain_nio import PlainNio
from tests.attacks.siege import OUTSIDER, Attack, Siege, shape
from tests.homeserver.forum import Forum
from tests.words import ORDER

pytestmark = [pytest.mark.homeserver, pytest.mark.asyncio(loop_scope="module")]

GENTLE = tuple(attack for attack in (*SPOOFED, *HIDDEN, *FORGED, *REPLAYED, *OUTSIDE) if not attack.fells)
FELLING = tuple(attack for attack in HIDDEN if attack.fells)
ATTACKS = (*GENTLE, *FELLING)

BY_THE_DEPUTY = ("an order in clear", "the order again")
"""What comes from the deputy's account, not from the intruder's."""


class Aftermath(Siege):
    """The forum after all attacks."""

    def __init__(self, forum: Forum, nio: PlainNio) -> None:
        super().__init__(forum)
        self.nio = nio
        self.fell: dict[str, str | None] = {}
        """What escaped from nio's sync, by attack."""
        self.beside = ""
        """A message of the regent that nio was given together with an attack which fells it."""
        self.before: list[Row] = []
        self.after: list[Row] = []
        self.recorded: set[str] = set()
        """The kinds of all facts that were recorded since the attacks began."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def siege(held: Forum) -> AsyncIterator[Aftermath]:
    """A forum with one order, and every attack launched."""
    # Dozens of attacks in a few seconds are a flood, which is not what is looked at here.
    people = ("bupati", "wabup", "dlh", "pupr", "ahli", "periksa")
    await held.set_up(people=people, extra="conduct: {flood: {messages: 0}, edits: {edits: 0}}\n")
    who = {name: held.accounts[person].user_id for name, person in (("intruder", "pupr"), ("regent", "bupati"))}
    auditor = held.accounts["periksa"]
    device = await held.homeserver.login(auditor.user_id, auditor.password)
    nio = PlainNio(
        held.homeserver.url, device, held.root / "nio", held.rooms["forum"], {**who, "outsider": OUTSIDER}
    )
    assert await nio.sync() is None
    await held.start()
    siege = Aftermath(held, nio)
    siege.order = await held.people["wabup"].text(siege.room, ORDER)
    siege.words = await siege.intruder.client.text(siege.room, "Selamat pagi Bapak Ibu")
    await held.settle()
    siege.card = held.card("bupati", "📌 P-1").posted.event_id
    siege.name = next(event.event_id for event in held.people["bupati"].events if event.type == "m.room.name")
    await nio.until(siege.words)
    siege.before = siege.state()
    known = len(held.facts(f.Fact))
    for attack in GENTLE:
        siege.events[attack.name] = await attack.launch(siege)
    await nio.until(siege.events[GENTLE[-1].name])
    for attack in FELLING:
        siege.events[attack.name] = await attack.launch(siege)
        if attack is FELLING[-1]:
            siege.beside = await held.people["bupati"].text(siege.room, "Selamat siang semua")
        siege.fell[attack.name] = await nio.sync()
    await nio.sync()
    await held.settle()
    siege.after = siege.state()
    siege.recorded = {shape(fact)[0] for fact in held.facts(f.Fact)[known:]}
    yield siege
    await nio.close()


def _named(attack: Attack) -> str:
    return attack.name


@pytest.mark.parametrize("attack", ATTACKS, ids=_named)
async def test_the_record_has_it_as_what_it_is(siege: Aftermath, attack: Attack) -> None:
    """Its facts are all there is about it: no state, no order, no receipt, no command; and no mark of the bot."""
    event = siege.events[attack.name]
    facts = siege.about(event)
    assert tuple(map(shape, facts)) == attack.ours
    author = siege.user("wabup") if attack.name in BY_THE_DEPUTY else siege.intruder.user_id
    assert {getattr(fact, "sender", author) for fact in facts} == {author}
    assert siege.forum.chips("bupati", event) == []


@pytest.mark.parametrize("attack", ATTACKS, ids=_named)
async def test_what_plain_nio_makes_of_it(siege: Aftermath, attack: Attack) -> None:
    """As it is in 0.26, also where nio does right: so that nobody claims more of either."""
    assert siege.fell.get(attack.name) == (attack.fells or None)
    belief = siege.nio.beliefs.get(siege.events[attack.name])
    if belief is None:
        assert attack.nio == ""
        return
    assert (belief.kind, belief.changed) == (attack.nio, attack.believed)
    if attack.says is not None:
        assert belief.body == attack.says


async def test_nothing_came_of_all_of_it(siege: Aftermath) -> None:
    """No room is other than it was, P-1 is the one order with its own words, nobody has received it."""
    forum = siege.forum
    assert siege.after == siege.before
    assert siege.recorded == {"message", "refused", "sealed", "struggled"}
    assert [(order.number, order.text) for order in forum.facts(f.Directive)] == [("P-1", ORDER)]
    assert {task.state for task in forum.facts(f.Task)} == {"open"}
    assert "0 siap · 0 lapor" in forum.card("bupati", "📌 P-1").shown
    assert forum.failures() == []
    assert (await forum.bridge.health()).ok


async def test_hidden_words_are_in_the_record(siege: Aftermath) -> None:
    """What people read stands there by its hash, under the name of who said it, at the time when it came."""
    messages = {fact.event: fact for fact in siege.forum.facts(f.Message)}
    said = [
        *(attack.name for attack in HIDDEN[:10]),
        "under the order's id",
        "said in 2020",
        "an echo of the bridge",
    ]
    for name in said:
        fact = messages[siege.events[name]]
        assert (name, fact.text_hash, fact.person) == (name, text_hash(SECRET), "pupr")
        assert fact.sent_at > messages[siege.order].sent_at
    assert messages[siege.events["from the deputy"]].text_hash == text_hash(ORDERED)
    assert messages[siege.events["words as an edit of the room's name"]].text_hash == text_hash(HOLIDAY)


async def test_what_came_in_clear_is_asked_for_again_without_ringing(siege: Aftermath) -> None:
    """An order only: once, as an answer to it."""
    (answer,) = siege.forum.told("wabup", siege.events["an order in clear"])
    assert "tanpa enkripsi" in answer.content["body"]
    assert answer.content["msgtype"] == "m.notice"
    assert siege.forum.told("pupr", siege.events["words in clear"]) == []


async def test_one_event_costs_nio_whatever_came_with_it(siege: Aftermath) -> None:
    """The token was taken before, so the regent's words are never given again; the bridge has them."""
    assert siege.beside not in siege.nio.beliefs
    assert [shape(fact) for fact in siege.about(siege.beside)] == [("message", "chatter")]


async def test_what_is_nested_without_end(siege: Aftermath) -> None:
    """It fells nio; the bridge takes it in, readable or not."""
    deep = "[" * 20_000 + "]" * 20_000
    payload = f'"room_id":"{siege.room}","content":{{"msgtype":"m.text","body":{deep}}}'
    event = await siege.intruder.plaintext(f'{{"type":"m.room.message",{payload}}}')
    assert await siege.nio.sync() == "RecursionError"
    await siege.forum.settle()
    assert [shape(fact) for fact in siege.about(event)] in ([("message", "unsure")], [("sealed", "bad_ciphertext")])
    assert siege.forum.failures() == []


async def test_a_replay_after_a_restart(siege: Aftermath) -> None:
    """nio's memory of what it decrypted ends with its process: the deputy's order is the intruder's now."""
    nio = siege.nio.again()
    again, stolen = await own_again(siege), await order_stolen(siege)
    await nio.sync()
    await nio.close()
    assert [(nio.beliefs[event].kind, nio.beliefs[event].body) for event in (again, stolen)] == [
        ("RoomMessageText", "Selamat pagi Bapak Ibu"),
        ("RoomMessageText", ORDER),
    ]
    assert nio.beliefs[stolen].event.sender == siege.intruder.user_id
    await siege.forum.stop()
    await siege.forum.start()
    again, stolen = await own_again(siege), await order_stolen(siege)
    await siege.forum.settle()
    assert [list(map(shape, siege.about(event))) for event in (again, stolen)] == [[("refused", "replay")]] * 2


async def test_what_the_homeserver_does_not_let_through(siege: Aftermath) -> None:
    """Real state without the power for it, another's message taken back, a relation to nothing."""
    intruder = siege.intruder
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await intruder.client.set_state(siege.room, "m.room.name", {"name": "Milik PUPR"})
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await intruder.client.set_state(siege.room, "m.room.power_levels", {"users": {intruder.user_id: 100}})
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await intruder.client.redact(siege.room, siege.order)
    with pytest.raises(MatrixError, match="unknown event"):
        await intruder.client.edit(siege.room, "$nothing", HOLIDAY)


async def test_the_forum_goes_on(siege: Aftermath) -> None:
    """The regent, "removed" above, orders and reads the card; the intruder, "powerful" above, commands nothing."""
    forum, people = siege.forum, siege.forum.people
    order = await people["bupati"].text(
        siege.room, "DLH dan PUPR cek saluran air hari ini, laporkan sebelum jam 15.00"
    )
    command = await siege.intruder.client.text(siege.room, "!tahap watch")
    await forum.settle()
    card = forum.card("bupati", "📌 P-2")
    assert card.posted.sealed is None
    assert forum.chips("bupati", order) == ["📌 P-2"]
    (answer,) = forum.told("pupr", command)
    assert "ditetapkan dalam kebijakan" in answer.content["body"]
    assert (await forum.bridge.health()).stage == "enforce"
    await people["dlh"].react(siege.room, order, "👍")
    await forum.move(minutes=2)
    assert "1 siap" in forum.card("bupati", "📌 P-2").shown
    assert forum.failures() == []
