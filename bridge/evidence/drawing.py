"""Drawing two pictures side by side, so that a person can compare them on a telephone.

The drawing process has a fence of its own: it reads the paths of at most two archived files, left one first, and
writes one JPEG. Whatever becomes of it, the bridge is left with bytes or with none.
"""

import asyncio
import contextlib
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec
from PIL import Image

from bridge.evidence.formats import HEAD, PICTURES, VIDEOS, sniff
from bridge.evidence.inspect import worker_command
from bridge.evidence.picture import in_colour
from bridge.evidence.sandbox import allow_cpu, fence
from bridge.evidence.video import first_frame
from bridge.model.evidence import Limits

PANEL = (800, 1000)
"""Pixels that each picture may take; both together fill the width of a telephone."""

GAP = 16
MOST_BYTES = 4_000_000
"""Of a drawing; an honest one has a tenth of this."""

_SECONDS = 60.0
_JPEG = b"\xff\xd8\xff"


class Order(msgspec.Struct, frozen=True):
    """What a drawing process works under."""

    limits: Limits


Ordered = TypeVar("Ordered", bound=Order)


class _Order(Order, frozen=True):
    paths: tuple[str, ...]


class Drawing(msgspec.Struct, frozen=True):
    """A JPEG and its size in pixels."""

    jpeg: bytes
    width: int
    height: int


async def side_by_side(
    paths: Sequence[Path], limits: Limits, *, command: Sequence[str] | None = None
) -> Drawing | None:
    """Draw one or two pictures (of a video its first frame); None where none of them can be drawn."""
    order = _Order(limits, tuple(str(path) for path in paths))
    return await made_by(command or worker_command("bridge.evidence.drawing"), msgspec.msgpack.encode(order))


async def made_by(command: Sequence[str], order: bytes, *, most: int = MOST_BYTES) -> Drawing | None:
    """The JPEG that a process of its own writes when it is given this order; None where that is none."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd="/",
            env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
            start_new_session=True,
        )
    except OSError:
        return None
    try:
        async with asyncio.timeout(_SECONDS):
            drawn = await _exchange(process, order, most)
    except (TimeoutError, OSError):
        return None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if not drawn.startswith(_JPEG) or len(drawn) > most:
        return None
    size = await asyncio.to_thread(_size_of, drawn)
    return Drawing(drawn, *size) if size is not None else None


async def _exchange(process: asyncio.subprocess.Process, order: bytes, most: int) -> bytes:
    to, answer = process.stdin, process.stdout
    assert to is not None and answer is not None  # noqa: S101 - both are pipes
    to.write(order)
    await to.drain()
    to.close()
    drawn = b""
    while len(drawn) <= most and (more := await answer.read(65536)):
        drawn += more
    return drawn


def _size_of(jpeg: bytes) -> tuple[int, int] | None:
    """From the header alone: nothing is decoded here."""
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as header:
            return header.size
    except (OSError, ValueError, SyntaxError):
        return None


# In the drawing process


def main() -> None:
    """Read the order from standard input, draw, and write the JPEG to standard output."""
    with behind_fence(_Order) as (order, drawn):
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
