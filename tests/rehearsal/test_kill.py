"""The counts of `scripts/bench kill` show what is lost and what is doubled. The killing is done by the command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bridge.ledger import record
from bridge.model import facts as f
from bridge.model.effects import AnyEffect, React, Refresh
from bridge.model.event import Json
from bridge.model.situation import Outcome
from bridge.rehearsal.bench import kill
from bridge.rehearsal.bench.kill import FORUM, SEEN, Tally
from bridge.rehearsal.bench.lasting import Lasting
from bridge.rehearsal.bench.past import MONDAY, Past

effect_of = msgspec.json.Decoder(AnyEffect).decode


class Bench:
    """Messages that were given, a ledger that has them, and what it wants to be seen standing in the rooms."""

    def __init__(self, folder: Path) -> None:
        self.homeserver = Lasting(40, 3, [])
        self.past = Past(folder / "ledger.db", rooms_count=3)
        self.past.take(self.homeserver.give(30))
        rows = self.past.store.all("SELECT txn, effect FROM outbox WHERE state = 'confirmed' AND error = ''")
        self.wanted: list[tuple[str, AnyEffect]] = [(txn, effect_of(bytes(body))) for txn, body in rows]
        self.tally = Tally(folder / "ledger.db", self.homeserver)

    def show(self, txn: str, effect: AnyEffect, cause: str) -> None:
        """An effect's event stands in its room."""
        content: Json = {"tudang.cause": cause}
        if isinstance(effect, React):
            content["m.relates_to"] = {"rel_type": "m.annotation", "event_id": effect.to, "key": effect.key}
        elif isinstance(effect, Refresh):
            content["tudang.ref"] = effect.ref
        kind = "m.reaction" if isinstance(effect, React) else "m.room.message"
        if isinstance(effect, SEEN):
            self.homeserver.send(effect.room, kind, txn, msgspec.json.encode(content))

    def show_all(self, *, but: type | None = None) -> None:
        """Everything wanted stands there; of one kind the first is left out."""
        left_out = next((txn for txn, effect in self.wanted if but is not None and isinstance(effect, but)), None)
        for txn, effect in self.wanted:
            if txn != left_out:
                self.show(txn, effect, txn)

    def first(self, kind: type) -> tuple[str, AnyEffect]:
        return next((txn, effect) for txn, effect in self.wanted if isinstance(effect, kind))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.past.store.close()


def test_nothing_lost_and_nothing_doubled(bench: Bench) -> None:
    """Everything given is recorded, everything wanted is visible, and both are more than a few."""
    bench.show_all()
    count = bench.tally.count(kills=3)
    assert count.whole
    assert (count.given, count.recorded, count.kills) == (30, 30, 3)
    assert count.wanted == count.visible > 20
    assert "Nothing was lost" in kill.result([count], 1, 7)
    assert "LOST OR DOUBLED" in kill.result([count], 2, 7), "a round is missing"


def test_what_is_wrong_with_the_record_is_counted(bench: Bench) -> None:
    """A message without a record is lost, one with two is doubled, and a record that was changed is found."""
    bench.show_all()
    bench.homeserver.give(1)
    count = bench.tally.count(0)
    assert (count.whole, count.lost, count.recorded) == (False, 1, 30)
    assert "LOST OR DOUBLED" in kill.result([count], 1, 7)

    store = bench.past.store
    (body,) = store.one("SELECT body FROM fact WHERE kind = 'message' LIMIT 1") or (b"",)
    again = msgspec.json.decode(bytes(body), type=f.Message)
    store.begin()
    twice = Outcome(facts=[again])
    record.record(store, FORUM, twice, now=MONDAY, cause="twice", letters=bench.past.book.series)
    store.commit()
    count = bench.tally.count(0)
    assert (count.lost, count.repeated, count.broken) == (1, 1, "")

    store.run("UPDATE fact SET body = ? WHERE position = 3", (b"{}",))
    count = bench.tally.count(0)
    assert "does not verify" in kill.result([count], 1, 7)


@pytest.mark.parametrize(("kind", "missing"), [(React, 2), (Refresh, 1)])
def test_an_effect_without_its_event_is_missing(bench: Bench, kind: type, missing: int) -> None:
    """A mark is missed twice: as an effect, and by the message that is to carry one."""
    bench.show_all(but=kind)
    count = bench.tally.count(0)
    assert (count.whole, count.missing) == (False, missing)


def test_an_effect_with_two_events_is_doubled(bench: Bench) -> None:
    """Under the same cause, under one that nobody wanted, or as a second card."""
    bench.show_all()
    txn, chip = bench.first(React)
    bench.show("another", chip, txn)
    assert bench.tally.count(0).doubled == 2, "two events of one effect, two marks on one message"
    txn, card = bench.first(Refresh)
    bench.show("one more", card, "nobody's")
    assert bench.tally.count(0).doubled == 4, "an event that nobody wanted, a card that stands twice"
