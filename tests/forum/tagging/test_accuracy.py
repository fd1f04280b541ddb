"""The tagger on messages that it has not learned from."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bridge.forum.tagging import Tagger
from bridge.forum.tagging.learn import Example
from bridge.lang.lexicon import load

CORPUS = Path(__file__).parent / "corpus"


class Line(Example, frozen=True, kw_only=True):
    """A line of the corpus."""

    id: str
    lang: str


def lines(folder: str, name: str = "*") -> tuple[Line, ...]:
    decode = msgspec.json.Decoder(Line).decode
    paths = sorted((CORPUS / folder).glob(f"{name}.jsonl"))
    return tuple(decode(line) for path in paths for line in path.read_bytes().splitlines())


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger(load())


def test_held_out_messages_are_judged_within_the_limits(tagger: Tagger) -> None:
    """Of what is tagged at least 97 % is right, and at most 8 % is left unsure."""
    messages = lines("held_out")
    answers = [(line, tagger.classify(line).label) for line in messages]
    wrong = [(line.id, line.label, label) for line, label in answers if label not in (line.label, "unsure")]
    unsure = sum(label == "unsure" for _, label in answers)
    assert len(messages) >= 250
    assert len(wrong) <= 0.03 * (len(messages) - unsure), wrong
    assert unsure <= 0.08 * len(messages)


def test_plain_messages_are_tagged_rightly_and_surely(tagger: Tagger) -> None:
    """What anybody would call a report, an order ... gets its tag, in both languages: none wrong, none unsure."""
    messages = lines("anchors")
    assert len(messages) >= 80
    missed = [
        (line.text, line.label, label) for line in messages if (label := tagger.classify(line).label) != line.label
    ]
    assert missed == []


def test_held_out_messages_are_not_among_the_learned() -> None:
    """No held-out text is learned from, but for stock phrases of a few words."""
    learned = {line.text.casefold() for line in lines("learned")}
    shared = [line.text for line in lines("held_out") if line.text.casefold() in learned]
    assert [text for text in shared if len(text.split()) > 3] == []


@pytest.mark.parametrize("language", ["id", "en"])
def test_both_languages_are_judged(tagger: Tagger, language: str) -> None:
    """Neither language hides behind the other: each alone keeps within the limits."""
    messages = [line for line in lines("held_out") if line.lang == language]
    answers = [tagger.classify(line).label for line in messages]
    wrong = sum(label not in (line.label, "unsure") for line, label in zip(messages, answers, strict=True))
    assert wrong <= 0.05 * (len(messages) - answers.count("unsure"))
    assert answers.count("unsure") <= 0.1 * len(messages)
