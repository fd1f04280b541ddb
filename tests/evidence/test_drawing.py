"""Pictures side by side: what a verifier compares on a telephone, drawn in a process that a file can only kill."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image

from bridge.evidence.drawing import side_by_side
from bridge.evidence.panels import GAP, PANEL, joined
from bridge.model.evidence import Limits
from bridge.rehearsal.pictures import clip, photo


def kept(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


async def test_a_photo_and_a_film_stand_beside_each_other(tmp_path: Path) -> None:
    """Of a film its first frame; the new one left."""
    paths = [kept(tmp_path, "a", photo(1)), kept(tmp_path, "b", clip(2))]
    drawn = await side_by_side(paths, Limits())
    assert drawn is not None
    picture = Image.open(io.BytesIO(drawn.jpeg))
    assert (picture.format, picture.size) == ("JPEG", (drawn.width, drawn.height))
    assert drawn.width > PANEL[0] + GAP and drawn.height <= PANEL[1]


async def test_what_cannot_be_drawn_is_left_out(tmp_path: Path) -> None:
    """A broken file beside a good one: the good one alone; two broken ones: nothing."""
    broken = kept(tmp_path, "broken", photo(1)[:5000])
    good = await side_by_side([kept(tmp_path, "good", photo(3)), broken], Limits())
    assert good is not None and good.width <= PANEL[0]
    assert await side_by_side([broken], Limits()) is None


async def test_a_process_that_dies_or_lies_leaves_nothing(tmp_path: Path) -> None:
    """Whatever it writes that is no picture is no picture."""
    path = kept(tmp_path, "a", photo(1))
    for script in (
        "raise SystemExit(3)",
        "import sys; sys.stdout.write('x' * 99)",
        "print('\\xff\\xd8\\xff', end='')",
    ):
        assert await side_by_side([path], Limits(), command=(sys.executable, "-c", script)) is None


def test_an_upright_photo_and_a_flat_one_are_centred() -> None:
    """White stands around the smaller one."""
    sheet = joined([Image.new("RGB", (100, 200), "red"), Image.new("RGB", (100, 100), "blue")])
    assert sheet.size == (200 + GAP, 200)
    assert sheet.getpixel((150, 10)) == (255, 255, 255) and sheet.getpixel((150, 100)) == (0, 0, 255)
