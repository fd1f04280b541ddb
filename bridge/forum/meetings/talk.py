"""What a message means for the meeting that runs in its room, besides what it is anyway.

A message goes its usual way first. A sentence that leads the meeting counts only when the message does: decrypted
in an encrypted room, by somebody of the roster, and never as an edit.
"""

from __future__ import annotations

from msgspec.structs import replace

from bridge.forum import answering, messages
from bridge.forum.book import Book
from bridge.forum.directives import shorten
from bridge.forum.item import Taken
from bridge.forum.meetings import floor, leading
from bridge.forum.meetings.asked import person_named
from bridge.forum.meetings.heard import NOTHING, Heard, hear
from bridge.forum.saying import clean
from bridge.model import facts as f
from bridge.model.effects import React
from bridge.model.situation import AttendanceView, MeetingView, Needs, Outcome, Situation
from bridge.policy.roster import Standing

RANKS = {"excused": 1, "reacted": 2, "checked_in": 3, "spoke": 4}
"""What counts more takes the place of what counted less."""

PROPOSED = 90
"""Characters of a proposal that the minutes quote."""

WORK = (f.Directive, f.Report, f.Decision)


def needs(taken: Taken, book: Book) -> Needs:
    """What the message needs, the meeting in its room, and the levels there where the floor may be given."""
    wanted = answering.needs(taken, book)
    if taken.room not in book.all_rooms or taken.room in (book.rooms.get("control"), book.rooms.get("audit")):
        return wanted
    wanted = replace(wanted, in_meeting=True)
    heard = _led(taken, book)
    if heard.kind == "give":
        return replace(wanted, levels_of=(taken.room,))
    if heard.kind == "open" and book.policy.meetings.floor == "closed":
        return replace(wanted, members=True)
    return wanted


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Decide a message, and let follow what it means for a meeting."""
    outcome = answering.decide(taken, situation, book, now)
    standing = book.standing(taken.event.sender, taken.at)
    recorded = next((fact for fact in outcome.facts if isinstance(fact, f.Message)), None)
    refused = messages.refusal(taken.event, situation)
    if standing is None or recorded is None or refused or taken.spoken.edits:
        # A command is none of the talk, and does by itself what it does.
        return outcome
    meeting = situation.meeting
    if meeting is None:
        heard = _led(taken, book)
        if heard.kind != "open" or situation.room.kind not in ("forum", "group"):
            return outcome
        begun = leading.opened(
            standing, taken.room, heard.about, heard.agenda, taken, situation, book, now, via="message"
        )
        return outcome.merge(begun)
    if recorded.late:
        # What comes late is in the record; the meeting went on without it.
        return outcome.merge(linked(meeting, outcome, now))
    if not meeting.asked:
        outcome.timers.append(leading.quiet(meeting.number, book, now))
    outcome.merge(linked(meeting, outcome, now))
    outcome.merge(_questions(meeting, recorded, situation, now))
    return outcome.merge(_in_meeting(meeting, standing, taken, situation, book, now))


def _led(taken: Taken, book: Book) -> Heard:
    """What somebody who may lead meetings says; nothing for all others, which costs nothing."""
    spoken = taken.spoken
    if spoken.edits or not spoken.text or not leading.may_lead(book.standing(taken.event.sender, taken.at), book):
        return NOTHING
    return hear(spoken.text, book.meeting_words, mentions=bool(spoken.mentions))


def _in_meeting(
    meeting: MeetingView, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome:
    """Who is there, and what those say who lead: hands, the floor, the agenda, the end."""
    event, person = taken.event.event_id, standing.person
    heard = hear(taken.spoken.text, book.meeting_words, mentions=bool(taken.spoken.mentions))
    how = {"present": "checked_in", "excused": "excused"}.get(heard.kind, "spoke")
    stands_in = heard.about if heard.kind == "excused" else ""
    outcome = attended(meeting, standing, how, event, now, stands_in=stands_in)
    if heard.kind == "hand":
        raised = floor.raised(meeting, standing, event, book, now, attested=False)
        if raised.facts:
            # Whoever asked in words sees on them that they wait.
            ref = f"{meeting.number}.hand.{event}"
            raised.effects.append(React(room=taken.room, to=event, key=floor.HAND, ref=ref))
        return outcome.merge(raised)
    if not leading.may_lead(standing, book):
        return outcome
    said_by = {"by": person.id, "name": person.name, "cause": event}
    if heard.kind == "agenda":
        outcome.merge(leading.agenda_set(meeting, heard.agenda, now, **said_by))
    elif heard.kind == "onwards":
        outcome.merge(leading.gone_on(meeting, heard.item, now, **said_by) or Outcome())
    elif heard.kind == "give":
        outcome.merge(_given(meeting, heard.about, standing, taken, situation, book, now))
    elif heard.kind == "close":
        hand = leading.hand_of(standing, situation, book, now, event)
        outcome.merge(leading.closed(meeting, standing, hand, book, now, cause=event))
    return outcome


def attended(
    meeting: MeetingView,
    standing: Standing,
    how: str,
    event: str,
    now: int,
    *,
    stands_in: str = "",
    attested: bool = False,
) -> Outcome:
    """Somebody took part, where that counts more than what is known of them."""
    known: AttendanceView | None = meeting.of(standing.person.id)
    if known is not None and RANKS[how] <= RANKS.get(known.how, 0):
        return Outcome()
    fact = f.Attended(
        meeting=meeting.number,
        person=standing.person.id,
        name=standing.person.name,
        unit=standing.unit.id if standing.unit else None,
        role=standing.role,
        how=how,
        stands_in=clean(stands_in),
        event=event,
        attested=attested,
        at=now,
    )
    return Outcome(facts=[fact], effects=[floor.card(meeting)])


def _given(
    meeting: MeetingView,
    to: str,
    standing: Standing,
    taken: Taken,
    situation: Situation,
    book: Book,
    now: int,
) -> Outcome:
    """ "Silakan Pak Kadis PU": the floor goes to the one unit, or the one person, that is named."""
    whom = person_named(to, taken.spoken.mentions, meeting, book, now)
    if whom is None:
        return Outcome()
    event = taken.event.event_id
    hand = leading.hand_of(standing, situation, book, now, event)
    room = situation.levels.get(meeting.room)
    done = floor.given(meeting, whom, hand, room, book, now, by=standing.person.id, event=event)
    return done if isinstance(done, Outcome) else Outcome()


def linked(meeting: MeetingView, outcome: Outcome, now: int) -> Outcome:
    """What was ordered, reported and decided in a meeting belongs to its minutes."""
    minuted: list[f.AnyFact] = []
    for fact in outcome.facts:
        if not isinstance(fact, WORK) or fact.room != meeting.room:
            continue
        at = _said_at(fact)
        if at < meeting.opened_at:
            continue
        minuted.append(
            f.Minuted(
                meeting=meeting.number,
                what=str(fact.__struct_config__.tag),
                number=fact.number,
                event=fact.event,
                person=fact.person,
                name=fact.name,
                unit=fact.unit if isinstance(fact, f.Report) else None,
                text=_words(fact),
                at=at,
            )
        )
    return Outcome(facts=minuted)


def _words(fact: f.Directive | f.Report | f.Decision) -> str:
    """What the minutes say; of a consent what it is to, since "ACC" says nothing to whoever reads it later."""
    if isinstance(fact, f.Decision) and fact.proposal_text:
        return f"“{shorten(fact.proposal_text, PROPOSED)}” – {fact.text}"
    return fact.text


def _said_at(fact: f.Directive | f.Report | f.Decision) -> int:
    match fact:
        case f.Directive():
            return fact.issued_at
        case f.Report():
            return fact.reported_at
        case f.Decision():
            return fact.decided_at


def _questions(meeting: MeetingView, message: f.Message, situation: Situation, now: int) -> Outcome:
    """A question is open until somebody else answers it."""
    subject = situation.subject
    facts: list[f.AnyFact] = []
    if message.label == "question" and message.person is not None:
        facts.append(_question(meeting, "question", message.event, message, now))
    if subject is not None and subject.event in meeting.questions and subject.person != message.person:
        facts.append(_question(meeting, "answered", subject.event, message, now))
    return Outcome(facts=facts)


def _question(meeting: MeetingView, what: str, event: str, message: f.Message, now: int) -> f.Minuted:
    return f.Minuted(
        meeting=meeting.number,
        what=what,
        event=event,
        person=message.person or "",
        name=message.name,
        unit=message.unit,
        text=(message.text or "") if what == "question" else "",
        at=now,
    )
