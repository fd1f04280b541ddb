"""Learns the weights of evidence from labelled messages.

It is a plain multinomial logistic regression with a quadratic penalty, so that rare evidence stays weak, trained by
stochastic gradient steps in a fixed order: the same corpus gives the same weights. They are the mean of those after
each of the later rounds, so that what chance did in the last one counts little. In each round some marks and
words of a message are left out by chance, as if no list held them; so that what is learned does not lean on one
word, and a message of unknown words is doubted. To be run again when the word lists or the corpus change
(`tests/forum/tagging/relearn.py`).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from bridge.forum.tagging.reading import Reader, Reading
from bridge.forum.tagging.types import Utterance
from bridge.forum.tagging.weighing import evidence, probabilities, scores
from bridge.model.lexicon import LABELS, Lexicon

ROUNDS = 20
PENALTY = 0.002
STEP = 0.2
LAST = 10
"""How many rounds, of the last, the weights are the mean of."""

GAPS = 0.3
FEW = 3
_WEAK = 0.02
EMPTY = [0.0] * len(LABELS)


class Example(Utterance, frozen=True, kw_only=True):
    """A labelled message, as a line of the corpus."""

    label: str


def learned(corpus: Sequence[Example], lexicon: Lexicon) -> dict[str, tuple[float, ...]]:
    """Weights by evidence, one per label of `LABELS`, rounded; weak ones are left out."""
    reader = Reader(lexicon)
    rows = [(example, reader.read(example.text)) for example in corpus]
    # What only few messages show, such as names of places, tells nothing of the next one.
    uses = Counter(name for row in rows for name in evidence(*row))
    often = {name for name, count in uses.items() if count >= FEW}
    chance = random.Random(20161120)  # noqa: S311 - the same every time is what is wanted
    weights: dict[str, list[float]] = {}
    squares: dict[str, list[float]] = {}
    sums: dict[str, list[float]] = {}
    for turn in range(ROUNDS):
        chance.shuffle(rows)
        for example, reading in rows:
            names = [name for name in evidence(example, _with_gaps(reading, chance)) if name in often]
            shares = probabilities(scores(names, weights, len(LABELS)))
            errors = [share - (label == example.label) for share, label in zip(shares, LABELS, strict=True)]
            for name in names:
                row = weights.setdefault(name, [0.0] * len(LABELS))
                square = squares.setdefault(name, [1.0] * len(LABELS))
                for place, error in enumerate(errors):
                    slope = error + PENALTY * row[place]
                    square[place] += slope * slope
                    row[place] -= STEP * slope / square[place] ** 0.5
        if turn >= ROUNDS - LAST:
            for name, row in weights.items():
                sums[name] = [before + now for before, now in zip(sums.get(name, EMPTY), row, strict=True)]
    return {
        name: tuple(round(weight / LAST, 2) for weight in row)
        for name, row in sorted(sums.items())
        if max(map(abs, row)) >= _WEAK * LAST
    }


def _with_gaps(reading: Reading, chance: random.Random) -> Reading:
    """A reading in which some marks are missing, as if the words were ones that no list holds."""
    marks = {mark: words for mark, words in reading.marks.items() if chance.random() >= GAPS}
    words = tuple(word for word in reading.words if chance.random() >= GAPS)
    pairs = tuple(pair for pair in reading.pairs if chance.random() >= GAPS)
    families = tuple(names for names in reading.families if chance.random() >= GAPS)
    return reading._replace(marks=marks, words=words, pairs=pairs, families=families)


def written(weights: dict[str, tuple[float, ...]]) -> str:
    """The weights as a table with tabs, as `bridge/lang/weights.tsv` holds them."""
    head = "\t".join(("evidence", *LABELS))
    return "\n".join([head, *("\t".join((name, *map(str, row))) for name, row in weights.items())]) + "\n"
