"""What the head of an agency does: each in two taps or in ordinary words, in one timeline, with a real client.

    TUDANG_PICTURES=DIR python -m pytest -n 0 tests/homeserver/test_seven_things.py

lays out what the client received as pictures of a phone, with Chromium. Those of the README are of Element Web.
"""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

from PIL import Image

from bridge.model import facts as f
from bridge.rehearsal.client import StaffClient
from bridge.rehearsal.phone import picture
from bridge.rehearsal.pictures import photo
from tests.homeserver.forum import Forum

ORDER = "DLH dan PUPR bersihkan saluran di pasar hari ini, laporkan sebelum jam 16.00"


async def test_what_a_head_of_an_agency_does(forum: Forum) -> None:
    """Reads an order, says siap, reports with a photo, adds one later, sees the own list, appeals, asks for help;
    and the leader asks how things stand."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "pupr", "ahli"))
    await forum.start()
    room, head, people = forum.rooms["forum"], forum.people["dlh"], forum.people
    album = Album(forum)

    order = await people["wabup"].text(room, ORDER)
    await forum.settle()
    assert forum.chips("dlh", order) == ["📌 P-1"]
    assert "Untuk: DLH dan PUPR" in forum.card("dlh", "📌 P-1").shown
    await album.take("read", head, room)

    # One tap.
    await head.react(room, order, "👍️")
    await forum.move(minutes=2)
    assert "1 siap · 0 lapor" in forum.card("dlh", "📌 P-1").shown
    await album.take("siap", head, room)

    # A reply with a photo and its words.
    first = await head.image(room, photo(1), caption="Saluran di pasar sudah bersih", reply_to=order)
    await forum.move(minutes=2)
    assert forum.chips("dlh", first) == ["📋 L-1"]
    assert "1 lapor" in forum.card("dlh", "📌 P-1").shown
    await album.take("report", head, room)

    # Words now, the photo when it is asked for.
    words = await head.text(room, "Izin melaporkan, sampah di terminal juga sudah diangkut")
    await forum.move(minutes=11)
    assert "Mohon kirim foto" in forum.told("dlh", words)[-1].content["body"]
    await head.image(room, photo(2), reply_to=words)
    await forum.settle()
    assert forum.chips("dlh", words) == ["📋 L-2"]
    await album.take("later", head, room)

    # Two words before everybody; the answer is for one.
    second = await people["wabup"].text(room, "DLH siapkan dua truk sampah besok jam 07.00, laporkan")
    await forum.settle()
    said = len(forum.said("dlh"))
    await head.text(room, "Daftar saya")
    chat = await _opened(forum, head)
    assert forum.chips("dlh", second) == ["📌 P-2"]
    own = forum.said("dlh", "chat")[-1].content["body"]
    assert "P-2" in own and "P-1" not in own
    await head.text(chat, "tugas saya?")
    await forum.settle()
    assert forum.said("dlh", "chat")[-1].content["body"] == own
    await album.take("list", head, chat)

    # One word for a photo that was not counted: it is dark, since it was taken at night.
    dark = await head.image(room, _dark(), caption="Lapor P-2, dua truk siap di depan kantor")
    await forum.settle()
    asked = forum.told("dlh", dark)[-1]
    assert "BANDING" in asked.content["body"]
    await head.text(room, "Banding, memang diambil malam hari", reply_to=asked.event_id)
    await forum.settle()
    assert [check.report for check in forum.facts(f.CheckOpened)] == ["L-3"]
    await album.take("appeal", head, room)

    # One word.
    await people["ahli"].text(room, "Selamat pagi semua, kami siap membantu")
    await head.text(room, "Bantuan")
    await forum.settle()
    help_ = forum.said("dlh", "chat")[-1].content["body"]
    assert "Ahli Contoh" in help_ and len(help_.split("\n")) == 5
    assert "meminta bantuan" in forum.said("ahli", "control")[-1].content["body"]
    await album.take("help", head, chat)
    answers = [event.content["body"] for event in forum.said("dlh")[said:]]
    assert not any("menunggu laporan dari unit" in one or "Siap membantu" in one for one in answers)

    leader = await forum.direct_chat(people["bupati"])
    forum.rooms["leader"] = leader
    await forum.settle()
    await people["bupati"].text(leader, "Bagaimana keadaan?")
    await forum.settle()
    standing = forum.said("bupati", "leader")[-1].content["body"].split("\n")
    assert standing[0] == "2 perintah berjalan: 1 tugas sudah dilaporkan, 2 belum."
    assert len(standing) <= 20 and any("L-1" in line for line in standing)
    await album.take("status", people["bupati"], leader)
    assert forum.failures() == []


def _dark() -> bytes:
    """A photo of a night without a lamp."""
    out = io.BytesIO()
    Image.new("RGB", (1280, 960), (6, 6, 9)).save(out, "JPEG")
    return out.getvalue()


async def _opened(forum: Forum, head: StaffClient) -> str:
    """The direct chat to which the bot invites somebody, once they are in it and have read what it says."""
    await forum.settle()
    chat, inviter = next(iter(head.invitations.items()))
    assert inviter == forum.bot.user_id
    await head.join(chat)
    await head.known(chat)
    forum.rooms["chat"] = chat
    await forum.move(minutes=6)
    return chat


class Album:
    """Takes the pictures, when they are asked for."""

    def __init__(self, forum: Forum) -> None:
        self._forum = forum
        folder = os.environ.get("TUDANG_PICTURES")
        self._folder = Path(folder) if folder else None

    async def take(self, name: str, client: StaffClient, room: str) -> None:
        """A picture of a room's end on a person's phone."""
        if self._folder is None:
            return
        forum = self._forum
        names = {account.user_id: _title(person) for person, account in forum.accounts.items()}
        names[forum.bot.user_id] = "Tudang"
        chromium = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
        await picture(
            self._folder / f"phone-{name}.png",
            client,
            room,
            title="Forum Pimpinan" if room == forum.rooms["forum"] else "Tudang",
            about="semua kepala perangkat daerah" if room == forum.rooms["forum"] else "percakapan pribadi",
            names=names,
            chromium=chromium,
        )


def _title(person: str) -> str:
    titles = {"wabup": "Wakil Bupati", "bupati": "Bupati", "dlh": "Kepala DLH", "pupr": "Kepala PUPR"}
    return titles.get(person, "Tenaga Ahli")
