"""Encrypted attachments in the memory of a test."""

from __future__ import annotations

import io
from typing import BinaryIO, Protocol

from bridge.model.event import Json


class Encrypts(Protocol):
    """A homeserver client, or the media module: whatever encrypts from one file into another."""

    async def encrypt_attachment(self, source: BinaryIO, target: BinaryIO) -> Json: ...


async def sealed(by: Encrypts, data: bytes) -> tuple[bytes, Json]:
    """Ciphertext and `file` object (without `url`) of some bytes."""
    target = io.BytesIO()
    file = await by.encrypt_attachment(io.BytesIO(data), target)
    return target.getvalue(), file
