"""Offices that change hands on a day: unit and tasks go to whoever holds them, at 00:00 and not before."""

from __future__ import annotations

from datetime import date, time

import pytest

from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Say
from tests.forum.desk import AUDIT, CONTROL, Desk, roster_text
from tests.forum.offices import take_force, to_day, told

HEAD = "{person: dlh-1, role: head, unit: dlh, from: 2025-01-01}"
DAY = date(2026, 11, 24)


def _transfer(day: str = "2026-11-24", before: str = "2026-11-23") -> str:
    """The head of the environment agency goes to the health agency, whose head takes the environment."""
    kes = "{person: kes-1, role: head, unit: kesehatan, from: 2025-01-01}"
    text = roster_text()
    for old, person, unit in ((HEAD, "dlh-1", "kesehatan"), (kes, "kes-1", "dlh")):
        assert old in text
        new = f"{{person: {person}, role: head, unit: {unit}, from: {day}}}"
        text = text.replace(old, f"{old[:-1]}, to: {before}}}\n  - {new}")
    return text


def test_the_same_report_goes_to_the_old_unit_before_midnight_and_to_the_new_one_after(desk: Desk) -> None:
    """A second before and after the day begins; what was recorded stays as it was."""
    take_force(desk, _transfer())
    to_day(desk, date(2026, 11, 23), time(23, 59, 59))
    desk.say("dlh-1", "Laporan: tempat parkir sudah bersih")
    to_day(desk, DAY, time(0, 0, 0))
    desk.say("dlh-1", "Laporan: tempat parkir sudah bersih lagi")
    assert [(fact.person, fact.unit) for fact in desk.facts(f.Report)] == [("dlh-1", "dlh"), ("dlh-1", "kesehatan")]


def test_tasks_stay_with_the_unit_and_who_heads_it_now_is_told_in_words(desk: Desk) -> None:
    """The incoming head hears of the open order privately and can answer it; the outgoing one is thanked."""
    take_force(desk, _transfer())
    desk.say("bupati", "DLH segera bersihkan pasar Lajoa dan laporkan paling lambat 30 November")
    assert told(desk, "kes-1") == []
    to_day(desk, DAY)
    incoming = [say for say in desk.effects(Say) if say.person == "kes-1" and say.key == "handover.incoming"]
    assert len(incoming) == 1
    assert incoming[0].values == {"unit": "DLH", "count": 1}
    assert [line.values["number"] for line in incoming[0].lines] == ["P-1"]
    assert "pasar Lajoa" in str(incoming[0].lines[0].values["text"])
    assert told(desk, "dlh-1") == ["handover.outgoing", "handover.nothing"]
    desk.say("dlh-1", "siap", reply_to=desk.facts(f.Directive)[0].event)
    assert desk.task("P-1", "dlh") == "open", "it is the former head's no longer"
    desk.say("kes-1", "siap", reply_to=desk.facts(f.Directive)[0].event)
    assert desk.task("P-1", "dlh") == "acknowledged"
    to_day(desk, date(2026, 11, 26))
    assert told(desk, "kes-1").count("handover.incoming") == 1


def test_days_that_passed_while_the_bridge_was_down_are_caught_up_once(desk: Desk) -> None:
    """Started on the third day after: one word to each, none twice."""
    take_force(desk, _transfer())
    desk.say("bupati", "DLH segera bersihkan pasar dan laporkan paling lambat 30 November")
    to_day(desk, date(2026, 11, 21))
    # Nothing is decided for five days.
    desk.clock.set(desk.clock.now() + 5 * 24 * 3600 * 1000)
    desk.decide()
    assert told(desk, "kes-1").count("handover.incoming") == 1
    assert told(desk, "dlh-1").count("handover.outgoing") == 1


def test_a_letter_dated_back_takes_force_now_and_says_what_it_changes(desk: Desk) -> None:
    """Accepted with a note to the control and audit rooms; the reports of those days stay as they were."""
    desk.say("dlh-1", "Laporan: pasar sudah bersih")
    to_day(desk, DAY)
    take_force(desk, _transfer("2026-11-20", "2026-11-19"))
    noted = [say for say in desk.effects(Say) if say.key == "office.backdated"]
    assert [say.room for say in noted] == [CONTROL, AUDIT]
    lines = [(line.key, line.values["name"], line.values.get("numbers")) for line in noted[0].lines]
    assert ("office.recorded", "Dlh-1 Contoh", ["L-1"]) in lines
    assert {key for key, _, _ in lines} == {"office.since", "office.until", "office.recorded"}
    assert [(fact.number, fact.unit) for fact in desk.facts(f.Report)] == [("L-1", "dlh")]
    assert "handover.nothing" in told(desk, "kes-1"), "whoever holds the unit now hears it now"
    desk.say("dlh-1", "Laporan: puskesmas sudah bersih")
    assert desk.facts(f.Report)[-1].unit == "kesehatan"


def test_a_new_person_with_an_old_date_is_no_note(desk: Desk) -> None:
    """Nothing was recorded of somebody who was not listed."""
    person = '  - {id: baru, name: "Baru Contoh", identifiers: [{matrix: "@baru:desk"}]}\noffices:'
    text = roster_text().replace("offices:", person) + "  - {person: baru, role: expert, from: 2026-01-01}\n"
    take_force(desk, text)
    assert "office.backdated" not in desk.heard(CONTROL)


@pytest.mark.parametrize("days", [1, 6])
def test_the_heads_of_a_unit_are_those_of_the_instant(desk: Desk, days: int) -> None:
    """The roster answers by the day that is asked about, whatever day it is."""
    take_force(desk, _transfer())
    at = desk.clock.now() + days * 24 * 3600 * 1000
    heads = [one.person.id for one in desk.laid().roster.heads_of("dlh", moment(at))]
    assert heads == (["dlh-1"] if days == 1 else ["kes-1"])
