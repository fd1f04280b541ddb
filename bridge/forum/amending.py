"""What else of an order its issuer puts right by reply or command: how urgent it is, and what a report must carry.

What counts as such a reply is in :mod:`bridge.forum.wanted`: an ordinary sentence is none.
"""

from __future__ import annotations

from typing import NamedTuple

from bridge.forum import arguments as a
from bridge.forum import directives, reports, tasks
from bridge.forum.book import Book
from bridge.forum.command import Command, reply
from bridge.forum.item import Taken
from bridge.forum.readdressing import may_change
from bridge.forum.saying import Saying
from bridge.forum.staging import Refusal
from bridge.forum.urgency import ORDINARY, URGENT, VERY_URGENT
from bridge.forum.wanted import Wanted, read
from bridge.model import facts as f
from bridge.model.effects import React, Say
from bridge.model.situation import DirectiveView, Outcome, Situation
from bridge.policy.roster import Standing

_RANK = {ORDINARY: 0, URGENT: 1, VERY_URGENT: 2}


class Hand(NamedTuple):
    """Who amends, and by what."""

    by: str
    cause: str


def heard(saying: Saying, situation: Situation, book: Book, now: int) -> tuple[str, str, Outcome] | None:
    """(number, label, outcome) of a reply that amends an order; None for any other message."""
    directive, subject = situation.directive, situation.subject
    if directive is None or directive.state == "cancelled" or saying.media or situation.report is not None:
        return None
    about = subject is not None and (bool(subject.ref) or subject.event == directive.event)
    if not about or not may_change(saying, directive, book):
        return None
    wanted = read(saying.text, book)
    if wanted is None:
        return None
    outcome = _amended(directive, wanted, book, now, Hand(saying.person, saying.event))
    number = directive.number
    ref = f"{number}.change.{saying.event}"
    outcome.effects.append(React(room=saying.room, to=saying.event, key=directives.chip(number), ref=ref))
    return number, "directive", outcome


def urgency(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """The command: how urgent an order is after all."""
    directive, urgent = command[a.ORDER_NUMBER], command[a.URGENCY]
    person = standing.person.id
    if directive.state == "cancelled":
        return "number.no_directive", {"number": directive.number}
    if person not in (directive.person, directive.on_behalf) and not book.policy.may(
        "correct", standing.roles, person
    ):
        return "urgency.not_yours", {"number": directive.number}
    outcome = _amended(directive, Wanted(urgency=urgent), book, now, Hand(person, taken.event.event_id))
    return outcome.merge(reply(taken, f"urgency.is_{urgent}", {"number": directive.number}))


def _amended(directive: DirectiveView, wanted: Wanted, book: Book, now: int, hand: Hand) -> Outcome:
    outcome = Outcome()
    if wanted.urgency and wanted.urgency != directive.urgency:
        outcome.merge(as_urgent(directive, wanted.urgency, book, now, hand))
        if _RANK[wanted.urgency] > _RANK[directive.urgency]:
            outcome.effects += _more_urgent(directive, wanted, book, now, hand)
    if wanted.evidence and wanted.evidence != directive.evidence:
        outcome.merge(demand(directive, wanted.evidence, book, now, hand))
        outcome.effects += _wants(directive, wanted, hand)
    if outcome.facts and directive.state == "open":
        outcome.effects.append(tasks.card(directive, book))
    return outcome


def as_urgent(directive: DirectiveView, urgency: str, book: Book, now: int, hand: Hand) -> Outcome:
    """An order is as urgent as this from now on, and its reminders with it."""
    outcome = Outcome(
        facts=[f.DirectiveChanged(number=directive.number, urgency=urgency, at=now, by=hand.by, cause=hand.cause)]
    )
    if directive.state == "open" and directive.due is not None and directive.due > now:
        outcome.timers += directives.due_again(directive, directive.due, book, now, urgency=urgency)
    return outcome


def demand(directive: DirectiveView, evidence: str, book: Book, now: int, hand: Hand) -> Outcome:
    """What a report has to carry from now on; one that waits for what is not asked for any more counts."""
    outcome = Outcome(
        facts=[f.DirectiveChanged(number=directive.number, evidence=evidence, at=now, by=hand.by, cause=hand.cause)]
    )
    if evidence != "none":
        return outcome
    for task in directive.tasks:
        if task.report and task.owing and task.report_state in ("waiting", "incomplete", "unknown"):
            outcome.merge(
                reports.reported(
                    task.report, (task,), "", book, now, by="rule:demand", via="message", cause=hand.cause
                )
            )
    return outcome


def _more_urgent(directive: DirectiveView, wanted: Wanted, book: Book, now: int, hand: Hand) -> list[Say]:
    """Whoever still owes something is rung, as the order would have rung them."""
    owing = _owing(directive)
    if not owing:
        return []
    return [
        Say(
            room=directive.room,
            key=f"directive.now_{wanted.urgency}",
            values={"number": directive.number, "text": directives.shorten(directive.text, 60)},
            mentions=book.users_of_units(owing, now),
            reply_to=f"{directive.number}.card",
            thread=directive.thread,
            ref=f"{directive.number}.now.{hand.cause}",
        )
    ]


def _wants(directive: DirectiveView, wanted: Wanted, hand: Hand) -> list[Say]:
    """Whoever still owes something reads what a report has to carry now."""
    if not _owing(directive):
        return []
    return [
        Say(
            room=directive.room,
            key=f"directive.wants_{wanted.evidence}",
            values={"number": directive.number, "text": directives.shorten(directive.text, 60)},
            reply_to=f"{directive.number}.card",
            thread=directive.thread,
            ref=f"{directive.number}.wants.{hand.cause}",
        )
    ]


def _owing(directive: DirectiveView) -> tuple[str, ...]:
    """The units that still owe something; of a doubted order nobody has heard."""
    return tuple(task.unit for task in directive.tasks if task.owing) if directive.state == "open" else ()
