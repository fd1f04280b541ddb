"""Knocks of accounts that nobody listed: a card in the control room, and a word to the unit that they name.

Whoever may approve decides, and where the knock names a unit its head as well, or to whom the head lent that. A
knock that nobody answers is refused courteously after the policy's time.
"""

from __future__ import annotations

from bridge.forum import consents, proposals
from bridge.forum.acts import Hand, Series
from bridge.forum.book import Book
from bridge.forum.shares import belongs, place_of
from bridge.model.clock import moment, ms
from bridge.model.effects import Say, Value
from bridge.model.facts import Proposal
from bridge.model.situation import MemberView, Outcome, ProposalView, Situation
from bridge.policy.models import Right
from bridge.policy.roster import Standing


def ask(
    member: MemberView, room: str, why: str, person: str | None, *, series: Series, book: Book, now: int, cause: str
) -> Outcome:
    """Put a knock before those who may decide it."""
    outcome = proposals.open_proposal(
        "invite",
        room=room,
        by=proposals.KNOCK,
        series=series,
        book=book,
        now=now,
        cause=cause,
        users=(member.user,),
        persons=(person,) if person else (),
        detail=why,
        needs=1,
        due=now + ms(book.policy.membership.knock_wait),
    )
    number = next(fact.number for fact in outcome.facts if isinstance(fact, Proposal))
    for unit in units_named(why, book):
        values: dict[str, Value] = {
            "number": number,
            "user": member.user,
            "unit": book.unit_name(unit),
            "why": why,
            "until": book.iso(now + ms(book.policy.membership.knock_wait)),
        }
        for one in _deciders(unit, book, now):
            outcome.effects.append(Say(person=one, key="told.knock", values=values, ref=f"{number}.{one}"))
    return outcome


def units_named(why: str, book: Book) -> tuple[str, ...]:
    """The units that the words of a knock name; none of many."""
    found = book.directory.addressed(why).units if why else ()
    return found if len(found) <= 2 else ()


def _deciders(unit: str, book: Book, now: int) -> list[str]:
    """Persons who decide about knocks for a unit besides the control room: its heads, and whom they lent it."""
    found = [standing.person.id for standing in book.roster.heads_of(unit, moment(now))]
    for grant in book.roster.grants:
        standing = book.roster.standing_of(grant.person, moment(now)) if grant.what == "delegate" else None
        if standing is not None and unit in standing.borrows("knock"):
            found.append(grant.person)
    return list(dict.fromkeys(found))


def decides(standing: Standing, proposal: ProposalView, book: Book, *rights: Right) -> bool:
    """Whether a person may say yes or no to what waits: one of the rights, or their own unit's knock; of what is
    asked about a message, whoever may mend tags."""
    if proposal.what in consents.ASKED:
        return consents.may_answer(standing, book)
    if any(book.policy.may(right, standing.roles, standing.person.id) for right in rights):
        return True
    if proposal.what != "invite" or not proposal.by.startswith(proposals.KNOCK):
        return False
    return bool({*units_named(proposal.detail, book)} & (standing.heads | standing.borrows("knock")))


def unanswered(
    proposal: ProposalView, situation: Situation, book: Book, now: int, *, series: Series, cause: str
) -> Outcome:
    """Nobody answered a knock in its time: it is refused courteously, where the stage lets rules act."""
    outcome = proposals.move(proposal, "expired", by=proposal.by, now=now, cause=cause, book=book, needs=0)
    if situation.stage != "enforce":
        return outcome
    members = {member.user: member for member in situation.members.get(proposal.room, ())}
    hand = Hand(by=proposals.KNOCK, rule="knock", series=series, book=book, now=now, cause=cause)
    for user in proposal.users:
        if members.get(user, MemberView(user, "")).membership == "knock":
            # Whoever was listed since they knocked needs nobody to be asked any more.
            if expected(user, proposal.room, book, now):
                outcome.merge(hand.invite(proposal.room, user, key="invite_knock"))
            else:
                outcome.merge(hand.remove(proposal.room, user, key="refuse_knock_late"))
    return outcome


def expected(user: str, room: str, book: Book, now: int) -> bool:
    """Whether the roster lets an account into a room without asking; control and audit rooms are always asked."""
    standing, place = book.standing(user, now), place_of(book, room)
    if standing is None or place is None or place.kind in ("control", "audit"):
        return False
    return belongs(standing, place, book.policy)
