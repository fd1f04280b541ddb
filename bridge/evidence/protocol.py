"""What the bridge and a decoding process say to each other: length-prefixed msgpack over two pipes.

A frame is four bytes of length, big-endian, and that many bytes of one message. The bridge sends `Setup`
once and gets `Ready`; then each `Job` gets one `Findings`. The bridge trusts nothing that comes back: a frame
that is too long or not of this shape means that the process is lost.
"""

import struct

import msgspec

from bridge.model.evidence import Judged, Limits

MAX_FRAME = 64 * 1024
"""Bytes of the longest frame; an honest one has a few hundred."""

_LENGTH = struct.Struct(">I")
PREFIX = _LENGTH.size


class Setup(msgspec.Struct, frozen=True):
    """First word to a new process: the limits it works under from now on."""

    limits: Limits


class Ready(msgspec.Struct, frozen=True):
    """The process has fenced itself in and waits for jobs; `fences` names what is in force."""

    fences: tuple[str, ...]


class Job(msgspec.Struct, frozen=True):
    """Judge the file at this absolute path."""

    path: str


class Findings(Judged, frozen=True, kw_only=True):
    """What a process found in one file."""

    retire: bool = False
    """The process met its memory limit and ends after this answer."""


def frame(message: Setup | Ready | Job | Findings) -> bytes:
    """A message, ready for the pipe."""
    body = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body


def frame_length(prefix: bytes) -> int:
    """How many bytes follow these four. Raises ValueError for a frame that nobody honest sends."""
    (length,) = _LENGTH.unpack(prefix)
    if length > MAX_FRAME:
        raise ValueError("the frame is too long")
    return int(length)
