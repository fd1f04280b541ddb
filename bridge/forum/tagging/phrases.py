"""Finds the phrases of all cues in a sequence of words, in one pass.

A phrase is matched word by word; `a/b` is either word and `abc*` any word that begins so. Honorifics, titles and
particles may stand between the words of a phrase ("izin *pak bupati* melaporkan"). Of the phrases that begin at
one word the longest counts, and what lies wholly inside a longer phrase is not found: "terima kasih atas
laporannya" does not open a report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

_MOST_SKIPPED = 3
_MOST_REMEMBERED = 20_000


class Hit(NamedTuple):
    """A phrase of a cue at `words[start:end]`."""

    cue: str
    start: int
    end: int


class _Node:
    """A place in the tree of phrases: what may follow, and the cues of the phrase that ends here."""

    __slots__ = ("cues", "exact", "stems")

    def __init__(self) -> None:
        self.exact: dict[str, _Node] = {}
        self.stems: list[tuple[str, _Node]] = []
        self.cues: tuple[str, ...] = ()

    def child(self, word: str) -> _Node:
        if not word.endswith("*"):
            return self.exact.setdefault(word, _Node())
        for stem, node in self.stems:
            if stem == word[:-1]:
                return node
        node = _Node()
        self.stems.append((word[:-1], node))
        return node

    def follow(self, word: str) -> _Node | None:
        node = self.exact.get(word)
        if node is None and self.stems:
            for stem, other in self.stems:
                if word.startswith(stem):
                    return other
        return node


class Phrases:
    """The phrases of all cues, ready to be looked for."""

    def __init__(self, cues: Mapping[str, Iterable[str]], skipped: frozenset[str]) -> None:
        self._root = _Node()
        self._begun: dict[str, _Node | None] = {}
        self._skipped = skipped
        for cue, phrases in cues.items():
            for phrase in phrases:
                for words in product(*(part.split("/") for part in phrase.split())):
                    self._add(cue, words)

    def find(self, words: Sequence[str]) -> tuple[Hit, ...]:
        """All hits, by their start. A word that is empty (a sign) interrupts every phrase."""
        hits: list[Hit] = []
        covered = 0
        for start, word in enumerate(words):
            node = self._begin(word) if word else None
            if node is None:
                continue
            end, cues = self._longest(node, words, start)
            if cues and end > covered:
                hits.extend(Hit(cue, start, end) for cue in cues)
                if end - start > 1:
                    covered = end
        return tuple(hits)

    def _add(self, cue: str, words: Sequence[str]) -> None:
        node = self._root
        for word in words:
            node = node.child(word)
        if cue not in node.cues:
            node.cues = (*node.cues, cue)

    def _begin(self, word: str) -> _Node | None:
        """Where a phrase that begins with a word goes on; a bounded memory makes the frequent ones quick."""
        try:
            return self._begun[word]
        except KeyError:
            node = self._root.follow(word)
            if len(self._begun) < _MOST_REMEMBERED:
                self._begun[word] = node
            return node

    def _longest(self, node: _Node, words: Sequence[str], start: int) -> tuple[int, tuple[str, ...]]:
        found = (start + 1, node.cues)
        skipped = 0
        for position in range(start + 1, len(words)):
            if not (node.exact or node.stems):
                break
            word = words[position]
            following = node.follow(word)
            if following is not None:
                node = following
                if node.cues:
                    found = (position + 1, node.cues)
            elif word in self._skipped and skipped < _MOST_SKIPPED:
                skipped += 1
            else:
                break
        return found
