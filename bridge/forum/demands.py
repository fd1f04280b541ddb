"""What the words of an order ask a report to carry, and what a report says of evidence that follows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from bridge.forum import directives
from bridge.forum.book import Book
from bridge.forum.saying import Saying
from bridge.model.clock import milliseconds, ms
from bridge.model.situation import Situation

_WORD = re.compile(r"\w+")


def says(text: str, phrases: Iterable[str]) -> int | None:
    """Where the first of some phrases ends in a text, by whole words; None when it holds none of them."""
    found = list(_WORD.finditer(text.lower()))
    words = [word[0] for word in found]
    said = set(words)
    ends = []
    for wanted in _parts(tuple(phrases)):
        if not said.issuperset(wanted):
            continue
        for at in range(len(words) - len(wanted) + 1):
            if words[at : at + len(wanted)] == wanted:
                ends.append(found[at + len(wanted) - 1].end())
                break
    return min(ends, default=None)


@lru_cache(maxsize=32)
def _parts(phrases: tuple[str, ...]) -> tuple[list[str], ...]:
    return tuple(phrase.split() for phrase in phrases)


def evidence_of(text: str, book: Book) -> str:
    """What a report on an order has to carry, as the order says: media, document (which is as good), video or
    none."""
    if says(text, book.report_words.without) is not None:
        return "none"
    if says(text, book.report_words.videos) is not None and says(text, book.report_words.photos) is None:
        return "video"
    return "media" if says(text, book.report_words.documents) is None else "document"


def documents_wanted(situation: Situation) -> bool:
    """Whether something that a message may be about takes documents: an order of the unit, or a report on one."""
    orders = (*situation.tasks, *situation.reports, situation.directive, situation.report)
    return any(order.evidence == "document" for order in orders if order is not None)


def allows_nil(text: str, book: Book) -> bool:
    """Whether an order says that there may be nothing to report, and that this is to be said."""
    return says(text, book.report_words.nil_asked) is not None


def promised_until(saying: Saying, book: Book) -> int | None:
    """Until when the evidence follows, in ms, if a report says that it does; the time it says, or the policy's."""
    end = says(saying.text, book.report_words.promised)
    if end is None:
        return None
    due = directives.due_of(saying.text[end:], saying.at, book)
    usual = saying.at + ms(book.policy.evidence.promised)
    return usual if due is None or due.past else milliseconds(due.at)
