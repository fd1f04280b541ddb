"""What happens when a time has come: evidence asked for and given up, tasks late, reports accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge.forum import directives, escalation, reports, revising, tasks
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.overtaken import overtaken
from bridge.forum.urgency import VERY_URGENT
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Lane, Say
from bridge.model.situation import Needs, Outcome, Situation

Rule = Callable[[Taken, Situation, Book, int], Outcome]


ASKED: Mapping[str, str] = {"document": "document", "video": "video"}
"""What is asked for by its name, where an order wants something else than a photo or a video."""


def needs(taken: Taken, book: Book) -> Needs:
    """The directive or report that the timer is about."""
    return Needs(number=taken.timer.about.partition(" ")[0])


def ask_for_evidence(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Ten minutes without a photo: ask once, politely, with the time until which it is waited for."""
    report = situation.report
    if report is None or report.state != "waiting" or report.media > 0 or report.evidence_until is None:
        return Outcome()
    if now >= report.evidence_until:
        return Outcome()
    return Outcome(
        facts=[f.Asked(what="evidence", about=report.number, person=report.person, at=now)],
        effects=[
            Say(
                room=report.room,
                key=f"report.ask_{ASKED.get(report.evidence, 'evidence')}",
                values={"number": report.number, "until": book.iso(report.evidence_until)},
                mentions=book.roster.user_ids(report.person, moment(now)),
                reply_to=report.event,
                thread=report.thread,
                ref=f"{report.number}.ask",
                lane=Lane.REMINDERS,
            )
        ],
    )


def stop_waiting(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """The time for evidence is over: the report is incomplete, or unknown when something could not be read."""
    report = situation.report
    if report is None or report.state != "waiting":
        return Outcome()
    state = "unknown" if taken.timer.unknown or report.pending else "incomplete"
    outcome = Outcome(
        facts=[
            f.ReportChanged(
                number=report.number, state=state, at=now, by="rule:evidence", via="timer", cause=taken.key
            )
        ]
    )
    directive = situation.directive
    if state == "incomplete" and directive is not None and reports.overdue(directive, book, now):
        # Nobody was late while the photo was being looked at; now the time for another is over as well.
        own = [task for task in directive.tasks if task.report == report.number]
        spared = [task for task in own if task.state == "acknowledged"]
        outcome.facts += [
            tasks.move(task, "late", at=now, by="rule:due", via="timer", report=report.number, cause=taken.key)
            for task in spared
        ]
        if spared:
            outcome.effects.append(tasks.card(directive, book))
    outcome.effects.append(
        Say(
            room=report.room,
            key=f"report.incomplete_{report.evidence}"
            if state == "incomplete" and report.evidence in ASKED
            else f"report.{state}",
            values={"number": report.number},
            mentions=book.roster.user_ids(report.person, moment(now)),
            reply_to=report.event,
            thread=report.thread,
            ref=f"{report.number}.{state}",
            lane=Lane.REMINDERS,
        )
    )
    return outcome


def remind(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """The last hours before the due time: whoever still owes is rung, nobody is named."""
    directive = situation.directive
    if directive is None or directive.state != "open" or directive.due is None:
        return Outcome()
    owing = tuple(
        task.unit
        for task in directive.tasks
        if task.state in ("open", "acknowledged", "returned", "reopened") and not task.checking
    )
    if not owing:
        return Outcome()
    if (passed := overtaken(taken, now)) is not None:
        return passed
    at_once = directive.urgency == VERY_URGENT
    return Outcome(
        facts=[
            f.Asked(
                what="urgent_reminder" if at_once else "reminder",
                about=f"{directive.number}:{taken.timer.name}",
                at=now,
            )
        ],
        effects=[
            Say(
                room=directive.room,
                key="directive.remind_urgent"
                if at_once
                else "directive.remind"
                if directive.evidence == "media"
                else "directive.remind_plain",
                values={
                    "number": directive.number,
                    "due": book.iso(directive.due),
                    "count": len(owing),
                    "text": directives.shorten(directive.text, 60),
                },
                mentions=book.users_of_units(owing, now),
                reply_to=f"{directive.number}.card",
                thread=directive.thread,
                ref=f"{directive.number}.{taken.timer.name}",
                lane=Lane.REMINDERS,
            )
        ],
    )


def due(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """The due time and its grace are over: open tasks are late. The room sees counts, the control room names."""
    directive = situation.directive
    if directive is None or directive.state == "cancelled" or directive.due is None:
        return Outcome()
    late = [task for task in directive.tasks if task.state in ("open", "acknowledged") and not task.checking]
    outcome = Outcome(
        facts=[tasks.move(task, "late", at=now, by="rule:due", via="timer", cause=taken.key) for task in late]
    )
    if not late:
        return outcome
    outcome.timers += escalation.late_timers(directive, [task.unit for task in late], book, now)
    outcome.effects.append(tasks.card(directive, book))
    control = book.rooms.get("control")
    if control is not None:
        outcome.effects.append(
            Say(
                room=control,
                key="directive.late",
                values={
                    "number": directive.number,
                    "count": len(late),
                    "units": [
                        book.unit_name(task.unit)
                        for task in directive.tasks
                        if task in late or task.state == "late"
                    ],
                },
                ref=f"{directive.number}.late",
                lane=Lane.REMINDERS,
            )
        )
    return outcome


def accept(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Nobody objected for three days: the report is accepted."""
    report = situation.report
    if report is None or report.state != "reported":
        return Outcome()
    return reports.settle(
        report, situation.directive, "accepted", book, now, by="rule:accept_after", via="timer", cause=taken.key
    )


EVERY: Mapping[str, Rule] = {
    "evidence_ask": ask_for_evidence,
    "evidence_limit": stop_waiting,
    "remind": remind,
    "due": due,
    "late": escalation.remind,
    "escalate": escalation.escalate,
    "accept": accept,
    "revised": revising.tell,
}
"""Kinds of timer to their rules; membership, sealed events and weeks have their own."""
