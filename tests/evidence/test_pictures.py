"""The pictures that rehearsal and tests draw for themselves."""

from __future__ import annotations

import io
from itertools import combinations

import av
from PIL import Image, ImageChops, ImageStat

from tests.evidence.pictures import album, clip, photo


def test_the_same_seed_draws_the_same_picture() -> None:
    """A rehearsal can be repeated to the byte, and another seed is another picture."""
    assert photo(7) == photo(7)
    assert clip(7) == clip(7)
    assert len({photo(seed) for seed in range(20)}) == 20


def test_pictures_look_different() -> None:
    """Not only their bytes: no two are the same scene, so nothing takes them for copies."""
    views = [Image.open(io.BytesIO(data)).convert("L").resize((32, 24)) for data in [*album(6), *album(6, seed=1)]]
    for one, other in combinations(views, 2):
        assert ImageStat.Stat(ImageChops.difference(one, other)).mean[0] > 8


def test_a_photo_is_like_a_phone_s() -> None:
    """A JPEG of a thousand pixels, a hundred kilobytes or more, with the caption asked for."""
    picture = Image.open(io.BytesIO(photo(1)))
    assert (picture.format, picture.size) == ("JPEG", (1000, 750))
    assert 80_000 < len(photo(1)) < 400_000
    assert photo(1, "Vaksinasi ternak") != photo(1)


def test_a_clip_plays() -> None:
    """Two to three seconds that move."""
    with av.open(io.BytesIO(clip(1)), mode="r") as container:
        assert container.duration is not None
        assert 2 <= container.duration / av.time_base <= 3
        pictures = [frame.to_image() for frame in container.decode(video=0)]  # type: ignore[no-untyped-call]
    assert ImageStat.Stat(ImageChops.difference(pictures[0].convert("L"), pictures[-1].convert("L"))).mean[0] > 8
