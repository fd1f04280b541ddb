"""The rows of a staff list, from a `.csv` or `.xlsx` file that anybody may have made; never raises for its content.

Whatever the file is, reading it is bounded: its size, what it unpacks to, its rows and columns. Values are texts or
dates. A number is the text that Excel shows without a format (a personnel number kept as 1.98e17 comes back as its
digits), a formula is the value that Excel stored with it, and a merged cell has its value in all of its rows.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Protocol, cast

import openpyxl
from openpyxl.utils import column_index_from_string, get_column_letter

LARGEST = 10_000_000
"""Bytes of a file."""
LARGEST_UNPACKED = 40_000_000
"""Bytes of all parts of a workbook together, as its directory declares them; no more than declared is unpacked."""
MOST_PARTS = 2_000
MOST_ROWS = 5_000
MOST_MERGED = 20_000
MOST_COLUMNS = 60
LONGEST_CELL = 1_000

_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ERRORS = frozenset({"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


class Unreadable(Exception):
    """The file as a whole cannot be read: the key of a sentence, and its values."""

    def __init__(self, key: str, **values: str | int | list[str]) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that cannot be read: the key of a sentence, and its values."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


Value = str | date | Fault


@dataclass(frozen=True, slots=True)
class Row:
    """A row with something in it. ``number`` is Excel's row or the file's line; it and columns count from 1."""

    number: int
    cells: Mapping[int, Value]


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of a workbook, or a whole CSV file (``sheet`` is None)."""

    sheet: str | None
    rows: Sequence[Row]


def letter(column: int) -> str:
    """A column as people know it: A, B, ... AA."""
    return get_column_letter(column)


def read_tables(path: Path, sheet: str | None = None) -> tuple[Table, ...]:
    """The tables in a file: every visible sheet, or the one that is named; of CSV one for each possible delimiter.

    Raises :class:`Unreadable`.
    """
    content = _content(path)
    if content.startswith(_OLD_EXCEL):
        raise Unreadable("import.old_excel")
    if content.startswith(b"PK"):
        return tuple(_workbook(content, sheet))
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        raise Unreadable("import.not_workbook")
    if path.suffix.lower() not in (".csv", ".txt", ".tsv"):
        raise Unreadable("import.kind")
    return tuple(_delimited(content))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise Unreadable("import.not_found") from None
    except OSError as error:
        raise Unreadable("import.unreadable", why=error.strerror or "?") from error
    if len(content) > LARGEST:
        raise Unreadable("import.too_large", limit=LARGEST // 1_000_000)
    return content


# CSV


def _delimited(content: bytes) -> Iterator[Table]:
    """The text read with each delimiter that Excel writes in some country; the reader of headings chooses."""
    text = _text(content)
    first, _, rest = text.partition("\n")
    skipped = 0
    if named := re.fullmatch(r"sep=(.)\r?", first):
        # A line that only Excel understands.
        delimiters, text, skipped = [named[1]], rest, 1
    else:
        delimiters = [one for one in (",", ";", "\t") if one in text] or [","]
    found = 0
    for delimiter in delimiters:
        try:
            rows = list(_lines(text, delimiter, skipped))
        except csv.Error:
            continue
        found += 1
        yield Table(None, rows)
    if not found:
        raise Unreadable("import.quote")


def _lines(text: str, delimiter: str, skipped: int) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    count, begins = 0, skipped + 1
    for line in reader:
        cells = {i: value for i, cell in enumerate(line[:MOST_COLUMNS], 1) if (value := _of_text(cell))}
        if cells:
            count += 1
            yield Row(begins, cells)
        if count > MOST_ROWS:
            raise Unreadable("import.too_many_rows", limit=MOST_ROWS)
        # A cell in quotes may hold line breaks: a row begins where the one before ended.
        begins = skipped + reader.line_num + 1


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in content:
        raise Unreadable("import.binary")
    else:
        # What Windows writes where it does not write UTF-8.
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    raise Unreadable("import.binary")


# Workbooks


def _workbook(content: bytes, wanted: str | None) -> Iterator[Table]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise Unreadable("import.too_large", limit=LARGEST_UNPACKED // 1_000_000)
        # Values for what is said, formulas for what Excel never calculated.
        with closing(_opened(content, values=True)) as values, closing(_opened(content, values=False)) as formulas:
            visible = [one.title for one in values.worksheets if one.sheet_state == "visible"]
            if wanted is not None and wanted not in values.sheetnames:
                raise Unreadable("import.sheet_unknown", sheet=wanted, sheets=visible or list(values.sheetnames))
            for title in [wanted] if wanted is not None else visible:
                yield Table(title, list(_rows(cast(_Sheet, values[title]), cast(_Sheet, formulas[title]), content)))
    except Unreadable:
        raise
    except Exception as error:
        # A forged workbook fails anywhere in zipfile, expat and openpyxl, in any manner; its content is not shown.
        raise Unreadable("import.not_workbook") from error


def _opened(content: bytes, *, values: bool) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=values, keep_links=False)


class _Sheet(Protocol):
    """What is used of openpyxl's read-only sheets, which its stubs take for others."""

    def iter_rows(self, *, max_col: int, values_only: bool) -> Iterable[Sequence[object]]: ...


def _rows(values: _Sheet, formulas: _Sheet, content: bytes) -> Iterator[Row]:
    merged = _merged(values, content)
    tops = frozenset(merged.values())
    kept: dict[tuple[int, int], Value] = {}
    count = 0
    both = (sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True) for sheet in (values, formulas))
    for number, (line, written) in enumerate(zip(*both, strict=False), 1):
        if not any(written):
            # Whoever formats whole columns has a million of these.
            continue
        cells: dict[int, Value] = {}
        for column, (value, formula) in enumerate(zip(line, written, strict=False), 1):
            found = _of_cell(value, formula)
            if found:
                cells[column] = found
                if (number, column) in tops:
                    kept[number, column] = found
        if not cells:
            continue
        for column in range(1, MOST_COLUMNS + 1):
            above = merged.get((number, column))
            if above in kept and column not in cells:
                cells[column] = kept[above]
        count += 1
        yield Row(number, cells)
        if count > MOST_ROWS:
            raise Unreadable("import.too_many_rows", limit=MOST_ROWS)


def _merged(sheet: object, content: bytes) -> Mapping[tuple[int, int], tuple[int, int]]:
    """For every cell that is merged into one above it in its own column, where that one is (row, column).

    Cells merged sideways are headings, and count once.
    """
    path = str(getattr(sheet, "_worksheet_path", ""))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        try:
            text = archive.read(path)
        except KeyError:
            return {}
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for match in _MERGED.finditer(text):
        left, top, right, bottom = (part.decode() for part in match.groups())
        column, first, last = column_index_from_string(left), int(top), int(bottom)
        if left != right or column > MOST_COLUMNS or len(found) + last - first > MOST_MERGED:
            continue
        found |= {(row, column): (first, column) for row in range(first + 1, last + 1)}
    return found


def _of_cell(value: object, formula: object) -> Value | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e22:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, str):
        return Fault("import.formula_error", {"value": value}) if value in _ERRORS else _of_text(value)
    if value is None and isinstance(formula, str) and formula.startswith("="):
        return Fault("import.formula")
    return None


def _of_text(text: str) -> Value | None:
    """A text on one line; what cannot be seen is a fault, because nobody could mend it later."""
    if len(text) > LONGEST_CELL:
        return Fault("import.too_long", {"limit": str(LONGEST_CELL)})
    plain = " ".join(text.replace("\ufeff", "").split())
    for character in plain:
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn"):
            return Fault("import.invisible", {"code": f"U+{ord(character):04X}"})
    return plain or None
