"""What the inspection says of files, honest and hostile."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from bridge.evidence.inspect import Inspector
from bridge.model.evidence import Inspection, Limits, Reason, Verdict
from tests.evidence import pictures

WITA = timezone(timedelta(hours=8))


@pytest.fixture
def sent(tmp_path: Path, inspector: Inspector) -> Sent:
    return Sent(tmp_path, inspector)


class Sent:
    """Puts bytes into a file and has them judged."""

    def __init__(self, folder: Path, inspector: Inspector) -> None:
        self._folder = folder
        self._inspector = inspector

    async def __call__(self, data: bytes, claimed: str = "image/jpeg") -> Inspection:
        return await self._inspector.inspect(self.file(data), claimed)

    def file(self, data: bytes) -> Path:
        path = self._folder / hashlib.sha256(data).hexdigest()
        path.write_bytes(data)
        return path


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_an_honest_photo_counts(sent: Sent, kind: str) -> None:
    """Each accepted kind of photo is ok, with its real type, size in pixels and fingerprint."""
    data = pictures.encoded(pictures.scene(kind, (1000, 750)), kind)
    found = await sent(data)
    assert (found.verdict, found.reason) == (Verdict.OK, Reason.NONE)
    assert found.mime == f"image/{kind.lower()}"
    assert (found.width, found.height) == (1000, 750)
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert found.size == len(data)


@pytest.mark.parametrize(
    ("container", "codec", "mime"),
    [
        ("mp4", "libx264", "video/mp4"),
        ("3gp", "mpeg4", "video/3gpp"),
        ("mov", "libx264", "video/quicktime"),
        ("webm", "libvpx", "video/webm"),
    ],
)
async def test_an_honest_video_counts(sent: Sent, container: str, codec: str, mime: str) -> None:
    """Each accepted kind of video is ok, by its first, middle and last frame."""
    frames = [pictures.scene(part // 12, (320, 240)) for part in range(24)]
    found = await sent(pictures.film(frames, container=container, codec=codec), "video/mp4")
    assert (found.verdict, found.mime, found.frames_checked) == (Verdict.OK, mime, 3)
    assert found.duration_ms == 2000
    assert (found.width, found.height) == (320, 240)


async def test_the_claim_is_reported_but_not_believed(sent: Sent) -> None:
    """What the client stated stands beside what the bytes are."""
    found = await sent(pictures.photo(1), "video/mp4")
    assert (found.verdict, found.mime, found.claimed) == (Verdict.OK, "image/jpeg", "video/mp4")


@pytest.mark.parametrize("kept", [0.5, 0.98, 0.999])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_cut_photo_does_not_count(sent: Sent, kind: str, kept: float) -> None:
    """However little of the upload is missing, it is called cut."""
    data = pictures.encoded(pictures.scene(1, (800, 600)), kind)
    found = await sent(data[: int(len(data) * kept)])
    assert (found.verdict, found.reason) == (Verdict.TRUNCATED, Reason.CUT)


async def test_a_cut_photo_of_many_megapixels_does_not_count(sent: Sent) -> None:
    """Huge photos are decoded at a fraction of their size; a missing end is seen all the same."""
    huge = pictures.scene(1, (1400, 1000)).resize((7000, 5000))
    data = pictures.encoded(huge, "JPEG", progressive=True)
    assert (await sent(data)).verdict is Verdict.OK
    assert (await sent(data[: int(len(data) * 0.999)])).reason is Reason.CUT


@pytest.mark.parametrize(("container", "codec"), [("mp4", "libx264"), ("webm", "libvpx")])
async def test_half_a_video_does_not_count(sent: Sent, container: str, codec: str) -> None:
    """A video cut in half is called cut, wherever its index stands."""
    data = pictures.film([pictures.scene(part, (320, 240)) for part in range(24)], container=container, codec=codec)
    found = await sent(data[: len(data) // 2])
    assert (found.verdict, found.reason) == (Verdict.TRUNCATED, Reason.CUT)


async def test_a_video_with_a_hole_does_not_count(sent: Sent) -> None:
    """A video whose index is there but whose pictures are not is damaged."""
    data = pictures.clip(1)
    begin, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    found = await sent(data[:begin] + bytes(end - begin) + data[end:])
    assert (found.verdict, found.reason) == (Verdict.TRUNCATED, Reason.DAMAGED)


async def test_nothing_is_called_empty(sent: Sent) -> None:
    """Zero bytes are their own verdict."""
    assert (await sent(b"")).verdict is Verdict.EMPTY


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"<!DOCTYPE html><html><body><img src=x></body></html>", "text/html"),
        (b"\x00", "application/octet-stream"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/x-wav"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42", "audio/mp4"),
    ],
)
async def test_what_is_no_picture_is_named(sent: Sent, data: bytes, mime: str) -> None:
    """A page or a sound called photo.jpg is not media, and the real type is told."""
    found = await sent(data)
    assert (found.verdict, found.mime) == (Verdict.NOT_MEDIA, mime)


async def test_words_are_no_picture(sent: Sent) -> None:
    """Nor is a text without any mark of its kind."""
    assert (await sent(b"nothing in particular")).verdict is Verdict.NOT_MEDIA


async def test_a_title_in_another_encoding_harms_nothing(sent: Sent) -> None:
    """Metadata of a video may be any bytes."""
    film = pictures.film([pictures.scene(1, (320, 240))] * 24, title="ZZZZ")
    assert b"ZZZZ" in film
    assert (await sent(film.replace(b"ZZZZ", b"\xff\xfe\xc3Z"), "video/mp4")).verdict is Verdict.OK


async def test_a_video_of_sound_only_is_not_media(sent: Sent) -> None:
    """A voice note in a video's container proves nothing."""
    found = await sent(pictures.sound_only(), "video/mp4")
    assert (found.verdict, found.reason) == (Verdict.NOT_MEDIA, Reason.NO_VIDEO_STREAM)


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"\0\0\0\x1cftypmif1\0\0\0\0avifmif1miaf", "image/avif"),
        (b"RIFF\x24\0\0\0AVI LIST", "video/x-msvideo"),
        (b"\x1a\x45\xdf\xa3\xa3\x42\x82\x88matroska", "video/x-matroska"),
        (b"II*\0\x08\0\0\0\0\0", "image/tiff"),
    ],
)
async def test_other_kinds_of_picture_are_unsupported(sent: Sent, data: bytes, mime: str) -> None:
    """A picture of a kind that is not accepted is told apart from no picture at all."""
    found = await sent(data)
    assert (found.verdict, found.mime) == (Verdict.UNSUPPORTED, mime)


async def test_a_codec_that_no_phone_records_is_unsupported(sent: Sent) -> None:
    """A known container does not open the door to every decoder that FFmpeg has."""
    data = pictures.film([pictures.scene(1, (320, 240))] * 24, container="mp4", codec="mpeg2video")
    found = await sent(data, "video/mp4")
    assert (found.verdict, found.reason) == (Verdict.UNSUPPORTED, Reason.CODEC)


@pytest.mark.parametrize("edge", [12_000, 20_000])
async def test_a_bomb_is_refused_by_its_header(sent: Sent, edge: int) -> None:
    """A few kilobytes that would become hundreds of megapixels are never decoded."""
    found = await sent(pictures.png(edge, edge))
    assert (found.verdict, found.reason) == (Verdict.BOMB, Reason.PIXELS)


@pytest.mark.parametrize("kind", ["zTXt", "iTXt"])
async def test_a_bomb_in_a_comment_is_refused(sent: Sent, kind: str) -> None:
    """Text inside a picture that unpacks to tens of megabytes is a bomb as well."""
    found = await sent(pictures.text_bomb(kind))
    assert (found.verdict, found.reason) == (Verdict.BOMB, Reason.METADATA)


async def test_a_video_of_gigantic_frames_is_refused(tmp_path: Path) -> None:
    """The stated size of a frame is checked before the decoder reserves room for it."""
    path = tmp_path / "film"
    path.write_bytes(pictures.clip(1))
    async with Inspector(Limits(max_frame_pixels=100_000)) as inspector:
        found = await inspector.inspect(path, "video/mp4")
    assert (found.verdict, found.reason) == (Verdict.BOMB, Reason.PIXELS)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
async def test_an_animation_is_recognised(sent: Sent, kind: str) -> None:
    """GIF, animated WebP and animated PNG are called animated."""
    found = await sent(pictures.animation(kind))
    assert found.verdict is Verdict.ANIMATED


async def test_a_gif_that_stands_still_is_unsupported(sent: Sent) -> None:
    """No camera makes a GIF."""
    found = await sent(pictures.encoded(pictures.scene(1, (600, 450)), "GIF"))
    assert (found.verdict, found.mime) == (Verdict.UNSUPPORTED, "image/gif")


async def test_a_photo_with_a_second_picture_inside_is_one_photo(sent: Sent) -> None:
    """Phones append a brightness map or a short film to a JPEG; that is no animation."""
    view = pictures.scene(1, (1000, 750))
    pair = pictures.encoded(view, "MPO", save_all=True, append_images=[view])
    assert (await sent(pair)).verdict is Verdict.OK
    assert (await sent(pictures.photo(1) + pictures.clip(1))).verdict is Verdict.OK


async def test_a_sticker_is_too_small(sent: Sent) -> None:
    """A tiny picture does not count, and the reason is its pixels."""
    sticker = pictures.encoded(pictures.scene(1, (240, 240)).convert("RGBA"), "WEBP")
    found = await sent(sticker)
    assert (found.verdict, found.reason) == (Verdict.TOO_SMALL, Reason.PIXELS)


async def test_a_blink_of_a_video_is_too_short(sent: Sent) -> None:
    """A fraction of a second shows nothing."""
    found = await sent(pictures.clip(1, seconds=0.5), "video/mp4")
    assert (found.verdict, found.reason) == (Verdict.TOO_SMALL, Reason.DURATION)


async def test_files_over_the_cap_are_not_decoded(tmp_path: Path) -> None:
    """More bytes or more minutes than allowed: too large, and which of the two."""
    path = tmp_path / "film"
    path.write_bytes(pictures.clip(1))
    async with Inspector(Limits(max_bytes=1000)) as strict:
        found = await strict.inspect(path, "video/mp4")
        assert (found.verdict, found.reason, found.mime) == (Verdict.TOO_LARGE, Reason.BYTES, "video/mp4")
    async with Inspector(Limits(max_duration_ms=2000)) as strict:
        found = await strict.inspect(path, "video/mp4")
        assert (found.verdict, found.reason) == (Verdict.TOO_LARGE, Reason.DURATION)


@pytest.mark.parametrize("colour", ["black", "white", "#808080"])
async def test_one_colour_is_blank(sent: Sent, colour: str) -> None:
    """A covered lens proves nothing."""
    found = await sent(pictures.encoded(Image.new("RGB", (1000, 750), colour), "JPEG"))
    assert found.verdict is Verdict.BLANK


async def test_a_dark_noisy_picture_is_blank_but_a_night_photo_is_not(sent: Sent) -> None:
    """Sensor noise does not make a picture; a few lamps in the dark do."""
    noise = Image.effect_noise((1000, 750), 12).point(lambda value: max(0, value - 120))
    assert (await sent(pictures.encoded(noise, "JPEG"))).verdict is Verdict.BLANK
    night = pictures.scene(1, (1000, 750)).point(lambda value: value // 3)
    assert (await sent(pictures.encoded(night, "JPEG"))).verdict is Verdict.OK


async def test_a_black_video_is_blank(sent: Sent) -> None:
    """All of the frames that are looked at are black; one good frame is enough to count."""
    black = Image.new("RGB", (640, 480))
    frames = [black] * 24
    found = await sent(pictures.film(frames) + b"\0\0\x40\0free" + bytes(0x4000 - 8), "video/mp4")
    assert found.verdict is Verdict.BLANK
    lit = [black] * 12 + [pictures.scene(part, (640, 480)) for part in range(12)]
    assert (await sent(pictures.film(lit), "video/mp4")).verdict is Verdict.OK


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
async def test_pictures_of_every_depth_are_seen_as_people_see_them(sent: Sent, mode: str) -> None:
    """Grey, palette, transparent and 16-bit pictures are no less pictures."""
    view = pictures.scene(1, (1000, 750))
    if mode == "I;16":
        deep = view.convert("L").convert("I").point(lambda value: value * 257).convert("I;16")
        found = await sent(pictures.encoded(deep, "PNG"))
    else:
        found = await sent(pictures.encoded(view.convert(mode), "PNG"))
    assert found.verdict is Verdict.OK


async def test_a_picture_that_is_all_transparent_is_blank(sent: Sent) -> None:
    """What cannot be seen does not count, whatever colours hide behind it."""
    hidden = pictures.scene(1, (1000, 750)).convert("RGBA")
    hidden.putalpha(0)
    assert (await sent(pictures.encoded(hidden, "PNG"))).verdict is Verdict.BLANK


async def test_a_file_of_two_kinds_is_judged_as_what_it_shows(sent: Sent) -> None:
    """A photo with something appended is a photo; a page behind a photo's first bytes is none."""
    assert (await sent(pictures.photo(1) + pictures.archive_of("hello"))).mime == "image/jpeg"
    assert (await sent(b"\xff\xd8\xff\xe0" + b"<html>" * 3000)).verdict is Verdict.TRUNCATED
    assert not (await sent(b"GIF89a" + pictures.photo(1))).ok


async def test_the_camera_s_note_is_read(sent: Sent) -> None:
    """The time and the presence of a place are told; the place itself is not."""
    taken = datetime(2026, 11, 20, 9, 15, tzinfo=WITA)
    found = await sent(pictures.photo(1, taken=taken))
    assert (found.taken_at, found.has_gps) == ("2026-11-20T09:15:00", False)
    exif = Image.Exif()
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitude] = (4.0, 21.0, 0.0)
    place[ExifTags.GPS.GPSLongitude] = (119.0, 53.0, 0.0)
    found = await sent(pictures.encoded(pictures.scene(1, (1000, 750)), "JPEG", exif=exif))
    assert (found.taken_at, found.has_gps) == (None, True)


async def test_a_photo_without_notes_is_as_good(sent: Sent) -> None:
    """Most clients remove EXIF: that changes no verdict."""
    found = await sent(pictures.photo(1))
    assert (found.verdict, found.taken_at, found.has_gps) == (Verdict.OK, None, False)


@pytest.mark.parametrize("strange", sorted(pictures.strange_exifs()))
async def test_strange_notes_harm_nothing(sent: Sent, strange: str) -> None:
    """Malformed EXIF is EXIF that is not there; the photo counts."""
    found = await sent(pictures.with_exif(pictures.photo(1), pictures.strange_exifs()[strange]))
    assert (found.verdict, found.taken_at, found.has_gps) == (Verdict.OK, None, False)


async def test_megabytes_of_notes_harm_nothing(sent: Sent) -> None:
    """So is EXIF of several megabytes in a PNG."""
    huge = pictures.png_chunk(b"eXIf", pictures.strange_exifs()["promises 65535 entries"] + bytes(5_000_000))
    whole = pictures.encoded(pictures.scene(1, (1000, 750)), "PNG")
    assert (await sent(whole[:33] + huge + whole[33:])).verdict is Verdict.OK


async def test_width_and_height_are_as_shown(sent: Sent) -> None:
    """A phone held upright writes a turned picture and a note; so it does with videos."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    found = await sent(pictures.encoded(pictures.scene(1, (1000, 750)), "JPEG", exif=exif))
    assert (found.width, found.height) == (750, 1000)
    found = await sent(pictures.turned(pictures.clip(1)), "video/mp4")
    assert (found.width, found.height) == (480, 640)
