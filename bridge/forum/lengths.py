"""A length of time with which a command's words begin: "2 jam apel pagi", "30m", "1 day because of rain"."""

from __future__ import annotations

import re
from typing import NamedTuple

from bridge.forum.book import Book

MS = {"minute": 60_000, "hour": 3_600_000, "day": 86_400_000, "week": 7 * 86_400_000}

LETTERS = {"m": "minute", "h": "hour", "d": "day"}
"""As lengths are written in the policy."""

LONGEST_MS = 366 * MS["day"]
"""Nothing is meant to last longer; a slip of the finger is."""

_LEADING = re.compile(r"\s*(\d{1,4})\s*([^\W\d_]+)\b[\s,:;.–-]*(.*)", re.DOTALL)


class Length(NamedTuple):
    """A length (ms), and what was said after it."""

    ms: int
    rest: str


def leading(text: str, book: Book) -> Length | None:
    """The length with which a text begins, in any language that the forum understands; None when it does not."""
    found = _LEADING.fullmatch(text)
    if found is None:
        return None
    word = found[2].casefold()
    unit = LETTERS.get(word) or next(
        (reader.units[word] for reader in book.due_readers if word in reader.units), None
    )
    length = int(found[1]) * MS.get(unit or "", 0)
    return Length(length, found[3].strip()) if 0 < length <= LONGEST_MS else None
