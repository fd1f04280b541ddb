"""Guests: a sponsor, a purpose, an end; they read, and are gone after their last day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bridge.ledger import outbox
from bridge.model import facts as f
from bridge.model.clock import moment
from tests.forum.desk import BOT, CONTROL, FORUM, Desk, policy_text, roster_text, user
from tests.forum.offices import GUEST, answer, chat, member, take_force, to_day, told
from tests.forum.powers import carry_out, levels, set_levels

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


def _listed(*more: str) -> str:
    """A roster.yaml with a guest in it, from the livestock agency."""
    person = f'  - {{id: tamu, name: "Tamu Contoh", identifiers: [{{matrix: "{user("tamu")}"}}]}}\n'
    office = ", ".join(("person: tamu, role: guest, unit: peternakan, from: 2025-01-01, to: 2027-12-31", *more))
    text = roster_text().replace("offices:\n", f"{person}offices:\n")
    return f"{text}  - {{{office}, sponsor: ternak-1}}\n"


def _comes(place: Path, roster: str, policy: str = "") -> Desk:
    """The guest of the roster comes into the room, and what follows is delivered."""
    desk = Desk(place, roster=roster, policy=policy_text(policy))
    set_levels(desk, {"users": {BOT: 100}})
    member(desk, user("tamu"), "join")
    carry_out(desk)
    return desk


def test_a_guest_of_the_roster_only_reads(tmp_path: Path) -> None:
    """Below what any message needs, by the rule that keeps levels as the roles have them."""
    desk = _comes(tmp_path, _listed())
    assert levels(desk) == {"users": {BOT: 100, user("tamu"): -1}}
    assert [(act.verb, act.rule) for act in desk.facts(f.Act)] == [("levels", "roles")]


@pytest.mark.parametrize(
    ("office", "policy", "level"),
    [
        (("writes: true",), "", None),
        ((), "membership:\n  guests_write: true\n", None),
        (("writes: false",), "membership:\n  guests_write: true\n", -1),
    ],
)
def test_the_policy_and_the_roster_say_which_guests_write(
    tmp_path: Path, office: tuple[str, ...], policy: str, level: int | None
) -> None:
    """The roster's word about one guest goes before the policy's about all."""
    desk = _comes(tmp_path, _listed(*office), policy)
    assert levels(desk)["users"].get(user("tamu")) == level


def test_a_guest_who_takes_office_writes_again(tmp_path: Path) -> None:
    """What the bridge has taken it gives back; what a person set below zero it leaves alone."""
    desk = _comes(tmp_path, _listed())
    take_force(desk, _listed() + "  - {person: tamu, role: expert, from: 2026-01-01}\n")
    carry_out(desk)
    assert levels(desk) == {"users": {BOT: 100}}


@pytest.mark.parametrize("word", ["batal", "urungkan"])
def test_what_was_granted_ends_by_its_number(desk: Desk, word: str) -> None:
    """`cancel A-1` and `undo A-1` alike: the guest goes at once, and the sponsor hears it."""
    number = _invited(desk)
    desk.say("ahli-1", f"!{word} {number}", room=CONTROL)
    assert answer(desk, CONTROL).key == "proposal.now_cancelled"
    assert [(act.verb, act.user) for act in desk.facts(f.Act)][-1] == ("remove", GUEST)
    assert told(desk, "ternak-1")[-1] == "told.guest_left"
    desk.say("ahli-1", f"!{word} {number}", room=CONTROL)
    assert len(desk.facts(f.Revoked)) == 1, "what is over is not ended twice"


def test_a_grant_is_undone_by_answering_its_card(desk: Desk) -> None:
    """The card says which one is meant; a right that was lent ends the same way."""
    number = _invited(desk)
    desk.deliver()
    post = outbox.posted(desk.store, "uji", f"{number}.proposal")
    assert post is not None
    desk.say("ahli-1", "!urungkan", room=CONTROL, reply_to=post.event)
    assert [(act.verb, act.user) for act in desk.facts(f.Act)][-1] == ("remove", GUEST)
    assert desk.facts(f.Revoked)[-1].number == number
