"""`why A-17` and `history @who`: what was done to people and rooms, by whom, by what right, and what came of it.

Whoever runs the forum may ask about everybody, anybody about what was done to themselves. Answers are given in the
control and audit rooms and in direct chats; what is asked in the forum is answered privately.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.forum import arguments as a
from bridge.forum import telling
from bridge.forum.answers import Handler
from bridge.forum.book import Book
from bridge.forum.command import Command, not_theirs, reply
from bridge.forum.conduct.case import permalink
from bridge.forum.directives import shorten
from bridge.forum.item import Taken
from bridge.forum.persons import asked_about
from bridge.forum.staging import Refusal
from bridge.model import facts as f
from bridge.model.effects import Line, Say, Value
from bridge.model.situation import ActView, Needs, Outcome, Situation
from bridge.policy.roster import Standing

SHOWN = 15
"""How many acts a history shows, the newest first."""

QUOTED = 120
"""Characters of the message in question."""


def why_needs(command: Command, taken: Taken) -> Needs:
    """The act, what was done with it, and the message that it was about."""
    answers = taken.spoken.answers if command.number is None else ()
    return Needs(answers=answers, number=command.number, done_together=True)


def history_needs(command: Command, standing: Standing, taken: Taken, book: Book, now: int) -> Needs:
    """What was done to a person under all accounts, or to an account of nobody."""
    user, person = asked_about(command, taken, book, now)
    if person:
        return Needs(acts_of=person)
    return Needs(acts_of_account=user) if user else Needs(acts_of=standing.person.id)


def may_look(standing: Standing, book: Book) -> bool:
    """Whether a person may read what was done to others."""
    may, person = book.policy.may, standing.person.id
    runs = may("moderate", standing.roles, person) or may("undo", standing.roles, person)
    return runs or may("order", standing.roles, person) or "auditor" in standing.roles


def why(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Everything that is known of an act."""
    act = command[a.ACT]
    one = act.fact
    if not (may_look(standing, book) or one.person == standing.person.id):
        return not_theirs(command, standing, taken, book, now)
    lines = [Line("why.when", {"at": book.iso(one.at)}), _by(act, book)]
    if one.second:
        lines.append(Line("why.second", {"name": telling.person_named(one.second, book)}))
    lines.append(Line("why.rule", {"rule": _rule(one.rule, book), "version": one.policy_version}))
    if one.reason:
        lines.append(Line("why.reason", {"why": shorten(one.reason, 200)}))
    lines += _cause(act, situation, book)
    if one.until is not None:
        lines.append(Line("why.until", {"until": book.iso(one.until)}))
    lines.append(Line(f"why.result_{act.result or 'waiting'}"))
    if act.before:
        lines.append(Line("why.before", {"levels": _levels(act.before)}))
    if act.undone:
        lines.append(Line("why.undone", {"number": act.undone}))
    others = [other.fact.number for other in situation.acts if other.fact.number != one.number]
    if others:
        lines.append(Line("why.together", {"numbers": [*others[:SHOWN]]}))
    told = reply(taken, "why.act", {"number": one.number, "what": telling.act_told(one, book, one.at)}, lines)
    return told.merge(_seen(act, standing, taken, situation, book, now))


def _seen(act: ActView, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Whoever looks at what was taken back out of a room is in the record, and the auditors hear of it."""
    one, subject = act.fact, situation.subject
    if one.verb != "redact" or subject is None or subject.event != one.target or not subject.text:
        return Outcome()
    cause, person = taken.event.event_id, standing.person
    seen = f.Viewed(number=one.number, event=one.target, person=person.id, room=taken.room, at=now, cause=cause)
    outcome = Outcome(facts=[seen])
    audit = book.rooms.get("audit")
    if audit is not None and audit != taken.room:
        values: dict[str, Value] = {"name": person.name, "number": one.number}
        outcome.effects.append(Say(room=audit, key="audit.viewed", values=values, ref=f"viewed:{cause}"))
    return outcome


def _by(act: ActView, book: Book) -> Line:
    one = act.fact
    if one.by.startswith("rule:"):
        return Line("why.by_rule")
    office = book.role_shown(one.office, one.acting) or "–"
    return Line("why.by", {"name": telling.person_named(one.by, book), "office": office})


def _rule(rule: str, book: Book) -> str:
    return book.written(f"rule.{rule}", {}) or rule


def _cause(act: ActView, situation: Situation, book: Book) -> list[Line]:
    """A link to the message, and its words where the record still has them."""
    event = act.fact.target or act.fact.cause
    subject = situation.subject
    if subject is not None and subject.event == event:
        lines = [Line("why.cause", {"link": permalink(subject.room, event, book)})]
        return [*lines, Line("why.quote", {"text": shorten(subject.text, QUOTED)})] if subject.text else lines
    return [Line("why.cause", {"link": permalink(act.fact.room, event, book)})] if act.fact.target else []


def _levels(before: Mapping[str, int | None]) -> list[str]:
    return [f"{path}: {'–' if level is None else level}" for path, level in list(before.items())[:SHOWN]]


def history(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """What was done to a person, the newest first; an own history without a name."""
    user, person = command[a.ABOUT]
    if person != standing.person.id and not may_look(standing, book):
        return not_theirs(command, standing, taken, book, now)
    name = telling.person_named(person, book) if person else user
    if not situation.acts:
        return "history.none", {"name": name}
    lines = []
    for act in situation.acts[:SHOWN]:
        one = act.fact
        values = {"number": one.number, "at": book.iso(one.at), "what": telling.act_told(one, book, one.at)}
        if act.undone:
            lines.append(Line("history.undone", {**values, "by": act.undone}))
        else:
            lines.append(Line("history.line", {**values, "why": shorten(one.reason, 80) or "–"}))
    return reply(taken, "history.title", {"name": name, "count": len(situation.acts)}, lines)


HANDLERS: Mapping[str, Handler] = {"why": why, "history": history}
