"""A meeting from Friday to Monday as the story has it, and an order that is late meanwhile. On a real Synapse."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest

from bridge.model import facts as f
from bridge.model.ports import MatrixError
from bridge.rehearsal.pictures import photo
from tests.homeserver.forum import Forum

LEVELS = "m.room.power_levels"


def _table(bundle: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(bundle) as files:
        member = next(one for one in files.namelist() if one.endswith(f"/{name}"))
        text = files.read(member).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


async def test_a_meeting_from_friday_to_monday_leaves_minutes_and_the_secretary_hears_who_is_late(
    forum: Forum,
) -> None:
    """Opened by a sentence on Friday, closed on Monday; in it hands, the floor, an order, a report, a decision."""
    forum.units["setda"] = ("Sekretariat Daerah", "Setda", "agency")
    forum.offices["sekda"] = ("secretary", "setda")
    await forum.set_up(people=("bupati", "wabup", "sekda", "dlh", "pupr", "citta", "ahli", "periksa"))
    await forum.start()
    room, control, people = forum.rooms["forum"], forum.rooms["control"], forum.people
    before = await people["dlh"].state(room, LEVELS)

    # Friday
    opening = await people["bupati"].text(
        room, "Bapak ibu sekalian, rapat koordinasi kita mulai. Agenda: 1. Anthrax 2. Kerja bakti massal"
    )
    await forum.settle()
    assert forum.chips("pupr", opening) == ["🗓️ R-1"]
    card = forum.card("pupr", "🗓️ Rapat R-1").posted
    hand = await people["pupr"].text(room, "Izin bicara")
    await people["citta"].react(room, card.event_id, "✋")
    await people["dlh"].react(room, card.event_id, "✅")
    await forum.settle()
    assert forum.chips("citta", hand) == ["✋"]
    queue = forum.card("ahli", "✋ R-1", "control")
    assert "1. Pupr Contoh (PUPR)" in queue.shown
    await people["ahli"].text(control, "!bergiliran")
    await people["ahli"].react(control, queue.posted.event_id, "✅")
    await forum.settle()
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await people["dlh"].text(room, "Saya belum mendapat giliran")
    proposal = await people["pupr"].text(room, "Kami usulkan jalan ke pasar ditutup selama kerja bakti")
    await people["bupati"].text(room, "ACC, berlaku mulai besok", reply_to=proposal)
    await people["ahli"].text(control, "!bebas")
    await forum.settle()
    assert await people["dlh"].state(room, LEVELS) == before
    order = await people["wabup"].text(
        room, "Camat2 dan kadis pupr bersihkan saluran di pasar hari ini, paling lambat jam 12 siang"
    )
    await forum.settle()
    assert forum.chips("citta", order) == ["📌 P-1"]
    assert {task.unit for task in forum.facts(f.Task)} == {"pupr", "citta"}
    await people["citta"].image(room, photo(1), caption="Izin melaporkan P-1, saluran di pasar sudah bersih")
    await forum.settle()

    # Saturday: PUPR is a day late. The secretary hears it alone, and reads it in an app.
    await forum.move(hours=6)
    await forum.move(hours=25)
    chat, inviter = next(iter(people["sekda"].invitations.items()))
    assert inviter == forum.bot.user_id
    await people["sekda"].join(chat)
    await forum.move(minutes=2)
    told = await people["sekda"].wait_for(
        lambda event: event.room_id == chat and "P-1" in str(event.content.get("body", ""))
    )
    assert told.encrypted
    assert told.content["msgtype"] == "m.text"
    assert told.content["m.mentions"]["user_ids"] == [people["sekda"].user_id]
    words = str(told.content["body"])
    assert "PUPR" in words
    assert "Citta" not in words
    (escalated,) = forum.facts(f.Escalated)
    assert (escalated.units, escalated.persons) == (("pupr",), ("sekda",))

    # Sunday and Monday: it goes on, and is closed.
    await forum.move(hours=24)
    await people["dlh"].text(room, "Izin melaporkan perkembangan pengangkutan sampah, sudah 12 truk")
    await forum.move(hours=24)
    await people["bupati"].text(room, "Demikian, rapat saya tutup. Terima kasih atas kehadirannya")
    await forum.settle()
    minutes = forum.card("citta", "📝 Notulen R-1").shown
    lines = minutes.splitlines()
    assert "Hadir: 3 dari 4 unit" in lines
    assert "Agenda: 1. Anthrax dan 2. Kerja bakti massal" in lines
    assert any(line.startswith("⚖️ K-1 “Kami usulkan jalan ke pasar ditutup") and "ACC" in line for line in lines)
    assert any(line.startswith("📌 P-1") for line in lines)
    assert any("L-1" in line for line in lines)
    assert len(lines) <= 20
    # A week later they stand in the bundle, for who was not there.
    await forum.move(hours=24 * 7)
    bundle = await forum.bridge.export("uji", "2026-W48")
    (held,) = _table(bundle, "rapat.csv")
    assert (held["Unit hadir"], held["Dari unit"]) == ("3", "4")
    assert (held["Belum terlihat"], held["Keadaan"], held["Dari pekan lalu"]) == ("Setda", "selesai", "ya")
    told_of = {(row["Apa"], row["Nomor"]) for row in _table(bundle, "notulen.csv")}
    assert told_of >= {("keputusan", "K-1"), ("perintah", "P-1"), ("laporan", "L-1"), ("laporan", "L-2")}
    assert forum.failures() == []
    await forum.stop()
