"""An order that its author edits is another order under the same number: seen on its card, told once, kept twice.

What the edit says anew counts; what was settled since by command or by reply (another time, other units) stays
where the edit leaves it alone. So the words before and after are compared, not the edit and the order as it stands.
"""

from __future__ import annotations

from bridge.forum import directives, tasks
from bridge.forum.book import Book
from bridge.forum.due import Due
from bridge.forum.item import Taken
from bridge.forum.saying import Saying, clean
from bridge.model import facts as f
from bridge.model.clock import milliseconds
from bridge.model.effects import Say, Timer, Value
from bridge.model.situation import DirectiveView, Outcome, Situation

CALM_MS = 60_000
"""How long after an edit the addressees are told: who mends a word mends a second one."""


def revise(saying: Saying, directive: DirectiveView, situation: Situation, book: Book, now: int) -> Outcome:
    """What follows from new words of an order, by its author. ``saying.at`` is when the edit was received."""
    if directive.state == "cancelled" or clean(saying.text) == directive.text:
        return Outcome()
    added, removed = _units(saying, directive, book)
    due = _new_due(saying, directive, book)
    at = None if due is None or due.past else milliseconds(due.at)
    by, cause = saying.person, saying.cause
    outcome = Outcome(
        facts=[
            f.DirectiveChanged(
                number=directive.number,
                state="revised",
                text=clean(saying.text),
                due=at,
                due_phrase=due.phrase if due is not None and at is not None else "",
                at=now,
                by=by,
                cause=cause,
            ),
            *(
                f.Task(directive=directive.number, unit=unit, state="open", at=now, by=by, via="edit", cause=cause)
                for unit in added
            ),
            *(
                tasks.move(task, "cancelled", at=now, by=by, via="edit", report=task.report, cause=cause)
                for task in directive.tasks
                if task.unit in removed and task.state != "cancelled"
            ),
            *(
                tasks.move(task, "open", at=now, by=by, via="edit", cause=cause)
                for task in directive.tasks
                if at is not None and at > now and task.state == "late" and task.unit not in removed
            ),
        ]
    )
    if due is not None and due.past:
        directives.doubt(outcome, "past", directive.number, saying, situation, book, now, when=due.at)
    if directive.state != "open":
        return outcome
    if at is not None:
        outcome.timers += directives.due_again(directive, at, book, now)
    outcome.effects.append(tasks.card(directive, book))
    outcome.timers.append(
        Timer(name=f"revised:{directive.number}", due=now + CALM_MS, kind="revised", about=directive.number)
    )
    return outcome


def tell(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Whoever still owes something under a revised order hears its new words, once for a run of edits."""
    directive = situation.directive
    owing = tuple(task.unit for task in directive.tasks if task.owing) if directive is not None else ()
    if directive is None or directive.state != "open" or not owing:
        return Outcome()
    values: dict[str, Value] = {"number": directive.number, "text": directives.shorten(directive.text, 200)}
    key = "directive.revised_no_due"
    if directive.due is not None:
        key = "directive.revised"
        values["due"] = book.iso(directive.due)
    return Outcome(
        effects=[
            Say(
                room=directive.room,
                key=key,
                values=values,
                mentions=book.users_of_units(owing, now),
                reply_to=f"{directive.number}.card",
                thread=directive.thread,
                ref=f"{directive.number}.revised:{taken.key}",
            )
        ]
    )


def _units(saying: Saying, directive: DirectiveView, book: Book) -> tuple[tuple[str, ...], frozenset[str]]:
    """(units that are addressed only now, units that are not addressed any more)."""
    before = set(directives.units_addressed(directive.text, (), saying, book))
    after = directives.units_addressed(saying.text, saying.mentions, saying, book)
    live = {task.unit for task in directive.tasks if task.state != "cancelled"}
    if not after:
        return (), frozenset()
    # Whoever the words named before and is not addressed any more was taken out by a reply, which the edit leaves.
    return tuple(unit for unit in after if unit not in live | before), frozenset(before - set(after))


def _new_due(saying: Saying, directive: DirectiveView, book: Book) -> Due | None:
    """The time that the edit says and the words before it did not."""
    before = directives.due_of(directive.text, saying.at, book)
    after = directives.due_of(saying.text, saying.at, book)
    if after is None or (before is not None and before.phrase == after.phrase):
        return None
    return after
