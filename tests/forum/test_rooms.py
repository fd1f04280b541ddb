"""Several rooms: each has its share of the roster, and lines of its own where it needs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.forum.cards import proposal_card
from bridge.ledger.waiting import proposal_view
from bridge.model import facts as f
from bridge.model.effects import Invite, Refresh, Remove
from tests.forum.desk import BOT, CONTROL, FORUM, SPACE, Desk, policy_text, roster_text, user

TEAM = "!siaga"
RULES = """rooms:
  siaga:
    members: {units: [bpbd, kesehatan], kinds: [subdistrict], roles: [leader], persons: [ahli-1]}
    evidence: {ask_after: 2m, wait: 20m}
    reminders: {quiet_hours: off, grace: 5m}
"""
SHARE = {"bupati", "kes-1", "bpbd-1", "citta-1", "ganra-1", "ahli-1"}


def team(folder: Path, *persons: str, stage: str = "enforce") -> Desk:
    """A forum with a working group in which these persons are."""
    return Desk(folder, stage=stage, policy=policy_text(RULES), groups={"siaga": persons})


def people(desk: Desk, kind: type[Invite] | type[Remove], room: str = TEAM) -> set[str]:
    """Who would be invited to, or removed from, a room."""
    return {effect.user.split(":")[0][1:] for effect in desk.effects(kind) if effect.room == room}


def test_exactly_the_units_roles_kinds_and_persons_of_a_room_are_invited_to_it(tmp_path: Path) -> None:
    """Six of fourteen belong; whoever is there already is not invited, and the forum itself is left alone."""
    desk = team(tmp_path, "bpbd-1")
    desk.compare(TEAM)
    assert people(desk, Invite) == SHARE - {"bpbd-1"}
    assert people(desk, Invite, FORUM) == set()


def test_nothing_happens_in_a_working_group_that_has_no_members_rule(tmp_path: Path) -> None:
    """Nobody is invited, nobody removed, listed or not, as before there were such rules."""
    desk = Desk(tmp_path, groups={"siaga": ["bpbd-1"]})
    desk.put(desk.state(TEAM, "m.room.member", "@asing:desk", {"membership": "join"}, sender="@asing:desk"))
    desk.compare(TEAM)
    desk.move(hours=2)
    assert people(desk, Invite) == set()
    assert people(desk, Remove) == set()
    assert [fact.user for fact in desk.facts(f.Membership)] == ["@asing:desk"]


def test_whoever_holds_no_office_of_a_room_any_more_leaves_it_after_a_notice_and_stays_in_the_forum(
    tmp_path: Path,
) -> None:
    """Transferred from the disaster agency to public works: out of the team, with the reason on the screen."""
    desk = team(tmp_path, *SHARE)
    moved = roster_text().replace("person: bpbd-1, role: head, unit: bpbd", "person: bpbd-1, role: expert")
    moved = moved.replace("person: kes-1, role: head, unit: kesehatan", "person: kes-1, role: head, unit: pupr")
    desk.files(policy=policy_text(RULES), roster=moved)
    desk.compare(TEAM)
    opened = [fact for fact in desk.facts(f.Proposal) if fact.state == "open"]
    # An expert runs the forum and may be in any room; the other is proposed, one of seven being more than a tenth.
    assert [(fact.room, fact.users, fact.needs) for fact in opened] == [(TEAM, (user("kes-1"),), 2)]
    desk.say("ahli-1", f"!setuju {opened[0].number}", room=CONTROL)
    desk.say("ahli-2", f"!setuju {opened[0].number}", room=CONTROL)
    assert people(desk, Remove) == {"kes-1"}
    assert people(desk, Remove, FORUM) == set()
    assert "untuk unit lain" in desk.effects(Remove)[0].reason


def test_leaders_auditors_and_experts_are_removed_from_no_room_by_its_share(tmp_path: Path) -> None:
    """Whoever looks into a working group stays there, and so does the bot."""
    desk = team(tmp_path, *SHARE, "wabup", "auditor-1", "ahli-2")
    desk.compare(TEAM)
    desk.move(hours=2)
    assert desk.facts(f.Proposal) == []
    assert people(desk, Remove) == set()


@pytest.mark.parametrize("stage", ["watch", "tag", "remind"])
def test_below_enforce_no_room_is_touched(tmp_path: Path, stage: str) -> None:
    """The stage is the forum's, and holds in every room."""
    desk = team(tmp_path, "dlh-1", stage=stage)
    desk.compare(TEAM)
    desk.move(hours=2)
    assert desk.effects(Invite) == [] and desk.effects(Remove) == []
    assert desk.facts(f.Proposal) == []


def test_who_was_present_when_a_room_was_adopted_is_never_removed_from_it_by_a_rule(tmp_path: Path) -> None:
    """A living working group stays as people made it, though the forum is in `enforce`."""
    desk = team(tmp_path, *SHARE, "dlh-1", "pupr-1")
    desk.store.begin()
    desk.store.run("UPDATE room SET adopted_at = NULL, made_by_us = 0 WHERE room = ?", (TEAM,))
    desk.store.commit()
    desk.compare(TEAM)
    adopted = desk.facts(f.Adopted)
    assert [fact.room for fact in adopted] == [TEAM]
    assert {user("dlh-1"), user("pupr-1")} <= set(adopted[0].present)
    desk.compare(TEAM)
    desk.move(hours=48)
    assert people(desk, Remove) == set()
    assert [fact for fact in desk.facts(f.Proposal) if fact.room == TEAM] == []


def test_a_listed_person_who_knocks_at_a_room_of_theirs_is_let_in_and_another_is_asked_about(
    tmp_path: Path,
) -> None:
    """The share decides at the door, too."""
    desk = team(tmp_path, "bupati")
    for person in ("kes-1", "dlh-1"):
        who = user(person)
        desk.put(desk.state(TEAM, "m.room.member", who, {"membership": "knock"}, sender=who))
    assert "kes-1" in people(desk, Invite)
    assert "dlh-1" not in people(desk, Invite)
    asked = [fact for fact in desk.facts(f.Proposal) if fact.what == "invite"]
    assert [(fact.room, fact.users) for fact in asked] == [(TEAM, (user("dlh-1"),))]


def test_everybody_listed_is_invited_to_the_space_and_an_outsider_is_proposed_for_removal(tmp_path: Path) -> None:
    """Whoever is in one of the rooms is in the space; whoever belongs to none is not."""
    desk = Desk(tmp_path, space=True)
    desk.put(desk.state(SPACE, "m.room.member", "@asing:desk", {"membership": "join"}, sender="@asing:desk"))
    desk.compare(SPACE)
    assert len(people(desk, Invite, SPACE)) == 14
    assert [fact.users for fact in desk.facts(f.Proposal) if fact.room == SPACE] == [("@asing:desk",)]


def test_a_report_in_a_room_is_asked_for_evidence_and_given_up_by_the_times_of_that_room(tmp_path: Path) -> None:
    """Two and twenty minutes in the team, ten minutes and two hours in the forum."""
    desk = team(tmp_path, *SHARE)
    desk.say("bpbd-1", "Lapor: tanggul di Citta sudah kami tutup", room=TEAM)
    desk.say("dlh-1", "Lapor: pasar Lalabata sudah kami bersihkan")
    desk.move(minutes=3)
    assert desk.heard(TEAM) == ["report.ask_evidence"]
    assert desk.heard(FORUM) == []
    desk.move(minutes=18)
    assert [desk.report(number) for number in ("L-1", "L-2")] == ["incomplete", "waiting"]
    assert "report.ask_evidence" in desk.heard(FORUM)
    desk.move(hours=2)
    assert desk.report("L-2") == "incomplete"


def test_a_room_without_quiet_hours_rings_at_night(tmp_path: Path) -> None:
    """What a leader orders the team at 22.00 rings there, and does not in the forum."""
    desk = team(tmp_path, *SHARE)
    desk.move(hours=15)
    for room, number in ((TEAM, "P-1"), (FORUM, "P-2")):
        desk.say("bupati", "Perintah: BPBD agar kirim perahu ke Citta paling lambat besok jam 9 pagi", room=room)
        assert number in desk.cards()
    rung = {card.room: card.mentions for card in desk.effects(Refresh) if card.card in ("P-1", "P-2")}
    assert rung[TEAM] == (user("bpbd-1"),)
    assert rung[FORUM] == ()


def test_numbers_are_one_series_over_all_rooms(tmp_path: Path) -> None:
    """An order of the team and one of the forum never have the same number."""
    desk = team(tmp_path, *SHARE)
    desk.say("bupati", "Perintah: BPBD agar cek tanggul Citta hari ini", room=TEAM)
    desk.say("bupati", "Perintah: DLH agar bersihkan pasar hari ini")
    assert [(fact.number, fact.room) for fact in desk.facts(f.Directive)] == [("P-1", TEAM), ("P-2", FORUM)]


def test_the_card_about_a_member_of_another_room_says_which_room(tmp_path: Path) -> None:
    """Somebody who reads `to be removed` must know from where."""
    desk = team(tmp_path, *SHARE)
    who = "@asing:desk"
    desk.put(desk.state(TEAM, "m.room.member", who, {"membership": "join"}, sender=who))
    number = desk.facts(f.Proposal)[0].number
    view = proposal_view(desk.store, "uji", number)
    assert view is not None
    assert [line.values for line in proposal_card(view, desk.book) if line.key == "proposal.room"] == [
        {"room": "siaga"}
    ]
    assert BOT not in {effect.user for effect in desk.effects(Remove)}
