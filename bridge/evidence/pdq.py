"""PDQ hashes of views of a picture: the same picture is known again after it was reduced, cut or stamped.

After "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm" (Meta, 2019): 64 by 64 grey values,
their 16 by 16 lowest frequencies without the constant ones, each above or below the median of all. The values are
averaged by Pillow from a picture that is always reduced to the same size first: a hash is never compared with
those of another program, and reducing alone may change a fifth of the bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import cos, pi
from operator import mul
from statistics import median

from PIL import Image, ImageChops

from bridge.model import grids, hashes

EDGE = 512
"""Pixels of the long edge to which every picture is reduced first, in grey; what is meant by `grey` below."""

LEAST_QUALITY = 50
"""A picture of less quality has nothing by which it could be known: plain walls are all alike."""

_SIDE, _FREQUENCIES = 64, 16
_WAVES = [
    [cos(pi / 2 / _SIDE * frequency * (2 * place + 1)) for place in range(_SIDE)]
    for frequency in range(1, _FREQUENCIES + 1)
]
_TRIM_DIFFERENCE = 3
"""So far the grey of a frame may be from that of its corner and still be the frame."""
_INSIDE = 0.3
"""A row or a column of which more is not of the frame belongs to the picture."""

VIEWS: Mapping[str, tuple[float, float, float, float]] = {
    "edged": (0.02, 0.02, 0.98, 0.98),
    "inner": (0.05, 0.05, 0.95, 0.95),
    "core": (0.10, 0.10, 0.90, 0.90),
    "upper": (0.0, 0.0, 1.0, 0.85),
    "lower": (0.0, 0.15, 1.0, 1.0),
}
"""Parts of a picture (left, top, right, bottom) that are known by themselves: without its border, its upper part
without the strip in which a date is stamped, its lower part without that above."""


def views_of(grey: Image.Image) -> tuple[str, ...]:
    """The views of a reduced picture, the whole first, each as the record has it."""
    return tuple(hashes.written(name, _hash(_values(grey, box))) for name, box in _boxes(grey))


def frame_view(grey: Image.Image, name: str) -> str:
    """The one view of a frame of a video."""
    return hashes.written(name, _hash(_values(grey, (0, 0, *grey.size))))


def quality_of(grey: Image.Image) -> int:
    """How much there is to know a picture by, 0 to 100: how often and how far its grey changes."""
    rows = _values(grey, (0, 0, *grey.size))
    steps = [int(abs(one - other) * 100 / 255) for row in rows for one, other in pairwise(row)]
    for upper, under in pairwise(rows):
        steps += [int(abs(one - other) * 100 / 255) for one, other in zip(upper, under, strict=True)]
    return min(100, sum(steps) // 90)


def grid_of(grey: Image.Image) -> str:
    """The mean grey of each cell of a reduced picture, as the record has it."""
    return grids.written(grey.resize((grids.SIDE, grids.SIDE), Image.Resampling.BOX).tobytes())


def _boxes(grey: Image.Image) -> Iterator[tuple[str, tuple[float, float, float, float]]]:
    width, height = grey.size
    yield "whole", (0, 0, width, height)
    for name, (left, top, right, bottom) in VIEWS.items():
        yield name, (left * width, top * height, right * width, bottom * height)
    inside = _without_frame(grey)
    if inside is not None:
        yield "trimmed", inside


def _without_frame(grey: Image.Image) -> tuple[int, int, int, int] | None:
    """What is left without a plain frame, as around a picture on a screen; None where there is none to speak of."""
    width, height = grey.size
    corner = grey.getpixel((0, 0))
    other = ImageChops.difference(grey, Image.new("L", grey.size, corner)).point(
        lambda value: 255 * (value > _TRIM_DIFFERENCE)
    )
    # A row of the frame may hold the clock of a phone: what matters is how much of it is not of the ground.
    rows = other.resize((1, height), Image.Resampling.BOX).tobytes()
    inside = [row for row, share in enumerate(rows) if share > 255 * _INSIDE]
    if not inside:
        return None
    top, bottom = inside[0], inside[-1] + 1
    columns = other.resize((width, 1), Image.Resampling.BOX, box=(0, top, width, bottom)).tobytes()
    across = [column for column, share in enumerate(columns) if share > 255 * _INSIDE]
    if not across:
        return None
    left, right = across[0], across[-1] + 1
    kept = (right - left) * (bottom - top) / (width * height)
    return (left, top, right, bottom) if 0.1 < kept < 0.97 else None


def _values(grey: Image.Image, box: tuple[float, float, float, float]) -> list[list[int]]:
    small = grey.resize((_SIDE, _SIDE), Image.Resampling.BOX, box=box).tobytes()
    return [list(small[start : start + _SIDE]) for start in range(0, _SIDE * _SIDE, _SIDE)]


def _hash(rows: list[list[int]]) -> int:
    across = [[sum(map(mul, wave, row)) for row in rows] for wave in _WAVES]
    coefficients = [sum(map(mul, wave, column)) for wave in _WAVES for column in across]
    middle = median(coefficients)
    return int("".join("1" if one > middle else "0" for one in coefficients), 2)
