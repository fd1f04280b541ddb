"""The tables as CSV files and as one workbook (Office Open XML, ISO/IEC 29500).

Neither lets a cell become a formula: in CSV a leading formula character gets an apostrophe (OWASP, "CSV
Injection"), in the workbook every text is a typed string.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from bridge.summary.cells import Cell, Column, Table
from bridge.summary.stored_zip import Member, write_zip
from bridge.summary.tables import heading
from bridge.summary.week import Week
from bridge.summary.words import Words

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet may take for the beginning of a formula, full-width forms included."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_CELL_LIMIT = 32_767
_ROW_LIMIT = 1_000_000


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula when it reads it from a CSV file."""
    text = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_bytes(table: Table, words: Words, week: Week) -> Iterator[bytes]:
    """A table as CSV in pieces: RFC 4180 line ends, UTF-8; `;` and a byte-order mark if the language says so."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=words.say("csv.separator"), lineterminator="\r\n")
    if words.say("csv.mark") == "BOM":
        buffer.write("\N{ZERO WIDTH NO-BREAK SPACE}")
    writer.writerow([heading(column, words, week.seal.starts) for column in table.columns])
    for row in table.rows():
        writer.writerow([_csv_cell(cell) for cell in row])
        if buffer.tell() > 1 << 18:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _csv_cell(cell: Cell) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    return cell if isinstance(cell, int) else harmless(cell)


def write_workbook(
    path: Path, week: Week, words: Words, tables: Sequence[Table], front: Sequence[tuple[str, Cell]], scratch: Path
) -> None:
    """The workbook: a first sheet to read, then one sheet for each table.

    ``front`` are the lines of the first sheet; a line with an empty value is a heading. The rows go through
    files in ``scratch``, so that memory does not grow with them. The parts are packed without compression and
    with a fixed time: another build of zlib must not make another file.
    """
    packed = scratch / "packed.xlsx"
    options = {
        "constant_memory": True,
        "tmpdir": str(scratch),
        "strings_to_numbers": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "remove_timezone": True,
    }
    book = xlsxwriter.Workbook(str(packed), options)
    created = words.moment(week.seal.at).replace(tzinfo=None)
    book.set_properties({"title": words.title(week.seal), "author": week.seal.forum_name[:200], "created": created})
    formats = {
        "title": book.add_format({"bold": True, "font_size": 14, "text_wrap": True, "valign": "top"}),
        "head": book.add_format(
            {"bold": True, "bg_color": "#1F4E5F", "font_color": "#FFFFFF", "text_wrap": True, "valign": "vcenter"}
        ),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top", "align": "left"}),
        "bold": book.add_format({"bold": True, "valign": "top"}),
    }
    _front_sheet(book, week, words, front, tables[0], formats)
    for table in tables[1:]:
        _sheet(book, table, words, week, formats)
    book.close()
    with zipfile.ZipFile(packed) as archive:
        names = sorted(archive.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        parts = [Member.of_bytes(name, archive.read(name)) for name in names]
    with path.open("wb") as out:
        write_zip(out, parts)
    packed.unlink()


def _front_sheet(
    book: Any, week: Week, words: Words, front: Sequence[tuple[str, Cell]], units: Table, formats: Mapping[str, Any]
) -> None:
    sheet = book.add_worksheet(words.say("tables.summary.title"))
    _paper(sheet, words, week)
    for index in range(len(units.columns)):
        sheet.set_column(index, index, {0: 26, 1: 34}.get(index, 12))
    sheet.write_string(0, 0, clipped(week.seal.forum_name), formats["title"])
    sheet.write_string(1, 0, words.title(week.seal), formats["title"])
    row = 3
    for name, value in front:
        _write(sheet, row, 0, name, formats["text"] if value not in ("", None) else formats["bold"], formats)
        _write(sheet, row, 1, value, formats["text"], formats)
        row += 1
    row += 1
    sheet.write_string(row, 0, words.say("tables.units.title"), formats["bold"])
    _rows(sheet, units, words, week, formats, row + 1)


def _sheet(book: Any, table: Table, words: Words, week: Week, formats: Mapping[str, Any]) -> None:
    sheet = book.add_worksheet(words.say(f"tables.{table.key}.title")[:31])
    _paper(sheet, words, week)
    for index, column in enumerate(table.columns):
        sheet.set_column(index, index, min(column.width, 60))
    sheet.freeze_panes(1, 1)
    last = _rows(sheet, table, words, week, formats, 0)
    sheet.autofilter(0, 0, max(last, 1), len(table.columns) - 1)


def _rows(sheet: Any, table: Table, words: Words, week: Week, formats: Mapping[str, Any], first: int) -> int:
    _heads(sheet, table.columns, words, week, formats, first)
    row = first
    for row, cells in enumerate(table.rows(), first + 1):
        if row > _ROW_LIMIT:
            sheet.write_string(row, 0, words.say("more_rows", file=words.say(f"tables.{table.key}.file")))
            break
        for index, cell in enumerate(cells):
            _write(sheet, row, index, cell, formats["text"], formats)
    return row


def _heads(
    sheet: Any, columns: Sequence[Column], words: Words, week: Week, formats: Mapping[str, Any], row: int
) -> None:
    for index, column in enumerate(columns):
        sheet.write_string(row, index, heading(column, words, week.seal.starts), formats["head"])


def _write(sheet: Any, row: int, column: int, cell: Cell, text: Any, formats: Mapping[str, Any]) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, datetime):
        if cell.year >= 1900:
            sheet.write_datetime(row, column, cell.replace(tzinfo=None, microsecond=0), formats["time"])
    elif isinstance(cell, int):
        if abs(cell) < 1 << 53:
            sheet.write_number(row, column, cell, text)
        else:
            sheet.write_string(row, column, str(cell), text)
    else:
        sheet.write_string(row, column, clipped(cell), text)


def clipped(text: str) -> str:
    """A text as a cell can hold it; the whole stands in the CSV file and in the records."""
    text = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
    return text if len(text.encode("utf-16-le")) // 2 <= _CELL_LIMIT else text[: _CELL_LIMIT // 2 - 1] + "…"


def _paper(sheet: Any, words: Words, week: Week) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{words.title(week.seal).replace('&', '&&')}&R&P / &N")
