"""Knocks: who is listed comes in at once, anybody else makes one card, and nobody waits for ever."""

from __future__ import annotations

from bridge.model import facts as f
from tests.forum.desk import CONTROL, FORUM, Desk, policy_text, user
from tests.forum.offices import answer, chat, member, told

STRANGER = "@orang:desk"


def test_a_listed_person_who_knocks_is_invited_with_the_knock_itself(desk: Desk) -> None:
    """In the very row that brings the knock: nobody has to look."""
    member(desk, user("kes-1"), "leave")
    member(desk, user("kes-1"), "knock")
    assert [(act.verb, act.user, act.cause) for act in desk.facts(f.Act)] == [
        ("invite", user("kes-1"), desk.facts(f.Membership)[-1].event)
    ]


def test_five_knocks_of_a_stranger_are_one_card(desk: Desk) -> None:
    """Knocking, taking it back, knocking again."""
    for _ in range(5):
        member(desk, STRANGER, "knock")
        member(desk, STRANGER, "leave")
    asked = [fact for fact in desk.facts(f.Proposal) if fact.state == "open"]
    assert len({fact.number for fact in asked}) == 1
    assert desk.facts(f.Act) == []


def test_the_head_of_the_unit_that_a_knock_names_says_yes_or_no(desk: Desk) -> None:
    """The head hears of it privately, with the number; another head may not decide it, and the attempt is kept."""
    member(desk, STRANGER, "knock", reason="Saya staf Dinas Kesehatan")
    number = desk.facts(f.Proposal)[-1].number
    assert told(desk, "kes-1") == ["told.knock"]
    assert told(desk, "dlh-1") == []
    other = chat(desk, "dlh-1")
    desk.say("dlh-1", f"tolak {number}", room=other)
    assert answer(desk, other).key == "command.no_right"
    own = chat(desk, "kes-1")
    desk.say("kes-1", f"tolak {number}", room=own)
    assert [(act.verb, act.user, act.by) for act in desk.facts(f.Act)] == [("remove", STRANGER, "kes-1")]
    assert [one.detail for one in desk.facts(f.Refused)] == ["cancel"]


def test_a_knock_that_names_no_unit_is_for_the_control_room(desk: Desk) -> None:
    """No head decides about somebody who is not of the unit."""
    member(desk, STRANGER, "knock", reason="izin masuk")
    number = desk.facts(f.Proposal)[-1].number
    room = chat(desk, "kes-1")
    desk.say("kes-1", f"setuju {number}", room=room)
    assert answer(desk, room).key == "command.no_right"
    desk.say("ahli-1", f"!setuju {number}", room=CONTROL)
    assert [(act.verb, act.user) for act in desk.facts(f.Act)] == [("invite", STRANGER)]


def test_a_card_is_answered_by_a_reply_to_it(desk: Desk) -> None:
    """Without the number: the card says which."""
    member(desk, STRANGER, "knock")
    desk.deliver()
    row = desk.store.one("SELECT event FROM posted WHERE ref LIKE '%.proposal'")
    assert row is not None
    desk.say("ahli-1", "!setuju", room=CONTROL, reply_to=row[0])
    assert [(act.verb, act.user) for act in desk.facts(f.Act)] == [("invite", STRANGER)]


def test_a_knock_that_nobody_answers_is_refused_courteously_in_its_time(tmp_path: object) -> None:
    """The policy says how long; the reason names whom to turn to; a second knock within the day is quiet."""
    rules = policy_text("membership:\n  knock_wait: 6h\n  contact: Bagian Organisasi\n")
    desk = Desk(tmp_path, policy=rules)  # type: ignore[arg-type]
    member(desk, STRANGER, "knock")
    desk.move(hours=5)
    assert desk.facts(f.Act) == []
    desk.move(hours=2)
    refused = desk.facts(f.Act)
    assert [(act.verb, act.user, act.rule) for act in refused] == [("remove", STRANGER, "knock")]
    assert "Bagian Organisasi" in refused[0].reason
    assert desk.facts(f.Proposal)[-1].state == "expired"
    member(desk, STRANGER, "leave")
    member(desk, STRANGER, "knock", FORUM)
    assert desk.facts(f.Proposal)[-1].state == "expired"


def test_below_enforce_a_card_closes_and_nobody_is_refused(tmp_path: object) -> None:
    """What the stage does not let a rule do, the end of a time does not do either."""
    desk = Desk(tmp_path, stage="remind")  # type: ignore[arg-type]
    member(desk, STRANGER, "knock")
    desk.move(hours=30)
    assert desk.facts(f.Proposal)[-1].state == "expired"
    assert desk.facts(f.Act) == []
