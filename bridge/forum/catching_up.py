"""The unit's open orders, told in words to whoever cannot read them: messages from before somebody came, or from
before a device was there, stay unreadable in encrypted rooms.

A little after a listed person joined or has another device, in a direct chat, not in quiet hours, and once for all
devices and rooms of some hours.
"""

from __future__ import annotations

import msgspec

from bridge.forum.book import Book
from bridge.forum.coaching import waking
from bridge.forum.command import words_of
from bridge.forum.directives import shorten
from bridge.forum.item import Taken
from bridge.forum.own import urgency
from bridge.model import facts as f
from bridge.model.clock import moment, ms
from bridge.model.effects import Line, Say, Timer, Value
from bridge.model.situation import Needs, Outcome, Situation, TaskView

SETTLING_MS = 2 * 60 * 1000
"""So long a new device is given to be ready, and several of them to come together."""

LINES = 10
LONGEST = 240
"""Letters of an order that are told: it cannot be read anywhere else on that device."""


class NewDevice(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose devices were known has another one."""

    user: str
    device: str


_decode = msgspec.json.Decoder(NewDevice).decode


def arrived(user: str, room: str, book: Book, now: int) -> Outcome:
    """Somebody joined, for the first time or again."""
    if room not in (book.rooms.get("forum"), *book.groups.values()):
        return Outcome()
    return _soon(user, f"join {room} {user}", book, now)


def device_needs(taken: Taken, book: Book) -> Needs:
    """Nothing: what is open is looked at when it is told."""
    return Needs()


def device(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Somebody has another device."""
    news = _decode(taken.body)
    return _soon(news.user, f"device {news.device}", book, now)


def _soon(user: str, why: str, book: Book, now: int) -> Outcome:
    standing = book.standing(user, now)
    if standing is None or not standing.units or not book.policy.coaching.catch_up:
        return Outcome()
    person = standing.person.id
    name = f"catch_up:{person}:{why.partition(' ')[0]}"
    due = waking(now + SETTLING_MS, book, standing)
    return Outcome(timers=[Timer(name=name, due=due, kind="catch_up", about=f"{person} {why}")])


def needs(taken: Taken, book: Book) -> Needs:
    """What the person's units owe, whether they were told of late, and whether they come from the room before."""
    person, why, place, *user = taken.timer.about.split(" ")
    standing = book.roster.standing_of(person, moment(taken.at))
    return Needs(
        units=tuple(unit.id for unit in standing.units) if standing is not None else (),
        asked_since=("catch_up", taken.at - ms(book.policy.coaching.catch_up_again) + 1),
        asked_person=person,
        came_along=(place, user[0]) if why == "join" and user else None,
    )


def tell(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """The open orders, the most urgent first; nothing where there are none."""
    person = taken.timer.about.partition(" ")[0]
    standing = book.roster.standing_of(person, moment(now))
    if standing is None or situation.asked or situation.came_along or not situation.tasks:
        return Outcome()
    tasks = sorted(situation.tasks, key=urgency)
    lines = [_line(task, book) for task in tasks[:LINES]]
    if len(tasks) > LINES:
        lines.append(Line("status.more", {"count": len(tasks) - LINES}))
    lines.append(Line("catch_up.how", {"number": tasks[0].directive, "word": words_of(book.commands)["list"]}))
    said = Say(
        person=person,
        key="catch_up.title",
        values={"count": len(tasks), "units": [unit.name for unit in standing.units]},
        lines=tuple(lines),
        ref=f"catch_up:{person}:{taken.at}",
    )
    return Outcome(facts=[f.Asked(what="catch_up", about=person, person=person, at=now)], effects=[said])


def _line(task: TaskView, book: Book) -> Line:
    values: dict[str, Value] = {
        "number": task.directive,
        "name": task.issuer,
        "text": shorten(task.text, LONGEST),
    }
    if task.state == "returned":
        return Line("catch_up.returned", values)
    if task.due is None:
        return Line("catch_up.open", values)
    return Line("catch_up.late" if task.state == "late" else "catch_up.due", {**values, "due": book.iso(task.due)})
