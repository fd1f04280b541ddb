"""The secrets that a test session used, and the words that people said in it; what of them stands in some bytes.

Secrets are found whole: as text, and those of bytes also in hexadecimal, base64, as Python writes bytes, and (in
files) raw. Words of people are found by any five of them in a row.
"""

from __future__ import annotations

import base64
import re
from collections import deque
from collections.abc import Collection, Iterable

SHORTEST = 8
"""A shorter secret (the password "right" of a test) is a word that anything may hold."""
ORDINARY = frozenset({b"password", bytes(32)})
"""Nobody's secrets: a word, and a row of zeros such as stands in every archive (and makes a key in some tests)."""
IN_A_ROW = 5
RECENT = 200
"""Secrets of bytes that are looked for raw: a file holds those of its own test and of its session's fixtures."""

_WORD = re.compile(rb"[A-Za-z0-9_\-]{8,}")
_ESCAPED = re.compile(rb"\\[abfnrtv]")
_SPOKEN = re.compile(r"\b[^\W\d_]+\b")
"""Whole words only: the letters between the digits of an identifier repeat by chance, and nobody said them."""


class Known:
    """Secrets by kind; never shown."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, bytes]] = set()
        self._by_word: dict[bytes, list[tuple[str, bytes]]] = {}
        self._phrases: list[tuple[str, bytes]] = []
        self._raw: deque[tuple[str, bytes]] = deque(maxlen=RECENT)
        self._said: set[tuple[str, ...]] = set()
        self.counts: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"Known({self.counts})"

    def add(self, kind: str, secret: object) -> None:
        """Remember a secret, a text or bytes; None and what is too short to be told from a word is let be."""
        value = secret.encode("utf-8", "replace") if isinstance(secret, str) else secret
        if (
            not isinstance(value, bytes)
            or len(value) < SHORTEST
            or value in ORDINARY
            or (kind, value) in self._seen
        ):
            return
        self._seen.add((kind, value))
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if isinstance(secret, str):
            self._index(kind, value)
            return
        self._raw.append((kind, value))
        for written in (
            value.hex().encode(),
            base64.b64encode(value).rstrip(b"="),
            base64.urlsafe_b64encode(value).rstrip(b"="),
            repr(value)[2:-1].encode(),
        ):
            self._index(kind, written)

    def _index(self, kind: str, form: bytes) -> None:
        words = sorted(_WORD.findall(form), key=len)
        if words:
            self._by_word.setdefault(words[-1], []).append((kind, form))
        else:
            self._phrases.append((kind, form))

    def heard(self, body: object) -> None:
        """Remember what a person said."""
        if isinstance(body, str):
            self._said.update(_rows(body))

    def in_text(self, data: bytes, *, allowed: Collection[str] = ()) -> set[str]:
        """The kinds of secrets that stand in these bytes, in any written form."""
        data = _ESCAPED.sub(b" ", data)
        found = {kind for kind, form in self._phrases if form in data}
        for word in self._by_word.keys() & set(_WORD.findall(data)):
            found.update(kind for kind, form in self._by_word[word] if form in data)
        return found.difference(allowed)

    def in_file(self, data: bytes, *, allowed: Collection[str] = ()) -> set[str]:
        """The same, raw bytes included."""
        raw = {kind for kind, value in self._raw if kind not in allowed and value in data}
        return self.in_text(data, allowed=allowed) | raw

    def words_in(self, lines: Iterable[str]) -> bool:
        """Whether a line repeats what a person said."""
        return any(not self._said.isdisjoint(_rows(line)) for line in lines)


def _rows(text: str) -> Iterable[tuple[str, ...]]:
    words = _SPOKEN.findall(text.lower())
    return (tuple(words[at : at + IN_A_ROW]) for at in range(len(words) - IN_A_ROW + 1))
