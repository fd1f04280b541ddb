"""Guests: a sponsor, a purpose, an end; they read, and are gone after their last day."""

from __future__ import annotations

from datetime import date

from bridge.model import facts as f
from bridge.model.clock import moment
from tests.forum.desk import CONTROL, FORUM, Desk, policy_text
from tests.forum.offices import GUEST, answer, chat, member, to_day, told

ASKED = f"{GUEST} Tamu Contoh sampai 2026-12-05 untuk pendampingan anthrax"


def _invited(desk: Desk) -> str:
    """The livestock agency's head invites a guest, and an expert agrees."""
    room = chat(desk, "ternak-1")
    desk.say("ternak-1", f"tamu {ASKED}", room=room)
    number = desk.facts(f.Proposal)[-1].number
    desk.say("ahli-1", f"!setuju {number}", room=CONTROL)
    member(desk, GUEST, "invite")
    member(desk, GUEST, "join")
    return number


def test_a_guest_comes_with_a_sponsor_a_purpose_and_an_end_when_two_agree(desk: Desk) -> None:
    """Whoever asks answers for the guest; the account is invited with a reason, and reads only."""
    number = _invited(desk)
    fact = desk.facts(f.Granted)[0]
    assert (fact.number, fact.user, fact.name, fact.by, fact.second) == (
        *(number, GUEST, "Tamu Contoh", "ternak-1", "ahli-1"),
    )
    assert (fact.purpose, fact.ends, fact.unit) == ("pendampingan anthrax", "2026-12-05", "peternakan")
    acts = desk.facts(f.Act)
    assert [(act.verb, act.room, act.user) for act in acts] == [("invite", FORUM, GUEST), ("mute", FORUM, GUEST)]
    assert acts[1].changes == {f"users/{GUEST}": -1}, "below what any message needs"
    assert acts[1].until is not None
    book = desk.laid()
    standing = book.roster.standing(GUEST, moment(desk.clock.now()))
    assert standing is not None and standing.role == "guest"
    assert desk.facts(f.Proposal)[-1].state == "done", "nobody proposes to remove who was invited"


def test_where_the_policy_lets_guests_write_nobody_is_muted(tmp_path: object) -> None:
    """`membership.guests_write: true`."""
    desk = Desk(tmp_path, policy=policy_text("membership:\n  guests_write: true\n"))  # type: ignore[arg-type]
    _invited(desk)
    assert [act.verb for act in desk.facts(f.Act)] == ["invite"]


def test_the_sponsor_hears_before_and_then_and_the_guest_is_out_after_midnight(desk: Desk) -> None:
    """Fourteen and three days before, and on the day after, when the removal has its short notice."""
    _invited(desk)
    to_day(desk, date(2026, 12, 2))
    assert told(desk, "ternak-1") == ["told.guest_ends"] * 2
    assert "told.your_guest_ends" in told(desk, desk.facts(f.Granted)[0].person)
    to_day(desk, date(2026, 12, 5))
    assert [act.verb for act in desk.facts(f.Act)] == ["invite", "mute"], "the last day is a day of the visit"
    to_day(desk, date(2026, 12, 6))
    assert told(desk, "ternak-1").count("told.guest_over") == 1
    assert told(desk, "ternak-1").count("told.leaving_of") == 1, "the unit's head hears it before it happens"
    assert told(desk, desk.facts(f.Granted)[0].person)[-1] == "told.leaving", "so does the guest"
    assert [act.verb for act in desk.facts(f.Act)] == ["invite", "mute"]
    desk.move(minutes=20)
    removed = [act for act in desk.facts(f.Act) if act.verb == "remove"]
    assert [(act.user, act.rule) for act in removed] == [(GUEST, "guest_ended")]
    assert "tamu" in removed[0].reason
    member(desk, GUEST, "leave")
    to_day(desk, date(2026, 12, 8))
    assert len([act for act in desk.facts(f.Act) if act.verb == "remove"]) == 1, "once, not twice"


def test_a_guest_can_be_sent_off_at_a_word_and_the_sponsor_hears_it(desk: Desk) -> None:
    """An expert ends it: removed at once, courteously."""
    _invited(desk)
    desk.say("ahli-1", f"!tamu {GUEST} selesai", room=CONTROL)
    assert answer(desk, CONTROL).key == "grant.ended"
    assert [act.verb for act in desk.facts(f.Act)][-1] == "remove"
    assert told(desk, "ternak-1")[-1] == "told.guest_left"


def test_without_an_end_a_purpose_or_a_name_nobody_is_asked(desk: Desk) -> None:
    """One sentence shows how; a guest asks for no guests."""
    for words in (
        f"{GUEST} Tamu Contoh",
        f"{GUEST} Tamu Contoh sampai 2026-12-05",
        f"{GUEST} sampai 2026-12-05 untuk rapat",
        "Tamu Contoh sampai 2026-12-05 untuk rapat",
    ):
        desk.say("ahli-1", f"!tamu {words}", room=CONTROL)
        assert answer(desk, CONTROL).key == "grant.how_guest", words
    desk.say("ahli-1", "!tamu @kes-1:desk Siapa sampai 2026-12-05 untuk rapat", room=CONTROL)
    assert answer(desk, CONTROL).key == "grant.listed"
    assert desk.facts(f.Proposal) == []
    _invited(desk)
    room = chat(desk, "tamu", account=GUEST)
    desk.say(GUEST, f"tamu {ASKED}", room=room)
    assert len(desk.facts(f.Proposal)) == 2, "the one that was asked for, and that it was agreed to"
