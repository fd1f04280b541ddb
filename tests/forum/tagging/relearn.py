"""Writes `bridge/lang/weights.tsv` anew; to be run by hand after a change of the word lists or the corpus.

python tests/forum/tagging/relearn.py            learn and write
python tests/forum/tagging/relearn.py --measure  tell how well the held-out messages are judged
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from bridge.forum.tagging.learn import Example, learned, written
from bridge.forum.tagging.tagger import Tagger
from bridge.lang.lexicon import load

CORPUS = Path(__file__).parent / "corpus"


class Line(Example, frozen=True, kw_only=True):
    """A line of the corpus."""

    lang: str


def lines(path: Path) -> tuple[Line, ...]:
    """The messages of a corpus file."""
    decode = msgspec.json.Decoder(Line).decode
    return tuple(decode(line) for line in path.read_bytes().splitlines())


def measure() -> None:
    """Prints, for each held-out file, by label and language: messages, right of those tagged, unsure."""
    tagger = Tagger(load())
    for path in sorted((CORPUS / "held_out").glob("*.jsonl")):
        rows: dict[str, list[int]] = {}
        for line in lines(path):
            label = tagger.classify(line).label
            for key in ("all", line.lang, line.label):
                row = rows.setdefault(key, [0, 0, 0])
                row[0] += 1
                row[1] += label == line.label
                row[2] += label == "unsure"
        for key, (count, right, unsure) in rows.items():
            share = f"right {right / max(1, count - unsure):.3f} unsure {unsure / count:.3f}"
            print(f"{path.stem} {key:16} {count:4} {share}")


def relearn() -> None:
    """Learns from `corpus/learned` and writes the weights into the house."""
    corpus = [line for path in sorted((CORPUS / "learned").glob("*.jsonl")) for line in lines(path)]
    weights = Path(__file__).parents[3] / "bridge" / "lang" / "weights.tsv"
    weights.write_text(written(learned(corpus, load())), encoding="utf-8")


if __name__ == "__main__":
    measure() if sys.argv[1:] == ["--measure"] else relearn()
