"""What a command lacks is asked for by a numbered list, and answered by a tap or with the number."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.ledger import outbox
from bridge.model import facts as f
from bridge.model.effects import React, Say, SetLevels
from tests.forum.desk import CONTROL, FORUM, Desk, user


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def prompt_of(desk: Desk, command: str) -> str:
    """The event of the prompt about a command, once everything was delivered."""
    desk.deliver()
    post = outbox.posted(desk.store, "uji", f"prompt:{command}")
    assert post is not None
    return post.event


def tap(desk: Desk, person: str, event: str, key: str, room: str = CONTROL) -> None:
    """Somebody taps a reaction."""
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": key}}
    desk.put(desk.message(person, content, kind="m.reaction", room=room))


def shown(say: Say) -> list[str]:
    """The choices of a prompt as they are listed."""
    return [str(line.values["what"]) for line in say.lines if line.key == "prompt.choice"]


def two_invitations(desk: Desk) -> list[str]:
    """Numbers of two invitations that wait for a second person."""
    for who in ("@satu:desk", "@dua:desk"):
        desk.say("ahli-1", f"!undang {who}", room=CONTROL)
    return [fact.number for fact in desk.facts(f.Proposal)]


def states(desk: Desk, number: str) -> list[str]:
    """What became of a proposal, step by step."""
    return [fact.state for fact in desk.facts(f.Proposal) if fact.number == number]


def test_agreeing_without_a_number_is_asked_about_and_goes_on_with_a_tap(desk: Desk) -> None:
    """The newest comes first; each choice has its own reaction, short enough for every client."""
    first, second = two_invitations(desk)
    command = desk.say("ahli-2", "!setuju", room=CONTROL)
    asked = desk.said(CONTROL)[-1]
    assert asked.key == "proposal.which"
    assert asked.reply_to == command
    assert shown(asked) == [f"{second} · @dua:desk", f"{first} · @satu:desk"]
    chips = [react for react in desk.effects(React) if react.to == f"prompt:{command}"]
    assert [chip.key for chip in chips] == ["1️⃣", "2️⃣"]
    assert all(len(chip.key) <= 16 for chip in chips)
    tap(desk, "ahli-2", prompt_of(desk, command), "2️⃣")
    assert states(desk, first) == ["open", "done"]
    assert states(desk, second) == ["open"]
    answered = desk.facts(f.Prompted)[-1]
    assert (answered.state, answered.attested) == ("answered", True)


@pytest.mark.parametrize("typed", ["1", " 1️⃣"])
def test_the_number_may_be_typed_instead(desk: Desk, typed: str) -> None:
    """A lone digit from the asker answers; it is recorded as words, not as a tap."""
    _, second = two_invitations(desk)
    desk.say("ahli-2", "!setuju", room=CONTROL)
    desk.say("ahli-2", typed, room=CONTROL)
    assert states(desk, second) == ["open", "done"]
    assert not desk.facts(f.Prompted)[-1].attested


def test_only_the_asker_answers_and_only_once(desk: Desk) -> None:
    """Another expert's tap and digit do nothing; after the answer nothing is answered again."""
    first, second = two_invitations(desk)
    command = desk.say("ahli-2", "!setuju", room=CONTROL)
    event = prompt_of(desk, command)
    tap(desk, "bupati", event, "1️⃣")
    tap(desk, "auditor-1", event, "1️⃣")
    desk.say("bupati", "1", room=CONTROL)
    assert states(desk, second) == ["open"]
    tap(desk, "ahli-2", event, "1️⃣")
    tap(desk, "ahli-2", event, "2️⃣")
    desk.say("ahli-2", "2", room=CONTROL)
    assert states(desk, second) == ["open", "done"]
    assert states(desk, first) == ["open"]


def test_a_prompt_is_over_after_ten_minutes(desk: Desk) -> None:
    """The asker is told to type the command again; nothing else happens."""
    _, second = two_invitations(desk)
    command = desk.say("ahli-2", "!setuju", room=CONTROL)
    event = prompt_of(desk, command)
    desk.move(minutes=11)
    tap(desk, "ahli-2", event, "1️⃣")
    assert states(desk, second) == ["open"]
    assert desk.heard(CONTROL)[-1] == "prompt.over"


def test_a_forged_prompt_does_nothing(desk: Desk) -> None:
    """Somebody posts what looks like the prompt, with the bot's own ref in it."""
    first, second = two_invitations(desk)
    command = desk.say("ahli-2", "!setuju", room=CONTROL)
    content = {"msgtype": "m.notice", "body": "1. Semua", "m.mentions": {}, "tudang.ref": f"prompt:{command}"}
    forged = desk.put(desk.message("bupati", content, room=CONTROL))
    tap(desk, "ahli-2", forged, "1️⃣")
    assert states(desk, first) == states(desk, second) == ["open"]


def test_a_prompt_survives_a_restart(tmp_path: Path) -> None:
    """Everything that it rests on is in the ledger."""
    desk = Desk(tmp_path)
    _, second = two_invitations(desk)
    command = desk.say("ahli-2", "!setuju", room=CONTROL)
    event = prompt_of(desk, command)
    desk.store.close()
    again = Desk(tmp_path, serial=1000)
    tap(again, "ahli-2", event, "1️⃣")
    assert states(again, second) == ["open", "done"]


def test_muting_asks_for_whom_and_then_for_how_long(desk: Desk) -> None:
    """Two questions, one after the other: who wrote last, then a length; the reason stays what it was."""
    desk.say("dlh-1", "Selamat pagi semua, semoga sehat selalu")
    desk.say("pupr-1", "Selamat pagi juga")
    desk.say("bupati", "Selamat pagi")
    command = desk.say("ahli-2", "!bisukan terlalu ramai", room=CONTROL)
    asked = desk.said(CONTROL)[-1]
    assert asked.key == "command.whom"
    assert shown(asked) == ["Pupr-1 Contoh", "Dlh-1 Contoh"]
    tap(desk, "ahli-2", prompt_of(desk, command), "2️⃣")
    asked = desk.said(CONTROL)[-1]
    assert asked.key == "mute.how_long"
    assert shown(asked)[:3] == ["1h", "8h", "24h"]
    tap(desk, "ahli-2", prompt_of(desk, command), "2️⃣")
    acts = [act for act in desk.facts(f.Act) if act.verb == "mute"]
    assert {(act.user, act.reason, act.by) for act in acts} == {(user("dlh-1"), "terlalu ramai", "ahli-2")}
    assert {act.until - act.at for act in acts if act.until} == {8 * 3600 * 1000}
    assert desk.effects(SetLevels)


def test_a_removal_takes_the_number_in_words_only(desk: Desk) -> None:
    """Reactions are clear text: there are no chips, a tap does nothing, the typed number goes on."""
    desk.say("dlh-1", "Selamat pagi semua")
    command = desk.say("ahli-2", "!keluarkan pindah tugas", room=CONTROL)
    assert desk.said(CONTROL)[-1].lines[-1].key == "prompt.type"
    assert [react for react in desk.effects(React) if react.to.startswith("prompt:")] == []
    tap(desk, "ahli-2", prompt_of(desk, command), "1️⃣")
    assert desk.facts(f.Proposal) == []
    desk.say("ahli-2", "1", room=CONTROL)
    (proposal,) = desk.facts(f.Proposal)
    assert (proposal.what, proposal.users, proposal.detail) == ("remove", (user("dlh-1"),), "pindah tugas")


def test_nobody_is_listed_before_everybody(desk: Desk) -> None:
    """The same command in the forum lists no names there."""
    desk.say("dlh-1", "Selamat pagi semua")
    desk.say("ahli-2", "!bisukan", room=FORUM)
    assert all(line.key != "prompt.choice" for say in desk.said(FORUM) for line in say.lines)


def test_the_stage_is_shown_with_those_it_may_become(tmp_path: Path) -> None:
    """`!tahap` alone says the stage, and a tap asks for another one."""
    desk = Desk(tmp_path, stage="remind")
    command = desk.say("ahli-1", "!tahap", room=CONTROL)
    asked = desk.said(CONTROL)[-1]
    assert asked.key == "status.stage_remind"
    assert shown(asked) == ["watch", "tag", "enforce"]
    tap(desk, "ahli-1", prompt_of(desk, command), "2️⃣")
    assert desk.facts(f.Stage)[-1].stage == "tag"


def test_a_digit_that_answers_nothing_is_talk(desk: Desk) -> None:
    """Whoever was asked nothing may write a number."""
    message = desk.say("dlh-1", "3")
    assert desk.label(message)
    assert desk.facts(f.Prompted) == []
