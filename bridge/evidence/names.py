"""Names for people: what a file is called in an export, whatever its sender called it.

`L-0007_DLH_2026-11-20_1.jpg` says which report, which unit, which day, which of its pictures. Nothing in it
comes from a client; unit names come from a roster that people write, so they are made safe for every file
system, archive format and terminal.
"""

import unicodedata
from datetime import date

_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/avif": "avif",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "video/x-msvideo": "avi",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/x-wav": "wav",
    "application/pdf": "pdf",
}
# Names that Windows gives to devices, with or without an extension.
_DEVICES = {"CON", "PRN", "AUX", "NUL"} | {f"{port}{n}" for port in ("COM", "LPT") for n in range(10)}
_LONGEST = 60


def evidence_name(letter: str, number: int, unit: str, day: date, index: int, mime: str) -> str:
    """The name of one picture in an export.

    `letter` and `number` are the report's (`L`, 7), `unit` the unit's short name, `day` the forum's local date,
    `index` counts the report's pictures from 1, `mime` is the real type (`Inspection.mime`), from which
    the extension comes. The result is one path component of at most 255 bytes.
    """
    return f"{safe(letter)}-{number:04d}_{safe(unit)}_{day.isoformat()}_{index}.{extension(mime)}"


def extension(mime: str) -> str:
    """The usual extension of a MIME type, without dot; `bin` for a type that has none here."""
    return _EXTENSIONS.get(mime, "bin")


def safe(text: str) -> str:
    """`text` as a part of a file name: letters, digits and single hyphens, at most 60 bytes of UTF-8.

    Separators, dots, control characters, direction overrides, zero-width characters and everything else become
    hyphens or vanish; `x` if nothing is left. Letters of any script stay, in composed form (NFC), so that the
    name is the same bytes on every system.
    """
    # Invisible characters (control, format: bidi overrides, zero-width) vanish; the rest becomes a hyphen.
    visible = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) not in ("Cc", "Cf"))
    kept = "".join(c if c.isalnum() else _mark_or_hyphen(c) for c in visible)
    words = "-".join(word for word in kept.split("-") if word)
    short = words.encode()[:_LONGEST].decode(errors="ignore").strip("-")
    # Upper case by itself can lengthen a letter, so it is only compared.
    return f"{short}-" if short.upper() in _DEVICES else short or "x"


def _mark_or_hyphen(character: str) -> str:
    # Vowel signs of Indic and Southeast Asian scripts are marks, not letters.
    return character if unicodedata.category(character) in ("Mn", "Mc") else "-"
