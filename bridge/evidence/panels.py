"""The drawing process: it reads one order, draws its pictures beside each other, and writes one JPEG.

It is started by `drawing.py` with an empty environment and has a fence of its own.
"""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec
from PIL import Image

from bridge.evidence.drawing import Beside, Order
from bridge.evidence.formats import HEAD, PICTURES, VIDEOS, sniff
from bridge.evidence.picture import in_colour
from bridge.evidence.sandbox import allow_cpu, fence
from bridge.evidence.video import first_frame
from bridge.model.evidence import Limits

PANEL = (800, 1000)
"""Pixels that each picture may take; both together fill the width of a telephone."""

GAP = 16

Ordered = TypeVar("Ordered", bound=Order)


def main() -> None:
    """Read the order from standard input, draw, and write the JPEG to standard output."""
    with behind_fence(Beside) as (order, drawn):
        panels = [panel for path in order.paths if (panel := _panel(Path(path), order.limits)) is not None]
        if panels:
            joined(panels).save(drawn, "JPEG", quality=82)
    sys.exit(0)


@contextlib.contextmanager
def behind_fence(kind: type[Ordered]) -> Iterator[tuple[Ordered, BinaryIO]]:
    """The order that this process was given, fenced in from then on, and where its JPEG goes."""
    with os.fdopen(os.dup(0), "rb") as orders, os.fdopen(os.dup(1), "wb") as drawn:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for place in (0, 1, 2):
            os.dup2(nowhere, place)
        order = msgspec.msgpack.decode(orders.read(), type=kind)
        fence(order.limits.memory_bytes)
        allow_cpu(2 * order.limits.cpu_seconds)
        yield order, drawn


def joined(panels: Sequence[Image.Image]) -> Image.Image:
    """The panels beside each other, the first one left, centred on white."""
    height = max(panel.height for panel in panels)
    sheet = Image.new("RGB", (sum(panel.width for panel in panels) + GAP * (len(panels) - 1), height), "white")
    left = 0
    for panel in panels:
        sheet.paste(panel, (left, (height - panel.height) // 2))
        left += panel.width + GAP
    return sheet


def _panel(path: Path, limits: Limits) -> Image.Image | None:
    """One picture, or the first frame of a video; None for what cannot be drawn."""
    try:
        with path.open("rb") as file:
            mime = sniff(file.read(HEAD))
            if mime in PICTURES:
                return in_colour(file, mime, limits, PANEL)
            if mime in VIDEOS:
                return first_frame(file, mime)
    except Exception:  # parsers of hostile bytes raise everything
        return None
    return None


if __name__ == "__main__":
    main()
