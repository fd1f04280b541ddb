"""A JPEG for readers, made of a picture that many programs cannot open (HEIC): a copy of ours, never evidence.

It shows the picture upright, carries nothing of what the file says of itself, neither time nor place, and names in
a comment the file that it was made of. This is the process that makes it, with a fence of its own; `drawing.py`
starts it.
"""

import sys
from pathlib import Path

from bridge.evidence.drawing import Copy
from bridge.evidence.formats import HEAD, PICTURES, sniff
from bridge.evidence.panels import behind_fence
from bridge.evidence.picture import in_colour

EDGE = 2560
"""Pixels of the long edge at most: what clients send as a photo of full size."""


def main() -> None:
    """Read the order from standard input, decode, and write the JPEG to standard output."""
    with behind_fence(Copy) as (order, copy), Path(order.path).open("rb") as file:
        mime = sniff(file.read(HEAD))
        if mime in PICTURES:
            comment = f"Not the original. Made by Tudang of the file with SHA-256 {order.sha256}"
            shown = in_colour(file, mime, order.limits, (EDGE, EDGE))
            shown.save(copy, "JPEG", quality=88, comment=comment.encode())
    sys.exit(0)


if __name__ == "__main__":
    main()
