"""Acts on people and rooms: one visible effect each, whatever dies between sending and noting it."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from bridge.ledger import acts, outbox, record
from bridge.model import facts as f
from bridge.model.effects import AnyEffect, Ban, Redact, Remove, SetLevels, Unban
from bridge.model.event import Json
from bridge.model.situation import ActView, Outcome
from tests.faults.checks import check
from tests.faults.house import House
from tests.faults.points import Crash, Points
from tests.faults.process import FORUM, Process


class AfterTheRequest(Points):
    """Dies when the homeserver has done what was asked, before its answer is read."""

    def hit(self, name: str) -> None:
        self.alive()
        self.passed.append(name)
        self.dead = name.startswith(("after PUT", "after POST"))
        self.alive()


def recorded(house: House, number: str) -> ActView:
    """An act, as the ledger has it."""
    with house.store() as store:
        view = acts.act_view(store, FORUM, number)
    assert view is not None
    return view


def act(number: str, verb: str, room: str, **more: object) -> f.Act:
    """An act by an expert's command."""
    fields: dict[str, object] = {
        "number": number,
        "verb": verb,
        "room": room,
        "rule": "command",
        "by": "ahli",
        "policy_version": 1,
        "roster_version": 1,
        "at": 1,
        "cause": "$command",
        **more,
    }
    return msgspec.convert(fields, f.Act)


async def decide(process: Process, house: House, fact: f.Act, *effects: AnyEffect) -> None:
    """A rule has decided an act."""
    now = house.clock.now()
    await process.ledger.write(
        lambda store: record.record(
            store,
            FORUM,
            Outcome(facts=[fact], effects=list(effects)),
            now=now,
            cause="test",
            letters=process.book.series,
        )
    )


async def dies_and_comes_back(house: House, fact: f.Act, effect: AnyEffect) -> None:
    """Carried out by a process that dies right after the request, then by another."""
    process = await house.start()
    await process.settle()
    await decide(process, house, fact, effect)
    process.points = mortal = AfterTheRequest()
    process.requests.points = process.ledger.points = mortal
    with pytest.raises(Crash):
        await process.settle()
    await house.kill()
    await asyncio.sleep(0)
    await (await house.start()).rest()


def changes_of(house: House, room: str, kind: str, membership: str = "") -> list[Json]:
    """What the bot did of a kind."""
    return [
        event
        for event in house.events(room, house.bot, kind)
        if not membership or event["content"].get("membership") == membership
    ]


async def test_a_ban_stands_once_and_is_our_doing(house: House) -> None:
    """Found so after a try of which no answer came: done, not "was so already", so that it can be undone."""
    room, who = house.rooms["forum"], house.people["dlh"]
    ban = Ban(room=room, user=who, reason="x", act="A-901")
    await dies_and_comes_back(house, act("A-901", "ban", room, user=who), ban)
    assert len(changes_of(house, room, "m.room.member", "ban")) == 1
    assert recorded(house, "A-901").result == "done"
    await check(house)


async def test_an_unban_is_done_once(house: House) -> None:
    """And invites nobody by itself."""
    room, who = house.rooms["forum"], house.people["dlh"]
    house.fake.ban(room, house.bot, who)
    lifted = Unban(room=room, user=who, reason="", act="A-901")
    await dies_and_comes_back(house, act("A-901", "unban", room, user=who), lifted)
    assert house.fake.world.rooms[room].membership(who) == "leave"
    assert recorded(house, "A-901").result == "done"


async def test_a_removal_is_done_once(house: House) -> None:
    """Found so after a try of which no answer came: it was us."""
    room, who = house.rooms["forum"], house.people["dlh"]
    removal = Remove(room=room, user=who, reason="x", act="A-901")
    await dies_and_comes_back(house, act("A-901", "remove", room, user=who), removal)
    assert len(changes_of(house, room, "m.room.member", "leave")) == 1
    assert recorded(house, "A-901").result == "done"


async def test_what_a_mute_found_survives_a_crash_between_sending_and_noting(house: House) -> None:
    """The level before is put back at its end, though nobody heard the answer."""
    room, who = house.rooms["forum"], house.people["ahli"]
    levels = house.fake.content(room, "m.room.power_levels") or {}
    users = {**levels.get("users", {}), who: 25}
    house.fake.state(room, house.people["bupati"], "m.room.power_levels", {**levels, "users": users})
    path = f"users/{who}"
    mute = act("A-901", "mute", room, user=who, changes={path: -1})
    await dies_and_comes_back(house, mute, SetLevels(room=room, changes={path: -1}, act="A-901"))
    found = recorded(house, "A-901")
    assert (found.result, found.before) == ("done", {path: 25})
    assert house.process is not None
    unmute = act("A-902", "unmute", room, user=who, undoes="A-901")
    await decide(house.process, house, unmute, SetLevels(room=room, changes={}, restores="A-901", act="A-902"))
    await house.process.rest()
    assert (house.fake.content(room, "m.room.power_levels") or {})["users"][who] == 25
    assert recorded(house, "A-901").standing is False


async def test_a_redaction_is_done_once(house: House) -> None:
    """Repeated after an unconfirmed try, the room has one."""
    process = await house.start()
    await process.settle()
    message = house.say("dlh", "nomor rekening saya")
    await process.settle()
    await house.kill()
    room = house.rooms["forum"]
    redaction = Redact(room=room, event=message, reason="x", act="A-901")
    await dies_and_comes_back(house, act("A-901", "redact", room, target=message), redaction)
    assert [event["redacts"] for event in changes_of(house, room, "m.room.redaction")] == [message]
    assert recorded(house, "A-901").result == "done"


async def test_nothing_is_redacted_before_its_file_is_stored(house: House) -> None:
    """While the archive cannot be written the message stays; then the file is kept first (P5)."""
    process = await house.start()
    await process.settle()
    content = {
        "msgtype": "m.file",
        "body": "daftar.pdf",
        "url": house.fake.upload(b"%PDF-1.7 daftar", "application/pdf"),
        "info": {},
    }
    room = house.rooms["forum"]
    message = house.fake.say(room, house.people["dlh"], content)
    await process.settle()
    house.fake.fail("GET */download/*", "status", times=3)
    redaction = Redact(room=room, event=message, reason="x", act="A-901")
    await decide(process, house, act("A-901", "redact", room, target=message), redaction)
    await process.settle()
    assert changes_of(house, room, "m.room.redaction") == []
    with house.store() as store:
        ((_, where, state, why),) = outbox.stuck(store)
    assert (where, state, why) == (room, "waiting", "its files are not stored yet")
    for _ in range(12):
        house.clock.advance(60)
        await process.settle()
    assert [event["redacts"] for event in changes_of(house, room, "m.room.redaction")] == [message]
    (judged,) = [fact for fact in house.facts(f.EvidenceJudged) if fact.event == message]
    assert judged.sha256
    assert any(judged.sha256 in str(path) for path in (house.state / "archive").rglob("*"))


async def test_what_was_never_recorded_is_not_redacted(house: House) -> None:
    """Nothing would be left of it: the act fails, and says so."""
    process = await house.start()
    await process.settle()
    room = house.rooms["forum"]
    redaction = Redact(room=room, event="$never", reason="x", act="A-901")
    await decide(process, house, act("A-901", "redact", room, target="$never"), redaction)
    await process.settle()
    assert changes_of(house, room, "m.room.redaction") == []
    assert recorded(house, "A-901").result == "failed"


async def test_an_act_taken_back_in_time_never_goes(house: House) -> None:
    """Undone in the same breath: the homeserver is asked for nothing, and the record says why."""
    process = await house.start()
    await process.settle()
    room, who = house.rooms["forum"], house.people["dlh"]
    await decide(
        process, house, act("A-901", "ban", room, user=who), Ban(room=room, user=who, reason="", act="A-901")
    )
    lifted = act("A-902", "unban", room, user=who, undoes="A-901")
    await decide(process, house, lifted, Unban(room=room, user=who, reason="", act="A-902"))
    await process.settle()
    assert changes_of(house, room, "m.room.member", "ban") == []
    assert (recorded(house, "A-901").result, recorded(house, "A-902").result) == ("cancelled", "already")
    assert recorded(house, "A-901").standing is False


async def test_what_a_rolled_back_homeserver_lost_is_done_again(house: House) -> None:
    """A ban, and a mute with its end: in their order, to the same levels."""
    process = await house.start()
    await process.settle()
    room, who, expert = house.rooms["forum"], house.people["dlh"], house.people["ahli"]
    path = f"users/{expert}"
    house.fake.state(room, house.bot, "m.room.power_levels", {"users": {expert: 25}})
    await process.rest()
    snapshot = house.fake.snapshot()
    house.clock.advance(60)
    banned = Ban(room=room, user=who, reason="x", act="A-901")
    muted = SetLevels(room=room, changes={path: -1}, act="A-902")
    await decide(process, house, act("A-901", "ban", room, user=who), banned)
    await decide(process, house, act("A-902", "mute", room, user=expert, changes={path: -1}), muted)
    await process.rest()
    assert house.fake.membership(room, who) == "ban"
    house.fake.rollback(snapshot)
    assert house.fake.membership(room, who) == "join"
    await process.reconnect()
    await process.rest()
    assert house.fake.membership(room, who) == "ban"
    assert (house.fake.content(room, "m.room.power_levels") or {})["users"][expert] == -1
    ended = act("A-903", "unmute", room, user=expert, undoes="A-902")
    await decide(process, house, ended, SetLevels(room=room, changes={}, restores="A-902", act="A-903"))
    await process.rest()
    assert (house.fake.content(room, "m.room.power_levels") or {})["users"][expert] == 25
