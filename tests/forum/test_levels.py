"""Power levels changed by hand: recorded, shown in the control room, and no authority in the forum."""

from __future__ import annotations

from pathlib import Path

import msgspec

from bridge.model import facts as f
from bridge.model.effects import Say
from bridge.model.event import Json
from tests.forum.desk import BOT, CONTROL, FORUM, Desk, user

OURS: Json = {"users": {BOT: 100}, "redact": 50}
RAISED: Json = {"users": {BOT: 100, user("pupr-1"): 100}, "redact": 50}


def _set(desk: Desk, after: Json, *, before: Json | None = OURS, by: str = "pupr-1", room: str = FORUM) -> None:
    event = desk.state(room, "m.room.power_levels", "", after, sender=by if by.startswith("@") else user(by))
    desk.put(msgspec.structs.replace(event, prev_content=before))


def _told(desk: Desk) -> list[Say]:
    return [say for say in desk.said(CONTROL) if say.key.startswith("levels.")]


def test_a_member_raised_by_hand_is_shown_in_the_control_room(desk: Desk) -> None:
    """By whom, and what is different; nobody is rung and nothing appears in the forum."""
    _set(desk, RAISED)
    (told,) = _told(desk)
    assert (told.key, told.values["name"], told.rings) == ("levels.forum", "Pupr-1 Contoh", False)
    assert [tuple(line.values.values()) for line in told.lines][:1] == [(f"users/{user('pupr-1')}", "–", "100")]
    assert desk.said(FORUM) == []


def test_in_the_control_room_too(desk: Desk) -> None:
    """Whoever takes over the control room runs the forum."""
    _set(desk, RAISED, room=CONTROL)
    assert [say.key for say in _told(desk)] == ["levels.control"]


def test_what_the_bot_did_or_what_changed_nothing_is_no_news(desk: Desk) -> None:
    """Nor is a first state, of which nobody knows what was before."""
    _set(desk, RAISED, by=BOT)
    _set(desk, OURS)
    _set(desk, RAISED, before=None)
    assert _told(desk) == []
    assert len(desk.facts(f.LevelsSeen)) == 2


def test_levels_of_no_form_are_recorded_too(desk: Desk) -> None:
    """Strings, fractions, huge numbers and whatever is nested: short, and no trouble."""
    deep: Json = {}
    for _ in range(700):
        deep = {"x": deep}
    odd: Json = {
        "ban": "100",
        "kick": 1.5,
        "users": {user("pupr-1"): 2**60, user("bupati"): deep},
        "events": [deep],
    }
    _set(desk, odd)
    (fact,) = desk.facts(f.LevelsSeen)
    assert {(key, now) for key, _, now in fact.changes} >= {("ban", "100"), ("kick", "1.5"), ("events", "list")}
    assert len(fact.changes) == 7


def test_a_level_gives_no_authority(desk: Desk) -> None:
    """What the room's new owner passes on waits to be confirmed, as before; the roster says who may order."""
    _set(desk, RAISED)
    desk.say("pupr-1", "Seluruh OPD wajib hadir besok jam 8 di lapangan")
    assert [order.confirmed for order in desk.facts(f.Directive)] == [False]


def test_the_card_of_a_living_room_follows(tmp_path: Path) -> None:
    """It shows what the bot may not do; in `watch` nothing else is said."""
    desk = Desk(tmp_path, stage="watch")
    desk.store.begin()
    desk.store.run("UPDATE room SET made_by_us = 0 WHERE room = ?", (FORUM,))
    desk.store.commit()
    _set(desk, RAISED)
    assert desk.cards() == ["adoption"]
    assert _told(desk) == []


def test_a_bot_that_lost_a_permission_says_once_what_is_missing_and_when_it_is_back(desk: Desk) -> None:
    """With the level that mends it; every further change says nothing new."""
    before: Json = {"users": {BOT: 100, user("pupr-1"): 100}}
    _set(desk, {"users": {BOT: 0, user("pupr-1"): 100}}, before=before)
    _set(desk, {"users": {BOT: 0, user("pupr-1"): 100}, "redact": 60}, before={"users": {BOT: 0}})
    _set(desk, before, before={"users": {BOT: 0}})
    lost, back = [say for say in desk.said(CONTROL) if say.key.startswith("permission.")]
    assert (lost.key, back.key) == ("permission.lost_forum", "permission.back_forum")
    assert {"kick", "ban", "redact", "m.room.power_levels"} <= set(lost.values["missing"])  # type: ignore[arg-type]
    assert lost.lines[0].values == {"bot": BOT, "level": 50}


def test_a_permission_is_lost_by_a_higher_threshold_too(desk: Desk) -> None:
    """The bot's own level may stay where it was."""
    _set(desk, {"users": {BOT: 50}, "kick": 75}, before={"users": {BOT: 50}})
    (lost,) = [say for say in desk.said(CONTROL) if say.key.startswith("permission.")]
    assert lost.values["missing"] == ["kick"]
