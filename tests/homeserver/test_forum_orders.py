"""The life of an order in a real encrypted room: put right by replies, urgent at night, returned and told on."""

from __future__ import annotations

from bridge.model import facts as f
from bridge.rehearsal.pictures import photo
from tests.homeserver.forum import Forum


def mentions(event: object) -> list[str]:
    """The accounts that a message rings."""
    content = event.content  # type: ignore[attr-defined]
    return list(content.get("m.mentions", {}).get("user_ids", ())) if content["msgtype"] == "m.text" else []


async def test_an_order_is_put_right_returned_reopened_and_told_on(forum: Forum) -> None:
    """By replies of whoever gave it; the unit reads why; who is late is told on, once and privately."""
    forum.units = {
        "setda": ("Sekretariat Daerah", "Setda", "agency"),
        **{unit: named for unit, named in forum.units.items() if unit != "peternakan"},
    }
    forum.offices["sekda"] = ("secretary", "setda")
    people = ("bupati", "wabup", "sekda", "dlh", "pupr", "citta", "ahli")
    await forum.set_up(people=people)
    await forum.start()
    room, cast = forum.rooms["forum"], forum.people
    accounts = {name: account.user_id for name, account in forum.accounts.items()}

    order = await cast["wabup"].text(room, "DLH dan Citta, bersihkan saluran di pasar, paling lambat jam 12.00")
    await forum.move(minutes=2)
    await cast["wabup"].text(room, "bukan Citta, untuk PUPR", reply_to=order)
    await forum.move(minutes=2)
    await cast["wabup"].text(room, "ini segera", reply_to=order)
    await forum.move(minutes=2)
    card = forum.card("dlh", "📌 P-1").shown
    assert "PUPR" in card
    assert "Sifat: segera" in card

    relayed = await cast["sekda"].text(room, "Arahan Bapak Bupati: PUPR laporkan kondisi jembatan besok jam 10.00")
    report = await cast["dlh"].text(room, "Izin melaporkan P-1, saluran sudah bersih, dokumentasi menyusul")
    await forum.settle()
    assert forum.chips("dlh", relayed) == ["📌 P-2"]
    assert "Bupati Contoh" in forum.card("dlh", "📌 P-2").shown
    await forum.move(minutes=15)
    assert not forum.told("dlh", report)
    await cast["dlh"].image(room, photo(1), filename="IMG_1.jpg", reply_to=report)
    await forum.settle()
    await cast["wabup"].react(room, report, "👎")
    await forum.settle()
    (notice,) = forum.told("dlh", report)
    assert mentions(notice) == [accounts["dlh"]]
    await cast["wabup"].text(room, "fotonya dari tempat lain", reply_to=notice.event_id)
    await forum.settle()
    why = forum.told("dlh", report)[-1]
    assert "fotonya dari tempat lain" in why.content["body"]
    assert mentions(why) == [accounts["dlh"]]
    await cast["dlh"].image(room, photo(2), filename="IMG_2.jpg", reply_to=report)
    await forum.settle()
    await cast["wabup"].text(room, "!terima semua P-1")
    await cast["wabup"].text(room, "!buka lagi L-1 salah lokasi")
    await forum.settle()

    await forum.move(hours=5, minutes=20)
    await forum.move(hours=2)
    await forum.move(hours=3)
    (told,) = forum.facts(f.Escalated)
    assert told.persons == ("sekda",)
    assert set(told.units) == {"dlh", "pupr"}
    asked = await cast["ahli"].text(forum.rooms["control"], "!P-1")
    await forum.settle()
    (answer,) = forum.told("ahli", asked, "control")
    for words in ("fotonya dari tempat lain", "salah lokasi", "disampaikan kepada Sekda Contoh"):
        assert words in answer.content["body"]

    await forum.move(hours=10)
    await forum.move(minutes=2)
    night = await cast["wabup"].text(room, "#perintah PUPR periksa tanggul")
    await forum.settle()
    assert mentions(forum.card("pupr", "📌 P-3").posted) == []
    await forum.move(minutes=2)
    await cast["wabup"].text(room, "sangat segera", reply_to=night)
    await forum.settle()
    (rung,) = [event for event in forum.said("pupr") if "sekarang bersifat sangat segera" in event.content["body"]]
    assert accounts["pupr"] in mentions(rung)
    assert forum.failures() == []
