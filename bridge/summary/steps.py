"""Every step of an order, with who, when and why: what an auditor can follow it by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from bridge.model.facts import DirectiveChanged, Escalated, ReportChanged, Task
from bridge.summary.fold import Entry, Thing
from bridge.summary.week import At, DirectiveLine, ReportLine, StepLine

WITH_REASON = frozenset({"returned", "reopened"})
"""States of a task that are those of its report, and have its reason."""


def order_steps(thing: Thing) -> tuple[StepLine, ...]:
    """The steps of an order and of its tasks, in the order of the record."""
    return tuple(step for entry in thing.entries for step in _steps(entry))


def _steps(entry: Entry) -> Iterator[StepLine]:
    match entry.fact:
        case Task() as fact:
            yield StepLine(
                position=entry.position,
                what=fact.state,
                unit=fact.unit,
                at=fact.at,
                by=fact.person or fact.by,
                via=fact.via,
                attested=fact.attested,
                report=fact.report,
                cause=fact.cause,
            )
        case Escalated() as fact:
            for unit in fact.units:
                yield StepLine(
                    position=entry.position,
                    what="escalated",
                    unit=unit,
                    at=fact.at,
                    by=" ".join(fact.persons),
                    cause=fact.cause,
                )
        case DirectiveChanged() as fact:
            yield StepLine(
                position=entry.position,
                what=f"order_{_changed(fact)}",
                at=fact.at,
                by=fact.by,
                reason=fact.reason,
                cause=fact.cause,
            )
        case _:
            pass


def _changed(fact: DirectiveChanged) -> str:
    if fact.state:
        return fact.state
    changed = (("due", fact.due is not None), ("urgency", bool(fact.urgency)), ("evidence", bool(fact.evidence)))
    return next((name for name, said in changed if said), "reason")


def of_week(order: DirectiveLine, reports: Sequence[ReportLine], since: int) -> list[StepLine]:
    """The steps of an order after the previous cut, with why its reports were returned, also where that was said
    afterwards. Earlier ones stand in earlier bundles."""
    changes = [(report.number, change) for report in reports for change in report.changes]
    why = {(number, change.fact.cause): change.fact.reason for number, change in changes if change.fact.state}
    known = [
        replace(step, reason=why.get((step.report or "", step.cause), "")) if step.what in WITH_REASON else step
        for step in order.steps
    ]
    later = [
        _afterwards(report, change)
        for report in reports
        for change in report.changes
        if change.fact.reason and not change.fact.state
    ]
    return sorted(
        (step for step in (*known, *later) if step.position > since), key=lambda step: (step.position, step.unit)
    )


def _afterwards(report: ReportLine, change: At[ReportChanged]) -> StepLine:
    fact = change.fact
    return StepLine(
        position=change.position,
        what="reason",
        unit=(report.fact.unit or "") if report.fact is not None else "",
        at=fact.at,
        by=fact.by,
        via=fact.via,
        report=report.number,
        reason=fact.reason,
        cause=fact.cause,
    )
