"""The space around the rooms: which of them are listed in it, where the policy asks for that."""

from __future__ import annotations

from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.shares import places
from bridge.model.effects import Link
from bridge.model.situation import Outcome, Situation


def linked(taken: Taken, situation: Situation, book: Book) -> Outcome:
    """Rooms whose state was read, or all of them when the space's was or the files are new; in `enforce` only."""
    if situation.stage != "enforce" or not book.space or not book.policy.space.link:
        return Outcome()
    if taken.kind not in ("members", "file"):
        return Outcome()
    all_of_them = taken.room not in book.all_rooms or taken.room == book.space
    return Outcome(
        effects=[
            Link(room=book.space, child=place.room)
            for place in places(book)
            if place.kind != "space" and (all_of_them or place.room == taken.room)
        ]
    )
