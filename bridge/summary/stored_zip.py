"""Zip files without compression whose every byte is fixed by their content (PKWARE APPNOTE 6.3.3).

The standard library's writer leaves traces of platform and version, and a compressed member depends on the build
of zlib. Here the time is 1980-01-01, the mode 0644, the system Unix, and nothing else is said. Zip64 is used where
a size or an offset needs it, and only there. :func:`same_zip` compares a file with what would be written, so that
not even an unused bit of a header can be changed unnoticed.
"""

from __future__ import annotations

import binascii
import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

CHUNK = 1 << 20
_LIMIT = 0xFFFF_FFFF
_TIME, _DATE = 0, (1 << 5) | 1
_UNIX, _MODE = 3, 0o100644


class Member(msgspec.Struct, frozen=True):
    """One file of a zip. ``open`` gives its content in chunks and can be called again."""

    name: str
    size: int
    crc: int
    sha256: str
    open: Callable[[], Iterator[bytes]]

    @staticmethod
    def of_bytes(name: str, data: bytes) -> Member:
        return Member.measured(name, lambda: iter((data,)))

    @staticmethod
    def of_file(name: str, path: Path) -> Member:
        return Member.measured(name, lambda: chunks_of(path.open("rb")))

    @staticmethod
    def measured(name: str, open_again: Callable[[], Iterator[bytes]]) -> Member:
        """Reads the content once for its size and sums."""
        size, crc, digest = 0, 0, hashlib.sha256()
        for chunk in open_again():
            size += len(chunk)
            crc = binascii.crc32(chunk, crc)
            digest.update(chunk)
        return Member(name, size, crc, digest.hexdigest(), open_again)


def chunks_of(stream: BinaryIO) -> Iterator[bytes]:
    """The rest of a stream in chunks; closes it."""
    with stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def write_zip(out: BinaryIO, members: Sequence[Member]) -> None:
    """Write the members in the order given. Raises OSError when a content changed since it was measured."""
    for piece in zip_bytes(members):
        out.write(piece)


def same_zip(path: Path, members: Sequence[Member]) -> bool:
    """Whether a file is, byte for byte, what :func:`write_zip` would write for these members."""
    with path.open("rb") as file:
        for piece in zip_bytes(members):
            if file.read(len(piece)) != piece:
                return False
        return file.read(1) == b""


def zip_bytes(members: Sequence[Member]) -> Iterator[bytes]:
    """The file in pieces."""
    offset = 0
    directory = []
    for member in members:
        header = _local(member)
        yield header
        yield from _exactly(member)
        directory.append(_central(member, offset))
        offset += len(header) + member.size
    length = sum(map(len, directory))
    yield from directory
    yield _end(len(members), length, offset)


def _exactly(member: Member) -> Iterable[bytes]:
    size, crc = 0, 0
    for chunk in member.open():
        size += len(chunk)
        crc = binascii.crc32(chunk, crc)
        yield chunk
    if (size, crc) != (member.size, member.crc):
        raise OSError(f"{member.name} changed while it was being packed")


def _common(member: Member, size: int, extra: bytes, version: int) -> bytes:
    name = member.name.encode()
    flags = 0 if member.name.isascii() else 0x800
    return struct.pack(
        "<HHHHHIIIHH", version, flags, 0, _TIME, _DATE, member.crc, size, size, len(name), len(extra)
    )


def _local(member: Member) -> bytes:
    big = member.size >= _LIMIT
    extra = struct.pack("<HHQQ", 1, 16, member.size, member.size) if big else b""
    fields = _common(member, _LIMIT if big else member.size, extra, 45 if big else 20)
    return b"PK\x03\x04" + fields + member.name.encode() + extra


def _central(member: Member, offset: int) -> bytes:
    big, far = member.size >= _LIMIT, offset >= _LIMIT
    values = [member.size, member.size] * big + [offset] * far
    extra = struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values) if values else b""
    version = 45 if values else 20
    fields = _common(member, _LIMIT if big else member.size, extra, version)
    rest = struct.pack("<HHHII", 0, 0, 0, _MODE << 16, _LIMIT if far else offset)
    return b"PK\x01\x02" + bytes([version, _UNIX]) + fields + rest + member.name.encode() + extra


def _end(count: int, length: int, offset: int) -> bytes:
    tail = b""
    if count >= 0xFFFF or offset >= _LIMIT or length >= _LIMIT:
        tail = b"PK\x06\x06" + struct.pack("<QBBHIIQQQQ", 44, 45, _UNIX, 45, 0, 0, count, count, length, offset)
        tail += b"PK\x06\x07" + struct.pack("<IQI", 0, offset + length, 1)
    few = min(count, 0xFFFF)
    return (
        tail + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, few, few, min(length, _LIMIT), min(offset, _LIMIT), 0)
    )
