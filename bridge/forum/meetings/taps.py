"""Reactions while a meeting runs: a hand, a check-in, the next in the queue, or just a sign that somebody follows.

Reactions are clear text even in encrypted rooms, so what rests on one is recorded as attested by the homeserver.
"""

from __future__ import annotations

from msgspec.structs import replace

from bridge.forum import reactions, taps
from bridge.forum.book import ACKNOWLEDGING, Book
from bridge.forum.item import Taken
from bridge.forum.meetings import floor, leading
from bridge.forum.meetings.talk import attended, linked
from bridge.forum.spoken import bare_emoji, reaction_key
from bridge.model import facts as f
from bridge.model.effects import Say
from bridge.model.situation import MeetingView, Needs, Outcome, Situation
from bridge.policy.roster import Standing


def needs(taken: Taken, book: Book) -> Needs:
    """What the reaction needs anyway, and the meeting in its room."""
    wanted = taps.needs(taken, book)
    return replace(wanted, in_meeting=True) if _listens(taken, book) else wanted


def _listens(taken: Taken, book: Book) -> bool:
    outside = (book.rooms.get("control"), book.rooms.get("audit"))
    listed = book.standing(taken.event.sender, taken.at) is not None
    return listed and taken.room in book.all_rooms and taken.room not in outside


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Do what a reaction means anyway, and what it means for a meeting."""
    meeting, standing = situation.meeting, book.standing(taken.event.sender, taken.at)
    subject, event = situation.subject, taken.event.event_id
    if meeting is None or not meeting.running or standing is None:
        return taps.decide(taken, situation, book, now)
    if subject is not None and ".queue-" in subject.ref:
        return _next(meeting, standing, taken, situation, book, now)
    outcome = taps.decide(taken, situation, book, now)
    if meeting.room != taken.room:
        return outcome
    outcome.merge(linked(meeting, outcome, now))
    _, key = reaction_key(taken.event)
    bare = bare_emoji(key)
    on_card = subject is not None and subject.ref == f"{meeting.number}.meeting"
    here = on_card and bare in ACKNOWLEDGING
    outcome.merge(attended(meeting, standing, "checked_in" if here else "reacted", event, now, attested=True))
    if on_card and bare == floor.HAND:
        outcome.merge(floor.raised(meeting, standing, event, book, now, attested=True))
    return outcome


def _next(
    meeting: MeetingView, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome:
    """The floor goes to the next in the queue; a card whose turn is over gives it to nobody again."""
    _, key = reaction_key(taken.event)
    subject, event = situation.subject, taken.event.event_id
    if subject is None or bare_emoji(key) != floor.NEXT or subject.room != taken.room:
        return Outcome()
    if not leading.may_lead(standing, book):
        tried = f.Refused(event=event, sender=taken.event.sender, why="no_authority", detail="floor", at=now)
        return Outcome(facts=[tried])
    if subject.ref != floor.queue_ref(meeting.number, meeting.turn) or not meeting.queue:
        return Outcome()
    hand = leading.hand_of(standing, situation, book, now, event)
    room = situation.levels.get(meeting.room)
    by = standing.person.id
    done = floor.given(meeting, meeting.queue[0], hand, room, book, now, by=by, event=event, attested=True)
    if isinstance(done, Outcome):
        return done
    text, values = done
    under = Say(
        room=taken.room,
        key=text,
        values=values,
        reply_to=subject.event,
        mentions=(taken.event.sender,),
        ref=f"answer:{event}",
    )
    return Outcome(effects=[under])


def redaction_needs(taken: Taken, book: Book) -> Needs:
    """What the redaction needs anyway, and the meeting in its room."""
    wanted = reactions.redaction_needs(taken, book)
    return replace(wanted, in_meeting=True) if _listens(taken, book) else wanted


def redacted(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """What rested on a reaction or a message of a person's own counts no longer once they take it back."""
    outcome = reactions.decide_redaction(taken, situation, book, now)
    meeting, standing = situation.meeting, book.standing(taken.event.sender, taken.at)
    target = reactions.redaction_target(taken.event.content, taken.event.redacts)
    if meeting is None or standing is None or not target or situation.author != taken.event.sender:
        return outcome
    person, event = standing.person.id, taken.event.event_id
    hand = meeting.hand_of(person)
    if hand is not None and hand.state == "asked" and hand.event == target:
        outcome.merge(floor.lowered(meeting, hand, book, now, by=person, cause=event))
    known = meeting.of(person)
    if known is not None and known.event == target:
        outcome.facts.append(
            f.Attended(
                meeting=meeting.number,
                person=person,
                name=known.name,
                unit=known.unit,
                role=known.role,
                how="withdrawn",
                event=event,
                at=now,
            )
        )
        outcome.effects.append(floor.card(meeting))
    return outcome
