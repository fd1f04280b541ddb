"""Quiet hours of single units and weekdays: whom an order rings at night, who is reminded when, who hears what."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.model import facts as f
from bridge.model.effects import Refresh, Say
from tests.forum.conducting import private, steps
from tests.forum.desk import CONTROL, FORUM, Desk, policy_text, user

QUIET = "reminders: {quiet_hours: {days: {sabtu: 12:00-06:00}, units: {pupr: none, ganra: 23:30-05:00}}}\n"
POLICY = policy_text(f"{QUIET}conduct: {{night: {{notice: true, duty: [bpbd]}}}}\n")


def late_evening(place: Path) -> Desk:
    """A desk at ten past eleven in the evening of a Friday."""
    desk = Desk(place, policy=POLICY)
    desk.move(hours=16, minutes=10)
    return desk


@pytest.mark.parametrize(
    ("person", "said", "noticed"),
    [
        ("dlh-1", "Selamat malam semua, ada yang melihat kunci kantor?", True),
        ("citta-1", "BANJIR di Citta, air sudah satu meter", False),
        ("bpbd-1", "Selamat malam semua, ada yang melihat kunci kantor?", False),
        ("pupr-1", "Selamat malam semua, ada yang melihat kunci kantor?", False),
        ("ganra-1", "Selamat malam semua, ada yang melihat kunci kantor?", False),
        ("ahli-1", "Selamat malam semua, ada yang melihat kunci kantor?", True),
    ],
)
def test_at_ten_past_eleven_the_hours_of_the_authors_unit_hold(
    tmp_path: Path, person: str, said: str, noticed: bool
) -> None:
    """One gentle notice; an emergency and who is on duty pass, and a unit without quiet hours hears nothing."""
    desk = late_evening(tmp_path)
    event = desk.say(person, said)
    told = [say for say in private(desk, person) if say.key.startswith("conduct.")]
    assert [(say.key, say.rings) for say in told] == ([("conduct.quiet_hours", False)] if noticed else [])
    assert steps(desk) == (["remind"] if noticed else [])
    assert event in {fact.event for fact in desk.facts(f.Message)}
    desk.move(hours=8)
    assert ("conduct.digest" in desk.heard(CONTROL)) is noticed


def test_the_line_of_a_weekday_holds_from_the_hour_it_begins(tmp_path: Path) -> None:
    """Saturday noon by this policy: nothing is said in the morning, and one notice until Sunday morning."""
    desk = Desk(tmp_path, policy=POLICY)
    desk.move(hours=28, minutes=50)
    desk.say("dlh-1", "Ada yang melihat kunci kantor?")
    assert steps(desk) == []
    desk.move(minutes=20)
    desk.say("dlh-1", "Masih ada yang di kantor?")
    desk.move(hours=14)
    desk.say("dlh-1", "Sudah ketemu, terima kasih semua")
    assert steps(desk) == ["remind", "listed"]


def test_an_order_in_the_evening_rings_the_unit_that_is_always_reached(tmp_path: Path) -> None:
    """The card is the same for all; only whose unit has quiet hours now is not rung."""
    desk = Desk(tmp_path, policy=POLICY)
    desk.move(hours=15)
    desk.say("bupati", "Perintah: PUPR, DLH dan Camat Ganra laporkan kondisi jembatan besok pagi")
    card = next(effect for effect in desk.effects(Refresh) if effect.ref == "P-1.card")
    assert card.mentions == (user("pupr-1"), user("ganra-1"))


def test_who_is_late_is_reminded_when_the_own_quiet_hours_are_over(tmp_path: Path) -> None:
    """One order, three units: each is rung once, two in the evening, the third in the morning."""
    desk = Desk(tmp_path, policy=POLICY)
    desk.move(hours=12)
    desk.say("wabup", "#perintah PUPR, DLH dan Camat Ganra laporkan kondisi jembatan paling lambat jam 20.30")
    desk.move(hours=4)
    desk.move(hours=9)
    reminded = [say for say in desk.said(FORUM) if say.key == "directive.remind_late"]
    assert [(set(say.mentions), say.rings, say.values["count"]) for say in reminded] == [
        ({user("pupr-1"), user("ganra-1")}, True, 2),
        ({user("dlh-1")}, True, 1),
    ]
    assert len({say.ref for say in reminded}) == 2


def test_who_reported_in_the_night_is_not_reminded_in_the_morning(tmp_path: Path) -> None:
    """The reminder that waited for a unit's morning has nobody left."""
    desk = Desk(tmp_path, policy=POLICY)
    desk.move(hours=12)
    desk.say("wabup", "#perintah PUPR dan DLH laporkan kondisi jembatan paling lambat jam 20.30")
    desk.move(hours=4)
    desk.photo("dlh-1", caption="Lapor P-1: jembatan aman, dicek langsung di lokasi", judged=True)
    desk.move(hours=9)
    reminded = [say for say in desk.said(FORUM) if say.key == "directive.remind_late"]
    assert [say.mentions for say in reminded] == [(user("pupr-1"),)]


def test_a_report_that_is_returned_at_night_rings_only_who_may_be_rung(tmp_path: Path) -> None:
    desk = late_evening(tmp_path)
    for person in ("dlh-1", "pupr-1"):
        report = desk.photo(person, caption="Lapor: terminal sudah dibersihkan", judged=True)
        desk.react("bupati", report, "👎")
    returned = [say for say in desk.effects(Say) if say.key == "report.returned"]
    assert [(say.mentions, say.rings) for say in returned] == [((user("dlh-1"),), False), ((user("pupr-1"),), True)]
