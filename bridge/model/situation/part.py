"""How people take part, as the rules that coach see it."""

from __future__ import annotations

import msgspec


class ReadView(msgspec.Struct, frozen=True):
    """When a person was seen to read in the forum's room in a week, first and last (ms)."""

    person: str
    week: str
    first: int
    last: int


class PartNeed(msgspec.Struct, frozen=True):
    """Whose part is asked for: (person, account) of each, and the room in which they write."""

    room: str = ""
    accounts: tuple[tuple[str, str], ...] = ()


class PartView(msgspec.Struct, frozen=True, kw_only=True):
    """Who has read (of each person the two newest weeks), and who did what since the last seal. Persons by id."""

    read: tuple[ReadView, ...] = ()
    acknowledged: frozenset[str] = frozenset()
    reported: frozenset[str] = frozenset()
    ever_reported: frozenset[str] = frozenset()
    wrote: dict[str, int] = {}
    """Who has written in the room, and when last (ms)."""
