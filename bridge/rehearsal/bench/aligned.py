"""How well a picture is noticed that lies upon an earlier one of the same task but for one part that changed.

The forged pairs are what was seen in the field: the photograph of the complaint, one part of it painted over, sent
as the photograph of the work. The honest ones are two photographs of one place, the same one sent again as people
and programs change it, and the work of another day.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import msgspec
from PIL import Image, ImageEnhance, ImageFilter

from bridge.model import grids
from bridge.model.evidence import Inspection
from bridge.model.situation import AlikePicture
from bridge.policy.pictures import Checks
from bridge.rehearsal.bench.changes import CHANGES, again, cut, jpeg, reduced

Photograph = tuple[str, Image.Image]
JudgeAll = Callable[[Sequence[tuple[str, bytes]]], Awaitable[list[tuple[str, Inspection]]]]
Made = Callable[[Image.Image, Image.Image], tuple[Image.Image, Image.Image]]
"""A photograph and another one -> the picture before, and the picture after."""


class Laid(msgspec.Struct, frozen=True):
    """Of one kind of pair: how many were noticed; ``forged`` says whether they should be."""

    change: str
    forged: bool
    pairs: int
    noticed: int
    again: bool = False
    """The same photograph, changed as a whole."""


def _part(picture: Image.Image, share: float) -> tuple[int, int, int, int]:
    """A part a little off the middle, of so much of the area."""
    width, height = round(picture.width * share**0.5), round(picture.height * share**0.5)
    left, top = round(picture.width * 0.3), round(picture.height * 0.35)
    return left, top, left + width, top + height


def _pasted(picture: Image.Image, share: float, other: Image.Image) -> Image.Image:
    """Another photograph in the place of one part."""
    box = _part(picture, share)
    changed = picture.copy()
    changed.paste(other.resize((box[2] - box[0], box[3] - box[1])), box[:2])
    return changed


def _smeared(picture: Image.Image, share: float) -> Image.Image:
    """One part filled with what lies beside it, softly, as programs that take things out of pictures do."""
    box = _part(picture, share)
    width = box[2] - box[0]
    beside = (min(box[2], picture.width - width), box[1], min(box[2], picture.width - width) + width, box[3])
    mask = Image.new("L", picture.size, 0)
    mask.paste(255, box)
    filled = picture.copy()
    filled.paste(picture.crop(beside).filter(ImageFilter.GaussianBlur(4)), box[:2])
    return Image.composite(filled, picture, mask.filter(ImageFilter.GaussianBlur(12)))


def _sent(picture: Image.Image) -> Image.Image:
    return again(reduced(picture, 1600), 70)


FORGED: Mapping[str, Made] = {
    "a twentieth replaced by another picture": lambda one, other: (one, _sent(_pasted(one, 0.05, other))),
    "a tenth replaced by another picture": lambda one, other: (one, _sent(_pasted(one, 0.1, other))),
    "a tenth filled with what lies beside it": lambda one, other: (one, _sent(_smeared(one, 0.1))),
    "a fifth filled, the whole 15 % brighter": lambda one, other: (
        one,
        _sent(ImageEnhance.Brightness(_smeared(one, 0.2)).enhance(1.15)),
    ),
    "a tenth filled, 3 % cut off all round": lambda one, other: (
        one,
        _sent(cut(_smeared(one, 0.1), 0.03, 0.03, 0.03, 0.03)),
    ),
}


def _moved(one: Image.Image, by: float) -> tuple[Image.Image, Image.Image]:
    """Two shots from one place: the camera moved on by a part of the width, and half as much upwards."""
    return again(cut(one, 0, by / 2, by, 0), 85), again(cut(one, by, 0, 0, by / 2), 85)


HONEST: Mapping[str, Made] = {
    "two shots, the camera moved by 1 %": lambda one, other: _moved(one, 0.01),
    "two shots, the camera moved by 3 %": lambda one, other: _moved(one, 0.03),
    "two shots, the camera moved by a quarter": lambda one, other: _moved(one, 0.25),
    "moved by 3 %, and a tenth is another": lambda one, other: (
        _moved(one, 0.03)[0],
        _pasted(_moved(one, 0.03)[1], 0.1, other),
    ),
    "another photograph": lambda one, other: (one, _sent(other)),
}


class Known(Protocol):
    """An index of pictures."""

    def remember(self, name: str, judged: Inspection) -> None:
        """One that was sent before, with its grid."""
        ...

    def alike(self, judged: Inspection) -> tuple[AlikePicture, ...]:
        """Those that are like another one."""
        ...


async def measure(judge: JudgeAll, fresh: Callable[[str], Known], chosen: Sequence[Photograph]) -> tuple[Laid, ...]:
    """Every kind of pair on every photograph, and the same photographs again, changed as in the other table.

    ``fresh`` makes an empty index of a name.
    """
    found = []
    for forged, kinds in ((True, FORGED), (False, HONEST)):
        for change, made in kinds.items():
            pairs = [made(one, chosen[n - 1][1]) for n, (_, one) in enumerate(chosen)]
            found.append(Laid(change, forged, len(pairs), await _noticed(judge, fresh, pairs)))
    for change, altered in CHANGES.items():
        pairs = [(one, altered(one)) for _, one in chosen]
        found.append(Laid(change, False, len(pairs), await _noticed(judge, fresh, pairs), again=True))
    return tuple(found)


async def _noticed(
    judge: JudgeAll, fresh: Callable[[str], Known], pairs: Sequence[tuple[Image.Image, Image.Image]]
) -> int:
    """Of how many pairs the second picture is held; each is compared with those that the index finds, as the rule
    does."""
    index = fresh("aligned.db")
    for name, judged in await judge([(str(n), jpeg(first)) for n, (first, _) in enumerate(pairs)]):
        index.remember(name, judged)
    after = await judge([(str(n), jpeg(second)) for n, (_, second) in enumerate(pairs)])
    return sum(any(upon(one, judged) for one in index.alike(judged) if one.event == name) for name, judged in after)


def upon(before: AlikePicture, after: Inspection) -> bool:
    """Whether the rule for pictures of one task would hold the second one."""
    compared = grids.compare(before.grid, after.grid)
    return compared is not None and compared.in_one_part(Checks().aligned_kept)
