"""Numbers that people see and write: P-12, P12, p 12, #P12."""

from __future__ import annotations

import re

NUMBER = re.compile(r"(?<![\w-])#?([A-Za-z]{1,2})[ \-–]?(\d{1,6})(?![\w-])")


def number_in(text: str, letters: frozenset[str]) -> str | None:
    """The first number of ours that a text names, in any of the ways people write it: P-12, P12, p 12, #P12."""
    for found in NUMBER.finditer(text):
        if found[1].upper() in letters:
            return f"{found[1].upper()}-{int(found[2])}"
    return None


def numbers_in(text: str, letters: frozenset[str]) -> list[str]:
    """All numbers of ours that a text names, each once, in its order; at most ten."""
    found = (match for match in NUMBER.finditer(text) if match[1].upper() in letters)
    return list(dict.fromkeys(f"{match[1].upper()}-{int(match[2])}" for match in found))[:10]
