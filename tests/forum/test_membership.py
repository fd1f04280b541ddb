"""Membership: first sight of a living room, invitations, outsiders and knocks, notices, what is only recorded."""

from __future__ import annotations

import dataclasses

import pytest

from bridge.forum.presence import Presence
from bridge.model import facts as f
from bridge.model.effects import CancelTimer, Invite, Refresh, Remove
from bridge.model.event import Event
from bridge.policy.members import Membership
from tests.forum.beginnings import OUTSIDER, enforcing, living_forty
from tests.forum.house import (
    AUDIT,
    BOT,
    CONTROL,
    DAY,
    FORUM,
    MINUTE,
    NOON,
    House,
    book_of,
    effects,
    facts,
    only_adoption_cards,
    person,
    roster_of,
    staff,
)


def test_a_living_room_is_only_recorded_and_shown_on_one_card() -> None:
    """Start, three reloads, restart: nobody is invited, removed or written to; one card with exactly 18 names."""
    house, unlisted = living_forty()
    house.fill(["@ahli:hs", "@pakar:hs"], CONTROL)
    house.first_sight(CONTROL)
    first = house.first_sight()
    for _ in range(3):
        house.reload()
    house.first_sight()
    house.midnight()
    (adopted,) = facts(first, f.Adopted)
    assert len(adopted.present) == 40
    assert len(adopted.matched) == 22
    assert sorted(adopted.unlisted) == sorted(unlisted)
    assert len(adopted.unlisted) == 18
    assert house.stage == "watch"
    everything = [effect for outcome in house.outcomes for effect in outcome.effects]
    assert everything
    assert only_adoption_cards(everything)
    recorded = [fact for outcome in house.outcomes for fact in outcome.facts]
    assert not [fact for fact in recorded if isinstance(fact, f.Act | f.Proposal | f.Stage)]


def test_the_card_names_the_unlisted_the_absent_and_probable_slips() -> None:
    """Names under "not listed" come with the nearest entries of the roster; a misspelt id is pointed out."""
    house, unlisted = living_forty()
    members = house.situation().members[FORUM]
    view = Presence(members, house.book.roster, BOT, NOON).view()
    assert (view.present, view.matched, view.unlisted) == (40, 22, 18)
    assert {one.user for one in view.named} == set(unlisted)
    assert not view.leader
    assert len(view.absent) == 2
    assert {(one.listed, one.present) for one in view.misspelt} == {
        ("@kadis-pertnaian:hs", "@kadis-pertanian:hs"),
        ("@kadis-kesehatn:hs", "@kadis-kesehatan:hs"),
    }
    near = {one.user: one.nearest for one in view.named}
    assert "Kadis-Pertnaian Contoh" in near["@kadis-pertanian:hs"]


def test_whoever_comes_later_to_a_watched_room_is_recorded_only() -> None:
    """In `watch` an invitation of an outsider, a knock and a leaving cause facts and the card, nothing else."""
    house, _ = living_forty()
    house.first_sight()
    outcomes = [
        house.member(OUTSIDER, "invite", by="@kadis1:hs"),
        house.member("@lain:hs", "knock"),
        house.member("@kadis2:hs", "leave"),
    ]
    assert [facts(outcome, f.Membership)[0].by_hand for outcome in outcomes] == [False, False, True]
    assert all(only_adoption_cards(outcome.effects) for outcome in outcomes)


def test_a_room_that_the_bot_made_starts_enforced_and_is_filled() -> None:
    """Nobody is there to be surprised: the listed are invited, with a number, a reason and a rule."""
    house = House(book_of(roster_of(staff(4))))
    house.fill([])
    outcome = house.first_sight()
    assert [fact.stage for fact in facts(outcome, f.Stage)] == ["enforce"]
    acts = facts(outcome, f.Act)
    assert [act.number for act in acts] == [f"A-{n}" for n in range(1, len(acts) + 1)]
    assert {act.user for act in acts} == {f"@{who.id}:hs" for who, _ in staff(4)}
    assert all(act.verb == "invite" and act.rule == "roster" and act.person and act.cause for act in acts)
    invites = effects(outcome, Invite)
    assert [(one.user, one.act) for one in invites] == [(act.user, act.number) for act in acts]
    assert all("Forum Soppeng" in one.reason for one in invites)


@pytest.mark.parametrize("stage", ["watch", "tag", "remind"])
def test_a_room_that_the_bot_made_starts_where_the_policy_says(stage: str) -> None:
    """Below `enforce` it is not filled."""
    house = House(book_of(roster_of(staff(4)), {"stage": stage}))
    house.fill([])
    outcome = house.first_sight()
    assert house.stage == stage
    assert not effects(outcome, Invite)


def test_the_control_and_audit_rooms_are_for_those_who_work_there() -> None:
    """Experts are invited to the control room, auditors and experts to the audit room, heads to neither."""
    house = House(book_of(roster_of(staff(4))))
    for room in (FORUM, CONTROL, AUDIT):
        house.fill([], room)
    house.first_sight()
    control, audit = house.first_sight(CONTROL), house.first_sight(AUDIT)
    assert {one.user for one in effects(control, Invite) if one.room == CONTROL} == {"@ahli:hs", "@pakar:hs"}
    assert {one.user for one in effects(audit, Invite) if one.room == AUDIT} == {
        "@ahli:hs",
        "@pakar:hs",
        "@auditor:hs",
    }


def test_nobody_is_invited_twice_before_the_invitation_is_seen() -> None:
    """Two comparisons without a change give nothing new; a day later a lost invitation is tried again."""
    house = House(book_of(roster_of(staff(4))))
    house.fill([])
    first = house.first_sight()
    assert effects(first, Invite)
    assert house.reload().facts == []
    house.now += DAY + MINUTE
    assert len(effects(house.reload(), Invite)) == len(effects(first, Invite))


def test_a_person_added_to_the_roster_is_invited_once() -> None:
    """One new line, one invitation."""
    house = enforcing()
    outcome = house.reload(roster_of([*staff(30), person("baru", "head", "unit99")], version=2))
    assert [one.user for one in effects(outcome, Invite)] == ["@baru:hs"]
    assert facts(outcome, f.Act)[0].roster_version == 2


def test_an_outsider_who_is_invited_waits_on_a_card_and_goes_after_the_notice() -> None:
    """A removal has a notice before it, and a courteous reason that names the contact."""
    house = enforcing(membership=Membership(contact="Diskominfo, lantai 2"))
    seen = house.member(OUTSIDER, "invite", by="@kadis1:hs")
    (proposal,) = facts(seen, f.Proposal)
    assert (proposal.what, proposal.needs, proposal.users) == ("remove", 0, (OUTSIDER,))
    assert proposal.due == NOON + 15 * MINUTE
    assert [(one.room, one.card) for one in effects(seen, Refresh)] == [(CONTROL, f"proposal:{proposal.number}")]
    assert not effects(seen, Remove)
    (over,) = house.due_timers(seen)
    (removal,) = effects(over, Remove)
    (act,) = facts(over, f.Act)
    assert (removal.user, removal.room, removal.act) == (OUTSIDER, FORUM, act.number)
    assert "Diskominfo, lantai 2" in removal.reason
    assert (act.verb, act.rule, act.by) == ("remove", "unlisted", "rule:unlisted")
    assert facts(over, f.Proposal)[-1].state == "done"
    assert house.due_timers(seen)[0].facts == []


def test_a_removal_that_was_cancelled_is_not_proposed_again() -> None:
    """`!batal` decides: the person stays, today and tomorrow."""
    house = enforcing()
    seen = house.member(OUTSIDER, "join")
    number = facts(seen, f.Proposal)[0].number
    cancelled = house.say("@ahli:hs", f"!batal {number}")
    assert facts(cancelled, f.Proposal)[0].state == "cancelled"
    assert CancelTimer(f"notice:{number}") in cancelled.timers
    assert house.due_timers(seen)[0].facts == []
    assert not facts(house.midnight(), f.Proposal)


def test_whoever_is_listed_before_the_notice_is_over_stays() -> None:
    """A mended roster closes the card by itself; even a late notice removes nobody."""
    house = enforcing()
    seen = house.member(OUTSIDER, "join")
    listed = person("orang-luar", "head", "unit99")
    reloaded = house.reload(roster_of([*staff(30), listed], version=2))
    assert facts(reloaded, f.Proposal)[0].state == "expired"
    assert house.due_timers(seen)[0].facts == []


def test_an_outsider_who_leaves_closes_the_card() -> None:
    """Nothing waits for somebody who is gone."""
    house = enforcing()
    house.member(OUTSIDER, "join")
    gone = house.member(OUTSIDER, "leave")
    assert facts(gone, f.Proposal)[0].state == "expired"


def test_a_second_event_about_the_same_person_opens_no_second_card() -> None:
    """Invited, then joined: one proposal."""
    house = enforcing()
    assert facts(house.member(OUTSIDER, "invite", by="@kadis1:hs"), f.Proposal)
    assert not facts(house.member(OUTSIDER, "join"), f.Proposal)


def test_without_a_control_room_nobody_is_removed() -> None:
    """Where nobody could cancel, nothing is proposed."""
    house = enforcing()
    house.book = dataclasses.replace(house.book, rooms={"forum": FORUM})
    assert not facts(house.member(OUTSIDER, "join"), f.Proposal)
    assert not facts(house.reload(roster_of(staff(29))), f.Proposal)


def test_a_listed_person_who_knocks_is_let_in_at_once() -> None:
    """No card, no waiting."""
    house = enforcing([*staff(30)])
    house.member("@kadis1:hs", "leave")
    outcome = house.member("@kadis1:hs", "knock")
    assert [one.user for one in effects(outcome, Invite)] == ["@kadis1:hs"]


def test_an_unlisted_knock_makes_one_card_however_often_it_is_repeated() -> None:
    """The control room decides; the person comes in with its consent and stays."""
    house = enforcing()
    first = house.member(OUTSIDER, "knock", reason="Saya staf Bappeda")
    (proposal,) = facts(first, f.Proposal)
    assert (proposal.what, proposal.needs, proposal.detail) == ("invite", 1, "Saya staf Bappeda")
    house.member(OUTSIDER, "leave")
    assert not facts(house.member(OUTSIDER, "knock"), f.Proposal)
    agreed = house.say("@bupati:hs", f"!setuju {proposal.number}")
    assert [one.user for one in effects(agreed, Invite)] == [OUTSIDER]
    house.member(OUTSIDER, "invite", by=BOT)
    joined = house.member(OUTSIDER, "join")
    assert not facts(joined, f.Proposal)
    assert not facts(house.midnight(), f.Proposal)


def test_a_knock_that_was_refused_makes_no_new_card_the_same_day() -> None:
    """No is an answer; the person reads why and whom to ask."""
    house = enforcing()
    number = facts(house.member(OUTSIDER, "knock"), f.Proposal)[0].number
    refused = house.say("@ahli:hs", f"!batal {number}")
    assert [one.user for one in effects(refused, Remove)] == [OUTSIDER]
    house.member(OUTSIDER, "leave", by=BOT)
    assert not facts(house.member(OUTSIDER, "knock"), f.Proposal)


def test_the_policy_can_refuse_knocks_by_itself() -> None:
    """`knocks: refuse` answers courteously, without a card."""
    house = enforcing(membership=Membership(knocks="refuse"))
    outcome = house.member(OUTSIDER, "knock")
    assert [one.user for one in effects(outcome, Remove)] == [OUTSIDER]
    assert not facts(outcome, f.Proposal)


def test_who_left_by_hand_is_invited_again_only_on_command() -> None:
    """A reload does not call back whoever left or was removed by a person."""
    house = enforcing()
    house.member("@kadis1:hs", "leave")
    house.member("@kadis2:hs", "leave", by="@wabup:hs")
    assert not effects(house.reload(), Invite)
    house.now += 2 * DAY
    assert not effects(house.midnight(), Invite)
    asked = house.say("@ahli:hs", "!undang @kadis1:hs")
    assert [one.user for one in effects(asked, Invite)] == ["@kadis1:hs"]


def test_a_removal_by_the_bridge_is_no_leaving_by_hand() -> None:
    """Whoever was removed as unlisted and is listed later is invited like anybody."""
    house = enforcing()
    house.due_timers(house.member(OUTSIDER, "join"))
    assert not facts(house.member(OUTSIDER, "leave", by=BOT), f.Membership)[0].by_hand
    outcome = house.reload(roster_of([*staff(30), person("orang-luar", "guest")], version=2))
    assert [one.user for one in effects(outcome, Invite)] == [OUTSIDER]


def test_a_notice_that_ends_after_the_stage_was_lowered_removes_nobody() -> None:
    """Lowering the stage is the brake that one person can pull."""
    house = enforcing()
    seen = house.member(OUTSIDER, "join")
    house.say("@ahli:hs", "!tahap remind")
    (over,) = house.due_timers(seen)
    assert not effects(over, Remove)
    assert facts(over, f.Proposal)[0].state == "expired"


def test_an_encrypted_payload_is_no_membership() -> None:
    """Only clear state events are state."""
    house = enforcing()
    event = Event(
        event_id="$x",
        room_id=FORUM,
        sender="@kadis1:hs",
        type="m.room.member",
        content={"membership": "leave"},
        origin_ts=NOON,
        state_key="@bupati:hs",
        encrypted=True,
    )
    outcome = house.row("event", "$x", FORUM, event)
    assert [fact.why for fact in facts(outcome, f.Refused)] == ["spoofed_state"]
    assert not facts(outcome, f.Membership)


def test_a_new_display_name_is_no_coming_and_going() -> None:
    """Joined before and after: nothing is recorded."""
    house = enforcing()
    assert house.member("@kadis1:hs", "join").facts == []


def test_an_old_event_from_a_gap_is_recorded_and_not_acted_on() -> None:
    """Only what is so now is acted on."""
    house = enforcing()
    event = house._member_event(OUTSIDER, "join", FORUM, OUTSIDER)
    house.state(OUTSIDER, "leave")
    outcome = house.row("event", event.event_id, FORUM, event)
    assert facts(outcome, f.Membership)
    assert not facts(outcome, f.Proposal)
