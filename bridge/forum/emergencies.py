"""Emergencies: recorded and rung at once, at any hour, before any word about evidence."""

from __future__ import annotations

from bridge.forum import directives, reports
from bridge.forum.book import Book
from bridge.forum.saying import Saying
from bridge.model import facts as f
from bridge.model.effects import Lane, Say
from bridge.model.situation import Outcome, Situation


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
