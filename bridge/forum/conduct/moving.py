"""Talk that belongs elsewhere: the bot answers with the way there, and nothing is taken out.

An expert says so with ↪ on the message, or with a command in reply to it; the policy may name words that do. Whose
messages are moved again and again meets a rule like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from msgspec.structs import replace

from bridge.forum import arguments as a
from bridge.forum.acts import Hand, Series, reason
from bridge.forum.book import Book
from bridge.forum.command import Command
from bridge.forum.conduct import ladder
from bridge.forum.conduct.case import Case, permalink, sent
from bridge.forum.conduct.ladder import Met
from bridge.forum.item import Taken
from bridge.forum.staging import Refusal
from bridge.model import facts as f
from bridge.model.clock import ms
from bridge.model.effects import Say
from bridge.model.situation import ConductLook, ConductView, Needs, Outcome, Situation, Subject
from bridge.policy.roster import Standing

MOVING = "↪"
"""The reaction, without its variation selector."""

OFF_TOPIC = "off_topic"


@dataclass(frozen=True, slots=True)
class Way:
    """Where a talk is to go on; a thread of its own when nothing is said."""

    name: str = ""
    link: str = ""
    number: str = ""
    """Of the order under which it belongs."""


def look(target: str, at: int, book: Book) -> ConductLook:
    """What is asked before a message is moved."""
    remembered = at - ms(book.policy.conduct.memory)
    return ConductLook(rules=(OFF_TOPIC,), remembered=remembered, moved=target)


def reaction_needs(target: str, taken: Taken, book: Book) -> Needs:
    """What the rule wants to know of a ↪."""
    return Needs(answers=(target,), conduct=look(target, taken.at, book))


def by_reaction(taken: Taken, standing: Standing, situation: Situation, book: Book, now: int) -> Outcome:
    """An expert put ↪ on a message. Anybody else's is only noted, and a second one changes nothing."""
    subject, event, person = situation.subject, taken.event, standing.person.id
    if subject is None or subject.ref or subject.person == person or situation.stage == "watch":
        return Outcome()
    if not book.policy.may("move", standing.roles, person):
        return Outcome(facts=[f.Refused(event=event.event_id, sender=event.sender, why="no_authority", at=now)])
    if situation.conduct is None or situation.conduct.moved:
        return Outcome()
    way = _first(book)
    return _move(_case(subject, taken, situation, book, now), subject.thread, way, by=person, taken=taken)


def command_needs(wanted: Needs, taken: Taken, book: Book) -> Needs:
    """What the command wants to know: the message that it answers, and whether that was moved already."""
    answers = taken.spoken.answers
    return replace(wanted, answers=answers, conduct=look(answers[0] if answers else "", taken.at, book))


def by_command(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """`!move`, `!move lounge` or `!move P-12`, in reply to the message that belongs elsewhere."""
    subject = command[a.ANSWERED]
    if situation.conduct is not None and situation.conduct.moved:
        return "move.already", {}
    way = _way(command, situation, book)
    case = _case(subject, taken, situation, book, now)
    return _move(case, subject.thread, way, by=standing.person.id, taken=taken)


HANDLERS = {"move": by_command}


def by_words(taken: Taken, case: Case) -> Outcome:
    """The policy's words moved it. What is too old to be moved is listed."""
    if case.late:
        return case.noted(OFF_TOPIC, OFF_TOPIC, "late")
    way = _first(case.book)
    return _move(case, taken.spoken.thread, way, by=f"rule:conduct.{OFF_TOPIC}", taken=taken)


def _case(subject: Subject, taken: Taken, situation: Situation, book: Book, now: int) -> Case:
    """The message that is moved; what counts is when it was."""
    return Case(
        event=subject.event,
        room=subject.room,
        user=subject.sender,
        standing=book.standing(subject.sender, taken.at),
        person=subject.person or subject.sender,
        sent_at=sent(taken, book),
        view=situation.conduct or ConductView(),
        book=book,
        series=Series(situation, book),
        now=now,
        acts=situation.stage == "enforce",
    )


def _move(case: Case, thread: str | None, way: Way, *, by: str, taken: Taken) -> Outcome:
    """Show the way, record it, and take the step that is due from the second time on."""
    book = case.book
    hand = Hand(
        by=by,
        rule=f"conduct.{OFF_TOPIC}",
        series=case.series,
        book=book,
        now=case.now,
        cause=taken.event.event_id,
    )
    outcome = hand.move(case.room, case.event, case.user, why=reason("conduct", book, way.name or way.number))
    outcome.effects.append(_shown(case, thread, way))
    if case.view.steps.get(OFF_TOPIC) and case.acts and not case.spared:
        again = Met(OFF_TOPIC, OFF_TOPIC, book.policy.conduct.off_topic.steps)
        followed = ladder.climb(again, case)
        if any(isinstance(fact, f.Conduct) for fact in followed.facts):
            return outcome.merge(followed)
    attested = taken.event.type == "m.reaction"
    return outcome.merge(case.noted(OFF_TOPIC, OFF_TOPIC, "moved", by=by, attested=attested))


def _shown(case: Case, thread: str | None, way: Way) -> Say:
    """Where it goes on, as an answer to the message, without a sound."""
    ref = f"move:{case.event}"
    if way.number:
        values = {"number": way.number, "link": way.link}
        return Say(
            room=case.room, key="move.number", values={**values}, reply_to=case.event, thread=thread, ref=ref
        )
    if way.link:
        values = {"place": way.name, "link": way.link}
        return Say(room=case.room, key="move.room", values={**values}, reply_to=case.event, thread=thread, ref=ref)
    link = permalink(case.room, thread or case.event, case.book)
    return Say(
        room=case.room,
        key="move.thread",
        values={"link": link},
        reply_to=case.event,
        thread=thread or case.event,
        ref=ref,
    )


def _way(command: Command, situation: Situation, book: Book) -> Way:
    """Where a command says it goes."""
    name, directive = command[a.PLACE], situation.directive
    if name:
        return _to(name, book.policy.conduct.off_topic.rooms)
    if command.number is not None and directive is not None:
        return Way(link=permalink(directive.room, directive.event, book), number=directive.number)
    return _first(book)


def _first(book: Book) -> Way:
    rooms = book.policy.conduct.off_topic.rooms
    return next((_to(name, rooms) for name in rooms), Way())


def _to(name: str, rooms: Mapping[str, str]) -> Way:
    return Way(name=name, link=f"https://matrix.to/#/{quote(rooms[name], safe='!#:')}")
