"""An order that its author edits is another order under the same number: seen on its card, told once, kept twice.

What the edit says anew counts; what was settled since by command or by reply (another time, other units) stays
where the edit leaves it alone. So the words before and after are compared, not the edit and the order as it stands.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from bridge.forum import demands, directives, tasks
from bridge.forum.amending import Hand, as_urgent, demand
from bridge.forum.book import Book
from bridge.forum.due import Due
from bridge.forum.item import Taken
from bridge.forum.saying import Saying, clean
from bridge.forum.urgency import VERY_URGENT, urgency_of
from bridge.model import facts as f
from bridge.model.clock import milliseconds
from bridge.model.effects import Line, Say, Timer, Value
from bridge.model.situation import DirectiveView, Outcome, Situation

CALM_MS = 60_000
"""How long after an edit the addressees are told: who mends a word mends a second one."""


def revise(saying: Saying, directive: DirectiveView, situation: Situation, book: Book, now: int) -> Outcome:
    """What follows from new words of an order, by its author. ``saying.at`` is when the edit was received."""
    if directive.state == "cancelled" or clean(saying.text) == directive.text:
        return Outcome()
    meant = _addressees(saying, directive, book)
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
                due_certain=due.certain if due is not None else True,
                at=now,
                by=by,
                cause=cause,
            ),
            *_readdressed(meant, directive, saying, now),
            *(
                f.Task(directive=directive.number, unit=unit, state="open", at=now, by=by, via="edit", cause=cause)
                for unit in meant.added
            ),
            *(
                tasks.move(task, "cancelled", at=now, by=by, via="edit", report=task.report, cause=cause)
                for task in directive.tasks
                if task.unit in meant.removed and task.state != "cancelled"
            ),
            *(
                tasks.move(task, "open", at=now, by=by, via="edit", cause=cause)
                for task in directive.tasks
                if at is not None and at > now and task.state == "late" and task.unit not in meant.removed
            ),
        ]
    )
    new = tuple(unit for unit in meant.unled if unit not in directive.unled)
    if new and not meant.to_all:
        outcome.effects += directives.tell_unled(directive.number, new, book)
    if due is not None and due.past:
        directives.doubt(outcome, "past", directive.number, saying, situation, book, now, when=due.at)
    urgency = _new_urgency(saying, directive, book)
    if urgency != directive.urgency:
        outcome.merge(as_urgent(directive, urgency, book, now, Hand(by, cause)))
    evidence = _new_demand(saying, directive, book)
    if evidence != directive.evidence:
        kept = tuple(task for task in directive.tasks if task.unit not in meant.removed)
        outcome.merge(demand(msgspec.structs.replace(directive, tasks=kept), evidence, book, now, Hand(by, cause)))
    if directive.state != "open":
        return outcome
    if at is not None:
        outcome.timers += directives.due_again(directive, at, book, now, urgency=urgency)
    if due is not None and at is not None and due.after_midnight:
        outcome.merge(directives.which_day(directive.number, due, saying, now))
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
    at_once = directive.urgency == VERY_URGENT
    key = "directive.revised_no_due_urgent" if at_once else "directive.revised_no_due"
    wants = Line(f"directive.report_{directive.evidence}")
    if directive.due is not None:
        key = "directive.revised_urgent" if at_once else "directive.revised"
        values["due"] = book.iso(directive.due)
    return Outcome(
        effects=[
            Say(
                room=directive.room,
                key=key,
                values=values,
                lines=(wants,),
                mentions=book.users_of_units(owing, now),
                reply_to=f"{directive.number}.card",
                thread=directive.thread,
                ref=f"{directive.number}.revised:{taken.key}",
            )
        ]
    )


class _Meant(NamedTuple):
    """Whom the words of an edit are for, compared with the words before and with the order as it stands."""

    added: tuple[str, ...]
    removed: frozenset[str]
    unled: tuple[str, ...]
    to_all: bool


def _addressees(saying: Saying, directive: DirectiveView, book: Book) -> _Meant:
    before_said = book.directory.addressed(directive.text, ())
    after_said = book.directory.addressed(saying.text, saying.mentions)
    before = set(directives.units_for(before_said, saying, book))
    after = directives.units_for(after_said, saying, book)
    if not after:
        return _Meant((), frozenset(), directive.unled, directive.to_all)
    live = {task.unit for task in directive.tasks if task.state != "cancelled"}
    unled = directive.unled
    if book.directory.units_of(before_said) != book.directory.units_of(after_said):
        named = book.directory.units_of(after_said)
        unled = tuple(unit for unit in named if not directives.led(unit, book, saying.at))
    # Whoever the words named before and is not addressed any more was taken out by a reply, which the edit leaves.
    return _Meant(
        added=tuple(unit for unit in after if unit not in live | before),
        removed=frozenset(before - set(after)),
        unled=unled,
        to_all=after_said.all if before_said.all != after_said.all else directive.to_all,
    )


def _readdressed(meant: _Meant, directive: DirectiveView, saying: Saying, now: int) -> list[f.Readdressed]:
    """That it is for others now; nothing where the edit leaves that alone."""
    live = [task.unit for task in directive.tasks if task.state != "cancelled"]
    removed = tuple(unit for unit in live if unit in meant.removed)
    same = meant.to_all == directive.to_all and set(meant.unled) == set(directive.unled)
    if not meant.added and not removed and same:
        return []
    return [
        f.Readdressed(
            directive=directive.number,
            added=meant.added,
            removed=removed,
            to_all=meant.to_all,
            unled=meant.unled,
            by=saying.person,
            at=now,
            cause=saying.cause,
        )
    ]


def _new_urgency(saying: Saying, directive: DirectiveView, book: Book) -> str:
    """How urgent it is by the edit; as it stands, where the edit says nothing new of that."""
    before, after = urgency_of(directive.text, book), urgency_of(saying.text, book)
    return directive.urgency if before == after else after


def _new_demand(saying: Saying, directive: DirectiveView, book: Book) -> str:
    """What a report has to carry by the edit; as it stands, where the edit says nothing new of that."""
    before, after = demands.evidence_of(directive.text, book), demands.evidence_of(saying.text, book)
    return directive.evidence if before == after else after


def _new_due(saying: Saying, directive: DirectiveView, book: Book) -> Due | None:
    """The time that the edit says and the words before it did not."""
    before = directives.due_of(directive.text, saying.at, book)
    after = directives.due_of(saying.text, saying.at, book)
    if after is None or (before is not None and before.phrase == after.phrase):
        return None
    return after
