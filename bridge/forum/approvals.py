"""The second person: agreeing to what waits in the control room, cancelling it, and the end of a notice."""

from __future__ import annotations

from bridge.forum import consents, grants, keeping, knocks, proposals, sanctions, staging, undo, upgrades, waves
from bridge.forum.acts import Hand, Series
from bridge.forum.book import Book
from bridge.forum.staging import Refusal
from bridge.model.situation import MemberView, Outcome, ProposalView, Situation


def approve(
    proposal: ProposalView, person: str, situation: Situation, book: Book, now: int, *, series: Series, cause: str
) -> Outcome | Refusal:
    """A person agrees. Nobody agrees to what they asked for, and nobody counts twice."""
    if proposal.state != "open":
        return "proposal.closed", {"number": proposal.number}
    if person in asked_by(proposal):
        return "proposal.same_person", {"number": proposal.number}
    if person in proposal.persons and _done_to_people(proposal):
        return "proposal.about_you", {"number": proposal.number}
    left = max(0, proposal.needs - 1)
    if left == 0:
        return _carry_out(proposal, situation, book, now, by=person, second=person, series=series, cause=cause)
    together = f"{proposal.by}+{person}"
    if proposal.what == "retention" or proposals.others(book, now, *asked_by(proposal), person):
        # What is destroyed cannot be brought back: there an hour does not stand in for a second person.
        return proposals.move(proposal, "open", by=together, now=now, cause=cause, book=book, needs=left)
    due = now + proposals.ALONE_MS
    return proposals.move(proposal, "open", by=together, now=now, cause=cause, book=book, needs=0, due=due)


def asked_by(proposal: ProposalView) -> tuple[str, ...]:
    """Everybody who stands behind a proposal so far: who asked, then who agreed."""
    return tuple(proposal.by.split("+"))


def cancel(
    proposal: ProposalView, person: str, situation: Situation, book: Book, now: int, *, series: Series, cause: str
) -> Outcome | Refusal:
    """A person says no: whoever was to go stays, who knocked is refused courteously."""
    if proposal.state != "open":
        return "proposal.closed", {"number": proposal.number}
    outcome = proposals.move(proposal, "cancelled", by=person, now=now, cause=cause, book=book)
    undoing = Hand(by=person, rule="replace", series=series, book=book, now=now, cause=cause)
    outcome.merge(grants.refused(proposal, situation, hand=undoing, book=book))
    outcome.merge(consents.refused(proposal, situation, now, by=person, cause=cause))
    if proposal.what == "invite":
        hand = Hand(by=person, rule="knock", series=series, book=book, now=now, cause=cause)
        members = {member.user: member for member in situation.members.get(proposal.room, ())}
        for user in proposal.users:
            if members.get(user, MemberView(user, "")).membership == "knock":
                outcome.merge(hand.remove(proposal.room, user, key="refuse_knock"))
    return outcome


def notice_over(situation: Situation, book: Book, now: int, *, series: Series, cause: str) -> Outcome:
    """The time of a proposal has come: it is carried out, unless somebody said no or the stage forbids it now."""
    proposal = situation.proposal
    if proposal is None or proposal.state != "open":
        return Outcome()
    if proposal.what == "invite" and proposal.by == proposals.KNOCK and proposal.needs > 0:
        return knocks.unanswered(proposal, situation, book, now, series=series, cause=cause)
    if proposal.what in consents.ASKED:
        return consents.unanswered(proposal, book, now, cause)
    if proposal.needs > 0:
        return Outcome()
    by_rule = proposal.by.startswith("rule:")
    if by_rule and situation.stage != "enforce":
        return proposals.move(proposal, "expired", by=proposal.by, now=now, cause=cause, book=book, needs=0)
    done = _carry_out(
        proposal, situation, book, now, by=asked_by(proposal)[-1], second=None, series=series, cause=cause
    )
    if isinstance(done, Outcome):
        return done
    hand = Hand(by=asked_by(proposal)[0], rule="replace", series=series, book=book, now=now, cause=cause)
    outcome = proposals.move(proposal, "expired", by=proposal.by, now=now, cause=cause, book=book, needs=0)
    return outcome.merge(grants.refused(proposal, situation, hand=hand, book=book))


def _carry_out(
    proposal: ProposalView,
    situation: Situation,
    book: Book,
    now: int,
    *,
    by: str,
    second: str | None,
    series: Series,
    cause: str,
) -> Outcome | Refusal:
    if proposal.what in consents.ASKED:
        return consents.agreed(proposal, situation, book, now, by=by, cause=cause)
    if proposal.what == "upgrade":
        return upgrades.agreed(proposal, by, book, now, cause)
    if proposal.what != "stage" and situation.stage == "watch":
        # It was put forward under a higher stage: nothing that `watch` would hold back is recorded as done.
        return "command.only_watching", {}
    if _done_to_people(proposal) or proposal.what == "undo":
        return _sanction(proposal, situation, book, now, second=second, series=series, cause=cause)
    if proposal.what in grants.ASKED:
        return grants.agreed(proposal, situation, book, now, by=by, second=second, series=series, cause=cause)
    if proposal.what == "retention":
        return keeping.agreed(proposal, by, book, now, cause)
    if proposal.what == "wave":
        return waves.agreed(proposal, situation, book, now, by=by, series=series, cause=cause)
    if proposal.what != "stage":
        return proposals.carry_out(proposal, situation, book, now, by=by, series=series, cause=cause)
    # What was true when it was asked may not be true any more.
    no = staging.refusal(proposal.detail, situation, book, now)
    if no is not None:
        return no
    outcome = proposals.move(proposal, "done", by=by, now=now, cause=cause, book=book, needs=0)
    return outcome.merge(
        staging.change(
            proposal.detail,
            situation,
            book,
            now,
            by=asked_by(proposal)[0],
            second=second,
            series=series,
            cause=cause,
        )
    )


def _done_to_people(proposal: ProposalView) -> bool:
    """Whether a person asked that something be done to another; what the roster removes has a rule of its own."""
    by_rule = proposal.by.startswith("rule:")
    return proposal.what in sanctions.PROPOSED or (proposal.what == "remove" and not by_rule)


def _sanction(
    proposal: ProposalView,
    situation: Situation,
    book: Book,
    now: int,
    *,
    second: str | None,
    series: Series,
    cause: str,
) -> Outcome:
    """What was asked and agreed to: whoever asked stands behind the acts, and who agreed last with them.

    Where nobody asked but a reported message did, it is whoever agreed first.
    """
    people = [one for one in (*asked_by(proposal), *((second,) if second else ())) if not one.startswith("rule:")]
    if not people:
        return proposals.move(proposal, "expired", by=proposal.by, now=now, cause=cause, book=book, needs=0)
    by, second = people[0], people[-1] if len(people) > 1 else None
    if proposal.what == "undo":
        outcome = undo.agreed(proposal, situation, book, now, by=by, second=second, series=series, cause=cause)
    else:
        hand = Hand(by=by, rule="command", second=second, series=series, book=book, now=now, cause=cause)
        outcome = sanctions.agreed(proposal, hand, situation, book, now)
    state = "done" if outcome.facts else "expired"
    last = second or by
    return outcome.merge(proposals.move(proposal, state, by=last, now=now, cause=cause, book=book, needs=0))
