"""Media: strict `mxc` addresses, and files that either come whole and verified or not at all.

Follows the Client-Server API's content repository (authenticated media, v1.11) and "Sending encrypted attachments".
nio's own download takes a proxy's error page for a photo and reads without a limit; only its encryption of what we
send is used.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import AsyncIterator
from typing import Any, BinaryIO, Protocol
from urllib.parse import quote

import msgspec
from Crypto.Cipher import AES

from bridge.matrix.requests import Requests, TooLarge
from bridge.model.event import Json
from bridge.model.ports import MatrixError, Unreachable

CHUNK = 64 * 1024
PART = 1024 * 1024
"""Encrypted at once: large enough to be fast, small enough that a bundle of any size needs little memory."""
_SERVER = r"(?:[A-Za-z0-9.-]{1,230}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
_MXC = re.compile(rf"mxc://({_SERVER})/([A-Za-z0-9_-]{{1,255}})")


class Mxc(msgspec.Struct, frozen=True):
    """A well-formed `mxc://server/media_id`."""

    server: str
    media_id: str


class AttachmentKey(msgspec.Struct, frozen=True):
    """What an event's `file` object says about its ciphertext, checked."""

    key: bytes
    iv: bytes
    sha256: bytes


class _Stream(Protocol):
    """A cipher in counter mode, fed piece by piece."""

    def decrypt(self, ciphertext: bytes) -> bytes: ...


def parse_mxc(mxc: str) -> Mxc:
    """Raises MatrixError `bad_mxc` for anything that is not exactly a server name and a media id."""
    found = _MXC.fullmatch(mxc)
    if found is None or ".." in mxc:
        raise MatrixError("bad_mxc", "not an mxc:// address")
    return Mxc(found[1], found[2])


def parse_file(file: Json) -> AttachmentKey:
    """The key, counter block and hash of an `EncryptedFile`. Raises MatrixError `bad_file`."""
    jwk, hashes = file.get("key"), file.get("hashes")
    if file.get("v") != "v2" or not isinstance(jwk, dict) or not isinstance(hashes, dict):
        raise MatrixError("bad_file", "not a version 2 encrypted file")
    if jwk.get("kty") != "oct" or jwk.get("alg") != "A256CTR":
        raise MatrixError("bad_file", "unknown attachment cipher")
    return AttachmentKey(
        key=_unbase64(jwk.get("k"), 32),
        iv=_unbase64(file.get("iv"), 16),
        sha256=_unbase64(hashes.get("sha256"), 32),
    )


async def encrypt_attachment(source: BinaryIO, target: BinaryIO) -> Json:
    """Write the ciphertext of ``source`` to ``target``, a part at a time; the `file` object without `url`."""
    # Importing nio takes a tenth of a second and of the memory; a file is sent once a week.
    from nio.crypto.async_attachments import async_encrypt_attachment

    file: Json = {}
    async for part in async_encrypt_attachment(iter(lambda: source.read(PART), b"")):
        if isinstance(part, bytes):
            target.write(part)
        else:
            file = dict(part)
    return file


async def download(requests: Requests, mxc: str, *, file: Json | None, limit: int) -> AsyncIterator[bytes]:
    """The plaintext of a media file in chunks, never more than ``limit`` bytes.

    The last chunk is held back until length and hash are verified, so that a wrong file is never complete.
    Raises MatrixError `bad_mxc`, `bad_file`, `bad_hash`, :class:`TooLarge`, and the kinds of :class:`Requests`.
    """
    address = parse_mxc(mxc)
    attachment = None if file is None else parse_file(file)
    path = f"/_matrix/client/v1/media/download/{quote(address.server, safe='')}/{address.media_id}"
    async with requests.download(path) as response:
        announced = response.content_length
        if announced is not None and announced > limit:
            raise TooLarge("too_large", f"{announced} bytes announced, {limit} allowed", status=200)
        digest = hashlib.sha256()
        cipher = None if attachment is None else _cipher(attachment)
        taken = 0
        held = b""
        async for chunk in response.content.iter_chunked(CHUNK):
            taken += len(chunk)
            if taken > limit:
                raise TooLarge("too_large", f"more than {limit} bytes", status=200)
            if held:
                yield held
            digest.update(chunk)
            held = chunk if cipher is None else cipher.decrypt(chunk)
        if announced is not None and taken != announced:
            raise Unreachable("truncated", f"{taken} of {announced} bytes came", status=200)
        if attachment is not None and digest.digest() != attachment.sha256:
            raise MatrixError("bad_hash", "the file is not the one that was sent", status=200)
        if held:
            yield held


def _cipher(attachment: AttachmentKey) -> _Stream:
    cipher: _Stream = AES.new(attachment.key, AES.MODE_CTR, nonce=b"", initial_value=attachment.iv)
    return cipher


def _unbase64(value: Any, length: int) -> bytes:
    """Unpadded Base64, either alphabet, of exactly ``length`` bytes."""
    if not isinstance(value, str) or len(value) > 64:
        raise MatrixError("bad_file", "key, iv or hash is missing")
    text = value.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise MatrixError("bad_file", "key, iv or hash is not Base64") from None
    if len(found) != length:
        raise MatrixError("bad_file", "key, iv or hash has a wrong length")
    return found
