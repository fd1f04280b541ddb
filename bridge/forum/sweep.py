"""Bringing the rooms of a forum in line with its roster, as far as the stage and the care due to people allow."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.forum import proposals
from bridge.forum.acts import Hand, Series
from bridge.forum.book import Book
from bridge.forum.reconcile import HERE, reconcile
from bridge.model.effects import Say
from bridge.model.situation import Outcome, Situation

GOVERNED = ("forum", "control", "audit")
"""Kinds of rooms whose members the roster decides."""


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
    for kind in GOVERNED:
        room = book.rooms.get(kind)
        if room is None or room not in known or room not in situation.members:
            continue
        outcome.merge(close_stale(situation, room, book, now, cause))
        if stage == "enforce":
            outcome.merge(_one(situation, room, kind, book, now, series, cause))
    return outcome


def _one(situation: Situation, room: str, kind: str, book: Book, now: int, series: Series, cause: str) -> Outcome:
    pending = proposals.removals(situation.proposals, room)
    wanted = reconcile(
        situation.members[room],
        book.roster,
        book.policy,
        now,
        bot=book.bot,
        kind=kind,
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
            left = [user for user in left if book.standing(user, now) is None]
        if not left:
            outcome.merge(
                proposals.move(proposal, "expired", by=proposals.ROSTER, now=now, cause=cause, book=book, needs=0)
            )
    return outcome
