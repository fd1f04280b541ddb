"""Several rooms: each has its share of the roster, and lines of its own where it needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bridge.forum.cards import proposal_card
from bridge.forum.upgrades import UpgradeNews
from bridge.ledger import inbox, moves, outbox, projections, rooms
from bridge.ledger.waiting import proposal_view
from bridge.model import facts as f
from bridge.model.effects import Follow, Invite, Link, Refresh, Remove, Say
from tests.forum.conducting import burst, steps
from tests.forum.desk import AUDIT, BOT, CONTROL, FORUM, SPACE, Desk, policy_text, roster_text, user

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


def test_rooms_are_listed_in_the_space_where_the_policy_says_so(tmp_path: Path) -> None:
    """Every room of the forum, once its own state or that of the space was read; not without `link: true`."""
    desk = Desk(tmp_path, policy=policy_text("space: {link: true}\n"), groups={"siaga": ()}, space=True)
    desk.compare(SPACE)
    assert [(link.room, link.child) for link in desk.effects(Link)] == [
        (SPACE, FORUM),
        (SPACE, CONTROL),
        (SPACE, AUDIT),
        (SPACE, TEAM),
    ]
    desk.compare(TEAM)
    assert [link.child for link in desk.effects(Link)][4:] == [TEAM]


def test_nothing_is_listed_in_the_space_unless_the_policy_says_so(tmp_path: Path) -> None:
    """A space that people made stays as they made it."""
    desk = Desk(tmp_path, groups={"siaga": ()}, space=True)
    desk.compare(SPACE)
    assert desk.effects(Link) == []


def test_status_names_the_rooms_and_says_where_the_bot_is_not(tmp_path: Path) -> None:
    """Where it works, where it was refused something, where it is not, and a name that leads nowhere."""
    desk = team(tmp_path, *SHARE)
    desk.book = replace(desk.book, missing=frozenset({"gudang"}))
    desk.store.begin()
    desk.store.run("UPDATE room SET membership = 'leave' WHERE room = ?", (TEAM,))
    desk.store.run("UPDATE room SET degraded = 'M_FORBIDDEN: no' WHERE room = ?", (AUDIT,))
    desk.store.commit()
    desk.say("ahli-1", "!status", room=CONTROL)
    lines = {line.key: line.values for line in desk.said(CONTROL)[-1].lines}
    assert lines["status.rooms"] == {"rooms": ["forum", "ruang kendali"]}
    assert lines["status.room_outside"] == {"room": "siaga"}
    assert lines["status.room_trouble"] == {"room": "ruang audit", "why": "M_FORBIDDEN: no"}
    assert lines["status.room_unknown"] == {"room": "gudang"}


def test_status_in_the_forum_says_nothing_about_rooms(tmp_path: Path) -> None:
    """The room sees counts."""
    desk = team(tmp_path, *SHARE)
    desk.say("ahli-1", "!status")
    assert [line.key for line in desk.said()[-1].lines] == []


# Rooms that others replace


def entomb(desk: Desk, sender: str, room: str = FORUM, new: str = "!baru") -> None:
    """Somebody upgrades a room."""
    content = {"body": "pindah", "replacement_room": new}
    desk.put(desk.state(room, "m.room.tombstone", "", content, sender=sender))


@pytest.mark.parametrize("stage", ["watch", "enforce"])
def test_a_room_that_an_expert_or_the_bot_replaced_is_followed_in_every_stage(tmp_path: Path, stage: str) -> None:
    """Going where the room has gone touches nobody."""
    desk = Desk(tmp_path, stage=stage)
    entomb(desk, user("ahli-1"))
    entomb(desk, BOT, AUDIT, "!lain")
    assert [(effect.room, effect.replacement) for effect in desk.effects(Follow)] == [
        (FORUM, "!baru"),
        (AUDIT, "!lain"),
    ]


@pytest.mark.parametrize("who", ["dlh-1", "@admin:elsewhere", "auditor-1"])
def test_whoever_does_not_run_the_forum_moves_it_only_with_a_person_who_does(tmp_path: Path, who: str) -> None:
    """A power level set by hand is no authority: one word of an expert is, or of a leader."""
    desk = Desk(tmp_path)
    entomb(desk, who if who.startswith("@") else user(who))
    assert desk.effects(Follow) == []
    waiting = [fact for fact in desk.facts(f.Proposal) if fact.what == "upgrade"]
    assert [(fact.state, fact.needs, fact.detail) for fact in waiting] == [("open", 1, "!baru")]
    desk.say("ahli-2", f"!setuju {waiting[0].number}", room=CONTROL)
    assert [(effect.room, effect.replacement) for effect in desk.effects(Follow)] == [(FORUM, "!baru")]


def test_a_move_that_nobody_wanted_is_cancelled_and_the_old_room_goes_on(tmp_path: Path) -> None:
    """Orders are taken there as ever."""
    desk = Desk(tmp_path)
    entomb(desk, "@admin:elsewhere")
    number = desk.facts(f.Proposal)[0].number
    desk.say("ahli-2", f"!batal {number}", room=CONTROL)
    desk.say("bupati", "Perintah: DLH agar bersihkan pasar hari ini")
    assert desk.effects(Follow) == []
    assert [fact.number for fact in desk.facts(f.Directive)] == ["P-1"]


@pytest.mark.parametrize("new", ["", 7, "x", None])
def test_a_tombstone_without_a_room_is_recorded_and_nothing_else(tmp_path: Path, new: object) -> None:
    """Also whatever a hostile client writes into it."""
    desk = Desk(tmp_path)
    desk.put(desk.state(FORUM, "m.room.tombstone", "", {"replacement_room": new}, sender=user("ahli-1")))
    assert [fact.type for fact in desk.facts(f.RoomChanged)] == ["m.room.tombstone"]
    assert desk.effects(Follow) == [] and desk.facts(f.Proposal) == []


def move(desk: Desk, old: str, new: str, *, joined: Sequence[str], here: Sequence[str] = ()) -> None:
    """The room was followed: what the errand writes down when both rooms say so."""
    kind = {FORUM: "forum", CONTROL: "control", TEAM: "group"}[old]
    desk.store.begin()
    assert rooms.await_heir(desk.store, old, new)
    rooms.set_membership(desk.store, new, "join")
    moves.take_place(desk.store, "uji", old, new)
    news = UpgradeNews(
        state="followed",
        old=old,
        new=new,
        kind=kind,
        name=kind,
        by=user("ahli-1"),
        tombstone="$grave",
        version="12",
        joined=tuple(map(user, joined)),
        here=tuple(map(user, here)),
    )
    body = msgspec.json.encode(news)
    inbox.add_row(desk.store, "uji", "upgrade", f"upgrade:{old}:followed", body, at=desk.clock.now(), room=new)
    desk.store.commit()
    desk.book = replace(desk.book, rooms={k: new if r == old else r for k, r in desk.book.rooms.items()})
    desk.decide()


def test_what_is_open_goes_on_in_the_new_room_under_the_same_numbers(tmp_path: Path) -> None:
    """An order, the report that answers it, its photo in the new room, its card, its reminder."""
    desk = Desk(tmp_path)
    desk.say("bupati", "Perintah: DLH dan PUPR agar bersihkan pasar paling lambat besok jam 9 pagi")
    desk.say("dlh-1", "Lapor P-1: pasar sudah kami bersihkan")
    desk.deliver()
    move(desk, FORUM, "!baru", joined=["bupati"])
    desk.deliver()
    desk.put(
        desk.message(
            "dlh-1",
            {"msgtype": "m.image", "body": "a.jpg", "url": "mxc://desk/9", "info": {"mimetype": "image/jpeg"}},
            room="!baru",
        )
    )
    paired = desk.facts(f.EvidencePaired)
    assert [fact.report for fact in paired] == ["L-1"]
    desk.judge(paired[0].event)
    assert desk.report("L-1") == "reported"
    assert desk.task("P-1", "dlh") == "reported"
    fresh = [card for card in desk.effects(Refresh) if card.card == "P-1"][-1]
    assert fresh.room == "!baru"
    assert outbox.posted(desk.store, "uji", "P-1.card") is None, "it is posted anew, the old one stays behind"
    desk.say("bupati", "Perintah: Citta agar cek tanggul hari ini", room="!baru")
    assert [fact.number for fact in desk.facts(f.Directive)] == ["P-1", "P-2"]
    desk.move(hours=24.2)
    assert [say.room for say in desk.effects(Say) if say.key == "directive.remind"] == ["!baru"]


def test_a_reaction_on_the_card_that_stayed_behind_still_counts(tmp_path: Path) -> None:
    """A phone that was offline sends it an hour later."""
    desk = Desk(tmp_path)
    desk.say("bupati", "Perintah: DLH agar bersihkan pasar paling lambat besok jam 9 pagi")
    desk.deliver()
    card = outbox.posted(desk.store, "uji", "P-1.card")
    assert card is not None
    move(desk, FORUM, "!baru", joined=["bupati"])
    desk.react("dlh-1", card.event, "👍")
    assert desk.task("P-1", "dlh") == "acknowledged"


def test_whoever_was_in_the_old_room_is_invited_to_the_new_one_and_nobody_is_removed(tmp_path: Path) -> None:
    """Also the stranger of whom people decided that they stay; not the one whose removal was waiting."""
    desk = Desk(tmp_path)
    for who in ("@tetap:desk", "@asing:desk"):
        desk.put(desk.state(FORUM, "m.room.member", who, {"membership": "join"}, sender=who))
    desk.say("ahli-1", "!pertahankan @tetap:desk", room=CONTROL)
    move(desk, FORUM, "!baru", joined=["bupati", "dlh-1", "tetap", "asing"], here=["bupati"])
    assert people(desk, Invite, "!baru") == {"dlh-1", "tetap"}
    assert all("pindah ke ruang baru" in e.reason for e in desk.effects(Invite) if e.room == "!baru")
    assert desk.effects(Remove) == []
    assert [say.key for say in desk.said(CONTROL)][-1] == "room.followed"


def test_in_a_lower_stage_nobody_is_invited_by_a_move(tmp_path: Path) -> None:
    """Whoever moved the room brings the people along."""
    desk = Desk(tmp_path, stage="remind")
    move(desk, FORUM, "!baru", joined=["bupati", "dlh-1"])
    assert desk.effects(Invite) == []
    assert [fact.replacement for fact in desk.facts(f.RoomReplaced)] == ["!baru"]


def test_the_control_room_hears_in_its_new_room_that_it_has_moved(tmp_path: Path) -> None:
    """And what waits there goes on waiting, with a card in the new room."""
    desk = Desk(tmp_path)
    desk.put(desk.state(FORUM, "m.room.member", "@asing:desk", {"membership": "join"}, sender="@asing:desk"))
    number = desk.facts(f.Proposal)[0].number
    move(desk, CONTROL, "!kendali2", joined=["ahli-1"])
    assert desk.heard("!kendali2") == ["room.followed"]
    desk.say("ahli-1", f"!batal {number}", room="!kendali2")
    assert desk.facts(f.Proposal)[-1].state == "cancelled"
    assert [card.room for card in desk.effects(Refresh) if card.card == f"proposal:{number}"][-1] == "!kendali2"


def test_projections_are_the_same_when_they_are_derived_anew_after_a_move(tmp_path: Path) -> None:
    """What a replaced room moves is in the facts."""
    desk = Desk(tmp_path)
    desk.say("bupati", "Perintah: DLH agar bersihkan pasar paling lambat besok jam 9 pagi")
    move(desk, FORUM, "!baru", joined=["bupati", "kes-1"])
    tables = ("directive", "task", "report", "proposal", "act", "message")
    before = {table: desk.store.all(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables}  # noqa: S608
    desk.store.begin()
    projections.rebuild(desk.store)
    desk.store.commit()
    assert {table: desk.store.all(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables} == before  # noqa: S608
    assert desk.store.one("SELECT room FROM directive") == ("!baru",)


def test_what_was_said_in_the_new_room_before_it_was_ours_is_taken_up(tmp_path: Path) -> None:
    """Until both rooms agree its messages wait, and none of them is lost."""
    desk = Desk(tmp_path)
    desk.store.begin()
    rooms.await_heir(desk.store, FORUM, "!baru")
    desk.store.commit()
    early = desk.say("bupati", "Perintah: DLH agar bersihkan pasar hari ini", room="!baru")
    assert desk.facts(f.Directive) == []
    move(desk, FORUM, "!baru", joined=["bupati"])
    assert [(fact.event, fact.number) for fact in desk.facts(f.Directive)] == [(early, "P-1")]


def test_the_control_room_hears_that_the_bot_was_removed(tmp_path: Path) -> None:
    """Whoever does it; the bot's own leaving, and a removal from the control room itself, say nothing."""
    desk, gone = team(tmp_path), {"membership": "leave"}
    for room, by in ((FORUM, user("wabup")), (FORUM, BOT), (CONTROL, user("ahli-1"))):
        event = desk.state(room, "m.room.member", BOT, gone, sender=by)
        desk.put(msgspec.structs.replace(event, prev_content={"membership": "join"}))
    (told,) = [say for say in desk.effects(Say) if say.key == "bot.removed"]
    assert (told.room, told.values["who"]) == (CONTROL, user("wabup"))


def test_a_team_may_write_faster_than_the_forum(tmp_path: Path) -> None:
    """Its line of `conduct` counts in its room alone; what it does not write is as in the forum."""
    rules = RULES + "    conduct: {flood: {messages: 30}}\n"
    desk = Desk(tmp_path, policy=policy_text(rules), groups={"siaga": ("bpbd-1", "kes-1")})
    burst(desk, "bpbd-1", 14, room=TEAM)
    assert steps(desk) == []
    burst(desk, "kes-1", 32, seconds=0.5, room=TEAM)
    burst(desk, "bpbd-1", 14)
    assert steps(desk) == ["remind", "remind"]
    assert [fact.room for fact in desk.facts(f.Conduct)] == [TEAM, FORUM]
