"""Orders that are passed on in a leader's name: whose name it is, and that the leader may take it back."""

from __future__ import annotations

import re
from functools import lru_cache

from bridge.forum import directives
from bridge.forum.book import RETURNING, Book
from bridge.forum.saying import Saying
from bridge.model.clock import moment
from bridge.model.effects import Say
from bridge.model.situation import DirectiveView, Outcome
from bridge.model.speech import RelayWords

TAKING_BACK = RETURNING | {"🚫"}
"""Reactions by which a leader takes back what was passed on in the leader's name."""


def in_whose_name(saying: Saying, book: Book) -> str:
    """The person id of the leader whose order somebody passes on; empty when it is nobody's, or their own."""
    for role, titles in book.relay_words.titles.items():
        if role in saying.roles or not _pattern(book.relay_words, titles).search(saying.text):
            continue
        holders = [due.standing for due in book.roster.persons_due(moment(saying.at)) if role in due.standing.roles]
        if holders:
            return min(holders, key=lambda standing: (standing.acting, standing.person.id)).person.id
    return ""


@lru_cache(maxsize=64)
def _pattern(words: RelayWords, titles: tuple[str, ...]) -> re.Pattern[str]:
    def either(phrases: tuple[str, ...]) -> str:
        return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))

    before, between, after = either(words.before), either(words.between), either(words.after)
    named = rf"(?:(?:{between})[\s.]+)*(?:{either(titles)})\b"
    return re.compile(rf"(?<!\w)(?:(?:{before})[\s.]+{named}|{named}\s+(?:{after})\b)", re.IGNORECASE)


def taken_back(directive: DirectiveView, person: str, book: Book, now: int, cause: str) -> Outcome:
    """The leader in whose name it was given says that it is none: it binds nobody, and its author hears it."""
    outcome = directives.cancel(directive, book, now, by=person, cause=cause)
    outcome.effects.append(
        Say(
            room=directive.room,
            key="relay.taken_back",
            values={"number": directive.number, "name": directive.name},
            mentions=book.roster.user_ids(directive.person, moment(now)),
            reply_to=directive.event,
            thread=directive.thread,
            ref=f"{directive.number}.taken_back",
        )
    )
    return outcome
