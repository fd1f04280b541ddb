"""Reports as real clients send them, on a real Synapse, in an encrypted room: what people see, and what counts."""

from __future__ import annotations

import io

from PIL import Image

from bridge.model import facts as f
from bridge.rehearsal.pictures import album, clip, photo
from tests.homeserver.forum import Forum
from tests.words import ORDER


async def test_a_report_counts_in_whatever_way_its_photo_comes(forum: Forum) -> None:
    """Text then photo, photo then text, caption, reply, thread, video, album: one report each, nobody is asked."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "peternakan", "pupr", "citta", "ahli"))
    await forum.start()
    room, people = forum.rooms["forum"], forum.people
    order = await people["wabup"].text(room, ORDER)
    await forum.settle()
    before = len(forum.said("bupati"))

    after = await people["dlh"].text(room, "Izin melaporkan, kerja bakti di pasar sentral sudah selesai")
    await people["dlh"].image(room, photo(1), filename="IMG_1.jpg")
    early = await people["peternakan"].image(room, photo(2), filename="IMG_2.jpg")
    await people["peternakan"].text(room, "Izin melaporkan Pak, kandang dan halaman kantor sudah dibersihkan")
    caption = await people["pupr"].image(
        room, photo(3), filename="IMG_3.jpg", caption="Lapor, drainase sudah bersih"
    )
    words = await people["citta"].text(room, "Izin melaporkan, kerja bakti di Kecamatan Citta sudah dilaksanakan")
    await forum.settle()
    reply = await people["citta"].image(room, photo(4), filename="IMG_4.jpg", reply_to=words)
    await forum.settle()

    assert forum.failures() == []
    for event in (after, early, caption, words):
        assert [chip[:1] for chip in forum.chips("bupati", event)] == ["📋"], event
    assert forum.chips("bupati", reply) == []
    assert _reported(forum) == {"dlh", "peternakan", "pupr", "citta"}
    await forum.move(minutes=2)
    assert "4 siap · 4 lapor · 0 belum" in forum.card("bupati", "📌 P-1").shown

    second = await people["wabup"].text(
        room, "Semua OPD: cek saluran air di lingkungan masing-masing, laporkan hari ini"
    )
    await forum.settle()
    threaded = await people["dlh"].text(room, "Izin melaporkan, saluran air sudah dicek", thread=second)
    inside = await people["dlh"].image(room, photo(5), filename="IMG_5.jpg", thread=second)
    film = await people["pupr"].video(room, clip(6), filename="VID_6.mp4", caption="Lapor, saluran air lancar")
    told = await people["peternakan"].text(room, "Izin melaporkan, saluran air di kantor sudah kami cek")
    three = await people["peternakan"].album(
        room, [(f"IMG_{7 + place}.jpg", data) for place, data in enumerate(album(3, 7))]
    )
    await forum.settle()

    assert forum.failures() == []
    assert forum.chips("bupati", order) == ["📌 P-1"]
    assert forum.chips("bupati", second) == ["📌 P-2"]
    for event in (threaded, film, told):
        assert len(forum.chips("bupati", event)) == 1, event
    for event in (inside, *three):
        assert forum.chips("bupati", event) == []
    number = forum.chips("bupati", told)[0].removeprefix("📋 ")
    assert {p.event for p in forum.facts(f.EvidencePaired) if p.report == number} == set(three)
    assert _reported(forum, "P-2") == {"dlh", "peternakan", "pupr"}
    await forum.move(minutes=2)
    assert "3 siap · 3 lapor" in forum.card("bupati", "📌 P-2").shown
    # Nobody was asked for anything, then or ten minutes later: two cards and their edits are all that was said.
    await forum.move(minutes=15)
    new = [event.content["body"] for event in forum.said("bupati")[before:]]
    assert all("P-1" in body or "P-2" in body for body in new), new
    assert [body for body in new if "Mohon" in body] == []


async def test_what_is_no_proof_is_told_kindly(forum: Forum) -> None:
    """A web page named .jpg, half a photo, a photo of others: a sentence each. GIF, sticker, voice: no proof."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "peternakan", "pupr", "citta", "ahli"))
    await forum.start()
    room, people = forum.rooms["forum"], forum.people
    await people["wabup"].text(room, ORDER)
    await forum.settle()

    await people["dlh"].text(room, "Izin melaporkan, kerja bakti di pasar sudah selesai")
    page = await people["dlh"].image(room, b"<!doctype html><script>alert(1)</script>" * 400, filename="IMG_1.jpg")
    await people["peternakan"].text(room, "Izin melaporkan, kerja bakti di kandang sudah selesai")
    half = await people["peternakan"].image(room, photo(2)[:90_000], filename="IMG_2.jpg")
    await people["pupr"].text(room, "Izin melaporkan, kerja bakti di drainase sudah selesai")
    first = await people["pupr"].image(room, photo(3), filename="IMG_3.jpg")
    await forum.settle()
    await people["citta"].text(room, "Izin melaporkan, kerja bakti di Kecamatan Citta sudah selesai")
    again = await people["citta"].image(room, photo(3), filename="IMG_4.jpg")
    await forum.settle()

    assert forum.failures() == []
    assert forum.told("pupr", first) == []
    senders = {page: "dlh", half: "peternakan"}
    sentences = {page: "belum terbaca sebagai foto", half: "tidak utuh"}
    # One photo of two units: people look at it; before everybody nothing is said of it.
    assert forum.told("bupati", again) == []
    assert [one.report for one in forum.facts(f.EvidenceJudged) if one.verdict == "held"] == ["L-4"]
    for event, sentence in sentences.items():
        answers = forum.told("bupati", event)
        assert len(answers) == 1
        assert sentence in answers[0].content["body"]
        assert "Mohon" in answers[0].content["body"]
        # The report does not count without another one: that rings whoever sent it.
        assert answers[0].content["msgtype"] == "m.text"
        assert answers[0].content["m.mentions"]["user_ids"] == [people[senders[event]].user_id]
    assert _reported(forum) == {"pupr"}

    await people["dlh"].image(room, _moving(), filename="IMG_5.gif")
    await people["dlh"].sticker(room, photo(6, size=(512, 512)))
    await people["dlh"].voice(room, b"OggS" + bytes(9000))
    await forum.settle()
    assert _reported(forum) == {"pupr"}
    await people["dlh"].image(room, photo(7), filename="IMG_7.jpg")
    await people["citta"].image(room, photo(8), filename="IMG_8.jpg")
    await forum.settle()
    assert _reported(forum) == {"pupr", "dlh", "citta"}

    # One that sends nothing better is told at the end of the wait, and its photo still counts when it comes.
    await forum.move(hours=2, minutes=1)
    report = next(fact.event for fact in forum.facts(f.Report) if fact.person == "peternakan")
    last = forum.told("bupati", report)[-1]
    assert "belum dapat dihitung" in last.content["body"]
    assert last.content["msgtype"] == "m.text"
    assert last.content["m.mentions"] == {"user_ids": [people["peternakan"].user_id]}
    await people["peternakan"].image(room, photo(9), filename="IMG_9.jpg", reply_to=last.event_id)
    await forum.settle()
    assert forum.failures() == []
    assert _reported(forum) == {"pupr", "dlh", "citta", "peternakan"}


def _reported(forum: Forum, directive: str = "P-1") -> set[str]:
    """The units whose task counts as fulfilled now."""
    state: dict[str, str] = {}
    for fact in forum.facts(f.Task):
        if isinstance(fact, f.Task) and fact.directive == directive:
            state[fact.unit] = fact.state
    return {unit for unit, now in state.items() if now == "reported"}


def _moving() -> bytes:
    """A GIF of three frames."""
    frames = [Image.new("P", (640, 480), colour) for colour in (1, 90, 200)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    return out.getvalue() + bytes(9000)
