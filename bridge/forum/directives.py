"""Directives: an order becomes a number, one task per addressed unit, a due time and a card."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from bridge.forum.addressing import Addressed
from bridge.forum.book import CHIPS, Book
from bridge.forum.due import Due
from bridge.forum.quiet import quiet
from bridge.forum.saying import Saying, clean
from bridge.forum.urgency import VERY_URGENT, before_due, no_reminders, urgency_of
from bridge.model import facts as f
from bridge.model.clock import milliseconds, ms
from bridge.model.effects import CancelTimer, React, Refresh, Retract, Say, Timer, Value
from bridge.model.situation import DirectiveView, Outcome, Situation

FEW_UNITS = 10
"""Units that a sentence about them names at most."""

HIGH = 0.93
"""Confidence from which on a wide directive gets its card without being confirmed."""

ACK_WINDOW = timedelta(hours=48)
"""How long an unlinked "siap" or photo is taken to answer the newest open directive."""


def open_directive(
    saying: Saying,
    situation: Situation,
    book: Book,
    now: int,
    *,
    confidence: float,
    certain: bool = False,
    relayed: bool = False,
    on_behalf: str = "",
    evidence: str = "media",
    nil_allowed: bool = False,
) -> tuple[str, Outcome]:
    """Record an order. ``certain`` when a person said that it is one (hashtag, correction).

    One ``relayed`` in the name of somebody else has only its author's word for it: it binds nobody until a person
    who may order or correct confirms it.
    """
    number = book.number("directive", situation.numbers.get(book.policy.letters.directive, 1))
    addressed = book.directory.addressed(saying.text, saying.mentions)
    units = units_for(addressed, saying, book) or _answered_unit(addressed, situation)
    unled = tuple(unit for unit in book.directory.units_of(addressed) if not led(unit, book, saying.at))
    due = due_of(saying.text, saying.at, book)
    wide = len(units) > book.policy.tagger.confirm_above_units
    confirmed = not relayed and (certain or not wide or confidence >= HIGH)
    at = None if due is None or due.past else milliseconds(due.at)
    urgency = urgency_of(saying.text, book)
    outcome = Outcome(
        facts=[
            f.Directive(
                number=number,
                event=saying.event,
                room=saying.room,
                person=saying.person,
                name=saying.name,
                role=saying.role,
                acting=saying.acting,
                text=clean(saying.text),
                units=units,
                to_all=addressed.all,
                issued_at=saying.at,
                due=at,
                due_phrase=due.phrase if due and not due.past else "",
                due_certain=due.certain if due else True,
                evidence=evidence,
                nil_allowed=nil_allowed,
                on_behalf=on_behalf,
                urgency=urgency,
                confidence=round(confidence, 3),
                confirmed=confirmed,
                unled=unled,
                thread=saying.thread,
                policy_version=book.policy.version,
                roster_version=book.roster.version,
            ),
            *(
                f.Task(
                    directive=number,
                    unit=unit,
                    state="open",
                    at=saying.at,
                    by=saying.person,
                    via="message",
                    cause=saying.cause,
                )
                for unit in units
            ),
        ],
        effects=[
            React(
                room=saying.room,
                to=saying.event,
                key=f"{CHIPS['directive']} {number}" if confirmed else f"{CHIPS['directive']} {number}?",
                ref=f"{number}.chip",
            )
        ],
    )
    if confirmed:
        outcome.effects.append(first_card(number, saying.room, units, saying.thread, book, now, urgency=urgency))
        if at is not None:
            outcome.timers += due_timers(number, at, urgency, book, now)
    else:
        doubt(outcome, "unconfirmed", number, saying, situation, book, now)
    if unled and not addressed.all:
        outcome.effects += tell_unled(number, unled, book)
    if due is not None and due.past:
        doubt(outcome, "past", number, saying, situation, book, now, when=due.at)
    if confirmed and units and addressed.unmatched:
        outcome.merge(_who_else(number, addressed.unmatched, saying, now))
    if confirmed and due is not None and due.after_midnight and not due.past:
        outcome.merge(which_day(number, due, saying, now))
    return number, outcome


def which_day(number: str, due: Due, saying: Saying, now: int) -> Outcome:
    """The issuer is asked, once and without ringing, which day "tomorrow" is; until then it is the later one."""
    return Outcome(
        facts=[f.Asked(what="which_day", about=number, person=saying.person, at=now)],
        effects=[
            Say(
                room=saying.room,
                key="directive.which_day",
                values={"number": number, "at": due.at.isoformat(timespec="seconds")},
                reply_to=saying.event,
                thread=saying.thread,
                ref=f"{number}.which-day",
            )
        ],
    )


def _who_else(number: str, unmatched: tuple[str, ...], saying: Saying, now: int) -> Outcome:
    """The issuer is asked, once and without ringing, who is meant by what names nobody we know."""
    return Outcome(
        facts=[f.Asked(what="who_else", about=number, person=saying.person, at=now)],
        effects=[
            Say(
                room=saying.room,
                key="directive.who_else",
                values={"number": number, "written": list(unmatched[:FEW_UNITS])},
                reply_to=saying.event,
                thread=saying.thread,
                ref=f"{number}.who-else",
            )
        ],
    )


def units_addressed(text: str, mentions: tuple[str, ...], saying: Saying, book: Book) -> tuple[str, ...]:
    """The units that words address when this person says them."""
    return units_for(book.directory.addressed(text, mentions), saying, book)


def tell_unled(number: str, units: tuple[str, ...], book: Book) -> list[Say]:
    """Those who look after the roster hear of units that were named and that nobody answers for."""
    control = book.rooms.get("control")
    if control is None:
        return []
    values: dict[str, Value] = {"number": number, "units": [book.unit_name(unit) for unit in units[:FEW_UNITS]]}
    return [Say(room=control, key="directive.unled", values=values, ref=f"{number}.unled")]


def units_for(addressed: Addressed, saying: Saying, book: Book) -> tuple[str, ...]:
    """The units that get a task. One that nobody answers for cannot report; whoever orders everybody does not order
    himself."""
    return tuple(
        unit
        for unit in book.directory.units_of(addressed)
        if led(unit, book, saying.at) and not (addressed.all and unit in saying.units)
    )


def _answered_unit(addressed: Addressed, situation: Situation) -> tuple[str, ...]:
    """An order that names nobody but answers somebody is meant for that person's unit."""
    subject = situation.subject
    if not addressed.nobody or subject is None or subject.unit is None or subject.label == "directive":
        return ()
    return (subject.unit,)


FEW_WORDS = 2


def says_too_little(saying: Saying, situation: Situation, book: Book) -> bool:
    """Whether a supposed order names no unit and no time, answers nobody and is hardly a word: `cek`."""
    if saying.text.startswith("/"):
        return True
    if len(saying.text.split()) > FEW_WORDS or situation.subject is not None or saying.media:
        return False
    return (
        book.directory.addressed(saying.text, saying.mentions).nobody
        and due_of(saying.text, saying.at, book) is None
    )


def led(unit: str, book: Book, at: int) -> bool:
    """Whether somebody answers for a unit at a time (ms)."""
    return bool(book.users_of_units((unit,), at))


def due_of(text: str, at: int, book: Book) -> Due | None:
    """The due time that a text names, in any language the forum understands; the first language that finds one."""
    local = book.local(at)
    for reader in book.due_readers:
        found = reader.find(text, local, book.policy.forum.zone)
        if found is not None:
            return found
    return None


def chip(number: str) -> str:
    """What the bot puts on an order that counts."""
    return f"{CHIPS['directive']} {number}"


def first_card(
    number: str, room: str, units: tuple[str, ...], thread: str | None, book: Book, now: int, *, urgency: str
) -> Refresh:
    """The card's first posting, which rings those who answer for the addressed units; in a unit's quiet hours only
    what cannot wait does."""
    if urgency != VERY_URGENT:
        units = tuple(unit for unit in units if not quiet(now, book, (unit,)))
    rings = book.users_of_units(units, now)
    return Refresh(room=room, card=number, ref=f"{number}.card", mentions=rings, thread=thread)


def due_timers(number: str, due: int, urgency: str, book: Book, now: int) -> list[Timer | CancelTimer]:
    """When to remind of a directive and when its open tasks become late."""
    timers: list[Timer | CancelTimer] = []
    over = due + ms(book.policy.reminders.grace)
    times = [due - ms(before) for before in before_due(urgency, book)]
    for place, at in enumerate(times):
        if at > now:
            later = min((other for other in times if other > at), default=over)
            timers.append(
                Timer(name=f"remind:{number}:{place}", due=at, kind="remind", about=number, overtaken=later)
            )
    timers.append(Timer(name=f"due:{number}", due=over, kind="due", about=number))
    return timers


def due_again(
    directive: DirectiveView, due: int, book: Book, now: int, *, urgency: str = ""
) -> list[Timer | CancelTimer]:
    """The timers of another due time, or of another urgency; what was set for the old one does not fire."""
    old = no_reminders(directive.number, directive.urgency, book)
    return [*old, *due_timers(directive.number, due, urgency or directive.urgency, book, now)]


def doubt(
    outcome: Outcome,
    what: str,
    number: str,
    saying: Saying,
    situation: Situation,
    book: Book,
    now: int,
    when: datetime | None = None,
) -> None:
    """Ask the experts about a leader's message, in the control room, at most a few times an hour."""
    control = book.rooms.get("control")
    if control is None or situation.asked >= book.policy.tagger.doubts_per_hour:
        return
    values: dict[str, str | int | float | bool | list[str] | None] = {
        "number": number,
        "name": saying.name,
        "text": shorten(saying.text),
    }
    if when is not None:
        values["when"] = when.isoformat(timespec="seconds")
    outcome.facts.append(f.Asked(what="doubt", about=f"{what}:{number}", person=saying.person, at=now))
    outcome.effects.append(Say(room=control, key=f"doubt.{what}", values=values, ref=f"{number}.doubt-{what}"))


def may_confirm(roles: Collection[str], person: str, book: Book) -> bool:
    """Whether somebody may say of a doubted order that it is one; its author only by a right of their own."""
    return book.policy.may("order", roles, person) or book.policy.may("correct", roles, person)


def confirm(directive: DirectiveView, book: Book, now: int, *, by: str, cause: str) -> Outcome:
    """A doubted directive was confirmed: it gets its card and its times."""
    outcome = Outcome(
        facts=[f.DirectiveChanged(number=directive.number, state="confirmed", at=now, by=by, cause=cause)],
        effects=[
            Retract(room=directive.room, ref=f"{directive.number}.chip"),
            React(
                room=directive.room,
                to=directive.event,
                key=f"{CHIPS['directive']} {directive.number}",
                ref=f"{directive.number}.chip",
            ),
            first_card(
                directive.number,
                directive.room,
                directive.units,
                directive.thread,
                book,
                now,
                urgency=directive.urgency,
            ),
        ],
    )
    if directive.due is not None:
        outcome.timers += due_timers(directive.number, directive.due, directive.urgency, book, now)
    return outcome


def cancel(directive: DirectiveView, book: Book, now: int, *, by: str, cause: str, reason: str = "") -> Outcome:
    """An order is none any more: its tasks end, its chip goes, its card says so."""
    outcome = Outcome(
        facts=[
            f.DirectiveChanged(
                number=directive.number, state="cancelled", reason=reason, at=now, by=by, cause=cause
            ),
            *(
                f.Task(
                    directive=directive.number,
                    unit=task.unit,
                    state="cancelled",
                    at=now,
                    by=by,
                    via="correction",
                    report=task.report,
                    cause=cause,
                )
                for task in directive.tasks
            ),
        ],
        effects=[Retract(room=directive.room, ref=f"{directive.number}.chip")],
        timers=[
            CancelTimer(f"due:{directive.number}"),
            *no_reminders(directive.number, directive.urgency, book),
        ],
    )
    if directive.state != "unconfirmed":
        outcome.effects.append(
            Refresh(
                room=directive.room,
                card=directive.number,
                ref=f"{directive.number}.card",
                thread=directive.thread,
            )
        )
    return outcome


def shorten(text: str, limit: int = 120) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def answered(saying: Saying, situation: Situation) -> DirectiveView | None:
    """The directive that a message names or replies to, if one of its units has a task under it."""
    directive = situation.directive
    if directive is None or directive.state == "cancelled":
        return None
    if not any(task.unit in saying.units for task in directive.tasks):
        return None
    return directive


def recent(issued_at: int, due: int | None, at: int) -> bool:
    """Whether a directive is fresh enough to be meant by something that does not name it."""
    window = ms(ACK_WINDOW)
    return at - issued_at <= window or (due is not None and at <= due + window // 2)
