"""A decision with its proposal, and a newcomer who is welcomed alone, in real encrypted rooms."""

from __future__ import annotations

from bridge.lang.drawing import welcome
from bridge.model import facts as f
from tests.homeserver.forum import Forum


async def test_a_decision_keeps_what_it_answers_and_a_newcomer_is_welcomed(forum: Forum) -> None:
    """The words of the proposal stand in the record; the welcome has the person's salutation, encrypted."""
    await forum.set_up(
        people=("bupati", "pupr", "citta", "ahli"), absent=("citta",), extra="coaching: {welcome: true}\n"
    )
    roster = forum.root / "config" / "roster.yaml"
    text = roster.read_text(encoding="utf-8")
    roster.write_text(text.replace('name: "Citta Contoh",', 'name: "Citta Contoh", salutation: Puang,'), "utf-8")
    await forum.start()
    people = forum.people

    plan = await people["pupr"].text(forum.rooms["forum"], "Izin, kami usul jembatan ditutup mulai besok")
    await forum.settle()
    decided = await people["bupati"].text(forum.rooms["forum"], "ACC, berlaku mulai 1 Desember 2026", reply_to=plan)
    await forum.settle()
    assert forum.chips("pupr", decided) == ["⚖️ K-1"]
    made = forum.facts(f.Decision)[-1]
    assert (made.proposal_event, made.in_force_phrase) == (plan, "1 Desember 2026")
    await people["bupati"].text(forum.rooms["forum"], "K-1 dicabut")
    await forum.settle()
    assert "K-1 → K-2" in forum.chips("pupr", decided)
    await people["ahli"].text(forum.rooms["control"], "!keputusan")
    await forum.settle()
    shown = forum.said("ahli", "control")[-1].content["body"]
    assert "K-2" in shown
    assert "K-1 – dicabut dengan K-2" in shown

    # Of an "oke" to a report that proposes, the experts say whether it decides.
    report = await people["pupr"].text(
        forum.rooms["forum"], "Progres jalan 60%. Kami usulkan jalan ditutup total mulai besok"
    )
    await forum.settle()
    oke = await people["bupati"].text(forum.rooms["forum"], "oke", reply_to=report)
    await forum.settle()
    question = forum.facts(f.Proposal)[-1]
    card = forum.card("ahli", f"{question.number} · Bupati Contoh menulis “oke”", "control")
    assert "Kami usulkan jalan ditutup total mulai besok" in card.shown
    await people["ahli"].react(forum.rooms["control"], card.posted.event_id, "✅")
    await forum.settle()
    assert forum.facts(f.Decision)[-1].proposal_event == report
    assert forum.chips("pupr", oke) == ["⚖️ K-3"]
    await people["bupati"].redact(forum.rooms["forum"], oke)
    await forum.settle()
    assert forum.facts(f.DecisionChanged)[-1].why == "deleted"
    assert "Bupati Contoh menghapus pesan K-3" in forum.said("ahli", "control")[-1].content["body"]

    await people["citta"].join(forum.rooms["forum"])
    await forum.settle()
    await forum.move(minutes=1)
    chat, inviter = next(iter(people["citta"].invitations.items()))
    assert inviter == forum.bot.user_id
    await people["citta"].join(chat)
    await forum.move(minutes=2)
    greeting = await people["citta"].wait_for(
        lambda event: event.room_id == chat and event.content.get("msgtype") == "m.notice"
    )
    assert greeting.encrypted
    assert "Selamat bergabung di Forum Uji, Puang." in greeting.content["body"]
    shown_to = await people["citta"].wait_for(
        lambda event: event.room_id == chat and event.content.get("msgtype") == "m.image"
    )
    assert await people["citta"].fetch(shown_to) == welcome("id").png

    # Who has opened the forum is seen from what clients say that they have read.
    await people["citta"].read(forum.rooms["forum"], decided)
    assert await forum.bridge.readers.look("uji") == 1
    await people["ahli"].text(forum.rooms["control"], "!pembinaan")
    await forum.settle()
    told = forum.said("ahli", "control")[-1].content["body"]
    assert "Pekan ini, dari 4 anggota: 3 membuka forum" in told
    assert "belum terlihat membuka forum (1): Ahli Contoh" in told
    assert forum.failures() == []
