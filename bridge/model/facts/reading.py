"""Who has opened the forum: counted by unit at the end of a week, without a word of which person read when."""

from __future__ import annotations

import msgspec

from bridge.model.facts.base import Fact


class UnitRead(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many people of a unit were in the forum's room at the end of a week, and had read in it."""

    unit: str
    people: int
    """Listed, whether they are in the room or not."""
    in_room: int = 0
    invited: int = 0
    """Invited and not in yet."""
    readers: int = 0
    first: int = 0
    """When the first of them was seen to have read in this week; 0: nobody was."""


class ForumRead(Fact, frozen=True, kw_only=True, tag="forum_read"):
    """What read receipts said of a week, by unit. It is a hint: clients can switch them off."""

    week: str
    units: tuple[UnitRead, ...]
    at: int
