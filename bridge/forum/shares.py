"""Whose room it is: who of the roster belongs to the forum, the control room, a working group, the space."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bridge.forum.book import Book
from bridge.policy.models import Policy, Share
from bridge.policy.roster import Standing


class Place(NamedTuple):
    """A room of the forum, as the rules about members see it."""

    room: str
    kind: str
    """forum, control, audit, group or space."""
    name: str
    """What people call it: its kind, or the name of a working group."""
    share: Share | None = None
    """Of a working group: who belongs to it; None: nobody is invited to it or removed from it by a rule."""

    @property
    def governed(self) -> bool:
        """Whether the roster decides who its members are."""
        return self.kind != "group" or self.share is not None


def places(book: Book) -> Iterator[Place]:
    """Every room of the forum, the forum's own first."""
    for kind in ("forum", "control", "audit"):
        if kind in book.rooms:
            yield Place(book.rooms[kind], kind, kind)
    for name, room in book.groups.items():
        rules = book.policy.rooms.get(name)
        yield Place(room, "group", name, rules.members if rules is not None else None)
    if book.space:
        yield Place(book.space, "space", "space")


def place_of(book: Book, room: str) -> Place | None:
    """The room of this id; None for one that is not the forum's."""
    return next((place for place in places(book) if place.room == room), None)


def belongs(standing: Standing, place: Place, policy: Policy) -> bool:
    """Whether a person of the roster is to be invited to a room."""
    if place.kind in ("forum", "space"):
        return True
    if place.kind == "group":
        return place.share is not None and has_part(standing, place.share)
    moderates = policy.may("moderate", standing.roles, standing.person.id)
    return moderates or (place.kind == "audit" and "auditor" in standing.roles)


def has_part(standing: Standing, share: Share) -> bool:
    """Whether a person is named, has one of the roles, or holds an office of one of the units."""
    return (
        standing.person.id in share.persons
        or not standing.roles.isdisjoint(share.roles)
        or any(unit.id in share.units or unit.kind in share.kinds for unit in standing.units)
    )


def may_stay(standing: Standing, place: Place, policy: Policy) -> bool:
    """Whether no rule removes a listed person from a room, whoever belongs to it.

    Only a working group has members for a part of the roster; leaders, deputies, auditors and those who run the
    forum may be in any.
    """
    if place.kind != "group" or place.share is None or belongs(standing, place, policy):
        return True
    return bool(PROTECTED & standing.roles) or policy.may("moderate", standing.roles, standing.person.id)


PROTECTED = frozenset({"leader", "deputy", "auditor"})
"""Roles that no rule removes."""
