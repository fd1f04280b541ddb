"""Power levels kept as the roles have them: given, taken, seen to drift, and put right if the policy says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.ledger import inbox
from bridge.model import facts as f
from bridge.model.effects import Say, SetLevels
from bridge.model.event import Json
from tests.forum.desk import BOT, CONTROL, FORUM, Desk, policy_text, roster_text, user
from tests.forum.powers import by_hand, carry_out, levels, set_levels

ROLES = "levels:\n  roles: {leader: 50, deputy: 50, expert: 40}\n"
PLAIN: Json = {"users": {BOT: 100}}
KEPT = {
    BOT: 100,
    **{user(one): 50 for one in ("bupati", "wabup")},
    **{user(one): 40 for one in ("ahli-1", "ahli-2")},
}


def opened(place: Path, *, extra: str = "", roster: str | None = None, stage: str = "enforce") -> Desk:
    """A forum whose policy gives roles levels, in a room of the bot's."""
    desk = Desk(place, stage=stage, policy=policy_text(f"{ROLES}{extra}"), roster=roster)
    set_levels(desk, PLAIN)
    return desk


def look(desk: Desk) -> None:
    """The state of the rooms was read anew, as after a start."""
    desk.store.begin()
    inbox.add_row(
        desk.store, "uji", "members", f"members:{desk.clock.now()}", b"{}", at=desk.clock.now(), room=FORUM
    )
    desk.store.commit()
    desk.decide()


def told(desk: Desk) -> list[Say]:
    return [say for say in desk.said(CONTROL) if say.key.startswith("levels.")]


def acts(desk: Desk) -> list[f.Act]:
    return [act for act in desk.facts(f.Act) if act.verb == "levels"]


def test_roles_have_the_levels_of_the_policy_in_one_act(tmp_path: Path) -> None:
    """Whoever has no level by the policy has none in the room; a second look changes nothing."""
    desk = opened(tmp_path)
    look(desk)
    carry_out(desk)
    assert levels(desk) == {"users": KEPT}
    (act,) = acts(desk)
    assert (act.rule, act.by) == ("roles", "rule:roles")
    desk.clock.advance(60)
    look(desk)
    assert len(acts(desk)) == 1
    assert told(desk) == []


def test_while_it_is_under_way_it_is_not_decided_again(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    look(desk)
    desk.clock.advance(60)
    look(desk)
    assert len(desk.effects(SetLevels)) == 1
    assert told(desk) == []


@pytest.mark.parametrize("stage", ["watch", "tag", "remind"])
def test_below_enforce_nobodys_level_changes(tmp_path: Path, stage: str) -> None:
    desk = opened(tmp_path, stage=stage)
    look(desk)
    by_hand(desk, "pupr-1", {"users": {BOT: 100, user("pupr-1"): 50}})
    assert desk.effects(SetLevels) == []
    assert len(told(desk)) == (0 if stage == "watch" else 1)


def test_a_level_given_by_hand_is_reported_and_stays(tmp_path: Path) -> None:
    """Within the very row that brings it; once, however often the rooms are looked at."""
    desk = opened(tmp_path)
    look(desk)
    carry_out(desk)
    by_hand(desk, "wabup", {"users": {**KEPT, user("pupr-1"): 50}})
    (say,) = told(desk)
    assert say.key == "levels.forum"
    drift = next(line for line in say.lines if line.key == "levels.drift")
    assert drift.values == {"name": f"Pupr-1 Contoh ({user('pupr-1')})", "level": 50, "wanted": 0}
    desk.move(hours=30)
    look(desk)
    carry_out(desk)
    assert levels(desk)["users"][user("pupr-1")] == 50
    assert len(told(desk)) == 1
    assert len(acts(desk)) == 1


def test_a_level_taken_by_hand_is_reported_and_not_given_again(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    look(desk)
    carry_out(desk)
    by_hand(desk, "wabup", {"users": {who: level for who, level in KEPT.items() if who != user("ahli-1")}})
    desk.move(hours=30)
    carry_out(desk)
    assert user("ahli-1") not in levels(desk)["users"]
    assert len(told(desk)) == 1


def test_where_the_policy_says_repair_it_is_put_right_once(tmp_path: Path) -> None:
    """As an act that names its rule; the level is as the role has it, whatever was done."""
    desk = opened(tmp_path, extra="  keep: repair\n")
    look(desk)
    carry_out(desk)
    by_hand(desk, "wabup", {"users": {**KEPT, user("pupr-1"): 60, user("ahli-1"): 0}})
    carry_out(desk)
    assert levels(desk)["users"] == KEPT
    assert [(act.changes, act.rule) for act in acts(desk)[1:]] == [
        ({f"users/{user('ahli-1')}": 40, f"users/{user('pupr-1')}": None}, "roles")
    ]
    assert [line.key for line in told(desk)[0].lines][-1] == "levels.keep_repair"
    assert len(told(desk)) == 1


def test_whoever_holds_the_bots_own_level_is_reported_and_beyond_it(tmp_path: Path) -> None:
    """The bot cannot lower an equal, and does not try."""
    desk = opened(tmp_path, extra="  keep: repair\n")
    look(desk)
    carry_out(desk)
    by_hand(desk, "wabup", {"users": {**KEPT, user("pupr-1"): 100}})
    assert len(told(desk)) == 1
    assert len(acts(desk)) == 1


def test_the_bot_gives_no_more_than_it_can_take_back(tmp_path: Path) -> None:
    """Its own level less one, whatever the policy says."""
    desk = opened(tmp_path)
    set_levels(desk, {"users": {BOT: 50}, "events": {"m.room.power_levels": 50}})
    look(desk)
    carry_out(desk)
    assert levels(desk)["users"][user("bupati")] == 49
    assert levels(desk)["users"][user("ahli-1")] == 40


def test_creators_above_all_levels_are_left_out(tmp_path: Path) -> None:
    """Room version 12: they may not stand among the users, and the bot that made the room has no number."""
    desk = opened(tmp_path)
    set_levels(desk, {"users": {}}, version="12", creators=[user("bupati")])
    look(desk)
    carry_out(desk)
    assert levels(desk)["users"] == {who: level for who, level in KEPT.items() if who not in (BOT, user("bupati"))}


def test_an_office_that_ends_or_begins_moves_the_level_at_midnight(tmp_path: Path) -> None:
    """20 November is the deputy's last day; the head of PUPR acts for them from the 21st."""
    text = roster_text().replace(
        "person: wabup, role: deputy, from: 2025-01-01",
        "person: wabup, role: deputy, from: 2025-01-01, to: 2026-11-20",
    )
    text += "  - {person: pupr-1, role: deputy, from: 2026-11-21, acting: true}\n"
    desk = opened(tmp_path, roster=text)
    desk.store.begin()
    inbox.add_row(desk.store, "uji", "start", "start:1", b"{}", at=desk.clock.now())
    desk.store.commit()
    desk.decide()
    look(desk)
    carry_out(desk)
    assert levels(desk)["users"] == KEPT
    desk.move(hours=20)
    carry_out(desk)
    assert levels(desk)["users"] == {
        **{who: level for who, level in KEPT.items() if who != user("wabup")},
        user("pupr-1"): 50,
    }
    assert told(desk) == []


def test_a_mute_and_a_lock_are_left_alone(tmp_path: Path) -> None:
    desk = opened(tmp_path, extra="  keep: repair\n")
    set_levels(desk, {"users": {BOT: 100, user("ahli-1"): -1}})
    look(desk)
    carry_out(desk)
    assert levels(desk)["users"][user("ahli-1")] == -1
    before = levels(desk)
    desk.say("bupati", "!kunci")
    carry_out(desk)
    desk.clock.advance(3600)
    look(desk)
    carry_out(desk)
    assert levels(desk)["events_default"] == 50
    desk.say("bupati", "!buka")
    carry_out(desk)
    assert levels(desk) == before
    assert told(desk) == []


def test_a_living_room_hears_once_who_holds_what(tmp_path: Path) -> None:
    """The owner of an adopted room has a level that no role gives: told when levels begin to be kept, and left."""
    desk = opened(tmp_path)
    set_levels(desk, {"users": {BOT: 90, user("dik-1"): 100}})
    look(desk)
    desk.clock.advance(60)
    look(desk)
    (say,) = told(desk)
    assert (say.key, say.values["count"]) == ("levels.drifted_forum", 1)
    assert [line.key for line in say.lines] == ["levels.drift", "levels.keep_report"]
    carry_out(desk)
    assert levels(desk)["users"][user("dik-1")] == 100
