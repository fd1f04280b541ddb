"""Names of the media files in a bundle, for people: `foto/L-0007_DLH_2026-11-20_1.jpg`.

Made only of ASCII letters, digits, `-`, `_` and `.`, whatever the roster or a sender wrote, so that they mean the
same on every system, need no escaping in a manifest, and can neither hide an ending nor leave their folder.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from bridge.model.evidence import DOCUMENTS
from bridge.summary.week import EvidenceLine, ReportLine
from bridge.summary.words import Words

ENDINGS = DOCUMENTS | {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/avif": "avif",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/3gpp": "3gp",
}


def plain(text: str, *, limit: int = 24, otherwise: str = "x") -> str:
    """A text as ASCII letters, digits and single hyphens."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", ascii_only).strip("-")[:limit].strip("-") or otherwise


def slug(forum_name: str) -> str:
    """The forum's name in the bundle's file name."""
    return plain(forum_name, limit=40, otherwise="forum").lower()


def padded(number: str) -> str:
    """L-7 as L-0007, so that files sort as people count."""
    letter, _, digits = number.rpartition("-")
    if digits.isascii() and digits.isdigit() and letter:
        return f"{plain(letter, limit=8)}-{digits:>04}"
    return plain(number)


def name_files(
    reports: Sequence[ReportLine], orphans: Sequence[EvidenceLine], words: Words
) -> tuple[list[ReportLine], list[EvidenceLine]]:
    """The same lines with the file name of each medium that this week's bundle shows."""
    taken: set[str] = set()
    named = [replace(report, evidence=tuple(_named(report.evidence, words, taken))) for report in reports]
    return named, _named(orphans, words, taken)


def _folder(mime: str) -> str:
    if mime in DOCUMENTS:
        return "document"
    return "video" if mime.startswith("video/") else "photo"


def _named(lines: Iterable[EvidenceLine], words: Words, taken: set[str]) -> list[EvidenceLine]:
    named = []
    for index, line in enumerate(lines, 1):
        if line.withheld or line.judged is None:
            named.append(line)
            continue
        mime = line.judged.mime
        folder = words.say(f"folders.{_folder(mime)}")
        who = plain(words.unit_short(line.unit) if line.unit else words.say("files.no_unit"))
        number = padded(line.report) if line.report else words.say("files.no_report")
        day = words.moment(line.paired.at if line.paired else line.judged.at).date().isoformat()
        stem, ending = f"{folder}/{number}_{who}_{day}", ENDINGS.get(mime, "bin")
        while f"{stem}_{index}.{ending}".casefold() in taken:
            index += 1
        name = f"{stem}_{index}.{ending}"
        taken.add(name.casefold())
        copy = f"{stem}_{index}_{words.say('files.copy')}.jpg" if line.judged.readable_sha256 else ""
        taken.add(copy.casefold())
        named.append(replace(line, file=name, readable=copy))
    return named
