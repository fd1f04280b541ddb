"""Waves: so many accounts that nobody knows come at once that the control room is asked about all of them, once.

Nothing is done by itself. Whoever agrees locks the room, which can be opened again exactly as it was, and two are
then asked whether those who came are to be removed; whoever does not agree leaves everything as it is. Until
somebody has said so, what else comes is only counted on the card.
"""

from __future__ import annotations

from bridge.forum import locks, proposals
from bridge.forum.acts import Hand, Series
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.reconcile import leaving
from bridge.forum.shares import place_of
from bridge.forum.spoken import text_of
from bridge.forum.staging import Refusal
from bridge.model.clock import moment, ms
from bridge.model.effects import Line
from bridge.model.situation import Outcome, ProposalView, Situation, WaveNeed

WAVE = "rule:wave"

CAME = frozenset({"join", "invite", "knock"})


def need(taken: Taken, book: Book) -> WaveNeed | None:
    """What is to be known when somebody comes whom the roster does not know."""
    event = taken.event
    user = event.state_key or ""
    came = text_of(event.content, "membership") in CAME
    if not came or user == book.bot or book.roster.person_of(user, moment(taken.at)) is not None:
        return None
    wave = book.policy.membership.wave
    return WaveNeed(room=taken.room, user=user, bot=book.bot, since=taken.at - ms(wave.within), joins=wave.joins)


def met(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome | None:
    """One more has come: part of a wave, or the one that makes it; None where it is a coming like any other."""
    wave = situation.wave
    if wave is None or situation.stage == "watch" or "control" not in book.rooms:
        return None
    last = wave.proposal
    if last is not None and last.state == "open":
        return Outcome(effects=[*proposals.card(last.number, book)])
    if last is not None and last.state == "done" and wave.locked:
        return Outcome()
    if wave.entered < book.policy.membership.wave.joins:
        return None
    outcome = Outcome()
    for one in wave.singles:
        outcome.merge(proposals.move(one, "expired", by=WAVE, now=now, cause=taken.key, book=book, needs=0))
    since = taken.at - ms(book.policy.membership.wave.within)
    asked = proposals.open_proposal(
        "wave",
        room=taken.room,
        by=WAVE,
        series=Series(situation, book),
        book=book,
        now=now,
        cause=taken.key,
        detail=str(since),
        needs=1,
    )
    return outcome.merge(asked)


def since(proposal: ProposalView) -> int:
    """From when on a wave counts whoever came (ms)."""
    return int(proposal.detail) if proposal.detail.isdecimal() else 0


def agreed(
    proposal: ProposalView, situation: Situation, book: Book, now: int, *, by: str, series: Series, cause: str
) -> Outcome | Refusal:
    """A person lets the room be locked, for writing and inviting; about those who came two people decide."""
    room = situation.levels.get(proposal.room)
    members = situation.members.get(proposal.room, ())
    outcome = Outcome()
    if room is None:
        return "lock.unread", {}
    if not room.locks:
        hand = Hand(by=by, rule="wave", series=series, book=book, now=now, cause=cause)
        back, free = locks.given_back(room, hand)
        changes = locks.locking(free, members, book, now, door=True)
        if changes is None:
            return "lock.no_power", {}
        outcome.merge(back)
        outcome.merge(locks.close(proposal.room, changes, hand, book, until=None, why=""))
    came = set(situation.came)
    place = place_of(book, proposal.room)
    leavers = [
        leaver
        for member in members
        if member.user in came
        and (
            leaver := leaving(
                member, book.roster, now, bot=book.bot, before=book.before, place=place, policy=book.policy
            )
        )
    ]
    if leavers and situation.stage == "enforce":
        outcome.merge(
            proposals.remove_many(
                leavers, proposal.room, shrunken=False, series=series, book=book, now=now, cause=cause
            )
        )
    return outcome.merge(proposals.move(proposal, "done", by=by, now=now, cause=cause, book=book, needs=0))


def lines(proposal: ProposalView, count: int, book: Book) -> list[Line]:
    """What the card says, with how many have come so far."""
    told = [Line("wave.came", {"number": proposal.number, "count": count, "since": book.iso(since(proposal))})]
    if proposal.state == "open":
        told.append(Line("wave.nothing_done"))
        told.append(Line("wave.choose", {"number": proposal.number, "roles": locks.roles_that_write(book)}))
    return told


def merged(proposal: ProposalView) -> bool:
    """Whether a proposal about one account became part of a wave."""
    return proposal.state == "expired" and proposal.by == WAVE
