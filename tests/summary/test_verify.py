"""Verdicts about whole bundles, what comes before them, and the zip around them."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from bridge.model import chain
from bridge.model import facts as f
from bridge.model.contents import KINDS
from bridge.model.facts import Decision
from bridge.summary.export import export_week, opening_at, write_bundle
from bridge.summary.fold import carry
from bridge.summary.keys import SigningKey
from bridge.summary.verify import FAULTY, INTACT, UNCHECKED, verify
from bridge.summary.week import Opening
from tests.summary.forge import Forged
from tests.summary.history import Ledger, Shelf
from tests.summary.story import soppeng


def test_intact_and_from_the_known_key(bundles: dict[str, Path], key: SigningKey) -> None:
    """Exit code 0 with one sentence that says what was checked."""
    verdict = verify(bundles["2026-W47"], known=key.fingerprint)
    assert (verdict.code, verdict.fault) == (INTACT, "")
    assert verdict.sentence == (
        "Utuh: rekap-forum-pimpinan-skpd-kabupaten-soppeng-2026-W47, "
        "Senin 16 – Minggu 22 November 2026 (pekan 47), 183 baris catatan, ditandatangani oleh kunci yang dikenal."
    )
    assert "1 celah disebut di data/gaps.json." in verdict.details


def test_intact_but_the_signer_was_not_checked(bundles: dict[str, Path], key: SigningKey) -> None:
    """Exit code 2 names the fingerprint that a person must compare."""
    verdict = verify(bundles["2026-W47"])
    assert verdict.code == UNCHECKED
    assert verdict.sentence == (
        "Isinya utuh, tetapi penandatangannya belum dicocokkan: bandingkan sidik kunci "
        f"{key.fingerprint} dengan yang diumumkan."
    )


def test_the_typed_key_goes_before_the_kept_one(bundles: dict[str, Path], key: SigningKey) -> None:
    """However people pass a fingerprint on: in capitals, without spaces, with colons."""
    stranger = SigningKey(bytes(32)).fingerprint
    assert verify(bundles["2026-W46"], key=key.fingerprint.upper().replace(" ", ""), known=stranger).code == INTACT
    assert verify(bundles["2026-W46"], key=key.fingerprint.replace(" ", ":")).code == INTACT
    assert verify(bundles["2026-W46"], key=stranger, known=key.fingerprint).fault == "other_signer"
    mistyped = verify(bundles["2026-W46"], key="1234 5678", known=key.fingerprint)
    assert (mistyped.code, mistyped.fault) == (FAULTY, "key_form")


def test_english_bundles_are_answered_in_english(english: Path, key: SigningKey) -> None:
    """And in another language on request."""
    assert verify(english, known=key.fingerprint).sentence == (
        "Intact: summary-coordination-forum-of-riverton-2026-W47, "
        "Monday 16 – Sunday 22 November 2026 (week 47), 183 records, signed by a known key."
    )
    assert verify(english, known=key.fingerprint, language="id").sentence.startswith("Utuh: ")


def test_it_continues_the_week_before(bundles: dict[str, Path], key: SigningKey) -> None:
    """With the previous bundle, head and carried state are checked, and the verdict says so."""
    verdict = verify(bundles["2026-W48"], known=key.fingerprint, previous=bundles["2026-W47"])
    assert verdict.code == INTACT
    assert f"Menyambung bundel {bundles['2026-W47'].name}." in verdict.details


def test_a_week_between_is_missing(bundles: dict[str, Path], key: SigningKey) -> None:
    """The week before the week before is not the previous bundle."""
    verdict = verify(bundles["2026-W48"], known=key.fingerprint, previous=bundles["2026-W46"])
    assert verdict.sentence == (
        "Bundel ini tidak menyambung bundel sebelumnya: rantai mulai di baris 201, "
        "yang sebelumnya berakhir di baris 17."
    )


def test_a_damaged_previous_bundle_is_said(
    bundles: dict[str, Path], key: SigningKey, forged: Callable[[str], Forged], tmp_path: Path
) -> None:
    """The fault of the previous bundle is named inside the sentence."""
    before = forged("2026-W46")
    del before.files["data/darurat.csv"]
    verdict = verify(bundles["2026-W47"], known=key.fingerprint, previous=before.write(tmp_path))
    assert verdict.sentence == (
        "Bundel sebelumnya tidak utuh: Berkas data/darurat.csv disebut dalam daftar tetapi tidak ada."
    )


def rewritten(ledger: Ledger) -> Ledger:
    """The same history with one decision told differently, its chain made anew by somebody who holds everything."""
    other = Ledger(archive=ledger.archive, seals=list(ledger.seals))
    for record in ledger.records:
        assert record.body is not None
        fact = chain.decode(record.body)
        if isinstance(fact, Decision):
            fact = msgspec.structs.replace(fact, text="Tidak, tetap hari Sabtu.")
        head = other.head() if other.records else chain.START
        other.records.append(chain.append(head, fact, at=0, salt=record.salt or bytes(16)))
    return other


def test_who_holds_the_key_is_given_away_by_a_later_head_only(
    ledger: Ledger, bundles: dict[str, Path], key: SigningKey, tmp_path: Path
) -> None:
    """A history made up and signed with the right key passes alone; beside a bundle of before it does not."""
    shelf = Shelf(rewritten(ledger))
    told = {week: export_week(shelf, week, ledger.media, key, tmp_path).path for week in ("2026-W47", "2026-W48")}
    assert verify(told["2026-W47"], known=key.fingerprint).code == INTACT
    verdict = verify(told["2026-W48"], known=key.fingerprint, previous=bundles["2026-W47"])
    assert verdict.sentence == (
        "Bundel ini tidak menyambung bundel sebelumnya: kepala rantai di baris 200 tidak sama."
    )


def test_a_carried_state_made_up_by_who_holds_the_key(
    ledger: Ledger, bundles: dict[str, Path], key: SigningKey, tmp_path: Path
) -> None:
    """Forgetting an open directive of last week is found with the previous bundle."""
    cuts = dict(ledger.seals)
    opening = carry(ledger.run(0, cuts["2026-W47"]))
    kept = tuple(r for r in opening.records if r.body is not None and b"P-11" not in r.body)
    shorter = msgspec.structs.replace(opening, records=kept)
    assert len(kept) < len(opening.records)
    run = ledger.run(cuts["2026-W47"], cuts["2026-W48"])
    path = write_bundle(shorter, run, ledger.media, key, tmp_path).path
    assert verify(path, known=key.fingerprint).code == INTACT
    assert verify(path, known=key.fingerprint, previous=bundles["2026-W47"]).fault == "previous_opening"


def test_an_older_bundle_under_a_newer_name(bundles: dict[str, Path], key: SigningKey, tmp_path: Path) -> None:
    """A renamed file is found; one that claims no week, or was downloaded twice, is not blamed."""
    data = bundles["2026-W46"].read_bytes()
    name = bundles["2026-W46"].name
    for new, fault in (
        (name.replace("W46", "W47"), "renamed"),
        (name.replace(".zip", " (1).zip"), ""),
        ("unduhan.zip", ""),
    ):
        path = tmp_path / new
        path.write_bytes(data)
        assert verify(path, known=key.fingerprint).fault == fault


def test_any_changed_byte_of_the_zip_is_found(bundles: dict[str, Path], key: SigningKey, tmp_path: Path) -> None:
    """In a header, a time stamp, a mode, the directory or the end: never 0."""
    data = bundles["2026-W46"].read_bytes()
    directory = data.rindex(b"PK\x01\x02")
    places = [*range(30), *range(directory, directory + 46, 2), *range(len(data) - 22, len(data))]
    path = tmp_path / bundles["2026-W46"].name
    for place in places:
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x04]) + data[place + 1 :])
        assert verify(path, known=key.fingerprint).code == FAULTY, place


def test_a_bundle_packed_again(bundles: dict[str, Path], key: SigningKey, tmp_path: Path) -> None:
    """Intact files in another zip are said to be just that."""
    path = tmp_path / bundles["2026-W46"].name
    with zipfile.ZipFile(bundles["2026-W46"]) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        new.mkdir(old.namelist()[0].split("/")[0])
        for name in old.namelist():
            new.writestr(name, old.read(name))
    assert verify(path, known=key.fingerprint).sentence == (
        "Isi bundel utuh dan bertanda tangan sah, tetapi zip-nya bukan zip yang dibuat Tudang: "
        "ada bita yang berubah atau zip dikemas ulang."
    )


def packed(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes], deflate: bool = False) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def link_entry() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("rekap-x/data/tautan")
    entry.create_system = 3
    entry.external_attr = 0o120777 << 16
    return entry


def test_hostile_zips(tmp_path: Path) -> None:
    """Names that leave the folder, links, doubles and bombs are refused before anything is read of them."""
    name = "rekap-forum-2026-W47.zip"
    cases: list[tuple[Path, str]] = []
    for bad in (
        "rekap-x/../../etc/passwd",
        "/etc/passwd",
        "rekap-x/data/a b",
        "rekap-x\\..\\x",
        "rekap-x/\x1b[2J",
        "C:x",
    ):
        folder = tmp_path / f"n{len(cases)}"
        folder.mkdir()
        cases.append((packed(folder / name, (bad, b"x")), "zip_name"))
    others: list[tuple[list[tuple[str | zipfile.ZipInfo, bytes]], str]] = [
        ([(link_entry(), b"/etc/passwd")], "zip_name"),
        ([("rekap-x/data/a", b"1"), ("rekap-x/data/A", b"2")], "zip_twice"),
        ([("rekap-x/bagit.txt", b"1"), ("rekap-y/bagit.txt", b"2")], "no_bag"),
        ([("bagit.txt", b"1")], "no_bag"),
    ]
    for number, (entries, fault) in enumerate(others):
        folder = tmp_path / f"e{number}"
        folder.mkdir()
        cases.append((packed(folder / name, *entries), fault))
    bomb = tmp_path / "bomb"
    bomb.mkdir()
    cases.append((packed(bomb / name, ("rekap-x/data/a", bytes(30_000_000)), deflate=True), "zip_bomb"))
    for path, fault in cases:
        assert verify(path).fault == fault
        assert verify(path).code == FAULTY


def test_a_zip_that_lies_about_its_sizes(tmp_path: Path) -> None:
    """A member with more bytes than the directory says is not read past what it says."""
    path = packed(tmp_path / "rekap-x-2026-W47.zip", ("rekap-x/data/a", bytes(5_000_000)), deflate=True)
    data = bytearray(path.read_bytes())
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 10)
    path.write_bytes(data)
    assert verify(path).fault in ("zip_member", "zip_bomb")


@pytest.mark.parametrize("data", [b"", b"PK", b"bukan zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_zip(data: bytes, tmp_path: Path) -> None:
    """One sentence, no traceback."""
    path = tmp_path / "rekap-forum-2026-W47.zip"
    path.write_bytes(data)
    assert verify(path).sentence == "Berkas ini bukan zip, atau zip yang terpotong atau rusak."


def test_a_bundle_cut_off_while_downloading(bundles: dict[str, Path], tmp_path: Path) -> None:
    """Half a bundle is half a bundle."""
    path = tmp_path / bundles["2026-W47"].name
    path.write_bytes(bundles["2026-W47"].read_bytes()[:-5000])
    assert verify(path).fault == "not_zip"


def test_no_such_file(tmp_path: Path) -> None:
    """A file that is not there, and a folder, are said by name."""
    assert verify(tmp_path / "rekap-x.zip").sentence == "Berkas rekap-x.zip tidak ada atau tidak dapat dibaca."
    assert verify(tmp_path).fault == "no_file"


def test_contents_destroyed_by_retention(ledger: Ledger, key: SigningKey, tmp_path: Path) -> None:
    """A destroyed content leaves an intact bundle that lists it as a gap, and joins what was exported before."""
    cuts = dict(ledger.seals)
    run = [
        chain.destroyed(r) if r.kind == "message" and r.position % 2 else r for r in ledger.run(0, cuts["2026-W47"])
    ]
    gone = Ledger(records=[*run, *ledger.records[len(run) :]], archive=ledger.archive, seals=ledger.seals)
    shelf = Shelf(gone)
    first, second = (
        export_week(shelf, week, ledger.media, key, tmp_path).path for week in ("2026-W47", "2026-W48")
    )
    verdict = verify(first, known=key.fingerprint)
    assert verdict.code == INTACT
    assert any("sudah dimusnahkan" in line for line in verdict.details)
    assert verify(second, known=key.fingerprint, previous=first).code == INTACT
    assert b'"what": "destroyed"' in Forged.of(first).files["data/gaps.json"]


def test_a_photo_that_the_archive_lost(ledger: Ledger, key: SigningKey, tmp_path: Path) -> None:
    """What is missing at export is not hidden: it is listed, and checking repeats it."""
    lost = soppeng()
    sha256 = next(iter(lost.archive))
    wrong = next(iter(reversed(lost.archive)))
    lost.archive[wrong] = b"other bytes under its name"
    del lost.archive[sha256]
    shelf = Shelf(lost)
    first = export_week(shelf, "2026-W46", lost.media, key, tmp_path)
    assert first.missing == ("foto/L-0006_DISHUB_2026-11-13_1.jpg",)
    verdict = verify(first.path, known=key.fingerprint)
    assert verdict.code == INTACT
    assert "1 berkas media tidak ada di arsip saat diekspor; disebut di data/gaps.json." in verdict.details
    third = export_week(shelf, "2026-W48", lost.media, key, tmp_path)
    assert third.missing == ("foto/L-0020_KEC-LALABATA_2026-11-23_1.jpg",)


def test_a_schema_of_another_version(forged: Callable[[str], Forged], key: SigningKey, tmp_path: Path) -> None:
    """The schema only explains: that of another version of Tudang is said, and breaks no old bundle."""
    bundle = (
        forged("2026-W46").replace("data/records.schema.json", b"A record of", b"One record of").sums().sign(key)
    )
    verdict = verify(bundle.write(tmp_path), known=key.fingerprint)
    assert verdict.code == INTACT
    assert "data/records.schema.json berasal dari versi Tudang lain dan tidak dibandingkan." in verdict.details


def without(ledger: Ledger, numbers: set[str]) -> Ledger:
    """The same ledger after the end of retention of some reports."""
    gone = []
    for record in ledger.records:
        assert record.body is not None
        fact = chain.decode(record.body)
        about = getattr(fact, "number", None) or getattr(fact, "report", None)
        over = about in numbers and any(record.kind in kinds for kinds in KINDS.values())
        gone.append(chain.destroyed(record) if over else record)
    return Ledger(records=gone, archive=ledger.archive, seals=ledger.seals)


def carried_reports(ledger: Ledger, week: str) -> set[str]:
    """Numbers of the reports that a week carries over and the next one still does, recorded before both."""
    cuts = [0, *(cut for _, cut in ledger.seals)]
    names = [name for name, _ in ledger.seals]
    index = names.index(week)
    opening = opening_at(Shelf(ledger), cuts[: index + 1], None)
    return {
        fact.number
        for record in opening.records
        if record.body is not None and isinstance(fact := chain.decode(record.body), f.Report)
    }


def test_bundles_from_before_and_after_a_destruction_join(ledger: Ledger, key: SigningKey, tmp_path: Path) -> None:
    """Whichever of two bundles was exported anew: both hold, and checking says by how many records they differ."""
    for folder in ("before", "after"):
        (tmp_path / folder).mkdir()
    open_before = carried_reports(ledger, "2026-W48")
    assert open_before
    shelves = {"before": ledger, "after": without(ledger, open_before)}
    made = {
        (when, week): export_week(Shelf(shelf), week, ledger.media, key, tmp_path / when).path
        for when, shelf in shelves.items()
        for week in ("2026-W47", "2026-W48")
    }
    apart = [
        verify(made[after, "2026-W48"], known=key.fingerprint, previous=made[before, "2026-W47"])
        for before, after in (("before", "before"), ("before", "after"), ("after", "after"))
    ]
    assert [verdict.code for verdict in apart] == [INTACT] * 3, [verdict.sentence for verdict in apart]
    said = [[line for line in verdict.details if "hanya ada di salah satu" in line] for verdict in apart]
    assert (said[0], len(said[1]), said[2]) == ([], 1, [])


def test_what_is_left_out_of_an_opening_must_be_what_retention_takes(
    ledger: Ledger, key: SigningKey, tmp_path: Path
) -> None:
    """A task that a bundle does not carry over was not destroyed: tasks never are."""
    cuts = dict(ledger.seals)
    first = export_week(Shelf(ledger), "2026-W47", ledger.media, key, tmp_path).path
    whole = opening_at(Shelf(ledger), [0, cuts["2026-W46"], cuts["2026-W47"]], None)
    tasks = [record.position for record in whole.records if record.kind == "task"]
    assert tasks
    thinned = Opening(whole.at, tuple(r for r in whole.records if r.position != tasks[0]))
    run = ledger.run(cuts["2026-W47"], cuts["2026-W48"])
    second = write_bundle(thinned, run, ledger.media, key, tmp_path).path
    assert verify(second, known=key.fingerprint).code == INTACT
    assert verify(second, known=key.fingerprint, previous=first).fault == "previous_opening"
