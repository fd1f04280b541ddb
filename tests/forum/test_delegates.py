"""Rights that the head of a unit lends: named ones, for the unit, until a day, and gone at a word."""

from __future__ import annotations

from datetime import date

from bridge.model import facts as f
from tests.forum.desk import CONTROL, FORUM, Desk, roster_text, user
from tests.forum.offices import answer, chat, member, take_force, to_day, told

WHO = "ganra-1"
"""A head of a subdistrict, to whom the environment agency's head lends something."""


def _lent(desk: Desk, rights: str, days: str = "sampai 2026-11-25") -> f.Granted:
    room = chat(desk, "dlh-1")
    desk.say("dlh-1", f"limpahkan {user(WHO)} {rights} {days}", room=room)
    assert answer(desk, room).key == "grant.lent"
    return desk.facts(f.Granted)[-1]


def test_a_head_lends_named_rights_alone_and_the_person_hears_of_it(desk: Desk) -> None:
    """One sentence is enough; what was lent is in the record with giver, unit, rights and days."""
    fact = _lent(desk, "tandai, lapor")
    assert (fact.person, fact.unit, fact.rights, fact.by) == (WHO, "dlh", ("tag", "report"), "dlh-1")
    assert (fact.begins, fact.ends, fact.office) == ("2026-11-20", "2026-11-25", "head")
    assert told(desk, WHO) == ["told.delegate"]


def test_who_was_lent_it_mends_tags_of_reports_of_that_unit_only(desk: Desk) -> None:
    """A report of the unit, yes; that of another unit, or making an order of it, no: refused and kept."""
    _lent(desk, "tandai")
    ours = desk.say("dlh-1", "pohon pinus di halaman kantor kami")
    theirs = desk.say("kes-1", "mobil dinas kami di halaman kantor")
    desk.react(WHO, ours, "📋")
    assert desk.label(ours) == "report"
    desk.react(WHO, theirs, "📋")
    assert desk.label(theirs) != "report"
    desk.react(WHO, ours, "📌")
    assert desk.label(ours) == "report"
    assert [one.why for one in desk.facts(f.Refused)] == ["no_authority"] * 2


def test_who_was_lent_it_reports_for_the_unit_until_the_last_day(desk: Desk) -> None:
    """`siap` and reports count for the unit that lent it; the day after they do not."""
    _lent(desk, "lapor")
    desk.say("bupati", "DLH segera bersihkan pasar dan laporkan hari ini")
    desk.say(WHO, "siap", reply_to=desk.facts(f.Directive)[0].event)
    assert desk.task("P-1", "dlh") == "acknowledged"
    to_day(desk, date(2026, 11, 26))
    desk.say("bupati", "DLH segera bersihkan terminal dan laporkan hari ini")
    desk.say(WHO, "siap", reply_to=desk.facts(f.Directive)[-1].event)
    assert desk.task("P-2", "dlh") == "open"


def test_taking_back_is_immediate(desk: Desk) -> None:
    """The next reaction after `selesai` moves nothing any more."""
    _lent(desk, "tandai, lapor")
    ours = desk.say("dlh-1", "pohon pinus di halaman kantor kami")
    desk.say("dlh-1", f"limpahkan {user(WHO)} selesai", room="!chat-dlh-1")
    desk.react(WHO, ours, "📋")
    assert desk.label(ours) != "report"
    assert told(desk, WHO) == ["told.delegate", "told.delegate_off"]


def test_a_command_for_leaders_is_refused_and_the_attempt_is_kept(desk: Desk) -> None:
    """What was lent opens nothing else: not the second person's yes, not the naming of who acts."""
    _lent(desk, "tandai, lapor, terima, tegur")
    room = chat(desk, WHO)
    desk.say("ahli-1", f"!keluarkan {user('kes-1')} pindah tugas", room=CONTROL)
    number = desk.facts(f.Proposal)[-1].number
    desk.say(WHO, f"setuju {number}", room=room)
    assert answer(desk, room).key == "command.no_right"
    desk.say(WHO, f"pelaksana {user('kes-1')} dlh sampai 2026-11-25", room=room)
    assert answer(desk, room).key == "grant.not_yours"
    desk.say(WHO, "tahap tag", room=room)
    assert answer(desk, room).key == "command.no_right"
    assert [one.detail for one in desk.facts(f.Refused)] == ["approve", "acting", "stage"]
    assert desk.facts(f.Proposal)[-1].state == "open"


def test_nothing_outlives_the_office_of_the_giver(desk: Desk) -> None:
    """Rights never exceed the giver's: when the head's own office has ended, what was lent counts no longer."""
    _lent(desk, "lapor", "sampai 2026-12-31")
    old = "{person: dlh-1, role: head, unit: dlh, from: 2025-01-01}"
    new = "{person: citta-1, role: head, unit: dlh, from: 2026-11-23}"
    take_force(desk, roster_text().replace(old, f"{old[:-1]}, to: 2026-11-22}}\n  - {new}"))
    to_day(desk, date(2026, 11, 23))
    desk.say("bupati", "DLH segera bersihkan terminal dan laporkan hari ini")
    desk.say(WHO, "siap", reply_to=desk.facts(f.Directive)[-1].event)
    assert desk.task("P-1", "dlh") == "open"


def test_what_cannot_be_lent_is_said(desk: Desk) -> None:
    """Another's unit, no right named, to an auditor, by somebody without a unit."""
    room = chat(desk, "dlh-1")
    for words, key in (
        (f"{user(WHO)} tandai pupr sampai 2026-11-25", "grant.not_yours"),
        (f"{user(WHO)} sampai 2026-11-25", "grant.rights"),
        (f"{user('auditor-1')} tandai sampai 2026-11-25", "grant.auditor"),
        (f"{user(WHO)} tandai", "grant.how_delegate"),
    ):
        desk.say("dlh-1", f"limpahkan {words}", room=room)
        assert answer(desk, room).key == key, words
    desk.say("bupati", f"!limpahkan {user(WHO)} tandai sampai 2026-11-25", room=CONTROL)
    assert answer(desk, CONTROL).key == "grant.no_unit_of_yours"
    assert desk.facts(f.Granted) == []


def test_who_was_lent_it_warns_people_of_the_unit_and_nobody_else(desk: Desk) -> None:
    """Somebody of the agency, yes; its head or another agency's, no."""
    guest = '  - {id: tamu, name: "Tamu Contoh", identifiers: [{matrix: "@tamu:desk"}]}\noffices:'
    office = "{person: tamu, role: guest, unit: dlh, from: 2026-01-01, to: 2026-12-31, sponsor: dlh-1}"
    take_force(desk, f"{roster_text().replace('offices:', guest)}  - {office}\n")
    member(desk, "@tamu:desk", "join")
    _lent(desk, "tegur")
    room = chat(desk, WHO)
    for who in ("dlh-1", "kes-1"):
        desk.say(WHO, f"tegur {user(who)} mohon tertib", room=room)
    assert [act for act in desk.facts(f.Act) if act.verb == "warn"] == []
    desk.say(WHO, "tegur @tamu:desk mohon tertib", room=room)
    assert [(act.user, act.by) for act in desk.facts(f.Act) if act.verb == "warn"] == [("@tamu:desk", WHO)]


def test_a_knock_that_names_the_unit_is_decided_by_whom_the_head_lent_it(desk: Desk) -> None:
    """The card's number comes by direct chat; a knock for another unit stays closed to them."""
    _lent(desk, "terima")
    room = chat(desk, WHO)
    member(desk, "@staf:desk", "knock", FORUM, reason="Saya staf DLH, mohon izin bergabung")
    number = desk.facts(f.Proposal)[-1].number
    assert told(desk, WHO)[-1] == "told.knock"
    assert told(desk, "dlh-1")[-1] == "told.knock"
    desk.say(WHO, f"setuju {number}", room=room)
    assert [(act.verb, act.user) for act in desk.facts(f.Act)] == [("invite", "@staf:desk")]
    member(desk, "@lain:desk", "knock", FORUM, reason="Saya staf Dinkes")
    desk.say(WHO, f"setuju {desk.facts(f.Proposal)[-1].number}", room=room)
    assert answer(desk, room).key == "command.no_right"
