"""Slips of the pen in names: which known word somebody meant."""

from __future__ import annotations

from collections.abc import Iterable

_MOST_REMEMBERED = 20_000

_LONGEST = 40
"""Letters of a word in which a slip is looked for; its cost grows with the square of them."""


class Slips:
    """Corrects a slip of the pen in a word that is nobody's: one in six letters, two in ten.

    Every known word is filed under what is left of it when one or two letters are struck out, so that a look-up
    does not depend on how many words are known.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._mended: dict[str, str] = {}
        self._filed: dict[str, set[str]] = {}

    def knows(self, word: str) -> bool:
        """Whether a word is known as it is."""
        return word in self._known

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
        if word in self._known or not 6 <= len(word) <= _LONGEST or not word.isalpha():
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
