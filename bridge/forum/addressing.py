"""Whom an order is addressed to, from its words and its mentions; the words are read in `forum/addressees.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

from bridge.forum.addressees import Scan
from bridge.forum.changing import Change, change_in
from bridge.forum.names import NameIndex
from bridge.model.speech import AddressWords, ChangeWords, UnitName


@dataclass(frozen=True, slots=True)
class Addressed:
    """Who is addressed: every unit, all units of some kinds, single units; without those in `excluded`.

    Ids are in the order of the text, mentions last. `unmatched` are phrases that address somebody unknown.
    """

    all: bool = False
    kinds: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()

    @property
    def nobody(self) -> bool:
        """Whether no unit was recognised."""
        return not (self.all or self.kinds or self.units)


class Directory:
    """The units of a forum by all their names; made once per roster, then pure.

    `people` maps a Matrix user id to the id of the unit that a mention of it addresses. Several languages may be
    given; their words are taken together, and the first is the one in which units are named.
    """

    def __init__(self, units: Sequence[UnitName], people: Mapping[str, str], *words: AddressWords) -> None:
        self._units = tuple(units)
        self._people = dict(people)
        self._names = NameIndex(self._units, words)

    def change(self, text: str, words: ChangeWords, addressed: Iterable[str]) -> Change | None:
        """What a text says about whom an order is for that is for ``addressed`` now; None if it says nothing."""
        return change_in(text, self._units, self._names, words, addressed)

    def for_people(self, people: Mapping[str, str]) -> Directory:
        """The same units with other accounts; their names are not worked out again."""
        other = copy(self)
        other._people = dict(people)
        return other

    def addressed(self, text: str, mentions: Iterable[str] = ()) -> Addressed:
        """Whom a message addresses. `mentions` are the user ids of its `m.mentions`. Never raises."""
        scan = Scan(self._names, text)
        scan.run()
        units = dict.fromkeys(scan.units)
        kinds = dict.fromkeys(scan.kinds)
        everyone = scan.everyone
        if not (units or kinds or everyone or scan.unmatched):
            units, kinds, everyone = (
                dict.fromkeys(scan.beside),
                dict.fromkeys(scan.beside_kinds),
                scan.beside_everyone,
            )
        excluded = dict.fromkeys(scan.excluded)
        excluded |= dict.fromkeys(unit.id for unit in self._units if unit.kind in scan.excluded_kinds)
        units |= dict.fromkeys(self._people[user] for user in mentions if user in self._people)
        present = {unit.kind for unit in self._units}
        return Addressed(
            all=everyone,
            kinds=tuple(kind for kind in kinds if kind in present),
            units=tuple(unit for unit in units if unit not in excluded),
            excluded=tuple(excluded),
            unmatched=tuple(dict.fromkeys(scan.unmatched)),
        )

    def units_of(self, addressed: Addressed) -> tuple[str, ...]:
        """The ids of all units that are addressed, in the order of the directory."""
        named = set(addressed.units)
        return tuple(
            unit.id
            for unit in self._units
            if (addressed.all or unit.kind in addressed.kinds or unit.id in named)
            and unit.id not in addressed.excluded
        )


def addressed(
    text: str, mentions: Iterable[str], units: Sequence[UnitName], people: Mapping[str, str], words: AddressWords
) -> Addressed:
    """As :meth:`Directory.addressed`, for a single text."""
    return Directory(units, people, words).addressed(text, mentions)
