"""Locking a room and opening it again, at the desk: who may, what is raised, what is put back, and what is said."""

from __future__ import annotations

import pytest

from bridge.model import facts as f
from bridge.model.effects import SetLevels
from bridge.model.event import Json
from tests.forum.desk import BOT, CONTROL, FORUM, Desk, user
from tests.forum.powers import carry_out, levels, set_levels

OURS: Json = {"users": {BOT: 100, user("dlh-1"): 10}, "events": {"m.reaction": 5, "m.room.name": 50}, "redact": 50}


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The forum's room has levels."""
    set_levels(desk, OURS)
    return desk


def test_a_lock_lets_those_who_lead_write_and_nobody_else(desk: Desk) -> None:
    """One change of levels; join rules and what others may do as state stay as they were."""
    desk.say("ahli-1", "!kunci sampai jam 17.00 rapat pimpinan")
    (effect,) = carry_out(desk)
    now = levels(desk)
    assert now["events_default"] == 50
    assert now["events"] == {"m.reaction": 50, "m.room.name": 50}
    leading = [user(person) for person in ("bupati", "wabup", "sekda", "ahli-1", "ahli-2")]
    assert now["users"] == {BOT: 100, user("dlh-1"): 10, **dict.fromkeys(leading, 50)}
    assert effect.room == FORUM
    (act,) = [act for act in desk.facts(f.Act) if act.verb == "lock"]
    assert (act.by, act.rule, act.reason) == ("ahli-1", "command", "rapat pimpinan")
    assert act.until is not None
    assert desk.book.local(act.until).hour == 17


def test_the_room_hears_it_once_with_the_time_and_the_way_for_emergencies(desk: Desk) -> None:
    """A notice that does not ring; the command needs no other answer where it was said."""
    desk.say("ahli-1", "!kunci sampai jam 17.00 rapat pimpinan")
    (told,) = desk.said(FORUM)
    assert (told.key, told.rings) == ("lock.closed_until", False)
    assert str(told.values["until"]).startswith("2026-11-20T17:00")
    assert [line.key for line in told.lines] == ["lock.why", "lock.emergency"]


def test_opening_puts_back_exactly_what_was_there(desk: Desk) -> None:
    desk.say("bupati", "!kunci")
    carry_out(desk)
    desk.say("ahli-2", "!buka", room=CONTROL)
    carry_out(desk)
    assert levels(desk) == OURS
    assert desk.heard(FORUM) == ["lock.closed", "lock.opened"]
    assert desk.heard(CONTROL) == ["lock.lifted"]
    lock, opened = [act for act in desk.facts(f.Act) if act.verb in ("lock", "unlock")]
    assert opened.undoes == lock.number


def test_what_was_changed_on_purpose_meanwhile_stays(desk: Desk) -> None:
    """Opening touches only what still holds the lock's value."""
    desk.say("bupati", "!kunci")
    carry_out(desk)
    changed = {**levels(desk), "users": {**levels(desk)["users"], user("ahli-1"): 75}, "redact": 60}
    set_levels(desk, changed)
    desk.say("bupati", "!buka")
    carry_out(desk)
    assert levels(desk) == {**OURS, "users": {**OURS["users"], user("ahli-1"): 75}, "redact": 60}


def test_a_lock_with_an_end_opens_by_itself_once(desk: Desk) -> None:
    desk.say("ahli-1", "!kunci 2 jam", room=CONTROL)
    carry_out(desk)
    assert desk.heard(CONTROL) == ["lock.done"]
    desk.move(minutes=119)
    assert "lock.opened" not in desk.heard(FORUM)
    desk.move(minutes=2)
    carry_out(desk)
    assert levels(desk) == OURS
    desk.move(hours=5)
    assert desk.heard(FORUM) == ["lock.closed_until", "lock.opened"]
    assert [act.verb for act in desk.facts(f.Act)] == ["lock", "unlock"]


def test_opened_by_hand_it_does_not_open_again_at_its_end(desk: Desk) -> None:
    desk.say("ahli-1", "!kunci 2 jam")
    carry_out(desk)
    desk.say("ahli-1", "!buka")
    carry_out(desk)
    desk.move(hours=3)
    assert [act.verb for act in desk.facts(f.Act)] == ["lock", "unlock"]


def test_opening_before_the_lock_was_carried_out(desk: Desk) -> None:
    """What it found is known only when it is delivered; nothing of it may stay behind."""
    desk.say("bupati", "!kunci")
    desk.say("bupati", "!buka")
    carry_out(desk)
    assert levels(desk) == OURS


@pytest.mark.parametrize("person", ["dlh-1", "sekda", "auditor-1"])
def test_others_may_not(desk: Desk, person: str) -> None:
    desk.say(person, "!kunci")
    assert desk.heard(FORUM) == ["command.no_right"]
    assert desk.effects(SetLevels) == []


def test_a_locked_room_is_not_locked_twice_and_an_open_one_not_opened(desk: Desk) -> None:
    desk.say("bupati", "!buka")
    desk.say("bupati", "!kunci")
    carry_out(desk)
    desk.say("ahli-1", "!kunci 1 jam")
    assert desk.heard(FORUM) == ["lock.none", "lock.closed", "lock.already"]
    assert len(desk.effects(SetLevels)) == 1


def test_a_time_that_is_over_is_said(desk: Desk) -> None:
    desk.say("bupati", "!kunci sampai jam 05.00")
    assert desk.heard(FORUM) == ["lock.over"]
    assert desk.effects(SetLevels) == []


def test_a_bot_without_the_power_says_so(desk: Desk) -> None:
    set_levels(desk, {"users": {BOT: 0, user("pupr-1"): 100}})
    desk.say("bupati", "!kunci")
    assert desk.heard(FORUM) == ["lock.no_power"]
    assert desk.facts(f.Act) == []


def test_heads_who_have_a_level_are_kept_out_too_and_the_muted_stay_muted(desk: Desk) -> None:
    """The level is above what anybody else holds; who was muted does not speak because of a lock."""
    set_levels(desk, {"users": {BOT: 100, user("dlh-1"): 60, user("ahli-2"): -1}})
    desk.say("bupati", "!kunci")
    carry_out(desk)
    now = levels(desk)
    assert now["events_default"] == 61
    assert (now["users"][user("dlh-1")], now["users"][user("bupati")]) == (60, 61)
    assert now["users"][user("ahli-2")] == -1


def test_creators_of_new_rooms_do_not_stand_among_the_levels(desk: Desk) -> None:
    """Room version 12: who made the room stands above all numbers and may not be listed."""
    set_levels(desk, {"users": {}}, version="12", creators=[user("bupati")])
    desk.say("ahli-1", "!kunci")
    carry_out(desk)
    leading = [user(person) for person in ("wabup", "sekda", "ahli-1", "ahli-2")]
    assert levels(desk)["users"] == dict.fromkeys(leading, 50)


def test_in_watch_nothing_is_locked(tmp_path: object) -> None:
    desk = Desk(tmp_path, stage="watch")  # type: ignore[arg-type]
    set_levels(desk, OURS)
    desk.say("ahli-1", "!kunci", room=CONTROL)
    assert desk.heard(CONTROL) == ["command.only_watching"]
