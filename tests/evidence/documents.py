"""Documents as people send them: made here, with what can be wrong with them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

WORDS = "Berita acara pembersihan saluran Cabenge"

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_P = "http://schemas.openxmlformats.org/presentationml/2006/main"
_O, _T = (f"urn:oasis:names:tc:opendocument:xmlns:{part}:1.0" for part in ("office", "text"))

MAIN = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "docm": "application/vnd.ms-word.document.macroEnabled.main+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
}
ODF = {
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
PARTS = {"docx": "word/document.xml", "docm": "word/document.xml", "xlsx": "xl/worksheets/sheet1.xml"}


def pdf(words: str = WORDS, *, pages: int = 1, script: bool = False, password: str | None = None) -> bytes:
    """A PDF with these words on every page. An empty ``password`` forbids things but opens for everybody."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for _ in range(pages):
        page = writer.add_blank_page(595, 842)
        fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 72 720 Td ({words}) Tj ET".encode())
        page[NameObject("/Contents")] = writer._add_object(stream)
    if script:
        action = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert('halo');")}
        )
        writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)
    if password is not None:
        writer.encrypt(password, "pemilik", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pdf_bomb() -> bytes:
    """A page whose contents unpack to half a gigabyte."""
    writer = PdfWriter()
    page = writer.add_blank_page(595, 842)
    stream = DecodedStreamObject()
    stream.set_data(b" " * 500_000_000)
    page[NameObject("/Contents")] = writer._add_object(stream.flate_encode(9))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP file with these parts, in this order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in parts.items():
            made.writestr(name, body, zipfile.ZIP_STORED if name == "mimetype" else None)
    return out.getvalue()


def office(kind: str, words: str = WORDS, **more: str | bytes) -> bytes:
    """A docx, docm, xlsx or pptx; ``more`` are parts by their names, written as :func:`_part` reads."""
    part = PARTS.get(kind, "ppt/slides/slide1.xml")
    body = {
        "docx": f'<w:document xmlns:w="{_W}"><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:document>',
        "xlsx": f'<s:worksheet xmlns:s="{_S}"><s:c><s:v>{words}</s:v></s:c></s:worksheet>',
        "pptx": f'<p:sld xmlns:p="{_P}" xmlns:a="{_A}"><a:t>{words}</a:t></p:sld>',
    }["docx" if kind == "docm" else kind]
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/main.xml" ContentType="{MAIN[kind]}"/></Types>'
    )
    extra = {_part(name): data for name, data in more.items()}
    return archive({"[Content_Types].xml": types, part: body, **extra})


def _part(name: str) -> str:
    """`word__vbaProject_bin` is `word/vbaProject.bin`."""
    return ".".join(name.replace("__", "/").rsplit("_", 1))


def odf(kind: str, words: str = WORDS, **more: str | bytes) -> bytes:
    """An odt, ods or odp."""
    content = f'<o:document-content xmlns:o="{_O}" xmlns:x="{_T}"><x:p>{words}</x:p></o:document-content>'
    extra = {_part(name): data for name, data in more.items()}
    return archive({"mimetype": ODF[kind], "content.xml": content, **extra})


def locked_odf() -> bytes:
    """An odt with a password, as its manifest says."""
    name = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    manifest = f'<m:manifest xmlns:m="{name}"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    return archive({"mimetype": ODF["odt"], "content.xml": b"\x8f\x01\x02", "META-INF/manifest.xml": manifest})


def locked_office() -> bytes:
    """How a docx with a password begins: a container of the older kind around one encrypted stream."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le") + bytes(500)


def old_office() -> bytes:
    """How a .doc begins."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "WordDocument".encode("utf-16-le") + bytes(500)


def zip_bomb() -> bytes:
    """A docx of a few hundred kilobytes that unpacks to three hundred megabytes."""
    return office("docx", word__filler_xml=bytes(300_000_000))


def entities() -> bytes:
    """A docx whose words are entities of entities."""
    laughs = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
    body = f'<!DOCTYPE w [<!ENTITY e0 "ha">{laughs}]><w:document xmlns:w="{_W}"><w:t>&e9;</w:t></w:document>'
    types = f'<Types><Override PartName="/word/document.xml" ContentType="{MAIN["docx"]}"/></Types>'
    return archive({"[Content_Types].xml": types, "word/document.xml": body})
