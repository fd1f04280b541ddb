"""Tasks: one directive for one unit, and how they move on."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from bridge.forum.book import Book
from bridge.model import facts as f
from bridge.model.clock import ms
from bridge.model.effects import Refresh
from bridge.model.situation import DirectiveView, TaskView

REPORTED = frozenset({"reported", "accepted"})


def of_units(directive: DirectiveView, units: Iterable[str]) -> tuple[TaskView, ...]:
    """The tasks that these units have under a directive."""
    wanted = set(units)
    return tuple(task for task in directive.tasks if task.unit in wanted)


def move(
    task: TaskView,
    state: str,
    *,
    at: int,
    by: str,
    via: str,
    cause: str,
    person: str | None = None,
    report: str | None = None,
    attested: bool = False,
) -> f.Task:
    """The fact that a task is in another state now."""
    return f.Task(
        directive=task.directive,
        unit=task.unit,
        state=state,
        at=at,
        person=person,
        by=by,
        via=via,
        report=report,
        attested=attested,
        cause=cause,
    )


def card(directive: DirectiveView | TaskView, book: Book) -> Refresh:
    """Bring a directive's card up to date."""
    number = directive.number if isinstance(directive, DirectiveView) else directive.directive
    return Refresh(room=directive.room, card=number, ref=f"{number}.card", thread=directive.thread)


def without(task: TaskView, event: str, book: Book, now: int, *, by: str, cause: str) -> f.Task:
    """The fact that a message which had moved a task has never meant it: the task stands as it did without."""
    if task.due is not None and now > task.due + ms(book.policy.reminders.grace):
        return move(task, "late", at=now, by=by, via="correction", cause=cause)
    if task.acknowledged_by not in ("", event):
        # Somebody said "siap" before, and that still counts.
        return move(task, "acknowledged", at=now, by=by, via="correction", cause=task.acknowledged_by)
    return move(task, "open", at=now, by=by, via="correction", cause=cause)


def moved(views: Iterable[TaskView], facts: Iterable[object]) -> tuple[TaskView, ...]:
    """Tasks as they stand after some facts."""
    latest = {(fact.directive, fact.unit): fact for fact in facts if isinstance(fact, f.Task)}
    return tuple(
        replace(task, state=fact.state, report=fact.report)
        if (fact := latest.get((task.directive, task.unit))) is not None
        else task
        for task in views
    )
