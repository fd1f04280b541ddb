"""A JPEG for readers, made of a HEIC photo: upright, without what the file says of itself, and marked as a copy."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageStat

from bridge.evidence.drawing import readable_copy
from bridge.evidence.readable import EDGE
from bridge.model.evidence import Limits
from tests.evidence import pictures


def heic(size: tuple[int, int] = (1000, 750), *, turned: int = 1) -> bytes:
    """A photo as an iPhone takes it: with its place, and lying on its side if it was held so."""
    pillow_heif.register_heif_opener()
    picture = pictures.scene("heic", size)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turned
    exif[ExifTags.Base.Make] = "Apple"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLongitudeRef] = "S", "E"
    place[ExifTags.GPS.GPSLatitude], place[ExifTags.GPS.GPSLongitude] = (4.0, 21.0, 3.0), (119.0, 52.0, 48.0)
    return pictures.encoded(picture, "HEIF", quality=70, exif=exif.tobytes())


async def copy_of(folder: Path, data: bytes) -> Image.Image | None:
    path = folder / "file"
    path.write_bytes(data)
    made = await readable_copy(path, hashlib.sha256(data).hexdigest(), Limits())
    return Image.open(io.BytesIO(made.jpeg)) if made is not None else None


async def test_it_shows_the_picture_and_says_nothing_of_place_or_time(tmp_path: Path) -> None:
    """And names the file that it was made of."""
    data = heic()
    copy = await copy_of(tmp_path, data)
    assert copy is not None
    assert (copy.format, copy.size) == ("JPEG", (1000, 750))
    assert dict(copy.getexif()) == {} and "exif" not in copy.info
    assert hashlib.sha256(data).hexdigest() in copy.info["comment"].decode()
    assert "Not the original" in copy.info["comment"].decode()
    difference = (
        ImageStat.Stat(copy.convert("L")).mean[0]
        - ImageStat.Stat(pictures.scene("heic", (1000, 750)).convert("L")).mean[0]
    )
    assert abs(difference) < 5


@pytest.mark.parametrize("turned", [6, 8])
async def test_it_stands_upright(tmp_path: Path, turned: int) -> None:
    """However the telephone was held."""
    copy = await copy_of(tmp_path, heic((800, 600), turned=turned))
    assert copy is not None and copy.size == (600, 800)


async def test_a_large_photo_becomes_as_large_as_clients_send(tmp_path: Path) -> None:
    """So that a week of them can be carried."""
    copy = await copy_of(tmp_path, heic((4032, 3024)))
    assert copy is not None and max(copy.size) == EDGE


async def test_what_cannot_be_opened_has_no_copy(tmp_path: Path) -> None:
    """A cut one, or no picture at all."""
    assert await copy_of(tmp_path, heic()[:3000]) is None
    assert await copy_of(tmp_path, b"nothing in particular") is None
