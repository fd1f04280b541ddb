"""Membership: first sight of a living room, stages, invitations, notices, two persons, what is never done."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.forum import membership
from bridge.forum.adoption import adoption_view
from bridge.forum.reconcile import PROTECTED, reconcile
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import CancelTimer, Invite, Refresh, Remove, Say, SetLevels, Timer
from bridge.model.event import Event
from bridge.model.situation import MemberView, Outcome
from bridge.policy.models import Membership
from bridge.policy.roster import Office, Person, Roster
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
    keys,
    only_adoption_cards,
    person,
    roster_of,
    staff,
)

OUTSIDER = "@orang-luar:hs"


def enforcing(people: list[tuple[Person, Office]] | None = None, **rules: object) -> House:
    """A forum that the bot made, with everybody listed inside, at the stage `enforce`."""
    listed = people if people is not None else staff(30)
    book = book_of(roster_of(listed), rules)
    house = House(book)
    house.fill([])
    house.fill([], CONTROL)
    house.first_sight()
    house.first_sight(CONTROL)
    assert house.stage == "enforce"
    for due in book.roster.persons_due(moment(NOON)):
        for user in due.user_ids:
            house.member(user, "join")
    house.fill(["@ahli:hs", "@pakar:hs"], CONTROL)
    house.outcomes.clear()
    return house


def living_forty() -> tuple[House, list[str]]:
    """40 members, 22 of them listed, two ids misspelt, the regent not listed."""
    people = [person(f"kadis{n}", "head", f"unit{n}") for n in range(1, 18)]
    people += [person("wabup", "deputy"), person("ahli", "expert"), person("pakar", "expert")]
    people += [person("auditor", "auditor"), person("sekda", "secretary", "setda")]
    assert len(people) == 22
    people += [person("kadis-pertnaian", "head", "pertanian"), person("kadis-kesehatn", "head", "kesehatan")]
    house = House(book_of(roster_of(people), {"stage": "enforce"}))
    there = [f"@{who.id}:hs" for who, _ in people[:22]]
    unlisted = ["@kadis-pertanian:hs", "@kadis-kesehatan:hs", "@bupati:hs"]
    unlisted += [f"@tamu{n}:hs" for n in range(1, 16)]
    house.fill([*there, *unlisted])
    return house, unlisted


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
    view = adoption_view(members, house.book.roster, BOT, NOON)
    assert (view.present, view.matched, len(view.unlisted)) == (40, 22, 18)
    assert {one.user for one in view.unlisted} == set(unlisted)
    assert not view.leader
    assert len(view.absent) == 2
    assert {(one.listed, one.present) for one in view.misspelt} == {
        ("@kadis-pertnaian:hs", "@kadis-pertanian:hs"),
        ("@kadis-kesehatn:hs", "@kadis-kesehatan:hs"),
    }
    near = {one.user: one.nearest for one in view.unlisted}
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


def test_one_person_dropped_from_the_roster_goes_after_the_notice() -> None:
    """A small change waits its fifteen minutes."""
    house = enforcing()
    (proposal,) = facts(house.reload(roster_of(staff(29), version=2)), f.Proposal)
    assert (proposal.what, proposal.users, proposal.needs) == ("remove", ("@kadis30:hs",), 0)


def test_more_than_two_dropped_at_once_need_two_people() -> None:
    """Nothing happens until two different persons agree."""
    house = enforcing()
    reloaded = house.reload(roster_of(staff(27), version=2))
    (proposal,) = facts(reloaded, f.Proposal)
    assert (proposal.what, proposal.needs, proposal.due) == ("remove_many", 2, None)
    assert len(proposal.users) == 3
    assert not [one for one in reloaded.timers if isinstance(one, Timer)]
    first = house.say("@ahli:hs", f"!setuju {proposal.number}")
    assert not effects(first, Remove)
    assert keys(house.say("@ahli:hs", f"!setuju {proposal.number}")) == ["proposal.same_person"]
    second = house.say("@wabup:hs", f"!setuju {proposal.number}")
    assert {one.user for one in effects(second, Remove)} == {"@kadis28:hs", "@kadis29:hs", "@kadis30:hs"}
    numbers = [act.number for act in facts(second, f.Act)]
    assert numbers == [f"A-{int(numbers[0][2:]) + n}" for n in range(3)]
    assert all(act.by == "wabup" for act in facts(second, f.Act))


def test_a_tenth_of_those_present_is_a_large_change() -> None:
    """In a small forum even one removal by a reload needs two people."""
    house = enforcing(staff(3))
    (proposal,) = facts(house.reload(roster_of(staff(2), version=2)), f.Proposal)
    assert proposal.what == "remove_many"


def test_small_steps_do_not_add_up_to_a_large_change_unseen() -> None:
    """Two reloads of two removals each within the notice: the second pair needs two people."""
    house = enforcing()
    house.reload(roster_of(staff(28), version=2))
    (later,) = facts(house.reload(roster_of(staff(26), version=3)), f.Proposal)
    assert later.what == "remove_many"
    assert later.users == ("@kadis27:hs", "@kadis28:hs")


@pytest.mark.parametrize("who", ["bupati", "wabup", "auditor"])
def test_a_leader_or_auditor_dropped_from_the_roster_needs_two_people(who: str) -> None:
    """A line that vanished from the file does not remove a regent after a quarter of an hour."""
    house = enforcing()
    without = [(one, office) for one, office in staff(30) if one.id != who]
    (proposal,) = facts(house.reload(roster_of(without, version=2)), f.Proposal)
    assert (proposal.what, proposal.needs) == ("remove_many", 2)


@pytest.mark.parametrize("left", [0, 10])
def test_a_shrunken_or_empty_roster_removes_nobody_by_itself(left: int) -> None:
    """One proposal for two people and a warning; nothing else, however often it is read."""
    house = enforcing()
    people = staff(30)[:left] or [person("bupati", "leader", begins=date(2030, 1, 1))]
    outcome = house.reload(roster_of(people, version=2))
    assert [one.what for one in facts(outcome, f.Proposal) if one.room == FORUM] == ["remove_many"]
    assert all(one.needs == 2 for one in facts(outcome, f.Proposal))
    assert keys(outcome) == ["membership.shrunken"]
    assert not effects(outcome, Remove)
    assert house.reload().facts == []
    assert facts(house.reload(roster_of(staff(30), version=3)), f.Proposal)[0].state == "expired"


def test_an_ended_office_waits_for_an_expert_and_is_announced() -> None:
    """Fourteen and three days before, and at the end, the control room hears of it; the person stays."""
    ends = date(2026, 12, 4)
    house = enforcing([*staff(30), person("pensiun", "head", "unit50", ends=ends)])
    said: dict[date, list[str]] = {}
    for _ in range(17):
        outcome = house.midnight()
        said[house.book.local(house.now).date()] = [line.key for say in effects(outcome, Say) for line in say.lines]
        assert not facts(outcome, f.Proposal)
    heard = {day: lines for day, lines in said.items() if lines}
    assert heard == {
        ends - timedelta(days=3): ["membership.ends"],
        ends + timedelta(days=1): ["membership.ended"],
    }
    asked = house.say("@ahli:hs", "!keluarkan @pensiun:hs purna tugas")
    assert facts(asked, f.Proposal)[0].needs == 1


def test_fourteen_days_before_an_office_ends_the_control_room_hears_of_it() -> None:
    """The first notice of the two."""
    house = enforcing([*staff(30), person("pensiun", "head", "unit50", ends=date(2026, 12, 5))])
    (say,) = effects(house.midnight(), Say)
    assert say.room == CONTROL
    assert [(line.key, line.values["count"]) for line in say.lines] == [("membership.ends", 14)]


def test_a_date_that_passed_while_the_bridge_was_down_is_told_afterwards() -> None:
    """A midnight that comes days late speaks for the days in between, once."""
    house = enforcing([*staff(30), person("pensiun", "head", "unit50", ends=date(2026, 11, 25))])
    timer = membership.next_midnight(house.book, house.now)
    house.now = timer.due + 3 * DAY
    taken = house.row("timer", "late", "", timer, at=timer.due)
    (say,) = effects(taken, Say)
    assert [(line.key, line.values["count"]) for line in say.lines] == [("membership.ends", 1)]


def test_a_guest_leaves_on_the_date() -> None:
    """After the last day the notice begins, and the guest reads thanks."""
    house = enforcing([*staff(30), person("tamu", "guest", ends=date(2026, 11, 20))])
    outcome = house.midnight()
    assert [one.users for one in facts(outcome, f.Proposal)] == [("@tamu:hs",)]
    (over,) = house.due_timers(outcome)
    assert "Terima kasih" in effects(over, Remove)[0].reason


def test_a_notice_that_ends_after_the_stage_was_lowered_removes_nobody() -> None:
    """Lowering the stage is the brake that one person can pull."""
    house = enforcing()
    seen = house.member(OUTSIDER, "join")
    house.say("@ahli:hs", "!tahap remind")
    (over,) = house.due_timers(seen)
    assert not effects(over, Remove)
    assert facts(over, f.Proposal)[0].state == "expired"


def test_who_was_present_at_adoption_is_never_removed_by_a_rule() -> None:
    """A living room that has reached `enforce` keeps whoever was there, listed or not."""
    house, unlisted = living_forty()
    house.fill(["@ahli:hs"], CONTROL)
    house.first_sight(CONTROL)
    house.first_sight()
    house.record(f.Stage(stage="enforce", was="remind", by="ahli", at=NOON, cause="$"))
    for outcome in (house.reload(), house.midnight()):
        assert not facts(outcome, f.Proposal)
        assert not effects(outcome, Remove)
    assert effects(house.outcomes[-2], Invite)
    assert unlisted


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


def test_levels_are_never_touched() -> None:
    """No rule of membership changes a power level."""
    house = enforcing()
    house.member(OUTSIDER, "join")
    house.reload(roster_of(staff(20)))
    house.midnight()
    assert not [effect for outcome in house.outcomes for effect in effects(outcome, SetLevels)]


names = st.sampled_from([who.id for who, _ in staff(8)] + ["tamu", "orang-luar", "lain"])
memberships = st.sampled_from(["join", "invite", "leave", "ban", "knock"])


@st.composite
def rooms_full(draw: st.DrawFn) -> list[MemberView]:
    """Any members a room may have."""
    users = draw(st.lists(names, unique=True, max_size=12))
    return [
        MemberView(
            f"@{user}:hs",
            draw(memberships),
            adopted=draw(st.booleans()),
            left_by_hand=draw(st.booleans()),
            acted=draw(st.sampled_from(["", "invite", "remove"])),
            acted_at=NOON - draw(st.sampled_from([0, 2 * DAY])),
        )
        for user in users
    ] + [MemberView(BOT, "join")]


@st.composite
def any_roster(draw: st.DrawFn) -> Roster:
    """Any roster of the same people, with offices that have begun and ended at any time."""
    people = []
    for who, office in staff(8):
        if draw(st.booleans()):
            begins = date(2026, 11, 20) + timedelta(days=draw(st.integers(-40, 10)))
            days = draw(st.one_of(st.none(), st.integers(0, 50)))
            ends = None if days is None else begins + timedelta(days=days)
            people.append((who, office.model_copy(update={"begins": begins, "ends": ends})))
    return roster_of(people or [person("nobody", "guest")])


@settings(max_examples=150, deadline=None)
@given(rooms_full(), any_roster(), any_roster())
def test_whatever_the_roster_says_the_protected_stay(
    members: list[MemberView], roster: Roster, before: Roster
) -> None:
    """No rule proposes the bot, the adopted, the listed, or a person of an office; leaders need two people."""
    book = book_of(roster)
    wanted = reconcile(members, roster, book.policy, NOON, bot=BOT, before=before)
    by_user = {member.user: member for member in members}
    for leaver in wanted.remove:
        assert leaver.user != BOT
        assert not by_user[leaver.user].adopted
        assert by_user[leaver.user].membership in ("join", "invite")
        assert roster.standing(leaver.user, moment(NOON)) is None
        assert all(office.role == "guest" for office in roster.file.offices if office.person == leaver.person)
        was = before.standing(leaver.user, moment(NOON))
        if was is not None and PROTECTED & was.roles:
            assert wanted.large
    for _, user in wanted.invite:
        assert user not in by_user or not by_user[user].left_by_hand
    if len(wanted.remove) > 2:
        assert wanted.large


@settings(max_examples=60, deadline=None)
@given(rooms_full(), any_roster())
def test_a_second_comparison_finds_nothing_new(members: list[MemberView], roster: Roster) -> None:
    """What was proposed and who was invited is remembered: the same roster again gives nothing."""
    house = House(book_of(roster))
    house.record(f.Adopted(room=FORUM, present=(), matched=(), unlisted=(), absent=(), made_by_us=True, at=NOON))
    house.record(f.Stage(stage="enforce", was="watch", by="ahli", at=NOON, cause="$"))
    for member in members:
        house.state(member.user, member.membership)
    first = house.reload()
    second = house.reload()
    assert second.facts == []
    assert _acts(second) == []
    assert {one.user for one in facts(first, f.Act)}.isdisjoint({BOT})


def _acts(outcome: Outcome) -> list[object]:
    return [effect for effect in outcome.effects if isinstance(effect, Invite | Remove)]
