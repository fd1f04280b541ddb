"""How like names are, for thousands of them at once: whom somebody meant who wrote a name or an account.

The likeness of two names is that of :class:`difflib.SequenceMatcher`, which costs some fifty microseconds. Two
upper bounds of it come first: the letters that both have (a tenth of a microsecond), and the longest common
subsequence (a few). What cannot be among the best is never compared to the end, and the answer is the same.
"""

import difflib
import math
from collections import Counter
from collections.abc import Iterable, Sequence

LEAST = 0.6
"""What is less like than this, from 0 to 1, is not like at all."""

OF_A_WORD = 0.95
"""What is like one word of a longer name counts for nearly the whole: "Rahmat" finds "Ir. Rahmat Contoh"."""

_ROUNDING = 1e-9


class Spellings:
    """What a number of things may be called, to be found again by a name that is like one of these."""

    def __init__(self, names: Iterable[Sequence[str]]) -> None:
        """``names`` are the plain names (`bridge.policy.roster.plain`) of each thing, in their order."""
        self._slots: dict[tuple[str, int], int] = {}
        self._owners: dict[str, list[tuple[int, float]]] = {}
        """By name and word, the things that are called so, and how much it counts."""
        for position, given in enumerate(names):
            for name in given:
                words = name.split()
                self._owners.setdefault(name, []).append((position, 1.0))
                for word in words if len(words) > 1 else ():
                    self._owners.setdefault(word, []).append((position, OF_A_WORD))
        self._by_length: dict[int, list[tuple[int, str]]] = {}
        for part in self._owners:
            if part:
                self._by_length.setdefault(len(part), []).append((self._letters(part), part))

    def _letters(self, text: str) -> int:
        """A bit for each letter, of equal ones for each."""
        slots = (
            self._slots.setdefault((letter, nth), len(self._slots))
            for letter, times in Counter(text).items()
            for nth in range(times)
        )
        return sum(1 << slot for slot in slots)

    def _possible(self, wanted: str, least: float) -> Iterable[tuple[float, str]]:
        """The names and words that may be as like as this by their letters, with how like they are at most."""
        letters, size = self._letters(wanted), len(wanted)
        for length, parts in self._by_length.items():
            needed = math.ceil(least * (length + size) / 2 - _ROUNDING)
            if needed <= min(length, size):
                for own, part in parts:
                    if (common := (letters & own).bit_count()) >= needed:
                        yield 2 * common / (length + size), part

    def nearest(self, wanted: str, limit: int) -> list[int]:
        """The things that are most like a plain name, by their positions: best first, of equal ones the earlier."""
        if not wanted:
            return []
        hopes: dict[int, list[tuple[float, str, float]]] = {}
        for bound, part in self._possible(wanted, LEAST):
            for position, weight in self._owners[part]:
                if bound * weight >= LEAST:
                    hopes.setdefault(position, []).append((bound * weight, part, weight))
        compared = _Compared(wanted)
        found: list[tuple[float, int]] = []
        for hope, position in sorted((-max(parts)[0], position) for position, parts in hopes.items()):
            enough = -found[limit - 1][0] if len(found) >= limit else LEAST
            if -hope < enough:
                break
            best = max(weight * compared(part, enough / weight) for _, part, weight in hopes[position])
            if best >= LEAST:
                found.append((-best, position))
                found.sort()
        return [position for _, position in found[:limit]]

    def alike(self, wanted: str, least: float) -> list[int]:
        """The things that are at least so like a plain name as a whole, in their order."""
        compared = _Compared(wanted)
        return sorted(
            {
                position
                for _, part in self._possible(wanted, least)
                if compared(part, least) >= least
                for position, weight in self._owners[part]
                if weight == 1.0
            }
        )


class _Compared:
    """Names compared with one, each once."""

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self._matcher = difflib.SequenceMatcher()
        self._matcher.set_seq2(wanted)
        self._known: dict[str, float] = {}
        self._common: dict[str, int] = {}
        self._at: dict[str, int] = {}
        for place, letter in enumerate(wanted):
            self._at[letter] = self._at.get(letter, 0) | 1 << place

    def __call__(self, name: str, enough: float) -> float:
        """The likeness; perhaps 0 where it is less than ``enough``."""
        known = self._known.get(name)
        if known is not None:
            return known
        if 2 * self._shared(name) / (len(name) + len(self._wanted)) < enough - _ROUNDING:
            return 0.0
        self._matcher.set_seq1(name)
        ratio = self._known[name] = self._matcher.ratio()
        return ratio

    def _shared(self, name: str) -> int:
        """The length of the longest common subsequence, which the matching blocks are one of (Hyyrö 2004)."""
        known = self._common.get(name)
        if known is None:
            every = row = (1 << len(self._wanted)) - 1
            for letter in name:
                both = row & self._at.get(letter, 0)
                row = ((row + both) | (row - both)) & every
            known = self._common[name] = len(self._wanted) - row.bit_count()
        return known
