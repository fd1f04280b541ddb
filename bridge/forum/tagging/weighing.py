"""Which evidence speaks for which label: the order is role, what is answered, media, words.

Evidence is a set of short names. Every mark of the text counts by itself (`imperative`), together with the
sender's standing (`superior.imperative`) and office (`role.deputy.imperative`), and, in an answer, together with
what is answered (`superior.re.question.consent`). So do words, the first and last of them besides
(`staff.opens=sudah`), and what words speak of (`staff.of.food`, by `bridge/lang/<language>/families.yaml`).
Each name has one weight per label, in `bridge/lang/weights.tsv`; the weights of a
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
    "staff": STAFF,
    "expert": EXPERT,
    "auditor": AUDITOR,
}
_LIKE_STAFF = frozenset({EXPERT, AUDITOR})
"""Who answers and reports as staff does; what is particular to them is weighed besides."""
_PRIVATE = frozenset({"kin", "food", "play", "body", "faith", "feel", "things", "machine"})
_PUBLIC = frozenset({"works", "weather", "health", "school", "farm", "office", "order"})
"""Families of words by which people among themselves, and agencies, mostly speak."""
_PICTURES = frozenset({"image", "video"})
_MOST_REMEMBERED = 8192
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
    who, place = _place(utterance, reading)
    speaker, role = speaks_as(utterance, reading), utterance.author_role
    found = _told(utterance, reading)
    for mark in reading.marks:
        found += _of_mark(speaker, role, place, mark)
    for word in reading.words:
        found += _of_word(who, place, word)
    for pair in reading.pairs:
        found += _of_pair(who, pair)
    return tuple(found)


class Weigher:
    """Adds up the weights of evidence. What a single word weighs in a place is remembered, up to a bound."""

    def __init__(self, weights: Weights, labels: int) -> None:
        self._weights = weights
        self._nothing = (0.0,) * labels
        self._marks: dict[tuple[str, ...], Sequence[float]] = {}
        self._words: dict[tuple[str, ...], Sequence[float]] = {}
        self._pairs: dict[tuple[str, ...], Sequence[float]] = {}

    def scores(self, utterance: Utterance, reading: Reading) -> list[float]:
        """The sum of the weights of all evidence of a message, one per label."""
        who, place = _place(utterance, reading)
        weights = self._weights
        speaker, role = speaks_as(utterance, reading), utterance.author_role
        rows = [self._nothing, *[weights[name] for name in _told(utterance, reading) if name in weights]]
        for mark in reading.marks:
            where = (speaker, role, place, mark)
            row = self._marks.get(where)
            if row is None:
                row = self._kept(self._marks, where, _of_mark(*where))
            if row is not self._nothing:
                rows.append(row)
        for word in reading.words:
            row = self._words.get((place, word))
            if row is None:
                row = self._kept(self._words, (place, word), _of_word(who, place, word))
            if row is not self._nothing:
                rows.append(row)
        for pair in reading.pairs:
            row = self._pairs.get((who, pair))
            if row is None:
                row = self._kept(self._pairs, (who, pair), _of_pair(who, pair))
            if row is not self._nothing:
                rows.append(row)
        return [sum(column) for column in zip(*rows, strict=True)]

    def _kept(
        self, memory: dict[tuple[str, ...], Sequence[float]], key: tuple[str, ...], names: tuple[str, ...]
    ) -> Sequence[float]:
        known = [self._weights[name] for name in names if name in self._weights]
        row = tuple(sum(column) for column in zip(*known, strict=True)) if known else self._nothing
        if len(memory) < _MOST_REMEMBERED:
            memory[key] = row
        return row


def _place(utterance: Utterance, reading: Reading) -> tuple[str, str]:
    """Where words stand: in which standing they are said, and in answer to what."""
    who = speaks_as(utterance, reading)
    if who in _LIKE_STAFF:
        who = STAFF
    return who, f"{who}.starts" if utterance.reply_to is None else f"{who}.re.{utterance.reply_to.label}"


def _of_mark(speaker: str, role: str, place: str, mark: str) -> tuple[str, ...]:
    names: tuple[str, ...] = (mark, f"{speaker}.{mark}", f"role.{role}.{mark}")
    if speaker in _LIKE_STAFF:
        names = (*names, f"{STAFF}.{mark}")
    return names if place.endswith(".starts") else (*names, f"{place}.{mark}")


def _of_word(who: str, place: str, word: str) -> tuple[str, ...]:
    return f"={word}", f"{who}={word}", f"{place}={word}"


def _of_pair(who: str, pair: str) -> tuple[str, ...]:
    return f"by={pair}", f"{who}.by={pair}"


def _told(utterance: Utterance, reading: Reading) -> list[str]:
    """The evidence of a message but for that of its marks, words and pairs of words by themselves."""
    who = speaks_as(utterance, reading)
    marks = reading.marks
    found = [f"{who}.length.{_length(reading.length)}"]
    if who in _LIKE_STAFF:
        found.append(who)
        who = STAFF
    found.append(who)
    found.append(f"role.{utterance.author_role}")
    found.extend(_ends(who, reading.words))
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
    found.extend(_families(who, "" if answered is None else answered.label, shows, reading.families))
    if answered is None:
        found.append(f"{who}.starts")
    else:
        found.append(f"re.{answered.label}")
        found.append(f"{who}.re.{answered.label}")
        found.append(f"{who}.re.{answered.label}.{'shows' if shows else 'tells'}")
        found.append(f"{who}.re.{answered.label}.length.{_length(reading.length)}")
        found.append(f"{who}.re.{answered.label}.by.{standing(answered.author_role)}")
    return found


def _ends(who: str, words: Sequence[str]) -> list[str]:
    """The words by which a text begins and ends."""
    if not words:
        return []
    ends = (
        f"opens={words[0]}", f"ends={words[-1]}", f"opens={' '.join(words[:2])}", f"ends={' '.join(words[-2:])}",
    )  # fmt: skip
    return [*ends, *[f"{who}.{end}" for end in ends]]


def _families(who: str, answered: str, shows: bool, families: Iterable[tuple[str, ...]]) -> list[str]:
    """What the words speak of, and whether they are more of private matters or of an agency's."""
    found: list[str] = []
    private = public = 0
    counts: dict[str, int] = {}
    for names in families:
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    for name, count in counts.items():
        found += (f"of.{name}", f"{who}.of.{name}")
        if count > 1:
            found.append(f"{who}.much.of.{name}")
        if shows:
            found.append(f"{who}.shows.of.{name}")
        if answered:
            found.append(f"{who}.re.{answered}.of.{name}")
        if name in _PRIVATE:
            private += count
        elif name in _PUBLIC:
            public += count
    if private and not public:
        found.append(f"{who}.private")
    elif public and not private:
        found.append(f"{who}.public")
    if private > public:
        found.append(f"{who}.rather.private")
    if not counts:
        found.append(f"{who}.of.nothing")
    return found


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
