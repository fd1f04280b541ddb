"""What kind of file this is, by its bytes, and whether its container ends before it says it does.

Only the kinds that are decoded, and those that are often confused with them, are told apart here; the rest is
left to a library's table of signatures. Sources: JFIF/EXIF, PNG (third edition), the WebP container
specification, GIF89a, ISO/IEC 14496-12 boxes with their registered brands, EBML (RFC 8794).
"""

import re
from pathlib import Path
from typing import BinaryIO

import puremagic

HEAD = 4096
"""How many bytes from the start `sniff` wants to see (fewer if the file is shorter)."""

UNKNOWN = "application/octet-stream"

PICTURES = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/heic": "HEIF",
    "image/gif": "GIF",
}
"""Pictures that are decoded, with Pillow's names of their formats. A GIF is decoded to be described."""

VIDEOS = {"video/mp4": "mp4", "video/3gpp": "mp4", "video/quicktime": "mov", "video/webm": "webm"}
"""Videos that are opened, with FFmpeg's names of their containers."""

PDF, ZIP, OLD_OFFICE = "application/pdf", "application/zip", "application/x-ole-storage"
CONTAINERS = (PDF, ZIP, OLD_OFFICE)
"""What documents come in. Which kind of document a ZIP file is, shows only inside."""

_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF = {b"avif", b"avis"}
_MOST_BOXES = 100_000
_MIME = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,98}")


def sniff(head: bytes) -> str:
    """The MIME type that the first `HEAD` bytes show; `UNKNOWN` for what is none of ours."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF"):
        riff = {b"WEBP": "image/webp", b"AVI ": "video/x-msvideo", b"WAVE": "audio/x-wav"}
        return riff.get(head[8:12], UNKNOWN)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    # QuickTime files from before there were brands.
    if head[4:8] in (b"moov", b"mdat", b"wide"):
        return "video/quicktime"
    # Some programs put a line of their own before it.
    if b"%PDF-" in head[:1024]:
        return PDF
    return {b"PK\x03\x04": ZIP, b"PK\x05\x06": ZIP, b"\xd0\xcf\x11\xe0": OLD_OFFICE}.get(head[:4], UNKNOWN)


def identify(path: Path) -> str:
    """The MIME type of a file that `sniff` does not know, as well as a table of signatures can tell.

    Parses hostile bytes in Python: for the decoding process only.
    """
    try:
        mime = puremagic.from_file(path, mime=True)
    except Exception:  # whatever the library stumbles over, the answer is the same
        return UNKNOWN
    return mime if _MIME.fullmatch(mime) else UNKNOWN


def ends_early(file: BinaryIO, size: int, mime: str) -> bool:
    """Whether the file's own structure says that more bytes should follow.

    False where the format cannot tell (JPEG and PNG are asked only after decoding has failed, because then
    a missing end marker distinguishes "cut" from "damaged").
    """
    if mime == "image/webp":
        file.seek(4)
        return int.from_bytes(file.read(4), "little") + 8 > size
    if mime == "video/webm":
        return _segment_ends_early(file, size)
    if mime in VIDEOS or mime == "image/heic":
        return _boxes_end_early(file, size)
    end_marker = {"image/jpeg": b"\xff\xd9", "image/png": b"IEND", "image/gif": b"\x3b"}.get(mime)
    if end_marker is None:
        return False
    file.seek(max(0, size - HEAD))
    return end_marker not in file.read(HEAD)


def _by_brand(head: bytes) -> str:
    end = int.from_bytes(head[:4], "big")
    major = head[8:12]
    brands = {major} | {head[at : at + 4] for at in range(16, min(end, len(head)) - 3, 4)}
    if major in _HEIF | _AVIF:
        return "image/avif" if brands & _AVIF else "image/heic"
    if major == b"qt  ":
        return "video/quicktime"
    if major.startswith((b"3gp", b"3g2")):
        return "video/3gpp"
    if major in (b"M4A ", b"M4B ", b"M4P "):
        return "audio/mp4"
    return "video/mp4"


def _boxes_end_early(file: BinaryIO, size: int) -> bool:
    """Walk the outermost ISO boxes: one reaches past the end, or the index (`moov`, `meta`) never came."""
    at, has_index = 0, False
    for _ in range(_MOST_BOXES):
        if at + 8 > size:
            return not has_index
        file.seek(at)
        length, kind, long_length = _box(file.read(16))
        has_index = has_index or kind in (b"moov", b"meta")
        if length == 0:  # to the end of the file
            return not has_index
        if length == 1:
            length = long_length
        if length < 8:
            return False  # not a box: damaged rather than cut, the decoder will say so
        at += length
        if at > size:
            return True
    return False


def _box(header: bytes) -> tuple[int, bytes, int]:
    return int.from_bytes(header[:4], "big"), header[4:8], int.from_bytes(header[8:16], "big")


def _segment_ends_early(file: BinaryIO, size: int) -> bool:
    """EBML header, then one Segment, whose length is stated unless the file was streamed."""
    file.seek(0)
    head = file.read(HEAD)
    length, at = _vint(head, 4)
    segment = at + (length or 0)
    if head[segment : segment + 4] != b"\x18\x53\x80\x67":
        return segment + 4 > size
    length, at = _vint(head, segment + 4)
    return length is not None and at + length > size


def _vint(data: bytes, at: int) -> tuple[int | None, int]:
    """An EBML variable-length integer (None: "unknown") and where the next element starts."""
    if at >= len(data) or data[at] == 0:
        return None, at + 1
    width = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    return (None if value == (1 << 7 * width) - 1 else value), at + width
