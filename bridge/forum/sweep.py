"""Bringing the rooms of a forum in line with its roster, as far as the stage and the care due to people allow."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.forum import proposals, ranks, servers
from bridge.forum.acts import Hand, Series
from bridge.forum.book import Book
from bridge.forum.reconcile import HERE, reconcile
from bridge.forum.shares import Place, may_stay, place_of, places
from bridge.model.effects import Say
from bridge.model.situation import Outcome, Situation

GOVERNED = ("forum", "control", "audit")
"""Kinds of rooms that stand for themselves, and whose members the roster decides."""

WATCHED = (*GOVERNED, "group", "space")
"""Kinds of rooms whose comings and goings are recorded."""


def sweep(
    situation: Situation,
    book: Book,
    now: int,
    *,
    stage: str,
    series: Series,
    cause: str,
    adopted: Iterable[str],
) -> Outcome:
    """Invite who is listed and absent, propose who is to go, close what no longer holds. Acts in `enforce` only."""
    outcome = Outcome()
    known = set(adopted)
    for place in places(book):
        if not place.governed or place.room not in known or place.room not in situation.members:
            continue
        outcome.merge(close_stale(situation, place.room, book, now, cause))
        if stage == "enforce":
            outcome.merge(_one(situation, place, book, now, series, cause))
    if stage == "enforce":
        outcome.merge(ranks.keep(situation, book, now, series=series, cause=cause, adopted=known))
        outcome.merge(servers.keep(situation, book, now, series=series, cause=cause, adopted=known))
    return outcome


def _one(situation: Situation, place: Place, book: Book, now: int, series: Series, cause: str) -> Outcome:
    room, kind = place.room, place.kind
    pending = proposals.removals(situation.proposals, room)
    wanted = reconcile(
        situation.members[room],
        book.roster,
        book.policy,
        now,
        bot=book.bot,
        place=place,
        before=book.before,
        pending=pending.keys(),
    )
    outcome = Outcome()
    hand = Hand(by=proposals.ROSTER, rule="roster", series=series, book=book, now=now, cause=cause)
    for _, user in wanted.invite:
        outcome.merge(hand.invite(room, user, key="invite"))
    control = book.rooms.get("control")
    if not wanted.remove or control is None:
        # Without a control room nobody could cancel: then nobody is removed.
        return outcome
    if not wanted.large:
        for leaver in wanted.remove:
            outcome.merge(
                proposals.remove_after_notice(leaver, room, series=series, book=book, now=now, cause=cause)
            )
        return outcome
    outcome.merge(
        proposals.remove_many(
            wanted.remove, room, shrunken=wanted.shrunken, series=series, book=book, now=now, cause=cause
        )
    )
    if wanted.shrunken and kind == "forum":
        outcome.effects.append(
            Say(
                room=control,
                key="membership.shrunken",
                values={"count": len(wanted.remove)},
                ref=f"shrunken:{cause}",
            )
        )
    return outcome


def close_stale(situation: Situation, room: str, book: Book, now: int, cause: str) -> Outcome:
    """Removals for which there is no reason any more: whoever was to go is listed again, or has gone."""
    here = {member.user for member in situation.members.get(room, ()) if member.membership in HERE}
    outcome = Outcome()
    waiting = {one.number: one for one in proposals.removals(situation.proposals, room).values()}
    for proposal in waiting.values():
        ours = proposal.what == "remove_many" or proposal.by.startswith("rule:")
        left = [user for user in proposal.users if user in here]
        if ours:
            left = [user for user in left if not _listed_here(user, room, book, now)]
        if not left:
            outcome.merge(
                proposals.move(proposal, "expired", by=proposals.ROSTER, now=now, cause=cause, book=book, needs=0)
            )
    return outcome


def _listed_here(user: str, room: str, book: Book, now: int) -> bool:
    """Whether the roster has a reason for an account to be in a room."""
    standing, place = book.standing(user, now), place_of(book, room)
    return standing is not None and (place is None or may_stay(standing, place, book.policy))
