"""Members against the roster: who is to be invited, who is to go, and how much care that takes. Pure.

Nothing here acts: an invitation becomes an act, a removal becomes a proposal that waits for its notice or for two
people. Protected are leaders, deputies, auditors, the bot, whoever was present at adoption or was kept by a
person, and everybody whose office has ended except guests.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bridge.forum.shares import PROTECTED as PROTECTED
from bridge.forum.shares import Place, belongs, may_stay
from bridge.model.clock import moment
from bridge.model.situation import MemberView
from bridge.policy.models import Policy
from bridge.policy.roster import Person, Roster

AGAIN_MS = 24 * 3600 * 1000
"""How long after an act the same one is not tried again by a rule."""

HERE = frozenset({"join", "invite"})
"""Memberships of those who are in a room or may enter it."""

Why = Literal["unlisted", "guest_ended", "elsewhere"]
"""Not listed; was a guest; is listed, but the room is for others."""

THE_FORUM = Place("", "forum", "forum")


@dataclass(frozen=True, slots=True)
class Leaver:
    """An account that no longer belongs, and why. ``grave``: the roster before this one had it as a leader."""

    user: str
    why: Why
    person: str | None = None
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What would make a room's members those of the roster."""

    invite: tuple[tuple[str, str], ...] = ()
    """(person id, account), in the order of the roster."""
    remove: tuple[Leaver, ...] = ()
    large: bool = False
    """The removals are more than one person may let happen by a slip in a file: two people decide."""
    shrunken: bool = False
    """More than half of those present would go, or the roster names nobody."""


def reconcile(
    members: Sequence[MemberView],
    roster: Roster,
    policy: Policy,
    now: int,
    *,
    bot: str,
    place: Place = THE_FORUM,
    before: Roster | None = None,
    pending: Collection[str] = (),
) -> Wanted:
    """Compare the members of a room with its part of the roster at ``now`` (ms).

    ``pending`` are accounts whose removal is proposed already: they count towards a large change and are not
    proposed again.
    """
    here = [member for member in members if member.membership in HERE and member.user != bot]
    due = roster.accounts_due(moment(now))
    leavers = [
        leaver
        for member in here
        # Nearly everybody belongs, and one look tells: only for the others is more asked.
        if not ((standing := due.get(member.user)) and may_stay(standing, place, policy))
        and (leaver := leaving(member, roster, now, bot=bot, before=before, place=place, policy=policy))
    ]
    fresh = tuple(leaver for leaver in leavers if leaver.user not in pending)
    present = sum(member.membership == "join" for member in here)
    waiting = sum(member.user in pending for member in here)
    rules = policy.membership
    going = len(fresh) + waiting
    large = bool(fresh) and (
        going > rules.large_change_persons
        or going * 100 > rules.large_change_percent * present
        or any(leaver.grave for leaver in fresh)
    )
    shrunken = bool(fresh) and (not roster.persons_due(moment(now)) or going * 2 > len(here))
    return Wanted(
        invite=tuple(_missing(members, roster, policy, now, place)),
        remove=fresh,
        large=large or shrunken,
        shrunken=shrunken,
    )


def leaving(
    member: MemberView,
    roster: Roster,
    now: int,
    *,
    bot: str,
    policy: Policy,
    place: Place | None = None,
    before: Roster | None = None,
) -> Leaver | None:
    """Whether a rule may propose to remove this member, and why; None when they stay."""
    user = member.user
    if user == bot or member.adopted or member.decided or member.membership not in HERE:
        return None
    if member.acted == "remove" and now - member.acted_at < AGAIN_MS:
        return None
    on = moment(now)
    standing = roster.standing(user, on)
    if standing is not None:
        stays = place is None or may_stay(standing, place, policy)
        return None if stays else Leaver(user, "elsewhere", standing.person.id)
    if place is not None and not place.governed:
        return None
    was = before.standing(user, on) if before is not None else None
    grave = was is not None and bool(PROTECTED & was.roles)
    person = roster.person_of(user, on)
    if person is None:
        return Leaver(user, "unlisted", was.person.id if was else None, grave)
    if _only_a_guest(person, roster, roster.day(on)):
        return Leaver(user, "guest_ended", person.id, grave)
    return None


def _only_a_guest(person: Person, roster: Roster, day: date) -> bool:
    """Whether a listed person was here as a guest whose time is over, and nothing else, before or to come."""
    offices = roster.offices_of(person.id)
    return bool(offices) and all(
        office.role == "guest" and office.ends is not None and office.ends < day for office in offices
    )


def _missing(
    members: Sequence[MemberView], roster: Roster, policy: Policy, now: int, place: Place
) -> list[tuple[str, str]]:
    known = {member.user: member for member in members}
    # One account in the room is the person in the room; one that left by hand is a person who left.
    settled = {member.user for member in members if member.membership in HERE or member.left_by_hand}
    missing = []
    for due in roster.persons_due(moment(now)):
        if not settled.isdisjoint(due.user_ids) or not belongs(due.standing, place, policy):
            continue
        accounts = [known.get(user, MemberView(user, "")) for user in due.user_ids]
        if any(account.acted == "invite" and now - account.acted_at < AGAIN_MS for account in accounts):
            continue
        # Who is banned does not come back by another account.
        free = [] if any(account.membership == "ban" for account in accounts) else [a.user for a in accounts]
        if free:
            missing.append((due.standing.person.id, free[0]))
    return missing
