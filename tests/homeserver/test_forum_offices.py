"""Guests who only read, somebody in the leader's place, a holiday, help, and who looks at what was taken back."""

from __future__ import annotations

import pytest

from bridge.model import facts as f
from bridge.model.ports import MatrixError
from bridge.rehearsal.pictures import photo
from tests.homeserver.forum import Forum

HOLIDAY = "holidays:\n  days: [{day: 2026-11-20, name: Hari Jadi Soppeng}]\n"


def _with_guest(forum: Forum, user: str) -> None:
    """A guest of the livestock agency stands in roster.yaml."""
    path = forum.root / "config" / "roster.yaml"
    person = f'  - {{id: tamu, name: Tamu Contoh, identifiers: [{{matrix: "{user}"}}]}}\n'
    text = path.read_text().replace("offices:\n", f"{person}offices:\n")
    office = "person: tamu, role: guest, from: 2026-01-01, to: 2026-12-31, sponsor: ahli"
    path.write_text(f"{text}  - {{{office}}}\n")


async def test_what_offices_give_and_do_not_give(forum: Forum) -> None:
    """As people see it: in their clients, on a real homeserver, in encrypted rooms."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "ahli", "ahli2", "periksa"), extra=HOLIDAY)
    guest = await forum.cast.client("tamu")
    _with_guest(forum, guest.user_id)
    room, control, people = forum.rooms["forum"], forum.rooms["control"], forum.people
    await forum.start()

    # The guest comes in by the roster, reads, and cannot write.
    assert await guest.wait_for_invitation(room) == forum.bot.user_id
    await guest.join(room)
    await forum.settle()
    greeting = await people["dlh"].text(room, "Selamat datang di forum, Ibu")
    await forum.settle()
    assert any(event.event_id == greeting for event in guest.events)
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await guest.text(room, "Terima kasih")

    # Help is made of the table of commands.
    asked = await people["ahli"].text(control, "!bantuan")
    await forum.settle()
    help_text = str(forum.told("ahli", asked, "control")[0].content["body"])
    for line in (
        "• !bisukan @nama:server 2 jam [alasan] – hanya dapat membaca",
        "• !blokir @nama:server [3 hari] alasan – ",
        "• !tahap [watch, tag, remind, enforce] – ",
        "• !batas P-12 besok 17.00 – ",
    ):
        assert line in help_text, help_text

    # The leader names in a direct chat who acts; what the deputy orders then bears office and name, on a holiday.
    chat = await forum.direct_chat(people["bupati"])
    await forum.settle()
    await people["bupati"].text(chat, f"pelaksana {people['wabup'].user_id} pimpinan sampai 2026-11-25")
    await forum.settle()
    (proposal,) = [one for one in forum.facts(f.Proposal) if one.what == "acting"]
    assert "Wabup Contoh menjadi pelaksana tugas Pimpinan" in forum.card("ahli", proposal.number, "control").shown
    await people["ahli2"].text(control, f"!setuju {proposal.number}")
    await forum.settle()
    await people["wabup"].text(room, "DLH mohon bersihkan pasar dan laporkan hari ini jam 16.00")
    await forum.settle()
    card = forum.card("dlh", "📌 P-1").shown
    assert "Plt. Pimpinan" in card and "Wabup Contoh" in card
    assert "hari libur (Hari Jadi Soppeng)" in card
    (order,) = forum.facts(f.Directive)
    assert (order.person, order.role, order.acting) == ("wabup", "leader", True)
    await people["ahli"].text(control, f"!urungkan {proposal.number}")
    await forum.settle()
    assert [one.number for one in forum.facts(f.Revoked)] == [proposal.number]

    # Whoever looks at what was taken back is seen by the auditors.
    message = await people["dlh"].text(room, "Nomor rekening saya 123")
    await forum.settle()
    await people["ahli"].text(room, "!tarik pesan data pribadi", reply_to=message)
    await forum.settle()
    (taken,) = [act for act in forum.facts(f.Act) if act.verb == "redact"]
    await people["ahli2"].text(control, f"!mengapa {taken.number}")
    await forum.settle()
    assert "Nomor rekening saya 123" in str(forum.said("ahli2", "control")[-1].content["body"])
    told = forum.said("periksa", "audit")[-1].content
    assert (told["msgtype"], told["body"]) == (
        "m.notice",
        f"Ahli2 Contoh melihat pesan yang ditarik dengan {taken.number}.",
    )
    assert forum.failures() == []


async def test_a_transfer_holds_from_its_day_on(forum: Forum) -> None:
    """Two heads change places at midnight: the same person's report is then the other agency's."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "pupr", "ahli"))
    roster = forum.root / "config" / "roster.yaml"
    text = roster.read_text()
    for person, other in (("dlh", "pupr"), ("pupr", "dlh")):
        office = f"  - {{person: {person}, role: head, unit: {person}, from: 2025-01-01"
        until, after = ", to: 2026-11-20}", f"  - {{person: {person}, role: head, unit: {other}, from: 2026-11-21}}"
        text = text.replace(f"{office}}}", f"{office}{until}\n{after}")
    roster.write_text(text)
    room, people = forum.rooms["forum"], forum.people
    await forum.start()
    await people["wabup"].text(room, "DLH dan PUPR bersihkan saluran paling lambat Minggu jam 16.00, laporkan")
    await forum.settle()
    await people["dlh"].image(room, photo(1), filename="1.jpg", caption="Lapor P-1, saluran pasar sudah bersih")
    await forum.settle()
    await forum.move(hours=20)
    await people["dlh"].image(
        room, photo(2), filename="2.jpg", caption="Lapor P-1, saluran jalan poros sudah bersih"
    )
    await forum.settle()
    assert [(report.person, report.unit) for report in forum.facts(f.Report)] == [("dlh", "dlh"), ("dlh", "pupr")]
    assert forum.failures() == []
