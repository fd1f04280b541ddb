"""What somebody owes, told to them alone: the own list, the most urgent first, in words of one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge.forum.book import Book
from bridge.forum.command import Command, reply, words_of
from bridge.forum.directives import shorten
from bridge.forum.item import Taken
from bridge.model.effects import Line, Value
from bridge.model.situation import Needs, Outcome, Situation, TaskView
from bridge.policy.roster import Standing

LOOK_BACK_MS = 14 * 24 * 3600 * 1000
"""How far back reports are looked at that still lack a photo."""

LINES, NUMBERS = 12, 8


def needs(standing: Standing, taken: Taken) -> Needs:
    """The open tasks of the own units, and the own reports of the last days."""
    return Needs(
        units=tuple(unit.id for unit in standing.units),
        person=standing.person.id,
        since=taken.at - LOOK_BACK_MS,
    )


def own_list(standing: Standing, taken: Taken, situation: Situation, book: Book) -> Outcome:
    """The orders for which the own units owe a report, and the own reports that lack a photo."""
    if not standing.units:
        return reply(taken, "own.no_unit", {"word": words_of(book.commands)["list"]})
    tasks = sorted(situation.tasks, key=urgency)
    lines = [
        line(
            task.directive,
            task.text,
            task.due,
            late=task.state == "late",
            returned=task.state == "returned",
            book=book,
        )
        for task in tasks[:LINES]
    ]
    if len(tasks) > LINES:
        lines.append(Line("status.more", {"count": len(tasks) - LINES}))
    lacking = [report.number for report in situation.reports if report.state in ("waiting", "incomplete")]
    if lacking:
        lines.append(Line("own.lacking", {"count": len(lacking), "numbers": list(lacking[:NUMBERS])}))
    if not tasks:
        return reply(taken, "list.own_empty", {}, lines)
    return reply(taken, "list.own_title", {"count": len(tasks)}, [*lines, Line("own.how")])


def line(number: str, text: str, due: int | None, *, late: bool, returned: bool, book: Book) -> Line:
    """One order as a unit that owes something for it reads it."""
    values: dict[str, Value] = {"number": number, "text": shorten(text, 80)}
    if returned:
        return Line("own.returned", values)
    if due is None:
        return Line("list.own", values)
    return Line("own.late" if late else "own.due", {**values, "due": book.iso(due)})


def urgency(task: TaskView) -> tuple[bool, bool, int]:
    """What is to be read first: what was returned, then what is due first, then what is newest."""
    return task.state != "returned", task.due is None, task.due if task.due is not None else -task.issued_at


def own(command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """The own list."""
    return own_list(standing, taken, situation, book)


Handler = Callable[[Command, Standing, Taken, Situation, Book, int], Outcome]

HANDLERS: Mapping[str, Handler] = {"own": own}
