"""How people shorten the name of a unit: "dik" for Pendidikan, "dukcapil", "nakkeswan", "PM PTSP".

Nothing is listed here: what is short is worked out from the names of the roster. A shortening begins a word of
the name, or what is left of it without a prefix ("per-hub-ungan"), or ends its root ("pen-di-dik-an"); several
such parts stand in the order of the words. What could mean two units means neither.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

_SHORTEST = 3
"""Letters of a part that says something alone."""

_LONGEST = 24
"""Letters of what is still a shortening."""

_MOST_REMEMBERED = 20_000

_NEVER = 99


@dataclass(frozen=True, slots=True)
class _Long:
    """A unit's name in words, and the types of unit by which it may be called."""

    unit: str
    types: frozenset[int]
    words: tuple[str, ...]


class Abbreviations:
    """The shortened names of units. `prefixes` and `suffixes` are what a language puts around a word's root."""

    def __init__(self, prefixes: Iterable[str], suffixes: Iterable[str]) -> None:
        self._prefixes = tuple(prefixes)
        self._suffixes = tuple(suffixes)
        self._names: list[_Long] = []
        self._remembered: dict[tuple[str, frozenset[int]], str | None] = {}

    def learn(self, unit: str, types: frozenset[int], words: Sequence[str]) -> None:
        """A name that people may shorten."""
        self._names.append(_Long(unit, types, tuple(words)))

    def unit(self, short: str, types: frozenset[int], *, clipped: bool = False) -> str | None:
        """The one unit of these types whose name is shortened so; a bounded memory makes the frequent quick.

        ``clipped`` when it stands by itself: then a longer part of one word is no shortening but a word of its own
        ("kerja" beside Pekerjaan Umum).
        """
        if not _SHORTEST <= len(short) <= _LONGEST or not short.isalpha():
            return None
        if clipped and len(short) > _SHORTEST and any(self._of_one(short, name.words) for name in self._names):
            return None
        key = short, types
        if key in self._remembered:
            return self._remembered[key]
        found = self._find(short, types)
        if len(self._remembered) < _MOST_REMEMBERED:
            self._remembered[key] = found
        return found

    def _find(self, short: str, types: frozenset[int]) -> str | None:
        costs: dict[str, int] = {}
        for name in self._names:
            if name.types & types:
                cost = self._cost(short, name.words, first=True)
                costs[name.unit] = min(cost, costs.get(name.unit, _NEVER))
        best = min(costs.values(), default=_NEVER)
        nearest = [unit for unit, cost in costs.items() if cost == best]
        return nearest[0] if best < _NEVER and len(nearest) == 1 else None

    def _of_one(self, short: str, words: Sequence[str]) -> bool:
        return any(self._part(short, word) == 0 for word in words)

    def _cost(self, short: str, words: Sequence[str], *, first: bool) -> int:
        """How far-fetched it is to read the words from this shortening; 0 when nothing is nearer."""
        best = _NEVER
        for at, word in enumerate(words):
            for length in range(2, len(short) + 1):
                rest = short[length:]
                if length < _SHORTEST and not (rest or not first):
                    continue
                cost = self._part(short[:length], word) + (first and at > 0)
                if cost < _NEVER and rest:
                    cost += self._cost(rest, words[at + 1 :], first=False)
                best = min(best, cost)
        return best

    def _part(self, part: str, word: str) -> int:
        if word.startswith(part):
            return 0
        if any(word.startswith(prefix + part) for prefix in self._prefixes):
            return 0 if len(part) >= _SHORTEST else 2
        roots = [word, *(word.removesuffix(suffix) for suffix in self._suffixes)]
        return 1 if len(part) >= _SHORTEST and any(root.endswith(part) for root in roots) else _NEVER


def initials(words: Sequence[str], joining: Collection[str]) -> str:
    """The first letters of words, without those that only join: "pupr"."""
    return "".join(word[0] for word in words if word not in joining)


def parts_of(words: Sequence[str], joining: Collection[str]) -> list[tuple[str, ...]]:
    """The parts of a name that are joined by "dan": "tanaman pangan", "pertanian"."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word in joining:
            parts.append([])
        else:
            parts[-1].append(word)
    return [tuple(part) for part in parts if part]
