"""From the facts about one thing to the line that people read. Pure functions of facts."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low

from msgspec.structs import replace

from bridge.model.evidence import DOCUMENTS, Sign
from bridge.model.facts import (
    Act,
    ActDone,
    Directive,
    DirectiveChanged,
    Emergency,
    EvidenceJudged,
    EvidencePaired,
    EvidenceSettled,
    Gap,
    Message,
    Report,
    ReportChanged,
    Sealed,
    Task,
)
from bridge.summary.fold import Thing, directive_cancelled, directive_open, gap_state, report_state, task_states
from bridge.summary.steps import order_steps
from bridge.summary.week import (
    ActLine,
    At,
    DirectiveLine,
    EvidenceLine,
    GapLine,
    ReportLine,
    TaskLine,
    UnitLine,
)

HARMLESS = frozenset(
    {
        "ok",
        "held",
        "unchecked",
        "declined",
        "withdrawn",
        "duplicate",
        "repeated",
        "too_small",
        "blank",
        "no_content",
        *Sign,
    }
)
"""Verdicts after which the bytes were decoded and may be opened by anybody."""

COUNTED = frozenset({"ok", "unchecked"})
"""Verdicts of what proves its report."""

UNREADABLE = frozenset({"unavailable", "timeout", "crashed"})
"""Verdicts that say nothing about the file: they are gaps."""


def task_line(unit: str, state: str, facts: Sequence[Task], due: int | None) -> TaskLine:
    """A unit's task from its own facts, oldest first; going back to open takes back what came before."""
    acknowledged: Task | None = None
    reported: Task | None = None
    accepted: Task | None = None
    returned = 0
    marked_late = False
    for fact in facts:
        if fact.state == "open":
            acknowledged = reported = accepted = None
        elif fact.state == "acknowledged":
            acknowledged = acknowledged or fact
            reported = accepted = None
        elif fact.state == "reported":
            reported = reported or fact
        elif fact.state == "late":
            marked_late = True
        elif fact.state == "accepted":
            accepted = fact
        elif fact.state == "returned":
            returned += 1
            accepted = None
    late = due is not None and (reported.at > due if reported else marked_late)
    reports = [fact.report for fact in facts if fact.report]
    return TaskLine(
        unit=unit,
        state=state,
        acknowledged_at=acknowledged.at if acknowledged else None,
        acknowledged_by=(acknowledged.person or acknowledged.by) if acknowledged else None,
        acknowledged_via=acknowledged.via if acknowledged else "",
        attested=bool(acknowledged and acknowledged.attested),
        reported_at=reported.at if reported else None,
        report=reports[-1] if reports and reported else None,
        accepted_at=accepted.at if accepted else None,
        returned=returned,
        late=late,
    )


def directive_line(thing: Thing) -> DirectiveLine:
    """An order with its tasks."""
    facts = list(thing.facts())
    order = next((fact for fact in facts if isinstance(fact, Directive)), None)
    changes = tuple(At(e.position, e.fact) for e in thing.entries if isinstance(e.fact, DirectiveChanged))
    due = order.due if order else None
    phrase = order.due_phrase if order else ""
    confirmed = order is None or order.confirmed
    urgency, evidence = (order.urgency, order.evidence) if order else ("", "")
    for change in changes:
        due = change.fact.due if change.fact.due is not None else due
        phrase = change.fact.due_phrase or phrase
        confirmed = confirmed or change.fact.state == "confirmed"
        urgency, evidence = change.fact.urgency or urgency, change.fact.evidence or evidence
    tasks: dict[str, list[Task]] = {unit: [] for unit in task_states(facts)}
    for fact in facts:
        if isinstance(fact, Task) and fact.unit in tasks:
            tasks[fact.unit].append(fact)
    if directive_cancelled(facts):
        state = "cancelled"
    elif not confirmed:
        state = "unconfirmed"
    else:
        state = "open" if directive_open(facts) else "closed"
    states = task_states(facts)
    return DirectiveLine(
        number=thing.name,
        fact=order,
        carried=thing.carried,
        state=state,
        due=due,
        due_phrase=phrase,
        urgency=urgency,
        evidence=evidence,
        changes=changes,
        tasks=tuple(task_line(unit, states[unit], of, due) for unit, of in tasks.items()),
        steps=order_steps(thing),
    )


def evidence_lines(thing: Thing, since: int, unit: str | None = None) -> list[EvidenceLine]:
    """The photos and videos of a report (or one that found none), in the order of pairing.

    ``since`` is the previous cut: what was judged at or before it is in an earlier bundle.
    """
    paired: dict[tuple[str, int], EvidencePaired] = {}
    judged: dict[tuple[str, int], tuple[int, EvidenceJudged]] = {}
    settled: dict[tuple[str, int], EvidenceSettled] = {}
    for entry in thing.entries:
        if isinstance(entry.fact, EvidencePaired):
            medium = (entry.fact.event, entry.fact.index)
            if medium not in paired or not paired[medium].report:
                paired[medium] = entry.fact
        elif isinstance(entry.fact, EvidenceJudged):
            judged[entry.fact.event, entry.fact.index] = (entry.position, entry.fact)  # judged last counts
            settled.pop((entry.fact.event, entry.fact.index), None)
        elif isinstance(entry.fact, EvidenceSettled):
            settled[entry.fact.event, entry.fact.index] = entry.fact
    lines = []
    for medium, last in settled.items():
        if medium in judged:
            position, fact = judged[medium]
            judged[medium] = (position, replace(fact, verdict=last.verdict))
    for medium in dict.fromkeys([*paired, *judged]):
        position, verdict = judged.get(medium, (since + 1, None))
        carried = position <= since
        lines.append(
            EvidenceLine(
                event=medium[0],
                report=thing.name if thing.kind == "report" else None,
                unit=unit,
                paired=paired.get(medium),
                judged=verdict,
                settled=settled.get(medium),
                carried=carried,
                withheld=_withheld(verdict, carried),
            )
        )
    return lines


def _withheld(verdict: EvidenceJudged | None, carried: bool) -> str:
    if verdict is None or not verdict.sha256:
        return "unjudged"
    readable = verdict.mime in DOCUMENTS or verdict.mime.startswith(("image/", "video/"))
    if verdict.verdict not in HARMLESS or not readable:
        return "harmful"
    return "earlier" if carried else ""


def report_line(thing: Thing, since: int) -> ReportLine:
    """A report with its evidence."""
    facts = list(thing.facts())
    report = next((fact for fact in facts if isinstance(fact, Report)), None)
    changes = tuple(At(e.position, e.fact) for e in thing.entries if isinstance(e.fact, ReportChanged))
    directive = report.directive if report else None
    texts = [report.text] if report else []
    for change in changes:
        if change.fact.directive is not None:
            directive = change.fact.directive or None
        if change.fact.text:
            texts.append(change.fact.text)
    return ReportLine(
        number=thing.name,
        fact=report,
        carried=thing.carried,
        state=report_state(facts),
        text="\n".join(text for text in texts if text),
        directive=directive,
        emergency=next((fact for fact in facts if isinstance(fact, Emergency)), None),
        changes=changes,
        evidence=tuple(evidence_lines(thing, since, report.unit if report else None)),
    )


def act_line(thing: Thing) -> ActLine:
    """An act and its outcome."""
    act = next((fact for fact in thing.facts() if isinstance(fact, Act)), None)
    done = [fact for fact in thing.facts() if isinstance(fact, ActDone)]
    return ActLine(thing.name, act, done[-1] if done else None)


def gap_line(thing: Thing) -> GapLine:
    """A hole in the timeline, as it was last heard of."""
    facts = [fact for fact in thing.facts() if isinstance(fact, Gap)]
    last = facts[-1]
    return GapLine(
        what=last.what,
        about=last.gap,
        room=last.room or facts[0].room,
        since=last.since or facts[0].since,
        until=last.until or facts[0].until,
        state=gap_state(facts),
        cause=last.cause or facts[0].cause,
        events=last.events,
    )


def sealed_line(thing: Thing) -> GapLine | None:
    """A message that could not be decrypted; None when only its opening is of this week's knowledge."""
    sealed = next((fact for fact in thing.facts() if isinstance(fact, Sealed)), None)
    if sealed is None:
        return None
    opened = not thing.open_at(0)
    return GapLine(
        what="sealed",
        about=sealed.event,
        room=sealed.room,
        since=sealed.at,
        state="filled" if opened else "open",
        cause=sealed.code,
        events=1,
    )


def unit_lines(
    units: Sequence[str], directives: Sequence[DirectiveLine], reports: Sequence[ReportLine], now: int
) -> tuple[UnitLine, ...]:
    """The table of units: those of the roster in its order, then any other that the record names."""
    tasks: dict[str, list[tuple[DirectiveLine, TaskLine]]] = {unit: [] for unit in units}
    own: dict[str, list[ReportLine]] = {unit: [] for unit in units}
    for order in directives:
        for task in order.tasks:
            if order.fact and order.state in ("open", "closed") and task.state != "cancelled":
                tasks.setdefault(task.unit, []).append((order, task))
    for report in reports:
        if report.fact and report.fact.unit and not report.carried:
            own.setdefault(report.fact.unit, []).append(report)
    named = dict.fromkeys([*tasks, *own])
    return tuple(_unit_line(unit, tasks.get(unit, []), own.get(unit, []), now) for unit in named)


def _unit_line(
    unit: str, tasks: Sequence[tuple[DirectiveLine, TaskLine]], own: Sequence[ReportLine], now: int
) -> UnitLine:
    shown = [e.judged for report in own for e in report.evidence if e.judged]
    minutes = [
        max(0, task.acknowledged_at - order.fact.issued_at) // 60_000
        for order, task in tasks
        if order.fact and task.acknowledged_at is not None
    ]
    reported = [task for _, task in tasks if task.reported_at is not None]
    missing = [(order, task) for order, task in tasks if task.reported_at is None and task.state != "accepted"]
    overdue = [task for order, task in missing if task.late or (order.due is not None and order.due < now)]
    return UnitLine(
        unit=unit,
        ordered=len(tasks),
        acknowledged=len(minutes),
        median_minutes=median_low(minutes) if minutes else None,
        on_time=sum(not task.late for task in reported),
        late=sum(task.late for task in reported),
        waiting=len(missing) - len(overdue),
        overdue=len(overdue),
        accepted=sum(task.state == "accepted" for _, task in tasks),
        returned=sum(task.returned for _, task in tasks),
        reports=sum(report.state != "withdrawn" for report in own),
        incomplete=sum(report.state in ("incomplete", "waiting", "held", "unknown") for report in own),
        photos=sum(fact.verdict in COUNTED and fact.mime.startswith("image/") for fact in shown),
        videos=sum(fact.verdict in COUNTED and fact.mime.startswith("video/") for fact in shown),
        duplicates=sum(fact.verdict == "duplicate" for fact in shown),
    )


def spoken_of_late(message: Message) -> int:
    """When a message was said: by its sender's server if we got it late, else when we received it."""
    return message.sent_at if message.late else message.received_at
