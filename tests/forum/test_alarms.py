"""Emergencies at the desk: recorded and rung at once, whatever else the message is."""

from __future__ import annotations

from bridge.model import facts as f
from tests.forum.desk import Desk, user


def test_a_receipt_that_tells_of_anthrax_rings_the_leaders(desk: Desk) -> None:
    """A "siap" with dead cattle behind it is an emergency first, and recorded as a report."""
    event = desk.say("ternak-1", "Siap pak, 3 sapi mati mendadak diduga anthrax, tim menuju lokasi")
    ring = next(say for say in desk.said() if say.key == "emergency.ring")
    assert ring.rings
    assert set(ring.mentions) == {user("bupati"), user("wabup"), user("sekda")}
    assert desk.label(event) == "report"
    assert [fact.event for fact in desk.facts(f.Emergency)] == [event]


def test_an_alarm_in_answer_to_an_order_also_receives_it(desk: Desk) -> None:
    """Who answers an order with an emergency has received the order."""
    order = desk.say("bupati", "Peternakan, tolong periksa ternak di Tompo besok jam 9")
    desk.say("ternak-1", "Siap pak, 3 sapi mati mendadak di sana", reply_to=order)
    assert desk.task("P-1", "peternakan") == "acknowledged"
    assert "emergency.ring" in desk.heard()


def test_a_question_that_tells_of_a_landslide_rings(desk: Desk) -> None:
    """Asking for help tells of what the help is for."""
    desk.say("citta-1", "mohon bantuan alat berat pak, longsor cukup besar")
    assert "emergency.ring" in desk.heard()


def test_a_leaders_order_about_one_stays_an_order(desk: Desk) -> None:
    """It gets its number and its tasks, and rings nobody as an emergency, not even with the tag."""
    event = desk.say("bupati", "BPBD dan Dinkes segera turun ke Citta, ada banjir #darurat")
    assert desk.label(event) == "directive"
    assert desk.task("P-1", "bpbd") == "open"
    assert desk.facts(f.Emergency) == []


def test_a_planned_meeting_about_one_rings_nobody(desk: Desk) -> None:
    """It is announced by day and by night, by whomever."""
    for person in ("bpbd-1", "sekda", "ahli-1"):
        desk.say(person, "Rapat penanggulangan banjir besok jam 9")
    assert desk.facts(f.Emergency) == []
