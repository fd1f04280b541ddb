"""The word lists: what is read, and how faults are told."""

from __future__ import annotations

import pytest

from bridge.lang.lexicon import LexiconError, families, languages, load, parse, table
from bridge.model.lexicon import CUES, LABELS, merged


def test_every_language_knows_every_cue() -> None:
    """A cue that a language lacks would silently blunt the tagger there."""
    missing = {name: [cue for cue in CUES if not load(name).cues[cue]] for name in languages()}
    # English has no one word for these two.
    assert missing == {"id": [], "en": ["so_that", "not_order"]}


def test_every_language_gives_every_reason() -> None:
    """Admins read reasons in their own language, never a key."""
    reasons = [set(load(name).reasons) for name in languages()]
    assert reasons[0]
    assert all(names == reasons[0] for names in reasons)


def test_words_that_yaml_takes_for_truth_values_are_words() -> None:
    """`no`, `yes`, `on` and `86` are what people type."""
    lexicon = parse("language: xx\ncues:\n  ack: [86, yes, on]\n  refusal: [no]\n")
    assert lexicon.cues["ack"] == ("86", "yes", "on")
    assert lexicon.cues["refusal"] == ("no",)


def test_all_faults_are_told_at_once_with_their_place() -> None:
    """One line per fault, naming the part."""
    with pytest.raises(LexiconError) as caught:
        parse(
            "language: xx\nwrods: {}\ncues:\n  ask: [who]\n  ack: siap\n"
            "hashtags:\n  order: [perintah]\ngrammar:\n  past: '('\n",
            "mine.yaml",
        )
    told = str(caught.value).splitlines()
    for place in ("wrods", "cues.ask", "cues.ack", "hashtags.order", "grammar.past"):
        assert any(line.startswith(f"mine.yaml: {place}: ") for line in told)


@pytest.mark.parametrize("text", ["- a list", "language: [", "just words"])
def test_what_is_no_word_list_is_refused(text: str) -> None:
    """Never a traceback of the YAML reader."""
    with pytest.raises(LexiconError):
        parse(text)


def test_a_tag_has_one_meaning() -> None:
    """The same hashtag for two labels is a fault."""
    with pytest.raises(LexiconError, match="already a tag for report"):
        parse("language: xx\nhashtags:\n  report: [lapor]\n  question: [lapor]\n")


def test_an_unknown_language_is_named_with_those_there_are() -> None:
    """The message says what may be written instead."""
    with pytest.raises(LexiconError, match="there are: en, id"):
        load("bug")


def test_merging_keeps_the_first_language_in_front() -> None:
    """Reasons come from the first, words from both, grammars in order."""
    both = load("id", "en")
    assert both.reasons["question"] == load("id").reasons["question"]
    assert {"siap", "roger"} <= set(both.cues["ack"])
    assert [grammar.language for grammar in both.grammars] == ["id", "en"]


def test_nothing_cannot_be_merged() -> None:
    """At least one language is needed."""
    with pytest.raises(ValueError, match="at least one language"):
        merged(())


def test_a_wrong_line_of_weights_is_named() -> None:
    """The table says which line is broken."""
    head = "\t".join(("evidence", *LABELS))
    with pytest.raises(LexiconError, match="line 3"):
        table(f"{head}\nack\t1\t2\t3\t4\t5\t6\nsiap\t1\t2\n")
    with pytest.raises(LexiconError, match="line 1"):
        table("evidence\tfoo\n")


def test_english_word_lists_hold_no_indonesian() -> None:
    """An English-speaking city finds no Indonesian word in its list."""
    english = load("en")
    words = {word for phrases in english.cues.values() for phrase in phrases for word in phrase.split()}
    assert not words & {"siap", "pak", "bupati", "laporan", "tolong", "sudah", "izin"}


def test_families_are_lists_of_single_words() -> None:
    """A word may belong to several families; a phrase is refused with its family."""
    assert families("food: [kopi, nasi]\nfarm: [kopi]") == {"kopi": ("farm", "food"), "nasi": ("food",)}
    with pytest.raises(LexiconError, match="food"):
        families("food: [nasi goreng]")
    with pytest.raises(LexiconError, match="families"):
        families("food: nasi")
