"""The book with what people agreed to beside the roster's file, and the day's addressees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.forum.book import Book
from bridge.model.clock import moment
from bridge.model.facts import Granted
from bridge.policy.overlay import lay_over
from bridge.policy.roster import Roster


def with_grants(book: Book, grants: Sequence[Granted], now: int) -> Book:
    """The book in which these grants, and no others, are laid over the roster's file."""
    wanted = tuple(grants)
    if wanted == book.roster.grants:
        return book
    roster = lay_over(book.roster.listed, wanted)
    return replace(book, roster=roster, directory=book.directory.for_people(addressees(roster, now)))


def addressees(roster: Roster, now: int) -> dict[str, str]:
    """Account to unit, of everybody who is addressed for a unit when mentioned."""
    people: dict[str, str] = {}
    for due in roster.persons_due(moment(now)):
        if due.standing.unit is not None:
            people |= dict.fromkeys(due.user_ids, due.standing.unit.id)
    return people
