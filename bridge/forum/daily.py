"""The day's card: one message a day in the control room, edited in place, for everything that needs nobody.

Who came and went, what was done and by whom, what was asked, who is late. A new message is for what somebody has to
do something about: files with mistakes, a permission or a room that is lost, what waits for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from itertools import groupby

from bridge.forum.book import Book
from bridge.forum.conduct.case import permalink
from bridge.forum.persons import shown
from bridge.forum.telling import room_named, told
from bridge.model import facts as f
from bridge.model.clock import milliseconds
from bridge.model.effects import Lane, Line, Refresh, Say, Value
from bridge.model.situation import Outcome

MOST = 30
"""Lines of the card."""

FEW = 3
"""More comings in a row, or acts of one rule, stand on one line."""

NAMED = 5
"""How many who came together are named."""

ON_THE_CARD = frozenset({"directive.late"})
"""Messages that the card stands for: what they say needs nobody."""

KINDS = ("membership", "act", "asked", "task", "conduct", "levels", "stage", "file_version")
"""Kinds of facts of which the card is made."""


def day_of(at: int, book: Book) -> str:
    """The forum's day of a time (ms): 2026-11-24."""
    return book.local(at).date().isoformat()


def begin_of(day: str, book: Book) -> int:
    """When a day begins in the forum's zone, in ms."""
    return milliseconds(datetime.combine(datetime.fromisoformat(day), time(0), tzinfo=book.policy.forum.zone))


def gathered(outcome: Outcome, stage: str, book: Book, now: int) -> Outcome:
    """An outcome with what needs nobody on the day's card instead of in messages of its own.

    In `watch` there is the one card about the living room, and nothing else.
    """
    control = book.rooms.get("control")
    if control is None or stage == "watch" or not any(_counts(fact, book) for fact in outcome.facts):
        return outcome
    outcome.effects = [
        effect
        for effect in outcome.effects
        if not (isinstance(effect, Say) and effect.room == control and effect.key in ON_THE_CARD)
    ]
    day = day_of(now, book)
    outcome.effects.append(Refresh(room=control, card=f"day:{day}", ref=f"day.{day}", lane=Lane.REMINDERS))
    return outcome


def _counts(fact: f.AnyFact, book: Book) -> bool:
    """Whether a fact is an event of the day's card."""
    match fact:
        case f.Membership():
            return fact.user != book.bot and fact.membership in ("join", "leave", "ban") and fact.was != "knock"
        case f.Asked():
            return fact.what == "doubt"
        case f.Task():
            return fact.state == "late"
        case f.Conduct():
            return fact.step not in ("listed", "late")
        case f.LevelsSeen():
            return fact.by != book.bot
        case f.FileVersion():
            return fact.version > 1
        case _:
            return isinstance(fact, f.Act | f.Stage)


def lines(day: str, facts: Sequence[f.AnyFact], book: Book) -> list[Line]:
    """The card of a day, made of its facts in their order; none when nothing happened."""
    of_day = [fact for fact in facts if _counts(fact, book)]
    if not of_day:
        return []
    moved = [fact for fact in of_day if isinstance(fact, f.Membership)]
    late: dict[str, list[f.Task]] = {}
    for fact in of_day:
        if isinstance(fact, f.Task):
            late.setdefault(fact.directive, []).append(fact)
    head = [
        Line("day.title", {"day": day}),
        Line(
            "day.numbers",
            {
                "joined": sum(fact.membership == "join" for fact in moved),
                "left": sum(fact.membership != "join" for fact in moved),
                "acts": sum(isinstance(fact, f.Act) for fact in of_day),
                "conduct": sum(isinstance(fact, f.Conduct) for fact in of_day),
                "doubts": sum(isinstance(fact, f.Asked) for fact in of_day),
                "late": sum(map(len, late.values())),
            },
        ),
    ]
    entries: list[Line] = []
    for _, run in groupby(of_day, _alike):
        together = list(run)
        first = together[0]
        if isinstance(first, f.Task):
            # All units that are late with one order stand on one line, where the first of them does.
            for fact in together:
                tasks = late.pop(fact.directive, None) if isinstance(fact, f.Task) else None
                entries += [_late(tasks, book)] if tasks else []
        elif len(together) > FEW and isinstance(first, f.Membership | f.Act):
            entries.append(_many(together, book))
        else:
            for fact in together:
                entries += _entry(fact, book)
    room = MOST - len(head) - 1
    older = len(entries) - room
    return [*head, *([Line("day.older", {"count": older})] if older > 0 else []), *entries[-room:]]


def _alike(fact: f.AnyFact) -> tuple[str, ...]:
    """What stands on one line when many of it come in a row: comings to a room, acts for one reason."""
    if isinstance(fact, f.Membership) and fact.membership == "join":
        return ("join",)
    if isinstance(fact, f.Act) and fact.by.startswith("rule:"):
        return ("act", fact.verb, fact.rule)
    return (type(fact).__name__,) if isinstance(fact, f.Task) else (str(id(fact)),)


def _many(facts: Sequence[f.AnyFact], book: Book) -> Line:
    """One line for many comings, or for many acts of one rule."""
    first, last = facts[0], facts[-1]
    if isinstance(first, f.Act) and isinstance(last, f.Act):
        numbers: dict[str, Value] = {"first": first.number, "last": last.number, "count": len(facts)}
        return Line("day.acts", {"at": book.iso(first.at), **numbers, "what": _said(first, book)})
    people = [shown(fact.user, book, fact.at) for fact in facts if isinstance(fact, f.Membership)]
    at = first.at if isinstance(first, f.Membership) else 0
    who = list(dict.fromkeys(people))[:NAMED]
    return Line("day.joined_many", {"at": book.iso(at), "count": len(people), "who": who})


def _late(tasks: Sequence[f.Task], book: Book) -> Line:
    units = [book.unit_name(task.unit) for task in tasks]
    number = tasks[0].directive
    return Line("day.late", {"at": book.iso(tasks[0].at), "number": number, "units": units})


def _entry(fact: f.AnyFact, book: Book) -> list[Line]:
    """What one fact says on the card; doubts are only counted, since each of them is asked in its own message."""
    match fact:
        case f.Membership():
            if fact.membership == "join":
                key = "day.joined"
            elif fact.membership == "ban":
                key = "day.banned"
            else:
                key = "day.left" if fact.by == fact.user else "day.removed"
            if fact.by == book.bot and fact.membership != "join":
                # Its act stands there already, with its number.
                return []
            who, room = shown(fact.user, book, fact.at), room_named(fact.room, book)
            return [Line(key, {"at": book.iso(fact.at), "who": who, "room": room})]
        case f.Act():
            by = book.roster.person(fact.by)
            values = {"at": book.iso(fact.at), "number": fact.number, "what": _said(fact, book)}
            if by is None:
                return [Line("day.act", {**values})]
            return [Line("day.act_by", {**values, "name": by.name})]
        case f.Conduct():
            person = book.roster.person(fact.person)
            values = {
                "at": book.iso(fact.sent_at),
                "name": person.name if person is not None else fact.person,
                "link": permalink(fact.room, fact.event, book),
            }
            met = [Line(f"conduct.line_{fact.about}", {**values})]
            return [*met, Line("conduct.nothing_done")] if fact.step == "spared" else met
        case f.LevelsSeen():
            name, room = shown(fact.by, book, fact.at), room_named(fact.room, book)
            values = {"at": book.iso(fact.at), "name": name, "room": room}
            return [Line("day.levels", {**values, "count": len(fact.changes)})]
        case f.Stage():
            return [Line("day.stage", {"at": book.iso(fact.at), "stage": fact.stage})]
        case f.FileVersion():
            values = {"at": book.iso(fact.at), "file": fact.what, "version": str(fact.version)}
            return [Line("day.file", {**values})]
        case _:
            return []


def _said(act: f.Act, book: Book) -> str:
    return " ".join(told(Outcome(facts=[act]), book, act.at).at_once)
