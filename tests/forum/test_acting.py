"""Acting heads: named by two people, with the head's permissions, between two days, and no longer."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from bridge.forum.cards import directive_card
from bridge.ledger import projections, work
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.policy.problems import Refused
from tests.faults.checks import dump
from tests.forum.desk import CONTROL, FORUM, Desk, configuration, policy_text, roster_text, user
from tests.forum.offices import answer, chat, take_force, to_day, told

LAST = date(2026, 11, 25)
"""The desk's today is Friday, 20 November 2026."""


def _named(desk: Desk, who: str = "pupr-1", unit: str = "dlh", days: str = "sampai 2026-11-25") -> str:
    """The head of the environment agency names who acts; an expert agrees. The number."""
    room = chat(desk, "dlh-1")
    desk.say("dlh-1", f"pelaksana {user(who)} {unit} {days}", room=room)
    number = desk.facts(f.Proposal)[-1].number
    desk.say("ahli-1", f"!setuju {number}", room=CONTROL)
    return number


def test_two_people_name_who_acts_and_both_hold_duty_in_the_overlap_only(desk: Desk) -> None:
    """The head asks, nothing counts before another agrees; on the shared days both answer, then the head alone."""
    room = chat(desk, "dlh-1")
    desk.say("dlh-1", f"pelaksana {user('pupr-1')} dlh sampai 2026-11-25", room=room)
    assert answer(desk, room).key == "proposal.put"
    assert desk.facts(f.Granted) == []
    number = desk.facts(f.Proposal)[-1].number
    desk.say("dlh-1", f"setuju {number}", room=room)
    assert desk.facts(f.Granted) == [], "nobody agrees to what they asked for"
    desk.say("ahli-1", f"!setuju {number}", room=CONTROL)
    granted = desk.facts(f.Granted)[0]
    assert (granted.what, granted.person, granted.unit, granted.begins, granted.ends) == (
        *("acting", "pupr-1", "dlh", "2026-11-20", "2026-11-25"),
    )
    assert (granted.by, granted.office, granted.second) == ("dlh-1", "head", "ahli-1")
    book = desk.laid()
    heads = book.roster.heads_of("dlh", moment(desk.clock.now()))
    assert [one.person.id for one in heads] == ["dlh-1", "pupr-1"]
    assert [office.acting for office in heads[1].offices if office.unit == "dlh"] == [True], "labelled as acting"
    to_day(desk, date(2026, 11, 26))
    heads = book.roster.heads_of("dlh", moment(desk.clock.now()))
    assert [one.person.id for one in heads] == ["dlh-1"]
    assert "told.acting" in told(desk, "pupr-1") and "told.acting_over" in told(desk, "pupr-1")


def test_a_report_of_the_acting_head_counts_for_the_unit(desk: Desk) -> None:
    """The same permissions as the head: what the unit owes is reported."""
    _named(desk)
    desk.say("bupati", "DLH segera bersihkan pasar dan laporkan hari ini")
    assert desk.task("P-1", "dlh") == "open"
    desk.say("pupr-1", "siap", reply_to=desk.facts(f.Directive)[0].event)
    assert desk.task("P-1", "dlh") == "acknowledged"


def test_after_the_last_day_a_command_is_refused_with_the_reason(desk: Desk) -> None:
    """Whoever acted for the secretariat may agree until the last day; the refusal then names office and day."""
    desk.say("bupati", f"!pelaksana {user('kes-1')} setda sampai 2026-11-25", room=CONTROL)
    desk.say("ahli-1", f"!setuju {desk.facts(f.Proposal)[-1].number}", room=CONTROL)
    room = chat(desk, "kes-1")
    desk.say("ahli-1", f"!keluarkan {user('ganra-1')} pindah tugas", room=CONTROL)
    waiting = desk.facts(f.Proposal)[-1]
    assert waiting.state == "open"
    to_day(desk, LAST, time(23, 59))
    desk.say("kes-1", f"setuju {waiting.number}", room=room)
    assert desk.facts(f.Proposal)[-1].state == "done", "on the last day the right is there"
    desk.say("ahli-1", f"!keluarkan {user('citta-1')} pindah tugas", room=CONTROL)
    waiting = desk.facts(f.Proposal)[-1]
    to_day(desk, date(2026, 11, 26))
    before = len(desk.facts(f.Proposal))
    desk.say("kes-1", f"setuju {waiting.number}", room=room)
    said = answer(desk, room)
    assert said.key == "command.ended"
    assert said.values["day"] == "2026-11-25"
    assert [one.state for one in desk.facts(f.Proposal)[before:]] == []
    assert [(one.why, one.detail) for one in desk.facts(f.Refused)] == [("no_authority", "approve")]


def test_who_acts_cannot_lend_rights_on(desk: Desk) -> None:
    """The attempt is refused in one sentence and kept in the record."""
    desk.say("bupati", f"!pelaksana {user('ahli-2')} dlh sampai 2026-11-25", room=CONTROL)
    desk.say("ahli-1", f"!setuju {desk.facts(f.Proposal)[-1].number}", room=CONTROL)
    room = chat(desk, "ahli-2")
    desk.say("ahli-2", f"limpahkan {user('kes-1')} tandai sampai 2026-11-25", room=room)
    assert answer(desk, room).key == "grant.acting_cannot"
    assert [grant.what for grant in desk.facts(f.Granted)] == ["acting"]
    assert [(one.why, one.detail) for one in desk.facts(f.Refused)] == [("no_authority", "delegate")]


def test_nobody_else_acts_on_days_that_are_taken(desk: Desk) -> None:
    """A second acting head is refused for days that overlap, and may follow afterwards."""
    _named(desk)
    desk.say("bupati", f"!pelaksana {user('kes-1')} dlh sampai 2026-11-24", room=CONTROL)
    assert answer(desk, CONTROL).key == "grant.taken"
    desk.say("bupati", f"!pelaksana {user('kes-1')} dlh mulai 2026-11-26 sampai 2026-11-30", room=CONTROL)
    assert desk.facts(f.Proposal)[-1].state == "open"


def test_another_units_head_and_an_outsider_name_nobody(desk: Desk) -> None:
    """Only the head of the unit or who gives orders asks; others are refused, and the attempt is kept."""
    room = chat(desk, "kes-1")
    desk.say("kes-1", f"pelaksana {user('pupr-1')} dlh sampai 2026-11-25", room=room)
    assert answer(desk, room).key == "grant.not_yours"
    assert [one.detail for one in desk.facts(f.Refused)] == ["acting"]
    desk.say("@luar:desk", f"!pelaksana {user('pupr-1')} dlh sampai 2026-11-25", room=CONTROL)
    assert answer(desk, CONTROL).key == "command.unlisted"
    assert desk.facts(f.Proposal) == []


def test_it_is_ended_by_a_word_and_counts_no_longer_for_the_next_row(desk: Desk) -> None:
    """The head ends it: the very next message of the former acting head counts for the unit no more."""
    _named(desk)
    desk.say("bupati", "DLH segera bersihkan pasar dan laporkan hari ini")
    desk.say("dlh-1", f"pelaksana {user('pupr-1')} dlh selesai", room="!chat-dlh-1")
    assert [(one.why, one.by) for one in desk.facts(f.Revoked)] == [("by_hand", "dlh-1")]
    desk.say("pupr-1", "siap", reply_to=desk.facts(f.Directive)[0].event)
    assert desk.task("P-1", "dlh") == "open"
    assert told(desk, "pupr-1")[-1] == "told.acting_off"


def test_a_rebuild_comes_to_the_same_and_the_book_is_made_of_it(desk: Desk) -> None:
    """What stands beside the roster follows from the facts alone."""
    _named(desk)
    _named(desk, "kes-1", "dlh", "mulai 2026-11-26 sampai 2026-11-30")
    desk.say("dlh-1", f"pelaksana {user('kes-1')} dlh selesai", room="!chat-dlh-1")
    laid = desk.laid().roster
    assert [grant.person for grant in laid.grants] == ["pupr-1"]
    live = dump(desk.store)
    desk.store.begin()
    projections.rebuild(desk.store)
    assert dump(desk.store) == live
    assert desk.laid().roster.grants == laid.grants
    desk.store.rollback()


def test_in_english_it_is_asked_for_in_english(tmp_path: Path) -> None:
    """The same by the words of the forum's own language, with a day as people say it."""
    desk = Desk(tmp_path, policy=policy_text(language="en"))
    desk.say("bupati", f"!acting {user('kes-1')} PUPR until 25 November", room=CONTROL)
    desk.say("ahli-1", f"!approve {desk.facts(f.Proposal)[-1].number}", room=CONTROL)
    assert [(fact.person, fact.unit, fact.ends) for fact in desk.facts(f.Granted)] == [
        ("kes-1", "pupr", "2026-11-25")
    ]


def test_what_is_wrong_in_a_command_is_said_in_one_sentence(desk: Desk) -> None:
    """A missing day, a day that is over, a unit nobody knows, one that is nearly right, an account not listed."""
    for words, key in (
        (f"{user('pupr-1')} dlh", "grant.how_acting"),
        (f"{user('pupr-1')} dlh sampai 2026-11-19", "grant.over"),
        (f"{user('pupr-1')} dlh sampai entah", "grant.day"),
        (f"{user('pupr-1')} xyzzy sampai 2026-11-25", "grant.no_unit"),
        (f"{user('pupr-1')} BPBB sampai 2026-11-25", "grant.near_unit"),
        ("@siapa:desk dlh sampai 2026-11-25", "grant.unlisted"),
        ("dlh sampai 2026-11-25", "grant.how_acting"),
    ):
        desk.say("bupati", f"!pelaksana {words}", room=CONTROL)
        assert answer(desk, CONTROL).key == key, words
    assert desk.facts(f.Proposal) == []
    assert desk.said(FORUM) == []


# In the leader's place


def _leads(desk: Desk, who: str = "wabup", words: str = "pimpinan sampai 2026-11-25") -> str:
    """The leader names who acts in the own office, and an expert agrees. The number."""
    desk.say("bupati", f"!pelaksana {user(who)} {words}", room=CONTROL)
    number = desk.facts(f.Proposal)[-1].number
    desk.say("ahli-1", f"!setuju {number}", room=CONTROL)
    return number


def test_who_acts_for_the_leader_has_the_leaders_rights_and_the_record_names_both(desk: Desk) -> None:
    """An expert could order nothing; between the days they can, and card, record and acts say in which office."""
    desk.say("ahli-2", "DLH segera bersihkan pasar dan laporkan hari ini")
    assert desk.facts(f.Directive) == []
    _leads(desk, "ahli-2")
    (granted,) = desk.facts(f.Granted)
    assert (granted.what, granted.role, granted.unit, granted.person, granted.by, granted.second) == (
        *("acting", "leader", "", "ahli-2", "bupati", "ahli-1"),
    )
    assert told(desk, "ahli-2")[-1] == "told.acting_leader"
    desk.say("ahli-2", "DLH segera bersihkan sungai dan laporkan hari ini")
    (order,) = desk.facts(f.Directive)
    assert (order.person, order.role, order.acting) == ("ahli-2", "leader", True)
    view = work.directive_view(desk.store, "uji", order.number)
    assert view is not None
    title = directive_card(view, desk.laid())[0]
    assert title.values["role"] == "Plt. Pimpinan"
    desk.say("ahli-2", f"!keluarkan {user('ganra-1')} pindah tugas", room=CONTROL)
    act = desk.facts(f.Act)[-1]
    assert (act.verb, act.by, act.office, act.acting, act.second) == ("remove", "ahli-2", "leader", True, None)


def test_after_the_last_day_the_leaders_rights_are_gone(desk: Desk) -> None:
    """The day after, the same sentence of the same person is no order."""
    _leads(desk, "ahli-2")
    to_day(desk, date(2026, 11, 26))
    desk.say("ahli-2", "DLH segera bersihkan sungai dan laporkan hari ini")
    assert desk.facts(f.Directive) == []


def test_a_deputy_acts_for_the_leader_and_stays_deputy(desk: Desk) -> None:
    """The principal office is the leader's; at the end the own one is as before."""
    number = _leads(desk)
    standing = desk.laid().roster.standing(user("wabup"), moment(desk.clock.now()))
    assert standing is not None and (standing.role, standing.acting) == ("leader", True)
    assert standing.roles == {"leader", "deputy"}
    desk.say("bupati", f"!urungkan {number}", room=CONTROL)
    standing = desk.laid().roster.standing(user("wabup"), moment(desk.clock.now()))
    assert standing is not None and (standing.role, standing.acting) == ("deputy", False)


def test_whoever_only_acts_names_nobody_in_the_leaders_place(desk: Desk) -> None:
    """Somebody else who gives orders may ask, and then two others have to agree; nobody agrees about themselves."""
    _leads(desk, "ahli-2")
    desk.say("ahli-2", f"!pelaksana {user('wabup')} pimpinan mulai 2026-11-26 sampai 2026-11-30", room=CONTROL)
    assert answer(desk, CONTROL).key == "grant.acting_cannot"
    desk.say("wabup", f"!pelaksana {user('wabup')} pimpinan mulai 2026-11-26 sampai 2026-11-30", room=CONTROL)
    number = desk.facts(f.Proposal)[-1].number
    desk.say("wabup", f"!setuju {number}", room=CONTROL)
    desk.say("ahli-1", f"!setuju {number}", room=CONTROL)
    assert [grant.person for grant in desk.facts(f.Granted)] == ["ahli-2"]
    desk.say("bupati", f"!setuju {number}", room=CONTROL)
    assert [grant.person for grant in desk.facts(f.Granted)] == ["ahli-2", "wabup"]


def test_nobody_else_acts_for_the_leader_on_days_that_are_taken(desk: Desk) -> None:
    """One acts at a time; the leader's own office is no hindrance."""
    _leads(desk, "ahli-2")
    desk.say("bupati", f"!pelaksana {user('wabup')} pimpinan sampai 2026-11-24", room=CONTROL)
    said = answer(desk, CONTROL)
    assert (said.key, said.values["unit"]) == ("grant.taken", "Pimpinan")


def test_the_roster_may_say_that_a_deputy_acts_for_the_leader() -> None:
    """Two offices without a unit on the same days are no mistake when one is held for the time being."""
    line = "  - {person: wabup, role: leader, from: 2026-11-20, to: 2026-11-25, acting: true}\n"
    assert configuration(policy_text(), roster_text() + line)
    with pytest.raises(Refused, match="already holds an office"):
        configuration(policy_text(), roster_text() + line.replace(", acting: true", ""))


def test_once_the_file_says_it_what_was_granted_is_settled(desk: Desk) -> None:
    """The line for it is shown in the control room; when the file has it the grant is closed."""
    number = _leads(desk)
    desk.say("ahli-1", "!penugasan", room=CONTROL)
    (line,) = answer(desk, CONTROL).lines
    shown = str(line.values["yaml"])
    assert shown == "{person: wabup, role: leader, from: 2026-11-20, to: 2026-11-25, acting: true}"
    take_force(desk, f"{roster_text()}  - {shown}\n")
    assert [(one.number, one.why) for one in desk.facts(f.Revoked)] == [(number, "in_file")]
