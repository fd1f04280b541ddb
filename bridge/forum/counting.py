"""What a report's photos and videos come to, whenever one of them gets another verdict: the report and its tasks
follow.

A report with one that counts is reported. With none, but one that a person is looking at, it is held: nothing is
asked of its sender, and its tasks are not late because of our waiting. With neither it waits for another. Where a
leader has accepted or returned it, the leader's word stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from bridge.forum import held as holding
from bridge.forum import reports, tasks
from bridge.forum.book import Book
from bridge.forum.pairing import COUNTING
from bridge.model import facts as f
from bridge.model.clock import ms
from bridge.model.effects import CancelTimer
from bridge.model.situation import DirectiveView, MediaView, Outcome, ReportView, TaskView


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    """Who or what gives a verdict: a person id or `rule:NAME`, how, and because of which event."""

    by: str
    via: str
    cause: str
    attested: bool = False


def change(
    changes: Sequence[tuple[MediaView, str]],
    report: ReportView | None,
    directive: DirectiveView | None,
    hand: Hand,
    book: Book,
    now: int,
    *,
    checks: Mapping[tuple[str, int], str] = {},
    reason: str = "",
) -> Outcome:
    """Photos and videos of one report get other verdicts. ``checks`` are the numbers under which they waited, by
    event and index."""
    outcome = Outcome(
        facts=[
            f.EvidenceSettled(
                event=media.event,
                index=media.index,
                report=media.report,
                check=checks.get((media.event, media.index), ""),
                was=media.verdict,
                verdict=verdict,
                by=hand.by,
                via=hand.via,
                attested=hand.attested,
                reason=reason,
                at=now,
                cause=hand.cause,
            )
            for media, verdict in changes
        ]
    )
    if report is None or not changes:
        return outcome
    good, held = report.accepted, report.held
    for media, verdict in changes:
        good += (verdict in COUNTING) - (media.verdict in COUNTING)
        held += (verdict == "held") - (media.verdict == "held")
    return outcome.merge(stand(report, directive, changes[0][0], good, held, hand, book, now))


def stand(
    report: ReportView,
    directive: DirectiveView | None,
    media: MediaView,
    good: int,
    held: int,
    hand: Hand,
    book: Book,
    now: int,
) -> Outcome:
    """Bring a report to where so many good and held photos put it; ``media`` is the one that changed."""
    # What was on its way when a leader returned the report is not what he waits for.
    again = report.state == "returned" and media.received_at >= report.changed_at and hand.via == "evidence"
    if report.nil or (report.state in ("accepted", "returned", "withdrawn") and not again):
        return Outcome()
    if good > 0:
        return Outcome() if report.state == "reported" else _reported(report, directive, media, hand, book, now)
    if held > 0:
        return Outcome() if report.state == "held" else _held(report, directive, media, hand, book, now)
    if report.state in ("held", "reported"):
        return _unproven(report, directive, hand, book, now)
    return Outcome()


def owing(report: ReportView, directive: DirectiveView | None, book: Book) -> tuple[TaskView, ...]:
    """The tasks that a report answers, by the units of its author when it was sent."""
    standing = book.roster.standing_of(report.person, book.local(report.reported_at))
    return reports.owing_under(directive, report, [unit.id for unit in standing.units] if standing else [])


def _reported(
    report: ReportView, directive: DirectiveView | None, media: MediaView, hand: Hand, book: Book, now: int
) -> Outcome:
    return reports.reported(
        report.number,
        owing(report, directive, book),
        report.person,
        book,
        now,
        by=hand.by,
        via=hand.via,
        attested=hand.attested,
        cause=hand.cause,
        # Whoever sent it in time is not late because it was looked at afterwards.
        since=now if hand.via == "evidence" else min(now, media.received_at),
    )


def _held(
    report: ReportView, directive: DirectiveView | None, media: MediaView, hand: Hand, book: Book, now: int
) -> Outcome:
    outcome = _moved(report, "held", hand, now)
    outcome.timers = [CancelTimer(f"{name}:{report.number}") for name in ("ask", "limit", "accept")]
    moved = [
        task
        for task in owing(report, directive, book)
        if task.state == "open"
        or (task.state == "acknowledged" and task.report != report.number)
        or (task.state == "reported" and task.report == report.number)
    ]
    _tasks(outcome, moved, "acknowledged", report, hand, book, now)
    outcome.effects.append(holding.notice(report.number, report.person, media.replaces or media.event))
    return outcome


def _unproven(report: ReportView, directive: DirectiveView | None, hand: Hand, book: Book, now: int) -> Outcome:
    """It waits for another photo: from now on where we ask, until its limit where the sender took it back."""
    asked = hand.via != "redaction"
    wait = ms(book.policy.evidence.wait)
    until = now + wait if asked else report.evidence_until or report.reported_at + wait
    over = now > until
    outcome = _moved(report, "incomplete" if over else "waiting", hand, now, until=until if asked else None)
    outcome.timers.append(CancelTimer(f"accept:{report.number}"))
    if not over:
        since = now if asked else report.reported_at
        outcome.timers += reports.waiting_timers(report.number, report.person, since, book, ask=False)
    moved = [task for task in directive.tasks if task.report == report.number] if directive else []
    moved = [task for task in moved if task.state in ("reported", "acknowledged")]
    state = "late" if over and reports.overdue(directive, book, now) else "acknowledged"
    _tasks(outcome, [task for task in moved if task.state != state], state, report, hand, book, now)
    return outcome


def _moved(report: ReportView, state: str, hand: Hand, now: int, *, until: int | None = None) -> Outcome:
    return Outcome(
        facts=[
            f.ReportChanged(
                number=report.number,
                state=state,
                evidence_until=until,
                at=now,
                by=hand.by,
                via=hand.via,
                attested=hand.attested,
                cause=hand.cause,
            )
        ]
    )


def _tasks(
    outcome: Outcome, moved: Sequence[TaskView], state: str, report: ReportView, hand: Hand, book: Book, now: int
) -> None:
    outcome.facts += [
        tasks.move(
            task,
            state,
            at=now,
            by="rule:report",
            via=hand.via,
            person=report.person,
            report=report.number,
            cause=hand.cause,
        )
        for task in moved
    ]
    if moved:
        outcome.effects.append(tasks.card(moved[0], book))
