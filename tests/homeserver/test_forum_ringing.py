"""What rings, and whom: on a real Synapse, in an encrypted room, as the people's clients get it."""

from __future__ import annotations

from bridge.model import facts as f
from bridge.model.event import Event
from bridge.rehearsal.pictures import photo
from tests.homeserver.forum import Forum


async def test_an_order_rings_its_units_and_an_emergency_the_leaders_even_at_night(forum: Forum) -> None:
    """Only who is addressed hears the order; at night only the alarm rings, before any word about evidence."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "peternakan", "pupr", "citta", "ahli"))
    await forum.start()
    room, people = forum.rooms["forum"], forum.people
    await people["wabup"].text(room, "DLH dan PUPR bersihkan saluran di pasar hari ini, laporkan sebelum jam 16.00")
    await forum.settle()
    card = forum.card("dlh", "📌 P-1").posted
    assert rings(card) == {people["dlh"].user_id, people["pupr"].user_id}
    await people["dlh"].text(room, "Izin melaporkan, saluran di pasar sudah bersih")
    await forum.move(minutes=11)
    asked = forum.said("dlh")[-1]
    assert "Mohon kirim foto" in asked.content["body"]
    assert "09.00" in asked.content["body"]
    assert rings(asked) == set()
    await people["dlh"].image(room, photo(1))
    await forum.move(hours=2)
    edits = forum.card("bupati", "📌 P-1").edits
    assert edits
    assert all(rings(edit) == set() and edit.content["m.new_content"]["m.mentions"] == {} for edit in edits)

    # Two hours before the due time only who still owes is rung.
    await forum.move(hours=5)
    reminder = next(event for event in forum.said("pupr") if "masih 1 unit" in event.content["body"])
    assert rings(reminder) == {people["pupr"].user_id}
    assert "kami tunggu" in reminder.content["body"]
    assert "Pupr Contoh" not in reminder.content["body"]

    # 23.00: an order at night rings nobody; an alarm rings the leaders, at once.
    await forum.move(hours=8, minutes=40)
    await people["wabup"].text(room, "Peternakan siapkan vaksin untuk besok, laporkan besok jam 12.00")
    await forum.settle()
    assert rings(forum.card("peternakan", "📌 P-2").posted) == set()
    before = len(forum.said("bupati"))
    alarm = await people["peternakan"].text(
        room, "Izin melaporkan Bapak, 3 ekor sapi mati mendadak di Desa Tottong, dugaan anthrax"
    )
    await forum.settle()
    told = forum.said("bupati")[before:]
    assert rings(told[0]) == {people["bupati"].user_id, people["wabup"].user_id}
    assert "🚨" in told[0].content["body"]
    assert told[0] in forum.told("bupati", alarm)
    assert not any("foto" in event.content["body"] for event in told)
    assert forum.chips("bupati", alarm) == ["📋 L-2"]
    await forum.move(minutes=11)
    asked = forum.told("peternakan", alarm)[-1]
    assert "Mohon kirim foto" in asked.content["body"]
    assert rings(asked) == set()
    late = await people["peternakan"].image(room, photo(2))
    await forum.settle()
    judged = [fact for fact in forum.facts(f.EvidenceJudged) if isinstance(fact, f.EvidenceJudged)]
    assert [(fact.event == late, fact.report, fact.verdict) for fact in judged][-1] == (True, "L-2", "ok")
    assert forum.failures() == []


def rings(event: Event) -> set[str]:
    """The accounts whose devices ring at a message: a notice never rings, whomever it mentions."""
    edit = event.content.get("m.relates_to", {}).get("rel_type") == "m.replace"
    if edit or event.content["msgtype"] == "m.notice":
        return set()
    return set(event.content["m.mentions"].get("user_ids", ()))
