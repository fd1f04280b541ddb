"""Judges what a message is: order, report, decision, receipt, question or talk.

The order of evidence: what the sender wrote himself (a hashtag or command), then what follows from his role
alone, then the weighed evidence of `weighing.py`. Below a limit of confidence the answer is `unsure`, so that a
person is asked instead of a wrong tag being given.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from bridge.forum.tagging.emergency import Emergencies, told_by
from bridge.forum.tagging.explain import Explainer
from bridge.forum.tagging.reading import Reader, Reading
from bridge.forum.tagging.types import (
    ACKNOWLEDGEMENT,
    CHATTER,
    DECISION,
    DIRECTIVE,
    QUESTION,
    REPORT,
    UNSURE,
    Judgement,
    Utterance,
)
from bridge.forum.tagging.weighing import (
    OUTSIDER,
    STAFF,
    SUPERIOR,
    Weigher,
    probabilities,
    standing,
)
from bridge.model.lexicon import LABELS, Lexicon

SURE = 0.85
"""The least confidence of a tag; how it was chosen is told in `tests/forum/tagging/README.md`."""

_RELAYED_ORDER = frozenset({"relay", "invite"})
_RELAYED_DECISION = frozenset({"decided", "relay", "decree"})


class Tagger:
    """Judges messages by a lexicon; built once, used for every message, without any state between them.

    `emergency_words` are those that a policy adds to the lexicon's.
    """

    def __init__(self, lexicon: Lexicon, emergency_words: Sequence[str] = ()) -> None:
        self._lexicon = lexicon
        self._weights = lexicon.weights
        self._weigher = Weigher(lexicon.weights, len(LABELS))
        self._reader = Reader(lexicon)
        self._explainer = Explainer(lexicon.reasons)
        self._emergencies = Emergencies(lexicon, emergency_words)

    def classify(self, utterance: Utterance) -> Judgement:
        """What the message is. Never raises, whatever the text, role, media or answered label."""
        reading = self._reader.read(utterance.text)
        tagged = self._tagged(utterance, reading)
        label, confidence, why = tagged or self._wordless(utterance, reading) or self._weighed(utterance, reading)
        alarm = self._alarm(utterance, reading, label)
        return Judgement(label, round(confidence, 3), why, alarm, tagged is not None and label != UNSURE)

    def emergency(self, text: str) -> tuple[str, ...]:
        """The emergency words of a text, whoever wrote it."""
        tokens = self._reader.read(text).tokens
        return self._emergencies.tagged(tokens) or self._emergencies.find(tokens)

    def _alarm(self, utterance: Utterance, reading: Reading, label: str) -> tuple[str, ...]:
        """The words by which a message tells of an emergency. Only in a report may they repeat what is known."""
        tagged = self._emergencies.tagged(reading.tokens)
        if label == UNSURE and self._likeliest(utterance, reading)[0] == REPORT:
            label = REPORT  # Too little for a tag may be enough to ring.
        if tagged or not told_by(utterance, label, reading):
            return tagged
        if label == REPORT:
            return self._emergencies.find(reading.tokens)
        found = self._emergencies.find(reading.tokens, news=True)
        if found and utterance.reply_to is not None:
            known = self._emergencies.find(self._reader.read(utterance.reply_to.text).tokens)
            found = tuple(word for word in found if word not in known)
        return found

    def _tagged(self, utterance: Utterance, reading: Reading) -> tuple[str, float, str] | None:
        """What the sender himself says that it is, as far as he may."""
        for tag in reading.tags:
            label = self._lexicon.hashtags.get(tag) or self._lexicon.hashtags.get(tag.replace("-", ""))
            if label is None or label == "emergency":
                continue
            if not _may(label, utterance, reading):
                reason = self._explainer.say("hashtag_no_authority", f"#{tag}")
                return (CHATTER if standing(utterance.author_role) == OUTSIDER else UNSURE), 0.8, reason
            return label, 0.99, self._explainer.say("hashtag", f"#{tag}")
        return None

    def _wordless(self, utterance: Utterance, reading: Reading) -> tuple[str, float, str] | None:
        """Messages without words: role, what they answer, and their media are all there is."""
        if reading.length or "only_emoji" in reading.marks or reading.tags:
            return None
        say, media, who = self._explainer.say, utterance.media, standing(utterance.author_role)
        answered = utterance.reply_to.label if utterance.reply_to is not None else ""
        if media in ("sticker", "gif"):
            if answered in (DIRECTIVE, QUESTION, DECISION):
                return UNSURE, 0.6, say("sticker")
            return CHATTER, 0.9, say("sticker")
        if media in ("image", "video", "file", "document"):
            if answered in (DIRECTIVE, QUESTION) and who not in (SUPERIOR, OUTSIDER):
                return REPORT, 0.97, say("empty_answer", answered)
            if who == STAFF and answered not in (CHATTER, ACKNOWLEDGEMENT):
                return REPORT, 0.9, say("empty_evidence")
        return UNSURE, 0.3, say("empty", media)

    def likeliest(self, utterance: Utterance) -> tuple[str, float]:
        """The likeliest label and its confidence, enough for a tag or not; `unsure` and 0 if a rule says so."""
        reading = self._reader.read(utterance.text)
        ruled = self._tagged(utterance, reading) or self._wordless(utterance, reading)
        if ruled is None:
            return self._likeliest(utterance, reading)
        return ruled[0], 0.0 if ruled[0] == UNSURE else ruled[1]

    def _likeliest(self, utterance: Utterance, reading: Reading) -> tuple[str, float]:
        shares = probabilities(self._weigher.scores(utterance, reading))
        shares = [
            share if _may(label, utterance, reading) else 0.0 for label, share in zip(LABELS, shares, strict=True)
        ]
        lost = 1.0 - sum(shares)
        if lost > 0.0:
            shares[LABELS.index(CHATTER if standing(utterance.author_role) == OUTSIDER else QUESTION)] += lost
        place = max(range(len(LABELS)), key=shares.__getitem__)
        return LABELS[place], shares[place]

    def _weighed(self, utterance: Utterance, reading: Reading) -> tuple[str, float, str]:
        label, confidence = self._likeliest(utterance, reading)
        why = self._explainer.why(label, utterance, reading, self._weights)
        if confidence < SURE:
            return UNSURE, confidence, f"{self._explainer.say('unsure')} ({label}: {why})"
        return label, confidence, why


def _may(label: str, utterance: Utterance, reading: Reading) -> bool:
    """True if the sender may give a message of this kind: orders and decisions need an office, or its word."""
    who = standing(utterance.author_role)
    if who == SUPERIOR or label not in (DIRECTIVE, DECISION):
        return True
    if who == OUTSIDER:
        return False
    return bool(reading.marks.keys() & (_RELAYED_ORDER if label == DIRECTIVE else _RELAYED_DECISION))


@lru_cache(maxsize=8)
def _tagger(lexicon: _Key, words: tuple[str, ...]) -> Tagger:
    return Tagger(lexicon.lexicon, words)


class _Key:
    """A lexicon by identity, so that the function below need not read all its words to find its tagger."""

    __slots__ = ("lexicon",)

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def __hash__(self) -> int:
        return id(self.lexicon)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.lexicon is self.lexicon


def classify(utterance: Utterance, lexicon: Lexicon) -> Judgement:
    """What a message is, by the words of `lexicon`. The tagger of a lexicon is built once and kept."""
    return _tagger(_Key(lexicon), ()).classify(utterance)


def emergency(text: str, lexicon: Lexicon, extra_words: Sequence[str] = ()) -> tuple[str, ...]:
    """The emergency words of a text, those of the policy (`extra_words`) among them; empty when there are none."""
    return _tagger(_Key(lexicon), tuple(extra_words)).emergency(text)
