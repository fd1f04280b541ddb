"""Reactions: acknowledging, accepting, returning, correcting, and taking any of these back.

Reactions are clear text even in encrypted rooms, so what rests on one is recorded as attested by the homeserver.
"""

from __future__ import annotations

from msgspec.structs import replace

from bridge.forum import (
    corrections,
    decisions,
    directives,
    elsewhere,
    lending,
    reasons,
    relaying,
    reports,
    tasks,
)
from bridge.forum.book import ACCEPTING, ACKNOWLEDGING, CORRECTING, RETURNING, Book
from bridge.forum.conduct import moving
from bridge.forum.item import Taken
from bridge.forum.spoken import bare_emoji, reaction_key
from bridge.model import facts as f
from bridge.model.event import Event, Json
from bridge.model.situation import Needs, Outcome, Situation, Subject
from bridge.policy.roster import Standing


def needs(taken: Taken, book: Book) -> Needs:
    """What the rule wants to know of a reaction."""
    target, key = reaction_key(taken.event)
    standing = book.standing(taken.event.sender, taken.at)
    if standing is None or not target:
        return Needs()
    bare = bare_emoji(key)
    if bare == moving.MOVING:
        return moving.reaction_needs(target, taken, book)
    return Needs(
        answers=(target,),
        units=tuple(unit.id for unit in standing.units),
        units_of_author=bare in CORRECTING,
        origin=book.series if bare in CORRECTING else frozenset(),
        media_of=target if bare in CORRECTING else None,
    )


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Do what a reaction of a listed person means."""
    event = taken.event
    standing = book.standing(event.sender, taken.at)
    subject = situation.subject
    if standing is None or subject is None or situation.room.kind not in ("forum", "group"):
        return Outcome()
    if subject.destroyed:
        # Of what is gone nothing can be made anew.
        return Outcome()
    _, key = reaction_key(event)
    bare = bare_emoji(key)
    if bare == moving.MOVING:
        return moving.by_reaction(taken, standing, situation, book, now)
    if _disowns(bare, standing, situation) and situation.directive is not None:
        return relaying.taken_back(situation.directive, standing.person.id, book, now, event.event_id)
    doubted = situation.directive is not None and situation.directive.state == "unconfirmed"
    if bare in CORRECTING and not subject.ref and not (doubted and CORRECTING[bare] == subject.label):
        return _correct(taken, CORRECTING[bare], standing, situation, book, now)
    # Of a doubted order the chip ends with a question mark.
    chip = subject.number is not None and key.removesuffix("?").endswith(subject.number)
    if situation.directive is not None and situation.report is None:
        if not subject.ref and subject.event != situation.directive.event:
            # What stands on a colleague's "siap" is for the colleague, whatever his words are made to look like.
            return Outcome()
        if doubted:
            return _confirm(taken, standing, bare, chip, situation, book, now)
        if chip or bare in ACKNOWLEDGING or bare in book.policy.acknowledgement.emoji:
            return acknowledge(taken, standing, situation, book, now)
    if situation.report is not None and subject.label == "report":
        return _judge(taken, bare, standing, situation, book, now)
    return Outcome()


def _disowns(bare: str, standing: Standing, situation: Situation) -> bool:
    """Whether a leader says of an order, or of its card, that it is not the order that was given in their name."""
    directive, subject = situation.directive, situation.subject
    if directive is None or subject is None or bare not in relaying.TAKING_BACK:
        return False
    shown = subject.event == directive.event or bool(subject.ref)
    return shown and directive.on_behalf == standing.person.id and directive.state != "cancelled"


def acknowledge(taken: Taken, standing: Standing, situation: Situation, book: Book, now: int) -> Outcome:
    """A reaction to an order or its card: the person's units have received it."""
    directive = situation.directive
    if directive is None or directive.state == "cancelled":
        return Outcome()
    mine = tasks.of_units(directive, (unit.id for unit in standing.units))
    outcome = Outcome(
        facts=[
            tasks.move(
                task,
                "acknowledged",
                at=now,
                by=standing.person.id,
                via="reaction",
                person=standing.person.id,
                attested=True,
                cause=taken.event.event_id,
            )
            for task in mine
            if task.state == "open"
        ]
    )
    if outcome.facts:
        outcome.effects.append(tasks.card(directive, book))
    return outcome


def _confirm(
    taken: Taken, standing: Standing, bare: str, chip: bool, situation: Situation, book: Book, now: int
) -> Outcome:
    directive = situation.directive
    said_so = chip or bare in ACCEPTING or bare in ACKNOWLEDGING or CORRECTING.get(bare) == "directive"
    if directive is None or not said_so:
        return Outcome()
    person = standing.person.id
    if not directives.may_confirm(standing.roles, person, book):
        # Not even its author: what was passed on in another's name is confirmed by those who may give it.
        return Outcome()
    return directives.confirm(directive, book, now, by=person, cause=taken.event.event_id)


def _judge(taken: Taken, bare: str, standing: Standing, situation: Situation, book: Book, now: int) -> Outcome:
    report = situation.report
    person = standing.person.id
    if report is None or person == report.person:
        return Outcome()
    if not book.policy.may("accept", standing.roles, person):
        meant = "ok" if bare in ACCEPTING else "declined" if bare in RETURNING else ""
        if meant and report.state == "held":
            return elsewhere.in_the_room(meant, standing, taken, situation, book, now)
        return Outcome()
    if bare in ACCEPTING and report.state in ("reported", "held", "returned", "unknown"):
        state = "accepted"
    elif bare in RETURNING and report.state in reports.RETURNABLE:
        state = "returned"
    else:
        return Outcome()
    outcome = reports.settle(
        report,
        situation.directive,
        state,
        book,
        now,
        by=person,
        via="reaction",
        attested=True,
        cause=taken.event.event_id,
    )
    if state == "returned":
        outcome.effects.append(reports.returned_notice(report, book, now))
    return outcome


def _correct(taken: Taken, label: str, standing: Standing, situation: Situation, book: Book, now: int) -> Outcome:
    subject = situation.subject
    event = taken.event
    if subject is None or subject.person is None:
        return Outcome()
    person = standing.person.id
    own = subject.person == person
    if not own and not lending.may_mend(standing, subject, label, book):
        return Outcome(facts=[f.Refused(event=event.event_id, sender=event.sender, why="no_authority", at=now)])
    return corrections.correct(
        subject, label, situation, book, now, by=person, via="reaction", cause=event.event_id
    )


def redaction_target(content: Json, redacts: str | None) -> str:
    """What a redaction takes back; in room versions before 11 it stands beside the content, since then in it."""
    inner = content.get("redacts")
    return inner if isinstance(inner, str) else redacts or ""


def redaction_needs(taken: Taken, book: Book) -> Needs:
    """What the rule wants to know of a redaction."""
    target = redaction_target(taken.event.content, taken.event.redacts)
    if not target:
        return Needs()
    return Needs(
        answers=(target,), cause=target, media_of=target, author_of=target, check_by=target, checks_of=target
    )


def decide_redaction(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """A message or a reaction was taken back. A message stays recorded; a reaction no longer counts."""
    event = taken.event
    target = redaction_target(event.content, event.redacts)
    if not target or event.sender == book.bot:
        return Outcome()
    standing = book.standing(event.sender, taken.at)
    by = standing.person.id if standing is not None else event.sender
    outcome = Outcome()
    subject = situation.subject
    if subject is not None and not subject.ref:
        outcome.facts.append(f.Redacted(event=target, by=event.sender, redaction=event.event_id, at=now))
        if subject.sender == event.sender:
            outcome.merge(elsewhere.withdrawn(situation.media, situation, book, now, by=by, cause=event.event_id))
            outcome.merge(_taken_back(subject, situation, book, now, by=by, cause=event.event_id))
    if situation.author != event.sender:
        # A power level removes what stands in the room, not what a person has said by it.
        return outcome.merge(_not_theirs(event, situation, now))
    report = situation.report
    judged = subject is None or subject.label != "report"
    unsettled = judged and report is not None and report.state in ("accepted", "returned")
    if situation.checks_settled and report is not None:
        # Somebody takes back their word on photos: everything else that rests on it follows from that.
        outcome.merge(elsewhere.taken_back(situation, book, now, by=by, cause=event.event_id))
        if report.cause != target or not unsettled:
            return outcome
        good = sum(check.state == "ok" for check in situation.checks_settled)
        report = replace(report, accepted=report.accepted - good, held=report.held + len(situation.checks_settled))
    for task in situation.tasks:
        if task.acknowledged_by == target and task.state in ("acknowledged", "late"):
            # A late task stays late, but nobody has said "siap" any more.
            states = ["open", "late"] if task.state == "late" else ["open"]
            outcome.facts += [
                tasks.move(task, state, at=now, by=by, via="redaction", cause=event.event_id) for state in states
            ]
            outcome.effects.append(tasks.card(task, book))
    if unsettled and report is not None:
        outcome.merge(reports.unsettled(report, book, now, by=by, via="redaction", cause=event.event_id))
    return outcome


def _not_theirs(event: Event, situation: Situation, now: int) -> Outcome:
    """Another's reaction or words on which a task or a report rests were taken away: listed, nothing moves."""
    if not situation.tasks and situation.report is None:
        return Outcome()
    return Outcome(facts=[f.Refused(event=event.event_id, sender=event.sender, why="no_authority", at=now)])


def _taken_back(subject: Subject, situation: Situation, book: Book, now: int, *, by: str, cause: str) -> Outcome:
    """An author has deleted an own order, report or decision: what nobody can read any more binds nobody."""
    directive, report = situation.directive, situation.report
    if subject.label == "directive" and directive is not None and directive.event == subject.event:
        if directive.state == "cancelled":
            return Outcome()
        outcome = directives.cancel(directive, book, now, by=by, cause=cause)
        outcome.effects += reasons.cancelled(directive, "", book, now)
        return outcome
    decision = situation.decision
    if subject.label == "decision" and decision is not None and decision.fact.event == subject.event:
        return decisions.withdrawn(decision, "deleted", book, now, by=by, cause=cause)
    if subject.label == "report" and report is not None and report.event == subject.event:
        if report.at_rest:
            return Outcome()
        return corrections.undo(subject, situation, book, now, by=by, cause=cause)
    return Outcome()
