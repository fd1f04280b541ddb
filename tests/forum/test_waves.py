"""Waves of accounts that nobody knows: the control room is asked once, and nothing is done by itself."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bridge.journey.shown import lines_of
from bridge.ledger import outbox
from bridge.model import facts as f
from bridge.model.effects import Invite, Line, Refresh, Remove, SetLevels
from bridge.model.event import Event, Json
from tests.forum.desk import BOT, CONTROL, FORUM, Desk, policy_text, user
from tests.forum.powers import carry_out, levels, set_levels

OURS: Json = {"users": {BOT: 100}, "invite": 0}
SMALL = policy_text("membership:\n  wave: {joins: 5, within: 10m}\n")


def opened(place: Path, *, stage: str = "enforce", policy: str = SMALL) -> Desk:
    desk = Desk(place, stage=stage, policy=policy)
    set_levels(desk, OURS)
    return desk


def coming(desk: Desk, number: int, membership: str = "join") -> Event:
    """A stranger comes."""
    who = f"@orang{number}:luar"
    sender = user("pupr-1") if membership == "invite" else who
    event = desk.state(FORUM, "m.room.member", who, {"membership": membership}, sender=sender)
    return msgspec.structs.replace(event, prev_content={"membership": "leave"})


def waves(desk: Desk) -> list[f.Proposal]:
    return [one for one in desk.facts(f.Proposal) if one.what == "wave"]


def cards(desk: Desk) -> dict[str, list[Line]]:
    """The cards of the control room with what each would show now; those that show nothing are not posted."""
    shown = {}
    for refresh in desk.effects(Refresh):
        if refresh.room == CONTROL and refresh.card.startswith("proposal:"):
            shown[refresh.card] = lines_of(
                desk.store, "uji", refresh.card, desk.book, desk.clock.now(), lambda store, book, now: []
            )
    return {card: lines for card, lines in shown.items() if lines}


def test_a_thousand_joins_are_one_card_and_nothing_else(tmp_path: Path) -> None:
    """Delivered in one response; nobody is removed, now or later, and the room stays as it is."""
    desk = opened(tmp_path, policy=policy_text())
    desk.put(*(coming(desk, number) for number in range(1000)))
    (wave,) = waves(desk)
    assert list(cards(desk)) == [f"proposal:{wave.number}"]
    (came, *_) = cards(desk)[f"proposal:{wave.number}"]
    assert (came.key, came.values["count"]) == ("wave.came", 1000)
    waiting = outbox.waiting(desk.store, desk.clock.now(), 10_000)
    assert len(waiting) < 60
    assert len(desk.facts(f.Proposal)) < 50
    desk.move(hours=2)
    assert [act for act in desk.facts(f.Act) if act.verb != "levels"] == []
    assert (desk.effects(Remove), desk.effects(SetLevels), desk.said(FORUM)) == ([], [], [])


@pytest.mark.parametrize("membership", ["join", "invite", "knock"])
def test_as_many_as_the_policy_expects_are_no_wave(tmp_path: Path, membership: str) -> None:
    """Each is asked about as ever; one more, and all of it is one question."""
    desk = opened(tmp_path)
    for number in range(5):
        desk.put(coming(desk, number, membership))
    assert waves(desk) == []
    assert len(cards(desk)) == 5
    desk.put(coming(desk, 5, membership))
    assert len(waves(desk)) == 1
    assert list(cards(desk)) == [f"proposal:{waves(desk)[0].number}"]


def test_cards_that_were_shown_already_say_that_they_are_part_of_it(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    for number in range(5):
        desk.put(coming(desk, number))
    desk.deliver()
    desk.put(coming(desk, 5))
    assert [lines[-1].key for lines in cards(desk).values()].count("wave.merged") == 5
    desk.move(hours=1)
    assert desk.effects(Remove) == []


def test_slow_comers_and_listed_people_are_none(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    for number in range(8):
        desk.put(coming(desk, number))
        desk.move(minutes=4)
    assert waves(desk) == []


def test_with_consent_the_room_is_locked_and_two_more_are_asked_about_who_came(tmp_path: Path) -> None:
    """Writing and inviting, and nothing else; opening puts everything back."""
    desk = opened(tmp_path)
    for number in range(7):
        desk.put(coming(desk, number))
    (wave,) = waves(desk)
    desk.say("ahli-1", f"!setuju {wave.number}", room=CONTROL)
    carry_out(desk)
    now = levels(desk)
    assert (now["events_default"], now["invite"], now["users"][user("bupati")]) == (50, 50, 50)
    (lock,) = [act for act in desk.facts(f.Act) if act.verb == "lock"]
    assert (lock.by, lock.rule) == ("ahli-1", "wave")
    (asked,) = [one for one in desk.facts(f.Proposal) if one.what == "remove_many"]
    assert (len(asked.users), asked.needs, asked.state) == (7, 2, "open")
    # Whoever comes now is counted, not asked about.
    before = len(desk.facts(f.Proposal))
    for number in range(7, 20):
        desk.put(coming(desk, number))
    assert len(desk.facts(f.Proposal)) == before
    for expert in ("ahli-2", "bupati"):
        desk.say(expert, f"!setuju {asked.number}", room=CONTROL)
    assert len(desk.effects(Remove)) == 7
    desk.say("bupati", "!buka")
    carry_out(desk)
    assert levels(desk) == OURS


def test_refused_everything_stays_and_the_same_wave_is_not_asked_about_again(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    for number in range(7):
        desk.put(coming(desk, number))
    (wave,) = waves(desk)
    desk.say("ahli-1", f"!batal {wave.number}", room=CONTROL)
    desk.clock.advance(1)
    desk.put(coming(desk, 7))
    assert len(waves(desk)) == 2
    assert waves(desk)[-1].state == "cancelled"
    for number in range(8, 13):
        desk.put(coming(desk, number))
    assert waves(desk)[-1].state == "open"
    assert (desk.effects(Remove), desk.effects(SetLevels)) == ([], [])


def test_below_enforce_it_is_asked_as_well_and_in_watch_it_is_not(tmp_path: Path) -> None:
    """A lock needs no more than a person; whoever came is nobody's to remove below `enforce`."""
    (tmp_path / "remind").mkdir()
    (tmp_path / "watch").mkdir()
    desk = opened(tmp_path / "remind", stage="remind")
    for number in range(7):
        desk.put(coming(desk, number))
    (wave,) = waves(desk)
    desk.say("ahli-1", f"!setuju {wave.number}", room=CONTROL)
    carry_out(desk)
    assert levels(desk)["events_default"] == 50
    assert [one for one in desk.facts(f.Proposal) if one.what == "remove_many"] == []
    watching = opened(tmp_path / "watch", stage="watch")
    for number in range(7):
        watching.put(coming(watching, number))
    assert waves(watching) == []


def test_knocks_that_the_policy_refuses_are_not_refused_by_the_hundred(tmp_path: Path) -> None:
    desk = opened(tmp_path, policy=policy_text("membership:\n  knocks: refuse\n  wave: {joins: 5, within: 10m}\n"))
    for number in range(50):
        desk.put(coming(desk, number, "knock"))
    assert len(desk.effects(Remove)) == 5
    assert len(waves(desk)) == 1
    assert desk.effects(Invite) == []


def test_the_card_says_what_consent_does(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    for number in range(6):
        desk.put(coming(desk, number))
    (lines,) = cards(desk).values()
    assert [line.key for line in lines][:4] == [
        "wave.came",
        "wave.nothing_done",
        "wave.choose",
        "proposal.because_wave",
    ]
