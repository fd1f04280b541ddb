"""What stands beside the roster is part of what a running bridge goes by, from that moment on."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bridge.ledger.record import record
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.situation import Outcome
from tests.admin.town import TWELVE, Town

NEW = "@kadis1-baru:contoh.id"


def _replace(town: Town) -> f.Granted:
    """Two people agreed that the head of unit1 goes on with another account."""
    now = town.clock.now()
    fact = f.Granted(
        number="A-1",
        what="account",
        person="kadis1",
        user=NEW,
        replaces="@kadis1:contoh.id",
        begins=moment(now).astimezone(town.files.book.policy.forum.zone).date().isoformat(),
        by="ahli",
        second="wabup",
        policy_version=1,
        roster_version=1,
        at=now,
        cause="$c",
    )

    def keep(store: Store) -> None:
        record(store, "uji", Outcome(facts=[fact]), now=now, cause="$c", letters=town.files.book.series)

    assert town.ledger is not None
    asyncio.run(town.ledger.write(keep))
    return fact


def _who(town: Town, user: str) -> str | None:
    standing = town.files.book.standing(user, town.clock.now())
    return standing.person.id if standing else None


def test_it_counts_at_once_after_a_reload_and_after_a_restart(tmp_path: Path) -> None:
    """The old account is nobody, the new one is the person, and a mention of it means the unit."""
    town = Town(tmp_path)
    try:
        fact = _replace(town)
        town.files.granted({"uji": (fact,)})
        for happens in ("at once", "a reload", "a restart"):
            if happens == "a reload":
                town.write(TWELVE[:-1])
                town.take()
            elif happens == "a restart":
                town.restart()
                town.take()
            assert (_who(town, NEW), _who(town, "@kadis1:contoh.id")) == ("kadis1", None), happens
            assert town.files.book.directory.addressed("", [NEW]).units == ("unit1",), happens
    finally:
        town.close()
