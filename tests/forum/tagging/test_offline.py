"""`tudang classify`: one line out for every line in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.forum.tagging.offline import classify_file
from bridge.lang.lexicon import load
from bridge.model.lexicon import Lexicon

EXAMPLES = Path(__file__).parent / "corpus" / "learned" / "examples.jsonl"


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def test_every_line_is_answered_in_order(lexicon: Lexicon) -> None:
    """The output has the four members, and the ids of the input."""
    lines = EXAMPLES.read_text(encoding="utf-8").splitlines()
    answers = [json.loads(line) for line in classify_file(lines, lexicon)]
    assert [answer["id"] for answer in answers] == [json.loads(line)["id"] for line in lines]
    assert all(set(answer) == {"id", "label", "confidence", "why"} for answer in answers)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("{not json", "malformed"),
        ('["a list"]', "object"),
        ('{"id": "a", "text": "x"}', "author_role"),
        ('{"id": "a", "author_role": "king", "text": "x"}', "king"),
        ('{"id": "a", "author_role": "head", "text": 5}', "text"),
        ('{"id": "a", "author_role": "head", "text": "x", "media": "hologram"}', "hologram"),
        (
            '{"id": "a", "author_role": "head", "text": "x", "reply_to": {"author_role": "head", "label": "?"}}',
            "reply_to.label",
        ),
        (b'{"id": "a", "author_role": "head", "text": "\xff"}', "utf-8"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(lexicon: Lexicon, bad: str | bytes, told: str) -> None:
    """The error says which line and what is wrong with it."""
    good = '{"id": "g", "author_role": "head", "text": "Siap pak", "media": "none", "reply_to": null}'
    first, error, last = (json.loads(line) for line in classify_file([good, bad, good], lexicon))
    assert first == last
    assert error["line"] == 2
    assert error["error"].startswith("line 2: ")
    assert told in error["error"].lower()


def test_blank_lines_and_missing_members_do_no_harm(lexicon: Lexicon) -> None:
    """Media and reply_to may be left out; blank lines count for the numbering only."""
    lines = ["", '{"id": 7, "author_role": "head", "text": "Siap pak"}', "  \n", "nonsense"]
    answer, error = (json.loads(line) for line in classify_file(lines, lexicon))
    assert (answer["id"], answer["label"]) == (7, "acknowledgement")
    assert error["line"] == 4


def test_deep_nesting_is_an_error_line(lexicon: Lexicon) -> None:
    """A hostile line stops nothing."""
    (error,) = (json.loads(line) for line in classify_file(["[" * 100_000], lexicon))
    assert error["line"] == 1
