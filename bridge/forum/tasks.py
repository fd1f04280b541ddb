"""Tasks: one directive for one unit, and how they move on."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.forum.book import Book
from bridge.model import facts as f
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
