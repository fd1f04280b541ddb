"""Documents: opened as far as is needed to know what they are and that something stands in them.

PDF by pypdf, whose limits on unpacking hold; Office files (ECMA-376) and OpenDocument (ISO/IEC 26300) as what they
are, ZIP files of XML, which is read by defusedxml without entities. Nothing in a document is run. Runs in the
decoding process.
"""

import re
import zipfile
from collections.abc import Iterator
from typing import IO, BinaryIO

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from pypdf import PageObject, PasswordType, PdfReader
from pypdf.errors import LimitReachedError
from pypdf.generic import DictionaryObject

from bridge.evidence.formats import HEAD, OLD_OFFICE, PDF, ZIP
from bridge.evidence.protocol import Findings
from bridge.model.evidence import Limits, Reason, Sign, Verdict

_PARTS, _UNPACKED = 5_000, 200_000_000
"""The most parts that an Office file may have, and the most bytes that they may unpack to."""

_PAGES = 20
"""Pages that are looked at for something to read."""

_LARGEST_LIST = 2_000_000
"""Bytes of the list of contents of an Office file; an honest one has some thousands."""

_TAIL = 4096
_BLOCK = 1 << 16
_PAINTS = re.compile(rb"(?:^|[\s\]>)])(?:Do|BI|sh|f\*?|F|B\*?|b\*?)(?=\s|$)")
"""Operators that put a picture or a filled shape on a page (ISO 32000, annex A)."""

_KINDS = {
    "wordprocessingml.document.main": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "spreadsheetml.sheet.main": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "presentationml.presentation.main": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "presentationml.slideshow.main": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "ms-word.document.macroenabled.main": "application/vnd.ms-word.document.macroenabled.12",
    "ms-excel.sheet.macroenabled.main": "application/vnd.ms-excel.sheet.macroenabled.12",
    "ms-powerpoint.presentation.macroenabled.main": "application/vnd.ms-powerpoint.presentation.macroenabled.12",
}
"""What the main part of an Office file is called in its list of contents, in small letters."""

_ODF = {
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
}
_WORDS = re.compile(r"(?:word/document|xl/sharedstrings|xl/worksheets/[^/]+|ppt/slides/[^/]+|content)\.xml")
"""Parts in which the words of a document stand."""

_TEXTS = {"t", "v", "p", "h", "span", "a"}
"""Elements that hold words and numbers, of both families, without their namespaces."""

_PICTURES = re.compile(r"(?:(?:word|xl|ppt)/(?:media|charts)/|pictures/|object \d+/)[^/]+")
_LOCKED = "EncryptedPackage".encode("utf-16-le")
"""The stream that holds an Office file with a password, in a container of the older kind."""


def judge_document(file: BinaryIO, size: int, mime: str, limits: Limits) -> Findings:
    """Open a file that begins like a document; `mime` is one of `formats.CONTAINERS`."""
    try:
        if mime == PDF:
            return _judge_pdf(file, size)
        if mime == OLD_OFFICE:
            locked = _holds(file, _LOCKED)
            return Findings(verdict=Verdict.LOCKED if locked else Verdict.UNSUPPORTED, mime=mime)
        return _judge_archive(file, size)
    except MemoryError:
        return Findings(verdict=Verdict.BOMB, reason=Reason.MEMORY, mime=mime, retire=True)
    except (LimitReachedError, DefusedXmlException, _TooMuch):
        return Findings(verdict=Verdict.BOMB, reason=Reason.BYTES, mime=mime)
    except Exception:  # parsers of hostile bytes raise everything
        return Findings(verdict=Verdict.TRUNCATED, reason=Reason.DAMAGED, mime=mime)


class _TooMuch(Exception):
    """It would unpack to more than is allowed."""


def _judge_pdf(file: BinaryIO, size: int) -> Findings:
    file.seek(max(0, size - _TAIL))
    if b"%%EOF" not in file.read(_TAIL):
        return Findings(verdict=Verdict.TRUNCATED, reason=Reason.CUT, mime=PDF)
    file.seek(0)
    reader = PdfReader(file)
    # Without a password anybody may read it, whatever else its author has forbidden.
    if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
        return Findings(verdict=Verdict.LOCKED, mime=PDF)
    pages = len(reader.pages)
    shown = any(_shows_something(reader.pages[place]) for place in range(min(pages, _PAGES)))
    signs = (Sign.MACROS,) if _acts(reader.root_object) else ()
    # What is longer than we look says enough by its length.
    verdict = Verdict.OK if shown or pages > _PAGES else Verdict.NO_CONTENT
    return Findings(verdict=verdict, mime=PDF, frames_checked=min(pages, _PAGES), signs=signs)


def _shows_something(page: PageObject) -> bool:
    contents = page.get_contents()
    if contents is None:
        return False
    return bool(_PAINTS.search(contents.get_data())) or bool(page.extract_text().strip())


def _acts(root: DictionaryObject) -> bool:
    """Whether something is to be done when it is opened or touched: a script, a program."""
    opening = root.get("/OpenAction")
    names = root.get("/Names")
    action = opening.get_object() if opening is not None else None
    named = names.get_object() if names is not None else None
    does = isinstance(action, DictionaryObject) and action.get("/S") in ("/JavaScript", "/Launch")
    holds = isinstance(named, DictionaryObject) and "/JavaScript" in named
    return does or holds or "/AA" in root


def _judge_archive(file: BinaryIO, size: int) -> Findings:
    file.seek(0)
    head = file.read(HEAD)
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        begun = b"[Content_Types].xml" in head or b"vnd.oasis.opendocument" in head
        if not begun:
            return Findings(verdict=Verdict.NOT_MEDIA, mime=ZIP)
        return Findings(verdict=Verdict.TRUNCATED, reason=Reason.CUT, mime=ZIP)
    with archive:
        parts = archive.infolist()
        if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED:
            raise _TooMuch
        names = {part.filename.lower(): part for part in parts}
        mime = _office_kind(archive, names) or _odf_kind(archive, names)
        if not mime:
            return Findings(verdict=Verdict.NOT_MEDIA, mime=ZIP)
        if any(part.flag_bits & 1 for part in parts) or _odf_locked(archive, names):
            return Findings(verdict=Verdict.LOCKED, mime=mime)
        for part in parts:
            _read_through(archive, part)
        signs = (Sign.MACROS,) if _has_macros(names) else ()
        verdict = Verdict.OK if _says_something(archive, names) else Verdict.NO_CONTENT
        return Findings(verdict=verdict, mime=mime, signs=signs)


Names = dict[str, zipfile.ZipInfo]
"""The parts of an archive by their names in small letters."""


def _office_kind(archive: zipfile.ZipFile, names: Names) -> str:
    listed = names.get("[content_types].xml")
    if listed is None:
        return ""
    if listed.file_size > _LARGEST_LIST:
        raise _TooMuch
    with archive.open(listed) as part:
        for attributes in _attributes(part):
            content = attributes.get("ContentType", "").lower()
            for main, mime in _KINDS.items():
                if main in content:
                    return mime
    return ""


def _odf_kind(archive: zipfile.ZipFile, names: Names) -> str:
    stated = names.get("mimetype")
    if stated is None or stated.file_size > 200:
        return ""
    mime = archive.read(stated).decode("ascii", "replace").strip()
    return mime if mime in _ODF else ""


def _odf_locked(archive: zipfile.ZipFile, names: Names) -> bool:
    manifest = names.get("meta-inf/manifest.xml")
    if manifest is None:
        return False
    with archive.open(manifest) as part:
        return any(tag == "encryption-data" for tag, _ in _elements(part))


def _has_macros(names: Names) -> bool:
    return any(
        name.endswith("vbaproject.bin") or (name.startswith(("basic/", "scripts/")) and name.endswith(".xml"))
        for name in names
    )


def _says_something(archive: zipfile.ZipFile, names: Names) -> bool:
    if any(_PICTURES.fullmatch(name) for name in names):
        return True
    for name, info in names.items():
        if _WORDS.fullmatch(name):
            with archive.open(info) as part:
                if any(tag in _TEXTS and text.strip() for tag, text in _elements(part)):
                    return True
    return False


def _read_through(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    """To the last byte, which is when its checksum is compared."""
    with archive.open(info) as part:
        while part.read(_BLOCK):
            pass


def _elements(part: IO[bytes]) -> Iterator[tuple[str, str]]:
    """(name without namespace, words) of every element; forgotten as soon as it was seen."""
    for _, element in iterparse(part, forbid_dtd=True):
        yield element.tag.rpartition("}")[2], element.text or ""
        element.clear()


def _attributes(part: IO[bytes]) -> Iterator[dict[str, str]]:
    for _, element in iterparse(part, forbid_dtd=True):
        yield dict(element.attrib)


def _holds(file: BinaryIO, wanted: bytes) -> bool:
    file.seek(0)
    kept = b""
    while block := file.read(_BLOCK):
        if wanted in kept + block:
            return True
        kept = block[-len(wanted) :]
    return False
