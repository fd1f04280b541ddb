"""What is done to people by hand: by whom, where, told how, and its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.model import facts as f
from bridge.model.effects import Invite, Redact, Remove, Say, SetLevels
from tests.forum.delivering import World, deliver
from tests.forum.desk import CONTROL, FORUM, Desk, policy_text, roster_text, user

HOUR = 3600 * 1000


def acts(desk: Desk, verb: str = "") -> list[f.Act]:
    """What was done, in order."""
    return [act for act in desk.facts(f.Act) if verb in ("", act.verb)]


def told(desk: Desk, person: str) -> list[str]:
    """The keys of what somebody was told privately."""
    return [say.key for say in desk.effects(Say) if say.person == person]


def level(world: World, person: str, room: str = FORUM) -> int | None:
    """The level of a person's own key."""
    users: dict[str, int] = world.levels[room]["users"]
    return users.get(user(person))


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


@pytest.mark.parametrize(
    ("written", "hours"), [("30m", 0.5), ("2h", 2), ("1 jam", 1), ("24h", 24), ("1 hari", 24), ("90 menit", 1.5)]
)
def test_times_are_read_as_people_write_them(desk: Desk, written: str, hours: float) -> None:
    """In the policy's way and in words."""
    desk.say("ahli-1", f"!bisukan {user('dlh-1')} {written} ramai", room=CONTROL)
    (act,) = acts(desk)
    assert act.until == desk.clock.now() + hours * HOUR
    assert act.reason == "ramai"


def test_without_a_time_it_is_asked_for(desk: Desk) -> None:
    """Nobody is muted for good by a slip."""
    desk.say("ahli-1", f"!bisukan {user('dlh-1')} terlalu ramai", room=CONTROL)
    assert acts(desk) == []
    assert desk.heard(CONTROL) == ["mute.how_long"]


def test_as_a_reply_the_author_is_meant_and_nothing_is_said_in_the_forum(desk: Desk) -> None:
    """The words after the command are the reason; a client mentions the author without naming them."""
    message = desk.say("dlh-1", "jual murah, hubungi saya")
    desk.say("ahli-1", "!bisukan 1h bukan tempatnya", reply_to=message, mentions=["dlh-1"])
    (act,) = acts(desk)
    assert (act.user, act.reason) == (user("dlh-1"), "bukan tempatnya")
    assert desk.heard(FORUM) == []
    assert told(desk, "ahli-1") == ["mute.done"]


def test_a_warning_needs_a_reason_and_counts(desk: Desk) -> None:
    """It is recorded as done at once."""
    message = desk.say("dlh-1", "halo semua")
    desk.say("ahli-1", "!peringatkan", reply_to=message)
    assert (acts(desk), told(desk, "ahli-1")) == ([], ["remove.why"])
    desk.say("ahli-1", "!peringatkan mohon di utas", reply_to=message)
    (act,) = acts(desk)
    assert (act.verb, act.reason, told(desk, "dlh-1")) == ("warn", "mohon di utas", ["told.warned"])
    assert [(done.number, done.result) for done in desk.facts(f.ActDone)] == [(act.number, "done")]


def test_an_expert_at_25_is_back_at_25_after_the_hour(desk: Desk) -> None:
    """Not at 0: what was found is put back. Also when the bridge was down when the hour ended: once, at start."""
    world = World(desk, {user("ahli-2"): 25})
    desk.say("bupati", f"!bisukan {user('ahli-2')} 1h ramai", room=CONTROL)
    deliver(desk, world)
    assert level(world, "ahli-2") == -1
    desk.clock.advance(26 * 3600)
    desk.decide()
    deliver(desk, world)
    desk.move(hours=3)
    deliver(desk, world)
    assert level(world, "ahli-2") == 25
    assert [act.verb for act in acts(desk)] == ["mute", "unmute"]
    assert acts(desk, "unmute")[0].by == "rule:ended"


def test_who_had_no_key_has_none_again(desk: Desk) -> None:
    """A key that was not there is taken out."""
    world = World(desk)
    desk.say("ahli-1", f"!bisukan {user('dlh-1')} 1h ramai", room=CONTROL)
    deliver(desk, world)
    desk.say("ahli-1", f"!buka bisu {user('dlh-1')}", room=CONTROL)
    deliver(desk, world)
    assert user("dlh-1") not in world.levels[FORUM]["users"]
    assert told(desk, "dlh-1") == ["told.muted", "told.unmuted"]
    desk.move(hours=2)
    assert [act.verb for act in acts(desk)] == ["mute", "unmute"]


def test_what_somebody_changed_meanwhile_stays(desk: Desk) -> None:
    """The end of a mute touches nothing that is not its own any more."""
    world = World(desk, {user("ahli-2"): 25})
    desk.say("bupati", f"!bisukan {user('ahli-2')} 1h ramai", room=CONTROL)
    deliver(desk, world)
    world.levels[FORUM]["users"][user("ahli-2")] = 40
    desk.move(hours=2)
    deliver(desk, world)
    assert level(world, "ahli-2") == 40


def test_a_new_mute_takes_the_place_of_the_old_one(desk: Desk) -> None:
    """Its end counts, and then the level before the first is back."""
    world = World(desk, {user("ahli-2"): 25})
    desk.say("bupati", f"!bisukan {user('ahli-2')} 1h ramai", room=CONTROL)
    deliver(desk, world)
    desk.say("bupati", f"!bisukan {user('ahli-2')} 3h masih ramai", room=CONTROL)
    deliver(desk, world)
    desk.move(hours=2)
    deliver(desk, world)
    assert level(world, "ahli-2") == -1
    desk.move(hours=2)
    deliver(desk, world)
    assert level(world, "ahli-2") == 25


def test_a_mute_is_in_every_room_of_the_person(tmp_path: Path) -> None:
    """The forum and its groups, one act each for one cause; the control room only when asked for."""
    desk = Desk(tmp_path, groups={"bencana": ["dlh-1", "ahli-1"], "pangan": ["ahli-1"]})
    desk.say("ahli-1", f"!bisukan {user('dlh-1')} 1h ramai", room=CONTROL)
    assert {act.room for act in acts(desk)} == {FORUM, "!bencana"}
    assert len({act.cause for act in acts(desk)}) == 1
    desk.say("bupati", f"!bisukan di semua ruang {user('ahli-2')} 1h ramai", room=CONTROL)
    assert {act.room for act in acts(desk) if act.person == "ahli-2"} == {FORUM, CONTROL, "!audit"}


def two_accounts() -> str:
    """The roster, in which the head of DLH has a second telephone."""
    one = f'{{id: dlh-1, name: "Dlh-1 Contoh", identifiers: [{{matrix: "{user("dlh-1")}"}}'
    return roster_text().replace(one, f'{one}, {{matrix: "@dlh-hp2:desk"}}')


def test_a_muted_person_is_muted_under_another_account_and_after_coming_back(tmp_path: Path) -> None:
    """A mute is the person's, not the account's; its end frees both."""
    desk = Desk(tmp_path, roster=two_accounts())
    world = World(desk)
    desk.say("ahli-1", f"!bisukan {user('dlh-1')} 1h ramai", room=CONTROL)
    deliver(desk, world)
    for membership in ("leave", "join"):
        desk.put(desk.state(FORUM, "m.room.member", user("dlh-1"), {"membership": membership}, user("dlh-1")))
    deliver(desk, world)
    assert level(world, "dlh-1") == -1
    desk.put(desk.state(FORUM, "m.room.member", "@dlh-hp2:desk", {"membership": "join"}, "@dlh-hp2:desk"))
    deliver(desk, world)
    assert world.levels[FORUM]["users"]["@dlh-hp2:desk"] == -1
    assert {act.by for act in acts(desk, "mute")} == {"ahli-1"}
    desk.say("ahli-1", f"!buka bisu {user('dlh-1')}", room=CONTROL)
    deliver(desk, world)
    assert not {user("dlh-1"), "@dlh-hp2:desk"} & world.levels[FORUM]["users"].keys()


def test_a_banned_person_is_not_invited_under_another_account(tmp_path: Path) -> None:
    """The roster lists both accounts; a ban is the person's."""
    desk = Desk(tmp_path, roster=two_accounts())
    world = World(desk)
    desk.say("bupati", f"!blokir {user('dlh-1')} 2 hari akunnya dicuri", room=CONTROL)
    deliver(desk, world)
    assert {act.user for act in acts(desk, "ban")} == {user("dlh-1"), "@dlh-hp2:desk"}
    desk.compare()
    assert desk.effects(Invite) == []
    desk.move(hours=49)
    deliver(desk, world)
    assert {act.user for act in acts(desk, "unban")} == {user("dlh-1"), "@dlh-hp2:desk"}
    assert world.members[FORUM, user("dlh-1")] == "invite"


def test_who_is_removed_reads_why_and_is_not_called_back(desk: Desk) -> None:
    """A leader alone may; the roster does not undo it."""
    desk.say("bupati", f"!keluarkan {user('dlh-1')} pindah ke provinsi", room=CONTROL)
    (effect,) = desk.effects(Remove)
    assert "pindah ke provinsi" in effect.reason
    desk.put(desk.state(FORUM, "m.room.member", user("dlh-1"), {"membership": "leave"}))
    desk.compare()
    assert desk.effects(Invite) == []


def test_a_message_is_taken_back_as_a_reply(desk: Desk) -> None:
    """The act names the message; without one the bot asks for it."""
    message = desk.say("dlh-1", "nomor rekening saya ...")
    desk.say("ahli-1", "!tarik pesan data pribadi", reply_to=message)
    (act,) = acts(desk)
    assert (act.verb, act.target, act.user, act.reason) == ("redact", message, user("dlh-1"), "data pribadi")
    assert [effect.event for effect in desk.effects(Redact)] == [message]
    assert told(desk, "dlh-1") == ["told.redacted"]
    desk.say("ahli-1", "!tarik pesan data pribadi")
    assert told(desk, "ahli-1") == ["redact.done", "redact.which"]


def test_an_own_message_needs_nobody_else(desk: Desk) -> None:
    """A leader's too: whoever wrote it may take it back."""
    message = desk.say("bupati", "salah kirim")
    desk.say("bupati", "!tarik pesan salah kirim", reply_to=message)
    assert [act.verb for act in acts(desk)] == ["redact"]


def test_in_watch_nobody_is_touched(tmp_path: Path) -> None:
    """Whatever is typed."""
    desk = Desk(tmp_path, stage="watch")
    for words in ("peringatkan {} x", "bisukan {} 1h", "keluarkan {} x", "blokir {} x", "buka bisu {}"):
        desk.say("bupati", "!" + words.format(user("dlh-1")), room=CONTROL)
    assert acts(desk) == []
    assert set(desk.heard(CONTROL)) == {"command.only_watching"}


def test_the_bot_is_nobodys_to_touch(desk: Desk) -> None:
    """Not even with two people."""
    desk.say("bupati", "!blokir @tudang:desk x", room=CONTROL)
    desk.say("bupati", "!bisukan @tudang:desk 1h", room=CONTROL)
    assert desk.heard(CONTROL) == ["command.not_me", "command.not_me"]
    assert (acts(desk), desk.facts(f.Proposal)) == ([], [])


def test_in_english_the_same_is_said_in_english_words(tmp_path: Path) -> None:
    """Commands, times, and what the person hears."""
    desk = Desk(tmp_path, policy=policy_text(language="en"))
    world = World(desk)
    message = desk.say("dlh-1", "Selling cheap, call me")
    desk.say("ahli-1", "!mute 2 hours not the place", reply_to=message)
    (act,) = acts(desk)
    assert (act.reason, act.until) == ("not the place", desk.clock.now() + 2 * HOUR)
    deliver(desk, world)
    desk.say("ahli-1", f"!undo {act.number}", room=CONTROL)
    deliver(desk, world)
    assert [one.verb for one in acts(desk)] == ["mute", "unmute"]
    assert told(desk, "dlh-1") == ["told.muted", "told.unmuted"]
    desk.say("ahli-1", "!redact private data", reply_to=message)
    desk.say("ahli-1", f"!history {user('dlh-1')}", room=CONTROL)
    assert acts(desk)[-1].verb == "redact"
    assert desk.heard(CONTROL)[-1] == "history.title"
