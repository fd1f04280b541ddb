"""A JPEG for readers, made of a picture that many programs cannot open (HEIC): a copy of ours, never evidence.

It shows the picture upright, carries nothing of what the file says of itself, neither time nor place, and names in
a comment the file that it was made of. Made in a process with a fence of its own, as drawings are.
"""

import sys
from pathlib import Path

import msgspec

from bridge.evidence.drawing import Drawing, Order, behind_fence, made_by
from bridge.evidence.formats import HEAD, PICTURES, sniff
from bridge.evidence.inspect import worker_command
from bridge.evidence.picture import in_colour
from bridge.model.evidence import Limits

EDGE = 2560
"""Pixels of the long edge at most: what clients send as a photo of full size."""

MOST_BYTES = 12_000_000


class _Order(Order, frozen=True):
    path: str
    sha256: str


async def readable_copy(path: Path, sha256: str, limits: Limits) -> Drawing | None:
    """The JPEG of an archived picture; None where it cannot be made."""
    order = msgspec.msgpack.encode(_Order(limits, str(path), sha256))
    return await made_by(worker_command("bridge.evidence.readable"), order, most=MOST_BYTES)


# In the drawing process


def main() -> None:
    """Read the order from standard input, decode, and write the JPEG to standard output."""
    with behind_fence(_Order) as (order, copy), Path(order.path).open("rb") as file:
        mime = sniff(file.read(HEAD))
        if mime in PICTURES:
            comment = f"Not the original. Made by Tudang of the file with SHA-256 {order.sha256}"
            shown = in_colour(file, mime, order.limits, (EDGE, EDGE))
            shown.save(copy, "JPEG", quality=88, comment=comment.encode())
    sys.exit(0)


if __name__ == "__main__":
    main()
