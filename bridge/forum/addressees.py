"""Whom the words of an order address, read from left to right; pure, with names and word lists for all it knows.

What is decided here:

- "Seluruh OPD" is everybody, "seluruh camat" a kind, "Kadis PU", "DLH", "Camat Citta dan Ganra" are units; in a
  list the later names inherit the title of the first. A name is matched by whole words, with one slip of the pen in
  words of six letters and two in words of ten.
- A unit after "kecuali" is left out. One after "dengan" or "dari" is a companion, and addressed only if nobody else
  is; one after "di" or "ke" is a place. A bare place name ("Citta") addresses nobody unless called: "Citta: ...".
- A bare name that alone would address nobody does when it is joined by "dan" with one that is addressed: "Citta dan
  DLH". What stands before whom one calls may be a time or an opening: "Tomorrow Fire and Parks ...".
- Who is only spoken of is not addressed: after "laporan" or "surat", before "sudah", and as what a deed is done to
  when somebody was told to do it: "DLH jaga halaman RSUD". "DLH tidak perlu" leaves DLH out.
- "Lurah se-kecamatan Citta" are those of whom the roster says that they lie there; where it says of none, they are
  returned as they were written.
- "OPD terkait" and titles without a known name are no one we know; they are returned as they were written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bridge.forum.names import EVERY, Found, Item, NameIndex

_SHORTEST_DEED = 5
"""Letters of the shortest word that is taken for a deed done by somebody ("dibuat")."""

_Mode = Literal["normal", "exclude", "beside", "told", "place"]


@dataclass(slots=True)
class Scan:
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
    asking: bool = False  # it stands somewhere before in the sentence
    sentence: int = 0  # where in `units` the sentence began
    listed: int = 0  # where in `units` the list of addressees began
    held: list[str] = field(default_factory=list)  # bare names of a list in which nobody is addressed so far
    joined: int = 0  # how many of them were just found to be addressed
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
                self.asking, self.sentence = False, len(self.units)
                return at + 1
            case "then":
                self._rest()
                self.sentence = len(self.units)
                return at + 1
            case "toward":
                return self._toward(at)
            case "exclude":
                return self._exclude(at)
            case "but" if self.all_of or self._kind(at - 1) == "everyone":
                return self._exclude(at)
            case "told_first" if self._kind(at - 1) not in {"break", "connect"}:
                self._rest()
                return at + 1
            case "beside" | "told" | "told_first" | "place":
                self._rest()
                self.mode = "told" if item.kind == "told_first" else item.kind
                return at + 1
            case "colon" if self._kind(at - 1) in {"opener", "toward", "beside"}:
                return at + 1
            case "opener":
                self._rest()
                self.opened = self.asking = True
                return at + 1
            case "everyone":
                self._included()
                self._add_kinds((EVERY,))
                return at + 1
            case "all":
                return self._all(at)
            case "connect" | "comma":
                if not self.listing and item.kind == "comma" and self._kind(at - 1) != "opener":
                    self._rest()
                return at + 1
            case "collective":
                return self._collective(at)
            case "head" | "title" | "type":
                return self._titled(at)
            case "done" | "exempt":
                self._done(at, item.kind)
                return at + 1
        return self._named(at)

    def _rest(self) -> None:
        """What was said does not bear on what follows."""
        self.mode, self.listing, self.inherited = "normal", False, frozenset()
        self.all_of = self.opened = False

    def _exclude(self, at: int) -> int:
        if self.all_of and self._kind(at - 1) == "all":
            # "semua kecuali DLH": everybody, though nobody is named.
            self._add_kinds((EVERY,))
        self._rest()
        self.mode = "exclude"
        return at + 1

    def _included(self) -> None:
        """ "Selain DLH, semua OPD": whoever is left out was named; what follows is meant again."""
        if self.mode == "exclude" and (self.excluded or self.excluded_kinds):
            self.mode = "normal"

    def _all(self, at: int) -> int:
        """ "Semua", and whether it is people: "semua hadir", "semua, mohon lapor"."""
        self._included()
        self.all_of, self.listing = True, False
        before, after = self._kind(at - 1), at + 1
        while self._kind(after) in {"all", "skip", "comma"}:
            after += 1
        acting = self._kind(after) == "opener" or self._word(after) in self.names.acts
        if acting and before in {"break", "skip", "lead", "opener"}:
            self._add_kinds((EVERY,))
        return at + 1

    def _done(self, at: int, kind: str) -> None:
        """ "Camat Ganra sudah lapor", "DLH tidak perlu": who stands before is not asked to."""
        exempt = kind == "exempt"
        if self.mode == "normal" and self.listing and (exempt or not self.asking):
            if exempt:
                self.excluded += self.units[self.listed :]
            if self._word(at + 1) not in self.names.must:
                del self.units[self.listed :]
        self._rest()

    def _toward(self, at: int) -> int:
        """ "Untuk": for whom something shall be done, if somebody was told to do it in this sentence."""
        given = self._addressed_here() and self._kind(at - 1) in {"word", "told"}
        self._rest()
        if given:
            self.mode = "beside"
        else:
            self.opened = self.asking = True
        return at + 1

    def _addressed_here(self) -> bool:
        return len(self.units) > self.sentence

    def _word(self, at: int) -> str:
        return self.items[at].norms[0] if 0 <= at < len(self.items) and self.items[at].norms else ""

    def _kind(self, at: int) -> str:
        return self.items[at].kind if 0 <= at < len(self.items) else "break"

    def _collective(self, at: int) -> int:
        self._included()
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
            if self._brief(at, types, found):
                self._exclude(at)
            self._turn(at, found)
            self._join(at)
            return self._take(found, types, at)
        # Some names begin with such a word themselves: "City Manager".
        if (found := self.names.match(self.items, at, None)) is not None:
            self._turn(at, found)
            return self._take(found, types, at)
        around, inside = self._around(end, types)
        if inside:
            self._add_units(inside)
            self.listing, self.inherited, self.opened = True, types, False
            return around
        if self._kind(end) == "some" or around > end:
            around = end + 1 if self._kind(end) == "some" else around
            if self.mode in {"normal", "exclude"}:
                self.unmatched.append(self._written(at, around))
            self._rest()
            return around
        kinds = self.names.kinds_of(types)
        named = () if kinds else self.names.units_of(types, titled=title)
        several = self._kind(at - 1) in {"break", "opener", "lead"} and self.names.several(self.items[at])
        if (kinds or named) and (self._all_meant(end) or several):
            self._add_kinds(kinds)
            self._add_units(named)
            self.listing = True
            return end
        if title and self.mode == "normal" and any(self._kind(i) == "title" for i in range(at, end)):
            capital = end < len(self.items) and self._kind(end) == "word" and self.items[end].written[:1].isupper()
            self.unmatched.append(self._written(at, end + capital))
        self._rest()
        return end

    def _all_meant(self, end: int) -> bool:
        """Whether a title without a name is that of all who bear it."""
        return self.all_of or self.mode == "exclude" or self._kind(end) == "everywhere"

    def _brief(self, at: int, types: frozenset[int], found: Found) -> bool:
        """ "Kec. Dinkes" leaves Dinkes out: no subdistrict is called so."""
        return self._word(at) in self.names.brief and not found.own_place and not found.own & types

    def _around(self, end: int, types: frozenset[int]) -> tuple[int, tuple[str, ...]]:
        """The end of a place by which a title is narrowed, and who is there: "lurah se-kecamatan Citta".

        Where the roster does not say who lies there, they are asked about.
        """
        at = end
        if self._kind(at) == "within":
            at += 1
        elif self.all_of or self.mode == "exclude":
            while self._kind(at) in {"place", "skip"}:
                at += 1
        within: frozenset[int] = frozenset()
        while at > end and self._kind(at) in {"title", "type", "skip"}:
            within |= self.items[at].types
            at += 1
        found = self.names.match(self.items, at, within) if at > end else None
        if found is not None and found.own_place and not found.own & types:
            return found.end, self.names.inside(found.unit, types)
        return (at if self._kind(end) == "within" else end), ()

    def _named(self, at: int) -> int:
        """A name without a title."""
        found = self.names.match(self.items, at, self.inherited if self.listing else None)
        if found is not None and (found.anywhere or self.listing or self._called(at, found)):
            self._turn(at, found)
            self._join(at)
            return self._take(found, self.inherited, at)
        bare = found or self.names.match(self.items, at, frozenset())
        mode = self.mode
        if bare is None and mode == "exclude" and self._left_out_unknown(at):
            return at + 1
        self._rest()
        if bare is None or not bare.whole or mode != "normal" or not self.items[at].written[:1].isupper():
            return at + 1
        self._hold(at, bare)
        return bare.end

    def _left_out_unknown(self, at: int) -> bool:
        """Whether somebody is left out whom we do not know: who is meant must be asked, and the list goes on."""
        capital = self.items[at].written[:1].isupper()
        if not capital or self._kind(at - 1) not in {"exclude", "connect", "comma", "skip", "but"}:
            return False
        self.unmatched.append(self._written(at, at + 1))
        return True

    def _turn(self, at: int, found: Found) -> None:
        """After "di RSUD," or "surat DLH," somebody else may be called: what was said does not bear on them."""
        before = at - 1
        while self._kind(before) == "skip":
            before -= 1
        if self._kind(before) != "comma":
            return
        called = self._kind(found.end) == "opener" or self._word(found.end) in self.names.acts
        if (self.mode == "place" and not found.own_place) or (self.mode in {"told", "beside"} and called):
            self._rest()

    def _object(self, at: int) -> bool:
        """Whether a name only tells of a deed: "dipinjam PU", or what it is done to: "DLH jaga halaman RSUD"."""
        before = at - 1
        while self._kind(before) == "skip":
            before -= 1
        word = self._word(before)
        if self._kind(before) != "word" or not word.isalpha():
            return False
        if self._addressed_here():
            return True
        return len(word) > _SHORTEST_DEED and word.startswith(self.names.passive) and not self.asking

    def _hold(self, at: int, found: Found) -> None:
        """Keep a bare name in mind: what follows in its list may show that it is called."""
        if self._joined(at) not in {"connect", "comma"}:
            self.held = []
        self.held.append(found.unit)
        self.held_until = found.end

    def _join(self, at: int) -> None:
        """Somebody is addressed here: so is whoever is joined with them by "and"."""
        self.joined = 0
        if self.mode == "normal" and self._joined(at) == "connect":
            self.units += self.held
            self.joined = len(self.held)
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
        if before in {"break", "comma"} and self._acts(found.end) and not found.place:
            return True
        if found.place:
            return self.opened and at > 0 and self.items[at - 1].written == "@"
        shall = self._word(self._after_marks(found.end)) in self.names.shall
        capital = not self.names.strict or self.items[at].written[:1].isupper()
        if (self.opened and capital) or (before == "break" and (shall or after in {"comma", "connect", "opener"})):
            return True
        return before == "comma" and after == "break"

    def _acts(self, at: int) -> bool:
        """Whether an imperative follows; where names are common words it could be a noun ("Police report")."""
        return not self.names.strict and self._word(at) in self.names.acts

    def _after_marks(self, at: int) -> int:
        while self._kind(at) == "skip":
            at += 1
        return at

    def _take(self, found: Found, types: frozenset[int], at: int) -> int:
        match self.mode:
            case "normal" if self._object(at):
                self.beside.append(found.unit)
            case "normal":
                if not self.listing:
                    self.listed = len(self.units) - self.joined
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

    def _add_units(self, units: tuple[str, ...]) -> None:
        match self.mode:
            case "normal":
                self.units += units
            case "exclude":
                self.excluded += units
            case "beside":
                self.beside += units

    def _written(self, begin: int, end: int) -> str:
        return " ".join(self.text[self.items[begin].start : self.items[end - 1].end].split())
