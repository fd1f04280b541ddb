"""The floor of a meeting at the desk: hands in a queue, one who speaks, and levels that are put back exactly."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.ledger import meetings, rooms
from bridge.model import facts as f
from bridge.model.effects import React, SetLevels
from bridge.model.event import Json
from bridge.model.situation import MeetingView
from tests.forum.delivering import World, deliver
from tests.forum.desk import BOT, CONTROL, FORUM, Desk, policy_text, user
from tests.forum.powers import carry_out, levels, set_levels
from tests.forum.test_meetings import shown

OURS: Json = {"users": {BOT: 100, user("dlh-1"): 10}, "events": {"m.room.name": 50}, "redact": 50}


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """A meeting of the regent runs in a room with levels."""
    set_levels(desk, OURS)
    desk.say("bupati", "rapat kita mulai")
    return desk


def meeting(desk: Desk) -> MeetingView:
    found = meetings.view(desk.store, "uji", "R-1", "running")
    assert found is not None
    return found


def queue(desk: Desk) -> list[str]:
    return [hand.person for hand in meeting(desk).queue]


def speaker(desk: Desk) -> str:
    found = meeting(desk).speaker
    return found.person if found else ""


def posted(desk: Desk, ref: str) -> str:
    """The event of a card that was posted."""
    desk.deliver()
    row = desk.store.one("SELECT event FROM posted WHERE ref = ?", (ref,))
    assert row is not None
    return str(row[0])


def tap(desk: Desk, person: str, event: str, key: str, room: str = CONTROL) -> str:
    content: Json = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": key}}
    return desk.put(desk.message(person, content, kind="m.reaction", room=room))


def test_hands_wait_in_order_and_once(desk: Desk) -> None:
    """By words and by a tap on the card; taken down again, the hand is gone."""
    asked = desk.say("dlh-1", "Mohon izin bicara Pak Bupati")
    assert desk.chip(asked) == "✋"
    hand = tap(desk, "pupr-1", posted(desk, "R-1.meeting"), "✋", FORUM)
    desk.say("kes-1", "izin bicara")
    again = desk.say("dlh-1", "interupsi")
    assert [one.key for one in desk.effects(React) if one.to == again] == []
    assert queue(desk) == ["dlh-1", "pupr-1", "kes-1"]
    desk.redact("pupr-1", hand)
    assert queue(desk) == ["dlh-1", "kes-1"]
    assert "Menunggu giliran: 2 orang, berikutnya Dlh-1 Contoh dan Kes-1 Contoh" in shown(desk, "meeting:R-1")
    control = shown(desk, "queue:R-1:0")
    assert control[0] == "✋ R-1 · 2 orang menunggu giliran bicara"
    assert [one.key for one in desk.effects(React) if one.room == CONTROL] == ["✅"]


def test_a_tap_of_an_expert_gives_the_floor_to_the_next_and_an_old_card_to_nobody(desk: Desk) -> None:
    """Two experts who tap at once move the queue by one; a head's tap moves nothing."""
    for person in ("dlh-1", "pupr-1", "kes-1"):
        desk.say(person, "izin bicara")
    first = posted(desk, "R-1.queue-0")
    tap(desk, "dlh-1", first, "✅")
    assert speaker(desk) == ""
    tap(desk, "ahli-1", first, "✅")
    tap(desk, "ahli-2", first, "✅")
    assert (speaker(desk), queue(desk)) == ("dlh-1", ["pupr-1", "kes-1"])
    (told,) = [say for say in desk.said() if say.key == "meeting.floor_given_unit"]
    assert (told.mentions, told.rings) == ((user("dlh-1"),), True)
    assert desk.facts(f.Floor)[-1].attested
    assert shown(desk, "queue:R-1:0") == ["✋ R-1 · giliran sudah berpindah"]
    tap(desk, "ahli-2", posted(desk, "R-1.queue-1"), "✅")
    assert (speaker(desk), queue(desk)) == ("pupr-1", ["kes-1"])


def test_the_chair_gives_the_floor_by_words_and_by_name(desk: Desk) -> None:
    desk.say("kes-1", "izin bicara")
    desk.say("bupati", "Silakan Pak Kadis PUPR")
    assert speaker(desk) == "pupr-1"
    assert desk.facts(f.Directive) == []
    desk.say("bupati", "silakan kirim foto")
    desk.say("dlh-1", "Silakan Pak Kadis Kesehatan")
    assert speaker(desk) == "pupr-1"
    desk.say("ahli-1", f"!beri {user('kes-1')}", room=CONTROL)
    assert (speaker(desk), queue(desk)) == ("kes-1", [])
    desk.say("bupati", "!beri Camat Citta")
    assert speaker(desk) == "citta-1"
    desk.say("bupati", "!beri")
    assert speaker(desk) == ""
    assert desk.heard()[-1] == "meeting.floor_back"
    desk.say("bupati", "!beri")
    desk.say("bupati", "!beri siapa saja")
    desk.say("dlh-1", "!beri")
    assert desk.heard()[-3:] == ["meeting.queue_empty", "meeting.whom", "command.no_right"]


def test_a_closed_floor_lets_the_chair_those_who_lead_and_the_speaker_write(desk: Desk) -> None:
    """Everybody still reacts, so that a hand can be raised; nothing else in the levels moves."""
    desk.say("ahli-1", "!bergiliran", room=CONTROL)
    carry_out(desk)
    leading = [user(person) for person in ("bupati", "wabup", "sekda", "ahli-1", "ahli-2")]
    users = {BOT: 100, user("dlh-1"): 10, **dict.fromkeys(leading, 50)}
    closed: Json = {
        "users": users,
        "events": {"m.room.name": 50, "m.reaction": 0, "m.room.redaction": 0},
        "events_default": 50,
        "redact": 50,
    }
    assert levels(desk) == closed
    assert [line.key for line in desk.said()[-1].lines] == ["lock.emergency"]
    desk.say("bupati", "Silakan Pak Kadis PUPR")
    carry_out(desk)
    assert levels(desk)["users"][user("pupr-1")] == 50
    desk.say("bupati", "Silakan Bu Kadis Kesehatan")
    carry_out(desk)
    assert levels(desk) == {**closed, "users": {**users, user("kes-1"): 50}}
    desk.say("bupati", "rapat ditutup")
    carry_out(desk)
    assert levels(desk) == OURS
    assert [act.verb for act in desk.facts(f.Act)] == [
        *("floor", "speak", "speak_end", "speak", "speak_end", "floor_open")
    ]


def test_a_meeting_may_begin_with_a_closed_floor(tmp_path: Path) -> None:
    desk = Desk(tmp_path, policy=policy_text("meetings:\n  floor: closed\n"))
    set_levels(desk, OURS)
    desk.say("bupati", "rapat kita mulai")
    carry_out(desk)
    assert levels(desk)["events_default"] == 50
    desk.say("ahli-1", "!bebas")
    carry_out(desk)
    assert levels(desk) == OURS
    assert desk.heard() == ["meeting.floor_closed", "meeting.floor_open"]


def test_a_lock_by_hand_goes_before_the_floor(desk: Desk) -> None:
    """It finds the room as it was, and the end of the meeting opens nothing that people locked."""
    desk.say("ahli-1", "!bergiliran")
    desk.say("bupati", "Silakan Pak Kadis PUPR")
    carry_out(desk)
    desk.say("bupati", "!kunci")
    carry_out(desk)
    locked = levels(desk)
    assert (locked["events_default"], user("pupr-1") in locked["users"]) == (50, False)
    desk.say("ahli-1", "!bergiliran")
    assert desk.heard()[-1] == "lock.already"
    desk.say("bupati", "rapat ditutup")
    carry_out(desk)
    assert levels(desk) == locked
    desk.say("bupati", "!buka")
    carry_out(desk)
    assert levels(desk) == OURS


def test_a_muted_person_is_not_unmuted_by_the_floor(desk: Desk) -> None:
    desk.say("ahli-1", "!bergiliran")
    carry_out(desk)
    desk.say("ahli-1", f"!bisukan {user('pupr-1')} 2 jam ribut", room=CONTROL)
    carry_out(desk)
    desk.say("bupati", "Silakan Pak Kadis PUPR")
    desk.say("bupati", f"!beri {user('pupr-1')}")
    carry_out(desk)
    assert (speaker(desk), desk.heard()[-1]) == ("", "meeting.muted")
    assert levels(desk)["users"][user("pupr-1")] == -1


def test_whoever_was_muted_while_speaking_comes_back_as_before(desk: Desk) -> None:
    desk.say("ahli-1", "!bergiliran")
    desk.say("bupati", "Silakan Pak Kadis PUPR")
    carry_out(desk)
    desk.say("ahli-1", f"!bisukan {user('pupr-1')} 2 jam ribut", room=CONTROL)
    carry_out(desk)
    desk.say("bupati", "rapat ditutup")
    carry_out(desk)
    assert levels(desk)["users"][user("pupr-1")] == -1
    as_they_are = levels(desk)
    world = World(desk)
    world.set_levels(FORUM, as_they_are)
    desk.say("ahli-1", f"!suarakan {user('pupr-1')}", room=CONTROL)
    deliver(desk, world)
    assert world.levels[FORUM] == OURS


def test_closing_the_floor_can_be_undone_by_its_number(desk: Desk) -> None:
    desk.say("ahli-1", "!bergiliran")
    carry_out(desk)
    (act,) = desk.facts(f.Act)
    desk.say("ahli-1", f"!urungkan {act.number}", room=CONTROL)
    carry_out(desk)
    assert levels(desk) == OURS
    assert meeting(desk).floor is None


def test_an_emergency_gets_out_while_the_floor_is_closed(desk: Desk) -> None:
    """To the bot alone, as ever: the leaders are rung in the room."""
    desk.say("ahli-1", "!bergiliran")
    carry_out(desk)
    desk.store.begin()
    rooms.set_room(desk.store, "!d", forum="uji", kind="direct", person="dlh-1")
    rooms.set_membership(desk.store, "!d", "join")
    for who in (BOT, user("dlh-1")):
        rooms.apply_state(desk.store, [desk.state("!d", "m.room.member", who, {"membership": "join"})])
    rooms.apply_state(desk.store, [desk.state("!d", "m.room.encryption", "", {"algorithm": "m"})])
    desk.store.commit()
    desk.say("dlh-1", "#darurat banjir di Citta", room="!d")
    assert desk.heard()[-1] == "emergency.passed_on"


STEPS = st.sampled_from(
    [
        *(("dlh-1", "izin bicara"), ("pupr-1", "izin bicara"), ("kes-1", "izin bicara")),
        *(("bupati", "Silakan Pak Kadis PUPR"), ("bupati", "!beri"), ("ahli-1", f"!beri {user('kes-1')}")),
        *(("ahli-1", "!bergiliran"), ("ahli-1", "!bebas"), ("bupati", "!kunci"), ("bupati", "!buka")),
        *(("ahli-1", f"!bisukan {user('pupr-1')} 2 jam ribut"), ("ahli-1", f"!suarakan {user('pupr-1')}")),
        *(("", "deliver"), ("", "restart"), ("bupati", "rapat ditutup"), ("bupati", "rapat kita mulai")),
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEPS, max_size=14))
def test_any_course_of_a_meeting_ends_with_the_levels_as_they_were(steps: list[tuple[str, str]]) -> None:
    """Hands, floor, locks, mutes and restarts in any order, delivered late or at once: nothing of it stays."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        world = World(desk)
        world.set_levels(FORUM, OURS)
        desk.say("bupati", "rapat kita mulai")
        for person, text in steps:
            if text == "deliver":
                deliver(desk, world)
            elif text == "restart":
                desk = Desk(desk.store, serial=desk_serial(desk))
                world.desk = desk
            else:
                desk.say(person, text, room=CONTROL if text.startswith(("!bisukan", "!suarakan")) else FORUM)
            for view in meetings.listed(desk.store, "uji"):
                assert len({hand.person for hand in view.hands}) == len(view.hands)
                assert sum(hand.state == "given" for hand in view.hands) <= 1
                assert [hand.place for hand in view.queue] == sorted({hand.place for hand in view.queue})
        for person, text in (("bupati", "rapat ditutup"), ("bupati", "!buka")):
            desk.say(person, text)
        desk.say("ahli-1", f"!suarakan {user('pupr-1')}", room=CONTROL)
        for _ in range(4):
            deliver(desk, world)
            desk.clock.advance(10**7)
        assert world.levels[FORUM] == OURS
        desk.store.database.close()


def desk_serial(desk: Desk) -> int:
    """Where the numbers of events go on after a restart."""
    return next(desk._serial) + 1


def test_a_change_that_nobody_delivered_yet_is_taken_back_with_the_rest(desk: Desk) -> None:
    desk.say("ahli-1", "!bergiliran")
    desk.say("bupati", "Silakan Pak Kadis PUPR")
    desk.say("bupati", "rapat ditutup")
    world = World(desk)
    world.set_levels(FORUM, OURS)
    for _ in range(3):
        deliver(desk, world)
    assert world.levels[FORUM] == OURS
    assert len(desk.effects(SetLevels)) <= 4
