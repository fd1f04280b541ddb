"""A timer whose rule sets it again."""

from __future__ import annotations

from bridge.ledger import inbox, timers
from bridge.ledger.databases import Database
from bridge.model.effects import Timer
from tests.databases import ledger_in


def test_a_timer_that_its_own_rule_sets_again_fires_again(database: Database) -> None:
    """The week is sealed every Monday, not only on the first one after a start."""
    store = ledger_in(database)
    store.begin()
    with store.savepoint("test"):
        timers.put(store, "forum", Timer(name="week", due=1_000, kind="week"), now=0)
        for due in (1_000, 2_000, 3_000):
            assert timers.fire(store, now=due, caught_up_to=due) == 1
            (item,) = inbox.next_items(store, 10)
            assert item.timer().due == due
            timers.put(store, "forum", Timer(name="week", due=due + 1_000, kind="week"), now=due)
            inbox.decided(store, item)
            assert inbox.undecided(store) == 0
        assert timers.next_due(store) == 4_000
    store.close()
