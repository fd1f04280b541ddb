"""Commands of the control room: stages, who comes and goes, and the second person."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.forum import approvals, granting, knocks, proposals, staging
from bridge.forum import arguments as a
from bridge.forum.acts import Hand, Series
from bridge.forum.answers import Handler
from bridge.forum.book import Book
from bridge.forum.command import Command, not_theirs, reply
from bridge.forum.item import Taken
from bridge.forum.reconcile import HERE
from bridge.forum.stages import ORDER
from bridge.forum.staging import Refusal
from bridge.model import facts as f
from bridge.model.situation import Outcome, ProposalView, Situation
from bridge.policy.roster import Standing


def stage(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Show the stage, lower it at once, or ask for the next one."""
    wanted = command[a.STAGE]
    refused = staging.refusal(wanted, situation, book, now)
    if refused is not None:
        return refused
    by, cause = standing.person.id, taken.event.event_id
    series = Series(situation, book)
    if ORDER.index(wanted) < ORDER.index(situation.stage):
        outcome = staging.change(wanted, situation, book, now, by=by, second=None, series=series, cause=cause)
        return outcome.merge(reply(taken, "stage.lowered", {"stage": wanted}))
    if any(one.what == "stage" for one in situation.proposals):
        waiting = next(one for one in situation.proposals if one.what == "stage")
        return "proposal.waits_already", {"number": waiting.number}
    return proposals.put(
        proposals.asked(
            "stage",
            room=book.rooms.get("forum", ""),
            by=by,
            series=series,
            book=book,
            now=now,
            cause=cause,
            detail=wanted,
        ),
        taken,
        situation,
    )


def approve(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Agree to what waits."""
    proposal = command[a.WAITING]
    if not knocks.decides(standing, proposal, book, "approve"):
        return not_theirs(command, standing, taken, book, now)
    series = Series(situation, book)
    done = approvals.approve(
        proposal, standing.person.id, situation, book, now, series=series, cause=taken.event.event_id
    )
    return _answered(done, proposal, taken)


def cancel(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Say no to what waits, or end what was granted under the number."""
    proposal = command[a.GRANTED_OR_WAITING]
    if isinstance(proposal, f.Granted):
        return granting.ended_by_number(proposal, standing, taken, situation, book, now)
    series = Series(situation, book)
    if not knocks.decides(standing, proposal, book, "approve", "moderate"):
        return not_theirs(command, standing, taken, book, now)
    done = approvals.cancel(
        proposal, standing.person.id, situation, book, now, series=series, cause=taken.event.event_id
    )
    return _answered(done, proposal, taken)


def _answered(done: Outcome | Refusal, proposal: ProposalView, taken: Taken) -> Outcome | Refusal:
    if not isinstance(done, Outcome):
        return done
    states = [fact for fact in done.facts if isinstance(fact, f.Proposal) and fact.number == proposal.number]
    state = states[-1].state
    if state == "open":
        key = "proposal.one_more" if states[-1].needs else "proposal.in_an_hour"
    else:
        key = f"proposal.now_{state}"
    return done.merge(reply(taken, key, {"number": proposal.number}))


def invite(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Invite a listed person at once, also one who left by hand; anybody else with a second person."""
    room = book.rooms.get("forum", "")
    found = command[a.WHOM]
    if found.user == book.bot:
        return "command.not_me", {}
    if found.membership in HERE:
        return "invite.here", {"user": found.user}
    by, cause = standing.person.id, taken.event.event_id
    series = Series(situation, book)
    if book.standing(found.user, now) is None:
        waiting = [one for one in situation.proposals if one.what == "invite" and found.user in one.users]
        if waiting:
            return "proposal.waits_already", {"number": waiting[0].number}
        asked = proposals.asked(
            "invite",
            room=room,
            by=by,
            series=series,
            book=book,
            now=now,
            cause=cause,
            users=(found.user,),
        )
        return proposals.put(asked, taken, situation)
    hand = Hand(by=by, rule="command", series=series, book=book, now=now, cause=cause)
    key = "invite_knock" if found.membership == "knock" else "invite_hand"
    outcome = hand.invite(room, found.user, key=key)
    return outcome.merge(reply(taken, "invite.done", {"user": found.user}))


def keep(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Decide that somebody who is not listed stays; what was proposed against it is cancelled."""
    room = book.rooms.get("forum", "")
    found = command[a.WHOM]
    if found.membership not in HERE:
        return "remove.not_here", {"user": found.user}
    by, cause = standing.person.id, taken.event.event_id
    waiting = proposals.removals(situation.proposals, room).get(found.user)
    if waiting is not None and len(waiting.users) > 1:
        return "keep.with_others", {"user": found.user, "number": waiting.number}
    if waiting is not None:
        outcome = proposals.move(waiting, "cancelled", by=by, now=now, cause=cause, book=book)
    else:
        person = book.roster.person_of(found.user, book.local(now))
        outcome = Outcome(
            facts=[
                f.Proposal(
                    number=Series(situation, book).take(),
                    what="keep",
                    room=room,
                    users=(found.user,),
                    persons=(person.id,) if person else (),
                    state="done",
                    by=by,
                    at=now,
                    cause=cause,
                )
            ]
        )
    outcome.effects += staging.adoption_card(book)
    return outcome.merge(reply(taken, "keep.done", {"user": staging.named(found)}))


HANDLERS: Mapping[str, Handler] = {
    "stage": stage,
    "approve": approve,
    "cancel": cancel,
    "invite": invite,
    "keep": keep,
}
