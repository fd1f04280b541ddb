"""Two pictures laid upon each other: one part changed in a frame that stayed, or a camera that moved."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from bridge.evidence import pdq
from bridge.evidence.picture import as_seen
from bridge.model import grids
from bridge.policy.pictures import Checks
from tests.evidence.pictures import scene

KEPT = Checks().aligned_kept


def taken(seed: int) -> Image.Image:
    return scene(f"grid {seed}", (1400, 1050))


def seen(picture: Image.Image, quality: int = 75) -> str:
    """The grid of a picture as a telephone sends it."""
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=quality)
    return pdq.grid_of(as_seen(Image.open(out), pdq.EDGE))


def framed(picture: Image.Image, *, right: int = 0, down: int = 0, turn: float = 0.0) -> Image.Image:
    """The middle of it, as a camera sees that was moved by so many pixels and turned by so many degrees."""
    return picture.rotate(turn, Image.Resampling.BICUBIC).crop((80 + right, 60 + down, 1320 + right, 990 + down))


def cleared(picture: Image.Image, share: float = 0.3) -> Image.Image:
    """One part painted over with what lies beside it."""
    width, height = picture.size
    wide, high = int(width * share), int(height * share)
    left, top = int(width * 0.35), int(height * 0.5)
    beside = picture.crop((0, top, wide, top + high)).filter(ImageFilter.GaussianBlur(8))
    changed = picture.copy()
    changed.paste(beside, (left, top))
    return changed


def flagged(before: Image.Image, after: Image.Image, quality: int = 75) -> bool:
    compared = grids.compare(seen(before), seen(after, quality))
    return compared is not None and compared.in_one_part(KEPT)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("share", [0.25, 0.35])
def test_one_part_changed_in_a_frame_that_stayed_is_seen(seed: int, share: float) -> None:
    """However it was compressed, and brightened a little."""
    frame = framed(taken(seed))
    assert flagged(frame, cleared(frame, share))
    assert flagged(frame, cleared(frame, share), 55)
    assert flagged(frame, ImageEnhance.Brightness(cleared(frame, share)).enhance(1.08))


@pytest.mark.parametrize("seed", range(6))
def test_the_same_picture_again_is_not_taken_for_it(seed: int) -> None:
    """Compressed, reduced: nothing has changed in it."""
    frame = framed(taken(seed))
    assert not flagged(frame, frame, 45)
    assert not flagged(frame, frame.resize((900, 675)))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("right", "down", "turn"), [(14, 8, 0.4), (25, -12, 1.0), (-40, 20, -0.8)])
def test_a_camera_in_a_hand_is_seen_to_move(seed: int, right: int, down: int, turn: float) -> None:
    """From the same spot, before and after, whether or not something was cleared away there."""
    picture = taken(seed)
    moved = framed(picture, right=right, down=down, turn=turn)
    assert not flagged(framed(picture), moved)
    assert not flagged(framed(picture), cleared(moved))


def test_other_pictures_and_what_is_no_grid_say_nothing() -> None:
    """Nor does a wall with nothing on it."""
    assert not flagged(taken(1), taken(2))
    wall = Image.new("L", (800, 600), 180)
    assert grids.compare(seen(wall), seen(wall)) is None
    for broken in ("", "####", "AAAA", "é"):
        assert grids.compare(broken, seen(taken(1))) is None
