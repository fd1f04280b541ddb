"""How urgent an order is, as its words say it, and how often is reminded of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from bridge.forum.book import Book
from bridge.forum.quiet import until
from bridge.model.effects import CancelTimer

ORDINARY, URGENT, VERY_URGENT = "ordinary", "urgent", "very_urgent"

_WORD = re.compile(r"#?\w+")


def urgency_of(text: str, book: Book) -> str:
    """`ordinary`, `urgent` or `very_urgent`. What says that there is no hurry is taken out before it is read."""
    words = f" {' '.join(_WORD.findall(text.lower()))} "
    for phrase in book.urgency_words.calm:
        words = words.replace(f" {phrase} ", "  ")
    if _holds(words, book.urgency_words.very_urgent):
        return VERY_URGENT
    return URGENT if _holds(words, book.urgency_words.urgent) else ORDINARY


def _holds(words: str, phrases: Iterable[str]) -> bool:
    return any(f" {phrase} " in words for phrase in phrases)


def before_due(urgency: str, book: Book) -> tuple[timedelta, ...]:
    """How long before its due time is reminded of an order."""
    if urgency == VERY_URGENT:
        return book.policy.urgency.very_urgent
    if urgency == URGENT:
        return book.policy.urgency.urgent
    return book.policy.reminders.before_due


def late_after(urgency: str, book: Book) -> tuple[timedelta, ...]:
    """How long after they are late units are reminded once more."""
    return book.policy.urgency.late if urgency == ORDINARY else book.policy.urgency.late_urgent


def escalate_after(urgency: str, book: Book) -> timedelta:
    """How long after an order is late others are told."""
    rules = book.policy.urgency
    return rules.escalate_after if urgency == ORDINARY else rules.escalate_urgent_after


def when_heard(at: int, urgency: str, book: Book, units: Iterable[str] = ()) -> int:
    """A time (ms), or the end of the quiet in which it lies, for these units or for the forum; what is very urgent
    waits for nothing."""
    return at if urgency == VERY_URGENT else until(at, book, units)


def no_reminders(number: str, urgency: str, book: Book) -> list[CancelTimer]:
    """The reminders of an order that are not to fire any more, nor what follows when it is late."""
    before = [CancelTimer(f"remind:{number}:{place}") for place in range(len(before_due(urgency, book)))]
    late = [CancelTimer(f"late:{number}:{place}") for place in range(len(late_after(urgency, book)))]
    return [*before, *late, CancelTimer(f"escalate:{number}")]
