"""Which evidence speaks for which label: the order is role, what is answered, media, words.

Evidence is a set of short names. Every mark of the text counts by itself (`imperative`), together with the
sender's standing (`superior.imperative`), and, in an answer, together with what is answered
(`superior.re.question.consent`). Each name has one weight per label, in `bridge/lang/weights.tsv`; the weights of a
message's evidence are added per label and turned into probabilities. Nothing else is learned, and everything
that is learned can be read there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from bridge.forum.tagging.reading import Reading
from bridge.forum.tagging.types import Utterance

Weights = Mapping[str, Sequence[float]]
"""By evidence, one weight per label in the order of `LABELS`."""

SUPERIOR, STAFF, OUTSIDER, EXPERT, AUDITOR = "superior", "staff", "outsider", "expert", "auditor"
_STANDINGS = {
    "leader": SUPERIOR,
    "deputy": SUPERIOR,
    "secretary": SUPERIOR,
    "head": STAFF,
    "subdistrict_head": STAFF,
    "expert": EXPERT,
    "auditor": AUDITOR,
}
_LIKE_STAFF = frozenset({EXPERT, AUDITOR})
"""Who answers and reports as staff does; what is particular to them is weighed besides."""
_PICTURES = frozenset({"image", "video"})
_LENGTHS = ((0, "none"), (2, "word"), (5, "phrase"), (14, "sentence"), (40, "text"))
_PAIRS: Mapping[str, tuple[str, ...]] = {
    SUPERIOR: (
        "imperative", "query", "interrogative", "decree", "strong_consent", "praise", "thanks", "deadline", "did",
        "addressee", "continue", "only_consent", "refusal", "please", "redo", "social",
    ),
    STAFF: (
        "ack", "did", "promise", "query", "guidance", "report_open", "figure", "thanks", "social", "proposal",
        "future", "attached", "apology", "not_yet", "situation", "ongoing", "hoax", "relay", "invite",
    ),
}  # fmt: skip
"""Marks that mean something together, by standing."""


def standing(role: str) -> str:
    """Who may order whom: `superior`, `staff`, `expert`, `auditor`, or `outsider` for anybody else."""
    return _STANDINGS.get(role, OUTSIDER)


def speaks_as(utterance: Utterance, reading: Reading) -> str:
    """The standing in which something is said: a deputy or secretary who reports upwards speaks as staff does."""
    who = standing(utterance.author_role)
    if who == SUPERIOR and utterance.author_role != "leader":
        upwards = "reports_up" in reading.marks
        obeys = (
            utterance.reply_to is not None
            and utterance.reply_to.author_role == "leader"
            and utterance.reply_to.label in ("directive", "decision", "question")
            and not reading.marks.keys() & {"imperative", "please"}
        )
        if upwards or obeys:
            return STAFF
    return who


def evidence(utterance: Utterance, reading: Reading) -> tuple[str, ...]:
    """The names of all evidence of a message."""
    who = speaks_as(utterance, reading)
    marks = reading.marks
    found = [f"{who}.length.{_length(reading.length)}", *marks]
    found.extend(f"={word}" for word in reading.words)
    if who in _LIKE_STAFF:
        found.append(who)
        found.extend(f"{who}.{mark}" for mark in marks)
        who = STAFF
    found.append(who)
    found.extend(f"{who}.{mark}" for mark in marks)
    found.extend(f"{who}={word}" for word in reading.words)
    media = "file" if utterance.media == "document" else utterance.media
    shows = media in _PICTURES or media == "file"
    found.append(f"{who}.media.{media}")
    if shows:
        found.append(f"{who}.shows")
    paired = [mark for mark in _PAIRS.get(who, ()) if mark in marks]
    for place, mark in enumerate(paired):
        found.extend(f"{who}.{mark}+{other}" for other in paired[place + 1 :])
        if shows:
            found.append(f"{who}.{mark}+shows")
    answered = utterance.reply_to
    if answered is None:
        found.append(f"{who}.starts")
    else:
        found.append(f"re.{answered.label}")
        found.append(f"{who}.re.{answered.label}")
        found.append(f"{who}.re.{answered.label}.{'shows' if shows else 'tells'}")
        found.append(f"{who}.re.{answered.label}.length.{_length(reading.length)}")
        found.append(f"{who}.re.{answered.label}.by.{standing(answered.author_role)}")
        found.extend(f"{who}.re.{answered.label}.{mark}" for mark in marks)
    return tuple(found)


def _length(words: int) -> str:
    return next((name for limit, name in _LENGTHS if words <= limit), "letter")


def scores(found: Iterable[str], weights: Weights, labels: int) -> list[float]:
    """The sum of the weights of all evidence, one per label. Evidence without a weight counts nothing."""
    rows = [row for name in found if (row := weights.get(name)) is not None]
    return [sum(column) for column in zip(*rows, strict=True)] if rows else [0.0] * labels


def probabilities(values: Sequence[float]) -> list[float]:
    """Scores as shares that add up to one."""
    highest = max(values)
    powers = [math.exp(value - highest) for value in values]
    whole = sum(powers)
    return [power / whole for power in powers]
