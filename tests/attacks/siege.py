"""A forum under attack: what was there before, what was sent, and what the bridge and plain nio made of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from bridge.ledger.store import Row, Store, sqlite_database
from bridge.model import facts as f
from bridge.model.event import Json
from tests.attacks.intruder import Intruder
from tests.homeserver.forum import Forum

OUTSIDER = "@luar:localhost"
"""An account that is not in the room."""


class Siege:
    """The forum, the intruder (the head of an agency) and what the attacks aim at."""

    def __init__(self, forum: Forum) -> None:
        self.forum = forum
        self.room = forum.rooms["forum"]
        self.intruder = self.as_member("pupr")
        self.order = ""
        """The deputy's order, P-1."""
        self.words = ""
        """Something that the intruder said before."""
        self.card = ""
        """The bot's card about the order."""
        self.name = ""
        """The state event with the room's name."""
        self.events: dict[str, str] = {}
        """Name of an attack to the event that it was."""

    def user(self, person: str) -> str:
        """The account of a person."""
        return self.forum.accounts[person].user_id

    def as_member(self, person: str) -> Intruder:
        """The tools of the intruder in the hands of a member."""
        return Intruder(self.forum.people[person], self.room)

    def about(self, event: str) -> list[f.Fact]:
        """Every fact that names an event as what it is about, or as its cause; notes for coaching move nothing."""
        keys = ("event", "cause", "edit", "redaction", "about")
        told = (fact for fact in self.forum.facts(f.Fact) if not isinstance(fact, f.Struggled))
        return [fact for fact in told if any(getattr(fact, key, "") == event for key in keys)]

    def state(self) -> list[Row]:
        """What the bridge believes of the rooms."""
        return self.rows("SELECT room, type, state_key, event, sender, content FROM room_state ORDER BY 1, 2, 3")

    def rows(self, statement: str, *params: object) -> list[Row]:
        """What a statement finds in the ledger."""
        store = Store(sqlite_database(self.forum.root / "state" / "ledger.db", read_only=True))
        try:
            return store.all(statement, params)
        finally:
            store.close()


Launch = Callable[[Siege], Awaitable[str]]


class Attack(msgspec.Struct, frozen=True, kw_only=True):
    """One attack by one event: how it is made, and what each side makes of it."""

    name: str
    launch: Launch
    ours: tuple[tuple[str, str], ...]
    """(kind, in a word what it says) of all facts about it, :func:`shape`."""
    nio: str = ""
    """The class that nio's callbacks get; empty: they hear nothing."""
    believed: Json = {}
    """What nio believes of the room since; see :class:`tests.attacks.plain_nio.PlainNio`."""
    says: str | None = None
    """The words that nio hands over."""
    fells: str = ""
    """What escapes from nio's sync; the event, and all that came with it, is lost then."""


WORD = {"message": "label", "refused": "why", "sealed": "code"}
"""Kinds of facts to the field that says what an event was taken for."""


def shape(fact: Any) -> tuple[str, str]:
    """A fact in two words: its kind, and the label, the reason or the code that it has."""
    kind = str(type(fact).__struct_config__.tag)
    return kind, str(getattr(fact, WORD[kind])) if kind in WORD else ""
