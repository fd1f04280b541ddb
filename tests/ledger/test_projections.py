"""Projections follow from the facts alone, numbers from counters, and a chain from its head."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.ledger import forums, projections, record
from bridge.ledger.comparing import misfits
from bridge.ledger.databases import Database
from bridge.ledger.records import verify_chain
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.chain import Broken
from bridge.model.situation import Outcome
from tests.databases import ledger_in, undone
from tests.faults.checks import dump

LETTERS = frozenset("PLKA")

events = st.sampled_from([f"$e{n}" for n in range(6)])
units = st.sampled_from(["dlh", "pupr", "ternak"])
people = st.sampled_from(["dlh", "pupr", None])
directives = st.sampled_from([f"P-{n}" for n in range(1, 5)])
reports = st.sampled_from([f"L-{n}" for n in range(1, 5)])
hashes = st.sampled_from(["a" * 64, "b" * 64, "c" * 64, ""])
maybe_report = st.one_of(st.none(), reports)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)

messages = st.builds(
    lambda event, person, label, number, text: f.Message(
        event=event,
        room="!r",
        sender="@a:x",
        person=person,
        sent_at=1,
        received_at=2,
        text=text,
        # An event is what it is: another fact about it has the same files.
        media=tuple(f.MediaPart(kind="image", mxc=f"mxc://x/{n}") for n in range(int(event[-1]) % 4)),
        label=label,
        number=number,
    ),
    events,
    people,
    st.sampled_from(["report", "directive", "chatter"]),
    st.one_of(st.none(), reports, directives),
    st.one_of(st.none(), texts),
)
orders = st.builds(
    lambda number, event, text, confirmed: f.Directive(
        number=number,
        event=event,
        room="!r",
        person="wabup",
        name="W",
        role="deputy",
        text=text,
        units=("dlh",),
        issued_at=5,
        confirmed=confirmed,
    ),
    directives,
    events,
    texts,
    st.booleans(),
)
order_changes = st.builds(
    lambda number, state, due: f.DirectiveChanged(number=number, state=state, due=due, by="x", cause="$c"),
    directives,
    st.sampled_from(["", "confirmed", "cancelled"]),
    st.one_of(st.none(), st.integers(0, 10**12)),
)
tasks = st.builds(
    lambda directive, unit, state, report, cause, at: f.Task(
        directive=directive, unit=unit, state=state, report=report, cause=cause, at=at
    ),
    directives,
    units,
    st.sampled_from(["open", "acknowledged", "reported", "late", "accepted", "returned", "cancelled"]),
    maybe_report,
    events,
    st.integers(0, 10**12),
)
filed = st.builds(
    lambda number, event, state, directive: f.Report(
        number=number,
        event=event,
        room="!r",
        person="dlh",
        name="D",
        unit="dlh",
        role="head",
        text="x",
        directive=directive,
        reported_at=7,
        state=state,
    ),
    reports,
    events,
    st.sampled_from(["waiting", "reported"]),
    st.one_of(st.none(), directives),
)
report_changes = st.builds(
    lambda number, state, directive, text, at: f.ReportChanged(
        number=number, state=state, directive=directive, text=text, at=at, by="x", cause="$c"
    ),
    reports,
    st.sampled_from(["", "reported", "accepted", "returned", "incomplete"]),
    st.one_of(st.none(), directives, st.just("")),
    st.one_of(st.none(), texts),
    st.integers(0, 10**12),
)
paired = st.builds(
    lambda report, event, index: f.EvidencePaired(
        report=report, event=event, index=index, kind_of_media="image", mxc="mxc://x/y", how="after", at=8
    ),
    st.one_of(reports, st.just("")),
    events,
    st.integers(0, 2),
)
judged = st.builds(
    lambda event, index, report, verdict, sha256, at: f.EvidenceJudged(
        event=event, index=index, report=report, verdict=verdict, sha256=sha256, at=at
    ),
    events,
    st.integers(0, 2),
    maybe_report,
    st.sampled_from(["ok", "duplicate", "blank", "unavailable"]),
    hashes,
    st.integers(0, 10**12),
)
decisions = st.builds(
    lambda number, event: f.Decision(
        number=number, event=event, room="!r", person="b", name="B", role="leader", text="x", decided_at=3
    ),
    st.sampled_from(["K-1", "K-2"]),
    events,
)
corrections = st.builds(
    lambda event, was, label, number_was, number: f.Corrected(
        event=event,
        was=was,
        label=label,
        number_was=number_was,
        number=number,
        by="x",
        via="reaction",
        at=1,
        cause="$c",
    ),
    events,
    st.sampled_from(["decision", "report"]),
    st.sampled_from(["decision", "chatter"]),
    st.sampled_from([None, "K-1"]),
    st.sampled_from([None, "L-3"]),
)
redactions = st.builds(lambda event: f.Redacted(event=event, by="@a:x", redaction="$r", at=1), events)
proposals = st.builds(
    lambda number, state, needs, users: f.Proposal(
        number=number, what="remove", users=tuple(users), state=state, needs=needs, at=1, cause="$c"
    ),
    st.sampled_from(["A-1", "A-2"]),
    st.sampled_from(["open", "done", "cancelled"]),
    st.integers(0, 2),
    st.lists(st.sampled_from(["@a:x", "@b:x"]), max_size=2),
)
acts = st.builds(
    lambda number, verb, undoes, until: f.Act(
        number=number,
        verb=verb,
        room="!r",
        user="@a:x",
        person="dlh",
        rule="command",
        by="ahli-1",
        undoes=undoes,
        until=until,
        policy_version=1,
        roster_version=1,
        at=4,
        cause="$c",
    ),
    st.sampled_from([f"A-{n}" for n in range(3, 7)]),
    st.sampled_from(["mute", "unmute", "lock", "warn", "remove"]),
    st.sampled_from(["", "A-3", "A-4", "A-5"]),
    st.one_of(st.none(), st.integers(0, 10**12)),
)
acts_done = st.builds(
    lambda number, result, before: f.ActDone(number=number, result=result, before=before, at=5),
    st.sampled_from([f"A-{n}" for n in range(3, 7)]),
    st.sampled_from(["done", "already", "failed", "cancelled"]),
    st.dictionaries(st.sampled_from(["users/@a:x", "events_default"]), st.one_of(st.none(), st.integers(-1, 100))),
)
granted = st.builds(
    lambda number, what, at: f.Granted(
        number=number,
        what=what,
        person="dlh",
        user="@a:x",
        begins="2026-11-20",
        by="ahli-1",
        policy_version=1,
        roster_version=1,
        at=at,
        cause="$c",
    ),
    st.sampled_from(["A-7", "A-8"]),
    st.sampled_from(["acting", "delegate", "guest", "account"]),
    st.integers(0, 10**12),
)
revoked = st.builds(
    lambda number: f.Revoked(number=number, why="by_hand", by="x", at=6, cause="$c"),
    st.sampled_from(["A-7", "A-8", "A-9"]),
)
questions = st.builds(
    lambda what, about, at: f.Asked(what=what, about=about, at=at),
    st.sampled_from(["evidence", "key"]),
    reports,
    st.integers(0, 10**12),
)
edits = st.builds(
    lambda event, edit, sent_at: f.Edited(
        # An edit is one event, which comes once: whose it is and when it was sent does not change.
        event=event,
        edit=f"{edit}.{sent_at}",
        room="!r",
        sender="@a:x",
        sent_at=sent_at,
        at=5,
    ),
    events,
    st.uuids().map(str),
    st.integers(0, 10**12),
)
conduct = st.builds(
    lambda event, rule, step: f.Conduct(
        event=event,
        room="!r",
        person="dlh",
        rule=rule,
        about="words",
        step=step,
        by="rule:conduct.words",
        sent_at=3,
        at=4,
    ),
    events,
    st.sampled_from(["flood", "kata"]),
    st.sampled_from(["remind", "mute", "listed", "late", "moved"]),
)
any_fact = st.one_of(
    messages,
    edits,
    conduct,
    orders,
    order_changes,
    tasks,
    filed,
    report_changes,
    paired,
    judged,
    decisions,
    corrections,
    redactions,
    proposals,
    acts,
    acts_done,
    granted,
    revoked,
    questions,
    st.just(f.Opened(event="$e1", at=1)),
)


def possible(history: list[f.AnyFact], taken: set[str]) -> list[f.AnyFact]:
    """Rules give a number once; a second fact that would is left out."""
    kept: list[f.AnyFact] = []
    for fact in history:
        if isinstance(fact, f.Directive | f.Report | f.Decision | f.Act):
            if fact.number in taken:
                continue
            taken.add(fact.number)
        kept.append(fact)
    return kept


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    """An empty ledger with the forums a and b, on either kind of database."""
    store = ledger_in(database)
    for name in "ab":
        forums.ensure(store, name, "watch", False)
    yield store
    store.close()


def keep(store: Store, forum: str, facts: list[f.AnyFact], now: int) -> None:
    record.record(store, forum, Outcome(facts=facts), now=now, cause="$c", letters=LETTERS)


def rebuilt(store: Store) -> bool:
    live = dump(store)
    projections.rebuild(store)
    return dump(store) == live


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(st.lists(any_fact, max_size=6), st.integers(0, 10**12)), max_size=12))
def test_any_history_of_a_forum_can_be_rebuilt(store: Store, history: list[tuple[list[f.AnyFact], int]]) -> None:
    """Whatever was recorded, in whatever order, at whatever times of a clock that steps."""
    taken: set[str] = set()
    with undone(store):
        for facts, now in history:
            keep(store, "a", possible(facts, taken), now)
        assert misfits(store) == {}
        assert rebuilt(store)
        verify_chain(store, "a")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.lists(any_fact, max_size=4)), max_size=12))
def test_forums_that_share_first_uses_are_rebuilt_together(
    store: Store, history: list[tuple[str, list[f.AnyFact]]]
) -> None:
    """Which forum used a picture first is the same after a rebuild."""
    taken: dict[str, set[str]] = {"a": set(), "b": set()}
    with undone(store):
        for now, (forum, facts) in enumerate(history):
            keep(store, forum, possible(facts, taken[forum]), now)
        assert rebuilt(store)
        for forum in "ab":
            verify_chain(store, forum)


def report(number: str) -> f.Report:
    return f.Report(
        number=number,
        event=f"$e{number}",
        room="!r",
        person="dlh",
        name="",
        unit=None,
        role="head",
        text="",
        reported_at=1,
        state="waiting",
    )


def test_numbers_go_on_above_the_highest_that_was_ever_given(store: Store) -> None:
    """A number that was given is not given again, not even when what it named is gone; a gap stays visible."""
    keep(store, "a", [report("L-1"), report("L-2"), report("L-7")], 1)
    assert record.counters(store, "a") == {"L": 7}
    store.run("DELETE FROM report")
    keep(store, "a", [report("L-8")], 2)
    record.raise_counter(store, "a", "L", 3)
    assert record.counters(store, "a") == {"L": 8}


def test_a_record_that_failed_leaves_no_hole_in_the_chain(store: Store) -> None:
    """Positions are taken with the facts or not at all."""
    store.begin()
    keep(store, "a", [report("L-1")], 1)
    with pytest.raises(Exception, match=r"UNIQUE|unique"), store.savepoint("row"):
        keep(store, "a", [report("L-2"), report("L-1")], 2)
    keep(store, "a", [report("L-3")], 3)
    assert [row[0] for row in store.all("SELECT position FROM fact ORDER BY position")] == [1, 2]
    assert verify_chain(store, "a").position == 2


def test_a_record_that_was_changed_or_removed_is_named(store: Store) -> None:
    """The chain is walked from the database as it lies there."""
    keep(store, "a", [report("L-1"), report("L-2"), report("L-3")], 1)
    (body,) = store.one("SELECT body FROM fact WHERE position = 2") or ()
    store.run("UPDATE fact SET body = ? WHERE position = 2", (bytes(body).replace(b"dlh", b"pup"),))
    with pytest.raises(Broken, match="record 2: content"):
        verify_chain(store, "a")
    store.run("DELETE FROM fact WHERE position = 3")
    store.run("UPDATE fact SET body = ? WHERE position = 2", (bytes(body),))
    with pytest.raises(Broken, match="link"):
        verify_chain(store, "a")


def test_no_fact_of_a_forum_that_is_not_there_is_recorded(store: Store) -> None:
    """A chain has a beginning."""
    with pytest.raises(LookupError, match="no forum c"):
        keep(store, "c", [report("L-1")], 1)


def test_one_transaction_with_everything_or_nothing(store: Store) -> None:
    """Facts, projections, counters and the head are of one piece."""
    before = dump(store)
    store.begin()
    with pytest.raises(RuntimeError), store.savepoint("row"):
        keep(store, "a", [report("L-1")], 1)
        raise RuntimeError
    assert dump(store) == before
    assert record.counters(store, "a") == {}
    assert verify_chain(store, "a").position == 0
