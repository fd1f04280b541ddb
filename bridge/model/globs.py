"""Patterns of accounts and servers as Matrix has them: `*` for any number of characters, `?` for one."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    # Runs of stars are one: a pattern of strangers must not make matching slow.
    parts = re.split(r"(\*+|\?)", pattern)
    read = "".join(".*" if part.startswith("*") else "." if part == "?" else re.escape(part) for part in parts)
    return re.compile(read, re.IGNORECASE | re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern describes the whole text. Small and large letters are alike."""
    if "*" not in pattern and "?" not in pattern:
        return pattern.casefold() == text.casefold()
    return _compiled(pattern).fullmatch(text) is not None
