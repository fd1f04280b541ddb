"""Who has opened the forum: experts see it by name, the record counts it by unit, nobody else hears of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.forum import weeks
from bridge.ledger import inbox, reading
from bridge.ledger.reading import Seen
from bridge.model import facts as f
from tests.forum.desk import CONTROL, FORUM, FRIDAY, Desk, policy_text

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def read(desk: Desk, person: str, at: int) -> None:
    """Somebody was seen to have read at a time."""
    desk.store.begin()
    reading.note(desk.store, "uji", [Seen(person, weeks.week_of(at, desk.book), at)])
    desk.store.commit()


def started(desk: Desk) -> None:
    """A process begins to hold the forum: its weeks are sealed from now on."""
    desk.store.begin()
    inbox.add_row(desk.store, "uji", "start", "start:1", b"{}", at=desk.clock.now())
    desk.store.commit()
    desk.decide()


def overview(desk: Desk) -> dict[str, dict[str, object]]:
    desk.say("ahli-1", "!pembinaan", room=CONTROL)
    say = desk.said(CONTROL)[-1]
    return {line.key: dict(line.values) for line in say.lines}


def test_experts_see_who_opened_the_forum_who_did_not_and_who_never_reported(desk: Desk) -> None:
    for person in ("dlh-1", "pupr-1", "kes-1"):
        read(desk, person, FRIDAY)
    read(desk, "dik-1", FRIDAY - 7 * DAY_MS)
    order = desk.say("bupati", "DLH, mohon laporkan kebersihan pasar besok")
    desk.say("dlh-1", "siap", reply_to=order)
    desk.photo("pupr-1", caption="Izin melaporkan, jembatan sudah dibersihkan", judged=True)
    told = overview(desk)
    # The regent has written, so he has opened it whatever his receipts say.
    assert told["coaching.week"] == {"count": 14, "read": 4, "siap": 1, "reports": 1}
    assert told["coaching.not_read"] == {"count": 1, "names": ["Dik-1 Contoh"]}
    never = told["coaching.never_read"]
    assert never["count"] == 9
    assert "Bupati" not in str(never["names"])
    assert "Bpbd-1 Contoh" in str(never["names"])
    silent = str(told["coaching.never_reported"]["names"])
    assert "Dlh-1 Contoh" in silent
    assert "Pupr-1 Contoh" not in silent
    assert "Bupati" not in silent


def test_the_forum_hears_nothing_of_it(desk: Desk) -> None:
    desk.say("dlh-1", "!pembinaan", room=FORUM)
    assert not any("coaching" in line.key for say in desk.said(FORUM) for line in say.lines)


def test_a_sealed_week_counts_by_unit_and_names_nobody(desk: Desk) -> None:
    read(desk, "dlh-1", FRIDAY)
    read(desk, "dlh-1", FRIDAY + DAY_MS)
    read(desk, "pupr-1", FRIDAY - 30 * DAY_MS)
    started(desk)
    desk.move(hours=72)
    facts: list[f.AnyFact] = desk.facts()
    counted = next(fact for fact in facts if isinstance(fact, f.ForumRead))
    sealed = next(fact for fact in facts if isinstance(fact, f.WeekSealed))
    assert facts.index(counted) < facts.index(sealed)
    assert counted.week == sealed.week
    units = {one.unit: one for one in counted.units}
    assert (units["dlh"].people, units["dlh"].in_room, units["dlh"].readers) == (1, 1, 1)
    assert units["dlh"].first == FRIDAY
    assert (units["pupr"].readers, units["pupr"].first) == (0, 0)
    assert "dlh-1" not in str(counted)


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    desk = Desk(tmp_path, policy=policy_text("coaching: {reading: false}\n"))
    started(desk)
    desk.move(hours=72)
    assert desk.facts(f.ForumRead) == []
    assert desk.facts(f.WeekSealed)
    assert not {"coaching.week", "coaching.never_read", "coaching.not_read"} & overview(desk).keys()


def test_of_each_person_two_weeks_are_kept_with_the_first_and_the_last_time(desk: Desk) -> None:
    for day in range(40):
        for hour in (1, 5):
            read(desk, "dlh-1", FRIDAY + day * DAY_MS + hour * 3600 * 1000)
    rows = desk.store.all("SELECT week, first, last FROM reading WHERE person = 'dlh-1' ORDER BY week")
    assert [row[0] for row in rows] == ["2026-W52", "2026-W53"]
    assert rows[0][1] == FRIDAY + 31 * DAY_MS + 3600 * 1000
    assert rows[0][2] - rows[0][1] == 6 * DAY_MS + 4 * 3600 * 1000


def test_the_same_receipt_seen_again_changes_nothing(desk: Desk) -> None:
    for at in (FRIDAY + 5, FRIDAY + 9, FRIDAY + 9, FRIDAY + 7):
        read(desk, "dlh-1", at)
    assert desk.store.all("SELECT first, last FROM reading") == [(FRIDAY + 5, FRIDAY + 9)]
