"""What staff read of an order that is edited, a photo that is seen only once, and a photo taken elsewhere."""

from __future__ import annotations

import io

from PIL import ExifTags, Image

from bridge.model import facts as f
from bridge.rehearsal.pictures import photo
from tests.homeserver.forum import Forum

ORDER = "DLH dan PUPR bersihkan saluran Cabenge hari ini paling lambat jam 23.00, laporkan"
ONCE = "You received a view once photo. For added privacy, you can only open it on the WhatsApp app."
PLACES = "evidence:\n  checks:\n    places: [{name: Cabenge, at: [-4.28, 119.96]}]\n"


def taken_in_makassar(data: bytes) -> bytes:
    """A photo whose file says that it was taken there."""
    exif = Image.Exif()
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "S", (5.0, 8.0, 0.0)
    place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "E", (119.0, 26.0, 0.0)
    out = io.BytesIO()
    with Image.open(io.BytesIO(data)) as picture:
        picture.save(out, "JPEG", quality=90, exif=exif)
    return out.getvalue()


async def test_an_edit_a_photo_seen_once_and_a_photo_from_elsewhere(forum: Forum) -> None:
    """Each is told politely, once, with what to do; and nobody is accused."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "pupr", "ahli"), extra=PLACES)
    await forum.start()
    room, people = forum.rooms["forum"], forum.people

    # The order is edited: a video is asked for, and then a photo will do again.
    order = await people["wabup"].text(room, ORDER)
    await forum.settle()
    await people["wabup"].edit(room, order, f"{ORDER}, wajib video")
    await forum.move(minutes=2.1)
    assert "balas pesan ini dengan video." in forum.card("dlh", "📌 P-1").shown
    (told,) = [said for said in forum.said("dlh") if "diubah" in said.content["body"]]
    assert "Laporannya mohon disertai video." in told.content["body"]
    await people["wabup"].edit(room, order, ORDER)
    await forum.move(minutes=2.1)
    assert "balas pesan ini dengan foto atau video." in forum.card("dlh", "📌 P-1").shown
    assert forum.said("dlh")[-1].content["body"].count("Laporannya mohon disertai foto atau video.") == 1

    # What a bridge posts for a photo that is seen once.
    await people["pupr"].text(room, "Lapor P-1, saluran Cabenge sudah bersih")
    once = await people["pupr"].text(room, ONCE, msgtype="m.notice")
    await forum.settle()
    (asked,) = forum.told("pupr", once)
    assert asked.content["msgtype"] == "m.text"
    assert "Mohon kirim ulang tanpa “sekali lihat”" in asked.content["body"]
    assert "BANDING" in asked.content["body"]
    await people["pupr"].image(room, photo(2), filename="IMG_2.jpg", reply_to=asked.event_id)
    await forum.settle()
    assert [fact.verdict for fact in forum.facts(f.EvidenceJudged)] == ["view_once", "ok"]

    # A photo whose file names another place: its sender reads nothing before everybody, people look.
    far = await people["dlh"].image(
        room, taken_in_makassar(photo(3)), filename="IMG_3.jpg", caption="Lapor P-1, saluran Cabenge sudah bersih"
    )
    await forum.settle()
    assert forum.told("dlh", far) == []
    (check,) = forum.facts(f.CheckOpened)
    assert check.why == ("far",)
    shown = forum.card("ahli", f"🔎 {check.number}", "control").shown
    assert "diambil agak jauh dari tempat yang disebut; itu keterangan berkas, bukan bukti." in shown
    assert forum.failures() == []
