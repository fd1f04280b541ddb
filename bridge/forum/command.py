"""What a command is, what an argument of one is, and how one is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar, cast

import msgspec

from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.spoken import read
from bridge.model import facts as f
from bridge.model.effects import Line, Say, Value
from bridge.model.situation import Outcome, Situation
from bridge.policy.roster import Standing


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command as it was typed."""

    name: str
    """One of the names of :data:`bridge.forum.specs.SPECS`, or `unknown`."""
    word: str = ""
    """The words by which it was called, as typed."""
    number: str | None = None
    """The number after the words, in its one form: P-12."""
    rest: str = ""
    """What follows, as it was typed."""
    given: Mapping[object, object] = {}
    """What it says, by the arguments that it takes."""
    near: str = ""
    """Of an unknown one: the word that it is like."""

    def __getitem__(self, argument: Argument[T]) -> T:
        """The value of an argument that the table declares for this command."""
        return cast(T, self.given[argument])


T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Choices = Mapping[str, str]
"""What may be put after a command's words, to how it is shown."""


class Wrong(Exception):
    """A command's words cannot be read as what it takes: the text that says so, and its values."""

    def __init__(self, key: str, values: dict[str, Value]) -> None:
        super().__init__(key)
        self.refusal = key, values


class Missing(Wrong):
    """Something that a command takes was not said: it can be asked for."""

    def __init__(self, key: str, values: dict[str, Value]) -> None:
        super().__init__(key, values)
        self.offers: Choices = {}


@dataclass(kw_only=True)
class Reading:
    """A command that is being read, argument by argument."""

    command: Command
    takes: tuple[Argument[object], ...]
    standing: Standing
    taken: Taken
    situation: Situation
    book: Book
    now: int
    rest: str
    """What of its words is not read yet."""
    known: list[str] = field(default_factory=list)
    """What was read, as it could have been typed."""

    @property
    def word(self) -> str:
        return f"!{self.command.word}"

    def usage(self, missing: Argument[object]) -> str:
        """The whole command as it may be typed: what was said, and how help shows what was not."""
        return used(self.word, self.takes[self.takes.index(missing) :], self.book, self.known)


@dataclass(frozen=True, eq=False, kw_only=True)
class Argument(Generic[T_co]):
    """Something that a command takes, of one type."""

    name: str = ""
    """How it is called in `arguments` of the language's commands, where help finds an example of it; empty for
    what comes with the message and is not typed."""
    number: str = ""
    """Of a number: the kind of what it counts, as in the policy's letters."""
    reads: Callable[[Reading], T_co]
    """Takes it off the words. Raises :class:`Wrong`."""
    begins: Literal["", "number", "user", "word"] = ""
    """How words begin that are a command without a mark before them."""
    optional: bool = False
    offers: Callable[[Reading], Choices] | None = None
    """What it may be, where it was not said."""


def used(word: str, takes: Iterable[Argument[object]], book: Book, known: Iterable[str] = ()) -> str:
    """A command as help shows it: its word, and an example of everything that it takes; [what may be left out]."""
    examples = (
        (one.optional, book.number(one.number, 12) if one.number else book.arguments.get(one.name, ""))
        for one in takes
    )
    shown = (f"[{example}]" if optional else example for optional, example in examples if example)
    return " ".join(part for part in (word, *known, *shown) if part)


def words_of(commands: Mapping[str, str]) -> dict[str, str]:
    """The first word of each command, as help shows it."""
    first: dict[str, str] = {}
    for word, name in commands.items():
        first.setdefault(name, word)
    return first


def not_theirs(command: Command, standing: Standing, taken: Taken, book: Book, now: int) -> Outcome:
    """Somebody tried what is not theirs to do: they hear why, and the record keeps that they tried."""
    ended = ended_office(standing.person.id, book, now)
    if ended is not None:
        outcome = reply(taken, "command.ended", {"word": command.word, "office": ended[0], "day": ended[1]})
    else:
        outcome = reply(taken, "command.no_right", {"word": command.word})
    event = taken.event
    tried = f.Refused(event=event.event_id, sender=event.sender, why="no_authority", detail=command.name, at=now)
    outcome.facts.append(tried)
    return outcome


ENDED_DAYS = 30
"""How long after an office has ended a refusal names it as the reason."""


def ended_office(person: str, book: Book, now: int) -> tuple[str, str] | None:
    """(office, its last day) of the office of a person that ended last, not long ago; None without one."""
    today = book.local(now).date()
    ended = [
        office
        for office in book.roster.file.offices
        if office.person == person and office.ends is not None and 0 < (today - office.ends).days <= ENDED_DAYS
    ]
    if not ended:
        return None
    office = max(ended, key=lambda one: one.ends or today)
    name = book.role_names.get(office.role, office.role)
    unit = book.unit_name(office.unit) if office.unit else ""
    return f"{name} {unit}".strip(), office.ends.isoformat() if office.ends else ""


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
