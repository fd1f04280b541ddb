"""What the commands of meetings take: the meeting that runs, the items of an agenda, who is to speak."""

from __future__ import annotations

from typing import NoReturn

from bridge.forum import persons
from bridge.forum.book import Book
from bridge.forum.command import Argument, Missing, Reading, Wrong
from bridge.forum.item import Taken
from bridge.forum.meetings.heard import hear, items_of
from bridge.model.situation import HandView, MeetingView, Situation
from bridge.policy.roster import Standing

HALLS = ("forum", "group")
"""Kinds of rooms in which meetings are held."""

LONGEST_TOPIC, LONGEST_LINE = 200, 500


def running(taken: Taken, situation: Situation, book: Book) -> MeetingView | None:
    """The meeting that a command means: that in its room; elsewhere that of the forum's room, else the newest."""
    open_ones = [one for one in situation.meetings if one.running]
    if situation.room.kind in HALLS:
        return next((one for one in open_ones if one.room == taken.room), None)
    main = book.rooms.get("forum")
    return next((one for one in open_ones if one.room == main), open_ones[0] if open_ones else None)


def _running(reading: Reading) -> MeetingView:
    found = running(reading.taken, reading.situation, reading.book)
    if found is None:
        raise Wrong("meeting.none", {})
    return found


def _nothing(reading: Reading) -> None:
    """What follows is perhaps the topic of another one, which only begins like that."""
    if reading.rest:
        number = _running(reading).number
        raise Wrong("meeting.end_how", {"word": reading.word, "number": number})


def _topic(reading: Reading) -> tuple[str, tuple[str, ...]]:
    heard = hear(reading.taken.spoken.text, reading.book.meeting_words)
    if heard.kind != "agenda":
        return reading.rest[:LONGEST_TOPIC], ()
    return _before_agenda(reading.rest, reading.book)[:LONGEST_TOPIC], heard.agenda


def _before_agenda(rest: str, book: Book) -> str:
    folded = rest.casefold()
    places = [
        at
        for words in book.meeting_words
        for word in words.agenda
        if (at := folded.find(f"{word.casefold()}:")) >= 0
    ]
    return rest[: min(places)].strip(" ,.;") if places else rest


def _items(reading: Reading) -> tuple[str, ...]:
    # As it was written: the command has it on one line.
    words = reading.taken.spoken.text.lstrip(" !！")[len(reading.command.word) :].lstrip(" :")
    items = items_of(words)
    if not items:
        raise Missing("meeting.agenda_how", {"word": reading.word})
    return items


def _item(reading: Reading) -> int | None:
    said = reading.rest.strip(" .")
    item = int(said) if said.isdecimal() and len(said) <= 2 else 0
    if said and not item:
        meeting = _running(reading)
        if not meeting.agenda:
            raise Wrong("meeting.no_agenda", {"number": meeting.number})
        raise Wrong("meeting.no_item", {"number": meeting.number, "count": len(meeting.agenda)})
    return item or None


def _speaker(reading: Reading) -> HandView | Standing | None:
    """Whoever is named; None: the next in the queue."""
    mentions, meeting, book, now = reading.taken.spoken.mentions, _running(reading), reading.book, reading.now
    if not reading.rest and not mentions:
        return None
    member, _ = persons.whom(reading.command, reading.taken, reading.situation, book, now, meeting.room)
    named = book.standing(member.user, now) if member is not None else None
    whom = named or person_named(reading.rest, mentions, meeting, book, now)
    if whom is None:
        raise Missing("meeting.whom", {"word": reading.word})
    return whom


def person_named(
    text: str, mentions: tuple[str, ...], meeting: MeetingView, book: Book, now: int
) -> HandView | Standing | None:
    """Whom words mean: the one account that is mentioned or written, or who answers for the one unit that is named.

    Of several who answer for a unit the one with a raised hand is meant.
    """
    users = [word.rstrip(",.:") for word in text.split() if word.startswith("@") and ":" in word]
    named = list(dict.fromkeys((*mentions, *users)))
    if len(named) == 1:
        return book.standing(named[0], now)
    if named:
        return None
    units = book.directory.units_of(book.directory.addressed(text))
    if len(units) != 1:
        return None
    waiting = next((hand for hand in meeting.queue if hand.unit == units[0]), None)
    if waiting is not None:
        return waiting
    heads = book.roster.heads_of(units[0], book.local(now))
    return heads[0] if heads else None


def _minutes(reading: Reading) -> MeetingView:
    number, found = reading.command.number, reading.situation.meeting
    if found is None and number is not None:
        raise Wrong("number.unknown", {"number": number})
    return found if found is not None else _how_to_correct(reading)


def _line(reading: Reading) -> str:
    return reading.rest.lstrip(" :–-").strip()[:LONGEST_LINE] or _how_to_correct(reading)


def _how_to_correct(reading: Reading) -> NoReturn:
    raise Missing("meeting.correct_how", {"word": reading.word, "number": reading.book.number("meeting", 1)})


RUNNING = Argument(reads=_running)
NOTHING = Argument(reads=_nothing)
MEETING_NUMBER = Argument(reads=lambda reading: reading.situation.meeting if reading.command.number else None)
TOPIC = Argument(name="topic", reads=_topic, begins="word", optional=True)
ITEMS = Argument(name="items", reads=_items, begins="word")
ITEM = Argument(name="item", reads=_item, begins="word", optional=True)
SPEAKER = Argument(name="speaker", reads=_speaker, begins="word", optional=True)
MINUTES = Argument(number="meeting", reads=_minutes, begins="number")
LINE = Argument(name="line", reads=_line)
