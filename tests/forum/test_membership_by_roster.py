"""Membership as the roster goes: names that vanish, offices that end, and whom no roster ever removes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.forum import membership
from bridge.forum.reconcile import PROTECTED, reconcile
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Invite, Remove, Say, SetLevels, Timer
from bridge.model.situation import MemberView, Outcome
from bridge.policy.roster import Roster
from tests.forum.beginnings import OUTSIDER, enforcing, living_forty
from tests.forum.house import (
    BOT,
    CONTROL,
    DAY,
    FORUM,
    NOON,
    House,
    book_of,
    effects,
    facts,
    keys,
    person,
    roster_of,
    staff,
)


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
