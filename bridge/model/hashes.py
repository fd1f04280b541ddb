"""PDQ hashes of pictures: how near two are, and how one is turned and mirrored without its picture.

A hash is a whole number of 256 bits: a matrix of 16 by 16 bits, row by row, the first bit the highest. Row and
column stand for the vertical and the horizontal frequencies 1 to 16 of the picture (PDQ, "Hashing of Images", Meta
2019); a bit is set where the frequency's coefficient is above the median of all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SAME = 31
"""Up to so many different bits, the authors of PDQ take two pictures for the same."""

BITS, SIDE = 256, 16

_VIEW = re.compile(r"([a-z0-9]{1,16}):([0-9a-f]{64})")

_FIRST_OF_TWO = int("10" * (SIDE // 2), 2)
_ODD_COLUMNS = int.from_bytes(_FIRST_OF_TWO.to_bytes(2, "big") * SIDE, "big")
_ODD_ROWS = int.from_bytes((b"\xff\xff" + b"\x00\x00") * (SIDE // 2), "big")


def written(name: str, value: int) -> str:
    """A view of a picture as the record has it: `name:hash`."""
    return f"{name}:{value:064x}"


def read(view: str) -> tuple[str, int] | None:
    """The name and the hash of a view; None where it is not written as one."""
    found = _VIEW.fullmatch(view)
    return (found[1], int(found[2], 16)) if found else None


def distance(one: int, other: int) -> int:
    """How many bits differ."""
    return (one ^ other).bit_count()


def turned(value: int) -> Iterator[int]:
    """The hash as it is, and as it would be of the picture mirrored, turned by quarters, or both: eight.

    A mirror turns the sign of every odd frequency across it, so that nearly all their bits change (the median is
    near zero, not at zero: a few bits of the result are wrong); a picture laid over its diagonal has the matrix
    laid over as well.
    """
    for laid in (value, _transposed(value)):
        for across in (0, _ODD_COLUMNS):
            for down in (0, _ODD_ROWS):
                yield laid ^ across ^ down


def _transposed(value: int) -> int:
    bits = f"{value:0{BITS}b}"
    return int("".join(bits[column::SIDE] for column in range(SIDE)), 2)
