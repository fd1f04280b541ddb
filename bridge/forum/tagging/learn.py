"""Learns the weights of evidence from labelled messages.

    python -m bridge.forum.tagging.learn tests/forum/tagging/corpus/*.jsonl > bridge/lang/weights.tsv

It is a plain multinomial logistic regression with a quadratic penalty, so that rare evidence stays weak, trained
by stochastic gradient steps in a fixed order: the same corpus gives the same file. To be run again when the
word lists or the corpus change.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from bridge.forum.tagging.reading import Reader
from bridge.forum.tagging.types import Utterance
from bridge.forum.tagging.weighing import evidence, probabilities
from bridge.lang.lexicon import load
from bridge.model.lexicon import LABELS, Lexicon

ROUNDS = 60
PENALTY = 0.012
_STEP = 0.5
_WEAK = 0.02


class Example(Utterance, frozen=True, kw_only=True):
    """A labelled message, as a line of the corpus."""

    label: str


def examples(paths: Iterable[str | Path]) -> tuple[Example, ...]:
    """All lines of all files. Raises msgspec.ValidationError at a wrong one."""
    decode = msgspec.json.Decoder(Example).decode
    return tuple(decode(line) for path in paths for line in Path(path).read_bytes().splitlines() if line.strip())


def learned(corpus: Sequence[Example], lexicon: Lexicon) -> dict[str, tuple[float, ...]]:
    """Weights by evidence, one per label of `LABELS`, rounded; weak ones are left out."""
    reader = Reader(lexicon)
    rows = [(evidence(example, reader.read(example.text)), LABELS.index(example.label)) for example in corpus]
    weights: dict[str, list[float]] = {}
    squares: dict[str, list[float]] = {}
    seen: dict[str, int] = {}
    for names, _ in rows:
        for name in names:
            weights.setdefault(name, [0.0] * len(LABELS))
            squares.setdefault(name, [1.0] * len(LABELS))
            seen[name] = seen.get(name, 0) + 1
    order = random.Random(20161120)  # noqa: S311 - the same order every time is what is wanted
    for _ in range(ROUNDS):
        order.shuffle(rows)
        for names, label in rows:
            shares = probabilities([sum(weights[name][i] for name in names) for i in range(len(LABELS))])
            errors = [share - (i == label) for i, share in enumerate(shares)]
            for name in names:
                row, square, decay = weights[name], squares[name], PENALTY / seen[name] * len(LABELS)
                for i, error in enumerate(errors):
                    slope = error + decay * row[i]
                    square[i] += slope * slope
                    row[i] -= _STEP * slope / square[i] ** 0.5
    return {
        name: tuple(round(weight, 2) for weight in row)
        for name, row in sorted(weights.items())
        if max(map(abs, row)) >= _WEAK
    }


def written(weights: dict[str, tuple[float, ...]]) -> str:
    """The weights as a table with tabs, as `bridge/lang/weights.tsv` holds them."""
    head = "\t".join(("evidence", *LABELS))
    return "\n".join([head, *("\t".join((name, *map(str, row))) for name, row in weights.items())]) + "\n"


def main() -> None:
    """Reads the corpus files named on the command line and writes the table."""
    sys.stdout.write(written(learned(examples(sys.argv[1:]), load())))


if __name__ == "__main__":
    main()
