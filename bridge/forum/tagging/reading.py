"""What a text says, as *marks*: small findings such as "claims that something is done" or "asks".

A mark carries the words it was found in, for the explanation. Marks know nothing of who speaks, what is answered
or what hangs on the message; that is weighed in `weighing.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from bridge.forum.tagging import clauses, overall
from bridge.forum.tagging.sheet import Sheet
from bridge.forum.tagging.text import Token
from bridge.forum.tagging.vocabulary import Vocabulary
from bridge.model.lexicon import Lexicon

_PAIRED = frozenset({"word", "number", "stop"})


class Reading(NamedTuple):
    """The marks of a text, each with the words it was found in."""

    marks: Mapping[str, str]
    tags: tuple[str, ...]
    """Hashtags, without their sign."""
    length: int
    """Number of words."""
    words: tuple[str, ...]
    """The different words as they were read out, without numbers and mentions."""
    pairs: tuple[str, ...]
    """The different pairs of neighbouring words, numbers and ends of sentences."""
    families: tuple[tuple[str, ...], ...]
    """What the words speak of, for each word of which it is known."""
    tokens: tuple[Token, ...]
    """Everything that was read, in order."""


class Reader:
    """Reads texts by the words of a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._vocabulary = Vocabulary(lexicon)

    def read(self, text: str) -> Reading:
        """The marks of `text`."""
        language, tokens = self._vocabulary.normaliser.tokens(text)
        sheet = Sheet(self._vocabulary, self._vocabulary.forms[language], tokens)
        clauses.mark(sheet)
        overall.mark(sheet)
        tags = tuple(token.word[1:] for token in tokens if token.kind == "tag")
        words = tuple(dict.fromkeys(sheet.words[i] for i in sheet.real if tokens[i].kind == "word"))
        known = self._vocabulary.families
        families = tuple(known[word] for word in words if word in known)
        return Reading(sheet.marks, tags, len(sheet.real), words, _pairs(tokens), families, tokens)


def _pairs(tokens: tuple[Token, ...]) -> tuple[str, ...]:
    row = [token.word if token.kind == "word" else _sign(token) for token in tokens if token.kind in _PAIRED]
    row = ["^", *row, "$"]
    return tuple(dict.fromkeys([f"{first} {second}" for first, second in pairwise(row)]))


def _sign(token: Token) -> str:
    if token.kind == "number":
        return "0"
    return next((sign for sign in "?!" if sign in token.word), ".")
