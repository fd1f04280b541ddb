"""A picture's grid: the mean grey of each of its cells. Two pictures laid upon each other show by it what changed.

The same frame with one part changed differs in a few cells that lie together and in no others: no hand holds a
camera so still that the rest stays the same. Of two honest pictures from one spot, many cells differ, all over it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from statistics import median

import msgspec

SIDE = 32
"""Cells in a row, and rows."""

NEAR = 4
"""So far the grey of a cell may be from what it was and still be the same, once compressed and exposed anew."""

LEAST_DETAIL = 8
"""A cell that differs less from its neighbours shows nothing by which a moved camera would be seen."""

LEAST, MOST = 4, 251
"""Greys beyond which a camera shows no difference any more."""

FEWEST = 40
"""With fewer cells that show something, two pictures cannot be compared."""


GAP = 2
"""So far apart changed cells still belong to one part."""

MOST_KEPT = 98
"""Above that nothing has changed: it is the same picture."""

LEAST_TOGETHER = 80
"""Below that what changed lies all over the picture, as where the camera moved or it was compressed."""


class Compared(msgspec.Struct, frozen=True):
    """What two pictures come to that were laid upon each other, in percent."""

    kept: int
    """Of the cells that show something, how many are as they were."""
    together: int
    """Of the cells that changed, how many lie in one part of the picture."""

    def in_one_part(self, kept: int) -> bool:
        """Whether it is the same frame with one part changed: at least so much of it is as it was."""
        return kept <= self.kept <= MOST_KEPT and self.together >= LEAST_TOGETHER


def written(values: bytes) -> str:
    """A grid as the record has it."""
    return base64.b64encode(values).decode("ascii")


def compare(before: str, after: str) -> Compared | None:
    """Lay two pictures upon each other; None where one of them has no grid, or shows too little."""
    old, new = _read(before), _read(after)
    if old is None or new is None:
        return None
    old = _exposed_as(old, new)
    telling = [cell for cell in range(SIDE * SIDE) if _detail(old, cell) >= LEAST_DETAIL]
    if len(telling) < FEWEST:
        return None
    changed = {
        cell for cell in range(SIDE * SIDE) if abs(old[cell] - new[cell]) > NEAR and LEAST < new[cell] < MOST
    }
    kept = sum(cell not in changed for cell in telling)
    return Compared(100 * kept // len(telling), 100 * _largest(changed) // len(changed) if changed else 0)


def _read(grid: str) -> list[float] | None:
    try:
        values = base64.b64decode(grid, validate=True)
    except (binascii.Error, ValueError):
        return None
    return [float(value) for value in values] if len(values) == SIDE * SIDE else None


def _exposed_as(old: Sequence[float], new: Sequence[float]) -> list[float]:
    """One picture with the brightness and the contrast of another, by the cells that fit best: what changed is left
    out of it."""
    gain, offset = 1.0, median(b - a for a, b in zip(old, new, strict=True))
    for _ in range(3):
        pairs = sorted(zip(old, new, strict=True), key=lambda one: abs(one[0] * gain + offset - one[1]))
        fitting = pairs[: len(pairs) * 3 // 5]
        mean, other = (sum(values) / len(fitting) for values in zip(*fitting, strict=True))
        spread = sum((a - mean) ** 2 for a, _ in fitting)
        if not spread:
            break
        gain = sum((a - mean) * (b - other) for a, b in fitting) / spread
        offset = other - gain * mean
    return [value * gain + offset for value in old]


def _detail(values: Sequence[float], cell: int) -> float:
    return max(abs(values[cell] - values[beside]) for beside in _beside(cell))


def _beside(cell: int) -> list[int]:
    row, column = divmod(cell, SIDE)
    found = []
    if column:
        found.append(cell - 1)
    if column < SIDE - 1:
        found.append(cell + 1)
    if row:
        found.append(cell - SIDE)
    if row < SIDE - 1:
        found.append(cell + SIDE)
    return found


def _largest(cells: set[int]) -> int:
    """How many cells the largest part has. Cells belong together that are at most two apart, since in what was
    painted over some are as grey as before."""
    left, largest = set(cells), 0
    while left:
        edge = [left.pop()]
        size = 0
        while edge:
            size += 1
            row, column = divmod(edge.pop(), SIDE)
            near = [one for one in left if abs(one // SIDE - row) <= GAP and abs(one % SIDE - column) <= GAP]
            left.difference_update(near)
            edge += near
        largest = max(largest, size)
    return largest
