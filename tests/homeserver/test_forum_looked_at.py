"""A photo that two units sent, looked at in an encrypted control room: what the verifier really sees and taps."""

from __future__ import annotations

import io

from PIL import Image

from bridge.model import facts as f
from bridge.rehearsal.pictures import photo
from tests.homeserver.forum import Forum

ORDER = "Seluruh OPD bersihkan saluran Cabenge hari ini, laporkan"


async def test_verifiers_see_both_pictures_side_by_side_and_tap(forum: Forum) -> None:
    """One encrypted picture with both, a card with two reactions, and the sender's appeal in ordinary words."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "pupr", "citta", "ahli", "ahli2"))
    await forum.start()
    room, control, people = forum.rooms["forum"], forum.rooms["control"], forum.people
    await people["wabup"].text(room, ORDER)
    await forum.settle()
    await people["dlh"].image(room, photo(1), filename="IMG_1.jpg", caption="Lapor P-1, saluran sudah bersih")
    await forum.settle()
    joint = await people["pupr"].image(
        room, photo(1), filename="IMG_2.jpg", caption="Lapor P-1, saluran sudah bersih"
    )
    await forum.settle()

    # Whose photo waits reads of it alone; the room reads nothing.
    assert forum.told("dlh", joint) == []
    (chat,) = people["pupr"].invitations
    await people["pupr"].join(chat)
    await people["pupr"].known(chat)
    forum.rooms["chat"] = chat
    await forum.move(minutes=2)
    (said,) = forum.said("pupr", "chat")
    assert said.encrypted
    assert said.content["msgtype"] == "m.notice"
    assert "diterima sementara, menunggu pemeriksaan" in said.content["body"]
    assert "DLH" not in said.content["body"] and "L-1" not in said.content["body"]
    (shown,) = [e for e in forum.said("ahli", "control") if e.content["msgtype"] == "m.image"]
    assert "file" in shown.content and "url" not in shown.content
    picture = Image.open(io.BytesIO(await people["ahli"].fetch(shown)))
    assert (picture.format, picture.size) == ("JPEG", (1616, 600))
    left, right = picture.crop((0, 0, 800, 600)), picture.crop((816, 0, 1616, 600))
    assert _near(left, right)
    number = forum.facts(f.CheckOpened)[0].number
    card = forum.card("ahli", f"🔎 {number}", "control")
    assert "DLH pada L-1" in card.shown
    assert forum.chips("ahli", card.posted.event_id) == ["✅", "❌"]

    await people["ahli"].react(control, card.posted.event_id, "❌")
    await forum.settle()
    asked = forum.told("pupr", joint)[-1]
    assert asked.content["msgtype"] == "m.text" and "BANDING" in asked.content["body"]
    await forum.move(minutes=1.1)
    assert "Oleh Ahli Contoh" in forum.card("ahli2", f"🔎 {number}", "control").shown

    # The sender asks for another look.
    await people["pupr"].text(room, "BANDING kami bekerja bersama DLH", reply_to=asked.event_id)
    await forum.settle()
    second = forum.facts(f.CheckOpened)[1].number
    card = forum.card("ahli2", f"🔎 {second}", "control")
    assert "kami bekerja bersama DLH" in card.shown
    await people["ahli2"].react(control, card.posted.event_id, "✅")
    await forum.settle()
    assert _report(forum, joint) == "reported"
    assert any("sudah diperiksa dan dihitung" in said.content["body"] for said in forum.said("pupr"))

    # What the regent accepts in the forum is not asked of verifiers any more, and the card says who it was.
    small = await people["citta"].image(
        room, _small(2), filename="IMG_3.jpg", caption="Lapor, pasar Citta sudah dibersihkan"
    )
    await forum.settle()
    third = forum.facts(f.CheckOpened)[2].number
    assert "Ukurannya kecil" in forum.card("ahli", f"🔎 {third}", "control").shown
    await people["bupati"].react(room, small, "👍")
    await forum.move(minutes=1.1)
    assert _report(forum, small) == "accepted"
    assert "Dihitung.\nOleh Bupati Contoh." in forum.card("ahli", f"🔎 {third}", "control").shown

    # What its sender deletes while it waits is shown to nobody any more.
    gone = await people["citta"].image(
        room, _small(3), filename="IMG_4.jpg", caption="Lapor, jalan desa Citta sudah dibersihkan"
    )
    await forum.settle()
    fourth = forum.facts(f.CheckOpened)[3].number
    pictures = [e for e in forum.said("ahli2", "control") if e.content.get("filename") == f"{fourth}.jpg"]
    await people["citta"].redact(room, gone)
    await forum.move(minutes=1.1)
    assert "Ditarik pengirimnya" in forum.card("ahli2", f"🔎 {fourth}", "control").shown
    redactions = [e for e in people["ahli2"].events if e.type == "m.room.redaction" and e.room_id == control]
    assert pictures[0].event_id in [e.content.get("redacts") or e.redacts for e in redactions]

    assert forum.failures() == []


def _small(number: int) -> bytes:
    """A photo that may be a thumbnail."""
    picture = Image.open(io.BytesIO(photo(number))).convert("RGB")
    kept = io.BytesIO()
    picture.resize((560, 420)).save(kept, "JPEG", quality=92)
    return kept.getvalue()


def _near(one: Image.Image, other: Image.Image) -> bool:
    pairs = zip(*(half.convert("L").resize((8, 8)).tobytes() for half in (one, other)), strict=True)
    return all(abs(a - b) <= 8 for a, b in pairs)


def _report(forum: Forum, event: str) -> str:
    report = next(fact for fact in forum.facts(f.Report) if fact.event == event)
    return [fact.state for fact in forum.facts(f.ReportChanged) if fact.number == report.number and fact.state][-1]
