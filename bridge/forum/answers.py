"""Answers about orders and reports: which are open, how one stands, and the commands that move them.

In the forum answers hold counts; who owes what is said in the control and audit rooms and in direct chats, to those
who lead or moderate, and to a unit about itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge.forum import amending, decisions, directives, reasons, reopening, steps, tasks
from bridge.forum import arguments as a
from bridge.forum.book import Book
from bridge.forum.command import Command, reply
from bridge.forum.item import Taken
from bridge.forum.meetings import showing as meetings
from bridge.forum.own import own_list
from bridge.forum.seeing import private, sees_names
from bridge.forum.staging import Refusal
from bridge.model import facts as f
from bridge.model.clock import milliseconds
from bridge.model.effects import CancelTimer, Line, Value
from bridge.model.situation import DirectiveView, Outcome, ReportView, Situation, TaskView
from bridge.policy.roster import Standing

Handler = Callable[[Command, Standing, Taken, Situation, Book, int], Outcome | Refusal]

SHORT_LIST, LONG_LIST, NAMES = 5, 15, 12
"""How many orders a list holds in the forum and elsewhere, and how many units a line names."""


def _owing(directive: DirectiveView) -> list[TaskView]:
    return [task for task in directive.tasks if task.owing]


def _running(situation: Situation) -> list[DirectiveView]:
    """The orders for which somebody owes something; not those that a person has yet to confirm."""
    return [directive for directive in situation.directives if directive.state == "open" and _owing(directive)]


def _units(owing: list[TaskView], book: Book) -> list[str]:
    names = [book.unit_name(task.unit) for task in owing[:NAMES]]
    if len(owing) > NAMES:
        names.append(f"+{len(owing) - NAMES}")
    return names


def open_list(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome:
    """The orders for which somebody still owes something; before those who run the forum also the doubted ones."""
    named = sees_names(standing, situation, book)
    if situation.room.kind == "direct" and not named:
        return own_list(standing, taken, situation, book)
    opened = _running(situation)
    lines = []
    for directive in opened[: LONG_LIST if named else SHORT_LIST]:
        owing = _owing(directive)
        values: dict[str, Value] = {"number": directive.number, "count": len(owing)}
        if named:
            values |= {"text": directives.shorten(directive.text, 60), "units": list(_units(owing, book))}
        lines.append(Line("list.named" if named else "list.counted", values))
    if named:
        lines += [
            Line(
                "list.unconfirmed",
                {
                    "number": directive.number,
                    "name": directive.name,
                    "text": directives.shorten(directive.text, 60),
                },
            )
            for directive in situation.directives
            if directive.state == "unconfirmed"
        ][:LONG_LIST]
    return reply(taken, "list.title" if opened else "list.empty", {"count": len(opened)} if opened else {}, lines)


def number(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """How a numbered thing stands."""
    asked = command[a.NUMBER]
    if situation.report is not None and situation.report.number == asked:
        return reply(taken, *_report(situation.report, situation, book))
    if situation.directive is not None and situation.directive.number == asked:
        return _directive(situation.directive, standing, taken, situation, book)
    if situation.meeting is not None and situation.meeting.number == asked:
        named = sees_names(standing, situation, book)
        return meetings.answer(situation.meeting, taken, book, now, named=named)
    if situation.decision is not None and situation.decision.destroyed:
        return "number.destroyed", {"number": asked}
    if situation.decision is not None:
        return decisions.shown(situation.decision, taken, book, now)
    if situation.proposal is not None:
        if not sees_names(standing, situation, book):
            return "number.elsewhere", {"number": asked}
        return f"number.proposal_{situation.proposal.state}", {"number": asked}
    return "number.unknown", {"number": asked}


def _directive(
    directive: DirectiveView, standing: Standing, taken: Taken, situation: Situation, book: Book
) -> Outcome:
    number = directive.number
    told = _steps(standing, situation, book)
    if directive.state == "cancelled":
        why = [Line("number.why", {"why": directive.reason})] if directive.reason and private(situation) else []
        return reply(taken, "number.directive_cancelled", {"number": number}, [*why, *told])
    if directive.state == "unconfirmed":
        return reply(taken, "number.directive_unconfirmed", {"number": number})
    live = [task for task in directive.tasks if task.state != "cancelled"]
    owing = _owing(directive)
    values: dict[str, Value] = {
        "number": number,
        "count": len(live),
        "reported": sum(task.state in tasks.REPORTED for task in live),
        "owing": len(owing),
    }
    # Whoever has a new phone cannot read what was written before it.
    lines = [Line("card.text", {"text": directives.shorten(directive.text, 400)})] if private(situation) else []
    if directive.due is not None:
        lines.append(Line("number.due", {"due": book.iso(directive.due)}))
    if sees_names(standing, situation, book):
        late = [task for task in owing if task.state == "late"]
        waiting = [task for task in owing if task.state != "late"]
        if waiting:
            lines.append(Line("number.waiting_for", {"units": list(_units(waiting, book))}))
        if late:
            lines.append(Line("number.late_units", {"units": list(_units(late, book))}))
    elif situation.room.kind == "direct":
        own = {unit.id for unit in standing.units}
        lines += [Line(f"number.own_{task.state}") for task in live if task.unit in own][:1]
    return reply(taken, "number.directive", values, [*lines, *told])


def _steps(standing: Standing, situation: Situation, book: Book) -> list[Line]:
    """What became of an order: all of it for those who lead or audit, for the others what concerns their units."""
    if sees_names(standing, situation, book):
        return steps.lines(situation.steps, book)
    if situation.room.kind == "direct":
        return steps.lines(situation.steps, book, {unit.id for unit in standing.units})
    return []


def _report(report: ReportView, situation: Situation, book: Book) -> tuple[str, dict[str, Value], list[Line]]:
    lines = []
    if report.directive:
        lines.append(Line("number.report_answers", {"directive": report.directive}))
    if private(situation):
        lines.append(
            Line(
                "number.report_by",
                {
                    "name": report.name or "–",
                    "unit": book.unit_name(report.unit) if report.unit else "–",
                    "count": report.accepted,
                },
            )
        )
        if report.reason:
            lines.append(Line("number.why", {"why": report.reason}))
    return f"number.report_{report.state}", {"number": report.number}, lines


def accept_all(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Every report of an order that counts as fulfilled is accepted at once."""
    directive = command[a.ORDER_NUMBER]
    own = {unit.id for unit in standing.units}
    ready = [task for task in directive.tasks if task.state == "reported" and task.report and task.unit not in own]
    if not ready:
        return "accept_all.nothing", {"number": directive.number}
    by, cause = standing.person.id, taken.event.event_id
    numbers = list(dict.fromkeys(task.report for task in ready if task.report))
    outcome = Outcome(
        facts=[
            f.ReportChanged(number=report, state="accepted", at=now, by=by, via="command", cause=cause)
            for report in numbers
        ],
        effects=[tasks.card(directive, book)],
        timers=[CancelTimer(f"accept:{report}") for report in numbers],
    )
    outcome.facts += [
        tasks.move(task, "accepted", at=now, by=by, via="command", cause=cause, person=by, report=task.report)
        for task in ready
    ]
    return outcome.merge(reply(taken, "accept_all.done", {"number": directive.number, "count": len(numbers)}))


def confirm(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """A wide order that was doubted is one."""
    directive = command[a.ORDER_NUMBER]
    if directive.state != "unconfirmed":
        return "confirm.not_needed", {"number": directive.number}
    outcome = directives.confirm(directive, book, now, by=standing.person.id, cause=taken.event.event_id)
    return outcome.merge(reply(taken, "confirm.done", {"number": directive.number}))


def due(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Say or change until when an order is to be done; whoever was late under the old time is not under the new."""
    directive, found = command[a.ORDER_NUMBER], command[a.DUE]
    if directive.state == "cancelled":
        return "number.no_directive", {"number": directive.number}
    if found.past:
        return "due.over", {"number": directive.number, "at": found.at.isoformat(timespec="seconds")}
    at = milliseconds(found.at)
    by, cause = standing.person.id, taken.event.event_id
    outcome = Outcome(
        facts=[
            f.DirectiveChanged(
                number=directive.number, due=at, due_phrase=found.phrase, at=now, by=by, cause=cause
            ),
            *(
                tasks.move(task, "open", at=now, by=by, via="command", cause=cause)
                for task in directive.tasks
                if task.state == "late"
            ),
        ]
    )
    if directive.state == "open":
        outcome.timers += directives.due_again(directive, at, book, now)
        outcome.effects.append(tasks.card(directive, book))
    return outcome.merge(reply(taken, "due.set", {"number": directive.number, "at": book.iso(at)}))


HANDLERS: Mapping[str, Handler] = {
    "list": open_list,
    "number": number,
    "accept_all": accept_all,
    "confirm": confirm,
    "due": due,
    "withdraw": reasons.withdraw,
    "return": reasons.give_back,
    "urgency": amending.urgency,
    "reopen": reopening.reopen,
}
