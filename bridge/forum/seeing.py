"""Who may read what: before everybody there are counts, names are for those who lead, moderate or audit."""

from __future__ import annotations

from bridge.forum.book import Book
from bridge.model.situation import Situation
from bridge.policy.roster import Standing


def private(situation: Situation) -> bool:
    """Whether a room is none in which everybody reads."""
    return situation.room.kind in ("control", "audit", "direct")


def sees_all(standing: Standing, book: Book) -> bool:
    """Whether a person may read who owes what, where not everybody reads."""
    may = book.policy.may
    person = standing.person.id
    return (
        may("order", standing.roles, person)
        or may("accept", standing.roles, person)
        or may("moderate", standing.roles, person)
        or "auditor" in standing.roles
    )


def sees_names(standing: Standing, situation: Situation, book: Book) -> bool:
    """Whether a person may read here who owes what."""
    return private(situation) and sees_all(standing, book)
