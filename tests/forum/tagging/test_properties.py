"""What holds for every text."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.forum.tagging import MEDIA, ROLES, Answered, Tagger, Utterance
from bridge.lang.lexicon import load
from bridge.model.lexicon import LABELS

ALL = (*LABELS, "unsure")


@cache
def tagger() -> Tagger:
    return Tagger(load())


WORDS = """siap pak sudah dilaksanakan tolong cek kirim foto ? ! . , izin #perintah #darurat 👍 🙏🏽 banjir korban
nihil melaporkan done approved please send the report by noon ok 45 KK 12% @kadis 10-4 https://example.org"""
words = st.sampled_from([*WORDS.split(), "\n"])
texts = st.one_of(st.text(max_size=300), st.lists(words, max_size=30).map(" ".join))
utterances = st.builds(
    Utterance,
    texts,
    st.sampled_from(sorted(ROLES)) | st.text(max_size=5),
    st.sampled_from(sorted(MEDIA)) | st.text(max_size=5),
    st.none() | st.builds(Answered, st.sampled_from(sorted(ROLES)), st.sampled_from(ALL), texts),
)


@settings(max_examples=300, deadline=None)
@given(utterances)
def test_any_message_gets_a_judgement(utterance: Utterance) -> None:
    """Whatever people or attackers type, there is a label, a confidence and a reason."""
    judgement = tagger().classify(utterance)
    assert judgement.label in ALL
    assert 0.0 <= judgement.confidence <= 1.0
    assert judgement.why


@settings(max_examples=200, deadline=None)
@given(utterances, st.sampled_from([" ", "\t", "\u200b", "\ufe0f", "   "]))
def test_what_cannot_be_seen_changes_nothing(utterance: Utterance, trailing: str) -> None:
    """Trailing blanks and invisible signs leave the judgement as it is."""
    longer = Utterance(utterance.text + trailing, utterance.author_role, utterance.media, utterance.reply_to)
    assert tagger().classify(longer) == tagger().classify(utterance)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from("👍🙏👌💪👏"), st.sampled_from("🏻🏼🏽🏾🏿"), st.sampled_from(sorted(ROLES)))
def test_skin_tones_mean_nothing(sign: str, tone: str, role: str) -> None:
    """A thumb is a thumb."""
    assert tagger().classify(Utterance(sign + tone, role)).label == tagger().classify(Utterance(sign, role)).label


@settings(max_examples=200, deadline=None)
@given(texts, st.sampled_from(["guest", "unknown"]), st.sampled_from(sorted(MEDIA)))
def test_outsiders_neither_order_nor_decide(text: str, role: str, media: str) -> None:
    """No words give a guest an office."""
    assert tagger().classify(Utterance(text, role, media)).label not in ("directive", "decision")


@settings(max_examples=100, deadline=None)
@given(utterances)
def test_the_answer_does_not_depend_on_what_was_judged_before(utterance: Utterance) -> None:
    """The same message gets the same judgement again: no state grows between messages."""
    first = tagger().classify(utterance)
    tagger().classify(Utterance("Siap pak, sudah dilaksanakan", "head"))
    assert tagger().classify(utterance) == first
