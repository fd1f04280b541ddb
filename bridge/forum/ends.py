"""Acts that end by themselves: a timer per act, and what is done when its time has come.

A bridge that was down then does it when it has caught up again, once: an act that was ended meanwhile is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge.forum import locks, sanctions
from bridge.forum.acts import Hand, Series
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.model.situation import ActView, Needs, Outcome, Situation

ENDED = "rule:ended"
"""Who ends what has come to its end."""

Ending = Callable[[ActView, Hand, Situation, Book], Outcome]

ENDINGS: Mapping[str, Ending] = {
    "lock": locks.ended,
    "mute": sanctions.mute_ended,
    "ban": sanctions.ban_ended,
}
"""Kinds of acts that may have an end, and how each is ended."""


def needs(taken: Taken, book: Book) -> Needs:
    """The act."""
    return Needs(number=taken.timer.about)


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """The time of an act is over: it is taken back, unless somebody has done so already."""
    act = situation.act
    if act is None or not act.standing or act.fact.verb not in ENDINGS:
        return Outcome()
    hand = Hand(by=ENDED, rule="ended", series=Series(situation, book), book=book, now=now, cause=taken.key)
    return ENDINGS[act.fact.verb](act, hand, situation, book)
