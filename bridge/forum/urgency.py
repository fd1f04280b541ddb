"""How urgent an order is, as its words say it, and how often is reminded of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from bridge.forum.book import Book
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


def no_reminders(number: str, urgency: str, book: Book) -> list[CancelTimer]:
    """The reminders of an order that are not to fire any more."""
    return [CancelTimer(f"remind:{number}:{place}") for place in range(len(before_due(urgency, book)))]
