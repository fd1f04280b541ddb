"""The names of units and the words around them, ready to be found in a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bridge.forum.abbreviations import Abbreviations, initials, parts_of
from bridge.forum.name_words import Token, norms_of, tokens_of
from bridge.forum.slips import Slips
from bridge.model.speech import AddressWords, UnitName, UnitType

EVERY = "*"
"""In the place of a kind: every unit."""

LONGEST_TEXT = 20_000
"""Characters that are read."""

Kind = Literal[
    "word",
    "break",
    "comma",
    "colon",
    "skip",
    "connect",
    "head",
    "title",
    "type",
    "all",
    "collective",
    "everyone",
    "some",
    "everywhere",
    "exclude",
    "beside",
    "told",
    "told_first",
    "done",
    "exempt",
    "then",
    "toward",
    "but",
    "within",
    "place",
    "opener",
    "lead",
]


@dataclass(frozen=True, slots=True)
class Item:
    """A word, or a phrase of the word lists. `norms` are its words in small letters, slips corrected."""

    kind: Kind
    written: str
    norms: tuple[str, ...]
    start: int
    end: int
    types: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """A unit found in a text; `end` is the item after it. `anywhere` when nothing else can be meant by the name,
    `whole` when it is not only the beginning of one."""

    unit: str
    end: int
    anywhere: bool
    place: bool
    whole: bool
    types: frozenset[int]
    own: frozenset[int]  # the types of the unit, whatever stands beside it
    own_place: bool  # it is named after a place


@dataclass(frozen=True, slots=True)
class _Name:
    """One way to name a unit, without its type. `bare` names need no type or title beside them."""

    unit: str
    types: frozenset[int]
    bare: bool
    common: bool  # a word that also means something else
    place: bool
    whole: bool  # not only the beginning of a name
    capitals: bool = False  # only where it is written in capitals, or titled: "IT"

    def fits(self, types: frozenset[int]) -> bool:
        """Whether the name may stand beside these types; what needs no type may stand beside any ("Kadis PU")."""
        return (
            not types
            or not self.types
            or bool(types & self.types)
            or (self.bare and not (self.place or self.common))
        )


_SHORT = 2
"""Letters of a name that could as well be a word."""

_LED = frozenset({"head", "title", "type"})
_ABBREVIATIONS = ("title", "type", "head", "skip", "opener", "within")


class NameIndex:
    """All names of all units. Made once; `items`, `match` and the rest are pure."""

    def __init__(self, units: Sequence[UnitName], words: Sequence[AddressWords]) -> None:
        self._types: list[UnitType] = [kind for language in words for kind in language.types]
        # Units are named in the forum's own language, which comes first; what else is understood changes nothing.
        self.strict = bool(words) and words[0].bare_needs_address
        self._phrases: dict[str, list[tuple[tuple[str, ...], Kind, frozenset[int]]]] = {}
        self._slips = Slips()
        self._blends: dict[str, frozenset[int]] = {}  # "kadis" -> the types of unit it may stand before
        self._fill(words)
        self._joining = {word for language in words for phrase in language.connect for word in norms_of(phrase)}
        self._short = Abbreviations(
            (prefix for language in words for prefix in language.prefixes),
            (suffix for language in words for suffix in language.suffixes),
        )
        self._nicknames = [(norms_of(one.named), one.called) for language in words for one in language.nicknames]
        self.passive = tuple(start for language in words for start in language.passive)
        self.must = frozenset(word for language in words for word in language.must)
        self.acts = self.must | {word for language in words for word in language.acts}
        self.shall = frozenset(word for language in words for word in language.shall)
        self.brief = frozenset(word for language in words for word in language.brief)
        self._plurals = {
            norms_of(phrase) for language in words for kind in language.types for phrase in kind.plural
        }
        self._of_type: dict[int, list[str]] = {}
        self._areas: dict[
            str, list[tuple[str, frozenset[int]]]
        ] = {}  # unit -> what lies in its area, with its types
        self._skips = {word for language in words for phrase in language.skip for word in norms_of(phrase)}
        self._names: dict[tuple[str, ...], list[_Name]] = {}
        self._begun: dict[str, list[tuple[str, ...]]] = {}  # first word of a name -> the names
        self._firsts: dict[str, int] = {}  # first word of a name -> length of the longest that begins with it
        for unit in units:
            self._enter_unit(unit)
        self._slips.learn(word for phrase in self._names for word in phrase)

    def kinds_of(self, types: frozenset[int]) -> tuple[str, ...]:
        """The kinds that "all" of these types addresses."""
        return tuple(dict.fromkeys(kind for number in sorted(types) for kind in self._types[number].kinds))

    def items(self, text: str) -> list[Item]:
        """The words and phrases of a text."""
        tokens = list(self._spread(tokens_of(text[:LONGEST_TEXT])))
        norms = [self._slips.mend(token.norm) for token in tokens]
        items: list[Item] = []
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.newline:
                items.append(Item("break", "", (), token.start, token.start))
            kind, end, types = self._phrase(norms, at)
            if kind == "word":
                abbreviated = bool(items) and items[-1].kind in _ABBREVIATIONS
                kind = _mark(token.norm, text[token.end : token.end + 1], abbreviated=abbreviated)
            if kind in {"head", "title"}:
                end, several = self._doubled(norms, at, end)
                if several or token.plural:
                    items.append(Item("all", "", (), token.start, token.start))
            last = tokens[end - 1].end
            items.append(Item(kind, text[token.start : last], tuple(norms[at:end]), token.start, last, types))
            at = end
        return items

    def several(self, item: Item) -> bool:
        """Whether a title is that of several by itself: "directors"."""
        return item.norms in self._plurals

    def units_of(self, types: frozenset[int], *, titled: bool) -> tuple[str, ...]:
        """The units that "all" of types addresses by their names: all who lead one ("para kaban"), and places."""
        numbers = [n for n in sorted(types) if titled or self._types[n].place]
        return tuple(dict.fromkeys(unit for number in numbers for unit in self._of_type.get(number, ())))

    def inside(self, area: str, types: frozenset[int]) -> tuple[str, ...]:
        """The units of these types in the area of a unit; none where the roster does not say what lies there."""
        return tuple(unit for unit, own in self._areas.get(area, ()) if area and own & types)

    def _spread(self, tokens: Iterator[Token]) -> Iterator[Token]:
        """Words with a "2" for their doubling: "donri2" is Donri-Donri, "camat2" are several."""
        for token in tokens:
            word = token.norm[:-1]
            if token.norm[-1:] not in {"2", "²"} or not word.isalpha() or self._slips.knows(token.norm):
                yield token
            elif any(core[:2] == (word, word) for core in self._begun.get(word, ())):
                yield replace(token, norm=word)
                yield replace(token, norm=word, newline=False)
            else:
                yield replace(token, norm=word, plural=True) if self._leads(word) else token

    def _leads(self, word: str) -> bool:
        return any(
            phrase == (word,) and kind in {"head", "title"} for phrase, kind, _ in self._phrases.get(word, ())
        )

    def _doubled(self, norms: Sequence[str], at: int, end: int) -> tuple[int, bool]:
        """The end of "kadis-kadis", and whether it is one."""
        if end == at + 1 and norms[end : end + 2] == ["-", norms[at]]:
            return end + 2, True
        return (end + 1, True) if end == at + 1 and norms[end : end + 1] == [norms[at]] else (end, False)

    def match(self, items: Sequence[Item], at: int, types: frozenset[int] | None) -> Found | None:
        """The longest name at an item. `types` are those of the title or type before it, empty for "kepala";
        None when nothing stands before it."""
        taken: list[tuple[tuple[str, ...], int]] = []
        norms: tuple[str, ...] = ()
        longest = self._longest(items, at)
        if not longest and at < len(items) and items[at].kind != "comma":
            return None
        for end in range(at, len(items)):
            item = items[end]
            if len(norms) > longest or item.kind in {"break", "colon"}:
                break
            if item.kind == "comma" and not norms:
                break
            if item.kind == "comma" or (item.kind == "skip" and norms):
                continue
            norms += item.norms
            taken.append((norms, end + 1))
        for phrase, end in reversed(taken):
            names = self._names.get(phrase) or self._shortened(
                phrase, types if self._after_title(items, at) else None
            )
            if names and (found := self._choose(names, at, end, items, types)):
                return found
        return None

    def _longest(self, items: Sequence[Item], at: int) -> int:
        if at >= len(items) or not items[at].norms:
            return 0
        first = items[at].norms[0]
        return self._firsts.get(first, 0) or (len(first) > _SHORT and items[at].kind == "word")

    @staticmethod
    def _after_title(items: Sequence[Item], at: int) -> bool:
        before = at - 1
        while before >= 0 and items[before].kind == "skip":
            before -= 1
        return before >= 0 and items[before].kind in _LED

    def _shortened(self, phrase: tuple[str, ...], types: frozenset[int] | None) -> list[_Name]:
        """The unit whose name is shortened so: "kadisdik", or "capil" after a title."""
        if len(phrase) > 1:
            return []
        if types and (unit := self._short.unit(phrase[0], types, clipped=True)):
            return [_Name(unit, types, False, False, False, False)]
        for prefix, numbers in self._blends.items():
            if phrase[0].startswith(prefix) and (unit := self._short.unit(phrase[0][len(prefix) :], numbers)):
                return [_Name(unit, numbers, True, False, False, False)]
        return []

    def _choose(
        self, names: Sequence[_Name], at: int, end: int, items: Sequence[Item], types: frozenset[int] | None
    ) -> Found | None:
        titled = types is not None
        wanted = types or frozenset()
        after = end
        while after < len(items) and items[after].kind in {"type", "title", "head"}:  # Parks dept, Parks director
            wanted |= items[after].types
            titled = True
            after += 1
        capitals = items[at].written.isupper()
        fitting = [
            name
            for name in names
            if (titled or (name.bare and (capitals or not name.capitals))) and name.fits(wanted)
        ]
        whole = [name for name in fitting if name.whole] or fitting
        if not whole or len({name.unit for name in whole}) > 1:
            return None
        name = next((n for n in whole if not n.common), whole[0])
        sure = titled or not (name.common or name.place)
        return Found(
            name.unit,
            after,
            sure,
            name.place and not titled,
            name.whole,
            name.types | wanted,
            name.types,
            name.place,
        )

    # --- making ---

    def _fill(self, words: Sequence[AddressWords]) -> None:
        number = 0
        for language in words:
            for kind in language.types:
                self._enter(kind.titles, "title", frozenset({number}))
                self._enter(kind.plural, "title", frozenset({number}))
                self._enter(kind.words, "type", frozenset({number}))
                for prefix in kind.contractions:
                    self._blends[prefix] = self._blends.get(prefix, frozenset()) | {number}
                number += 1
            lists: list[tuple[Kind, tuple[str, ...]]] = [
                ("everyone", language.everyone),
                ("collective", language.collectives),
                ("all", language.all),
                ("head", language.heads),
                ("exclude", language.exclude),
                ("told", language.told),
                ("told_first", language.told_first),
                ("beside", language.beside),
                ("done", language.done),
                ("exempt", language.exempt),
                ("then", language.then),
                ("toward", language.toward),
                ("but", language.but),
                ("within", language.within),
                ("place", language.place),
                ("opener", language.openers),
                ("connect", language.connect),
                ("some", language.some),
                ("everywhere", language.everywhere),
                ("skip", language.skip),
                ("lead", language.lead),
            ]
            for name, phrases in lists:
                self._enter(phrases, name, frozenset())
        for known in self._phrases.values():
            known.sort(key=lambda entry: -len(entry[0]))

    def _enter(self, phrases: Iterable[str], kind: Kind, types: frozenset[int]) -> None:
        for phrase in phrases:
            norms = norms_of(phrase)
            self._slips.know(norms)
            known = self._phrases.setdefault(norms[0], [])
            same = next((n for n, entry in enumerate(known) if entry[0] == norms), None)
            if same is None:
                known.append((norms, kind, types))
            elif known[same][1] == kind:
                known[same] = (norms, kind, known[same][2] | types)

    def _phrase(self, norms: Sequence[str], at: int) -> tuple[Kind, int, frozenset[int]]:
        for phrase, kind, types in self._phrases.get(norms[at], ()):
            if tuple(norms[at : at + len(phrase)]) == phrase:
                return kind, at + len(phrase), types
        return "word", at + 1, frozenset()

    def _enter_unit(self, unit: UnitName) -> None:
        called = [name for name in (unit.name, unit.short, *unit.aliases) if name.strip()]
        parts = [self._apart(name) for name in called]
        place = any(self._types[number].place for _, types in parts for number in types)
        own = parts[0][1] if parts else frozenset()
        for (core, types), name in zip(parts, called, strict=True):
            # "Public Works" of "Department of Public Works" is a name where it is called.
            called_only = bool(types) and len(core) > 1
            common = called_only or (self.strict and len(core) == 1 and not name.isupper())
            bare = called_only or place or not types or self.strict
            capitals = self.strict and name.isupper() and len(name) <= _SHORT
            self._enter_name(core, _Name(unit.id, types or own, bare, common, place, True, capitals))
            if types or len(core) > 1:
                for length in range(1, len(core)):
                    if self._phrase(core, length - 1)[0] != "connect":
                        short = _Name(unit.id, types or own, False, True, place, False)
                        self._enter_name(core[:length], short)
            self._short.learn(unit.id, types or own, [word for word in core if word not in self._joining])
        self._enter_short(unit.id, parts[0][0], own)
        self._enter_nicknames(unit.id, norms_of(unit.name))
        self._areas.setdefault(unit.within, []).append((unit.id, own))
        for number in own:
            self._of_type.setdefault(number, []).append(unit.id)

    def _enter_short(self, unit: str, core: tuple[str, ...], types: frozenset[int]) -> None:
        """What a full name is called in short: its initials, its first part's, and its later parts."""
        parts = parts_of(core, self._joining)
        if not types or any(self._types[number].place for number in types):
            return
        full = initials(core, self._joining)
        begun = initials(parts[0], ())
        called = _Name(unit, types, True, True, False, False, capitals=True)
        if len(full) > 1:
            self._enter_name((full,), called)
            for number in types:
                whole = self._types[number].words[0][0] + full
                self._enter_name((whole,), _Name(unit, types, True, False, False, True, capitals=True))
        if len(begun) > 1 and len(parts) > 1:
            self._enter_name((begun,), called)
            self._enter_name((begun, *core[len(parts[0]) :]), called)
            self._enter_name((begun, *(word for part in parts[1:] for word in part)), called)
        for part in parts[1:]:
            self._enter_name(part, _Name(unit, types, False, True, False, False))

    def _enter_nicknames(self, unit: str, name: tuple[str, ...]) -> None:
        for words, called in self._nicknames:
            if any(name[at : at + len(words)] == words for at in range(len(name))):
                for other in called:
                    self._enter_name(norms_of(other), _Name(unit, frozenset(), True, False, False, False))

    def _enter_name(self, core: tuple[str, ...], name: _Name) -> None:
        known = self._names.setdefault(core, [])
        if name not in known:
            known.append(name)
        self._begun.setdefault(core[0], []).append(core)
        self._firsts[core[0]] = max(self._firsts.get(core[0], 0), len(core))

    def _apart(self, name: str) -> tuple[tuple[str, ...], frozenset[int]]:
        """A name without the types and titles at its ends, and those types."""
        items = [item for item in self.items(name) if item.kind not in {"skip", "comma"}]
        begin, end = 0, len(items)
        while begin < end and items[begin].kind in {"type", "title", "head"}:
            begin += 1
        while end > begin and items[end - 1].kind in {"type", "title", "head"}:
            end -= 1
        if begin == end:
            return tuple(norm for item in items for norm in item.norms), frozenset()
        around = [*items[:begin], *items[end:]]
        types = frozenset(number for item in around for number in item.types)
        core = tuple(norm for item in items[begin:end] for norm in item.norms)
        return core, types


def _mark(norm: str, following: str, *, abbreviated: bool) -> Kind:
    if norm == ".":
        inside = abbreviated or bool(following.strip())
        return "skip" if inside else "break"
    marks: dict[str, Kind] = {
        ",": "comma",
        "/": "connect",
        "&": "connect",
        "+": "connect",
        ":": "colon",
        "!": "break",
        "?": "break",
        ";": "break",
        "(": "skip",
        ")": "skip",
    }
    return marks.get(norm, "word")
