"""One text laid out: its tokens as phrases see them, its clauses, and the cues that count where they stand.

What is found on it is noted as marks, first of its clauses (`clauses.py`), then of the whole (`overall.py`).
"""

from __future__ import annotations

from typing import NamedTuple

from bridge.forum.tagging.phrases import Hit
from bridge.forum.tagging.text import Token
from bridge.forum.tagging.vocabulary import Forms, Vocabulary

_AT_THE_START = frozenset(["consent", "refusal", "ack", "greeting", "choose"])
"""Cues whose single words mean something only at the beginning of a clause ("ya", "siap", "cukup", "ok")."""

_UNDONE_BY_PAST = frozenset({"promise", "proposal", "future"})

_BEFORE_START = frozenset(
    ["ack", "consent", "strong_consent", "refusal", "greeting", "thanks", "praise", "apology", "leave"]
)


class Clause(NamedTuple):
    """A stretch of tokens between two signs; `asks` if a question mark ends it."""

    start: int
    end: int
    asks: bool


def _looked_up(token: Token) -> str:
    """What phrases see of a token; a sign that ends a clause is empty and ends a phrase too."""
    if token.kind == "word":
        return token.word
    if token.kind == "pause" and not token.word.strip("-/–—"):
        return "-"
    return {"number": "0", "mention": "@"}.get(token.kind, "")


class Sheet:
    """A text laid out for reading."""

    def __init__(self, vocabulary: Vocabulary, forms: Forms, tokens: tuple[Token, ...]) -> None:
        self.known = vocabulary
        self.forms = forms
        self.tokens = tokens
        self.words = tuple(_looked_up(token) for token in tokens)
        self.clauses = self._clauses()
        self.cues: list[set[str]] = [set() for _ in tokens]
        """The cues at each token."""
        self.hits = self._hits()
        self.real = tuple(i for i, token in enumerate(tokens) if token.kind in ("word", "number", "mention"))
        """Where words, numbers and mentions stand."""
        self.marks: dict[str, str] = {}
        """What was found: each mark with the words it was found in."""

    def mark(self, name: str, start: int, end: int) -> None:
        """Note a mark and the words from ``start`` up to ``end``; the first place of a mark stays."""
        if name not in self.marks:
            one = end - start == 1
            self.marks[name] = (
                self.tokens[start].typed
                if one
                else " ".join(dict.fromkeys([token.typed for token in self.tokens[start:end]]))
            )

    def _hits(self) -> tuple[Hit, ...]:
        """The phrases that count where they stand, noted at each of their words."""
        clauses = iter(self.clauses)
        clause = next(clauses, None)
        found: list[Hit] = []
        for hit in self.known.phrases.find(self.words):
            while clause is not None and clause.end <= hit.start:
                clause = next(clauses, None)
            if clause is None:
                break
            single = hit.end - hit.start == 1
            if single and hit.cue in _AT_THE_START and not self._at_start(clause, hit.start):
                continue
            if single and hit.cue == "can_you" and not clause.asks:
                continue
            if hit.cue in _UNDONE_BY_PAST and self._after_past(clause, hit.start):
                continue
            found.append(hit)
            for position in range(hit.start, hit.end):
                self.cues[position].add(hit.cue)
        return tuple(found)

    def _at_start(self, clause: Clause, position: int) -> bool:
        return all(
            self.words[i] in self.known.soft
            or self.words[i] in self.known.connectors
            or self.cues[i] & _BEFORE_START
            for i in range(clause.start, position)
        )

    def _after_past(self, clause: Clause, position: int) -> bool:
        """True behind a mark of the past: "*sudah* kami sampaikan" promises nothing."""
        near = range(max(clause.start, position - 2), position)
        return any("done_mark" in self.cues[i] for i in near)

    def _clauses(self) -> tuple[Clause, ...]:
        found: list[Clause] = []
        start = 0
        for position, token in enumerate(self.tokens):
            if token.kind in ("stop", "pause", "emoji") and self.words[position] != "-":
                if position > start:
                    found.append(Clause(start, position, "?" in token.word))
                start = position + 1
        if len(self.tokens) > start:
            found.append(Clause(start, len(self.tokens), False))
        return tuple(found)
