"""BANDING: a sender asks that a photo which was not counted is looked at by people, once for each photo."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.forum import arguments as a
from bridge.forum import held
from bridge.forum.answers import Handler
from bridge.forum.book import Book
from bridge.forum.command import Command, reply
from bridge.forum.item import Taken
from bridge.forum.staging import Refusal
from bridge.model.effects import Say
from bridge.model.situation import Checked, Needs, Outcome, Situation
from bridge.policy.roster import Standing

DAY_MS = 24 * 3600 * 1000
"""How far back a photo is looked for that is not named."""

AS_IT_IS = frozenset({"ok", "unchecked", "repeated", "pending", "withdrawn", "held"})
"""Verdicts that nobody needs to ask about."""


def needs(command: Command, standing: Standing, taken: Taken) -> Needs:
    """What the person sent: of the message answered, of the report named, else within a day."""
    return Needs(
        answers=taken.spoken.answers, number=command.number, sent_by=(standing.person.id, taken.at - DAY_MS)
    )


def appeal(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Put a photo before the control room, or say why that is not needed."""
    own = [one for one in situation.sent if one.person == standing.person.id and one.report is not None]
    refused = [one for one in own if one.verdict not in AS_IT_IS]
    fresh = next((one for one in refused if not one.appealed and not one.waits), None)
    words = command[a.TEXT]
    if fresh is not None:
        return _opened(fresh, words, standing, taken, situation, book, now)
    waiting = next((one for one in own if one.waits), None)
    if waiting is not None:
        outcome = reply(taken, "appeal.waits", {"number": waiting.report})
        control = book.rooms.get("control")
        if words and control is not None:
            outcome.effects.append(
                Say(
                    room=control,
                    key="check.said",
                    values={"number": waiting.waits, "name": standing.person.name, "text": words},
                    reply_to=f"{waiting.waits}.check",
                    ref=f"check.said:{taken.event.event_id}",
                )
            )
        return outcome
    if refused:
        return "appeal.once", {}
    return "appeal.nothing", {}


def _opened(
    one: Checked, words: str, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome:
    event, report = taken.event.event_id, one.report or ""
    earlier = (one.earlier_event, one.earlier_index, one.earlier_report) if one.earlier_event else None
    outcome = held.wait(
        number=book.number("action", situation.numbers.get(book.policy.letters.action, 1)),
        event=one.event,
        index=one.index,
        report=report,
        person=standing.person.id,
        unit=one.unit,
        why=(one.verdict,),
        earlier=earlier,
        book=book,
        now=now,
        cause=event,
        appeal=event,
        words=words,
        private=situation.room.kind == "direct",
    )
    return outcome.merge(reply(taken, "appeal.opened", {"number": report}))


HANDLERS: Mapping[str, Handler] = {"appeal": appeal}
