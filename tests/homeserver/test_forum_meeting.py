"""A meeting in an encrypted room with real clients on a real Synapse, with a kill -9 in the middle of it."""

from __future__ import annotations

import pytest

from bridge.model import facts as f
from bridge.model.clock import SystemClock
from bridge.model.ports import MatrixError
from tests.homeserver.command import started
from tests.homeserver.forum import Forum
from tests.waiting import until_found

LEVELS = "m.room.power_levels"


async def test_a_meeting_with_a_closed_floor_over_a_kill(forum: Forum) -> None:
    """Opened by a sentence; hands, a check-in, the floor; killed as the floor is closed, and started again; closed,
    with the levels exactly as before and minutes that everybody can read."""
    await forum.set_up(people=("bupati", "dlh", "peternakan", "pupr", "citta", "ahli", "periksa"))
    room, control, people = forum.rooms["forum"], forum.rooms["control"], forum.people
    before = await people["dlh"].state(room, LEVELS)
    ledger = forum.root / "state" / "ledger.db"
    # The process that is killed goes by this machine's time, and the bridge of this one goes on from there.
    forum.clock.set(SystemClock().now() + 60_000)
    process = await started(forum)
    try:
        await until_found(ledger, "SELECT 1 FROM fact WHERE kind = 'adopted'")
        opening = await people["bupati"].text(
            room, "Bismillah, rapat kita mulai. Agenda: 1. Anthrax 2. Kerja bakti"
        )
        await until_found(ledger, "SELECT 1 FROM fact WHERE kind = 'meeting'")
        await people["ahli"].text(control, "!bergiliran")
        await until_found(ledger, "SELECT 1 FROM act WHERE verb = 'floor'")
    finally:
        process.kill()
        await process.wait()
    await people["citta"].react(room, opening, "👍")
    await forum.start()

    assert forum.chips("dlh", opening) == ["🗓️ R-1"]
    card = forum.card("dlh", "🗓️ Rapat R-1").posted
    assert card.encrypted
    assert sorted(forum.chips("dlh", card.event_id)) == ["✅", "✋"]
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await people["dlh"].text(room, "Saya bicara tanpa giliran")
    await people["dlh"].react(room, card.event_id, "✋")
    await people["pupr"].react(room, card.event_id, "✅")
    await forum.settle()
    queue = forum.card("ahli", "✋ R-1", "control").posted
    assert forum.chips("ahli", queue.event_id) == ["✅"]

    await people["ahli"].react(control, queue.event_id, "✅")
    await forum.settle()
    (turn,) = [said for said in forum.said("dlh") if said.content["body"].startswith("Silakan, Dlh Contoh")]
    assert turn.content["m.mentions"]["user_ids"] == [people["dlh"].user_id]
    report = await people["dlh"].text(room, "Izin melaporkan, sampah pasar sudah diangkut 4 truk pagi ini")
    await people["bupati"].text(room, "Silakan Camat Citta")
    await forum.settle()
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await people["dlh"].text(room, "Masih ada tambahan")
    await people["citta"].text(room, "Apakah dana darurat sudah dapat dipakai Pak?")
    await people["bupati"].text(room, "Seluruh OPD kerja bakti besok pagi, laporkan disertai foto")
    await forum.settle()
    (levels_now,) = [act for act in forum.facts(f.Act) if act.verb == "floor"]
    assert levels_now.by == "ahli"

    await people["bupati"].text(room, "Rapat saya tutup, terima kasih atas kehadirannya")
    await forum.settle()
    assert await people["dlh"].state(room, LEVELS) == before
    await people["pupr"].text(room, "Terima kasih Pak")
    await forum.settle()
    minutes = forum.card("pupr", "📝 Notulen R-1").shown.splitlines()
    assert "Hadir: 3 dari 4 unit" in minutes
    assert any(line.startswith("📌 P-1 Seluruh OPD kerja bakti") for line in minutes)
    assert any("L-1" in line for line in minutes)
    assert any(line.startswith("❓ Belum dijawab: Apakah dana darurat") for line in minutes)
    assert len(minutes) <= 20
    assert forum.chips("bupati", report) == ["📋 L-1"]
    assert "Peternakan" in forum.card("ahli", "🗓️ R-1", "control").shown
    # A card is edited at most once a minute.
    await forum.move(minutes=2)
    assert "Rapat R-1 selesai" in forum.card("dlh", "🗓️ Rapat R-1").shown
    assert forum.failures() == []
    await forum.stop()
