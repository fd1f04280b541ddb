"""What follows when an order is late: its late units are reminded, a few times; then others are told, once.

Whom the policy names hears privately which units are late in spite of that. After it the order stands in the
morning digest, and nobody is rung for it again.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.forum import directives
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.overtaken import overtaken
from bridge.forum.quiet import quiet, until
from bridge.forum.quiet import units_of as quiet_units
from bridge.forum.urgency import VERY_URGENT, escalate_after, late_after, when_heard
from bridge.model import facts as f
from bridge.model.clock import moment, ms
from bridge.model.effects import Lane, Line, Say, Timer, Value
from bridge.model.situation import DirectiveView, Outcome, Situation

MOST = 12
"""Units that are named in one line."""


def late_timers(directive: DirectiveView, late: Sequence[str], book: Book, now: int) -> list[Timer]:
    """When those units that are late from now on are reminded, and when others are told of them."""
    number, urgency = directive.number, directive.urgency
    times = [when_heard(now + ms(after), urgency, book, late) for after in late_after(urgency, book)]
    timers = [
        Timer(
            name=f"late:{number}:{place}",
            due=at,
            kind="late",
            about=number,
            # Two that the night held back come at the same time: the last one is said.
            overtaken=min(times[place + 1 :], default=None),
        )
        for place, at in enumerate(times)
    ]
    told = Timer(
        name=f"escalate:{number}",
        due=_all_hear(now + ms(escalate_after(urgency, book)), urgency, book),
        kind="escalate",
        about=number,
    )
    return [*timers, told]


def overdue(directive: DirectiveView | None) -> tuple[str, ...]:
    """The units that owe something of an order whose time is over, and that nobody waits for in vain."""
    if directive is None or directive.state != "open" or directive.due is None:
        return ()
    return tuple(task.unit for task in directive.tasks if task.owing and not task.checking)


def remind(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Whoever is late is reminded, and nobody else; the room reads how many. Units with other quiet hours, that
    would not be rung yet, are reminded when theirs end."""
    directive = situation.directive
    waited = taken.timer.about.split(" ")[1:]
    late = tuple(unit for unit in overdue(directive) if not waited or unit in waited)
    if directive is None or not late:
        return Outcome()
    if (passed := overtaken(taken, now)) is not None:
        return passed
    asleep = () if directive.urgency == VERY_URGENT else tuple(unit for unit in late if quiet(now, book, (unit,)))
    morning = until(now, book, asleep)
    if not asleep or morning <= now:
        return _reminded(taken, directive, late, book, now)
    about = " ".join((directive.number, *asleep))
    later = Timer(name=taken.timer.name, due=morning, kind="late", about=about, overtaken=taken.timer.overtaken)
    outcome = Outcome(timers=[later])
    reached = tuple(unit for unit in late if unit not in asleep)
    return outcome.merge(_reminded(taken, directive, reached, book, now)) if reached else outcome


def _reminded(taken: Taken, directive: DirectiveView, late: tuple[str, ...], book: Book, now: int) -> Outcome:
    at_once = directive.urgency == VERY_URGENT
    about = f"{directive.number}:{taken.timer.name}"
    again = f":{taken.timer.due}" if " " in taken.timer.about else ""
    return Outcome(
        facts=[f.Asked(what="late_urgent_reminder" if at_once else "late_reminder", about=about, at=now)],
        effects=[
            Say(
                room=directive.room,
                key="directive.remind_late_urgent" if at_once else "directive.remind_late",
                values={
                    "number": directive.number,
                    "due": book.iso(directive.due or now),
                    "count": len(late),
                    "text": directives.shorten(directive.text, 60),
                },
                mentions=book.users_of_units(late, now),
                reply_to=f"{directive.number}.card",
                thread=directive.thread,
                ref=f"{directive.number}.{taken.timer.name}{again}",
                lane=Lane.REMINDERS,
            )
        ],
    )


def escalate(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Those whom the policy names hear which units are late though they were reminded."""
    directive = situation.directive
    late = overdue(directive)
    if directive is None or not late:
        return Outcome()
    says = []
    for person, accounts in _named(book, now).items():
        others = [unit for unit in late if person not in _heads(unit, book, now)]
        if others:
            says.append(_told(directive, others, person, accounts, book, now))
    outcome = Outcome(
        facts=[
            f.Escalated(
                directive=directive.number,
                units=late,
                persons=tuple(say.person for say in says),
                at=now,
                cause=taken.key,
            )
        ],
        effects=[*says],
    )
    control = book.rooms.get("control")
    if not says and control is not None:
        values: dict[str, Value] = {"number": directive.number, "count": len(late)}
        say = Say(room=control, key="directive.nobody_to_tell", values=values, ref=f"{directive.number}.escalated")
        outcome.effects.append(say)
    return outcome


def _all_hear(at: int, urgency: str, book: Book) -> int:
    """When whom the policy names can all be rung: the longest of their quiet hours is over."""
    named = [quiet_units(book.roster.standing_of(person, moment(at))) for person in _named(book, at)]
    return max((when_heard(at, urgency, book, units) for units in named), default=when_heard(at, urgency, book))


def _named(book: Book, now: int) -> dict[str, tuple[str, ...]]:
    """Person ids to accounts of those whom the policy names, by role or by id."""
    wanted = set(book.policy.urgency.escalate_to)
    return {
        due.standing.person.id: due.user_ids
        for due in book.roster.persons_due(moment(now))
        if due.user_ids and (wanted & due.standing.roles or due.standing.person.id in wanted)
    }


def _heads(unit: str, book: Book, now: int) -> frozenset[str]:
    return frozenset(standing.person.id for standing in book.roster.heads_of(unit, moment(now)))


def _told(
    directive: DirectiveView, late: list[str], person: str, accounts: tuple[str, ...], book: Book, now: int
) -> Say:
    names = [book.unit_name(unit) for unit in late[:MOST]]
    return Say(
        person=person,
        key="directive.escalated_urgent" if directive.urgency == VERY_URGENT else "directive.escalated",
        values={
            "number": directive.number,
            "text": directives.shorten(directive.text, 120),
            "due": book.iso(directive.due or now),
            "count": len(late),
            "units": [*names, *([f"+{len(late) - MOST}"] if len(late) > MOST else [])],
        },
        lines=(Line("directive.escalated_once"),),
        mentions=accounts,
        ref=f"{directive.number}.escalated:{person}",
        lane=Lane.REMINDERS,
    )
