"""The morning digest: what the rules on messages saw since the day before, in one message of the control room.

It lists what was too old to be acted on (a backlog after a downtime, a gap), and what was written in the quiet
hours. Of the rest it gives the number: what was done to people stands in messages and cards of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bridge.forum.book import Book
from bridge.forum.conduct.case import digest_timer, permalink
from bridge.forum.item import Taken
from bridge.model.clock import milliseconds
from bridge.model.effects import Lane, Line, Say
from bridge.model.situation import Needs, Outcome, Seen, Situation

LINES = 10
"""Messages that are listed one by one; more are counted."""

TOLD = frozenset({"remind", "warn"})


def needs(taken: Taken, book: Book) -> Needs:
    """What met a rule since the digest before."""
    return Needs(seen_since=_day_before(taken.timer.due, book))


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Tell the control room, when there is anything to tell."""
    outcome = Outcome()
    if any(one.at >= taken.timer.due for one in situation.seen):
        # Seen after the time of this digest, which came late: it has its own in the morning.
        outcome.timers.append(digest_timer(now, book))
    seen = [one for one in situation.seen if one.at < taken.timer.due]
    control = book.rooms.get("control")
    if control is None or not seen:
        return outcome
    listed = [one for one in seen if one.step == "late" or one.about == "quiet_hours"]
    lines = [_line(one, book) for one in listed[:LINES]]
    if len(listed) > LINES:
        lines.append(Line("conduct.digest_more", {"count": len(listed) - LINES}))
    told = sum(one.step in TOLD and one.about != "quiet_hours" for one in seen)
    if told:
        lines.append(Line("conduct.digest_told", {"count": told}))
    moved = sum(one.step == "moved" for one in seen)
    if moved:
        lines.append(Line("conduct.digest_moved", {"count": moved}))
    if not lines:
        return outcome
    day = book.local(taken.timer.due).date().isoformat()
    outcome.effects.append(
        Say(
            room=control,
            key="conduct.digest",
            values={"day": day},
            lines=tuple(lines),
            ref=f"conduct:digest:{day}",
            lane=Lane.REMINDERS,
        )
    )
    return outcome


def _day_before(due: int, book: Book) -> int:
    """The same time of day, a day earlier."""
    local = book.local(due)
    return milliseconds(datetime.combine(local.date() - timedelta(days=1), local.time(), book.policy.forum.zone))


def _line(one: Seen, book: Book) -> Line:
    person = book.roster.person(one.person)
    values = {
        "at": book.iso(one.sent_at),
        "name": person.name if person is not None else one.person,
        "link": permalink(one.room, one.event, book),
    }
    return Line(f"conduct.line_{one.about}", {**values})
