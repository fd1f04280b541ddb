"""What stands behind a command's name: whom it is about, for which unit, between which days, what for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bridge.forum import directives
from bridge.forum.book import Book
from bridge.forum.command import Command
from bridge.forum.item import Taken
from bridge.forum.spoken import read
from bridge.policy.roster import nearest, plain

MENTIONED = 10


def apart(text: str, joints: Mapping[str, str]) -> dict[str, str]:
    """The parts of a text between its joints: `dlh until Friday` is {"": "dlh", "until": "Friday"}.

    ``joints`` are words to their names (until, from, for, with). Of each the first counts; what comes later with
    the same word belongs to the part that it stands in.
    """
    parts: dict[str, list[str]] = {"": []}
    here = ""
    for word in text.split():
        name = joints.get(word.casefold().rstrip(":"))
        if name is not None and name not in parts:
            here = name
            parts[here] = []
        else:
            parts[here].append(word)
    return {name: " ".join(words) for name, words in parts.items()}


def accounts(command: Command, taken: Taken) -> tuple[list[str], str]:
    """(accounts that a command names, in its order, what else it says).

    A client shows a mention as the person's name, so that the body may hold no account at all: then the mention
    itself counts, and the words before the first joint are those of the name.
    """
    words = command.rest.split()
    named = [word.rstrip(",;") for word in words if word.startswith("@") and ":" in word]
    left = " ".join(word for word in words if word.rstrip(",;") not in named)
    mentioned = [user for user in read(taken.event).mentions[:MENTIONED] if user not in named]
    return [*named, *mentioned], left


def without_names(text: str, users: list[str], book: Book, now: int) -> str:
    """A text without the shown names of these accounts, which a client writes in the place of a mention."""
    for user in users:
        person = book.roster.person_of(user, book.local(now))
        for shown in (f"@{person.name}", person.name) if person else ():
            if text.startswith(shown):
                text = text[len(shown) :].lstrip(" :,")
    return text


def unit_of(text: str, book: Book) -> str | None:
    """The unit that a text names by id, name, short name or alias; None when it names none, or several."""
    wanted = plain(text)
    for unit in book.roster.units():
        if wanted and wanted in {plain(name) for name in (unit.id, unit.name, unit.short, *unit.aliases)}:
            return unit.id
    found = book.directory.addressed(text).units
    return found[0] if len(found) == 1 else None


def near_unit(text: str, book: Book) -> str:
    """The short name of the unit that was probably meant; empty when none is like it."""
    names = {name: unit.short for unit in book.roster.units() for name in (unit.id, unit.short, *unit.aliases)}
    found = nearest(text, names)
    return names[found] if found else ""


def day_of(text: str, book: Book, now: int) -> date | None:
    """The day that a text names: 2026-12-31, or as people say it (31 December, Friday)."""
    first = text.split()[0] if text.split() else ""
    try:
        return date.fromisoformat(first)
    except ValueError:
        found = directives.due_of(text, now, book)
        return found.at.date() if found is not None else None
