"""What the rules on messages cost: nothing when none is on, one statement otherwise, a fixed number when met."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bridge.forum.book import Book
from bridge.model.event import Event
from bridge.policy.conduct import Conduct, ContentRule, Edits, Flood
from tests.faults.house import FRIDAY
from tests.ledger.test_cost import ROOM, Trace, book, history, made, unindexed

__all__ = ["book"]

OFF = Conduct(flood=Flood(messages=0), edits=Edits(edits=0))
WORDS = OFF.model_copy(update={"rules": (ContentRule(name="uji", words=("judi",), steps=("mute",)),)})


def under(book: Book, conduct: Conduct) -> Book:
    """The book with other rules on messages."""
    return replace(book, policy=book.policy.model_copy(update={"conduct": conduct}))


def talk(number: int, text: str = "Selamat pagi semuanya") -> Event:
    return Event(
        event_id=f"$talk{number}",
        room_id=ROOM,
        sender="@ternak:test",
        type="m.room.message",
        content={"msgtype": "m.text", "body": text},
        origin_ts=FRIDAY + number,
    )


def asked(trace: Trace) -> list[str]:
    """The statements that only the rules on messages make."""
    return [one for one in trace.seen if one.startswith("SELECT") and ("sent_at" in one or "FROM conduct" in one)]


@pytest.mark.parametrize("conduct", [OFF, WORDS], ids=["off", "words"])
def test_where_no_rule_may_be_met_nothing_is_asked(tmp_path: Path, book: Book, conduct: Conduct) -> None:
    """Words are looked for in the message itself; the ledger is asked only when one is found."""
    store = made(tmp_path / "ledger.db")
    trace = Trace(store, under(book, conduct))
    for number in range(20):
        trace.cost(talk(number), FRIDAY + 1000)
    assert asked(trace) == []
    store.close()


def test_the_pace_of_a_person_is_one_statement(tmp_path: Path, book: Book) -> None:
    """With the policy as it comes, for a message of somebody who keeps within the limits."""
    costs = []
    for name, conduct in (("off", OFF), ("on", Conduct())):
        store = made(tmp_path / f"{name}.db")
        trace = Trace(store, under(book, conduct))
        costs.append([trace.cost(talk(number), FRIDAY + 1000) for number in range(5)])
        store.close()
    off, on = costs
    assert [b - a for a, b in zip(off, on, strict=True)] == [1] * 5


def test_meeting_a_rule_costs_as_much_in_a_long_history_as_in_a_short_one(tmp_path: Path, book: Book) -> None:
    """The same statements at 1,000 and 50,000 rows of everything, each by an index."""
    costs: dict[int, list[int]] = {}
    climbing = Conduct(flood=Flood(messages=3, steps=("warn", "mute", "remove", "ask")))
    for count in (1_000, 50_000):
        store = made(tmp_path / f"{count}.db")
        history(store, count)
        trace = Trace(store, under(book, climbing))
        later = 10 * 60 * 1000
        costs[count] = []
        for time in range(4):
            now = FRIDAY + time * later
            for number in range(4):
                event = msgspec.structs.replace(talk(time * 10 + number), origin_ts=now + number)
                costs[count].append(trace.cost(event, now + 1000))
        assert any("FROM conduct" in one for one in trace.seen)
        mine = {one for one in trace.seen if "FROM conduct" in one or "sent_at" in one or "FROM act" in one}
        assert list(unindexed(store, mine)) == []
        steps = [row[0] for row in store.all("SELECT step FROM conduct WHERE counts = 1 ORDER BY sent_at")]
        assert steps[-4:] == ["warn", "mute", "remove", "ask"]
        store.close()
    assert costs[50_000] == costs[1_000]


def test_who_goes_on_after_a_step_is_not_counted_anew_for_every_message(tmp_path: Path, book: Book) -> None:
    """A flood is the moment at which a message must cost least: what came before is read once, not each time."""
    store = made(tmp_path / "ledger.db")
    trace = Trace(store, under(book, Conduct(flood=Flood(messages=3, steps=("warn",)))))

    def read_again(numbers: range, at: int) -> int:
        trace.seen.clear()
        for number in numbers:
            trace.cost(msgspec.structs.replace(talk(number), origin_ts=at + number), at + 1000)
        return sum("label, media FROM message" in one for one in trace.seen)

    assert read_again(range(3), FRIDAY) == 1
    assert read_again(range(3, 30), FRIDAY) == 0
    # After the pause it counts again, and the next step follows.
    assert read_again(range(30, 33), FRIDAY + 5 * 60 * 1000) == 1
    steps = [row[0] for row in store.all("SELECT step FROM conduct WHERE counts = 1 ORDER BY sent_at")]
    assert steps == ["warn", "warn"]
    store.close()


def test_what_comes_too_late_is_listed_though_a_step_was_just_taken(tmp_path: Path, book: Book) -> None:
    """The control room reads of every message that was not acted on because it was old."""
    store = made(tmp_path / "ledger.db")
    trace = Trace(store, under(book, Conduct(flood=Flood(messages=3, steps=("warn",)))))
    for number in range(3):
        trace.cost(talk(number), FRIDAY + 1000)
    for number in range(3, 9):
        trace.cost(talk(number), FRIDAY + 3600 * 1000)
    steps = [row[0] for row in store.all("SELECT step FROM conduct ORDER BY sent_at")]
    assert steps == ["warn"] + ["late"] * 4
    store.close()
