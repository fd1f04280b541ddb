"""Destroying any contents of any history leaves a chain that verifies and projections that can be rebuilt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.ledger import destroying, forums, inbox, outbox, projections
from bridge.ledger.databases import Database
from bridge.ledger.records import records, verify_chain
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.contents import KINDS, husk
from bridge.model.effects import Say
from bridge.model.event import Event
from tests.databases import ledger_in, undone
from tests.faults.checks import dump
from tests.ledger.test_projections import any_fact, keep, possible


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    """An empty ledger with the forum a, on either kind of database."""
    store = ledger_in(database)
    forums.ensure(store, "a", "watch", False)
    yield store
    store.close()


def destroyed(what: str, *ranges: tuple[int, int], upto: int = 0) -> f.Destroyed:
    return f.Destroyed(
        what=what,
        ranges=ranges,
        count=0,
        kinds={},
        upto=upto,
        older_than=1,
        keep="1y",
        policy_version=1,
        at=9,
        cause="$c",
    )


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(any_fact, max_size=40),
    st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.integers(1, 45), st.integers(0, 8)), max_size=6),
    st.lists(any_fact, max_size=10),
)
def test_whatever_is_destroyed_the_rest_can_be_rebuilt(
    store: Store, history: list[f.AnyFact], gone: list[tuple[str, int, int]], later: list[f.AnyFact]
) -> None:
    """Any stretches, in any order, with more recorded after it: as if only the words had never been there."""
    with undone(store):
        taken: set[str] = set()
        keep(store, "a", possible(history, taken), 1)
        for what, first, length in gone:
            keep(store, "a", [destroyed(what, (first, first + length))], 2)
        keep(store, "a", possible(later, taken), 3)
        verify_chain(store, "a")
        live = dump(store)
        projections.rebuild(store)
        assert dump(store) == live


@settings(max_examples=100, deadline=None)
@given(any_fact)
def test_what_is_left_of_a_fact_holds_none_of_its_words(fact: f.AnyFact) -> None:
    """Neither text nor names nor where a file lies; the number and the state are as they were."""
    left = husk(fact)
    for name in ("text", "name", "due_phrase", "reason", "mxc", "proposal_text", "sender"):
        assert not getattr(left, name, None)
    for name in ("number", "state", "unit", "event", "label", "report", "verdict", "sha256"):
        if left is not None:
            assert getattr(left, name, None) == getattr(fact, name, None)


def spoken(event: str, text: str) -> f.Message:
    return f.Message(event=event, room="!r", sender="@a:x", name="Ani", sent_at=1, received_at=2, text=text)


def test_only_what_the_fact_names_is_destroyed(store: Store) -> None:
    """Other positions, other kinds and other forums keep their contents; the raw event goes with its message."""
    forums.ensure(store, "b", "watch", False)
    for forum in "ab":
        keep(store, forum, [spoken(f"${forum}{n}", f"words {n}") for n in (1, 2, 3)], 1)
        keep(store, forum, [f.Opened(event=f"${forum}1", at=1)], 1)
    events = [
        Event(event_id=f"$a{n}", room_id="!r", sender="@a:x", type="m", content={"body": f"words {n}"}, origin_ts=1)
        for n in (1, 2)
    ]
    inbox.add_events(store, "a", 1, 1, events, own="@bot", at=1, person_of=lambda user: None)
    store.run("UPDATE inbox SET state = 'done', wire = ?", (b"words",))
    keep(store, "a", [destroyed("messages", (2, 2), upto=3)], 2)
    bodies = {record.position: record.body for record in records(store, "a", 0, 5)}
    assert [position for position, body in bodies.items() if body is None] == [2]
    assert all(record.body is not None for record in records(store, "b", 0, 4))
    assert store.all("SELECT event, text, name, destroyed FROM message WHERE forum = 'a' ORDER BY event") == [
        ("$a1", "words 1", "Ani", 0),
        ("$a2", "", "", 1),
        ("$a3", "words 3", "Ani", 0),
    ]
    raw: dict[str, bytes | None] = dict(store.all("SELECT key, wire FROM inbox"))
    assert raw["$a2"] is None and bytes(raw["$a1"] or b"") == b"words"
    assert store.all("SELECT what, position FROM kept_back ORDER BY position") == [("messages", 1), ("messages", 3)]
    keep(store, "a", [destroyed("messages", (1, 1))], 3)
    assert store.all("SELECT position FROM kept_back") == [(3,)]
    verify_chain(store, "a")


def test_what_could_never_be_read_is_not_waited_for_any_longer(store: Store) -> None:
    """A sealed event goes with the week in which it came, its ciphertext too; nobody tries it again."""
    event = Event(
        event_id="$s", room_id="!r", sender="@a:x", type="m.room.encrypted", content={}, origin_ts=1,
        sealed="no_session", session_id="s", message_index=1, raw=b"ciphertext",
    )  # fmt: skip
    inbox.add_events(store, "a", 1, 1, [event], own="@bot", at=5, person_of=lambda user: None)
    inbox.add_row(store, "a", "verdict", "v", b"words", at=50)
    store.run("UPDATE inbox SET state = 'done' WHERE kind <> 'event'")
    keep(store, "a", [sealed_at(40)], 40)
    keep(store, "a", [destroyed("messages", upto=1)], 60)
    assert store.all("SELECT state, wire FROM inbox WHERE key = '$s'") == [("done", None)]
    assert inbox.sealed_of_session(store, "!r", "s") == []
    assert bytes(store.all("SELECT body FROM inbox WHERE key = 'v'")[0][0]) == b"words", "it came after the seal"


def sealed_at(at: int) -> f.WeekSealed:
    return f.WeekSealed(
        week="2026-W47", starts=0, ends=at, previous=0, forum_name="", language="id", timezone="UTC",
        policy_version=1, policy_sha256="", roster_version=1, roster_sha256="", units=(), persons=(), letters={},
        role_names={}, at=at,
    )  # fmt: skip


def test_what_the_bot_said_goes_and_what_it_has_yet_to_say_stays(store: Store) -> None:
    """A text that waits for a permission is still to be said."""
    for key, at in (("one", 1), ("two", 2), ("late", 90)):
        outbox.enqueue(store, "a", [Say(room="!r", key=key, values={"text": "words"})], cause="$c", now=at)
    first, *_ = outbox.waiting(store, 100, 10)
    outbox.confirm(store, first.id, "$e")
    keep(store, "a", [sealed_at(40)], 40)
    keep(store, "a", [destroyed("messages", upto=1)], 60)
    held = [bytes(row[0]).count(b"words") for row in store.all("SELECT effect FROM outbox ORDER BY id")]
    assert held == [0, 1, 1]
    assert outbox.by_txn(store, first.txn) is not None, "its echo is still known"


def test_nothing_is_scrubbed_where_there_is_no_file(tmp_path: Path) -> None:
    """A ledger in PostgreSQL has none."""
    destroying.scrub(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()
