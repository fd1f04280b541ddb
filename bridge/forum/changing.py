"""Whom an order is for after all: "bukan PUPR, untuk Dinkes dan DLH", "tambah Disdik", "kecuali BPBD", "hanya DLH".

A correction is made of nothing but names of units and the few words by which one puts them right. Whatever holds
any other word is an ordinary sentence, and none. Pure, with names and word lists for all it knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bridge.forum.names import EVERY, Item, NameIndex
from bridge.model.speech import ChangeWords, UnitName

LONGEST = 300
"""A correction is short; what has more characters is none."""

_GAPS = frozenset({"skip", "connect", "opener", "toward", "colon"})
_NAMING = frozenset({"head", "title", "type"})


@dataclass(frozen=True, slots=True)
class Change:
    """Ids of units, as the roster has them: for nobody but ``only`` where it is given; ``add`` too, not ``drop``.

    ``bare`` are names without a word that says what is to be done with them: an answer to "for whom?".
    """

    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()

    def applied(self, units: Iterable[str]) -> set[str]:
        """Who is addressed after it, if ``units`` were before."""
        wanted = set(self.only) if self.only else set(units)
        return (wanted | set(self.add)) - set(self.drop)


@dataclass(slots=True)
class _Named:
    """Units that were named, and what is to be done with them."""

    units: tuple[str, ...]
    verb: str
    comma: bool
    """A comma stands before it, and no new word for what to do."""
    place: bool
    """It may be the place and not the unit: "Citta"."""


def change_in(
    text: str, units: Sequence[UnitName], names: NameIndex, words: ChangeWords, addressed: Iterable[str]
) -> Change | None:
    """What a text says about whom an order is for that is for ``addressed`` now; None for every other text."""
    if not text or len(text) > LONGEST or "?" in text:
        return None
    reading = _Reading(units, names, words, names.items(text))
    if not reading.run() or not reading.named or reading.only_talk():
        return None
    return _meant(reading.named, [unit.id for unit in units], set(addressed))


def _meant(named: Sequence[_Named], order: Sequence[str], addressed: set[str]) -> Change | None:
    found: dict[str, set[str]] = {verb: set() for verb in ("add", "drop", "only", "bare")}
    dropping = any(one.verb in ("drop", "instead") for one in named)
    for one in named:
        verb = one.verb
        if verb == "instead":
            # "Bukan PUPR, DLH": nobody takes DLH out of an order that is not for DLH.
            replacing = one.comma and found["drop"] & addressed and not set(one.units) & addressed
            verb = "add" if replacing else "drop"
        elif verb == "meant":
            verb = "add" if dropping else "only"
        found[verb] |= set(one.units)
    return Change(**{verb: tuple(unit for unit in order if unit in ids) for verb, ids in found.items()})


@dataclass(slots=True)
class _Reading:
    """One pass over a text, from left to right; ends at the first word that does not belong in a correction."""

    units: Sequence[UnitName]
    names: NameIndex
    words: ChangeWords
    items: Sequence[Item]
    named: list[_Named] = field(default_factory=list)
    verb: str = "bare"
    fresh: bool = True
    """Nothing was named since the last word for what to do."""
    comma: bool = False
    polite: bool = False
    inherited: frozenset[int] = frozenset()

    def run(self) -> bool:
        """Whether every word of the text belongs in a correction."""
        at = 0
        while at < len(self.items):
            end = self._step(at)
            if end is None:
                return False
            at = end
        return True

    def only_talk(self) -> bool:
        """Whether units are named without a word for what to do, and something else may be meant: "maaf DLH"."""
        bare = [one for one in self.named if one.verb == "bare"]
        return bool(bare) and (self.polite or len(bare) < len(self.named) or any(one.place for one in bare))

    def _step(self, at: int) -> int | None:
        item = self.items[at]
        if (said := self._said(at)) is not None:
            return said
        if item.kind in ("comma", "break"):
            self.comma = True
            return at + 1
        if (end := self._unit(at)) is not None:
            return end
        if item.kind == "connect":
            if not self.named and self.fresh:
                # "Dan DLH" as a whole message: DLH as well.
                self.verb = "add"
            return at + 1
        if item.kind in ("all", "skip", "colon") or item.written == "@":
            return at + 1
        end = self._phrase(at, self.words.courtesy)
        self.polite = self.polite or end is not None
        return end

    def _said(self, at: int) -> int | None:
        """A word for what is to be done: before names it is about those that follow, behind them about those."""
        for verb, before, after in (
            ("instead", self.words.instead, ()),
            ("drop", self.words.drop, self.words.drop_after),
            ("only", self.words.only, self.words.only_after),
            ("add", self.words.add, self.words.add_after),
            ("meant", self.words.meant, ()),
        ):
            if (end := self._phrase(at, before)) is not None and self._name_follows(end):
                self.verb, self.fresh, self.comma, self.inherited = verb, True, False, frozenset()
                return end
            if (end := self._phrase(at, after)) is not None and self.named and not self._name_follows(end):
                self._about_those_before(verb)
                return end
        return None

    def _about_those_before(self, verb: str) -> None:
        for one in reversed(self.named):
            if one.verb not in ("bare", "meant", "add"):
                break
            one.verb = verb
        self.verb, self.fresh, self.inherited = "bare", True, frozenset()

    def _name_follows(self, at: int) -> bool:
        while at < len(self.items) and (
            self.items[at].kind in _GAPS or self._phrase(at, self.words.courtesy) is not None
        ):
            at += 1
        if at >= len(self.items):
            return False
        kind = self.items[at].kind
        return (
            kind in _NAMING | {"all", "collective", "everyone"}
            or self.names.match(self.items, at, frozenset()) is not None
        )

    def _unit(self, at: int) -> int | None:
        """A unit, a kind of units or everybody."""
        item = self.items[at]
        if item.kind in ("everyone", "collective"):
            if item.kind == "collective" and at + 1 < len(self.items) and self.items[at + 1].kind == "some":
                return None
            self._take(tuple(unit.id for unit in self.units))
            return at + 1
        end, types = at, frozenset[int]()
        while end < len(self.items) and self.items[end].kind in (_NAMING | {"skip"} if end > at else _NAMING):
            types |= self.items[end].types
            end += 1
        found = self.names.match(self.items, end, types or (self.inherited if end == at else frozenset()))
        found = found or self.names.match(self.items, at, frozenset())
        if found is not None:
            bare = self.names.match(self.items, at, None)
            self._take((found.unit,), place=not types and (bare is None or bare.place))
            self.inherited = types or found.types
            return found.end
        kinds = self.names.kinds_of(types)
        if kinds and end > at:
            self._take(tuple(unit.id for unit in self.units if EVERY in kinds or unit.kind in kinds))
            return end
        return None

    def _take(self, units: tuple[str, ...], *, place: bool = False) -> None:
        self.named.append(_Named(units, self.verb, self.comma and not self.fresh, place))
        self.fresh = self.comma = False

    def _phrase(self, at: int, phrases: Sequence[str]) -> int | None:
        """The item after the longest of some phrases that stands here; None if none does."""
        best, best_end = 0, None
        for phrase in phrases:
            norms = tuple(phrase.split())
            if len(norms) > best and (end := self._stands(at, norms)) is not None:
                best, best_end = len(norms), end
        return best_end

    def _stands(self, at: int, norms: tuple[str, ...]) -> int | None:
        said: tuple[str, ...] = ()
        while at < len(self.items) and len(said) < len(norms):
            # What is one phrase for the address list ("tidak termasuk") is one item here, of several words.
            said += self.items[at].norms
            at += 1
        return at if said == norms else None
