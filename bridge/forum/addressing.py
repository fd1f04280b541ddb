"""Whom an order is addressed to, from its words and its mentions; pure, with names and word lists for all it knows.

What is decided here:

- "Seluruh OPD" is everybody, "seluruh camat" a kind, "Kadis PU", "DLH", "Camat Citta dan Ganra" are units; in a
  list the later names inherit the title of the first. A name is matched by whole words, with one slip of the pen in
  words of six letters and two in words of ten.
- A unit after "kecuali" is left out. One after "dengan" or "dari" is a companion, and addressed only if nobody else
  is; one after "di" or "ke" is a place. A bare place name ("Citta") addresses nobody unless called: "Citta: ...".
- A bare name that alone would address nobody does when it is joined by "dan" with one that is addressed: "Citta dan
  DLH". What stands before whom one calls may be a time or an opening: "Tomorrow Fire and Parks ...".
- "OPD terkait" and titles without a known name are no one we know; they are returned as they were written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Literal

from bridge.forum.changing import Change, change_in
from bridge.forum.names import EVERY, Found, Item, NameIndex
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
        scan = _Scan(self._names, text)
        scan.run()
        units = dict.fromkeys(scan.units)
        kinds = dict.fromkeys(scan.kinds)
        everyone = scan.everyone
        if not (units or kinds or everyone):
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


_Mode = Literal["normal", "exclude", "beside", "place"]


@dataclass(slots=True)
class _Scan:
    """One pass over a text, from left to right."""

    names: NameIndex
    text: str
    units: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    everyone: bool = False
    beside: list[str] = field(default_factory=list)
    beside_kinds: list[str] = field(default_factory=list)
    beside_everyone: bool = False
    excluded: list[str] = field(default_factory=list)
    excluded_kinds: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    mode: _Mode = "normal"
    listing: bool = False  # the item before belongs to a list of addressees
    inherited: frozenset[int] = frozenset()  # the type of the first in the list
    all_of: bool = False  # "seluruh" still holds
    opened: bool = False  # "tolong" stands directly before
    held: list[str] = field(default_factory=list)  # bare names of a list in which nobody is addressed so far
    held_until: int = 0  # the item after the last of them

    def run(self) -> None:
        self.items = self.names.items(self.text)
        at = 0
        while at < len(self.items):
            at = self._step(at)

    def _step(self, at: int) -> int:
        item = self.items[at]
        match item.kind:
            case "skip":
                return at + 1
            case "break":
                self._rest()
                return at + 1
            case "exclude" | "beside" | "place":
                if item.kind == "exclude" and self.all_of and self._kind(at - 1) == "all":
                    # "semua kecuali DLH": everybody, though nobody is named.
                    self._add_kinds((EVERY,))
                self._rest()
                self.mode = item.kind
                return at + 1
            case "colon" if self._kind(at - 1) in {"opener", "beside"}:
                return at + 1
            case "opener":
                self._rest()
                self.opened = True
                return at + 1
            case "everyone":
                self._add_kinds((EVERY,))
                return at + 1
            case "all":
                self.all_of, self.listing = True, False
                return at + 1
            case "connect" | "comma":
                if not self.listing and item.kind == "comma":
                    self._rest()
                return at + 1
            case "collective":
                return self._collective(at)
            case "head" | "title" | "type":
                return self._titled(at)
        return self._named(at)

    def _rest(self) -> None:
        """What was said does not bear on what follows."""
        self.mode, self.listing, self.inherited = "normal", False, frozenset()
        self.all_of = self.opened = False

    def _kind(self, at: int) -> str:
        return self.items[at].kind if 0 <= at < len(self.items) else "break"

    def _collective(self, at: int) -> int:
        if self._kind(at + 1) == "some":
            if self.mode != "place":
                self.unmatched.append(self._written(at, at + 2))
            self._rest()
            return at + 2
        self._add_kinds((EVERY,))
        self.all_of = self.listing = True
        return at + 1

    def _titled(self, at: int) -> int:
        """A title or type, and the name that belongs to it."""
        end, types, title = at, frozenset[int](), False
        while self._kind(end) in {"head", "title", "type", "skip"}:
            types |= self.items[end].types
            title = title or self._kind(end) != "type"
            end += 1
        if self._kind(end) == "collective":  # kepala OPD
            return end
        found = self.names.match(self.items, end, types)
        if found is not None:
            self._join(at)
            return self._take(found, types)
        # Some names begin with such a word themselves: "City Manager".
        if (found := self.names.match(self.items, at, None)) is not None:
            return self._take(found, types)
        kinds = self.names.kinds_of(types)
        if kinds and (self.all_of or self.mode == "exclude" or self._kind(end) == "everywhere"):
            self._add_kinds(kinds)
            self.listing = True
            return end
        if title and self.mode == "normal" and any(self._kind(i) == "title" for i in range(at, end)):
            capital = end < len(self.items) and self._kind(end) == "word" and self.items[end].written[:1].isupper()
            self.unmatched.append(self._written(at, end + capital))
        self._rest()
        return end

    def _named(self, at: int) -> int:
        """A name without a title."""
        found = self.names.match(self.items, at, self.inherited if self.listing else None)
        if found is not None and (found.anywhere or self.listing or self._called(at, found)):
            self._join(at)
            return self._take(found, self.inherited)
        bare = found or self.names.match(self.items, at, frozenset())
        mode = self.mode
        self._rest()
        if bare is None or not bare.whole or mode != "normal" or not self.items[at].written[:1].isupper():
            return at + 1
        self._hold(at, bare)
        return bare.end

    def _hold(self, at: int, found: Found) -> None:
        """Keep a bare name in mind: what follows in its list may show that it is called."""
        if self._joined(at) not in {"connect", "comma"}:
            self.held = []
        self.held.append(found.unit)
        self.held_until = found.end

    def _join(self, at: int) -> None:
        """Somebody is addressed here: so is whoever is joined with them by "and"."""
        if self.mode == "normal" and self._joined(at) == "connect":
            self.units += self.held
        self.held = []

    def _joined(self, at: int) -> str:
        """What stands between the last name kept in mind and this item: "comma", "connect" or something else."""
        between = {self.items[i].kind for i in range(self.held_until, at)} - {"skip"} if self.held else {"break"}
        if between == {"comma", "connect"}:
            return "connect"
        return between.pop() if len(between) == 1 else "break"

    def _called(self, at: int, found: Found) -> bool:
        """Whether somebody is called by a name that could be a common word or a place."""
        before, after = self._kind(at - 1), self._kind(found.end)
        while before in {"skip", "lead"} or (before == "comma" and self._kind(at - 2) == "lead"):
            at -= 1
            before = self._kind(at - 1)
        if after == "colon" or self.mode == "exclude":
            return self.mode != "place"
        if found.place:
            return self.opened and at > 0 and self.items[at - 1].written == "@"
        if self.opened or (before == "break" and after in {"comma", "connect", "opener"}):
            return True
        return before == "comma" and after == "break"

    def _take(self, found: Found, types: frozenset[int]) -> int:
        match self.mode:
            case "normal":
                self.units.append(found.unit)
            case "exclude":
                self.excluded.append(found.unit)
            case "beside":
                self.beside.append(found.unit)
        self.listing, self.inherited, self.opened = True, types or found.types, False
        return found.end

    def _add_kinds(self, kinds: tuple[str, ...]) -> None:
        named = [kind for kind in kinds if kind != EVERY]
        every = len(named) < len(kinds)
        match self.mode:
            case "normal":
                self.kinds += named
                self.everyone = self.everyone or every
            case "exclude":
                self.excluded_kinds += named
            case "beside":
                self.beside_kinds += named
                self.beside_everyone = self.beside_everyone or every

    def _written(self, begin: int, end: int) -> str:
        return " ".join(self.text[self.items[begin].start : self.items[end - 1].end].split())
