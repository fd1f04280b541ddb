"""What the inspection says of documents, honest and hostile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.evidence.inspect import Inspector
from bridge.model.evidence import DOCUMENTS, Inspection, Reason, Sign, Verdict
from tests.evidence import documents


async def looked(inspector: Inspector, folder: Path, data: bytes) -> Inspection:
    path = folder / "file"
    path.write_bytes(data)
    return await inspector.inspect(path, "application/octet-stream")


@pytest.mark.parametrize("kind", ["pdf", "docx", "xlsx", "pptx", "docm", "odt", "ods", "odp"])
async def test_an_honest_document_is_read(inspector: Inspector, tmp_path: Path, kind: str) -> None:
    """Its kind comes from its bytes, whatever it was called."""
    if kind == "pdf":
        data = documents.pdf()
    else:
        data = documents.odf(kind) if kind in documents.ODF else documents.office(kind)
    found = await looked(inspector, tmp_path, data)
    assert (found.verdict, DOCUMENTS[found.mime], found.signs) == (Verdict.OK, kind, ())


@pytest.mark.parametrize(
    "data",
    [
        documents.pdf(""),
        documents.pdf("   ", pages=3),
        documents.office("docx", " "),
        documents.office("xlsx", ""),
        documents.office("pptx", ""),
        documents.odf("odt", " "),
    ],
)
async def test_a_document_in_which_nothing_stands_proves_nothing(
    inspector: Inspector, tmp_path: Path, data: bytes
) -> None:
    """Blank pages and empty sheets have a verdict of their own."""
    assert (await looked(inspector, tmp_path, data)).verdict is Verdict.NO_CONTENT


async def test_a_document_of_pictures_says_something(inspector: Inspector, tmp_path: Path) -> None:
    """Scanned letters hold no words."""
    found = await looked(inspector, tmp_path, documents.office("docx", "", word__media__image1_jpeg=b"\xff\xd8"))
    assert found.verdict is Verdict.OK


@pytest.mark.parametrize(
    "make", [lambda: documents.pdf(password="rahasia"), documents.locked_office, documents.locked_odf]
)
async def test_what_has_a_password_is_locked(
    inspector: Inspector, tmp_path: Path, make: Callable[[], bytes]
) -> None:
    """Nobody else could read it either."""
    assert (await looked(inspector, tmp_path, make())).verdict is Verdict.LOCKED


async def test_a_pdf_that_only_forbids_printing_is_read(inspector: Inspector, tmp_path: Path) -> None:
    """It opens without a password, as official letters often do."""
    assert (await looked(inspector, tmp_path, documents.pdf(password=""))).verdict is Verdict.OK


@pytest.mark.parametrize(
    "data",
    [
        documents.office("docm", word__vbaProject_bin=b"\0"),
        documents.office("docx", word__vbaProject_bin=b"\0"),
        documents.odf("ods", Basic__Standard__Module1_xml="<m/>"),
        documents.pdf(script=True),
    ],
)
async def test_small_programs_are_noticed(inspector: Inspector, tmp_path: Path, data: bytes) -> None:
    """They are never run here; whoever opens the file knows of them."""
    found = await looked(inspector, tmp_path, data)
    assert (found.verdict, found.signs) == (Verdict.OK, (Sign.MACROS,))


@pytest.mark.parametrize("make", [documents.zip_bomb, documents.entities, documents.pdf_bomb])
async def test_a_bomb_is_not_unpacked(inspector: Inspector, tmp_path: Path, make: Callable[[], bytes]) -> None:
    """A few hundred kilobytes that would become hundreds of megabytes; and the next file is judged."""
    data = make()
    assert len(data) < 1_000_000
    assert (await looked(inspector, tmp_path, data)).verdict is Verdict.BOMB
    assert (await looked(inspector, tmp_path, documents.pdf())).verdict is Verdict.OK


@pytest.mark.parametrize("kept", [0.5, 0.9])
@pytest.mark.parametrize("data", [documents.pdf(pages=40), documents.office("docx"), documents.odf("odt")])
async def test_a_cut_document_does_not_count(
    inspector: Inspector, tmp_path: Path, data: bytes, kept: float
) -> None:
    """The end of a PDF and the list of a ZIP file stand last."""
    found = await looked(inspector, tmp_path, data[: int(len(data) * kept)])
    assert (found.verdict, found.reason) == (Verdict.TRUNCATED, Reason.CUT)


async def test_a_part_with_other_bytes_is_damaged(inspector: Inspector, tmp_path: Path) -> None:
    """Its checksum says so."""
    whole = documents.odf("odt", notes_txt=bytes(range(256)) * 20)
    at = whole.index(b"notes.txt") + 40
    found = await looked(inspector, tmp_path, whole[:at] + bytes(20) + whole[at + 20 :])
    assert (found.verdict, found.reason) == (Verdict.TRUNCATED, Reason.DAMAGED)


async def test_an_older_office_file_is_unsupported(inspector: Inspector, tmp_path: Path) -> None:
    """It is a document, but of a kind that is not read."""
    assert (await looked(inspector, tmp_path, documents.old_office())).verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(
    "data",
    [documents.archive({"a.txt": "a"}), documents.archive({"AndroidManifest.xml": "x", "classes.dex": "dex"})],
)
async def test_an_archive_of_something_else_is_no_document(
    inspector: Inspector, tmp_path: Path, data: bytes
) -> None:
    """A folder or a program of a telephone, packed."""
    found = await looked(inspector, tmp_path, data)
    assert (found.verdict, found.mime) == (Verdict.NOT_MEDIA, "application/zip")
