"""A head on another telephone, and reports that carry a PDF and a HEIC photo, in a real encrypted forum."""

from __future__ import annotations

import hashlib

from PIL import Image

from bridge.model import facts as f
from tests.evidence import documents
from tests.evidence.test_readable import heic
from tests.homeserver.forum import Forum

ORDER = "DLH tata arsip TPA hari ini paling lambat jam 16.00, cukup dokumen"


async def test_a_new_phone_is_told_what_is_open_and_a_document_reports_it(forum: Forum) -> None:
    """The old order cannot be read there; its words come in the direct chat, which the new phone can read."""
    await forum.set_up(people=("bupati", "dlh", "pupr", "ahli"), extra="coaching: {welcome: false}\n")
    await forum.start()
    room, people = forum.rooms["forum"], forum.people
    await people["bupati"].text(room, ORDER)
    await forum.settle()
    # The bot has spoken to everybody, so that it knows their devices.
    assert forum.card("dlh", "📌 P-1").shown
    assert people["dlh"].invitations == {}

    again = await forum.homeserver.login(forum.accounts["dlh"].user_id, forum.accounts["dlh"].password)
    phone = await forum.cast.play(again)
    await forum.move(minutes=1)
    await forum.move(minutes=5)
    chat, inviter = next(iter(phone.invitations.items()))
    assert inviter == forum.bot.user_id
    await phone.join(chat)
    await forum.move(minutes=2)
    told = await phone.wait_for(lambda event: event.room_id == chat and event.content.get("msgtype") == "m.notice")
    body = told.content["body"]
    assert told.encrypted
    assert "P-1 · Bupati Contoh" in body and "tata arsip TPA" in body and "16.00" in body
    assert people["pupr"].invitations == {}
    sealed = [event for event in phone.events if event.room_id == room and ORDER in str(event.content.get("body"))]
    assert sealed == []

    report = await phone.file(room, documents.pdf(), filename="arsip TPA.pdf")
    await forum.settle()
    assert forum.facts(f.EvidenceJudged)[-1].mime == "application/pdf"
    assert [fact.state for fact in forum.facts(f.Task) if fact.directive == "P-1"][-1] == "reported"
    assert forum.chips("bupati", report) == ["📋 L-1"]

    # A photo of an iPhone keeps its bytes, and has a JPEG beside it for readers.
    await people["bupati"].text(room, "PUPR cek jembatan Cabenge hari ini dan laporkan")
    await forum.settle()
    photo = heic()
    await people["pupr"].image(room, photo, filename="IMG_1.HEIC", caption="Lapor P-2, jembatan aman")
    await forum.settle()
    judged = forum.facts(f.EvidenceJudged)[-1]
    assert (judged.mime, judged.sha256) == ("image/heic", hashlib.sha256(photo).hexdigest())
    archive = forum.bridge.archive
    assert archive.path(judged.sha256).read_bytes() == photo
    copy = Image.open(archive.path(judged.readable_sha256))
    assert (copy.format, copy.size) == ("JPEG", (1000, 750))

    # A third device on the same day is not told again.
    third = await forum.homeserver.login(forum.accounts["dlh"].user_id, forum.accounts["dlh"].password)
    await forum.cast.play(third)
    await forum.move(minutes=1)
    await forum.move(minutes=10)
    assert [fact.what for fact in forum.facts(f.Asked)].count("catch_up") == 1
    assert forum.failures() == []
