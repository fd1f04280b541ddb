"""Writes `bridge/lang/weights.tsv` anew; to be run by hand after a change of the word lists or the corpus.

python tests/forum/tagging/relearn.py                     learn and write
python tests/forum/tagging/relearn.py --measure           tell how well the held-out messages are judged
python tests/forum/tagging/relearn.py --measure FILE...   the same of other files, with the weights that are there
python tests/forum/tagging/relearn.py --leave-out         judge each author by what is learned without him (slow)
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec

from bridge.forum.tagging.learn import Example, learned, written
from bridge.forum.tagging.tagger import SURE, Tagger
from bridge.lang.lexicon import load

CORPUS = Path(__file__).parent / "corpus"
LEARNED = CORPUS / "learned"
MENDED = {"hand_d": "private_life", "hand_e": "private_life"}
"""What was written by somebody who had seen the mistakes made on an author is left out with him."""

LIMITS = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)


class Line(Example, frozen=True, kw_only=True):
    """A line of the corpus."""

    lang: str


class Judged(msgspec.Struct, frozen=True):
    """A message with the likeliest label (also below the limit) and its confidence; 0 if a rule says unsure."""

    line: Line
    label: str
    confidence: float


def lines(path: Path) -> tuple[Line, ...]:
    """The messages of a corpus file."""
    decode = msgspec.json.Decoder(Line).decode
    return tuple(decode(line) for line in path.read_bytes().splitlines())


def judged(tagger: Tagger, messages: Sequence[Line]) -> list[Judged]:
    """What the tagger makes of messages."""
    return [Judged(line, *tagger.likeliest(line)) for line in messages]


def told(judgements: Sequence[Judged], limit: float) -> str:
    """How many messages, of those tagged the right ones, and the unsure ones, at a limit of confidence."""
    tagged = [each for each in judgements if each.confidence >= limit]
    right = sum(each.label == each.line.label for each in tagged)
    unsure = 1 - len(tagged) / max(1, len(judgements))
    return f"{len(judgements):5}  right {right / max(1, len(tagged)):.3f}  unsure {unsure:.3f}"


def measure(paths: Sequence[Path]) -> None:
    """Prints, for each file and for all of them, by label and language: messages, right of those tagged, unsure."""
    tagger = Tagger(load())
    files = {path.stem: judged(tagger, lines(path)) for path in paths}
    for name, judgements in {**files, "together": [each for some in files.values() for each in some]}.items():
        for key in ("all", *dict.fromkeys(k for each in judgements for k in (each.line.lang, each.line.label))):
            rows = [each for each in judgements if key in ("all", each.line.lang, each.line.label)]
            print(f"{name:14} {key:16} {told(rows, SURE)}")
    _confusion([each for some in files.values() for each in some])


def without(author: str) -> list[Judged]:
    """The messages of an author as judged by what is learned from all others."""
    left = {author, MENDED.get(author)}
    paths = [path for path in sorted(LEARNED.glob("*.jsonl")) if path.stem not in left]
    lexicon = load()
    weights = learned([line for path in paths for line in lines(path)], lexicon)
    tagger = Tagger(msgspec.structs.replace(lexicon, weights=weights))
    return judged(tagger, lines(LEARNED / f"{author}.jsonl"))


def leave_out() -> None:
    """Prints how each hand is judged by what is learned without it, at several limits, and the mistakes by kind."""
    authors = sorted(path.stem for path in LEARNED.glob("hand_*.jsonl"))
    everything: list[Judged] = []
    with ProcessPoolExecutor(2) as pool:
        for author, judgements in zip(authors, pool.map(without, authors), strict=True):
            print(f"{author:14} {told(judgements, SURE)}", flush=True)
            everything += judgements
    for limit in LIMITS:
        print(f"all at {limit:<7} {told(everything, limit)}")
    for lang in ("id", "en"):
        print(f"all in {lang:7} {told([each for each in everything if each.line.lang == lang], SURE)}")
    _confusion(everything)


def _confusion(judgements: Sequence[Judged]) -> None:
    """Prints what was taken for what, most frequent first."""
    wrong = [each for each in judgements if each.confidence >= SURE and each.label != each.line.label]
    for (is_, taken), count in Counter((each.line.label, each.label) for each in wrong).most_common():
        print(f"  {is_} taken for {taken}: {count}")


def relearn() -> None:
    """Learns from `corpus/learned` and writes the weights into the house."""
    corpus = [line for path in sorted(LEARNED.glob("*.jsonl")) for line in lines(path)]
    weights = Path(__file__).parents[3] / "bridge" / "lang" / "weights.tsv"
    weights.write_text(written(learned(corpus, load())), encoding="utf-8")


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            relearn()
        case ["--leave-out"]:
            leave_out()
        case ["--measure", *names]:
            measure([Path(name) for name in names] or sorted((CORPUS / "held_out").glob("*.jsonl")))
        case _:
            sys.exit(__doc__)
