"""Why a report was returned or an order cancelled: said with it, or in a reply to what the bot wrote of it.

Nobody has to give a reason: a reaction returns at once, and what the bot writes of it says politely how the reason
can be added. Whoever it concerns reads it where the order stands.
"""

from __future__ import annotations

from bridge.forum import arguments as a
from bridge.forum import directives, reports, tasks
from bridge.forum.book import Book
from bridge.forum.command import Command, reply
from bridge.forum.item import Taken
from bridge.forum.readdressing import may_change
from bridge.forum.saying import Saying, clean
from bridge.forum.stages import reached
from bridge.forum.staging import Refusal
from bridge.forum.tagging import Judgement
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Line, Say, Value
from bridge.model.situation import DirectiveView, Outcome, ReportView, Situation, Subject
from bridge.policy.roster import Standing

LONGEST = 200
"""Characters of a reason that are kept."""

FRESH_MS = 24 * 3600 * 1000
"""How long a plain reply to the report itself, and not to what the bot wrote of it, is taken for the reason."""

OTHERWISE = frozenset({"directive", "decision", "acknowledgement", "question"})
"""Labels of what is no reason as an answer to the report or order itself."""


def heard(
    saying: Saying, judgement: Judgement, situation: Situation, book: Book, now: int
) -> tuple[str, str, Outcome] | None:
    """(number, label, outcome) of a reply that says why something was returned or cancelled; None for any other."""
    subject = situation.subject
    if subject is None or saying.media or not saying.text or judgement.said or judgement.emergency:
        return None
    why = clean(saying.text)[:LONGEST]
    report, directive = situation.report, situation.directive
    if report is not None:
        if report.state != "returned" or report.reason or not _answers(subject, report.event, "returned"):
            return None
        fresh = subject.ref or (now - report.changed_at < FRESH_MS and judgement.label not in OTHERWISE)
        own = saying.person == report.person
        if own or not fresh or not book.policy.may("accept", saying.roles, saying.person):
            return None
        return report.number, "chatter", _of_report(report, why, saying, book, now)
    if directive is None or directive.state != "cancelled" or directive.reason:
        return None
    if subject.ref != f"{directive.number}.cancelled" or not may_change(saying, directive, book):
        return None
    return directive.number, "chatter", _of_directive(directive, why, saying, book, now)


def _answers(subject: Subject, event: str, ref: str) -> bool:
    return subject.event == event or subject.ref.endswith(f".{ref}")


def _of_report(report: ReportView, why: str, saying: Saying, book: Book, now: int) -> Outcome:
    fact = f.ReportChanged(
        number=report.number, reason=why, at=now, by=saying.person, via="message", cause=saying.event
    )
    told = Say(
        room=report.room,
        key="report.why",
        values={"number": report.number, "name": report.name, "why": why},
        # Element mentions whom the answered message mentioned: the reason itself rang them then.
        mentions=tuple(u for u in book.roster.user_ids(report.person, moment(now)) if u not in saying.mentions),
        reply_to=report.event,
        thread=report.thread,
        ref=f"{report.number}.why.{saying.event}",
    )
    return Outcome(facts=[fact], effects=[told])


def _of_directive(directive: DirectiveView, why: str, saying: Saying, book: Book, now: int) -> Outcome:
    fact = f.DirectiveChanged(number=directive.number, reason=why, at=now, by=saying.person, cause=saying.event)
    told = Say(
        room=directive.room,
        key="directive.cancelled_why",
        values={"number": directive.number, "text": directives.shorten(directive.text, 60), "why": why},
        reply_to=f"{directive.number}.card",
        thread=directive.thread,
        ref=f"{directive.number}.why.{saying.event}",
    )
    return Outcome(facts=[fact], effects=[told, tasks.card(directive, book)])


def cancelled(directive: DirectiveView, why: str, book: Book, now: int) -> list[Say]:
    """Whoever has a task under an order hears that it is cancelled, and why; of a doubted one nobody had heard."""
    live = tuple(task.unit for task in directive.tasks if task.state not in ("cancelled", "accepted"))
    if directive.state == "unconfirmed" or not live:
        return []
    values: dict[str, Value] = {"number": directive.number, "text": directives.shorten(directive.text, 60)}
    return [
        Say(
            room=directive.room,
            key="directive.cancelled_why" if why else "directive.cancelled",
            values={**values, "why": why} if why else values,
            lines=() if why else (Line("directive.say_why"),),
            mentions=book.users_of_units(live, now),
            reply_to=f"{directive.number}.card",
            thread=directive.thread,
            ref=f"{directive.number}.cancelled",
        )
    ]


def withdraw(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """The command: an order is taken back, by whoever gave it or who mends tags, with the reason or not."""
    directive, why = command[a.ORDER_NUMBER], _one_line(command[a.MAYBE_REASON])
    person = standing.person.id
    if person not in (directive.person, directive.on_behalf) and not book.policy.may(
        "correct", standing.roles, person
    ):
        return "withdraw.not_yours", {"number": directive.number}
    if directive.state == "cancelled":
        return "withdraw.already", {"number": directive.number}
    outcome = directives.cancel(directive, book, now, by=person, cause=taken.event.event_id, reason=why)
    said = cancelled(directive, why, book, now)
    outcome.effects += said
    if not said or taken.room != directive.room or not reached(situation.stage, "remind"):
        outcome.merge(reply(taken, "withdraw.done", {"number": directive.number}))
    return outcome


def give_back(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """The command: a report is returned, with the reason or not; or why it was is said afterwards."""
    report, why = command[a.RETURNED], _one_line(command[a.MAYBE_REASON])
    by, cause = standing.person.id, taken.event.event_id
    if report.person == by:
        return "return.own", {"number": report.number}
    if report.state == "returned" and why and not report.reason:
        outcome = Outcome(
            facts=[f.ReportChanged(number=report.number, reason=why, at=now, by=by, via="command", cause=cause)]
        )
    elif report.state in reports.RETURNABLE:
        outcome = reports.settle(
            report, situation.directive, "returned", book, now, by=by, via="command", cause=cause, reason=why
        )
    else:
        return "return.not_now", {"number": report.number}
    outcome.effects.append(reports.returned_notice(report, book, now, why=why))
    if taken.room != report.room:
        outcome.merge(reply(taken, "return.done", {"number": report.number}))
    return outcome


def _one_line(why: str) -> str:
    return " ".join(why.split()).lstrip(":,-– ")[:LONGEST]
