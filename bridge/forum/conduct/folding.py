"""Words as people see them: without invisible letters, and with letters that look alike taken for the same.

A Greek upsilon in the place of a u, a space of no width within the word, wide letters, "jud1" and "j u d i" are all
read as judi. Everything is bounded by the length of the text, which a Matrix event limits to 64 KiB.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice, product

LONGEST = 65_536
"""Characters that are looked at: an event has no more bytes."""

_WIDEST = 4 * LONGEST
"""Characters after taking apart what one sign writes: some stand for a whole sentence."""

_HIDDEN = frozenset({"Cf", "Mn", "Me"})
"""Categories of what is not seen by itself: joiners, marks above and below, orders of direction."""

_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters that show nothing."""

_LOOKS = str.maketrans(
    # Cyrillic, Greek, and others, after capitals were made small.
    "аеіјорсухѕһԁԛԝԍьгпкмтвн" + "αβγεικνορτυχω" + "ıɑɡɩʏᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢ" + "օսհցոք" + "łøđħŧ",
    "aeijopcyxshdqwgbrnkmtbh" + "abyeikvoptuxw" + "iagiyacdejkmoptuvwz" + "ouhgnp" + "lodht",
)
_INSIDE = re.compile(r"(?<=[^\W_])[@$](?=[^\W_])")
_TOKEN = re.compile(r"[^\W_]+")
_DIGITS = (str.maketrans("0134578", "oieastb"), str.maketrans("0134578", "oleastb"))
"""Digits for letters; one may be an i or an l."""

Forms = tuple[str, ...]
"""What one written word can be read as."""


def fold(text: str) -> str:
    """A text in small letters as it looks, without what is not seen."""
    text = text[:LONGEST]
    if text.isascii():
        return text.casefold()
    apart = unicodedata.normalize("NFKD", text)[:_WIDEST].casefold()
    seen = [c for c in apart if c.isascii() or (unicodedata.category(c) not in _HIDDEN and c not in _BLANK)]
    return "".join(seen).translate(_LOOKS)


def words(text: str) -> list[Forms]:
    """The words of a text in order, each with everything that it can be read as."""
    folded = _INSIDE.sub(lambda found: "a" if found[0] == "@" else "s", fold(text))
    return [_forms(found[0]) for found in _TOKEN.finditer(folded)]


def _forms(word: str) -> Forms:
    if word.isalpha() or word.isdecimal():
        return (word,)
    return tuple(dict.fromkeys((word, *(word.translate(digits) for digits in _DIGITS))))


Tails = Mapping[int, frozenset[tuple[str, ...]]]
"""What follows the first word of a phrase, by how many words that are."""

READINGS = 64
"""Readings of a few words that are tried, when each can be read in several ways."""


@lru_cache(maxsize=256)
def _phrases(phrases: tuple[str, ...]) -> Mapping[str, Tails]:
    """Phrases by their first word; so that a long list is looked through at once."""
    found: dict[str, dict[int, set[tuple[str, ...]]]] = {}
    for phrase in phrases:
        first, *tail = [forms[0] for forms in words(phrase)] or [""]
        if first:
            found.setdefault(first, {}).setdefault(len(tail), set()).add(tuple(tail))
    return {first: {size: frozenset(tails) for size, tails in by.items()} for first, by in found.items()}


def says(text: list[Forms], phrases: tuple[str, ...]) -> bool:
    """Whether a text holds one of these words or phrases, whole."""
    known = _phrases(phrases)
    for place, forms in enumerate(text):
        for form in forms:
            for size, tails in known.get(form, {}).items():
                rest = text[place + 1 : place + 1 + size]
                if len(rest) == size and any(tail in tails for tail in islice(product(*rest), READINGS)):
                    return True
    return any(() in known.get(spelt, {}).get(0, ()) for spelt in _spelt(text))


def _spelt(text: list[Forms]) -> Iterator[str]:
    """Words that are spelt out, letter by letter."""
    letters = ""
    for forms in (*text, ("",)):
        if len(forms[0]) == 1:
            letters += forms[-1]
            continue
        if len(letters) >= 3:
            yield letters
        letters = ""
