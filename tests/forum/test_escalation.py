"""What follows when an order is late: bounded reminders to the late, somebody is told once, then the digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.ledger import inbox
from bridge.model import facts as f
from bridge.model.effects import Refresh, Say
from tests.forum.desk import Desk, policy_text, user

ORDER = "DLH dan PUPR, bersihkan saluran di pasar, paling lambat jam 12.00"


def late(desk: Desk, words: str = ORDER) -> None:
    """An order that one of two units fulfils in time, and the other lets pass: 12.00, with its half hour."""
    desk.say("wabup", words)
    desk.say("dlh-1", "Izin melaporkan P-1, saluran sudah bersih")
    desk.judge(desk.photo("dlh-1", "IMG1.jpg"))
    desk.move(hours=5, minutes=31)
    assert desk.task("P-1", "pupr") == "late"


def reminders(desk: Desk) -> list[Say]:
    return [say for say in desk.said() if say.key.startswith("directive.remind_late")]


def told(desk: Desk) -> list[Say]:
    return [say for say in desk.effects(Say) if say.key.startswith("directive.escalated")]


def test_the_late_unit_is_reminded_and_nobody_else(desk: Desk) -> None:
    """Once for an ordinary order."""
    late(desk)
    desk.move(hours=1)
    (say,) = reminders(desk)
    assert say.mentions == (user("pupr-1"),)
    assert say.rings
    desk.move(hours=8)
    assert len(reminders(desk)) == 1


def test_an_urgent_order_is_reminded_of_a_second_time(desk: Desk) -> None:
    late(desk, f"{ORDER}, segera")
    desk.move(minutes=30)
    assert len(reminders(desk)) == 1
    desk.move(hours=1, minutes=30)
    assert len(reminders(desk)) == 2
    assert len(told(desk)) == 0
    desk.move(hours=2)
    assert len(told(desk)) == 1


def test_the_secretary_is_told_once_and_then_only_the_digest_says_it(desk: Desk) -> None:
    """Which units are late, privately; the record says who was told."""
    desk.store.begin()
    inbox.add_row(desk.store, "uji", "start", "start:1", b"{}", at=desk.clock.now())
    desk.store.commit()
    late(desk)
    desk.move(hours=24)
    (say,) = told(desk)
    assert (say.person, say.values["units"], say.rings) == ("sekda", ["PUPR"], True)
    (fact,) = desk.facts(f.Escalated)
    assert (fact.directive, fact.units, fact.persons) == ("P-1", ("pupr",), ("sekda",))
    desk.move(hours=72)
    assert len(told(desk)) == 1
    assert len(reminders(desk)) == 1
    digests = [one for one in desk.effects(Say) if one.key == "digest.title" and one.person == "bupati"]
    assert "digest.late" in [line.key for line in digests[-1].lines]


def test_what_is_reported_in_the_meantime_is_told_to_nobody(desk: Desk) -> None:
    late(desk)
    desk.say("pupr-1", "Izin melaporkan P-1, saluran sudah lancar")
    desk.judge(desk.photo("pupr-1", "IMG2.jpg"))
    desk.move(hours=30)
    assert reminders(desk) == []
    assert told(desk) == []


def test_another_due_time_begins_anew(desk: Desk) -> None:
    """What was set for the old one does not fire."""
    late(desk)
    desk.say("wabup", "!batas P-1 besok jam 12.00")
    desk.move(hours=20)
    assert reminders(desk) == []
    assert told(desk) == []


def test_the_policy_says_who_and_when(tmp_path: Path) -> None:
    """A role, or a person by id."""
    desk = Desk(tmp_path, policy=policy_text("urgency: {escalate_to: [ahli-2], escalate_after: 2h, late: [10m]}\n"))
    late(desk)
    desk.move(hours=2)
    assert [say.person for say in told(desk)] == ["ahli-2"]
    assert len(reminders(desk)) == 1


def test_a_secretary_is_not_told_of_the_own_unit_alone(desk: Desk) -> None:
    """Then nobody would be: the control room hears that, without names."""
    desk.say("wabup", "Setda laporkan kondisi gedung, paling lambat jam 12.00")
    desk.move(hours=40)
    assert told(desk) == []
    assert "directive.nobody_to_tell" in desk.heard("!control")
    assert desk.facts(f.Escalated)[0].persons == ()


@pytest.mark.parametrize(("words", "waits"), [("", True), (" sangat segera", False)])
def test_quiet_hours_hold_for_all_but_the_very_urgent(desk: Desk, words: str, waits: bool) -> None:
    """A reminder that would come at night comes when the quiet hours end, and rings then."""
    desk.move(hours=12)
    desk.say("wabup", f"#perintah PUPR laporkan kondisi jembatan{words} paling lambat jam 20.30")
    desk.move(hours=5)
    assert bool(reminders(desk)) is not waits
    desk.move(hours=7)
    assert all(say.rings for say in reminders(desk))
    assert len(reminders(desk)) == (1 if waits else 2)


def test_a_holiday_is_waited_for_as_the_night_is(tmp_path: Path) -> None:
    """What would be told on one is told when it is over and the morning has come."""
    holiday = "holidays: {days: [{day: 2026-11-21, name: Libur}]}\n"
    desk = Desk(tmp_path, policy=policy_text(holiday))
    late(desk)
    desk.move(hours=41)
    assert told(desk) == []
    desk.move(hours=2)
    assert [say.rings for say in told(desk)] == [True]


@pytest.mark.parametrize(("words", "rings"), [("", False), (" segera", False), (" sangat segera", True)])
def test_the_first_card_rings_at_night_only_for_the_very_urgent(desk: Desk, words: str, rings: bool) -> None:
    desk.move(hours=15)
    desk.say("wabup", f"#perintah PUPR laporkan kondisi jembatan{words}")
    card = next(effect for effect in desk.effects(Refresh) if effect.ref == "P-1.card")
    assert card.mentions == ((user("pupr-1"),) if rings else ())


def test_a_working_group_has_times_of_its_own(tmp_path: Path) -> None:
    """Lines of `urgency` in its rules."""
    policy = policy_text("rooms: {tanggap: {urgency: {urgent: [3h], late: [5m]}, reminders: {grace: 10m}}}\n")
    desk = Desk(tmp_path, policy=policy, groups={"tanggap": ["bupati", "wabup", "pupr-1"]})
    desk.say("wabup", "#perintah PUPR laporkan kondisi jembatan, segera, paling lambat jam 12.00", room="!tanggap")
    desk.move(hours=2, minutes=1)
    assert [say.key for say in desk.said("!tanggap")] == ["directive.remind"]
