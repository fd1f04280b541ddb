"""What a command is, who may give it, where, and what its answer rests on: one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.spoken import read
from bridge.model.effects import Line, Say, Value
from bridge.model.situation import Outcome
from bridge.policy.models import Right
from bridge.policy.roster import Standing


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command as it was typed."""

    name: str
    """One of the names of :data:`SPECS`, or `unknown`."""
    word: str = ""
    """The words by which it was called, as typed."""
    number: str | None = None
    """The number after the words, in its one form: P-12."""
    rest: str = ""
    """What follows."""
    near: str = ""
    """Of an unknown one: the word that it is like."""


ANYWHERE = ("forum", "group", "control", "audit", "direct")
OFFICE = ("control", "direct")
"""Where the forum is run from: nobody is discussed before everybody."""


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """One command of the table."""

    name: str
    rights: tuple[Right, ...] = ()
    """One of these is enough; none means that everybody listed may."""
    places: tuple[str, ...] = ANYWHERE
    takes: Literal["", "number", "user", "word"] = ""
    example: str = ""
    """The kind of number that help shows with it."""
    members: bool = False
    lists: bool = False

    def open_to(self, standing: Standing, book: Book) -> bool:
        """Whether a person may give this command."""
        if not self.rights:
            return True
        return any(book.policy.may(right, standing.roles, standing.person.id) for right in self.rights)


SPECS: Mapping[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec(name="help"),
        Spec(name="status", lists=True),
        Spec(name="list", lists=True),
        Spec(name="number", takes="number"),
        Spec(name="accept_all", rights=("accept",), takes="number", example="directive"),
        Spec(name="confirm", rights=("order", "correct"), takes="number", example="directive"),
        Spec(name="due", rights=("order", "correct"), takes="number", example="directive"),
        Spec(name="withdraw", rights=("order", "correct"), takes="number", example="directive"),
        Spec(
            name="approve",
            rights=("approve",),
            places=OFFICE,
            takes="number",
            example="action",
            members=True,
        ),
        Spec(
            name="cancel",
            rights=("moderate", "approve"),
            places=OFFICE,
            takes="number",
            example="action",
            members=True,
        ),
        Spec(name="stage", rights=("moderate",), places=OFFICE, takes="word", members=True),
        Spec(name="invite", rights=("moderate",), places=OFFICE, takes="user", members=True),
        Spec(name="keep", rights=("moderate",), places=OFFICE, takes="user", members=True),
        Spec(name="remove", rights=("moderate",), places=OFFICE, takes="user", members=True),
    )
}


def words_of(commands: Mapping[str, str]) -> dict[str, str]:
    """The first word of each command, as help shows it."""
    first: dict[str, str] = {}
    for word, name in commands.items():
        first.setdefault(name, word)
    return first


def reply(taken: Taken, key: str, values: dict[str, Value] | None = None, lines: Iterable[Line] = ()) -> Outcome:
    """Answer the message that a row holds, where it was said."""
    event = taken.event
    return Outcome(
        effects=[
            Say(
                room=event.room_id,
                key=key,
                values=values or {},
                lines=tuple(lines),
                reply_to=event.event_id,
                thread=read(event).thread,
                ref=f"answer:{event.event_id}",
            )
        ]
    )
