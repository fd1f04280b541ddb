"""What is in a bundle, for people and for other people's tools."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import bagit
import jsonschema
import msgspec
import openpyxl
import pytest
import time_machine

from bridge.model import chain
from bridge.model.facts import Message, WeekSealed
from bridge.summary.attest import PAYLOAD_TYPE, Envelope, pae
from bridge.summary.collect import collect
from bridge.summary.export import export_week
from bridge.summary.keys import SigningKey, signature_holds
from bridge.summary.week import Opening
from bridge.summary.words import Words
from tests.summary.forge import Forged
from tests.summary.history import Ledger, Shelf


def table(bundle: Forged, name: str) -> list[dict[str, str]]:
    text = bundle.files[f"data/{name}"].decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_other_peoples_bagit_accepts_it(bundles: dict[str, Path], tmp_path: Path) -> None:
    """The zip unpacks to one folder that the reference implementation of BagIt finds valid."""
    with zipfile.ZipFile(bundles["2026-W47"]) as archive:
        archive.extractall(tmp_path)
    (folder,) = tmp_path.iterdir()
    bag = bagit.Bag(str(folder))
    bag.validate()
    assert bag.info["Bagging-Date"] == "2026-11-23"
    assert bag.info["External-Description"] == "Senin 16 – Minggu 22 November 2026 (pekan 47)"


def test_the_signature_is_dsse_over_an_in_toto_statement(forged: Callable[[], Forged], key: SigningKey) -> None:
    """Checked here by hand, as another implementation would."""
    bundle = forged()
    envelope = msgspec.json.decode(bundle.files["attestation.dsse.json"], type=Envelope)
    payload = base64.b64decode(envelope.payload)
    signed = b"DSSEv1 28 application/vnd.in-toto+json %d " % len(payload) + payload
    assert pae(PAYLOAD_TYPE, payload) == signed
    assert signature_holds(key.public, signed, base64.b64decode(envelope.signatures[0].sig))
    statement = json.loads(payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert {subject["name"] for subject in statement["subject"]} == set(bundle.files) - {"attestation.dsse.json"}
    assert statement["predicate"]["cut"]["position"] == 200


def test_every_record_fits_the_schema(forged: Callable[[], Forged]) -> None:
    """A machine that knows only JSON Schema can read the records."""
    bundle = forged()
    validator = jsonschema.Draft202012Validator(json.loads(bundle.files["data/records.schema.json"]))
    lines = bundle.files["data/records.jsonl"].splitlines()
    assert len(lines) == 183
    for line in lines:
        validator.validate(json.loads(line))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**json.loads(lines[0]), "extra": 1})


def test_photos_are_named_for_people(forged: Callable[[], Forged]) -> None:
    """Report, unit, local day and a running number; harmful files stay out, duplicates stay visible."""
    names = [name for name in forged().files if name.startswith(("data/foto/", "data/video/"))]
    assert "data/foto/L-0007_DLH_2026-11-20_1.jpg" in names
    assert [name for name in names if "L-0010" in name] == [
        f"data/foto/L-0010_DISDIK_2026-11-20_{n}.jpg" for n in (1, 2, 3)
    ]
    assert "data/video/L-0019_SATPOLPP_2026-11-20_1.mp4" in names
    assert [name for name in names if "L-0009" in name] == ["data/foto/L-0009_PUPR_2026-11-20_1.jpg"]
    evidence = table(forged(), "bukti.csv")
    (bomb,) = [row for row in evidence if row["Hasil pemeriksaan"] == "berbahaya saat dibuka"]
    assert (bomb["Berkas"], bomb["Ada di bundel"]) == ("", "tidak disertakan: tidak aman dibuka")
    (double,) = [row for row in evidence if row["Hasil pemeriksaan"] == "sudah pernah dipakai"]
    assert double["Pertama di laporan"] == "L-7"


def test_the_table_of_units(forged: Callable[[], Forged]) -> None:
    """Who acknowledged, reported, was late or returned nothing, orders of earlier weeks included."""
    rows = {row["Unit"]: row for row in table(forged(), "unit-kerja.csv")}
    assert len(rows) == 14
    assert (rows["DLH"]["Perintah"], rows["DLH"]["Lapor tepat waktu"], rows["DLH"]["Diterima"]) == ("1", "1", "1")
    assert rows["DLH"]["Median menit sampai siap"] == "5"
    assert (rows["PUPR"]["Perintah"], rows["PUPR"]["Belum lapor, lewat tempo"]) == ("2", "1")
    late = rows["KEC-MARIORIWAWO"]
    assert (late["Menyatakan siap"], late["Laporan"], late["Belum lapor, lewat tempo"]) == ("0", "0", "1")
    assert rows["DISNAKKESWAN"]["Bukti pernah dipakai"] == "1"
    assert rows["KEC-LALABATA"]["Laporan belum lengkap"] == "1"


def test_a_decision_quotes_its_proposal(forged: Callable[[], Forged]) -> None:
    """ "Setuju" alone would say nothing to an auditor."""
    (row,) = table(forged(), "keputusan.csv")
    assert row["Isi"] == "Setuju, dimajukan ke Rabu."
    assert row["Usulan"] == "Bagaimana kalau pasar murah dimajukan ke Rabu?"
    assert row["Pengusul"] == "Kepala 9 DISDAG"


def test_acts_membership_corrections_and_refusals(forged: Callable[[], Forged]) -> None:
    """Each with who, why, by which rule, and what came of it."""
    bundle = forged()
    (act,) = table(bundle, "tindakan.csv")
    assert (act["Tindakan"], act["Alasan"], act["Hasil"]) == (
        "mengeluarkan",
        "Tidak ada dalam daftar anggota.",
        "berhasil",
    )
    (correction,) = table(bundle, "pembetulan.csv")
    assert (correction["Sebelumnya"], correction["Menjadi"], correction["Oleh"]) == (
        "perintah",
        "percakapan",
        "Rahmat Ilyas",
    )
    (refusal,) = table(bundle, "tidak-diproses.csv")
    assert refusal["Alasan"] == "bukan wewenangnya"
    (emergency,) = table(bundle, "darurat.csv")
    assert (emergency["Kata darurat"], emergency["Pimpinan yang dihubungi"]) == ("anthrax", "Andi Baso, Andi Tenri")


def test_talk_is_exported_as_a_hash_only(forged: Callable[[], Forged]) -> None:
    """What nobody tagged is proven to have been said without being repeated."""
    rows = [row for row in table(forged(), "pesan.csv") if row["Menjadi"] == "percakapan"]
    assert rows
    for row in rows:
        assert row["Isi"] == ""
        assert re.fullmatch(r"[0-9a-f]{64}", row["SHA-256 isi"])
    assert all(b"Selamat pagi" not in data for data in forged().files.values())


def test_what_came_late_is_listed_for_its_week(forged: Callable[[str], Forged]) -> None:
    """Decrypted or judged after the seal: in the next bundle, under the week that it belongs to."""
    rows = table(forged("2026-W48"), "susulan.csv")
    said = {(row["Apa"], row["Termasuk pekan"], row["Alasan"]) for row in rows}
    assert said == {
        ("pesan terbuka", "susulan untuk pekan 2026-W46", "baru dapat dibuka"),
        ("pesan", "susulan untuk pekan 2026-W46", "baru dapat dibuka"),
        ("hasil pemeriksaan bukti", "susulan untuk pekan 2026-W47", "bukti baru diperiksa"),
    }
    photos = [name for name in forged("2026-W48").files if name.startswith("data/foto/")]
    assert photos == ["data/foto/L-0020_KEC-LALABATA_2026-11-23_1.jpg"]


def test_gaps_are_stated_also_when_there_are_none(
    forged: Callable[[str], Forged], key: SigningKey, tmp_path: Path
) -> None:
    """An empty list could be a forgotten one."""
    some = json.loads(forged("2026-W48").files["data/gaps.json"])
    assert some["statement"] == "Ada 2 celah dalam catatan pekan ini; lihat daftar."
    assert [(gap["what"], gap["state"]) for gap in some["gaps"]] == [("downtime", "filled"), ("sealed", "filled")]
    quiet = Ledger()
    quiet.seal("2026-W46", 1794153600000, 1794758400000)
    bundle = Forged.of(export_week(Shelf(quiet), "2026-W46", quiet.media, key, tmp_path).path)
    none = json.loads(bundle.files["data/gaps.json"])
    assert none["statement"] == "Tidak ada celah: sepanjang yang diketahui bot, catatan pekan ini lengkap."
    assert none["statement"] in bundle.files["data/ringkasan.html"].decode()


def test_the_workbook_opens_and_reads_like_a_table(forged: Callable[[], Forged]) -> None:
    """First a sheet for people, then tables with frozen heads, filters, and real dates."""
    book = openpyxl.load_workbook(io.BytesIO(forged().files["data/rekap.xlsx"]))
    assert book.sheetnames[:4] == ["Ringkasan", "Keikutsertaan unit", "Perintah", "Tugas per unit"]
    front = book["Ringkasan"]
    assert front["A2"].value == "Senin 16 – Minggu 22 November 2026 (pekan 47)"
    assert "DISNAKKESWAN" in {cell.value for cell in front["A"]}
    orders = book["Perintah"]
    assert orders.freeze_panes == "B2"
    assert orders.auto_filter.ref.startswith("A1:")
    assert orders["C3"].value.isoformat() == "2026-11-20T07:05:00"
    assert orders["F3"].value.startswith("Kepada seluruh SKPD")
    assert orders["F3"].alignment.wrap_text
    assert orders.column_dimensions["F"].width > 50


HOSTILE = ("=1+1", "+628123", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", '=HYPERLINK("http://x","y")')


def hostile(language: str) -> Ledger:
    ledger = Ledger(language=language)
    for index, text in enumerate(HOSTILE):
        ledger.add(
            Message(
                event=f"$h{index}",
                room="!r",
                sender="@x:y",
                name=text,
                sent_at=1,
                received_at=1,
                text=text,
                why=text,
            )
        )
    ledger.seal("2026-W46", 1794153600000, 1794758400000)
    return ledger


def test_no_cell_becomes_a_formula(key: SigningKey, tmp_path: Path) -> None:
    """Formula characters are harmless in every CSV and in the workbook."""
    for language, file, sheet, delimiter in (
        ("id", "pesan.csv", "Pesan", ";"),
        ("en", "messages.csv", "Messages", ","),
    ):
        ledger = hostile(language)
        bundle = Forged.of(export_week(Shelf(ledger), "2026-W46", ledger.media, key, tmp_path).path)
        for name, data in bundle.files.items():
            if name.endswith(".csv"):
                text = data.decode("utf-8-sig")
                for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
                    assert not [
                        cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
                    ]
        assert "'=1+1" in bundle.files[f"data/{file}"].decode()
        workbook = bundle.find("data/", ".xlsx")
        book = openpyxl.load_workbook(io.BytesIO(bundle.files[workbook]))
        cells = [cell for row in book[sheet].iter_rows() for cell in row]
        assert "=1+1" in {cell.value for cell in cells}
        assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]


def test_the_language_decides_the_form_of_csv(english: Path, forged: Callable[[], Forged]) -> None:
    """Semicolons and a byte-order mark where Excel is Indonesian, commas in English."""
    assert forged().files["data/perintah.csv"].startswith("\ufeffNomor;Pekan;Waktu perintah (WITA);".encode())
    assert Forged.of(english).files["data/directives.csv"].startswith(b"Number,Week,Issued (WITA),")


def test_an_english_bundle_has_no_indonesian_word_of_ours(english: Path) -> None:
    """File names, headings and labels come from the language."""
    bundle = Forged.of(english)
    assert bundle.name == "summary-coordination-forum-of-riverton-2026-W47.zip"
    ours = " ".join([*bundle.files, bundle.files["README.txt"].decode(), bundle.files["data/gaps.csv"].decode()])
    for word in ("perintah", "laporan", "pekan", "rekap", "foto/", "celah", "ringkasan"):
        assert word not in ours
    assert "Monday 16 – Sunday 22 November 2026 (week 47)" in bundle.files["data/summary.html"].decode()


def test_the_page_stands_alone(forged: Callable[[], Forged]) -> None:
    """No script, no outside address, every picture a file of the bag, and what people wrote stays text."""
    page = forged().files["data/ringkasan.html"].decode()
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", page)
    shown = set(re.findall(r'(?:src|href)="([^"]+)"', page))
    assert shown
    assert {f"data/{name}" for name in shown} <= set(forged().files)
    assert "Senin 16 – Minggu 22 November 2026 (pekan 47)" in page
    assert "=HYPERLINK(&#34;http://x&#34;)" in page


def test_who_reads_it_learns_what_is_not_proven(forged: Callable[[], Forged], english: Path) -> None:
    """The limits of the proof stand in the bundle, in plain words."""
    readme = forged().files["BACA-DULU.txt"].decode()
    assert "Yang tidak pernah dicatat tidak dapat dibuktikan" in readme
    assert "Ini bukan tanda tangan elektronik tersertifikasi" in readme
    assert "Itu hanya ketahuan dari kepala rantai yang sudah lebih dulu dipegang orang lain" in readme
    assert (
        "Only a head of the chain that\n    somebody else already holds"
        in Forged.of(english).files["README.txt"].decode()
    )


def test_the_same_cut_makes_the_same_bytes(
    bundles: dict[str, Path], ledger: Ledger, key: SigningKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second export, a year later, with another umask and with openings kept from before."""
    for name, openings in (("a", None), ("b", tmp_path / "openings"), ("c", tmp_path / "openings")):
        before = os.umask(0o077 if name == "a" else 0)
        try:
            with time_machine.travel("2028-02-29 13:00", tick=False):
                again = export_week(Shelf(ledger), "2026-W48", ledger.media, key, tmp_path / name, openings)
        finally:
            os.umask(before)
        assert again.path.read_bytes() == bundles["2026-W48"].read_bytes()
        assert again.path.stat().st_mode & 0o777 == 0o600


CHILD = """
import sys, hashlib, pathlib
from bridge.summary.export import export_week
from bridge.summary.keys import SigningKey
from tests.summary.history import Shelf
from tests.summary.story import soppeng
ledger = soppeng()
key = SigningKey(b"a key of the bridge in a test...")
out = export_week(Shelf(ledger), "2026-W47", ledger.media, key, pathlib.Path(sys.argv[1]))
print(out.sha256)
"""


def test_the_same_bytes_in_another_process(bundles: dict[str, Path], tmp_path: Path) -> None:
    """Another time zone, locale, hash seed and encoding of the terminal make no other bundle."""
    expected = hashlib.sha256(bundles["2026-W47"].read_bytes()).hexdigest()
    environment = {
        **os.environ,
        "TZ": "America/Caracas",
        "LC_ALL": "tr_TR.UTF-8",
        "LANG": "tr_TR.UTF-8",
        "PYTHONHASHSEED": "7",
        "PYTHONUTF8": "0",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    ran = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == expected


def test_a_kept_opening_saves_reading_history(ledger: Ledger, key: SigningKey, tmp_path: Path) -> None:
    """With the state at each cut kept, a week is exported from its own records."""
    first, second = Shelf(ledger), Shelf(ledger)
    export_week(first, "2026-W48", ledger.media, key, tmp_path, tmp_path / "kept")
    export_week(second, "2026-W48", ledger.media, key, tmp_path, tmp_path / "kept")
    week = ledger.cut("2026-W48") - ledger.cut("2026-W47")
    assert first.read >= ledger.cut("2026-W48")
    assert second.read == week + 1


def test_titles_across_months_and_years(ledger: Ledger) -> None:
    """What both ends share is said once."""
    seal = next(f for r in ledger.records if r.body and isinstance(f := chain.decode(r.body), WeekSealed))
    words = Words.of(seal)
    day = 24 * 3600 * 1000

    def title(shift: int, week: str, language: str = "id") -> str:
        moved = msgspec.structs.replace(
            seal, starts=seal.starts + shift * day, ends=seal.ends + shift * day, week=week, language=language
        )
        return Words.of(moved).title(moved)

    assert words.title(seal) == "Senin 9 – Minggu 15 November 2026 (pekan 46)"
    assert title(21, "2026-W49") == "Senin 30 November – Minggu 6 Desember 2026 (pekan 49)"
    assert title(49, "2026-W53") == "Senin 28 Desember 2026 – Minggu 3 Januari 2027 (pekan 53)"
    assert title(21, "2026-W49", "en") == "Monday 30 November – Sunday 6 December 2026 (week 49)"


def test_collecting_needs_only_the_records(ledger: Ledger) -> None:
    """A first week is collected from position 1."""
    week = collect(ledger.run(0, ledger.cut("2026-W46")), Opening())
    assert [order.number for order in week.directives] == ["P-11"]
    states = {task.unit: task.state for task in week.directives[0].tasks}
    assert states == {"DISHUB": "reported", "PUPR": "late"}
