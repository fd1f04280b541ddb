"""Emergencies: recorded and rung at once, at any hour, before any word about evidence."""

from __future__ import annotations

from bridge.forum import directives, reports
from bridge.forum.book import Book
from bridge.forum.command import reply
from bridge.forum.item import Taken
from bridge.forum.saying import Saying
from bridge.model import facts as f
from bridge.model.effects import Lane, Say
from bridge.model.situation import Outcome, Situation
from bridge.policy.roster import Standing


def called(text: str, book: Book) -> bool:
    """Whether a message in a direct chat is to be passed on: it holds the hashtag, or begins with its word."""
    hashtag = book.policy.emergencies.hashtag.casefold()
    words = [word.strip(".,:;!?-–") for word in text.casefold().split()]
    return hashtag in words or words[:1] == [hashtag.removeprefix("#")]


def pass_on(taken: Taken, standing: Standing, book: Book, now: int) -> Outcome:
    """Somebody who cannot write in the forum, as while it is locked, calls for help in a direct chat.

    The leaders are rung in the forum with the words; the chat itself stays private, and its words in no record.
    """
    event = taken.event
    rung = {
        person: users
        for person, users in book.users_with(book.policy.emergencies.ring, now).items()
        if person != standing.person.id
    }
    ring = Say(
        room=book.rooms.get("forum", ""),
        key="emergency.passed_on",
        values={
            "name": standing.person.name,
            "unit": standing.unit.short if standing.unit else book.role_names.get(standing.role, standing.role),
            "text": directives.shorten(taken.spoken.text, 200),
        },
        rings=True,
        mentions=tuple(user for users in rung.values() for user in users),
        ref=f"emergency:{event.event_id}",
        lane=Lane.SAFETY,
    )
    hashtag = book.policy.emergencies.hashtag
    fact = f.Emergency(
        report="", person=standing.person.id, event=event.event_id, words=(hashtag,), rung=tuple(rung), at=now
    )
    return Outcome(facts=[fact], effects=[ring]).merge(reply(taken, "emergency.heard"))


def raise_alarm(
    saying: Saying, words: tuple[str, ...], situation: Situation, book: Book, now: int
) -> tuple[str, Outcome]:
    """Record the report and ring those whom the policy names. The evidence is waited for as ever, afterwards."""
    number, outcome = reports.open_report(saying, situation, book, now, emergency=words)
    called = {
        person: users
        for person, users in book.users_with(book.policy.emergencies.ring, now).items()
        if person != saying.person
    }
    outcome.facts.append(f.Emergency(report=number, event=saying.event, words=words, rung=tuple(called), at=now))
    unit = book.roster.unit(saying.unit) if saying.unit else None
    ring = Say(
        room=saying.room,
        key="emergency.ring",
        values={
            "number": number,
            "unit": unit.short if unit else saying.name,
            "text": directives.shorten(saying.text, 200),
        },
        rings=True,
        mentions=tuple(user for users in called.values() for user in users),
        reply_to=saying.event,
        thread=saying.thread,
        ref=f"{number}.ring",
        lane=Lane.SAFETY,
    )
    outcome.effects.insert(0, ring)
    return number, outcome
