"""Reports: what was done, with a photo or video that proves it.

A report is tagged at once; its state waits for the verdict on its evidence. Which photo and which order belong to
it is found out in :mod:`bridge.forum.pairing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bridge.forum import demands, directives, held, pairing, tasks
from bridge.forum.book import CHIPS, Book
from bridge.forum.saying import Saying, clean
from bridge.model import facts as f
from bridge.model.clock import ms
from bridge.model.effects import CancelTimer, Line, React, Refresh, Retract, Say, Timer, Value
from bridge.model.situation import DirectiveView, Outcome, ReportView, Situation, TaskView

LAST_WORD_MS = 30 * 60 * 1000
"""How long before evidence that was to follow is given up it is asked for."""

RETURNABLE = frozenset({"waiting", "held", "reported", "accepted", "incomplete", "unknown"})
"""States of a report that can be returned."""

PATIENCE_MS = 24 * 3600 * 1000
"""How long a timer waits for what could not be read before it says `unknown`."""


def open_report(
    saying: Saying,
    situation: Situation,
    book: Book,
    now: int,
    *,
    nil: bool = False,
    emergency: tuple[str, ...] = (),
    directive: DirectiveView | None = None,
) -> tuple[str, Outcome]:
    """Record a report, pair it with what evidence there is, and wait for the rest."""
    number = book.number("report", situation.numbers.get(book.policy.letters.report, 1))
    if directive is None:
        directive = directives.answered(saying, situation)
    task = None if directive else None if emergency else pairing.likely_task(saying, situation.tasks, book)
    target = directive.number if directive else task.directive if task else None
    order = directive or task
    nil_allowed = book.policy.evidence.nil_reports or (order is not None and order.nil_allowed)
    exempt = (nil and nil_allowed) or (order is not None and order.evidence == "none")
    promised = demands.promised_until(saying, book)
    until = promised or saying.at + ms(book.policy.evidence.wait)
    wanted = order.evidence if order is not None else ""
    own = [(place, part) for place, part in enumerate(saying.media) if pairing.counts(part.kind, book, wanted)]
    earlier = [] if own else list(pairing.before(saying, situation.loose, book, wanted))
    waits = bool(earlier) and not exempt and all(item.verdict == "held" for item in earlier)
    outcome = Outcome(
        facts=[
            f.Report(
                number=number,
                event=saying.event,
                room=saying.room,
                person=saying.person,
                name=saying.name,
                unit=saying.unit,
                role=saying.role,
                text=clean(saying.text),
                directive=target,
                emergency=bool(emergency),
                emergency_words=emergency,
                reported_at=saying.at,
                state="reported" if exempt else "held" if waits else "waiting",
                thread=saying.thread,
                evidence_until=None if exempt else until,
                nil=nil,
                promised=promised is not None and not exempt,
                policy_version=book.policy.version,
            )
        ],
        effects=[React(room=saying.room, to=saying.event, key=f"{CHIPS['report']} {number}", ref=f"{number}.chip")],
    )
    paired = [
        f.EvidencePaired(
            report=number,
            event=saying.event,
            index=place,
            kind_of_media=part.kind,
            mxc=part.mxc,
            how="caption" if saying.text else "photo",
            at=now,
        )
        for place, part in own
    ] + [
        f.EvidencePaired(
            report=number,
            event=item.event,
            index=item.index,
            kind_of_media=item.kind,
            mxc=item.mxc,
            how="before",
            at=now,
        )
        for item in earlier
    ]
    outcome.facts += paired
    owing = _owing(directive, task, saying)
    if exempt:
        outcome.merge(fulfilled(number, owing, saying.person, book, now, cause=saying.cause))
        return number, outcome
    outcome.merge(
        held.those_of(earlier, number, saying.person, saying.unit, situation, book, now, cause=saying.cause)
    )
    if any(item.verdict in pairing.COUNTING for item in earlier):
        outcome.merge(reported(number, owing, saying.person, book, now, by="rule:evidence", cause=saying.cause))
        return number, outcome
    outcome.facts += [
        tasks.move(
            one,
            "acknowledged",
            at=now,
            by="rule:report",
            via="message",
            person=saying.person,
            report=number,
            cause=saying.event,
        )
        for one in owing
        if one.state == "open" or (waits and one.state == "acknowledged")
    ]
    if any(one.state == "open" for one in owing):
        outcome.effects.append(tasks.card(owing[0], book))
    if waits:
        outcome.effects.append(held.notice(number, saying.person, saying.event))
        return number, outcome
    outcome.timers += waiting_timers(number, saying.person, saying.at, book, ask=not paired, until=until)
    return number, outcome


def is_nil(text: str, book: Book) -> bool:
    """Whether a report says that there is nothing to report: then there is nothing to photograph either."""
    words = " " + " ".join(re.findall(r"\w+", text.lower())) + " "
    return any(f" {phrase} " in words for phrase in book.report_words.nil)


def waiting_timers(
    number: str, person: str, at: int, book: Book, *, ask: bool, until: int | None = None
) -> list[Timer | CancelTimer]:
    """When to ask for evidence, once, and when to stop waiting for it.

    Evidence that is to follow until later than the policy waits is not asked for after some minutes, but shortly
    before that.
    """
    usual = at + ms(book.policy.evidence.wait)
    limit = until or usual
    timers: list[Timer | CancelTimer] = [
        Timer(
            name=f"limit:{number}",
            due=limit,
            kind="evidence_limit",
            about=number,
            person=person,
            patience=limit + PATIENCE_MS,
        )
    ]
    if ask:
        due = at + ms(book.policy.evidence.ask_after)
        if limit != usual:
            due = max(due, limit - min(LAST_WORD_MS, (limit - at) // 2))
        # Past the limit there is nothing left to ask for: then only the limit speaks.
        timers.append(
            Timer(name=f"ask:{number}", due=due, kind="evidence_ask", about=number, person=person, patience=limit)
        )
    return timers


def reported(
    number: str,
    owing: Iterable[TaskView],
    person: str,
    book: Book,
    now: int,
    *,
    by: str,
    cause: str,
    via: str = "evidence",
    attested: bool = False,
    since: int | None = None,
) -> Outcome:
    """A report has good evidence: it counts as fulfilled, and is accepted by itself if nobody objects.

    ``since`` is when its tasks were reported, if that was before now.
    """
    changed = f.ReportChanged(
        number=number, state="reported", at=now, by=by, via=via, attested=attested, cause=cause
    )
    outcome = Outcome(facts=[changed], timers=[CancelTimer(f"ask:{number}"), CancelTimer(f"limit:{number}")])
    return outcome.merge(fulfilled(number, owing, person, book, now, cause=cause, since=since))


def fulfilled(
    number: str,
    owing: Iterable[TaskView],
    person: str,
    book: Book,
    now: int,
    *,
    cause: str,
    since: int | None = None,
) -> Outcome:
    """The tasks that a report answers are reported."""
    moved = [task for task in owing if task.state not in ("accepted", "cancelled")]
    outcome = Outcome(
        facts=[
            tasks.move(
                task,
                "reported",
                at=now if since is None else since,
                by="rule:report",
                via="message",
                person=person,
                report=number,
                cause=cause,
            )
            for task in moved
        ],
        timers=[acceptance(number, book, now)],
    )
    if moved:
        outcome.effects.append(tasks.card(moved[0], book))
    return outcome


def overdue(directive: DirectiveView | None, book: Book, now: int) -> bool:
    """Whether the due time of an order and its grace are over."""
    return (
        directive is not None
        and directive.due is not None
        and now > directive.due + ms(book.policy.reminders.grace)
    )


def acceptance(number: str, book: Book, now: int) -> Timer:
    """When a report is accepted by itself if nobody objects."""
    due = now + ms(book.policy.reminders.accept_after)
    return Timer(name=f"accept:{number}", due=due, kind="accept", about=number)


def settle(
    report: ReportView,
    directive: DirectiveView | None,
    state: str,
    book: Book,
    now: int,
    *,
    by: str,
    via: str,
    cause: str,
    attested: bool = False,
    reason: str = "",
) -> Outcome:
    """A leader accepted a report or returned it, or it was accepted by itself."""
    outcome = Outcome(
        facts=[
            f.ReportChanged(
                number=report.number,
                state=state,
                at=now,
                by=by,
                via=via,
                attested=attested,
                reason=reason,
                cause=cause,
            )
        ],
        timers=[CancelTimer(f"accept:{report.number}")],
    )
    moved = [
        task
        for task in (directive.tasks if directive else ())
        if task.report == report.number and task.state != "cancelled"
    ]
    for task in moved:
        outcome.facts.append(
            tasks.move(
                task,
                state,
                at=now,
                by=by,
                via=via,
                person=None if by.startswith("rule:") else by,
                report=report.number,
                attested=attested,
                cause=cause,
            )
        )
    if moved and directive is not None:
        outcome.effects.append(tasks.card(directive, book))
    return outcome


def unsettled(report: ReportView, book: Book, now: int, *, by: str, via: str, cause: str) -> Outcome:
    """A leader has taken acceptance or return back: the report stands where it stood, and waits anew."""
    proven = bool(report.accepted or report.nil)
    over = report.evidence_until is not None and now > report.evidence_until
    attested = via == "redaction"
    state = "reported" if proven else "held" if report.held else "incomplete" if over else "waiting"
    outcome = Outcome(
        facts=[
            f.ReportChanged(
                number=report.number, state=state, at=now, by=by, via=via, attested=attested, cause=cause
            )
        ]
    )
    if proven:
        outcome.timers.append(acceptance(report.number, book, now))
    if report.directive is not None and report.unit is not None:
        outcome.facts.append(
            f.Task(
                directive=report.directive,
                unit=report.unit,
                state="reported" if proven else "acknowledged",
                at=now,
                by=by,
                via=via,
                report=report.number,
                attested=attested,
                cause=cause,
            )
        )
        outcome.effects.append(
            Refresh(room=report.room, card=report.directive, ref=f"{report.directive}.card", thread=report.thread)
        )
    return outcome


def returned_notice(report: ReportView, book: Book, now: int, *, why: str = "", reopened: bool = False) -> Say:
    """Tell the reporter, so that it rings, that a report was returned, with the reason or how it can be added."""
    values: dict[str, Value] = {"number": report.number, "name": report.name}
    key = "report.reopened" if reopened else "report.returned_why" if why else "report.returned"
    return Say(
        room=report.room,
        key=key,
        values={**values, "why": why} if why else values,
        lines=() if why else (Line("report.say_why"),),
        mentions=book.roster.user_ids(report.person, book.local(now)),
        reply_to=report.event,
        thread=report.thread,
        ref=f"{report.number}.returned",
    )


def withdraw(
    report: ReportView,
    directive: DirectiveView | None,
    media: Iterable[f.EvidencePaired],
    book: Book,
    now: int,
    *,
    by: str,
    cause: str,
) -> Outcome:
    """A report is none any more: its photos are free again, what it fulfilled is open again."""
    outcome = Outcome(
        facts=[
            f.ReportChanged(number=report.number, state="withdrawn", at=now, by=by, via="correction", cause=cause),
            *media,
        ],
        effects=[Retract(room=report.room, ref=f"{report.number}.chip")],
        timers=[CancelTimer(f"{name}:{report.number}") for name in ("ask", "limit", "accept")],
    )
    if report.emergency:
        outcome.effects.append(Retract(room=report.room, ref=f"{report.number}.ring"))
    moved = [task for task in directive.tasks if task.report == report.number] if directive else []
    for task in moved:
        outcome.facts.append(tasks.without(task, report.event, book, now, by=by, cause=cause))
    if moved and directive is not None:
        outcome.effects.append(tasks.card(directive, book))
    return outcome


def owing_under(directive: DirectiveView | None, report: ReportView, units: Iterable[str]) -> tuple[TaskView, ...]:
    """The tasks that a report of these units answers."""
    if directive is None or directive.state == "cancelled":
        return ()
    return tasks.of_units(directive, {*units, *([report.unit] if report.unit else [])})


def _owing(directive: DirectiveView | None, task: TaskView | None, saying: Saying) -> tuple[TaskView, ...]:
    if directive is not None:
        return tasks.of_units(directive, saying.units)
    return (task,) if task is not None else ()
