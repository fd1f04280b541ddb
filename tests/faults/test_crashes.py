"""A process that dies between any two of its writes and requests: nothing is lost, nothing appears twice.

Each scenario is played once without a fault, to learn how many points it passes; then once for each of them, with a
process that dies there and another that goes on. Going back to the same beginning makes all plays alike.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import get_args

import msgspec
import pytest

from bridge.journey.decide import decide_some
from bridge.model import facts as f
from bridge.model.effects import (
    AnyEffect,
    Ban,
    Decline,
    Discard,
    Follow,
    Invite,
    Join,
    Link,
    PostBundle,
    React,
    Redact,
    Refresh,
    Remove,
    Retract,
    Say,
    SetLevels,
    SetServers,
    ShowPictures,
    Unban,
)
from tests.faults import deeds
from tests.faults.checks import check
from tests.faults.house import ORDER, REPORT, House
from tests.faults.points import Crash, Points
from tests.faults.sealed import Glass, letter

Step = Callable[[House], object]

ID = re.compile(r"![\w-]{20,}")
"""The id of a room: a new one has another each time."""

decode_effect = msgspec.json.Decoder(AnyEffect).decode


def order(house: House) -> None:
    house.say("wabup", ORDER)


def answers(house: House) -> None:
    house.say("dlh", "Siap pak, laksanakan")
    house.say("dlh", REPORT)
    house.photo("dlh")


def a_minute_later(house: House) -> None:
    house.clock.advance(61)


def reactions(house: House) -> None:
    room = house.rooms["forum"]
    (event,) = [one["event_id"] for one in house.events(room, house.people["wabup"], "m.room.message")]
    house.fake.react(room, house.people["pupr"], event, "👍")
    house.fake.react(room, house.people["ternak"], event, "🙏")


def wrong_tag(house: House) -> None:
    room = house.rooms["forum"]
    (event,) = [one["event_id"] for one in house.events(room, house.people["wabup"], "m.room.message")]
    house.fake.react(room, house.people["ahli"], event, "🚫")


def knock(house: House) -> None:
    house.fake.leave(house.rooms["forum"], house.people["pupr"])
    house.fake.knock(house.rooms["forum"], house.people["pupr"])


def intruder(house: House) -> None:
    room = house.rooms["forum"]
    house.fake.invite(room, house.people["bupati"], house.outsider)
    house.fake.join(room, house.outsider)


def after_the_notice(house: House) -> None:
    house.clock.advance(16 * 60)


def invitations_to_us(house: House) -> None:
    for person in (house.people["wabup"], house.outsider):
        chat = house.fake.room(person, name="chat", encrypted=True)
        house.fake.invite(chat, person, house.bot, direct=True)


def one_photo(house: House) -> None:
    house.photo("dlh", caption=REPORT)


def the_same_of_another_unit(house: House) -> None:
    house.photo("pupr", caption=REPORT)


def looked_at(house: House) -> None:
    """A verifier taps the card, which is the newest that offers a tap."""
    room = house.rooms["control"]
    chips = [one for one in house.events(room, house.bot, "m.reaction") if one["content"]]
    card = chips[-1]["content"]["m.relates_to"]["event_id"]
    house.fake.react(room, house.people["ahli"], card, "✅")


SCENARIOS: dict[str, tuple[Step, ...]] = {
    "messages": (order, answers),
    "reactions": (order, reactions),
    "edits": (order, a_minute_later, answers),
    "corrections": (order, wrong_tag),
    "invitation": (knock,),
    "removal": (intruder, after_the_notice),
    "invitations to us": (invitations_to_us,),
    "ban": (deeds.ban,),
    "unban": (deeds.unban,),
    "redaction": (deeds.redact, deeds.enter_the_chat),
    "lock": (deeds.lock, deeds.half_an_hour_later),
    "replaced room": (deeds.replace_the_room, deeds.let_in),
    "space": (),
    "pictures": (order, one_photo, the_same_of_another_unit, deeds.enter_to_hear_of_a_photo, looked_at),
}

PREPARED: dict[str, Step] = {
    "ban": deeds.experts_may_ban,
    "unban": deeds.shut_out,
    "redaction": deeds.guest_writes,
    "lock": deeds.level_of_their_own,
    "space": deeds.space_to_fill,
}
"""How a house is before a process comes to it again."""


@pytest.fixture
async def known(house: House) -> House:
    """A house that a bridge has seen; what it set out to do at first sight is done."""
    process = await house.start()
    await process.settle()
    await house.kill()
    await house.save()
    return house


async def play(house: House, steps: tuple[Step, ...], points: Points) -> None:
    await house.survive(points)
    for step in (*steps, a_minute_later):
        step(house)
        await house.survive(points)


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_crash_at_any_point_neither_loses_nor_doubles(known: House, name: str) -> None:
    """Stored, decided, recorded, sent, confirmed: whichever comes last before the end, the rest follows."""
    await at_every_point(known, name)


@pytest.mark.parametrize("house", ["encrypted"], indirect=True)
async def test_nor_does_one_in_encrypted_rooms(known: House) -> None:
    """What we sent is recognised by what is inside."""
    await at_every_point(known, "edits")


async def at_every_point(known: House, name: str) -> None:
    """Play a scenario once undisturbed, and once for each point at which the process can die."""
    steps = SCENARIOS[name]
    if name in PREPARED:
        PREPARED[name](known)
        await known.save()
    uncommitted = name == "removal"
    undisturbed = Points(uncommitted=uncommitted)
    await play(known, steps, undisturbed)
    await check(known)
    assert kinds(known) >= KINDS[name]
    expected = shown(known)
    assert len(undisturbed.passed) > 5
    for at in range(1, len(undisturbed.passed) + 1):
        await known.back()
        points = Points(at, uncommitted=uncommitted)
        await play(known, steps, points)
        # What came in after the start changes a card that was edited a moment ago.
        a_minute_later(known)
        await known.survive(Points())
        try:
            await check(known)
            assert shown(known) == expected
        except AssertionError as failed:
            failed.add_note(f"died at point {at}, {points.passed[-1]}")
            raise


def shown(house: House) -> dict[str, object]:
    """What people see, and what the record says, without ids and times.

    Whether the making of a direct chat is seen before it is noted as one, is left to chance.
    """
    chats = {room for (room,) in house.rows("SELECT room FROM room WHERE kind = 'direct'")}
    return {
        "said": {kind: sorted(ID.sub("!", body) for body in house.said(kind)) for kind in house.rooms},
        "chips": sorted(
            one["content"]["m.relates_to"]["key"].strip()
            for one in house.events(house.rooms["forum"], house.bot, "m.reaction")
            if one["content"]
        ),
        "everywhere": sorted(
            sorted((user, room.membership(user)) for user in (*house.people.values(), house.bot))
            for room in house.fake.world.rooms.values()
        ),
        "outsider": house.fake.membership(house.rooms["forum"], house.outsider),
        "levels": house.fake.content(house.rooms["forum"], "m.room.power_levels"),
        "acts": sorted((fact.result, repr(fact.before)) for fact in house.facts(f.ActDone)),
        "facts": sorted(
            type(fact).__name__
            for fact in house.facts(f.Fact)
            if not isinstance(fact, f.Started | f.ActDone)
            and not (isinstance(fact, f.RoomChanged) and fact.room in chats)
        ),
    }


EFFECTS: dict[str, Callable[[House], tuple[AnyEffect, ...]]] = {
    "levels": lambda house: (
        SetLevels(room=house.rooms["forum"], changes={"events_default": 10}, act="A-900"),
        SetLevels(room=house.rooms["forum"], changes={f"users/{house.people['ahli']}": 50}, act="A-901"),
    ),
    "servers": lambda house: (
        SetServers(room=house.rooms["forum"], changes={"deny/buruk.example": 1}, act="A-900"),
        SetServers(room=house.rooms["forum"], changes={"ip_literals": 0}, act="A-901"),
    ),
    "upload": lambda house: (PostBundle(room=house.rooms["audit"], week="2026-W47", ref="week:2026-W47.bundle"),),
    "answer to something posted": lambda house: (
        Say(room=house.rooms["forum"], key="sealed.ask", values={"forum": "x"}, ref="one"),
        Say(room=house.rooms["forum"], key="sealed.ask", values={"forum": "y"}, reply_to="one"),
        React(room=house.rooms["forum"], to="one", key="📌", ref="one.chip"),
        Retract(room=house.rooms["forum"], ref="one.chip"),
    ),
    "direct chat": lambda house: (Say(person="dlh", key="sealed.ask", values={"forum": "x"}, ref="private"),),
    "discarding": lambda house: (Discard(sha256s=(unused(house),)),),
}


def unused(house: House) -> str:
    """A file of the archive that no record needs any more; its SHA-256."""
    assert house.process is not None
    digest = hashlib.sha256(b"old").hexdigest()
    place = house.process.archive._place(digest)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"old")
    return digest


@pytest.mark.parametrize("name", EFFECTS)
async def test_a_crash_while_an_effect_is_carried_out_leaves_it_done_once(known: House, name: str) -> None:
    """State, uploads, answers, redactions and new rooms: each is looked for before it is repeated."""
    undisturbed = Points()
    await carry_out(known, name, undisturbed)
    await check(known)
    assert kinds(known) >= KINDS[name]
    assert len(undisturbed.passed) > 2
    for at in range(1, len(undisturbed.passed) + 1):
        await known.back()
        points = Points(at)
        await carry_out(known, name, points)
        try:
            await check(known)
        except AssertionError as failed:
            failed.add_note(f"died at point {at}, {points.passed[-1]}")
            raise


def kinds(house: House) -> set[type]:
    """The kinds of effect that were carried out."""
    bodies = house.rows("SELECT effect FROM outbox WHERE state = 'confirmed' AND error = ''")
    return {type(decode_effect(bytes(body))) for (body,) in bodies}  # type: ignore[call-overload]


KINDS: dict[str, set[type]] = {
    "messages": {Say, React, Refresh},
    "reactions": {React, Refresh},
    "edits": {React, Refresh},
    "corrections": {Retract},
    "invitation": {Invite},
    "removal": {Remove},
    "invitations to us": {Join, Decline},
    "ban": {Ban},
    "unban": {Unban, Invite},
    "redaction": {Redact},
    "lock": {SetLevels},
    "replaced room": {Follow, Invite},
    "space": {Link},
    "pictures": {ShowPictures, React, Refresh, Say},
    "levels": {SetLevels},
    "servers": {SetServers},
    "upload": {PostBundle},
    "answer to something posted": {Say, React, Retract},
    "direct chat": {Say},
    "discarding": {Discard},
}
"""What a scenario carries out at least."""


def test_every_kind_of_effect_dies_at_every_point() -> None:
    """A kind that is added gets a scenario here."""
    assert KINDS.keys() == SCENARIOS.keys() | EFFECTS.keys()
    assert set().union(*KINDS.values()) == set(get_args(AnyEffect))


async def carry_out(house: House, name: str, points: Points) -> None:
    process = await house.start()
    await process.settle()
    await process.want(*EFFECTS[name](house))
    await house.kill()
    await house.survive(points)
    if name == "discarding":
        assert not [file for file in (house.state / "archive").rglob("*") if file.is_file()]
    if name == "direct chat":
        made = [room for room in house.fake.world.rooms if room not in house.rooms.values()]
        assert len(made) == 1, "one chat is made, whatever happens"
        house.fake.join(made[0], house.people["dlh"])
        house.clock.advance(61)
        await house.survive(points)
        said = house.events(made[0], house.bot, "m.room.message")
        assert len(said) == 1


async def test_a_crash_inside_a_transaction_leaves_no_trace_of_it(known: House) -> None:
    """Whatever statement of a transaction comes last, the half of it is gone and the row is decided again."""
    process = await known.start()
    await process.settle()
    before = len(known.facts(f.Fact))
    known.say("wabup", ORDER)
    process.intake._deciding = None
    await process.sync()
    ledger = process.ledger
    ran = 0

    async def dying(at: int) -> None:
        def work(store):  # type: ignore[no-untyped-def]
            nonlocal ran
            real, ran = store.run, 0

            def counting(sql: str, params: object = ()) -> object:
                nonlocal ran
                ran += 1
                if ran == at:
                    raise Crash("in a transaction")
                return real(sql, params)

            store.run = counting
            try:
                return decide_some(store, process.books, known.clock.now())
            finally:
                del store.run

        await super(type(ledger), ledger).write(work)

    for at in range(1, 400):
        try:
            await dying(at)
        except Crash:
            assert len(known.facts(f.Fact)) == before
            continue
        break
    else:
        raise AssertionError("the transaction never ends")
    assert ran > 10
    await process.settle()
    await check(known)


async def test_a_room_key_that_came_just_before_the_end_is_used_after_the_start(
    known: House,
) -> None:
    """Keys are committed before the ledger; a process that dies in between still opens what they open."""
    crypto = Glass()
    crypto.missing.add("s1")
    process = await known.start(crypto=crypto)
    await process.settle()
    event = known.fake.say(
        known.rooms["forum"], known.people["wabup"], letter(ORDER, session="s1"), "m.room.encrypted"
    )
    await process.settle()
    assert known.rows("SELECT state FROM inbox WHERE key = ?", event) == [("sealed",)]
    crypto.missing.clear()
    await known.kill()
    process = await known.start(crypto=crypto)
    await process.settle()
    assert known.rows("SELECT state, kind FROM inbox WHERE key = ?", event) == [("done", "opened")]
    assert [d.event for d in known.facts(f.Directive)] == [event]
