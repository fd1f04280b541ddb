"""Rows decided together: the next one sees what this one recorded, and one that fails sinks only itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.forum import decide as rules
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.journey.decide import decide_some
from bridge.ledger import inbox
from bridge.ledger.records import verify_chain
from bridge.model import facts as f
from bridge.model.effects import React
from bridge.model.event import Event
from bridge.model.situation import Outcome, Situation
from tests.forum.desk import BOT, CONTROL, Desk


def order(desk: Desk, text: str) -> Event:
    """An order of the leader."""
    return desk.message("bupati", {"msgtype": "m.text", "body": text})


def take_in(desk: Desk, events: list[Event]) -> None:
    """Several events of one response, not yet decided."""
    desk.store.begin()
    batch = inbox.new_batch(desk.store)
    inbox.add_events(
        desk.store, "uji", batch, inbox.WINDOW, events, own=BOT, at=desk.clock.now(), person_of=lambda who: None
    )
    desk.store.commit()


def test_rows_of_a_group_see_each_other(tmp_path: Path) -> None:
    """Two orders in one response get two numbers, and an answer to the first finds it."""
    desk = Desk(tmp_path)
    first = order(desk, "Dinas Peternakan agar segera memeriksa pasar hewan dan laporkan")
    answer = desk.message(
        "ternak-1",
        {
            "msgtype": "m.text",
            "body": "Siap pak",
            "m.relates_to": {"m.in_reply_to": {"event_id": first.event_id}},
        },
    )
    second = order(desk, "Dinas Kesehatan agar segera memeriksa posyandu dan laporkan")
    desk.put(first, answer, second)
    assert [one.number for one in desk.facts(f.Directive)] == ["P-1", "P-2"]
    states = [(task.directive, task.unit, task.state) for task in desk.facts(f.Task)]
    assert states == [
        ("P-1", "peternakan", "open"),
        ("P-1", "peternakan", "acknowledged"),
        ("P-2", "kesehatan", "open"),
    ]


def test_a_row_that_fails_sinks_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is marked failed, nothing of it stays, and the rows before and after it are decided as if it were not."""
    desk = Desk(tmp_path)
    events = [
        order(desk, "Dinas Peternakan agar segera memeriksa pasar hewan dan laporkan"),
        order(desk, "Dinas Kesehatan agar segera memeriksa posyandu dan laporkan"),
        order(desk, "Dinas Pendidikan agar segera memeriksa atap sekolah dan laporkan"),
    ]
    take_in(desk, events)
    sound = rules.decide

    def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
        outcome = sound(taken, situation, book, now)
        if taken.key == events[1].event_id:
            # The same number twice: the ledger refuses it when half of the row is written.
            outcome.facts += [fact for fact in outcome.facts if isinstance(fact, f.Directive)]
        return outcome

    monkeypatch.setattr(rules, "decide", decide)
    desk.store.begin()
    done = decide_some(desk.store, {"uji": desk.book}, desk.clock.now())
    desk.store.commit()
    assert (done.rows, done.failed) == (3, [("uji", events[1].event_id)])
    assert [key for _, key, _ in inbox.failed(desk.store)] == [events[1].event_id]
    assert inbox.undecided(desk.store) == 0
    assert [(one.number, one.event) for one in desk.facts(f.Directive)] == [
        ("P-1", events[0].event_id),
        ("P-2", events[2].event_id),
    ]
    assert {one.event for one in desk.facts(f.Message)} == {events[0].event_id, events[2].event_id}
    assert [one.to for one in desk.effects(React)] == [events[0].event_id, events[2].event_id]
    assert verify_chain(desk.store, "uji").position == len(desk.facts())


def test_what_a_row_grants_or_ends_counts_for_the_next_one_of_its_group(tmp_path: Path) -> None:
    """An acting head is agreed to and answers in the same response; whoever holds the book is told of it."""
    desk = Desk(tmp_path)
    desk.say("bupati", "DLH segera bersihkan pasar dan laporkan hari ini")
    desk.say("bupati", "!pelaksana @kes-1:desk dlh sampai 2026-11-25", room=CONTROL)
    number = desk.facts(f.Proposal)[-1].number
    order_event = desk.facts(f.Directive)[0].event
    yes = desk.message("ahli-1", {"msgtype": "m.text", "body": f"!setuju {number}"}, room=CONTROL)
    ready = desk.message(
        "kes-1",
        {"msgtype": "m.text", "body": "siap", "m.relates_to": {"m.in_reply_to": {"event_id": order_event}}},
    )
    take_in(desk, [yes, ready])
    desk.store.begin()
    done = decide_some(desk.store, {"uji": desk.book}, desk.clock.now())
    desk.store.commit()
    assert desk.task("P-1", "dlh") == "acknowledged"
    assert [grant.person for grant in done.granted["uji"]] == ["kes-1"]
    desk.store.begin()
    again = decide_some(desk.store, {"uji": desk.laid()}, desk.clock.now())
    desk.store.commit()
    assert again.granted == {}, "a book that knows is not made anew"
