"""JPEGs drawn from archived files: two pictures side by side, to compare on a telephone, and copies for readers.

This is the bridge's side. They are drawn by processes of their own (`panels.py`, `readable.py`), which alone know
decoders: whatever becomes of one, the bridge is left with bytes or with none.
"""

import asyncio
import io
from collections.abc import Sequence
from pathlib import Path

import msgspec
from PIL import Image

from bridge import apart
from bridge.evidence.inspect import worker_command
from bridge.model.evidence import Limits

MOST_BYTES = 4_000_000
"""Of a drawing; an honest one has a tenth of this."""

MOST_BYTES_OF_A_COPY = 12_000_000

_JPEG = b"\xff\xd8\xff"


class Order(msgspec.Struct, frozen=True):
    """What a drawing process works under."""

    limits: Limits


class Beside(Order, frozen=True):
    """At most two archived files, the left one first."""

    paths: tuple[str, ...]


class Copy(Order, frozen=True):
    """One archived file, and the SHA-256 that the copy names."""

    path: str
    sha256: str


class Drawing(msgspec.Struct, frozen=True):
    """A JPEG and its size in pixels."""

    jpeg: bytes
    width: int
    height: int


async def side_by_side(
    paths: Sequence[Path], limits: Limits, *, command: Sequence[str] | None = None
) -> Drawing | None:
    """Draw one or two pictures (of a video its first frame); None where none of them can be drawn."""
    order = Beside(limits, tuple(str(path) for path in paths))
    command = command or worker_command("bridge.evidence.panels")
    return await _made_by(command, msgspec.msgpack.encode(order), MOST_BYTES)


async def readable_copy(path: Path, sha256: str, limits: Limits) -> Drawing | None:
    """The JPEG of an archived picture that many programs cannot open; None where it cannot be made."""
    order = Copy(limits, str(path), sha256)
    command = worker_command("bridge.evidence.readable")
    return await _made_by(command, msgspec.msgpack.encode(order), MOST_BYTES_OF_A_COPY)


async def _made_by(command: Sequence[str], order: bytes, most: int) -> Drawing | None:
    """The JPEG that a process of its own writes when it is given this order; None where that is none."""
    drawn = await apart.answer(command, order, most)
    if drawn is None or not drawn.startswith(_JPEG):
        return None
    size = await asyncio.to_thread(_size_of, drawn)
    return Drawing(drawn, *size) if size is not None else None


def _size_of(jpeg: bytes) -> tuple[int, int] | None:
    """From the header alone: nothing is decoded here."""
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as header:
            return header.size
    except (OSError, ValueError, SyntaxError):
        return None
