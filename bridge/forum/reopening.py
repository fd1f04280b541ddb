"""What was settled is opened again, with a reason: a report that was accepted, an order that was withdrawn."""

from __future__ import annotations

from bridge.forum import arguments as a
from bridge.forum import directives, tasks
from bridge.forum.book import Book
from bridge.forum.command import Command, reply
from bridge.forum.item import Taken
from bridge.forum.reports import returned_notice
from bridge.forum.staging import Refusal
from bridge.model import facts as f
from bridge.model.effects import CancelTimer, React
from bridge.model.situation import DirectiveView, Outcome, ReportView, Situation
from bridge.policy.roster import Standing


def reopen(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """The command: a number and why. Who may accept opens a report again, who may order an order."""
    why, found = command[a.WHY], command[a.SETTLED]
    person, number = standing.person.id, found.number
    if not book.policy.may("accept" if isinstance(found, ReportView) else "order", standing.roles, person):
        return "reopen.not_yours", {"number": number}
    cause = taken.event.event_id
    if isinstance(found, ReportView):
        if found.state not in ("accepted", "reported"):
            return "reopen.not_settled", {"number": number}
        outcome = _report(found, situation.directive, book, now, by=person, why=why, cause=cause)
    elif found.state != "cancelled":
        return "reopen.not_settled", {"number": number}
    else:
        outcome = _directive(found, book, now, by=person, why=why, cause=cause)
    return outcome.merge(reply(taken, "reopen.done", {"number": number}))


def _report(
    report: ReportView, directive: DirectiveView | None, book: Book, now: int, *, by: str, why: str, cause: str
) -> Outcome:
    """It waits for something better, and the tasks that it fulfilled are owed again."""
    outcome = Outcome(
        facts=[
            f.ReportChanged(
                number=report.number, state="returned", at=now, by=by, via="command", reason=why, cause=cause
            )
        ],
        effects=[returned_notice(report, book, now, why=why, reopened=True)],
        timers=[CancelTimer(f"accept:{report.number}")],
    )
    moved = [task for task in directive.tasks if task.report == report.number] if directive is not None else []
    outcome.facts += [
        tasks.move(task, "reopened", at=now, by=by, via="command", person=by, report=report.number, cause=cause)
        for task in moved
    ]
    if moved and directive is not None:
        outcome.effects.append(tasks.card(directive, book))
    return outcome


def _directive(directive: DirectiveView, book: Book, now: int, *, by: str, why: str, cause: str) -> Outcome:
    """It counts again as it last stood; what was reported under it before stays reported."""
    outcome = Outcome(
        facts=[
            f.DirectiveChanged(number=directive.number, state="reopened", reason=why, at=now, by=by, cause=cause),
            *(
                tasks.move(task, "reopened", at=now, by=by, via="command", person=by, cause=cause)
                for task in directive.tasks
                if task.state == "cancelled"
            ),
        ],
        effects=[
            React(
                room=directive.room,
                to=directive.event,
                key=directives.chip(directive.number),
                ref=f"{directive.number}.chip",
            ),
            tasks.card(directive, book),
        ],
    )
    if directive.due is not None and directive.due > now:
        outcome.timers += directives.due_again(directive, directive.due, book, now)
    return outcome
