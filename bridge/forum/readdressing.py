"""Whom an order is for, put right by its issuer in a reply to the order or its card; everything follows.

Units that it is for as well get a task and are rung once; those that it is not for any more are told. What counts
as such a reply is in :mod:`bridge.forum.changing`: an ordinary sentence is none.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import msgspec

from bridge.forum import directives, tasks
from bridge.forum.book import CHIPS, Book
from bridge.forum.changing import Change
from bridge.forum.saying import Saying
from bridge.forum.spoken import without_numbers
from bridge.forum.urgency import VERY_URGENT
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Line, React, Say, Value
from bridge.model.situation import DirectiveView, Outcome, Situation, TaskView


class _Now(NamedTuple):
    """What an order is for after a correction, compared with before."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    unled: tuple[str, ...]
    to_all: bool


def heard(saying: Saying, situation: Situation, book: Book, now: int) -> tuple[str, str, Outcome] | None:
    """(number, label, outcome) of a message that puts right whom an order is for; None for any other."""
    directive = situation.directive
    if directive is None or directive.state == "cancelled" or saying.media or situation.report is not None:
        return None
    subject = situation.subject
    about = subject is None or bool(subject.ref) or subject.event == directive.event
    if not about or not may_change(saying, directive, book):
        return None
    change = book.directory.change(_written(saying, book), book.change_words, directive.units)
    if change is None or (change.bare and directive.units):
        # Only where nobody was understood, a bare name answers the question for whom it is.
        return None
    return directive.number, "directive", _changed(change, directive, saying, book, now)


def may_change(saying: Saying, directive: DirectiveView, book: Book) -> bool:
    """Whether somebody may say what an order is meant to be: who gave it, in whose name it is, who mends tags."""
    own = saying.person in (directive.person, directive.on_behalf)
    return own or book.policy.may("correct", saying.roles, saying.person)


def _written(saying: Saying, book: Book) -> str:
    """The words, with the short name of their unit in the place of people who are mentioned."""
    text = without_numbers(saying.text, book.series)
    for user in saying.mentions:
        standing = book.roster.standing(user, moment(saying.at))
        if standing is None or standing.unit is None:
            continue
        for shown in (standing.person.name, user, f"@{user[1:].partition(':')[0]}"):
            if shown in text:
                text = text.replace(shown, f" {standing.unit.short} ", 1)
                break
    return text.strip()


def _changed(change: Change, directive: DirectiveView, saying: Saying, book: Book, now: int) -> Outcome:
    number, cause = directive.number, saying.event
    after = _after(change, directive, saying, book)
    chip = React(room=saying.room, to=cause, key=f"{CHIPS['directive']} {number}", ref=f"{number}.change.{cause}")
    if not (after.added or after.removed or set(after.unled) != set(directive.unled)):
        return Outcome(effects=[chip])
    outcome = Outcome(
        facts=[
            f.Readdressed(
                directive=number,
                added=after.added,
                removed=after.removed,
                to_all=after.to_all,
                unled=after.unled,
                by=saying.person,
                at=now,
                cause=cause,
            ),
            *(_task(number, unit, "open", saying, now) for unit in after.added),
            *(_task(number, unit, "cancelled", saying, now) for unit in after.removed),
        ],
        effects=[chip],
    )
    new = tuple(unit for unit in after.unled if unit not in directive.unled)
    if new:
        outcome.effects += directives.tell_unled(number, new, book)
    if directive.state != "unconfirmed":
        outcome.effects += [tasks.card(directive, book), *_told(after, directive, saying, book, now)]
    elif directives.may_confirm(saying.roles, saying.person, book):
        # Whoever says for whom an order is says that it is one.
        meant = msgspec.structs.replace(directive, tasks=_tasks(after, directive))
        outcome.merge(directives.confirm(meant, book, now, by=saying.person, cause=cause))
    return outcome


def _after(change: Change, directive: DirectiveView, saying: Saying, book: Book) -> _Now:
    before = set(directive.units)
    named = {*change.add, *change.only, *change.bare}
    everybody = len(named) == len(book.roster.units())
    wanted = change.applied(before) | set(change.bare)
    unled = {unit for unit in wanted | set(directive.unled) if not directives.led(unit, book, saying.at)}
    wanted -= unled | ({*saying.units} & (named - before) if everybody else set())
    if change.only:
        unled &= named
    order = [unit.id for unit in book.roster.units()]
    return _Now(
        added=_in_order(wanted - before, order),
        removed=_in_order(before - wanted, [*order, *sorted(before - set(order))]),
        unled=_in_order(unled - set(change.drop), order),
        to_all=everybody or (directive.to_all and not change.only),
    )


def _in_order(units: Collection[str], order: Collection[str]) -> tuple[str, ...]:
    return tuple(unit for unit in order if unit in units)


def _tasks(after: _Now, directive: DirectiveView) -> tuple[TaskView, ...]:
    kept = [task for task in directive.tasks if task.unit not in (*after.removed, *after.added)]
    return (*kept, *(TaskView(directive=directive.number, unit=unit, state="open") for unit in after.added))


def _task(number: str, unit: str, state: str, saying: Saying, now: int) -> f.Task:
    return f.Task(
        directive=number, unit=unit, state=state, at=now, by=saying.person, via="message", cause=saying.event
    )


def _told(after: _Now, directive: DirectiveView, saying: Saying, book: Book, now: int) -> list[Say]:
    """The new ones are rung, the others told; in one message under the card."""
    number = directive.number
    lines = []
    if after.added and directive.due is not None:
        lines.append(Line("card.due", {"due": book.iso(directive.due)}))
    gone: dict[str, Value] = {"number": number, "units": _names(after.removed, book)}
    if after.added and after.removed:
        lines.append(Line("directive.not_for", gone))
    if not after.added and not after.removed:
        return []
    coming: dict[str, Value] = {
        "number": number,
        "units": _names(after.added, book),
        "text": directives.shorten(directive.text),
    }
    return [
        Say(
            room=directive.room,
            key="directive.not_for"
            if not after.added
            else "directive.now_for_urgent"
            if directive.urgency == VERY_URGENT
            else "directive.now_for",
            values=coming if after.added else gone,
            lines=tuple(lines),
            mentions=book.users_of_units(after.added or after.removed, now),
            reply_to=f"{number}.card",
            thread=directive.thread,
            ref=f"{number}.for.{saying.event}",
        )
    ]


def _names(units: tuple[str, ...], book: Book) -> list[str]:
    named = [book.unit_name(unit) for unit in units[: directives.FEW_UNITS]]
    return [*named, *(["…"] if len(units) > directives.FEW_UNITS else [])]
