"""Learning the weights."""

from __future__ import annotations

from bridge.forum.tagging.learn import Example, learned, written
from bridge.lang.lexicon import load, table

FEW = 3 * (
    Example("Siap pak", "head", label="acknowledgement"),
    Example("Siap puang", "head", label="acknowledgement"),
    Example("Izin melaporkan, jalan sudah terbuka", "head", label="report"),
    Example("Izin melaporkan, air surut", "head", "image", label="report"),
    Example("Tolong DLH angkut sampah", "leader", label="directive"),
)


def test_the_same_corpus_gives_the_same_weights() -> None:
    """Whoever learns again gets the file that is in the repository."""
    assert learned(FEW, load()) == learned(FEW, load())


def test_what_is_written_can_be_read_again() -> None:
    """The table holds what was learned."""
    weights = learned(FEW, load())
    assert table(written(weights)) == weights


def test_evidence_speaks_for_the_label_it_was_seen_with() -> None:
    """Readiness weighs towards acknowledgement, an opening towards report."""
    columns = dict(zip(written({}).split()[1:], range(6), strict=True))
    weights = learned(FEW, load())
    assert max(range(6), key=weights["staff.only_ack"].__getitem__) == columns["acknowledgement"]
    assert max(range(6), key=weights["staff.report_open"].__getitem__) == columns["report"]
