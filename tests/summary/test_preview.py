"""A bundle of a preview says so wherever somebody begins to read it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import openpyxl
import pytest

from bridge.model import facts as f
from bridge.summary.export import export_week
from bridge.summary.keys import SigningKey
from bridge.summary.verify import verify
from tests.summary import history, story
from tests.summary.forge import Forged

MARK = {"id": "PRATINJAU", "en": "PREVIEW"}


def of_a_preview(language: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *, preview: bool) -> Path:
    plain = history.Ledger.add

    def add(ledger: history.Ledger, fact: f.AnyFact) -> f.Record:
        if isinstance(fact, f.WeekSealed):
            fact = msgspec.structs.replace(fact, preview=preview)
        return plain(ledger, fact)

    monkeypatch.setattr(history.Ledger, "add", add)
    ledger = story.soppeng(language)
    return export_week(history.Shelf(ledger), "2026-W47", ledger.media, SigningKey(bytes(32)), folder).path


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_beginning_is_marked(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File name, description, page, workbook and instructions; a bundle of the forum has the mark nowhere."""
    mark = MARK[language]
    path = of_a_preview(language, tmp_path, monkeypatch, preview=True)
    files = Forged.of(path).files
    assert mark.lower() in path.name
    assert verify(path).fault == ""
    assert f"External-Description: {mark}: " in files["bag-info.txt"].decode()
    page = next(data.decode() for name, data in files.items() if name.endswith(".html"))
    assert f'<p class="banner">{mark}: ' in page
    readme = next(
        data.decode() for name, data in files.items() if "/" not in name and data.startswith(mark.encode())
    )
    assert readme.startswith(f"{mark}: ")
    (tmp_path / "book.xlsx").write_bytes(next(data for name, data in files.items() if name.endswith(".xlsx")))
    front = openpyxl.load_workbook(tmp_path / "book.xlsx").worksheets[0]
    assert mark in [cell.value for row in front.iter_rows() for cell in row]


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_bundle_of_the_forum_is_not_marked(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark would make an auditor lay it aside."""
    path = of_a_preview(language, tmp_path, monkeypatch, preview=False)
    text = b"".join(data for name, data in Forged.of(path).files.items() if not name.endswith(".xlsx"))
    assert MARK[language].encode() not in text
    assert MARK[language].lower() not in path.name
