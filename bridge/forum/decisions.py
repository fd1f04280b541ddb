"""Decisions: what was settled on the spot, with the proposal that it answers; how they end, what is in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta

from msgspec.structs import replace

from bridge.forum import authority, directives
from bridge.forum.book import CHIPS, Book
from bridge.forum.command import Command, reply
from bridge.forum.decision_words import DecisionText, force, read
from bridge.forum.item import Taken
from bridge.forum.saying import Saying, clean
from bridge.forum.spoken import Spoken
from bridge.model import facts as f
from bridge.model.clock import milliseconds
from bridge.model.effects import AnyEffect, Judge, Line, React, Retract, Say, Value
from bridge.model.situation import DecisionView, Needs, Outcome, Situation, Subject
from bridge.policy.roster import Standing

Handler = Callable[[Command, Standing, Taken, Situation, Book, int], Outcome]

SHORT_LIST, LONG_LIST = 5, 15
"""How many decisions a list holds in the forum and elsewhere."""


def more_needs(wanted: Needs, spoken: Spoken, standing: Standing | None, book: Book, at: int) -> Needs:
    """What a message asks for besides, if its author may decide: decisions that it names, files of a proposal."""
    if standing is None or not book.policy.may("decide", standing.roles, standing.person.id):
        return wanted
    text = read(spoken.text, book)
    return replace(
        wanted,
        decisions=text.numbers,
        decided=_day(text.day, book, at) if text.day is not None else None,
        media_of_subject=bool(spoken.answers),
    )


def _day(ago: int, book: Book, at: int) -> tuple[int, int]:
    day = book.local(at).date() - timedelta(days=ago)
    begins = datetime.combine(day, time(0), tzinfo=book.policy.forum.zone)
    return milliseconds(begins), milliseconds(begins + timedelta(days=1))


def ends_by_number(saying: Saying, book: Book) -> bool:
    """Whether a message of somebody who may decide says that a decision ends, and names it."""
    return bool(read(saying.text, book).ended) and book.policy.may("decide", saying.roles, saying.person)


def decided(saying: Saying, situation: Situation, book: Book, now: int) -> tuple[str | None, str, Outcome]:
    """(number, label, outcome) of a message that decides; what is not theirs to end stays as it is."""
    text = read(saying.text, book)
    ended = _ended(text, saying, situation)
    for one in ended:
        if not _may_end(saying, one, book):
            return None, "unsure", _not_theirs(saying, one)
    if text.newer is not None:
        # Both were made before: nothing new is decided but which of them counts.
        outcome = Outcome()
        if any(one.fact.number == text.newer and one.state == "in_force" for one in situation.decisions):
            _end(outcome, ended, text.newer, "superseded", saying, now)
        return None, "decision", outcome
    numbers = tuple(one.fact.number for one in ended)
    number, outcome = open_decision(saying, situation, book, now, supersedes=numbers)
    _end(outcome, ended, number, "superseded" if text.replaces else "revoked", saying, now)
    return number, "decision", outcome


def _ended(text: DecisionText, saying: Saying, situation: Situation) -> tuple[DecisionView, ...]:
    """The decisions that end by a message: those it names, the only one of the day it names, or what it answers."""
    if text.ended:
        named = (one for one in situation.decisions if one.fact.number in text.ended)
        return tuple(one for one in named if one.state == "in_force")
    if text.day is not None:
        return situation.decisions if len(situation.decisions) == 1 else ()
    answered = situation.decision
    if text.revokes and answered is not None and answered.state == "in_force" and saying.reply_to is not None:
        return (answered,)
    return ()


def _may_end(saying: Saying, one: DecisionView, book: Book) -> bool:
    """Whoever made it, or does not stand below whoever did."""
    made = one.fact
    return saying.person == made.person or not authority.stands_below(saying.role, made.role)


def _not_theirs(saying: Saying, one: DecisionView) -> Outcome:
    values: dict[str, Value] = {"number": one.fact.number, "name": one.fact.name or "–"}
    return Outcome(effects=[Say(person=saying.person, key="decision.not_yours", values=values)])


def _end(outcome: Outcome, ended: tuple[DecisionView, ...], by: str, state: str, saying: Saying, now: int) -> None:
    for one in ended:
        old = one.fact
        outcome.facts.append(
            f.DecisionChanged(
                number=old.number, state=state, ended_by=by, by=saying.person, at=now, cause=saying.cause
            )
        )
        outcome.effects.append(
            React(room=old.room, to=old.event, key=f"{old.number} → {by}", ref=f"{old.number}.ended")
        )


def open_decision(
    saying: Saying,
    situation: Situation,
    book: Book,
    now: int,
    *,
    supersedes: tuple[str, ...] = (),
    linked: str = "reply",
) -> tuple[str, Outcome]:
    """Record a decision. "ACC" means nothing without what it answers, so the proposal is recorded with it.

    ``linked`` says how the proposal is known: by a reply, as it stands right above, or because experts were asked.
    """
    number = book.number("decision", situation.numbers.get(book.policy.letters.decision, 1))
    proposal = _proposal(saying, situation)
    begins = force(saying.text, saying.at, book)
    effects: list[AnyEffect] = [
        React(room=saying.room, to=saying.event, key=f"{CHIPS['decision']} {number}", ref=f"{number}.chip")
    ]
    return number, Outcome(
        facts=[
            f.Decision(
                number=number,
                event=saying.event,
                room=saying.room,
                person=saying.person,
                name=saying.name,
                role=saying.role,
                acting=saying.acting,
                text=clean(saying.text),
                decided_at=saying.at,
                proposal_event=proposal.event if proposal else None,
                proposal_by=proposal.person if proposal else None,
                proposal_text=clean(proposal.text) if proposal else None,
                proposal_media=_media(proposal, situation) if proposal else (),
                in_force_from=begins.at if begins else None,
                in_force_phrase=clean(begins.phrase) if begins else "",
                supersedes=supersedes,
                linked=linked if proposal or linked == "asked" else "",
                policy_version=book.policy.version,
            )
        ],
        effects=effects,
        judges=_unfetched(proposal, situation) if proposal else [],
    )


def _proposal(saying: Saying, situation: Situation) -> Subject | None:
    """What is answered: a message; of our own card or chip, the report that it stands for."""
    subject = situation.subject
    if subject is None or subject.event == saying.event:
        return None
    if not subject.ref:
        return subject
    report = situation.report
    if report is None:
        return None
    return Subject(event=report.event, room=report.room, person=report.person, text=report.text)


def _media(proposal: Subject, situation: Situation) -> tuple[f.ProposalMedia, ...]:
    """Photos and documents of a proposal, with the hash of each that was judged already."""
    known = {item.index: item.sha256 for item in situation.media if item.event == proposal.event}
    return tuple(
        f.ProposalMedia(
            event=proposal.event, index=place, kind=part.kind, name=clean(part.name), sha256=known.get(place, "")
        )
        for place, part in enumerate(proposal.media)
    )


def _unfetched(proposal: Subject, situation: Situation) -> list[Judge]:
    """What belongs to a proposal is kept whatever counts as evidence, so that its hash is in the record, too."""
    known = {item.index for item in situation.media if item.event == proposal.event and item.sha256}
    return [
        Judge(
            event=proposal.event,
            index=place,
            mxc=part.mxc,
            file=situation.file_of_subject,
            kind=part.kind,
            claimed=part.mimetype,
            room=proposal.room,
            person=proposal.person,
        )
        for place, part in enumerate(proposal.media)
        if part.mxc and place not in known
    ]


def withdrawn(one: DecisionView | None, why: str, book: Book, now: int, *, by: str, cause: str) -> Outcome:
    """The message of a decision was deleted or edited by its author: kept as it was, it is in force no more.

    What it had ended is in force again. The experts hear it once, since nobody may notice it in the room.
    """
    if one is None or one.state != "in_force":
        return Outcome()
    made = one.fact
    outcome = taken_back(one, book, now, by=by, cause=cause)
    outcome.facts.append(
        f.DecisionChanged(number=made.number, state="withdrawn", why=why, by=by, at=now, cause=cause)
    )
    outcome.effects.append(Retract(room=made.room, ref=f"{made.number}.chip"))
    if (control := book.rooms.get("control")) is not None:
        values: dict[str, Value] = {
            "number": made.number,
            "name": made.name or "–",
            "text": directives.shorten(made.text),
        }
        outcome.effects.append(
            Say(room=control, key=f"decision.{why}", values=values, ref=f"{made.number}.withdrawn")
        )
    return outcome


def taken_back(one: DecisionView | None, book: Book, now: int, *, by: str, cause: str) -> Outcome:
    """A message is no decision after all: what it had ended is in force again."""
    outcome = Outcome()
    if one is None:
        return outcome
    for old in one.fact.supersedes:
        outcome.facts.append(f.DecisionChanged(number=old, state="in_force", by=by, at=now, cause=cause))
        outcome.effects.append(Retract(room=one.fact.room, ref=f"{old}.ended"))
    return outcome


# How they stand


def shown(one: DecisionView, taken: Taken, book: Book, now: int) -> Outcome:
    """`K-3`: its words, the proposal, by whom, from when it counts, and what ended it."""
    made = one.fact
    lines = [Line("decision.by", {"name": made.name or "–", "at": book.iso(made.decided_at)})]
    if made.proposal_text:
        person = book.roster.person(made.proposal_by or "")
        by = person.name if person else "–"
        lines.append(Line("decision.proposal", {"name": by, "text": directives.shorten(made.proposal_text)}))
    if made.proposal_media:
        lines.append(Line("decision.files", {"count": len(made.proposal_media)}))
    if one.state == "withdrawn":
        lines.append(_withdrawn_line(one, book))
    elif one.state != "in_force":
        lines.append(Line(f"decision.is_{one.state}", {"by": one.ended_by or "–"}))
    elif made.in_force_from is not None:
        key = "decision.begins" if made.in_force_from > now else "decision.began"
        lines.append(Line(key, {"at": book.iso(made.in_force_from)}))
    elif made.in_force_phrase:
        lines.append(Line("decision.begins_as_said", {"phrase": made.in_force_phrase}))
    else:
        lines.append(Line("decision.began", {"at": book.iso(made.decided_at)}))
    if made.supersedes and one.state != "withdrawn":
        lines.append(Line("decision.ends", {"numbers": [*made.supersedes]}))
    return reply(taken, "number.decision", {"number": made.number, "text": directives.shorten(made.text)}, lines)


def _withdrawn_line(one: DecisionView, book: Book) -> Line:
    """That it is none any more: by whom and when, and whether the message was deleted or edited."""
    person = book.roster.person(one.by)
    values: dict[str, Value] = {"name": person.name if person else "–", "at": book.iso(one.changed_at)}
    return Line(f"decision.is_{one.why}", values) if one.why else Line("decision.is_withdrawn")


def listing(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome:
    """The newest decisions, newest first, each with whether it is in force."""
    if not situation.decisions:
        return reply(taken, "decision.none")
    most = SHORT_LIST if situation.room.kind in ("forum", "group") else LONG_LIST
    lines = []
    for one in situation.decisions[:most]:
        text = directives.shorten(one.fact.text, 60) or "–"
        number = one.fact.number
        if one.state == "in_force":
            lines.append(Line("decision.line_in_force", {"number": number, "text": text}))
        elif one.state == "withdrawn":
            lines.append(Line("decision.line_withdrawn", {"number": number}))
        else:
            ended: dict[str, Value] = {"number": number, "text": text, "by": one.ended_by or "–"}
            lines.append(Line(f"decision.line_{one.state}", ended))
    count = sum(one.state == "in_force" for one in situation.decisions)
    return reply(taken, "decision.title", {"count": count}, lines)


HANDLERS: Mapping[str, Handler] = {"decisions": listing}
