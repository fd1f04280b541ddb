"""Any history that the ledger could hold makes a bundle that verifies, and any bytes make a verdict."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.model import chain
from bridge.model import facts as f
from bridge.model.facts import AnyFact, Record
from bridge.summary.collect import collect
from bridge.summary.export import write_bundle
from bridge.summary.fold import Fold, carry
from bridge.summary.jsonl import opening_bytes, read_lines, read_opening, to_line
from bridge.summary.keys import SigningKey
from bridge.summary.verify import INTACT, verify
from bridge.summary.week import Opening
from tests.summary.history import Ledger

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
FEW = st.sampled_from(["P-1", "P-2", "L-1", "L-2", "", "../x", "=1"])
UNIT = st.sampled_from(["DLH", "PUPR", "x y", "../..", "é"])
EVENT = st.sampled_from(["$a", "$b", "$c", "$d"])
TIME = st.one_of(
    st.integers(1794153600000 - 10**9, 1794153600000 + 3 * 10**9), st.sampled_from([0, -1, 2**53, 2**62, -(2**62)])
)
STATE = st.sampled_from(
    ["open", "acknowledged", "reported", "late", "accepted", "returned",
     "cancelled", "waiting", "incomplete", "withdrawn", "filled", "what"]
)  # fmt: skip
SHA = st.sampled_from(["", "a" * 64, "b" * 64])
MIME = st.sampled_from(["image/jpeg", "video/mp4", "text/html", "image/x-strange", ""])

FACT: st.SearchStrategy[AnyFact] = st.one_of(
    st.builds(
        f.Message, event=EVENT, room=TEXT, sender=TEXT, name=TEXT, unit=st.none() | UNIT, sent_at=TIME,
        received_at=TIME,
        text=st.none() | TEXT, why=TEXT, number=st.none() | FEW, late=st.sampled_from(["", "gap", "decrypted"]),
        confidence=st.floats(-1, 2),
    ),
    st.builds(
        f.Directive, number=FEW, event=EVENT, room=TEXT, person=TEXT, name=TEXT, role=TEXT, text=TEXT,
        units=st.lists(UNIT, max_size=3).map(tuple), issued_at=TIME, due=st.none() | TIME, confirmed=st.booleans(),
    ),
    st.builds(
        f.DirectiveChanged, number=FEW, state=st.sampled_from(["", "confirmed", "cancelled"]), by=TEXT,
        due=st.none() | TIME, cause=EVENT,
    ),
    st.builds(f.Task, directive=FEW, unit=UNIT, state=STATE, at=TIME, report=st.none() | FEW, cause=EVENT),
    st.builds(
        f.Report, number=FEW, event=EVENT, room=TEXT, person=TEXT, name=TEXT, unit=st.none() | UNIT, role=TEXT,
        text=TEXT, directive=st.none() | FEW, reported_at=TIME, state=STATE,
    ),
    st.builds(f.ReportChanged, number=FEW, state=st.just("") | STATE, at=TIME, by=TEXT, reason=TEXT, cause=EVENT),
    st.builds(f.EvidencePaired, report=FEW, event=EVENT, kind_of_media=TEXT, mxc=TEXT, how=TEXT, at=TIME),
    st.builds(
        f.EvidenceJudged, event=EVENT, report=st.none() | FEW, sha256=SHA, mime=MIME, size=st.integers(0, 2**60),
        at=TIME, verdict=st.sampled_from(["ok", "duplicate", "bomb", "unavailable", "?"]),
        duration_ms=st.integers(0, 2**40),
    ),
    st.builds(
        f.Decision, number=FEW, event=EVENT, room=TEXT, person=TEXT, name=TEXT, role=TEXT, text=TEXT,
        decided_at=TIME
    ),
    st.builds(f.Emergency, report=FEW, event=EVENT, words=st.just(("banjir",)), rung=st.just(("p",)), at=TIME),
    st.builds(
        f.Gap, gap=st.sampled_from(["g1", "g2"]), what=TEXT, state=st.sampled_from(["open", "filled", "given_up"]),
        at=TIME, since=TIME, until=TIME,
    ),
    st.builds(
        f.Meeting, number=FEW, event=EVENT, room=TEXT, person=TEXT, name=TEXT, role=TEXT, topic=TEXT,
        agenda=st.lists(TEXT, max_size=3).map(tuple), via=TEXT, at=TIME,
    ),
    st.builds(
        f.MeetingChanged, meeting=FEW, what=st.sampled_from(["closed", "agenda", "item", "note", "asked", "?"]),
        agenda=st.lists(TEXT, max_size=3).map(tuple), item=st.integers(-9, 9), text=TEXT, by=TEXT, cause=EVENT,
        at=TIME,
    ),
    st.builds(
        f.Attended, meeting=FEW, person=TEXT, name=TEXT, unit=st.none() | UNIT, role=TEXT, stands_in=TEXT,
        event=EVENT, how=st.sampled_from(["spoke", "checked_in", "reacted", "excused", "withdrawn", "?"]), at=TIME,
    ),
    st.builds(
        f.Floor, meeting=FEW, person=TEXT, name=TEXT, unit=st.none() | UNIT, state=TEXT, place=st.integers(0, 9),
        by=TEXT, event=EVENT, at=TIME,
    ),
    st.builds(
        f.Minuted, meeting=FEW, what=TEXT, number=FEW, event=EVENT, person=TEXT, name=TEXT, text=TEXT, at=TIME
    ),
    st.builds(f.Sealed, event=EVENT, room=TEXT, sender=TEXT, code=TEXT, at=TIME),
    st.builds(f.Opened, event=EVENT, at=TIME),
    st.builds(f.Proposal, number=FEW, what=TEXT, state=STATE, users=st.just(("@a:b",)), at=TIME, cause=EVENT),
    st.builds(
        f.Act, number=FEW, verb=TEXT, room=TEXT, rule=TEXT, by=TEXT, policy_version=st.integers(0, 2**62),
        roster_version=st.integers(0, 9), at=TIME, cause=EVENT,
    ),
    st.builds(
        f.Granted, number=FEW, what=st.sampled_from(["acting", "delegate", "guest", "account"]), person=TEXT,
        name=TEXT, user=TEXT, unit=TEXT, begins=TEXT, ends=TEXT, by=TEXT, second=st.none() | TEXT,
        policy_version=st.just(1), roster_version=st.just(1), at=TIME, cause=EVENT,
    ),
    st.builds(
        f.Revoked, number=FEW, why=st.sampled_from(["by_hand", "in_file", "ended"]), by=TEXT, at=TIME, cause=EVENT
    ),
    st.builds(f.ActDone, number=FEW, result=TEXT, at=TIME),
    st.builds(f.Redacted, event=EVENT, by=TEXT, redaction=EVENT, at=TIME),
    st.builds(f.Edited, event=EVENT, edit=EVENT, text=st.none() | TEXT, at=TIME),
    st.builds(
        f.Conduct, event=EVENT, room=TEXT, person=TEXT, rule=TEXT, about=TEXT, step=TEXT, by=TEXT, sent_at=TIME,
        at=TIME,
    ),
    st.builds(f.Corrected, event=EVENT, was=TEXT, label=TEXT, by=TEXT, via=TEXT, at=TIME, cause=EVENT),
    st.builds(f.Membership, room=TEXT, user=TEXT, membership=TEXT, by=TEXT, at=TIME, event=EVENT),
    st.builds(f.LevelsSeen, room=TEXT, by=TEXT, event=EVENT, changes=st.just((("a", "0", ""),)), at=TIME),
)  # fmt: skip
WEEKS = st.lists(st.lists(st.tuples(FACT, st.booleans()), max_size=14), min_size=1, max_size=3)
KEY = SigningKey(bytes(range(32)))


def ledger_of(weeks: list[list[tuple[AnyFact, bool]]], language: str, destroy: bool) -> tuple[Ledger, list[int]]:
    """A ledger with a seal after each list of facts; some contents destroyed if asked for."""
    ledger, starts = Ledger(language=language), 1794153600000
    for index, facts in enumerate(weeks):
        for fact, gone in facts:
            record = ledger.add(fact)
            if gone and destroy:
                ledger.records[-1] = chain.destroyed(record)
        ledger.seal(f"2026-W{46 + index}", starts, starts + 7 * 86_400_000)
        starts += 7 * 86_400_000
    return ledger, [0, *(cut for _, cut in ledger.seals)]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(WEEKS, st.sampled_from(["id", "en"]), st.booleans())
def test_every_history_makes_a_bundle_that_verifies(
    weeks: list[list[tuple[AnyFact, bool]]], language: str, destroy: bool
) -> None:
    """Export never raises, is deterministic, verifies, and joins the bundle before."""
    ledger, cuts = ledger_of(weeks, language, destroy)
    with tempfile.TemporaryDirectory() as folder:
        opening, previous = Opening(), None
        for before, cut in itertools.pairwise(cuts):
            run = ledger.run(before, cut)
            path = write_bundle(opening, run, ledger.media, KEY, Path(folder, str(cut))).path
            again = write_bundle(opening, run, ledger.media, KEY, Path(folder, f"{cut}again")).path
            assert path.read_bytes() == again.read_bytes()
            verdict = verify(path, known=KEY.fingerprint, previous=previous)
            assert verdict.code == INTACT, verdict
            opening, previous = carry(run, opening), path


@settings(max_examples=80, deadline=None)
@given(WEEKS)
def test_what_is_carried_over_is_enough(weeks: list[list[tuple[AnyFact, bool]]]) -> None:
    """A week collected from its opening is the week collected after reading all of history."""
    ledger, cuts = ledger_of(weeks, "id", False)
    opening = carry(ledger.run(0, cuts[-2])) if cuts[-2] else Opening()
    stepwise = Opening()
    for before, cut in itertools.pairwise(cuts[:-1]):
        stepwise = carry(ledger.run(before, cut), stepwise)
    assert opening == stepwise
    week = collect(ledger.run(cuts[-2], cuts[-1]), opening)
    assert week.cut == ledger.head()

    whole = Fold()
    for record in ledger.records:
        entry = whole.add(record)
        if entry is not None and isinstance(entry.fact, f.WeekSealed) and record.position in cuts[:-1]:
            whole.prune(entry.fact)
    parts = Fold(opening)
    for record in ledger.run(cuts[-2], cuts[-1]):
        parts.add(record)
    assert things(whole) == things(parts)


def things(fold: Fold) -> dict[tuple[str, str], tuple[bool, list[int]]]:
    return {key: (thing.carried, [entry.position for entry in thing.entries]) for key, thing in fold.things.items()}


@settings(max_examples=60, deadline=None)
@given(WEEKS, st.booleans(), st.integers(1, 50))
def test_lines_come_back_as_they_were(weeks: list[list[tuple[AnyFact, bool]]], destroy: bool, size: int) -> None:
    """Records and openings survive writing and reading, wherever the chunks are cut."""
    ledger, cuts = ledger_of(weeks, "id", destroy)
    data = b"".join(map(to_line, ledger.records))
    chunks = [data[start : start + size] for start in range(0, len(data), size)]
    assert list(read_lines(chunks)) == [unstamped(record) for record in ledger.records]
    opening = carry(ledger.run(0, cuts[-1]))
    assert read_opening(opening_bytes(opening)) == opening


def unstamped(record: Record) -> Record:
    assert record.at == 0
    return record


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_make_a_verdict(data: bytes) -> None:
    """Whatever is handed to us as a bundle: a sentence, never a traceback."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rekap-x-2026-W47.zip")
        path.write_bytes(data)
        assert verify(path).code == 1
