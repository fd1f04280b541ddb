"""First sight of a room. One with people in it is adopted: recorded, shown in the control room, left as it is."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.forum import staging
from bridge.forum.acts import Series
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.shares import Place, belongs, place_of
from bridge.forum.sweep import sweep
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.situation import MemberView, Outcome, Situation

PRESENT = frozenset({"join", "invite", "knock"})
"""Memberships of those for whose sake a room is a living one."""


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
