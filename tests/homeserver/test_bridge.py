"""The journey end to end: real Synapse, encrypted rooms, real clients, the real bridge."""

from __future__ import annotations

from bridge.model import facts as f
from bridge.rehearsal.pictures import photo
from tests.homeserver.forum import Forum


async def test_an_order_becomes_tasks_and_a_photo_report_fulfils_one(forum: Forum) -> None:
    """The deputy orders, a head answers with text and then a photo: chip, card, report, evidence, task."""
    await forum.set_up()
    await forum.start()
    order = await forum.people["wabup"].text(
        forum.rooms["forum"],
        "Seluruh OPD dan camat laksanakan kerja bakti massal hari ini. "
        "Laporkan hasilnya disertai foto paling lambat jam 17.00",
    )
    await forum.settle()
    assert forum.failures() == []
    directives = forum.facts(f.Directive)
    assert [d.number for d in directives] == ["P-1"]
    assert set(directives[0].units) == {"dlh", "peternakan", "pupr", "citta"}
    await forum.people["dlh"].text(forum.rooms["forum"], "Siap pak, laksanakan")
    report = await forum.people["dlh"].text(
        forum.rooms["forum"], "Izin melaporkan, kerja bakti di pasar sudah selesai dilaksanakan"
    )
    await forum.settle()
    await forum.people["dlh"].image(forum.rooms["forum"], photo(1), filename="IMG_1.jpg")
    await forum.settle()
    assert forum.failures() == []
    assert forum.chips("bupati", order) == ["📌 P-1"]
    assert forum.chips("bupati", report) == ["📋 L-1"]
    states = [(t.unit, t.state) for t in forum.facts(f.Task) if t.unit == "dlh"]
    assert states == [("dlh", "open"), ("dlh", "acknowledged"), ("dlh", "reported")]
    announced, card = forum.said("bupati")[:2]
    assert "dicatat" in announced.content["body"]
    assert card.encrypted
    assert "P-1" in card.content["body"]
