"""What is seen of a picture beside its verdict: by what it is known again, and what it says of itself."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable
from datetime import timedelta, timezone
from itertools import combinations
from pathlib import Path

import pillow_heif
import pytest
import yaml
from PIL import ExifTags, Image, ImageDraw, ImageEnhance, ImageOps, PngImagePlugin

from bridge.evidence import notes, pdq, screens, seals
from bridge.evidence.inspect import Inspector
from bridge.evidence.picture import as_seen
from bridge.ledger.pictures import KINDS
from bridge.model import hashes
from bridge.model.evidence import Inspection, Limits, Reason, Sign, Verdict
from tests.evidence import pictures

WITA = timezone(timedelta(hours=8))
LANG = Path(__file__).parents[2] / "bridge" / "lang"


@pytest.fixture(scope="module")
def scenes() -> list[Image.Image]:
    return [pictures.scene(f"looks {number}", (1200, 900)) for number in range(8)]


async def looked(inspector: Inspector, folder: Path, data: bytes) -> Inspection:
    path = folder / "file"
    path.write_bytes(data)
    return await inspector.inspect(path, "")


def views(picture: Image.Image) -> dict[str, int]:
    read = [hashes.read(view) for view in pdq.views_of(as_seen(picture, pdq.EDGE))]
    return dict(one for one in read if one is not None)


def nearest(new: Image.Image, old: Image.Image) -> int:
    """The distance of a new picture, also turned, from the views that are kept of an old one, and the other way."""
    kept, asked = views(old), views(new)
    turned = min(hashes.distance(kept["whole"], one) for one in hashes.turned(asked["whole"]))
    parts = min(hashes.distance(asked["whole"], one) for one in kept.values())
    whole = min(hashes.distance(kept["whole"], one) for one in asked.values())
    same = min(hashes.distance(kept[name], asked[name]) for name in kept.keys() & asked.keys())
    return min(turned, parts, whole, same)


def resent(picture: Image.Image) -> Image.Image:
    small = picture.resize((picture.width * 6 // 10, picture.height * 6 // 10))
    return Image.open(io.BytesIO(pictures.encoded(small, "JPEG", quality=60)))


def stamped(picture: Image.Image) -> Image.Image:
    picture = picture.copy()
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, picture.height * 0.9, picture.width, picture.height), fill="black")
    draw.text((20, picture.height * 0.92), "12-03-2026 10.15 WITA", fill="white", font_size=40)
    return picture


def cut(share: float) -> Callable[[Image.Image], Image.Image]:
    return lambda picture: picture.crop(
        (
            int(share * picture.width),
            int(share * picture.height),
            int((1 - share) * picture.width),
            int((1 - share) * picture.height),
        )
    )


def screen(picture: Image.Image) -> Image.Image:
    """A phone shows it between two dark fields, with a clock above."""
    whole = Image.new("RGB", (1080, 2340), (16, 16, 16))
    shown = picture.resize((1080, 1080 * picture.height // picture.width))
    whole.paste(shown, (0, (2340 - shown.height) // 2))
    draw = ImageDraw.Draw(whole)
    draw.text((60, 30), "10:24", fill="white", font_size=40)
    draw.text((930, 30), "87%", fill="white", font_size=40)
    return whole


@pytest.mark.parametrize(
    "change",
    [
        resent,
        lambda picture: ImageEnhance.Brightness(picture).enhance(1.25),
        stamped,
        cut(0.025),
        cut(0.05),
        cut(0.10),
        ImageOps.mirror,
        lambda picture: picture.transpose(Image.Transpose.ROTATE_90),
        lambda picture: picture.transpose(Image.Transpose.ROTATE_180),
        screen,
    ],
    ids=[
        "resent",
        "brighter",
        "date stamp",
        "cut 5 %",
        "cut 10 %",
        "cut 20 %",
        "mirror",
        "quarter",
        "half",
        "screen",
    ],
)
def test_a_changed_picture_is_the_same(
    scenes: list[Image.Image], change: Callable[[Image.Image], Image.Image]
) -> None:
    """As people change them when they send one twice: of eight at least seven within the distance."""
    assert sum(nearest(change(picture), picture) <= hashes.SAME for picture in scenes) >= 7


def test_other_scenes_are_not_even_near(scenes: list[Image.Image]) -> None:
    """Nobody is asked about a picture that only shows something of the kind."""
    assert min(nearest(one, other) for one, other in combinations(scenes, 2)) > 60


def test_every_view_is_one_that_the_index_knows(scenes: list[Image.Image]) -> None:
    """So that none is made for nothing."""
    assert views(scenes[0]).keys() == {"whole", *pdq.VIEWS}
    assert {*pdq.VIEWS, "whole", "trimmed", "first", "middle", "last"} == set(KINDS)
    assert "trimmed" in views(screen(scenes[0]))


def test_a_plain_wall_is_known_by_nothing() -> None:
    """All plain walls are alike."""
    assert pdq.quality_of(as_seen(Image.linear_gradient("L").resize((1000, 750)), pdq.EDGE)) < pdq.LEAST_QUALITY


def test_a_screen_is_noticed_and_a_photo_is_not(scenes: list[Image.Image]) -> None:
    """Sent on as JPEG, and a photo as tall as a screen; values that a camera writes speak for a photo."""
    for picture in scenes:
        shot = Image.open(io.BytesIO(pictures.encoded(screen(picture), "JPEG", quality=80)))
        grey = as_seen(shot, pdq.EDGE)
        assert screens.points(grey, "image/jpeg", notes.Notes()) >= screens.ENOUGH
        assert screens.points(grey, "image/jpeg", notes.Notes(camera=True)) < screens.ENOUGH
        tall = picture.crop((400, 0, 805, 900))
        for photo in (picture, tall):
            grey = as_seen(Image.open(io.BytesIO(pictures.encoded(photo, "JPEG", quality=80))), pdq.EDGE)
            assert screens.points(grey, "image/jpeg", notes.Notes()) < screens.ENOUGH


async def test_what_a_camera_writes_is_read(inspector: Inspector, tmp_path: Path) -> None:
    """Time with its zone, place with its hemispheres, program."""
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = "HDR+ 1.0\0\0"
    shot = exif.get_ifd(ExifTags.IFD.Exif)
    shot[ExifTags.Base.DateTimeOriginal] = "2026:11:20 09:15:00"
    shot[ExifTags.Base.OffsetTimeOriginal] = "+08:00"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "S", (4.0, 21.0, 6.0)
    place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "E", (119.0, 53.0, 0.0)
    found = await looked(inspector, tmp_path, pictures.encoded(pictures.scene(1, (1000, 750)), "JPEG", exif=exif))
    assert (found.taken_at, found.taken_offset) == ("2026-11-20T09:15:00", "+08:00")
    assert found.position == (-4.35167, 119.88333)
    assert found.software == "HDR+ 1.0"
    assert found.signs == ()
    assert found.quality >= pdq.LEAST_QUALITY
    assert [view.partition(":")[0] for view in found.views] == ["whole", *pdq.VIEWS]


@pytest.mark.parametrize("parts", [(91.0, 0.0, 0.0), (0.0, 0.0, 0.0)])
async def test_a_place_that_is_none_is_no_place(
    inspector: Inspector, tmp_path: Path, parts: tuple[float, float, float]
) -> None:
    """Beyond the pole, or where no phone has found itself."""
    exif = Image.Exif()
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitude] = place[ExifTags.GPS.GPSLongitude] = parts
    found = await looked(inspector, tmp_path, pictures.encoded(pictures.scene(1, (1000, 750)), "JPEG", exif=exif))
    assert (found.verdict, found.position) == (Verdict.OK, None)


def with_segment(picture: bytes, body: bytes) -> bytes:
    """A JPEG with an APP11 segment, in which C2PA puts its statements."""
    return picture[:2] + b"\xff\xeb" + struct.pack(">H", len(body) + 2) + body + picture[2:]


@pytest.mark.parametrize(
    ("statement", "signs"),
    [
        (
            b"jumbc2pa digitalSourceTypexFhttp://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
            ("ai_marked",),
        ),
        (b"jumbc2pa compositeWithTrainedAlgorithmicMedia c2pa.edited", ("ai_marked", "edited")),
        (b"jumbc2pa http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture c2pa.created", ()),
        (b"jumbc2pa c2pa.color_adjustments", ("edited",)),
    ],
)
async def test_statements_of_origin_are_read(
    inspector: Inspector, tmp_path: Path, statement: bytes, signs: tuple[str, ...]
) -> None:
    """That a picture was generated or edited; that a camera took it is no sign."""
    found = await looked(inspector, tmp_path, with_segment(pictures.photo(1), statement))
    assert (found.verdict, found.signs) == (Verdict.OK, signs)


@pytest.mark.parametrize(
    ("software", "signs"),
    [
        ("Adobe Photoshop 27.0", (Sign.EDITED,)),
        ("Midjourney v7", (Sign.AI_MARKED,)),
        ("S928BXXU4CXJ1", ()),
        ("HDR+ 1.0.590", ()),
        ("Timemark Camera", ()),
    ],
)
async def test_the_program_that_wrote_it_is_read(
    inspector: Inspector, tmp_path: Path, software: str, signs: tuple[Sign, ...]
) -> None:
    """A phone's own, and an app that writes the date on it, are honest."""
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = software
    found = await looked(inspector, tmp_path, pictures.encoded(pictures.scene(1, (1000, 750)), "JPEG", exif=exif))
    assert (found.software, found.signs) == (software, signs)


async def test_settings_of_a_generator_in_a_png_are_read(inspector: Inspector, tmp_path: Path) -> None:
    """As they stand in its comments."""
    said = PngImagePlugin.PngInfo()
    said.add_text("parameters", "a clean river, volunteers\nSteps: 20, Sampler: Euler a, Seed: 7")
    data = pictures.encoded(pictures.scene(1, (1000, 750)), "PNG", pnginfo=said)
    assert (await looked(inspector, tmp_path, data)).signs == (Sign.AI_MARKED,)


async def test_a_film_is_known_by_three_frames(inspector: Inspector, tmp_path: Path) -> None:
    """And a photo of one of them is known as well, as it is compared with whole pictures."""
    found = await looked(inspector, tmp_path, pictures.clip(1))
    assert [view.partition(":")[0] for view in found.views] == ["first", "middle", "last"]
    assert found.signs == ()


def heic(size: tuple[int, int] = (1000, 750)) -> bytes:
    pillow_heif.register_heif_opener()
    return pictures.encoded(pictures.scene("heic", size), "HEIF", quality=70)


async def test_a_photo_of_an_iphone_counts(inspector: Inspector, tmp_path: Path) -> None:
    """HEIC is decoded like any photo, and known again as JPEG."""
    found = await looked(inspector, tmp_path, heic())
    assert (found.verdict, found.mime) == (Verdict.OK, "image/heic")
    assert (found.width, found.height) == (1000, 750)
    other = await looked(inspector, tmp_path, pictures.encoded(pictures.scene("heic", (1000, 750)), "JPEG"))
    one, same = hashes.read(found.views[0]), hashes.read(other.views[0])
    assert one and same and hashes.distance(one[1], same[1]) <= 10


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.98])
async def test_a_cut_heic_does_not_count(inspector: Inspector, tmp_path: Path, kept: float) -> None:
    """As any photo that did not arrive whole."""
    data = heic()
    found = await looked(inspector, tmp_path, data[: int(len(data) * kept)])
    assert (found.verdict, found.reason) == (Verdict.TRUNCATED, Reason.CUT)


async def test_a_damaged_heic_harms_nothing(inspector: Inspector, tmp_path: Path) -> None:
    """Whatever is changed in it, the next photo is judged."""
    data = heic()
    for place in range(40, 1200, 97):
        broken = bytearray(data)
        broken[place : place + 24] = bytes(255 - byte for byte in broken[place : place + 24])
        assert (await looked(inspector, tmp_path, bytes(broken))).verdict in Verdict
    assert (await looked(inspector, tmp_path, pictures.photo(1))).verdict is Verdict.OK


async def test_a_heic_of_too_many_pixels_is_refused_by_its_header(tmp_path: Path) -> None:
    """Before one of them is decoded."""
    async with Inspector(Limits(max_pixels=500_000)) as strict:
        found = await looked(strict, tmp_path, heic())
    assert (found.verdict, found.reason) == (Verdict.BOMB, Reason.PIXELS)


def test_a_turned_hash_is_nearly_that_of_the_turned_picture(scenes: list[Image.Image]) -> None:
    """All eight ways, from the bits alone."""
    ways = [None, *Image.Transpose]
    for picture in scenes[:3]:
        value = views(picture)["whole"]
        for way in ways:
            other = views(picture.transpose(way) if way is not None else picture)["whole"]
            assert min(hashes.distance(one, other) for one in hashes.turned(value)) <= 20


SIGNED = Path(__file__).parent
"""Three pictures of this house, really signed with C2PA (c2pa-python 0.38, a certificate made for the purpose)."""


def tampered(data: bytes) -> bytes:
    """The same file with one byte of the picture changed after it was signed: a verifier calls it invalid."""
    return data[:-2000] + bytes([data[-2000] ^ 0xFF]) + data[-1999:]


@pytest.mark.parametrize(
    ("change", "seal"),
    [(lambda data: data, Sign.SIGNED), (tampered, Sign.SEAL_BROKEN)],
    ids=["as signed", "tampered"],
)
@pytest.mark.parametrize(
    ("name", "signs"), [("generated", (Sign.AI_MARKED,)), ("edited", (Sign.EDITED,)), ("camera", ())]
)
async def test_signed_statements_are_claims(
    inspector: Inspector,
    tmp_path: Path,
    name: str,
    signs: tuple[Sign, ...],
    change: Callable[[bytes], bytes],
    seal: Sign,
) -> None:
    """What a file says of itself is noticed whether or not its signature still fits, and never counts for it; that
    it fits is said beside it."""
    data = (SIGNED / f"signed_{name}.jpg").read_bytes()
    found = await looked(inspector, tmp_path, change(data))
    assert (found.verdict, found.signs) == (Verdict.OK, (*signs, seal))


def statement(data: bytes) -> bytes:
    """The parts of a JPEG in which its statement stands (APP11)."""
    place, found = 2, b""
    while data[place : place + 2] != b"\xff\xda":
        length = 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if data[place : place + 2] == b"\xff\xeb":
            found += data[place : place + length]
        place += length
    return found


async def test_a_statement_moved_to_another_picture_does_not_fit(inspector: Inspector, tmp_path: Path) -> None:
    """That of a camera, put into a picture of something else."""
    other = pictures.photo(3)
    data = other[:2] + statement((SIGNED / "signed_camera.jpg").read_bytes()) + other[2:]
    found = await looked(inspector, tmp_path, data)
    assert (found.verdict, found.signs) == (Verdict.OK, (Sign.SEAL_BROKEN,))


async def test_a_damaged_statement_harms_nothing(inspector: Inspector, tmp_path: Path) -> None:
    """Whatever is changed in it, the photo is judged, and the next one as well."""
    data = (SIGNED / "signed_generated.jpg").read_bytes()
    start = data.index(b"jumb")
    for place in range(start, start + 9000, 311):
        broken = bytearray(data)
        broken[place : place + 12] = bytes(255 - byte for byte in broken[place : place + 12])
        assert (await looked(inspector, tmp_path, bytes(broken))).verdict in Verdict
    assert (await looked(inspector, tmp_path, pictures.photo(1))).signs == ()


def test_without_the_library_nothing_is_said_of_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is optional; what the statement claims is noticed all the same."""
    data = (SIGNED / "signed_generated.jpg").read_bytes()
    assert seals.available()
    assert seals.signs(io.BytesIO(data), "image/jpeg", data) == (Sign.SIGNED,)
    assert seals.signs(io.BytesIO(data), "image/jpeg", b"no such mark") == ()
    monkeypatch.setattr(seals, "_reading", None)
    assert seals.signs(io.BytesIO(data), "image/jpeg", data) == ()
    with Image.open(io.BytesIO(data)) as picture:
        assert notes.of_picture(picture, io.BytesIO(data), len(data), "image/jpeg").signs == (Sign.AI_MARKED,)


@pytest.mark.parametrize(("language", "claim"), [("id", "keterangan"), ("en", "says of itself|claim")])
@pytest.mark.parametrize("sign", ["ai_marked", "edited"])
def test_every_sentence_calls_it_a_claim(language: str, claim: str, sign: str) -> None:
    """To the sender, to the verifier, and in the bundle."""
    texts = yaml.safe_load((LANG / language / "texts.yaml").read_text(encoding="utf-8"))
    bundle = yaml.safe_load((LANG / language / "bundle.yaml").read_text(encoding="utf-8"))
    shown = [
        texts[f"evidence.{sign}"],
        texts[f"check.why_{sign}"],
        bundle["signs"][sign],
        bundle["verdicts"][sign],
    ]
    assert [text for text in shown if not re.search(claim, text)] == []
