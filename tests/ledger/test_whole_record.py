"""The record alone makes the ledger: told again fact by fact, a week leaves what it left before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridge.ledger import forums, inbox, record, rooms
from bridge.ledger.comparing import contents, misfits
from bridge.ledger.databases import Database
from bridge.ledger.records import records, verify_chain
from bridge.ledger.store import Store
from bridge.ledger.tables import PROJECTIONS, Adopted, Counter, Fact, Forum, Table, name_of
from bridge.model import chain
from bridge.model import facts as f
from bridge.model.event import Event, Trust
from bridge.model.situation import Outcome
from tests.databases import Databases, ledger_in
from tests.forum.desk import AUDIT, BOT, CONTROL, FORUM, FRIDAY, Desk, user
from tests.ledger.test_postgres import play

FROM_FACTS: tuple[type[Table], ...] = (*PROJECTIONS, Fact, Forum, Counter, Adopted)
"""Every table that holds nothing but what facts say: the projections, the chain with its head, the stage and
versions in force, the numbers given, and what is remembered of members."""


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    store = ledger_in(database)
    yield store
    store.close()


def test_a_week_told_again_from_its_facts_leaves_the_same_ledger(store: Store, databases: Databases) -> None:
    """Link by link, row by row, in every table that follows from facts."""
    desk = play(store)
    again = ledger_in(databases.new())
    again.begin()
    forums.ensure(again, "uji", "enforce", False)
    for room, kind in ((FORUM, "forum"), (CONTROL, "control"), (AUDIT, "audit")):
        rooms.set_room(again, room, forum="uji", kind=kind)
    salts = iter([one.salt or b"" for one in records(store, "uji", 0, 10**6)])
    for one in records(store, "uji", 0, 10**6):
        outcome = Outcome(facts=[chain.decode(one.body or b"")])
        record.record(
            again,
            "uji",
            outcome,
            now=one.at,
            cause="$c",
            letters=desk.book.series,
            salt=lambda: next(salts),
        )
    store.begin()
    # Numbers of our own rows are no facts.
    for each in (store, again):
        each.run("DELETE FROM counter WHERE forum = ''")
    for table in FROM_FACTS:
        there, here = contents(store, table), contents(again, table)
        assert there.rows, f"nothing was played that fills {name_of(table)}"
        assert there.differing(here) == 0, name_of(table)
    assert verify_chain(again, "uji") == verify_chain(store, "uji")
    assert misfits(again) == misfits(store) == {}
    store.rollback()
    again.close()


HOSTILE = (
    "nol \x00 di tengah",
    "\x00",
    "% dan %s dan ? dan ' dan \" dan \\",
    "a" * 60_000,
    "é\u202e\ufeff\U0001f9d1\u200d\U0001f33e",
)


@pytest.mark.parametrize("words", HOSTILE, ids=["nul", "only nul", "signs", "long", "wide"])
def test_whatever_is_said_is_recorded(store: Store, words: str) -> None:
    """What a database cannot hold as text stands in the fact as it was said; nothing waits because of it."""
    desk = Desk(store)
    order = f"Dinas Lingkungan Hidup agar segera memeriksa TPA dan laporkan. {words}"
    said = desk.say("wabup", order)
    talk = desk.say("dlh-1", words)
    messages = {message.event: message for message in desk.facts(f.Message)}
    assert messages[said].text == order
    assert talk in messages
    assert desk.facts(f.Directive)[-1].event == said
    store.begin()
    assert misfits(store) == {}
    store.rollback()
    assert verify_chain(store, "uji") == record.head(store, "uji")


def test_ids_of_any_length_and_indexes_of_any_size_are_taken_in(store: Store) -> None:
    """As wide as Matrix and Megolm allow: one that did not fit would keep a whole answer of the homeserver out."""
    Desk(store)
    longest = "é" * 127
    events = [
        Event(
            event_id=f"${longest}{number}",
            room_id=FORUM,
            sender=user("dlh-1"),
            type="m.room.message",
            content={"msgtype": "m.text", "body": "pagi"},
            origin_ts=2**53 - 1,
            encrypted=True,
            trust=Trust.CROSS_SIGNED,
            session_id=longest,
            message_index=index,
            raw=b"{}",
        )
        for number, index in enumerate((0, 2**31, 2**32 - 1))
    ]
    state = Event(
        event_id="$state",
        room_id=FORUM,
        sender=user("dlh-1"),
        type=f"x.{longest}",
        state_key=f"\x00{longest}",
        content={"a": "\x00"},
        origin_ts=FRIDAY,
        raw=b"{}",
    )
    store.begin()
    batch = inbox.new_batch(store)
    assert (
        inbox.add_events(store, "uji", batch, 1, [*events, state], own=BOT, at=FRIDAY, person_of=lambda who: who)
        == 4
    )
    rooms.apply_state(store, [state])
    assert rooms.state(store, FORUM, state.type, f"\x00{longest}") == {"a": "\x00"}
    store.commit()
    assert [
        row[0] for row in store.all("SELECT message_index FROM inbox WHERE session IS NOT NULL ORDER BY id")
    ] == [
        0,
        2**31,
        2**32 - 1,
    ]
