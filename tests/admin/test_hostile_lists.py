"""Staff lists that break programs: each ends in one sentence, soon, without a traceback and without a change."""

from __future__ import annotations

import functools
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart, Reference

from bridge.admin.staff_list import load_columns, read_list
from bridge.admin.tables import MOST_ROWS, Unreadable, read_tables
from bridge.cli import main
from bridge.lang.roles import load_hints
from bridge.policy.load import load
from tests.admin.books_of_staff import HEADING, csv, rezipped, workbook
from tests.admin.house import House

ROW = ["Sagu Contoh", None, "Camat Citta", None, "2026-01-01"]
SHEET = "xl/worksheets/sheet1.xml"


def imported(house: House, file: Path, *more: str) -> Result:
    before = (house.root / "config" / "roster.yaml").read_bytes()
    arguments = ["roster", "import", str(file), "--config", str(house.file), "--lang", "en", *more]
    done = CliRunner().invoke(main, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    if done.exit_code:
        assert (house.root / "config" / "roster.yaml").read_bytes() == before
    return done


def refused(house: House, file: Path, said: str, *more: str) -> None:
    """One line, which names the file and says what to do."""
    done = imported(house, file, "--write", *more)
    assert (done.exit_code, said in done.output) == (1, True), done.output
    assert done.output.startswith(f"{file}: ")
    assert len(done.output.splitlines()) == 1


def good(path: Path) -> Path:
    return workbook(path, [HEADING, ROW])


def test_a_bomb_is_not_unpacked(house: House, tmp_path: Path) -> None:
    """A few kilobytes that would become gigabytes."""
    file = good(tmp_path / "bomb.xlsx")
    rezipped(file, {"xl/media/zeros.bin": b"\0" * 50_000_000})
    assert file.stat().st_size < 100_000
    refused(house, file, "too large: 40 MB")


def test_a_bomb_that_lies_about_its_size(house: House, tmp_path: Path) -> None:
    """A part that declares less than it holds: no more than it declares is read."""
    file = good(tmp_path / "lies.xlsx")
    rezipped(file, {SHEET: b"<worksheet>" + b" " * 30_000_000 + b"</worksheet>"})
    data = file.read_bytes()
    assert data.count((30_000_023).to_bytes(4, "little")) >= 1
    file.write_bytes(data.replace((30_000_023).to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    refused(house, file, "cannot be opened")


def test_entities_are_not_expanded(house: House, tmp_path: Path) -> None:
    """Billions of laughs; and no file of this machine is read into a name."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    for entity in (f'<!ENTITY l0 "ha">{laughs}', '<!ENTITY l11 SYSTEM "file:///etc/hostname">'):
        file = good(tmp_path / "laughs.xlsx")
        with zipfile.ZipFile(file) as archive:
            sheet = archive.read(SHEET).decode()
        head, _, body = sheet.rpartition("<worksheet")
        assert "Sagu Contoh" in body or "<v>" in body
        cell = '<c r="A9" t="inlineStr"><is><t>&l11;</t></is></c>'
        forged = f"{head}<!DOCTYPE worksheet [{entity}]><worksheet{body}".replace(
            "</sheetData>", f'<row r="9">{cell}</row></sheetData>'
        )
        rezipped(file, {SHEET: forged.encode()})
        done = imported(house, file)
        assert "hahaha" not in done.output
        assert Path("/etc/hostname").read_text().strip() not in done.output.replace(str(tmp_path), "")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"", "cannot be opened"),
        ("a.xlsx", b"PK\x03\x04 and then nothing", "cannot be opened"),
        ("a.csv", b"PK\x03\x04 and then nothing", "cannot be opened"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "old Excel file"),
        ("a.csv", b"Nama;Jabatan\n\x00\x01\x02", "is not text"),
        ("a.csv", b"Nama;Jabatan\n\x81\x8d\x8f;\x90", "is not text"),
        ("a.csv", b"\xff\xfeN", "is not text"),
        ("a.csv", b'Nama;Jabatan\n"Sagu;Camat\n' * 1, "never closed"),
        ("a.csv", b"", "No row holds anything"),
        ("a.csv", b"\n;;;\n , \n", "No heading row"),
        ("a.csv", b"Nama;Jabatan\n", "No row holds anything"),
        ("a.csv", b"satu;dua\ntiga;empat\n", "No heading row"),
        ("a.csv", b"Nama;Jabatan;Mulai\n" + b"A;Camat Citta;2026-01-01\n" * (MOST_ROWS + 1), "more than"),
        ("a.csv", b"x" * 10_000_001, "too large: 10 MB"),
        ("a.docx", b"hello", "neither .csv nor .xlsx"),
    ],
)
def test_what_is_no_list_is_one_sentence(
    house: House, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    """Whatever it is called and whatever is in it."""
    file = tmp_path / name
    file.write_bytes(content)
    refused(house, file, said)


def test_a_file_that_is_not_there(house: House, tmp_path: Path) -> None:
    """Nor is a folder a list."""
    refused(house, tmp_path / "missing.csv", "does not exist")
    done = imported(house, tmp_path)
    assert done.exit_code != 0


def test_a_workbook_of_another_kind(house: House, tmp_path: Path) -> None:
    """A document of a text program is a zip file too."""
    file = tmp_path / "letter.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    refused(house, file, "cannot be opened")


def test_sheets_are_named_and_hidden_ones_left_alone(house: House, tmp_path: Path) -> None:
    """Only what people see is read, unless they ask for more; a wrong name is told with those that there are."""
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "Catatan"
    first.append(["bukan", "daftar"])
    hidden = book.create_sheet("Rahasia")
    hidden.append([*HEADING, "Telepon"])
    hidden.append(["Gaib Contoh", None, "Camat Citta", None, "2026-01-01"])
    hidden.sheet_state = "hidden"
    chart = BarChart()
    chart.add_data(Reference(first, min_col=1, min_row=1))
    book.create_chartsheet("Grafik").add_chart(chart)
    file = tmp_path / "book.xlsx"
    book.save(file)
    refused(house, file, "No heading row")
    refused(house, file, "There is no sheet Pegawai. There are: Catatan", "--sheet", "Pegawai")
    assert imported(house, file, "--sheet", "Rahasia", "--write").exit_code == 0
    assert "Gaib Contoh" in [person.name for person in load(house.root / "config").roster.file.persons]


def test_a_sheet_with_a_million_empty_rows_ends(house: House, tmp_path: Path) -> None:
    """Somebody formatted the last row of Excel; what is between is nothing."""
    file = tmp_path / "long.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADING)
    sheet.append(ROW)
    sheet.cell(1_048_576, 1).number_format = "@"
    sheet.cell(200_000, 1).value = "Pala Contoh"
    sheet.cell(200_000, 3).value = "Camat Ganra"
    sheet.cell(200_000, 5).value = "kapan-kapan"
    book.save(file)
    done = imported(house, file)
    assert "row 200000, column E (TMT Jabatan)" in done.output


def test_merged_cells_without_end(house: House, tmp_path: Path) -> None:
    """A merge over the whole sheet, thousands of merges, merges that overlap."""
    file = good(tmp_path / "merged.xlsx")
    with zipfile.ZipFile(file) as archive:
        sheet = archive.read(SHEET).decode()
    cells = '<mergeCell ref="A1:XFD1048576"/><mergeCell ref="D2:D1048576"/>' + '<mergeCell ref="A2:A9"/>' * 5000
    forged = sheet.replace("</sheetData>", f"</sheetData><mergeCells>{cells}</mergeCells>")
    rezipped(file, {SHEET: forged.encode()})
    done = imported(house, file)
    assert "Sagu Contoh" in done.output


@pytest.mark.parametrize(
    "name",
    [
        '"}]}\n  - {id: palsu, role: leader}',
        "# komentar",
        "- {a: b}",
        "&a *b !c",
        "null",
        "2026-01-01",
        "=HYPERLINK(1)",
        "東京",
        "'\"\\ x",
        "leader",
        "a: b: c",
    ],
)
def test_a_name_is_only_a_name(house: House, tmp_path: Path, name: str) -> None:
    """Nothing that stands in a cell becomes YAML, a role or another person."""
    path = tmp_path / "s.csv"
    quoted = name.replace('"', '""')
    csv(path, f'Nama;Jabatan;Unit;Mulai\n"{quoted}";Camat;"{quoted}";2026-01-01\n')
    done = imported(house, path, "--write")
    assert done.exit_code == 0, done.output
    roster = load(house.root / "config").roster.file
    assert len(roster.persons) == 4
    assert roster.persons[-1].name == " ".join(name.split())
    assert roster.units[-1].name == " ".join(name.split())
    assert [office.role for office in roster.offices].count("leader") == 1


_CELLS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["Camat Citta", "Kepala Dinas", "2026-01-01", "31/12/2026", "@a:b.id", "ya", "#REF!", "=1+1", ""]
    ),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(_CELLS, max_size=8), max_size=6), st.sampled_from([";", ",", "\t"]))
def test_any_rows_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], by: str
) -> None:
    """No content of a file is a crash."""
    path = tmp_path_factory.mktemp("rows") / "s.csv"
    lines = [by.join(HEADING), *(by.join(row) for row in rows)]
    path.write_bytes("\n".join(lines).encode("utf-8", "replace"))
    try:
        read_list(read_tables(path), load_columns(), [load_hints("id"), load_hints("en")], {"head": "head"})
    except Unreadable as error:
        assert error.key.startswith("import.")


@settings(max_examples=30, deadline=None, database=None)
@given(st.data())
def test_any_damage_to_a_workbook_is_survived(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Bytes changed anywhere in it."""
    whole = bytearray(_whole())
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=8)):
        whole[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damage") / "s.xlsx"
    path.write_bytes(bytes(whole))
    try:
        read_list(read_tables(path), load_columns(), [load_hints("id")], {})
    except Unreadable as error:
        assert error.key.startswith("import.")


@functools.cache
def _whole() -> bytes:
    buffer = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADING)
    sheet.append(ROW)
    book.save(buffer)
    return buffer.getvalue()
