"""Copies for readers, and documents, in the bundle: beside the evidence, named for people, and no evidence."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bridge.summary.export import export_week
from bridge.summary.keys import SigningKey
from bridge.summary.verify import FAULTY, INTACT, verify
from tests.evidence import documents
from tests.summary.forge import Forged
from tests.summary.history import Ledger, Shelf, at, head_of_unit, picture

DLH = head_of_unit("DLH")
HEIC = b"\0\0\0\x18ftypheic and the rest of a photo"
COPY = picture(7)


@pytest.fixture
def key() -> SigningKey:
    return SigningKey(bytes(range(32)))


@pytest.fixture
def path(key: SigningKey, tmp_path: Path) -> Path:
    """A week with one photo of an iPhone and one document."""
    ledger = Ledger()
    ledger.report("L-1", DLH, at(16, 9), "Saluran sudah bersih")
    ledger.photo("L-1", DLH, at(16, 9, 5), HEIC, mime="image/heic", copy=COPY)
    ledger.photo("L-1", DLH, at(16, 9, 6), documents.pdf(), mime="application/pdf")
    ledger.seal("2026-W47", at(16, 0), at(23, 0))
    return export_week(Shelf(ledger), "2026-W47", ledger.media, key, tmp_path).path


def test_the_original_is_kept_and_the_copy_is_marked(path: Path) -> None:
    """Both under the report's number; the page shows the copy and leads to the original; both hashes are told."""
    files = Forged.of(path).files
    assert files["data/foto/L-0001_DLH_2026-11-16_1.heic"] == HEIC
    assert files["data/foto/L-0001_DLH_2026-11-16_1_turunan.jpg"] == COPY
    assert files["data/dokumen/L-0001_DLH_2026-11-16_2.pdf"] == documents.pdf()
    page = files["data/ringkasan.html"].decode()
    assert '<a href="foto/L-0001_DLH_2026-11-16_1.heic"><img src="foto/L-0001_DLH_2026-11-16_1_turunan.jpg"' in page
    assert "Salinan JPEG untuk dibaca; aslinya foto/L-0001_DLH_2026-11-16_1.heic" in page
    assert '<a href="dokumen/L-0001_DLH_2026-11-16_2.pdf">' in page
    table = files["data/bukti.csv"].decode()
    assert hashlib.sha256(HEIC).hexdigest() in table and hashlib.sha256(COPY).hexdigest() in table
    assert "bukan bukti" in files["BACA-DULU.txt"].decode()


def test_verify_checks_the_copy_and_says_what_it_is(path: Path, key: SigningKey) -> None:
    """Its hash is in the records; that it shows what the original shows is not claimed."""
    verdict = verify(path, known=key.fingerprint)
    assert verdict.code == INTACT
    assert [line for line in verdict.details if "salinan JPEG" in line and "buktinya berkas asli" in line]


def test_another_copy_in_its_place_is_found(path: Path, key: SigningKey, tmp_path: Path) -> None:
    """As for any photo."""
    forged = Forged.of(path)
    forged.files["data/foto/L-0001_DLH_2026-11-16_1_turunan.jpg"] = picture(8)
    verdict = verify(forged.write(tmp_path), known=key.fingerprint)
    assert verdict.code == FAULTY


def test_without_its_copy_the_photo_is_still_there(key: SigningKey, tmp_path: Path) -> None:
    """The page shows the original then, and the loss is named."""
    ledger = Ledger()
    ledger.report("L-1", DLH, at(16, 9), "Saluran sudah bersih")
    ledger.photo("L-1", DLH, at(16, 9, 5), HEIC, mime="image/heic", copy=COPY)
    ledger.seal("2026-W47", at(16, 0), at(23, 0))
    del ledger.archive[hashlib.sha256(COPY).hexdigest()]
    done = export_week(Shelf(ledger), "2026-W47", ledger.media, key, tmp_path)
    files = Forged.of(done.path).files
    assert '<img src="foto/L-0001_DLH_2026-11-16_1.heic"' in files["data/ringkasan.html"].decode()
    assert done.missing == ("foto/L-0001_DLH_2026-11-16_1_turunan.jpg",)
    assert verify(done.path, known=key.fingerprint).code == INTACT
