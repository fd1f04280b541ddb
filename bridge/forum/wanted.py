"""How an order is meant after all: its urgency and what a report must carry: "ini segera ya", "tidak perlu foto".

Such a reply is made of nothing but the words for it and a few that say nothing; whatever holds any other word is an
ordinary sentence, and none. Pure, with word lists for all it knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bridge.forum.book import Book
from bridge.forum.spoken import without_numbers
from bridge.forum.urgency import ORDINARY, URGENT, VERY_URGENT

LONGEST = 120
"""Such a reply is short; what has more characters is none."""

_WORD = re.compile(r"#?\w+")


class Wanted(NamedTuple):
    """How an order is meant; empty for what a text says nothing of."""

    urgency: str = ""
    evidence: str = ""


def read(text: str, book: Book) -> Wanted | None:
    """What a text wants changed; None when it says anything else, or nothing."""
    if len(text) > LONGEST or "?" in text:
        return None
    said = _WORD.findall(without_numbers(text, book.series).lower())
    found: dict[str, str] = {}
    phrases = list(_phrases(book))
    at = 0
    while at < len(said):
        field, value, length = max(
            ((field, value, len(words)) for field, value, words in phrases if said[at : at + len(words)] == words),
            key=lambda match: match[2],
            default=("", "", 0),
        )
        if not length or (field and found.setdefault(field, value) != value):
            # Another word, or two that contradict each other.
            return None
        at += length
    return Wanted(**found) if found else None


def _phrases(book: Book) -> Iterator[tuple[str, str, list[str]]]:
    """(field, value, words) of every phrase that counts; those that say nothing have no field."""
    urgency, report = book.urgency_words, book.report_words
    known: Mapping[tuple[str, str], Sequence[str]] = {
        ("urgency", VERY_URGENT): urgency.very_urgent,
        ("urgency", URGENT): urgency.urgent,
        ("urgency", ORDINARY): (*urgency.calm, *urgency.ordinary),
        ("evidence", "none"): report.without,
        ("evidence", "document"): report.documents,
        ("evidence", "media"): report.photos,
        ("evidence", "video"): report.videos,
        ("", ""): (*urgency.frame, *book.change_words.courtesy),
    }
    for (field, value), phrases in known.items():
        for phrase in phrases:
            yield field, value, _WORD.findall(phrase.lower())
