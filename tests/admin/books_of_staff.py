"""Workbooks and CSV files for tests of `tudang roster import`, as offices and attackers write them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl

HEADING = ["Nama", "NIP", "Jabatan", "Unit Kerja", "TMT Jabatan", "Selesai", "Akun"]


def workbook(
    path: Path, rows: Sequence[Sequence[object]], *, title: str = "Pegawai", merged: Sequence[str] = ()
) -> Path:
    """A workbook with one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for cells in merged:
        sheet.merge_cells(cells)
    book.save(path)
    return path


def csv(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """A text file."""
    path.write_bytes(text.encode(encoding))
    return path


def rezipped(path: Path, changed: Mapping[str, bytes]) -> Path:
    """The workbook with some of its parts replaced or added."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in {**parts, **changed}.items():
            new.writestr(name, data)
    path.write_bytes(buffer.getvalue())
    return path
