"""Meetings by typed words: open, list, agenda, go on, close; give, close and open the floor; mend the minutes."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.forum import persons
from bridge.forum.answers import Handler
from bridge.forum.book import Book
from bridge.forum.command import Command, not_theirs, reply
from bridge.forum.directives import shorten
from bridge.forum.item import Taken
from bridge.forum.meetings import floor, leading, showing
from bridge.forum.meetings.heard import hear, items_of
from bridge.forum.meetings.talk import person_named
from bridge.forum.spoken import read
from bridge.forum.staging import Refusal
from bridge.model.effects import Line, Value
from bridge.model.situation import MeetingView, Outcome, Situation
from bridge.policy.roster import Standing

HALLS = ("forum", "group")
"""Kinds of rooms in which meetings are held."""


def running(taken: Taken, situation: Situation, book: Book) -> MeetingView | None:
    """The meeting that a command means: that in its room; elsewhere that of the forum's room, else the newest."""
    open_ones = [one for one in situation.meetings if one.running]
    if situation.room.kind in HALLS:
        return next((one for one in open_ones if one.room == taken.room), None)
    main = book.rooms.get("forum")
    return next((one for one in open_ones if one.room == main), open_ones[0] if open_ones else None)


def meeting(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Open a meeting about something; without a word about it, which meetings there are."""
    if not command.rest and command.number is None:
        return _listed(taken, situation, book)
    if command.number is not None and situation.meeting is not None:
        return showing.answer(situation.meeting, taken, book, now)
    if not leading.may_lead(standing, book):
        return not_theirs(command, standing, taken, book, now)
    room = taken.room if situation.room.kind in HALLS else book.rooms.get("forum", "")
    already = next((one for one in situation.meetings if one.running and one.room == room), None)
    if already is not None:
        return "meeting.runs", {"number": already.number}
    written = taken.spoken.text
    heard = hear(written, book.meeting_words)
    agenda = heard.agenda if heard.kind == "agenda" else ()
    topic = command.rest if not agenda else _before_agenda(command.rest, book)
    outcome = leading.opened(standing, room, topic[:200], agenda, taken, situation, book, now, via="command")
    if taken.room != room:
        number = leading.number_of(outcome)
        outcome.merge(reply(taken, "meeting.opened", {"number": number}))
    return outcome


def _before_agenda(rest: str, book: Book) -> str:
    """The topic, which stands before the word for the agenda."""
    folded = rest.casefold()
    places = [
        at
        for words in book.meeting_words
        for word in words.agenda
        if (at := folded.find(f"{word.casefold()}:")) >= 0
    ]
    return rest[: min(places)].strip(" ,.;") if places else rest


def _listed(taken: Taken, situation: Situation, book: Book) -> Outcome:
    lines = [_line(one, book) for one in situation.meetings]
    return reply(taken, "meeting.list" if lines else "meeting.none_yet", lines=lines)


def _line(one: MeetingView, book: Book) -> Line:
    values: dict[str, Value] = {
        "number": one.number,
        "topic": shorten(one.topic, 80) or "–",
        "since": book.iso(one.opened_at),
    }
    if one.closed_at is None:
        return Line("meeting.line_open", {**values})
    return Line("meeting.line_closed", {**values, "until": book.iso(one.closed_at)})


def end(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Close the meeting."""
    found = running(taken, situation, book)
    if found is None:
        return "meeting.none", {}
    if command.rest:
        # Perhaps the topic of another one, which only begins like that.
        return "meeting.end_how", {"word": f"!{command.word}", "number": found.number}
    event = taken.event.event_id
    hand = leading.hand_of(standing, situation, book, now, event)
    outcome = leading.closed(found, standing, hand, book, now, cause=event)
    return outcome.merge(reply(taken, "meeting.closed", {"number": found.number}))


def agenda(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Set the agenda: what follows, numbered or line by line."""
    found = running(taken, situation, book)
    if found is None:
        return "meeting.none", {}
    words = taken.spoken.text.lstrip(" !！")[len(command.word) :].lstrip(" :")
    items = items_of(words)
    if not items:
        return "meeting.agenda_how", {"word": f"!{command.word}"}
    person, event = standing.person, taken.event.event_id
    outcome = leading.agenda_set(found, items, now, by=person.id, name=person.name, cause=event)
    return outcome.merge(reply(taken, "meeting.agenda_set", {"number": found.number, "count": len(items)}))


def onwards(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Go on to an item of the agenda, or to the next."""
    found = running(taken, situation, book)
    if found is None:
        return "meeting.none", {}
    said = command.rest.strip(" .")
    item = int(said) if said.isdecimal() and len(said) <= 2 else 0
    person, event = standing.person, taken.event.event_id
    outcome = leading.gone_on(found, item, now, by=person.id, name=person.name, cause=event)
    if outcome is None or (said and not item):
        if not found.agenda:
            return "meeting.no_agenda", {"number": found.number}
        return "meeting.no_item", {"number": found.number, "count": len(found.agenda)}
    item = item or found.item + 1
    return outcome.merge(reply(taken, "meeting.item", {"item": item, "text": shorten(found.agenda[item - 1], 120)}))


def give(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Give the floor: to whom is named, or to the next in the queue."""
    found = running(taken, situation, book)
    if found is None:
        return "meeting.none", {}
    event, by = taken.event.event_id, standing.person.id
    hand = leading.hand_of(standing, situation, book, now, event)
    room = situation.levels.get(found.room)
    if not command.rest and not read(taken.event).mentions:
        if found.queue:
            return floor.given(found, found.queue[0], hand, room, book, now, by=by, event=event)
        if found.speaker is None:
            return "meeting.queue_empty", {"word": f"!{command.word}"}
        outcome = floor.returned(found, hand, book, now, by=by, event=event)
        return outcome.merge(reply(taken, "meeting.floor_back", {"name": found.speaker.name}))
    member, _ = persons.whom(command, taken, situation, book, now, found.room)
    named = book.standing(member.user, now) if member is not None else None
    whom = named or person_named(command.rest, read(taken.event).mentions, found, book, now)
    if whom is None:
        return "meeting.whom", {"word": f"!{command.word}"}
    return floor.given(found, whom, hand, room, book, now, by=by, event=event)


def close_floor(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Let only the chair, those who lead and whoever has the floor write."""
    found = running(taken, situation, book)
    if found is None:
        return "meeting.none", {}
    if situation.stage == "watch":
        return "command.only_watching", {}
    event = taken.event.event_id
    hand = leading.hand_of(standing, situation, book, now, event)
    room, members = situation.levels.get(found.room), situation.members.get(found.room, ())
    done = floor.closed(found, room, members, hand, book, now)
    if isinstance(done, Outcome) and taken.room != found.room:
        done.merge(reply(taken, "meeting.floor_done", {"number": found.number}))
    return done


def open_floor(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Everybody may write again, as before."""
    found = running(taken, situation, book)
    if found is None:
        return "meeting.none", {}
    if not found.acts:
        return "meeting.floor_is_open", {}
    event = taken.event.event_id
    hand = leading.hand_of(standing, situation, book, now, event)
    outcome = floor.opened(found, hand, ref=f"{found.number}.floor_open.{event}")
    outcome.effects.append(floor.card(found))
    if taken.room != found.room:
        outcome.merge(reply(taken, "meeting.floor_done", {"number": found.number}))
    return outcome


def correct(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Add a line to the minutes of a meeting; what stands there stays."""
    found = situation.meeting
    text = command.rest.lstrip(" :–-").strip()
    if found is None:
        return ("number.unknown", {"number": command.number}) if command.number else _how_to_correct(command, book)
    if not text:
        return _how_to_correct(command, book)
    event = taken.event.event_id
    outcome = leading.noted(found, text[:500], standing, book, now, cause=event)
    return outcome.merge(reply(taken, "meeting.noted", {"number": found.number}))


def _how_to_correct(command: Command, book: Book) -> Refusal:
    return "meeting.correct_how", {"word": f"!{command.word}", "number": book.number("meeting", 1)}


HANDLERS: Mapping[str, Handler] = {
    "meeting": meeting,
    "meeting_end": end,
    "agenda": agenda,
    "onwards": onwards,
    "give": give,
    "floor_close": close_floor,
    "floor_open": open_floor,
    "correct": correct,
}
