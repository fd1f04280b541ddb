"""Files as strangers send them: the good ones come from the rehearsal, the bad ones are made here.

Other tests that need an honest picture import `photo`, `album` and `clip` from here.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from fractions import Fraction

import av
from PIL import ExifTags, Image

from bridge.rehearsal.pictures import album, clip, film, photo, scene

__all__ = ["album", "clip", "film", "photo", "scene"]


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    """A picture as a file of this kind (Pillow's name)."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def animation(kind: str) -> bytes:
    """Three frames of different scenes as GIF, WEBP or PNG (that is APNG)."""
    first, *more = [scene(f"animation {part}", (600, 450)) for part in range(3)]
    return encoded(first, kind, save_all=True, append_images=more, duration=200)


def png(width: int, height: int, *extra: bytes, bits: int = 1) -> bytes:
    """A black grey-scale PNG written by hand, so that its size costs nobody memory; `extra` are whole chunks."""
    packer = zlib.compressobj(1)
    row = bytes(1 + (width * bits + 7) // 8)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    chunks = [png_chunk(b"IHDR", header), *extra, png_chunk(b"IDAT", rows), png_chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """One PNG chunk with its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def text_bomb(kind: str) -> bytes:
    """A PNG whose compressed comment (zTXt or iTXt) unpacks to 50 MB."""
    packed = zlib.compress(b"a" * 50_000_000)
    body = b"Comment\0\0" + packed if kind == "zTXt" else b"Comment\0\1\0\0\0" + packed
    return png(800, 600, png_chunk(kind.encode(), body))


def with_exif(picture: bytes, exif: bytes) -> bytes:
    """A JPEG with this TIFF structure put in as its EXIF segment."""
    payload = b"Exif\0\0" + exif
    return picture[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + picture[2:]


def strange_exifs() -> dict[str, bytes]:
    """EXIF structures that no camera writes. (A TIFF entry is tag, type, count, value or offset.)"""
    head = b"II*\0\x08\0\0\0"
    exif_pointer = ExifTags.IFD.Exif.value

    def directory(*entries: tuple[int, int, int, int], after: int = 0) -> bytes:
        packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
        return struct.pack("<H", len(entries)) + packed + struct.pack("<I", after)

    deep = head + b"".join(
        directory((exif_pointer, 4, 1, 8 + 18 * (level + 1)), after=8 + 18 * (level + 1)) for level in range(3000)
    )
    return {
        "points at itself": head + directory((exif_pointer, 4, 1, 8), after=8),
        "three thousand levels": deep,
        "promises 65535 entries": head + b"\xff\xff" + b"\x9a\x82\x05\0\xff\xff\xff\xff\x08\0\0\0" * 4000,
        "points outside": head + directory((exif_pointer, 4, 1, 0xFFFFFFF0)),
        "a date that is a number": head + directory((exif_pointer, 4, 1, 26)) + directory((36867, 4, 1, 7)),
        "ends at once": b"II*\0",
        "is noise": bytes(range(256)) * 200,
    }


def sound_only() -> bytes:
    """An MP4 with one second of sound and no picture."""
    out = io.BytesIO()
    with av.open(out, mode="w", format="mp4") as writer:
        stream = writer.add_stream("aac", rate=48000)
        assert isinstance(stream, av.AudioStream)
        for number in range(48):
            frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.rate, frame.pts, frame.time_base = 48000, number * 1024, Fraction(1, 48000)
            writer.mux(stream.encode(frame))
        writer.mux(stream.encode())
    return out.getvalue()


def turned(video: bytes) -> bytes:
    """The MP4 with the note that phones write when they are held upright: show it a quarter turn clockwise."""
    # Before the matrix in the track header (ISO/IEC 14496-12): name, version and flags, five words, 16 bytes.
    at = video.index(b"tkhd") + 4 + 4 + 5 * 4 + 16
    matrix = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    return video[:at] + matrix + video[at + len(matrix) :]


def archive_of(text: str) -> bytes:
    """A ZIP file with one small text."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        pack.writestr("read.me", text)
    return out.getvalue()
