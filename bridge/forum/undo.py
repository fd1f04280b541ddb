"""`undo A-17`: what was done is taken back exactly, with whatever was done to the same person for the same cause.

Whoever was removed or banned is invited again, levels go back to what was found where nobody changed them since, a
warning counts no longer, and what has not gone to the homeserver yet never goes. What cannot be taken back is said:
a redaction cannot, though the record keeps the message. An undoing is not undone: to do the same again takes the
command, with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from bridge.forum import arguments as a
from bridge.forum import granting, grants, locks, proposals, sanctions
from bridge.forum.acts import Hand, Series
from bridge.forum.answers import Handler
from bridge.forum.authority import needed
from bridge.forum.book import Book
from bridge.forum.command import Command, not_theirs, reply
from bridge.forum.item import Taken
from bridge.forum.staging import Refusal
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import CancelTimer, Line, Say, told_of
from bridge.model.situation import ActView, MemberView, Needs, Outcome, ProposalView, Situation
from bridge.policy.roster import Standing

ENDING = frozenset({"unmute", "unban", "unlock", "undo", *locks.FLOORS.values()})
"""What ends something else: done again by its own command, not by undoing."""


def needs(command: Command, taken: Taken, book: Book) -> Needs:
    """The act, what was done with it, and the members of the rooms concerned; of a guest, where they are."""
    answers = taken.spoken.answers if command.number is None else ()
    wanted = Needs(answers=answers, number=command.number, members=bool(answers), done_together=True, waiting=True)
    grant = grants.find(command.number, book)
    return replace(wanted, accounts=(grant.user,)) if grant is not None and grant.user else wanted


def undo(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Take an act back, or put it before a second person."""
    act = command[a.GRANTED_OR_ACT]
    if isinstance(act, f.Granted):
        return granting.ended_by_number(act, standing, taken, situation, book, now)
    one = act.fact
    doer = "" if one.by.startswith("rule:") else one.by
    others = needed("undo", standing, one.user, situation, book, now, doer=doer)
    if others is None:
        return not_theirs(command, standing, taken, book, now)
    refused = refusal(act)
    if refused is not None:
        return refused
    by, cause, series = standing.person.id, taken.event.event_id, Series(situation, book)
    if others:
        if any(waits.what == "undo" and waits.detail == one.number for waits in situation.proposals):
            waits = next(w for w in situation.proposals if w.what == "undo" and w.detail == one.number)
            return "proposal.waits_already", {"number": waits.number}
        asked = proposals.asked(
            "undo",
            room=one.room,
            by=by,
            series=series,
            book=book,
            now=now,
            cause=cause,
            users=(one.user,) if one.user else (),
            detail=one.number,
            needs=others,
        )
        return proposals.put(asked, taken, situation)
    outcome = take_back(situation, book, now, by=by, second=None, series=series, cause=cause)
    return outcome.merge(reply(taken, "undo.done", {"number": one.number}, lines=_left(situation, outcome)))


def refusal(act: ActView) -> Refusal | None:
    """Why an act is not taken back, if it is not."""
    number = act.fact.number
    if act.undone:
        return "undo.already", {"number": number, "by": act.undone}
    if act.result in ("failed", "cancelled"):
        return "undo.never_done", {"number": number}
    if act.fact.verb in ENDING:
        return "undo.again", {"number": number}
    if act.fact.verb == "redact" and not act.untried:
        return "undo.redaction", {"number": number}
    if act.fact.verb == "move":
        return "undo.moved", {"number": number}
    return None


def agreed(
    proposal: ProposalView,
    situation: Situation,
    book: Book,
    now: int,
    *,
    by: str,
    second: str | None,
    series: Series,
    cause: str,
) -> Outcome:
    """An undoing that others have agreed to, if there is still something to be taken back."""
    if situation.act is None or refusal(situation.act) is not None:
        return Outcome()
    return take_back(situation, book, now, by=by, second=second, series=series, cause=cause)


def take_back(
    situation: Situation, book: Book, now: int, *, by: str, second: str | None, series: Series, cause: str
) -> Outcome:
    """Everything of one cause that can be taken back, the newest first."""
    outcome = Outcome()
    for act in _together(situation):
        if refusal(act) is not None:
            continue
        hand = Hand(
            by=by,
            rule="command",
            series=series,
            book=book,
            now=now,
            cause=cause,
            second=second,
            undoes=act.fact.number,
        )
        outcome.merge(_reverse(act, hand, situation, book, now))
    outcome.effects += _told(situation, outcome, book, now)
    return outcome


def _together(situation: Situation) -> Sequence[ActView]:
    acts = {act.fact.number: act for act in situation.acts}
    if situation.act is not None:
        acts[situation.act.fact.number] = situation.act
    return list(acts.values())


def _reverse(act: ActView, hand: Hand, situation: Situation, book: Book, now: int) -> Outcome:
    one, timers = act.fact, [CancelTimer(f"ends:{act.fact.number}")]
    if one.verb == "lock":
        return locks.ended(act, hand, situation, book).merge(Outcome(timers=[*timers]))
    if one.verb == "mute":
        return hand.unmute(act, why="").merge(Outcome(timers=[*timers]))
    if one.verb == "ban":
        return sanctions.lift(act, hand, book, why="")
    if one.verb in locks.FLOORS:
        return hand.restore(locks.FLOORS[one.verb], act, why="")
    if one.verb in ("levels", "servers"):
        return hand.restore(one.verb, act, why="")
    if one.verb == "remove" and _may_return(act, book, now):
        return hand.invite(one.room, one.user, key="invite_hand")
    if one.verb == "invite" and _only_invited(act, situation):
        return hand.remove(one.room, one.user, key="invite_undone")
    return hand.take_back(act, why="")


def _may_return(act: ActView, book: Book, now: int) -> bool:
    """Whether a removal changed something and leaves somebody to be invited; an act in doubt may have."""
    return act.result in ("", "done") and act.fact.user != book.bot


def _only_invited(act: ActView, situation: Situation) -> bool:
    members = situation.members.get(act.fact.room, ())
    here = next((member for member in members if member.user == act.fact.user), MemberView(act.fact.user, ""))
    return here.membership == "invite" or bool(act.untried)


def _left(situation: Situation, outcome: Outcome) -> list[Line]:
    """What of it could not be taken back."""
    lines = []
    undone = {fact.undoes for fact in outcome.facts if isinstance(fact, f.Act)}
    for act in _together(situation):
        if act.fact.number in undone or act.undone:
            continue
        if act.fact.verb == "redact":
            lines.append(Line("undo.redaction", {"number": act.fact.number}))
    return lines


def _told(situation: Situation, outcome: Outcome, book: Book, now: int) -> list[Say]:
    """The person hears that it is over, once; who never heard that it began hears nothing."""
    act = situation.act
    first = next((fact.number for fact in outcome.facts if isinstance(fact, f.Act)), "")
    if act is None or not act.fact.person or not first or act.untried or act.fact.verb not in ("warn", "mute"):
        return []
    if not book.roster.user_ids(act.fact.person, moment(now)):
        return []
    values = {"forum": book.policy.forum.name}
    if act.fact.verb == "mute":
        return [Say(person=act.fact.person, key="told.unmuted", values={**values}, ref=told_of(first))]
    return [Say(person=act.fact.person, key="told.unwarned", values={**values}, ref=told_of(first))]


HANDLERS: Mapping[str, Handler] = {"undo": undo}
