"""First sight of a room. One with people in it is adopted: recorded, shown in the control room, left as it is."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import msgspec

from bridge.forum import staging
from bridge.forum.acts import Series
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.shares import Place, belongs, place_of
from bridge.forum.sweep import sweep
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.situation import MemberView, Outcome, Situation
from bridge.policy.roster import Roster, plain

PRESENT = frozenset({"join", "invite", "knock"})
"""Memberships of those for whose sake a room is a living one."""

ALIKE = 0.85
"""How like two accounts are, from 0 to 1, when one is probably the other misspelt."""


class Unlisted(msgspec.Struct, frozen=True):
    """Somebody present whom the roster does not have."""

    user: str
    name: str = ""
    nearest: tuple[str, ...] = ()
    """Names of the roster's persons nearest to the name or account, best first, at most three."""
    decided: bool = False


class Misspelt(msgspec.Struct, frozen=True):
    """An account of the roster that nobody has here, and one that somebody has, which it probably means."""

    person: str
    listed: str
    present: str


class AdoptionView(msgspec.Struct, frozen=True, kw_only=True):
    """What the control room is told of a living room."""

    present: int
    """People joined, without the bot."""
    matched: int
    unlisted: tuple[Unlisted, ...]
    absent: tuple[str, ...]
    """Names of the roster's persons who are not in the room."""
    misspelt: tuple[Misspelt, ...]
    leader: bool
    """A leader of the roster is among those present."""


def adoption_view(members: Sequence[MemberView], roster: Roster, bot: str, at: int) -> AdoptionView:
    """Compare who is in a room with the roster at ``at`` (ms). The card is made of it at sending."""
    on = moment(at)
    joined = [member for member in members if member.membership == "join" and member.user != bot]
    standings = {member.user: roster.standing(member.user, on) for member in joined}
    here = {standing.person.id for standing in standings.values() if standing is not None}
    absent = [due for due in roster.persons_due(on) if due.standing.person.id not in here]
    unlisted = [member for member in joined if standings[member.user] is None]
    return AdoptionView(
        present=len(joined),
        matched=len(joined) - len(unlisted),
        unlisted=tuple(
            Unlisted(member.user, member.name, _nearest(member, roster), member.decided) for member in unlisted
        ),
        absent=tuple(due.standing.person.name for due in absent),
        misspelt=tuple(
            Misspelt(due.standing.person.name, listed, member.user)
            for due in absent
            for listed in due.user_ids
            for member in unlisted
            if _alike(listed, member.user)
        ),
        leader=any(standing is not None and "leader" in standing.roles for standing in standings.values()),
    )


def _nearest(member: MemberView, roster: Roster) -> tuple[str, ...]:
    found = [*roster.find_person(member.name), *roster.find_person(member.user)] if member.name else []
    found = found or list(roster.find_person(member.user))
    return tuple(dict.fromkeys(person.name for person in found))[:3]


def _alike(listed: str, present: str) -> bool:
    """Whether two accounts differ as a slip of the pen does: most of the name, or only the server."""
    one, other = plain(listed.partition(":")[0]), plain(present.partition(":")[0])
    return one == other or difflib.SequenceMatcher(None, one, other).ratio() >= ALIKE


def adopt(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Record who is here at first sight. People find the forum as it was; an empty room is ours to fill."""
    room = taken.room
    members = situation.members.get(room, ())
    kind = situation.room.kind
    people = [member for member in members if member.membership in PRESENT and member.user != book.bot]
    ours = situation.made_by_us or not people
    outcome = Outcome(facts=[adopted_fact(room, kind, members, book, now, ours=ours)])
    stage = situation.stage
    if kind == "forum":
        stage = starting_stage(book, ours=ours)
        if stage != situation.stage:
            outcome.facts.append(
                f.Stage(stage=stage, was=situation.stage, by="rule:first_sight", at=now, cause=taken.key)
            )
        if not ours:
            outcome.effects += staging.adoption_card(book)
    elif kind == "control":
        # The control room came later than the forum: now there is a place for the card.
        outcome.effects += staging.living_card(situation, book)
    return outcome.merge(
        sweep(
            situation,
            book,
            now,
            stage=stage,
            series=Series(situation, book),
            cause=taken.key,
            adopted=(*situation.adoptions, room) if ours else situation.adoptions.keys() - {room},
        )
    )


def starting_stage(book: Book, *, ours: bool) -> str:
    """A living room starts at `watch` whatever the policy says; one of ours starts where the policy says."""
    return book.policy.stage if ours else "watch"


def adopted_fact(
    room: str, kind: str, members: Sequence[MemberView], book: Book, now: int, *, ours: bool
) -> f.Adopted:
    """Who was there, who of them is listed, who is not, and who of the roster is missing."""
    on = moment(now)
    place = place_of(book, room) or Place(room, kind, kind)
    here = [member.user for member in members if member.membership in PRESENT and member.user != book.bot]
    matched = [user for user in here if book.roster.standing(user, on) is not None]
    return f.Adopted(
        room=room,
        present=() if ours else tuple(here),
        matched=tuple(matched),
        unlisted=tuple(user for user in here if user not in set(matched)),
        absent=tuple(
            due.standing.person.id
            for due in book.roster.persons_due(on)
            if belongs(due.standing, place, book.policy) and not set(due.user_ids) & set(here)
        ),
        made_by_us=ours,
        at=now,
    )
