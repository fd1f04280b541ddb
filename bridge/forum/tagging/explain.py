"""Says in a short sentence why a message got its label: the strongest evidence, in its own words."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.forum.tagging.reading import Reading
from bridge.forum.tagging.types import (
    ACKNOWLEDGEMENT,
    CHATTER,
    DECISION,
    DIRECTIVE,
    QUESTION,
    REPORT,
    Utterance,
)
from bridge.forum.tagging.weighing import Weights, speaks_as
from bridge.model.lexicon import LABELS

_REASONS: Mapping[str, Mapping[str, str]] = {
    DIRECTIVE: {
        "relay": "relay",
        "invite": "invite",
        "redo": "return",
        "imperative imperative_asked passive_imperative want can_you please must forbid remind so_that complaint"
        " order_verb": "order",
        "deadline": "deadline",
        "addressee everyone": "addressee",
    },
    REPORT: {
        "report_open attached follows_order": "report_open",
        "did past past_tense passive done": "done",
        "ongoing active": "ongoing",
        "nil situation not_yet figure numbers number activity": "situation",
    },
    DECISION: {
        "decided": "decided",
        "strong_consent consent only_consent": "consent",
        "refusal only_refusal": "refusal",
        "decree": "decree",
        "choose": "choice",
    },
    ACKNOWLEDGEMENT: {
        "only_ack ack": "ack",
        "promise future": "promise",
        "only_thanks thanks relief": "thanks",
        "praise": "praise",
        "apology continue": "ack",
        "emoji_yes emoji_ready emoji_praise only_emoji": "emoji",
    },
    QUESTION: {
        "guidance leave": "guidance",
        "proposal": "proposal",
        "request": "request",
        "query interrogative inversion ask_open interrogative_inside asked_done": "question",
    },
    CHATTER: {
        "hoax": "hoax",
        "sale": "sale",
        "membership": "membership",
        "moderation": "moderation",
        "only_greeting greeting": "greeting",
        "social laugh personal emoji_laugh emoji_party emoji_smile emoji_sad": "social",
    },
}
"""By label: which marks are told by which reason of the word lists."""


class Explainer:
    """Finds the sentence for a label."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self._reasons = dict(reasons)
        self._by_mark = {
            label: {mark: reason for marks, reason in table.items() for mark in marks.split()}
            for label, table in _REASONS.items()
        }

    def say(self, reason: str, words: str = "") -> str:
        """The sentence of a reason. A reason without a sentence is named by its own name."""
        return self._reasons.get(reason, f"{reason}: {{words}}").replace("{words}", words[:80]).strip(": ")

    def why(self, label: str, utterance: Utterance, reading: Reading, weights: Weights) -> str:
        """The one or two strongest reasons for `label`."""
        place = LABELS.index(label)
        who = speaks_as(utterance, reading)
        contexts = ["", f"{who}.", f"role.{utterance.author_role}."]
        if utterance.reply_to is not None:
            contexts.append(f"{who}.re.{utterance.reply_to.label}.")
        strength: dict[str, float] = {}
        spoken: dict[str, tuple[float, str]] = {}
        for mark, words in reading.marks.items():
            reason = self._by_mark[label].get(mark.removeprefix("opens_").removeprefix("ends_"))
            if reason is None or not words:
                continue
            rows = [weights[name] for context in contexts if (name := context + mark) in weights]
            gain = sum(row[place] - sum(row) / len(row) for row in rows)
            strength[reason] = strength.get(reason, 0.0) + gain
            if gain >= spoken.get(reason, (-99.0, ""))[0]:
                spoken[reason] = (gain, words)
        best = sorted((r for r in strength if strength[r] > 0), key=lambda r: -strength[r])[:2]
        told = [self.say(reason, spoken[reason][1]) for reason in best]
        if not told:
            told = [self._without_words(label, utterance)]
        return "; ".join(dict.fromkeys(told))

    def _without_words(self, label: str, utterance: Utterance) -> str:
        if label == REPORT and utterance.media in ("image", "video", "file", "document"):
            return self.say("media")
        if label == REPORT and utterance.reply_to is not None and utterance.reply_to.label == QUESTION:
            return self.say("answer")
        if utterance.reply_to is not None:
            return self.say("reply", utterance.reply_to.label)
        return self.say("role")
