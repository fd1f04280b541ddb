"""The words of a text in which names are looked for: small letters, and where they stood."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(r"[^\W_]+(?:['’`]+[^\W_]+)*|\S")


@dataclass(frozen=True, slots=True)
class Token:
    """One word or mark. `norm` is how it is compared."""

    norm: str
    start: int
    end: int
    newline: bool
    plural: bool = False  # "camat2"


def tokens_of(text: str) -> Iterator[Token]:
    """The words and marks of a text, in its order; "camat2" is one word."""
    end = 0
    for found in _TOKEN.finditer(text):
        if found[0].isalnum() and found[0].isascii():
            norm = found[0].lower()
        else:
            norm = re.sub("['’`]", "", unicodedata.normalize("NFKC", found[0]).casefold()) or found[0]
        yield Token(norm, found.start(), found.end(), "\n" in text[end : found.start()])
        end = found.end()


def norms_of(phrase: str) -> tuple[str, ...]:
    """A phrase as its words are compared."""
    return tuple(token.norm for token in tokens_of(phrase))
