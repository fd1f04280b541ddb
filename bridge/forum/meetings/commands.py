"""Meetings by typed words: open, list, agenda, go on, close; give, close and open the floor; mend the minutes."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.forum.answers import Handler
from bridge.forum.book import Book
from bridge.forum.command import Command, not_theirs, reply
from bridge.forum.directives import shorten
from bridge.forum.item import Taken
from bridge.forum.meetings import asked, floor, leading, showing
from bridge.forum.staging import Refusal
from bridge.model.effects import Line, Value
from bridge.model.situation import MeetingView, Outcome, Situation
from bridge.policy.roster import Standing


def meeting(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Open a meeting about something; without a word about it, which meetings there are."""
    shown, (topic, agenda) = command[asked.MEETING_NUMBER], command[asked.TOPIC]
    if not topic and not agenda and command.number is None:
        return _listed(taken, situation, book)
    if shown is not None:
        return showing.answer(shown, taken, book, now)
    if not leading.may_lead(standing, book):
        return not_theirs(command, standing, taken, book, now)
    room = taken.room if situation.room.kind in asked.HALLS else book.rooms.get("forum", "")
    already = next((one for one in situation.meetings if one.running and one.room == room), None)
    if already is not None:
        return "meeting.runs", {"number": already.number}
    outcome = leading.opened(standing, room, topic, agenda, taken, situation, book, now, via="command")
    if taken.room != room:
        number = leading.number_of(outcome)
        outcome.merge(reply(taken, "meeting.opened", {"number": number}))
    return outcome


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
    found = command[asked.RUNNING]
    event = taken.event.event_id
    hand = leading.hand_of(standing, situation, book, now, event)
    outcome = leading.closed(found, standing, hand, book, now, cause=event)
    return outcome.merge(reply(taken, "meeting.closed", {"number": found.number}))


def agenda(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Set the agenda: what follows, numbered or line by line."""
    found, items = command[asked.RUNNING], command[asked.ITEMS]
    person, event = standing.person, taken.event.event_id
    outcome = leading.agenda_set(found, items, now, by=person.id, name=person.name, cause=event)
    return outcome.merge(reply(taken, "meeting.agenda_set", {"number": found.number, "count": len(items)}))


def onwards(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Go on to an item of the agenda, or to the next."""
    found, item = command[asked.RUNNING], command[asked.ITEM] or 0
    person, event = standing.person, taken.event.event_id
    outcome = leading.gone_on(found, item, now, by=person.id, name=person.name, cause=event)
    if outcome is None:
        if not found.agenda:
            return "meeting.no_agenda", {"number": found.number}
        return "meeting.no_item", {"number": found.number, "count": len(found.agenda)}
    item = item or found.item + 1
    return outcome.merge(reply(taken, "meeting.item", {"item": item, "text": shorten(found.agenda[item - 1], 120)}))


def give(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Give the floor: to whom is named, or to the next in the queue."""
    found = command[asked.RUNNING]
    event, by = taken.event.event_id, standing.person.id
    hand = leading.hand_of(standing, situation, book, now, event)
    room = situation.levels.get(found.room)
    whom = command[asked.SPEAKER]
    if whom is None:
        if found.queue:
            return floor.given(found, found.queue[0], hand, room, book, now, by=by, event=event)
        if found.speaker is None:
            return "meeting.queue_empty", {"word": f"!{command.word}"}
        outcome = floor.returned(found, hand, book, now, by=by, event=event)
        return outcome.merge(reply(taken, "meeting.floor_back", {"name": found.speaker.name}))
    return floor.given(found, whom, hand, room, book, now, by=by, event=event)


def close_floor(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Let only the chair, those who lead and whoever has the floor write."""
    found = command[asked.RUNNING]
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
    found = command[asked.RUNNING]
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
    found = command[asked.MINUTES]
    event = taken.event.event_id
    outcome = leading.noted(found, command[asked.LINE], standing, book, now, cause=event)
    return outcome.merge(reply(taken, "meeting.noted", {"number": found.number}))


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
