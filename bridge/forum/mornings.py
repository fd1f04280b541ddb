"""The morning digest: what is due today, late, or waits for a verdict, told to each privately and once a day.

Leaders hear about all units, whoever leads a unit hears what the unit owes. Nobody hears anything on a day on which
there is nothing to say, and who asks for no digest gets none until they ask for it again. It never rings. A morning
that was missed is told as long as it is morning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from msgspec.structs import replace

from bridge.forum.book import Book
from bridge.forum.command import Command, reply, words_of
from bridge.forum.item import Taken
from bridge.forum.own import line
from bridge.forum.seeing import sees_all
from bridge.forum.status import look, numbers, order_line, photos, urgency
from bridge.forum.weeks import next_time
from bridge.model import facts as f
from bridge.model.clock import milliseconds, moment
from bridge.model.effects import Lane, Line, Say, Timer
from bridge.model.situation import Needs, OpenOrder, Outcome, Overview, Situation
from bridge.policy.roster import Standing

ORDERS = 4
"""Orders that are named under each heading; more are counted."""

NOON = time(12)
AFTER = timedelta(hours=2)
"""How long a digest that is sent after noon may come late."""


def needs(taken: Taken, book: Book) -> Needs:
    """How the forum stands, and who was told or wants to be."""
    return Needs(overview=look(taken.at, book), morning=True)


def send(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Tell everybody who has something to read today."""
    after = max(now, taken.timer.due)
    outcome = Outcome(
        timers=[Timer(name="morning", due=next_time(after, book.policy.morning.at, book), kind="morning")]
    )
    day = book.local(now).date()
    if situation.morning.last_day == day.isoformat() or not _in_time(day, now, book):
        return outcome
    told = []
    for due in book.roster.persons_due(moment(now)):
        person = due.standing.person.id
        lines = _lines(due.standing, situation, book, now) if due.user_ids else []
        if lines:
            told.append(person)
            outcome.effects.append(
                Say(
                    person=person,
                    key="digest.title",
                    values={"day": day.isoformat()},
                    lines=(*lines, Line("digest.stop", {"word": words_of(book.commands)["digest_off"]})),
                    ref=f"digest:{day.isoformat()}:{person}",
                    lane=Lane.REMINDERS,
                )
            )
    version = book.policy.version
    fact = f.DigestSent(day=day.isoformat(), persons=tuple(told), policy_version=version, at=now)
    outcome.facts.append(fact)
    return outcome


def _in_time(day: date, now: int, book: Book) -> bool:
    """Whether a day's digest is not too early and not too late: until noon, or two hours after an afternoon's."""
    begins = datetime.combine(day, book.policy.morning.at, book.policy.forum.zone)
    ends = max(datetime.combine(day, NOON, book.policy.forum.zone), begins + AFTER)
    return milliseconds(begins) <= now < milliseconds(ends)


def _lines(standing: Standing, situation: Situation, book: Book, now: int) -> list[Line]:
    """What a person reads this morning; empty when that is nothing, or when they want none."""
    wish = situation.morning.wishes.get(standing.person.id)
    if wish is False:
        return []
    rules, lines = book.policy.morning, []
    of_all = bool(standing.roles & set(rules.roles)) or (wish is True and sees_all(standing, book))
    if of_all:
        lines += _of_all(situation.overview, standing, book, now)
    if rules.heads or wish is True:
        # Whoever reads about all units has seen the orders, but not what is asked of the own unit.
        lines += _of_unit(situation.overview, standing, book, now)
    return lines


def _of_all(whole: Overview, standing: Standing, book: Book, now: int) -> list[Line]:
    today, late = _due_today(whole.orders, book, now), [order for order in whole.orders if order.late]
    lines = []
    if today:
        lines.append(Line("digest.today", {"count": len(today)}))
        lines += _named(today, book)
    if late:
        lines.append(Line("digest.late", {"count": sum(len(order.late) for order in late), "orders": len(late)}))
        lines += _named(late, book)
    own = {unit.id for unit in standing.units}
    waiting = [report.number for report in whole.to_judge if report.unit not in own]
    if waiting and book.policy.may("accept", standing.roles, standing.person.id):
        lines.append(Line("digest.to_judge", {"count": len(waiting), "numbers": list(numbers(waiting))}))
    return [*lines, *photos(whole)]


def _due_today(orders: Sequence[OpenOrder], book: Book, now: int) -> list[OpenOrder]:
    """Orders whose time ends today and is not over for anybody."""
    day = book.local(now).date()
    return [
        order
        for order in orders
        if order.due is not None and not order.late and book.local(order.due).date() == day
    ]


def _named(orders: Sequence[OpenOrder], book: Book) -> list[Line]:
    ordered = sorted(orders, key=urgency)
    lines = [order_line(order, book) for order in ordered[:ORDERS]]
    return [*lines, *([Line("status.more", {"count": len(orders) - ORDERS})] if len(orders) > ORDERS else [])]


def _of_unit(whole: Overview, standing: Standing, book: Book, now: int) -> list[Line]:
    """What the units of a person owe today; what is due later is counted, when there is something to say at all."""
    own = standing.heads
    mine = [order for order in whole.orders if own & set(order.owing)]
    today = {order.number for order in _due_today(mine, book, now)}
    urgent = [order for order in mine if order.number in today or own & set(order.late + order.returned)]
    lacking = [report.number for report in whole.lacking if report.unit in own]
    if not urgent and not lacking:
        return []
    lines = [Line("digest.own", {"count": len(urgent)})] if urgent else []
    ordered = sorted(urgent, key=urgency)
    lines += [_own(order, own, book) for order in ordered[:ORDERS]]
    if len(urgent) > ORDERS:
        lines.append(Line("status.more", {"count": len(urgent) - ORDERS}))
    if lacking:
        lines.append(Line("own.lacking", {"count": len(lacking), "numbers": list(numbers(lacking))}))
    if len(mine) > len(urgent):
        lines.append(Line("digest.later", {"count": len(mine) - len(urgent)}))
    return lines


def _own(order: OpenOrder, own: frozenset[str], book: Book) -> Line:
    late, returned = bool(own & set(order.late)), bool(own & set(order.returned))
    return line(order.number, order.text, order.due, late=late, returned=returned, book=book)


def digest(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome:
    """The digest as it would be at this moment, whether or not it is wanted in the mornings."""
    morning = situation.morning
    asked = replace(morning, wishes={**morning.wishes, standing.person.id: True})
    lines = _lines(standing, replace(situation, morning=asked), book, now)
    if not lines:
        return reply(taken, "digest.nothing")
    return reply(taken, "digest.title", {"day": book.local(now).date().isoformat()}, lines)


def on(command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """A person wants the digest in the mornings."""
    if not standing.heads and not sees_all(standing, book):
        return reply(taken, "digest.not_yours")
    at = datetime.combine(book.local(now).date(), book.policy.morning.at, book.policy.forum.zone)
    answer = reply(taken, "digest.on", {"at": at.isoformat(timespec="seconds")})
    return Outcome(facts=[_wish(standing, True, taken, now)]).merge(answer)


def off(command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """A person wants no digest."""
    again = words_of(book.commands)["digest_on"]
    answer = reply(taken, "digest.off", {"word": again})
    return Outcome(facts=[_wish(standing, False, taken, now)]).merge(answer)


def _wish(standing: Standing, wanted: bool, taken: Taken, now: int) -> f.DigestWanted:
    return f.DigestWanted(person=standing.person.id, wanted=wanted, at=now, cause=taken.event.event_id)


Handler = Callable[[Command, Standing, Taken, Situation, Book, int], Outcome]

HANDLERS: Mapping[str, Handler] = {"digest": digest, "digest_on": on, "digest_off": off}
