"""Proposals: what waits in the control room for a person, a second person, or the end of its notice.

``by`` tells who asked: a person id, or `rule:NAME` for what the bridge itself proposes. Whoever agrees while more
are needed is joined to it with a `+`. With ``needs`` 0 a proposal carries itself out when its time comes; otherwise
that many people still have to agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bridge.forum.acts import Hand, Series
from bridge.forum.book import Book
from bridge.forum.command import reply
from bridge.forum.item import Taken
from bridge.forum.reconcile import HERE, Leaver, leaving
from bridge.forum.shares import place_of
from bridge.model import facts as f
from bridge.model.clock import moment, ms
from bridge.model.effects import CancelTimer, React, Refresh, Say, Timer, Value
from bridge.model.situation import MemberView, Outcome, ProposalView, Situation

YES, NO = "✅", "❌"
"""The bot's own reactions under a card, which people tap; keys of a reaction, without variation selectors."""

TYPED = frozenset({"remove", "remove_many", "ban", "account", "retention", "policy", "upgrade"})
"""What nobody agrees to by a tap: reactions are clear text; who removes, replaces or destroys says so in words."""

ALONE_MS = 60 * 60 * 1000
"""Where nobody else may agree, one person is enough after this long."""

UNLISTED, GUEST_ENDED, ELSEWHERE, SHRUNKEN, ROSTER, KNOCK = (
    f"rule:{name}" for name in ("unlisted", "guest_ended", "elsewhere", "shrunken", "roster", "knock")
)

CONDUCT = "rule:conduct."
"""What a rule on messages proposes is about members who belong here, and carried out only when people agree."""


def card(number: str, book: Book) -> list[Refresh]:
    """Bring a proposal's card up to date; nothing where there is no control room."""
    control = book.rooms.get("control")
    if control is None:
        return []
    return [Refresh(room=control, card=f"proposal:{number}", ref=f"{number}.proposal")]


def tappable(what: str) -> bool:
    """Whether a tap is enough to agree to it; to say no it always is."""
    return what not in TYPED


def chips(number: str, what: str, needs: int, book: Book) -> list[React]:
    """What people tap below a card: yes, where it is waited for and a tap is enough, and no."""
    control = book.rooms.get("control")
    if control is None:
        return []
    keys = {"yes": YES, "no": NO} if needs and tappable(what) else {"no": NO}
    return [
        React(room=control, to=f"{number}.proposal", key=key, ref=f"{number}.{name}") for name, key in keys.items()
    ]


def timer(number: str, due: int) -> Timer:
    """The end of a proposal's notice."""
    return Timer(name=f"notice:{number}", due=due, kind="notice", about=number)


def open_proposal(
    what: str,
    *,
    room: str,
    by: str,
    series: Series,
    book: Book,
    now: int,
    cause: str,
    users: Sequence[str] = (),
    persons: Sequence[str] = (),
    detail: str = "",
    needs: int = 0,
    due: int | None = None,
) -> Outcome:
    """Put something before the control room."""
    number = series.take()
    return Outcome(
        facts=[
            f.Proposal(
                number=number,
                what=what,
                room=room,
                users=tuple(users),
                persons=tuple(persons),
                detail=detail,
                state="open",
                needs=needs,
                by=by,
                due=due,
                at=now,
                cause=cause,
            )
        ],
        effects=[*card(number, book), *chips(number, what, needs, book)],
        timers=[timer(number, due)] if due is not None else [],
    )


def remove_after_notice(leaver: Leaver, room: str, *, series: Series, book: Book, now: int, cause: str) -> Outcome:
    """A removal that anybody may cancel until its notice is over; the person and the unit's heads hear it first."""
    due = now + ms(book.policy.membership.notice)
    outcome = open_proposal(
        "remove",
        room=room,
        users=(leaver.user,),
        persons=(leaver.person,) if leaver.person else (),
        by=f"rule:{leaver.why}",
        series=series,
        book=book,
        now=now,
        cause=cause,
        due=due,
    )
    outcome.effects += _forewarned(leaver, room, due, book, now, cause)
    return outcome


def _forewarned(leaver: Leaver, room: str, due: int, book: Book, now: int, cause: str) -> list[Say]:
    """A listed person who is to leave the forum is told so before; so are the heads of their last unit."""
    person = book.roster.person(leaver.person) if leaver.person else None
    if person is None or room != book.rooms.get("forum"):
        return []
    contact = book.policy.membership.contact or book.reasons.get("contact", "")
    about: dict[str, Value] = {"forum": book.policy.forum.name, "due": book.iso(due), "contact": contact}
    said = []
    if book.roster.user_ids(person.id, moment(now)):
        said.append(Say(person=person.id, key="told.leaving", values=about, ref=f"leaving:{person.id}:{cause}"))
    units = [office.unit for office in book.roster.file.offices if office.person == person.id and office.unit]
    for unit in units[-1:]:
        of: dict[str, Value] = {**about, "name": person.name, "unit": book.unit_name(unit)}
        for head in book.roster.heads_of(unit, moment(now)):
            ref = f"leaving:{person.id}:{head.person.id}:{cause}"
            said.append(Say(person=head.person.id, key="told.leaving_of", values=of, ref=ref))
    return said


def remove_many(
    leavers: Sequence[Leaver], room: str, *, shrunken: bool, series: Series, book: Book, now: int, cause: str
) -> Outcome:
    """A removal of so many, or of such people, that two persons have to agree."""
    return open_proposal(
        "remove_many",
        room=room,
        users=tuple(leaver.user for leaver in leavers),
        persons=tuple(leaver.person for leaver in leavers if leaver.person),
        by=SHRUNKEN if shrunken else ROSTER,
        series=series,
        book=book,
        now=now,
        cause=cause,
        needs=2,
    )


def asked(
    what: str,
    *,
    room: str,
    by: str,
    series: Series,
    book: Book,
    now: int,
    cause: str,
    users: Sequence[str] = (),
    detail: str = "",
    needs: int = 1,
) -> Outcome:
    """What a person asks for and others have to agree to; where there is no other, it takes an hour instead."""
    found = [person.id for user in users if (person := book.roster.person_of(user, moment(now)))]
    persons = list(dict.fromkeys(found))
    # Nobody agrees to what is done to themselves.
    alone = not others(book, now, by, *persons)
    return open_proposal(
        what,
        room=room,
        by=by,
        series=series,
        book=book,
        now=now,
        cause=cause,
        users=users,
        persons=persons,
        detail=detail,
        needs=0 if alone else needs,
        due=now + ALONE_MS if alone else None,
    )


def put(outcome: Outcome, taken: Taken, situation: Situation) -> Outcome:
    """Something was put before the control room: there its card is the answer, elsewhere a word says so."""
    fact = next(fact for fact in outcome.facts if isinstance(fact, f.Proposal))
    if situation.room.kind == "control":
        return outcome
    return outcome.merge(
        reply(taken, "proposal.put" if fact.needs else "proposal.in_an_hour", {"number": fact.number})
    )


def others(book: Book, now: int, *without: str) -> list[str]:
    """Persons, besides these, who may be the second person and have an account to say it with."""
    return [
        due.standing.person.id
        for due in book.roster.persons_due(moment(now))
        if due.user_ids
        and due.standing.person.id not in without
        and book.policy.may("approve", due.standing.roles, due.standing.person.id)
    ]


def move(
    proposal: ProposalView,
    state: str,
    *,
    by: str,
    now: int,
    cause: str,
    book: Book,
    needs: int | None = None,
    due: int | None = None,
) -> Outcome:
    """A proposal moves on; one that is no longer open loses its timer."""
    fact = f.Proposal(
        number=proposal.number,
        what=proposal.what,
        room=proposal.room,
        users=proposal.users,
        persons=proposal.persons,
        detail=proposal.detail,
        state=state,
        needs=proposal.needs if needs is None else needs,
        by=by,
        # Of a wave it is kept when people said what is to be done about it.
        due=now if proposal.what == "wave" and state != "open" else due,
        at=now,
        cause=cause,
    )
    outcome = Outcome(facts=[fact], effects=[*card(proposal.number, book)])
    if state != "open":
        outcome.timers.append(CancelTimer(f"notice:{proposal.number}"))
    elif due is not None:
        outcome.timers.append(timer(proposal.number, due))
    return outcome


def carry_out(
    proposal: ProposalView, situation: Situation, book: Book, now: int, *, by: str, series: Series, cause: str
) -> Outcome:
    """Do what a proposal about people says, to those for whom it still holds, and close it."""
    members = {member.user: member for member in situation.members.get(proposal.room, ())}
    outcome = Outcome()
    for user in proposal.users:
        member = members.get(user, MemberView(user, ""))
        if proposal.what == "invite":
            outcome.merge(_let_in(proposal, member, book, now, by=by, series=series, cause=cause))
        elif proposal.what in ("remove", "remove_many"):
            outcome.merge(_let_go(proposal, member, book, now, by=by, series=series, cause=cause))
    state = "done" if outcome.facts or proposal.what == "keep" else "expired"
    return outcome.merge(move(proposal, state, by=by, now=now, cause=cause, book=book, needs=0))


def _let_in(
    proposal: ProposalView, member: MemberView, book: Book, now: int, *, by: str, series: Series, cause: str
) -> Outcome:
    if member.membership in HERE:
        return Outcome()
    knocked = member.membership == "knock"
    rule = "knock" if knocked else "command"
    hand = Hand(by=by, rule=rule, series=series, book=book, now=now, cause=cause)
    return hand.invite(proposal.room, member.user, key="invite_knock" if knocked else "invite_hand")


def _let_go(
    proposal: ProposalView, member: MemberView, book: Book, now: int, *, by: str, series: Series, cause: str
) -> Outcome:
    by_people = not proposal.by.startswith("rule:") or proposal.by.startswith(CONDUCT)
    ordered = proposal.what == "remove" and by_people
    if member.membership not in HERE or member.user == book.bot:
        return Outcome()
    place = place_of(book, proposal.room)
    leaver = leaving(member, book.roster, now, bot=book.bot, before=book.before, place=place, policy=book.policy)
    if leaver is None and not ordered:
        # Listed again, or kept, since it was proposed.
        return Outcome()
    if ordered:
        key, rule = "remove_hand", "command"
    elif leaver is not None and leaver.why == "guest_ended":
        key, rule = "remove_guest", "guest_ended"
    elif leaver is not None and leaver.why == "elsewhere":
        key, rule = "remove_elsewhere", "elsewhere"
    else:
        key, rule = "remove_unlisted", "unlisted"
    hand = Hand(by=by, rule=rule, series=series, book=book, now=now, cause=cause)
    return hand.remove(proposal.room, member.user, key=key, why=proposal.detail)


def removals(proposals: Iterable[ProposalView], room: str) -> dict[str, ProposalView]:
    """Accounts of a room whose removal is proposed, each with its proposal."""
    return {
        user: proposal
        for proposal in proposals
        if proposal.room == room and proposal.what in ("remove", "remove_many") and proposal.state == "open"
        for user in proposal.users
    }
