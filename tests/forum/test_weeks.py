"""When a week is sealed: by the policy in force, also when it changes while the bridge runs or while it is off."""

from __future__ import annotations

import msgspec

from bridge.forum.files import FileNews
from bridge.ledger import inbox
from bridge.model import facts as f
from tests.forum import desk as desks
from tests.forum.desk import Desk

SUNDAY_EVENING = desks.policy_text("week: {seal_day: sunday, seal_time: 20:00}\n")


def _row(desk: Desk, kind: str, body: bytes = b"{}") -> None:
    desk.store.begin()
    inbox.add_row(desk.store, "uji", kind, f"{kind}:{len(desk.facts())}", body, at=desk.clock.now())
    desk.store.commit()
    desk.decide()


def _new_policy(desk: Desk) -> None:
    desk.book = desks._book(SUNDAY_EVENING, desks.roster_text())
    _row(desk, "file", msgspec.json.encode(FileNews(what="policy", version=2, sha256="2", changes=("week",))))


def _sealing(desk: Desk) -> str:
    row = desk.store.one("SELECT due FROM inbox WHERE key = 'timer:uji:week' AND state = 'waiting'")
    return desk.book.local(row[0]).strftime("%a %d %H:%M") if row else ""


def test_a_new_day_for_the_seal_counts_at_once(desk: Desk) -> None:
    """The old time does not fire once more."""
    _row(desk, "start")
    assert _sealing(desk) == "Mon 23 06:00"
    _new_policy(desk)
    assert _sealing(desk) == "Sun 22 20:00"


def test_a_new_day_counts_from_the_next_start_too(desk: Desk) -> None:
    """The file was changed while the bridge was off."""
    _row(desk, "start")
    desk.book = desks._book(SUNDAY_EVENING, desks.roster_text())
    _row(desk, "start")
    assert _sealing(desk) == "Sun 22 20:00"


def test_a_seal_that_is_overdue_is_not_moved(desk: Desk) -> None:
    """The week that passed meanwhile gets its seal before the new day counts."""
    _row(desk, "start")
    desk.clock.advance(4 * 24 * 3600)
    _new_policy(desk)
    assert [week.week for week in desk.facts(f.WeekSealed)] == ["2026-W47"]
    assert _sealing(desk) == "Sun 29 20:00"
