"""Power levels kept as the roles have them: given when an office begins, taken when it ends.

The bridge tells its own doing from people's: a level that is still as the bridge gave it (or that nobody ever gave)
follows the roster; any other was set by hand. That is shown in the control room, and put right only where the
policy says so. A mute, a lock, a creator above all levels and whatever waits to be delivered are left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from bridge.forum.acts import MUTED, Hand, Series, reason
from bridge.forum.book import Book
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Lane, Line, Say
from bridge.model.levels import PowerLevels
from bridge.model.situation import BY_ROLE, MemberView, Outcome, RoomLevels, Situation
from bridge.policy.models import Policy
from bridge.policy.roster import Standing

BY = f"rule:{BY_ROLE}"
KEPT = ("forum", "group")
"""Kinds of rooms in which roles have levels."""

SHOWN = 10
"""How many levels that were set by hand one message shows."""


@dataclass(frozen=True, slots=True)
class Drift:
    """An account whose level is another than its role's, and not by our doing."""

    user: str
    level: int
    wanted: int
    key: int | None
    """What stands in the room for it now; None: no key of its own."""
    ours_to_change: bool
    """The bot stands above it and may put it right."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs in a room between levels and roles."""

    follow: dict[str, int | None] = field(default_factory=dict)
    """By account, the level to give (None: no key), where nobody but the bridge had a hand in it."""
    drift: tuple[Drift, ...] = ()


def level_of(standing: Standing | None, policy: Policy, levels: PowerLevels, bot: str) -> int:
    """The level that a person's roles give in a room: the highest of them, always below the bot's own."""
    if standing is not None and standing.only_reads(policy.membership.guests_write):
        return MUTED
    given = policy.levels.roles
    of_roles = [given[role] for role in (standing.roles if standing else ()) if role in given]
    return min(max([levels.users_default, *of_roles]), max(levels.of(bot) - 1, levels.users_default))


def has_level(standing: Standing | None, policy: Policy) -> bool:
    """Whether a person's roles give a level of their own."""
    if standing is None:
        return False
    return bool(standing.roles & policy.levels.roles.keys()) or standing.only_reads(policy.membership.guests_write)


def compare(
    room: RoomLevels, members: Iterable[MemberView], book: Book, now: int, *, only: Collection[str] | None = None
) -> Compared:
    """Compare a room's levels with the roles of whoever holds one there or should; ``only`` of these accounts."""
    levels = room.levels
    here = {member.user for member in members if member.membership in ("join", "invite")}
    follow: dict[str, int | None] = {}
    drift = []
    for user in sorted(here | levels.users.keys()):
        if user == book.bot or user in levels.creators or _left_alone(user, room):
            continue
        if only is not None and user not in only:
            continue
        level = levels.of(user)
        wanted = level_of(book.standing(user, now) if user in here else None, book.policy, levels, book.bot)
        if level == wanted:
            continue
        key = levels.users.get(user)
        may = levels.may_set_level(book.bot, user, wanted)
        if key == room.given.get(user):
            if may:
                follow[user] = None if wanted == levels.users_default else wanted
        else:
            drift.append(Drift(user, level, wanted, key, may))
    return Compared(follow, tuple(drift))


def _left_alone(user: str, room: RoomLevels) -> bool:
    """A mute, a lock, what is under way, and what a person took back."""
    if user in room.muted or user in room.pending:
        return True
    if room.levels.of(user) < 0 and room.given.get(user) != room.levels.users.get(user):
        return True
    if any(f"users/{user}" in act.fact.changes for act in (*room.locks, *room.floors)):
        return True
    return user in room.decided and room.decided[user] == room.levels.users.get(user)


def follow(
    name: str,
    room: RoomLevels,
    wanted: Mapping[str, int | None],
    *,
    series: Series,
    book: Book,
    now: int,
    cause: str,
) -> Outcome:
    """Give accounts the levels of their roles, in one act."""
    if not wanted:
        return Outcome()
    hand = Hand(by=BY, rule=BY_ROLE, series=series, book=book, now=now, cause=cause)
    return hand.levels(
        "levels",
        name,
        {f"users/{user}": level for user, level in wanted.items()},
        only_if={f"users/{user}": room.levels.users.get(user) for user in wanted},
        why=reason("levels", book),
        lane=Lane.MEMBERSHIP,
    )


def repair(
    name: str, room: RoomLevels, drift: Iterable[Drift], *, series: Series, book: Book, now: int, cause: str
) -> Outcome:
    """Put right what was changed by hand, where the policy says so and the bot may."""
    if book.policy.levels.keep != "repair":
        return Outcome()
    default = room.levels.users_default
    wanted = {one.user: None if one.wanted == default else one.wanted for one in drift if one.ours_to_change}
    return follow(name, room, wanted, series=series, book=book, now=now, cause=cause)


def lines(drift: Iterable[Drift], book: Book, now: int) -> list[Line]:
    """Accounts whose level is not their role's, one a line."""
    return [
        Line(
            "levels.drift",
            {"name": named(one.user, book, now), "level": one.level, "wanted": one.wanted},
        )
        for one in drift
    ][:SHOWN]


def named(user: str, book: Book, now: int) -> str:
    """A person of the roster with the account, or the account alone."""
    person = book.roster.person_of(user, moment(now))
    return f"{person.name} ({user})" if person is not None else user


def noted(name: str, drift: Iterable[Drift], now: int) -> list[f.AnyFact]:
    """That the control room was told, so that it hears of it once."""
    return [f.Asked(what="levels", about=_about(name, one), at=now) for one in drift]


def _about(name: str, one: Drift) -> str:
    return f"{name} {one.user} {one.level}"


def keep(
    situation: Situation, book: Book, now: int, *, series: Series, cause: str, adopted: Collection[str]
) -> Outcome:
    """Every room of the forum in `enforce`: levels follow the roles, and what people set is told once."""
    outcome = Outcome()
    for name, room in situation.levels.items():
        if room.kind not in KEPT or name not in adopted or room.locks or room.floors:
            continue
        found = compare(room, situation.members.get(name, ()), book, now)
        outcome.merge(follow(name, room, found.follow, series=series, book=book, now=now, cause=cause))
        fresh = [one for one in found.drift if _about(name, one) not in room.told]
        outcome.merge(told(name, room, fresh, book, now, cause=cause))
        outcome.merge(repair(name, room, fresh, series=series, book=book, now=now, cause=cause))
    return outcome


def follow_in(
    name: str,
    situation: Situation,
    book: Book,
    now: int,
    *,
    series: Series,
    cause: str,
    only: Collection[str] | None = None,
) -> Outcome:
    """One room in `enforce`: levels that nobody set by hand follow the roles of everybody, or of these accounts."""
    room = situation.levels.get(name)
    if room is None or room.kind not in KEPT or name not in situation.adoptions or room.locks or room.floors:
        return Outcome()
    found = compare(room, situation.members.get(name, ()), book, now, only=only)
    return follow(name, room, found.follow, series=series, book=book, now=now, cause=cause)


def told(name: str, room: RoomLevels, drift: list[Drift], book: Book, now: int, *, cause: str) -> Outcome:
    """Tell the control room of levels that people set."""
    control = book.rooms.get("control")
    if not drift or control is None:
        return Outcome()
    say = Say(
        room=control,
        key=f"levels.drifted_{room.kind}",
        values={"count": len(drift)},
        lines=(*lines(drift, book, now), Line(f"levels.keep_{book.policy.levels.keep}")),
        ref=f"levels:{name}:{cause}",
    )
    return Outcome(facts=noted(name, drift, now), effects=[say])
