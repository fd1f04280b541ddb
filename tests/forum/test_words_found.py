"""Phrases are found where they stand, whichever way is quickest."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.forum.decision_words import _place
from bridge.forum.demands import says
from bridge.lang.speech import load_decision_words

WORDS = ("foto", "menyusul", "tanpa", "tidak", "dicabut", "besok")
texts = st.lists(st.sampled_from(WORDS), max_size=9)
phrases = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join), max_size=4)


@dataclass(frozen=True)
class Denying:
    negation: frozenset[str] = frozenset({"tidak"})


def ends_by_reading(text: str, wanted: list[str]) -> int | None:
    """Word for word, every phrase at every place."""
    ends = []
    for phrase in wanted:
        found = re.search(rf"\b{re.escape(phrase)}\b", text.lower())
        if found is not None:
            ends.append(found.end())
    return min(ends, default=None)


@given(texts.map(" ".join), phrases)
def test_where_the_first_of_some_phrases_ends(text: str, wanted: list[str]) -> None:
    assert says(text, wanted) == ends_by_reading(text, wanted)


@given(texts, phrases)
def test_where_the_first_phrase_stands_that_is_not_denied(said: list[str], wanted: list[str]) -> None:
    places = [
        place
        for place in range(len(said))
        for phrase in wanted
        if said[place : place + phrase.count(" ") + 1] == phrase.split() and said[place - 1 : place] != ["tidak"]
    ]
    assert _place(said, wanted, Denying()) == min(places, default=None)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["id", "en"])
def test_no_phrase_of_a_language_is_empty(lang: str) -> None:
    words = load_decision_words(lang)
    assert all(phrase.split() == phrase.split(" ") for phrase in (*words.revoke, *words.replace, *words.replaced))
