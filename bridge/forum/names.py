"""The names of units and the words around them, ready to be found in a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True, slots=True)
class _Name:
    """One way to name a unit, without its type. `bare` names need no type or title beside them."""

    unit: str
    types: frozenset[int]
    bare: bool
    common: bool  # a word that also means something else
    place: bool
    whole: bool  # not only the beginning of a name

    def fits(self, types: frozenset[int]) -> bool:
        """Whether the name may stand beside these types; what needs no type may stand beside any ("Kadis PU")."""
        return (
            not types
            or not self.types
            or bool(types & self.types)
            or (self.bare and not (self.place or self.common))
        )


@dataclass(frozen=True, slots=True)
class _Token:
    norm: str
    start: int
    end: int
    newline: bool


_TOKEN = re.compile(r"[^\W_]+(?:['’`]+[^\W_]+)*|\S")
_MOST_REMEMBERED = 20_000
_ABBREVIATIONS = ("title", "type", "head", "skip", "opener")


class NameIndex:
    """All names of all units. Made once; `items`, `match` and the rest are pure."""

    def __init__(self, units: Sequence[UnitName], words: Sequence[AddressWords]) -> None:
        self._types: list[UnitType] = [kind for language in words for kind in language.types]
        # Units are named in the forum's own language, which comes first; what else is understood changes nothing.
        self._strict = bool(words) and words[0].bare_needs_address
        self._phrases: dict[str, list[tuple[tuple[str, ...], Kind, frozenset[int]]]] = {}
        self._slips = _Slips()
        self._fill(words)
        self._skips = {word for language in words for phrase in language.skip for word in _norms(phrase)}
        self._names: dict[tuple[str, ...], list[_Name]] = {}
        self._firsts: dict[str, int] = {}  # first word of a name -> length of the longest that begins with it
        for unit in units:
            self._enter_unit(unit)
        self._slips.learn(word for phrase in self._names for word in phrase)

    def kinds_of(self, types: frozenset[int]) -> tuple[str, ...]:
        """The kinds that "all" of these types addresses."""
        return tuple(dict.fromkeys(kind for number in sorted(types) for kind in self._types[number].kinds))

    def items(self, text: str) -> list[Item]:
        """The words and phrases of a text."""
        tokens = list(_tokens(text[:LONGEST_TEXT]))
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
            last = tokens[end - 1].end
            items.append(Item(kind, text[token.start : last], tuple(norms[at:end]), token.start, last, types))
            at = end
        return items

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
            if item.kind == "comma" or (item.kind == "skip" and norms):
                continue
            norms += item.norms
            taken.append((norms, end + 1))
        for phrase, end in reversed(taken):
            names = self._names.get(phrase)
            if names and (found := self._choose(names, end, items, types)):
                return found
        return None

    def _longest(self, items: Sequence[Item], at: int) -> int:
        if at >= len(items) or not items[at].norms:
            return 0
        return self._firsts.get(items[at].norms[0], 0)

    def _choose(
        self, names: Sequence[_Name], end: int, items: Sequence[Item], types: frozenset[int] | None
    ) -> Found | None:
        titled = types is not None
        wanted = types or frozenset()
        after = end
        while after < len(items) and items[after].kind in {"type", "title", "head"}:  # Parks dept, Parks director
            wanted |= items[after].types
            titled = True
            after += 1
        fitting = [name for name in names if (titled or name.bare) and name.fits(wanted)]
        whole = [name for name in fitting if name.whole] or fitting
        if not whole or len({name.unit for name in whole}) > 1:
            return None
        name = next((n for n in whole if not n.common), whole[0])
        sure = titled or not (name.common or name.place)
        return Found(name.unit, after, sure, name.place and not titled, name.whole, name.types | wanted)

    # --- making ---

    def _fill(self, words: Sequence[AddressWords]) -> None:
        number = 0
        for language in words:
            for kind in language.types:
                self._enter(kind.titles, "title", frozenset({number}))
                self._enter(kind.words, "type", frozenset({number}))
                number += 1
            lists: list[tuple[Kind, tuple[str, ...]]] = [
                ("everyone", language.everyone),
                ("collective", language.collectives),
                ("all", language.all),
                ("head", language.heads),
                ("exclude", language.exclude),
                ("beside", language.beside),
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
            norms = _norms(phrase)
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
            # "Public Works" of "Department of Public Works" is a name where it is called; "Health" is not.
            called_only = bool(types) and len(core) > 1
            common = called_only or (self._strict and len(core) == 1 and not name.isupper())
            bare = called_only or place or not types
            self._enter_name(core, _Name(unit.id, types or own, bare, common, place, True))
            if types or len(core) > 1:
                for length in range(1, len(core)):
                    if self._phrase(core, length - 1)[0] != "connect":
                        short = _Name(unit.id, types or own, False, True, place, False)
                        self._enter_name(core[:length], short)
            for number in types:
                for contraction in self._types[number].contractions:
                    if len(core[0]) > 3:
                        blend = _Name(unit.id, types, True, False, False, False)
                        self._enter_name((contraction + core[0][:3],), blend)

    def _enter_name(self, core: tuple[str, ...], name: _Name) -> None:
        known = self._names.setdefault(core, [])
        if name not in known:
            known.append(name)
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


class _Slips:
    """Corrects a slip of the pen in a word that is nobody's: one in six letters, two in ten.

    Every known word is filed under what is left of it when one or two letters are struck out, so that a look-up
    does not depend on how many words are known.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._mended: dict[str, str] = {}
        self._filed: dict[str, set[str]] = {}

    def know(self, words: Iterable[str]) -> None:
        """Words that are right as they are."""
        self._known.update(words)

    def learn(self, words: Iterable[str]) -> None:
        """Words that a slip is corrected to."""
        for word in set(words):
            self._known.add(word)
            if len(word) >= 6:
                for left in _struck(word, _allowed(word)):
                    self._filed.setdefault(left, set()).add(word)

    def mend(self, word: str) -> str:
        """The known word that is meant, or the word itself; a bounded memory makes the frequent ones quick."""
        if word in self._known or len(word) < 6 or not word.isalpha():
            return word
        mended = self._mended.get(word)
        if mended is None:
            mended = self._nearest(word)
            if len(self._mended) < _MOST_REMEMBERED:
                self._mended[word] = mended
        return mended

    def _nearest(self, word: str) -> str:
        near: dict[str, int] = {}
        for left in _struck(word, _allowed(word)):
            for known in self._filed.get(left, ()):
                if known[0] == word[0] and known not in near:
                    near[known] = _distance(word, known)
        best = min(near.values(), default=99)
        nearest = [known for known, distance in near.items() if distance == best]
        if len(nearest) != 1 or best > min(_allowed(word), _allowed(nearest[0])):
            return word
        return nearest[0]


def _allowed(word: str) -> int:
    return 2 if 10 <= len(word) <= 30 else 1


def _struck(word: str, times: int) -> set[str]:
    struck = {word}
    for _ in range(times):
        struck |= {left[:i] + left[i + 1 :] for left in struck for i in range(len(left))}
    return struck


def _distance(one: str, other: str) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]


def _tokens(text: str) -> Iterator[_Token]:
    end = 0
    for found in _TOKEN.finditer(text):
        if found[0].isalnum() and found[0].isascii():
            norm = found[0].lower()
        else:
            norm = re.sub("['’`]", "", unicodedata.normalize("NFKC", found[0]).casefold()) or found[0]
        yield _Token(norm, found.start(), found.end(), "\n" in text[end : found.start()])
        end = found.end()


def _norms(phrase: str) -> tuple[str, ...]:
    return tuple(token.norm for token in _tokens(phrase))


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
