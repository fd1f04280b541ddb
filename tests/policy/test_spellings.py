"""Whom somebody meant: the same answer as by comparing with everybody, one name after the other."""

from __future__ import annotations

import difflib

from hypothesis import example, given
from hypothesis import strategies as st

from bridge.policy.spellings import LEAST, OF_A_WORD, Spellings

WORD = st.text("abdir", min_size=1, max_size=7)
NAME = st.lists(WORD, min_size=1, max_size=3).map(" ".join)
THINGS = st.lists(st.lists(NAME, min_size=1, max_size=2).map(tuple), max_size=12)


def ratio(name: str, wanted: str) -> float:
    """How like two names are by the library's own measure."""
    return difflib.SequenceMatcher(None, name, wanted).ratio()


def score(names: tuple[str, ...], wanted: str) -> float:
    """How like a thing with these names is."""
    whole = max(ratio(name, wanted) for name in names)
    parts = [OF_A_WORD * ratio(word, wanted) for name in names if " " in name for word in name.split()]
    return max([whole, *parts])


@given(THINGS, NAME, st.integers(1, 4))
@example([("rahmat",), ("ir rahmat contoh",)], "rahmad", 2)
def test_the_nearest_are_those_that_comparing_with_everybody_finds(
    things: list[tuple[str, ...]], wanted: str, limit: int
) -> None:
    """Best first, of equal ones the earlier; nobody who is hardly like it."""
    scores = [score(names, wanted) for names in things]
    best = sorted(range(len(things)), key=lambda position: (-scores[position], position))
    expected = [position for position in best[:limit] if scores[position] >= LEAST]
    assert Spellings(things).nearest(wanted, limit) == expected


@given(THINGS, NAME)
def test_who_is_alike_is_whoever_comparing_with_everybody_finds(things: list[tuple[str, ...]], wanted: str) -> None:
    """As a whole, in their order; a word of a name is not enough."""
    expected = [place for place, names in enumerate(things) if max(ratio(name, wanted) for name in names) >= 0.85]
    assert Spellings(things).alike(wanted, 0.85) == expected


def test_nothing_is_like_nothing() -> None:
    """An empty name means nobody."""
    assert Spellings([("ani",), ("",)]).nearest("", 3) == []
