"""What is done to people by hand: by whom, where, told how, and its end."""

from __future__ import annotations

from bridge.model import facts as f
from bridge.model.effects import Ban, Invite, Redact, Remove, Say, SetLevels, Unban
from tests.forum.desk import CONTROL, FORUM, Desk, user

HOUR = 3600 * 1000


def acts(desk: Desk, verb: str = "") -> list[f.Act]:
    return [act for act in desk.facts(f.Act) if verb in ("", act.verb)]


def told(desk: Desk, person: str) -> list[str]:
    """The keys of what somebody was told privately."""
    return [say.key for say in desk.effects(Say) if say.person == person]


def test_a_mute_is_an_act_with_its_end_and_is_told_privately(desk: Desk) -> None:
    """In the forum nothing is said; the person hears until when and why."""
    desk.say("ahli-1", f"!bisukan {user('dlh-1')} 2 jam terlalu ramai", room=CONTROL)
    (act,) = acts(desk)
    assert (act.verb, act.room, act.user, act.person) == ("mute", FORUM, user("dlh-1"), "dlh-1")
    assert (act.by, act.office, act.rule, act.reason) == ("ahli-1", "expert", "command", "terlalu ramai")
    assert act.until == desk.clock.now() + 2 * HOUR
    assert [effect.changes for effect in desk.effects(SetLevels)] == [{f"users/{user('dlh-1')}": -1}]
    assert told(desk, "dlh-1") == ["told.muted"]
    assert desk.heard(FORUM) == []
    assert desk.heard(CONTROL)[-1] == "mute.done"
