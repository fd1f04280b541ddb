"""`tudang roster import`: what a staff list says gets into the roster, and a fault in it is said with its cell."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import main
from bridge.policy import stamp
from bridge.policy.load import load
from bridge.policy.roster import RosterFile
from tests.admin.books_of_staff import HEADING, csv, workbook
from tests.admin.house import House

PLAIN = "Nama;NIP;Jabatan;Unit Kerja;TMT Jabatan;Selesai;Akun\n"


def imported(house: House, file: Path, *more: str, lang: str = "en") -> Result:
    arguments = ["roster", "import", str(file), "--config", str(house.file), "--lang", lang, *more]
    return CliRunner().invoke(main, arguments)


def roster(house: House) -> RosterFile:
    return load(house.root / "config").roster.file


def text(house: House) -> str:
    return (house.root / "config" / "roster.yaml").read_text()


def offices(house: House) -> set[tuple[str, str, str | None, date, date | None, bool]]:
    return {(o.person, o.role, o.unit, o.begins, o.ends, o.acting) for o in roster(house).offices}


def faults(result: Result) -> list[str]:
    """The lines that name a cell."""
    return [line for line in result.output.splitlines() if ", row " in line or ", baris " in line]


def test_a_list_first_as_a_plan_then_in_the_roster(house: House, tmp_path: Path) -> None:
    """New people, units, offices and accounts; the comments of the roster stay, and it takes force."""
    path = house.root / "config" / "roster.yaml"
    path.write_text("# ours\n" + path.read_text().replace("units:", "units:   # all of them"))
    before = text(house)
    file = csv(
        tmp_path / "staff.csv",
        PLAIN
        + "Melati Contoh, M.Kes.;196501011990012001;Kepala Dinas;Dinas Kesehatan;01/12/2026;;@melati:contoh.id\n"
        "Enau Contoh;;Plt. Camat Citta;;2026-12-01;31 Desember 2026;\n",
    )
    plan = imported(house, file)
    assert plan.exit_code == 0, plan.output
    assert "This is a plan" in plan.output
    assert "+ Melati Contoh, M.Kes. (melati-contoh)" in plan.output
    assert text(house) == before
    done = imported(house, file, "--write")
    assert done.exit_code == 0, done.output
    assert plan.output.splitlines()[:-1] == done.output.splitlines()[:-1]
    after = text(house)
    assert after.startswith("# ours\nunits:   # all of them\n")
    assert stamp.author_of(after.encode())
    assert stamp.bare(after.encode()).decode().replace("\n", " ").count("  - {") == before.count("  - {") + 6
    assert ("melati-contoh", "head", "dinas-kesehatan", date(2026, 12, 1), None, False) in offices(house)
    assert ("enau-contoh", "subdistrict_head", "citta", date(2026, 12, 1), date(2026, 12, 31), True) in offices(
        house
    )
    units = {unit.id: (unit.name, unit.kind) for unit in roster(house).units}
    assert units["dinas-kesehatan"] == ("Dinas Kesehatan", "agency")
    assert units["citta"] == ("Citta", "subdistrict")
    assert CliRunner().invoke(main, ["policy", "check", str(house.root / "config")]).exit_code == 0
    again = imported(house, file, "--write")
    assert "nothing changes" in again.output
    assert text(house) == after


def test_personal_numbers_are_not_copied(house: House, tmp_path: Path) -> None:
    """Neither a personnel number nor a phone number gets into the roster, not even in an id."""
    file = csv(
        tmp_path / "staff.csv",
        "Nama;NIP Baru;No. HP;Jabatan;TMT\nSagu Contoh;19650101 199001 2 001;081234567890;Camat Citta;2026-01-01\n",
    )
    done = imported(house, file, "--write")
    assert done.exit_code == 0, done.output
    assert "not copied" in done.output
    assert "sagu-contoh" in text(house)
    for number in ("1965", "0812", "199001"):
        assert number not in text(house)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_csv_as_any_excel_writes_it(house: House, tmp_path: Path, encoding: str, delimiter: str) -> None:
    """Delimiters, byte order marks and encodings; names with the other delimiter, quotes and accents in them."""
    rows = [
        ["Nama", "Jabatan", "Mulai"],
        ['"Renée ""Ré"" Contoh, S.T.; M.T."', "Kepala Dinas Sosial", "2026-01-01"],
    ]
    content = "\r\n".join(delimiter.join(row) for row in rows)
    done = imported(house, csv(tmp_path / "staff.csv", content, encoding), "--write")
    assert done.exit_code == 0, done.output
    assert [one.name for one in roster(house).persons][-1] == 'Renée "Ré" Contoh, S.T.; M.T.'


def test_the_line_that_only_excel_understands(house: House, tmp_path: Path) -> None:
    """`sep=;` before the heading."""
    file = csv(tmp_path / "staff.csv", "sep=;\nNama;Jabatan;Mulai\nSagu Contoh;Kepala Dinas Sosial;besok\n")
    seen = imported(house, file)
    assert faults(seen)[0].startswith(f"{file}, row 3, column C (Mulai): `besok`".replace("`", ""))


def test_a_workbook_as_offices_make_it(house: House, tmp_path: Path) -> None:
    """A title above, numbered columns, merged cells, empty rows, dates, numbers that are texts, formulas."""
    file = workbook(
        tmp_path / "staff.xlsx",
        [
            ["DAFTAR PEJABAT", None, None, None, None],
            [],
            ["No", *HEADING[:5]],
            [1, 2, 3, 4, 5, 6],
            [1, "Sagu Contoh", 1.96501011990012e17, "Kepala Dinas", "Dinas Sosial", datetime(2026, 1, 1)],
            [2, "Nipah Contoh", "19700101", "Plt. Kepala Dinas", None, 46023],
            [],
            [3, "Pala Contoh", None, "Tenaga Ahli", "Sekretariat", date(2026, 3, 1)],
        ],
        merged=["A1:E1", "E5:E6"],
    )
    done = imported(house, file, "--write")
    assert done.exit_code == 0, done.output
    assert {office[:4] for office in offices(house)} >= {
        ("sagu-contoh", "head", "dinas-sosial", date(2026, 1, 1)),
        ("nipah-contoh", "head", "dinas-sosial", date(2026, 1, 1)),
        ("pala-contoh", "expert", None, date(2026, 3, 1)),
    }
    assert "E17" not in text(house) and "1965" not in text(house)


def test_a_formula_is_its_value_or_a_fault(house: House, tmp_path: Path) -> None:
    """What Excel stored counts; what was never calculated, or failed, is said with its cell."""
    file = workbook(
        tmp_path / "staff.xlsx",
        [
            HEADING,
            ['="Sagu "&"Contoh"', None, "Kepala Dinas Sosial", None, "2026-01-01"],
            ["#REF!", None, "Camat Citta"],
        ],
    )
    seen = imported(house, file)
    assert seen.exit_code == 1
    first, second, *_ = faults(seen)
    assert first == (
        f"{file}, sheet Pegawai, row 2, column A (Nama): This formula has no stored result. Open the file in "
        "Excel, save, and try again, or write the value instead."
    )
    assert "row 3, column A (Nama): The formula here failed (#REF!)" in second


def test_every_fault_is_told_at_once_with_its_place(house: House, tmp_path: Path) -> None:
    """File, row, column, and what to write instead; nothing is written while there is one."""
    before = text(house)
    file = csv(
        tmp_path / "staff.csv",
        "ID;Nama;Jabatan;Peran;Unit;Mulai;Selesai;Akun;Plt\n"
        ";;Camat Citta;;;2026-01-01;;;\n"
        ";A Contoh;;;;2026-01-01;;;\n"
        "Bu Ani;B Contoh;Camat Ganra;;;2026-01-01;;;\n"
        ";C Contoh;Camat Ganra;;;31/02/2026;;;\n"
        ";D Contoh;Camat Ganra;;;2026-05-01;2026-04-01;;\n"
        ";E Contoh;Camat Ganra;;;2026-05-01;;e@contoh.id;\n"
        ";F Contoh;;raja;;2026-05-01;;;\n"
        ";G Contoh;;head;;2026-05-01;;;\n"
        ";H Contoh;Camat Ganra;;;;;;\n"
        ";I Contoh;Camat Ganra;;;2026-05-01;;;mungkin\n"
        ";J\u202e Contoh;Camat Ganra;;;2026-05-01;;;\n"
        f";{'K' * 121};Camat Ganra;;;2026-05-01;;;\n"
        ";L Contoh;;tamu;dlh;2026-05-01;;;\n",
    )
    seen = imported(house, file, "--write")
    assert seen.exit_code == 1
    places = [(line.split(", ")[1], line.split(", ")[2].split(":")[0]) for line in faults(seen)]
    assert places == [
        ("row 2", "column B (Nama)"),
        ("row 3", "column C (Jabatan)"),
        ("row 4", "column A (ID)"),
        ("row 5", "column F (Mulai)"),
        ("row 6", "column G (Selesai)"),
        ("row 7", "column H (Akun)"),
        ("row 8", "column D (Peran)"),
        ("row 9", "column E (Unit)"),
        ("row 10", "column F (Mulai)"),
        ("row 11", "column I (Plt)"),
        ("row 12", "column B (Nama)"),
        ("row 13", "column B (Nama)"),
        ("row 14", "column D (Peran)"),
    ]
    assert "13 to mend; nothing was changed." in seen.output
    assert text(house) == before


def test_what_the_roster_itself_refuses_is_told_at_its_row(house: House, tmp_path: Path) -> None:
    """The check of the roster sees the whole; its sentence stands at the row from which the line came."""
    file = csv(
        tmp_path / "staff.csv",
        PLAIN + "Sagu Contoh;;Kepala Dinas;Dinas Sosial;2026-01-01;;@sagu:contoh.id\n"
        "Nipah Contoh;;Kepala Dinas;Dinas Perhubungan;2026-01-01;;\n"
        "Pala Contoh;;Kepala Dinas;Dinas Sosial;2026-02-01;;\n",
    )
    seen = imported(house, file)
    assert seen.exit_code == 0
    assert any("row 4" in line and "`sagu-contoh`" in line and "heads this unit" in line for line in faults(seen))


def test_indonesian_sentences(house: House, tmp_path: Path) -> None:
    """The same faults in the forum's own language."""
    seen = imported(house, csv(tmp_path / "s.csv", PLAIN + "Sagu;;Camat Citta;;besok;;\n"), lang="id")
    assert faults(seen) == [
        f"{tmp_path}/s.csv, baris 2, kolom E (TMT Jabatan): besok bukan tanggal. Tulis 2026-11-20 atau 20/11/2026."
    ]


# Who is who


def test_people_and_units_that_are_there_are_found_again(house: House, tmp_path: Path) -> None:
    """By name with titles, by any name of a unit, by account: nobody stands twice, and a last day is taken over."""
    file = csv(
        tmp_path / "staff.csv",
        PLAIN + "DR. Hj. KEPALA CONTOH, S.T., M.Si.;;Kepala DLH;;2025-01-01;2026-12-31;@dlh:contoh.id\n"
        "Bupati Contoh;;Bupati;;2025-01-01;;@bupati:contoh.id\n"
        "Somebody Else;;Tenaga Ahli;;2025-01-01;;@ahli:contoh.id\n",
    )
    done = imported(house, file, "--write")
    assert done.exit_code == 0, done.output
    changes = [line for line in done.output.splitlines() if line[:2] in ("+ ", "- ", "~ ")]
    assert changes == ["- Head of Agency DLH ends 2026-12-31: Kepala Contoh"]
    assert ("dlh", "head", "dlh", date(2025, 1, 1), date(2026, 12, 31), False) in offices(house)


def test_a_slip_of_the_fingers_is_asked_about(house: House, tmp_path: Path) -> None:
    """A name or unit that is nearly one of the roster is new, but people are told to look."""
    file = csv(tmp_path / "s.csv", PLAIN + "Kepala Conto;;Kepala Dinas;Dinas Lingkungan Hidpu;2026-01-01;;\n")
    seen = imported(house, file)
    assert seen.exit_code == 0
    assert "Did you mean Kepala Contoh?" in seen.output
    assert "Did you mean Dinas Lingkungan Hidup?" in seen.output


def test_two_people_of_one_name_are_not_taken_for_one(house: House, tmp_path: Path) -> None:
    """Two personnel numbers: the list has to tell them apart; one number in two offices is one person."""
    two = csv(
        tmp_path / "two.csv",
        PLAIN
        + "Sagu;196501011990012001;Camat Citta;;2026-01-01;;\nSagu;197001011990012001;Camat Ganra;;2026-01-01;;\n",
    )
    seen = imported(house, two)
    assert seen.exit_code == 1
    assert "row 3, column B (NIP): The name Sagu occurs with two personnel numbers (see row 2)" in seen.output
    one = csv(tmp_path / "one.csv", two.read_text().replace("1970", "1965"))
    assert imported(house, one, "--write").exit_code == 0
    assert len([office for office in offices(house) if office[0] == "sagu"]) == 2
    shown = csv(tmp_path / "shown.csv", two.read_text().replace("196501011990012001", "1,96501E+17"))
    assert "personnel numbers" not in imported(house, shown).output


def test_an_account_is_not_replaced_by_a_list(house: House, tmp_path: Path) -> None:
    """Whoever has one keeps it; the row says what to do."""
    before = text(house)
    file = csv(tmp_path / "s.csv", PLAIN + "Kepala Contoh;;Kepala DLH;;2025-01-01;;@baru:contoh.id\n")
    seen = imported(house, file, "--write")
    assert "Kepala Contoh already uses @dlh:contoh.id; @baru:contoh.id was not added" in seen.output
    assert text(house) == before


@pytest.mark.parametrize(
    ("position", "role"),
    [
        ("Bupati Soppeng", "leader"),
        ("Wakil Bupati", "deputy"),
        ("Pj. Sekretaris Daerah Kabupaten", "secretary"),
        ("Plt. Kepala Dinas Sosial", "head"),
        ("Direktur RSUD", "head"),
        ("Camat Citta", "subdistrict_head"),
        ("Staf Ahli Bupati Bidang Hukum", "expert"),
        ("Mayor", "leader"),
        ("Deputy Mayor", "deputy"),
        ("Wakil Direktur RSUD", None),
        ("Asisten Bupati Bidang Pemerintahan", None),
        ("Ajudan Bupati", None),
        ("Sekretaris Dinas Sosial", None),
        ("Kepala Bidang Perikanan", None),
        ("Pengemudi", None),
    ],
)
def test_a_position_gives_an_office_only_when_it_is_one(
    house: House, tmp_path: Path, position: str, role: str | None
) -> None:
    """Nobody gets to give orders because a leader's office is mentioned; who holds none of ours is left out."""
    file = csv(tmp_path / "s.csv", f"Nama,Jabatan,Unit,Mulai\nSagu Contoh,{position},Kantor,2026-01-01\n")
    done = imported(house, file, "--write")
    assert done.exit_code == 0, done.output
    assert [office[1] for office in offices(house) if office[0] == "sagu-contoh"] == ([role] if role else [])
    assert ("may give orders" in done.output) == (role in ("leader", "deputy", "secretary"))
    assert ("left out" in done.output) == (role is None)


# Who ends


def test_nobody_ends_for_being_absent(house: House, tmp_path: Path) -> None:
    """They are named; only who asks for it ends them, and only offices of the kinds that are in the list."""
    file = csv(tmp_path / "s.csv", PLAIN + "Sagu Contoh;;Kepala Dinas;Dinas Sosial;2026-01-01;;\n")
    seen = imported(house, file)
    assert "1 person of roster.yaml is not in this file and is not changed: Kepala Contoh." in seen.output
    done = imported(house, file, "--end-missing", "2026-12-31", "--write")
    assert done.exit_code == 0, done.output
    ended = {office[0] for office in offices(house) if office[4] == date(2026, 12, 31)}
    assert ended == {"dlh"}


def test_a_first_day_for_all(house: House, tmp_path: Path) -> None:
    """A list without dates needs one."""
    file = csv(tmp_path / "s.csv", "Nama;Jabatan\nSagu Contoh;Camat Citta\n")
    assert "or give --from" in imported(house, file).output
    assert imported(house, file, "--from", "1/1/2026", "--write").exit_code == 0
    assert ("sagu-contoh", "subdistrict_head", "citta", date(2026, 1, 1), None, False) in offices(house)
    assert "is no date" in imported(house, file, "--from", "soon").output


# The roster that is there


def test_a_roster_whose_comments_would_be_lost_is_not_touched(house: House, tmp_path: Path) -> None:
    """Two persons share one list by YAML's alias: the new roster is written beside it, once, and it is said."""
    path = house.root / "config" / "roster.yaml"
    two = "  - {id: a, name: Ani Alias, identifiers: &none []} # a\n  - {id: b, name: Budi, identifiers: *none}\n"
    path.write_text(path.read_text().replace("offices:\n", f"{two}offices:\n"))
    before = text(house)
    file = csv(tmp_path / "s.csv", PLAIN + "Ani Alias;;Camat Citta;;2026-01-01;;@a:contoh.id\n")
    done = imported(house, file, "--write")
    assert done.exit_code == 0, done.output
    assert "without losing its comments" in done.output
    assert text(house) == before
    again = imported(house, file, "--write")
    assert (again.exit_code, "exists already" in again.output) == (1, True)
    path.with_name("roster.new.yaml").replace(path)
    assert ("a", "subdistrict_head", "citta", date(2026, 1, 1), None, False) in offices(house)
    assert [len(one.identifiers) for one in roster(house).persons][-2:] == [1, 0]


def test_a_faulty_roster_is_told_first(house: House, tmp_path: Path) -> None:
    """With its own lines."""
    path = house.root / "config" / "roster.yaml"
    path.write_text(path.read_text().replace("role: leader", "role: king"))
    seen = imported(house, csv(tmp_path / "s.csv", PLAIN + "Sagu Contoh;;Camat Citta;;2026-01-01;;\n"))
    assert seen.exit_code == 1
    assert "`king`" in seen.output


def test_a_forum_without_a_roster_gets_one(house: House, tmp_path: Path) -> None:
    """The first list makes the file, readable by its owner alone."""
    path = house.root / "config" / "roster.yaml"
    path.unlink()
    file = csv(
        tmp_path / "s.csv",
        "Nama;Jabatan;Mulai\nCendana;Bupati;2025-01-01\nNuri;Tenaga Ahli;2025-01-01\nPala;Tenaga Ahli;2025-01-01\n",
    )
    done = imported(house, file, "--write")
    assert done.exit_code == 0, done.output
    assert {office[1] for office in offices(house)} == {"leader", "expert"}
    assert path.stat().st_mode & 0o777 == 0o600


SPOKEN = "Nama;Jabatan;Mulai;Bahasa;Sapaan\n"


def spoken(house: House) -> dict[str, tuple[str | None, str | None]]:
    return {person.name: (person.language, person.salutation) for person in roster(house).persons}


def test_language_and_salutation_come_with_the_list(house: House, tmp_path: Path) -> None:
    """For new people and for those of the roster who have none; the rest of a person's line stays as it is."""
    known = roster(house).persons[0]
    file = csv(
        tmp_path / "staff.csv",
        SPOKEN
        + "Sagu Contoh;Kepala Dinas Sosial;2026-01-01;Inggris;Prof.\n"
        + "Aren Contoh;Camat Citta;2026-01-01;Bahasa Indonesia;\n"
        + "Enau Contoh;Camat Ganra;2026-01-01;;Puang\n"
        + f"{known.name};Kepala Dinas Perikanan;2026-01-01;en;Bapak\n",
    )
    done = imported(house, file, "--write")
    assert done.exit_code == 0, done.output
    said = spoken(house)
    assert said["Sagu Contoh"] == ("en", "Prof.")
    assert said["Aren Contoh"] == ("id", None)
    assert said["Enau Contoh"] == (None, "Puang")
    assert said[known.name] == ("en", "Bapak")
    assert f"+ language en of {known.name}" in done.output
    assert roster(house).persons[0].identifiers == known.identifiers


def test_what_the_roster_says_of_a_person_stays_and_is_told(house: House, tmp_path: Path) -> None:
    first = csv(tmp_path / "one.csv", SPOKEN + "Sagu Contoh;Kepala Dinas Sosial;2026-01-01;id;Bapak\n")
    assert imported(house, first, "--write").exit_code == 0
    second = csv(tmp_path / "two.csv", SPOKEN + "Sagu Contoh;Kepala Dinas Sosial;2026-01-01;en;Bapak\n")
    done = imported(house, second, "--write")
    assert spoken(house)["Sagu Contoh"] == ("id", "Bapak")
    assert any("row 2, column D (Bahasa)" in line and "already says id" in line for line in faults(done))


@pytest.mark.parametrize(
    ("lang", "place"), [("en", "row 3, column D (Bahasa)"), ("id", "baris 3, kolom D (Bahasa)")]
)
def test_a_language_that_the_bot_does_not_speak_is_named_with_its_cell(
    house: House, tmp_path: Path, lang: str, place: str
) -> None:
    rows = "Aren Contoh;Camat Citta;2026-01-01;;\nSagu Contoh;Kepala Dinas Sosial;2026-01-01;Bugis;\n"
    done = imported(house, csv(tmp_path / "staff.csv", SPOKEN + rows), lang=lang)
    assert done.exit_code != 0
    (fault,) = faults(done)
    assert place in fault
    assert "Bugis" in fault
    assert any(f"en {word} id" in fault for word in ("and", "dan"))


def test_a_salutation_has_a_length(house: House, tmp_path: Path) -> None:
    rows = f"Sagu Contoh;Kepala Dinas Sosial;2026-01-01;;{'Bapak ' * 30}\n"
    done = imported(house, csv(tmp_path / "staff.csv", SPOKEN + rows))
    assert done.exit_code != 0
    assert any("column E (Sapaan)" in line for line in faults(done))
