"""Who is rung at night, and that nobody is rung twice at once for the same order."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.ledger import timers
from bridge.model import facts as f
from bridge.model.effects import Refresh, Say
from tests.forum.desk import Desk, user

VERY_URGENT = "PUPR perbaiki tanggul di Citta sekarang juga, sebelum jam 23.55"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def wake_late(desk: Desk, hours: float) -> None:
    """The bridge was down: what became due in the meantime comes when it is back, all at once."""
    desk.clock.set(desk.clock.now() + int(hours * 3_600_000))
    desk.decide()


def reminders(desk: Desk) -> list[Say]:
    return [say for say in desk.said() if say.key.startswith("directive.remind")]


def overtaken(desk: Desk) -> list[str]:
    return [fact.about for fact in desk.facts(f.Asked) if fact.what == "overtaken_reminder"]


@pytest.mark.parametrize(("words", "rings"), [(VERY_URGENT, True), ("PUPR perbaiki tanggul besok jam 10", False)])
def test_a_unit_that_is_added_at_night_is_rung_only_for_what_is_very_urgent(
    desk: Desk, words: str, rings: bool
) -> None:
    desk.move(hours=15)
    order = desk.say("wabup", words)
    desk.say("wabup", "tambah DLH", reply_to=order)
    said = desk.said()[-1]
    assert user("dlh-1") in said.mentions
    assert said.rings is rings


def test_a_very_urgent_order_that_is_changed_at_night_rings(desk: Desk) -> None:
    desk.move(hours=15)
    order = desk.say("wabup", VERY_URGENT)
    desk.edit("wabup", order, "PUPR perbaiki tanggul di Ganra sekarang juga, sebelum jam 23.55")
    desk.move(minutes=10)
    said = next(say for say in desk.said() if say.key.startswith("directive.revised"))
    assert said.key == "directive.revised_urgent"
    assert said.rings


def test_of_two_reminders_that_come_at_once_the_last_is_said_and_the_other_noted(desk: Desk) -> None:
    """Down from before the first of them until after the second."""
    desk.say("wabup", "PUPR segera laporkan kondisi jembatan, paling lambat jam 18.00")
    wake_late(desk, 10.5)
    (said,) = reminders(desk)
    assert said.ref == "P-1.remind:P-1:1"
    assert said.rings
    assert overtaken(desk) == ["P-1:remind:P-1:0"]


def test_whoever_is_late_already_is_not_reminded_of_the_time_before(desk: Desk) -> None:
    """Down until after the due time: it is late, and only that is said."""
    desk.say("wabup", "PUPR segera laporkan kondisi jembatan, paling lambat jam 18.00")
    wake_late(desk, 12)
    assert reminders(desk) == []
    assert len(overtaken(desk)) == 2
    assert desk.task("P-1", "pupr") == "late"
    desk.move(minutes=31)
    assert [say.key for say in reminders(desk)] == ["directive.remind_late"]


def test_two_late_reminders_that_the_night_held_back_are_one_in_the_morning(desk: Desk) -> None:
    """An urgent order that is late at 22.00 is reminded of half an hour and two hours later: both in the quiet."""
    desk.say("wabup", "PUPR segera laporkan kondisi jembatan, paling lambat jam 21.30")
    desk.move(hours=23, minutes=30)
    (said,) = [say for say in reminders(desk) if say.key == "directive.remind_late"]
    assert said.rings
    assert said.ref == "P-1.late:P-1:1"
    assert overtaken(desk) == ["P-1:late:P-1:0"]


def test_reminders_in_time_are_all_said(desk: Desk) -> None:
    desk.say("wabup", "PUPR segera laporkan kondisi jembatan, paling lambat jam 18.00")
    desk.move(hours=10, minutes=59)
    assert len(reminders(desk)) == 2
    assert overtaken(desk) == []
    assert timers.next_due(desk.store) is not None


def test_whoever_is_not_known_is_asked_about_and_the_others_have_their_task(desk: Desk) -> None:
    """ "OPD terkait" is nobody's name: the order goes to whom it names, and its issuer is asked."""
    desk.say("wabup", "DLH dan OPD terkait bersihkan saluran di pasar hari ini sebelum jam 15.00")
    assert desk.task("P-1", "dlh") == "open"
    (said,) = [say for say in desk.said() if say.key == "directive.who_else"]
    assert said.values == {"number": "P-1", "written": ["OPD terkait"]}
    assert not said.rings
    desk.deliver()
    asked = desk.store.one("SELECT event FROM posted WHERE ref = 'P-1.who-else'")
    assert asked is not None
    desk.say("wabup", "tambah PUPR", reply_to=asked[0])
    assert desk.task("P-1", "pupr") == "open"


def test_an_order_without_anybody_unknown_asks_nothing(desk: Desk) -> None:
    desk.say("wabup", "DLH bersihkan saluran di pasar hari ini sebelum jam 15.00")
    assert "directive.who_else" not in desk.heard()
    assert [card for card in desk.effects(Refresh) if card.card == "P-1"]
