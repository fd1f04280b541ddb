"""Everything that can be done to a bundle, and the one sentence that names it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from bridge.model import chain
from bridge.model.facts import Message, Record
from bridge.summary.derive import (
    ATTESTATION,
    CHAIN,
    GAPS,
    LAYOUT,
    OPENING,
    PUBLIC_KEY,
    RECORDS,
    SCHEMA,
    public_key_bytes,
)
from bridge.summary.jsonl import opening_bytes, read_opening
from bridge.summary.keys import SigningKey
from bridge.summary.verify import FAULTY, verify
from tests.summary.forge import Forged
from tests.summary.history import picture

STRANGER = SigningKey(b"the key of somebody else........")
PHOTO = "data/foto/L-0007_DLH_2026-11-20_1.jpg"
OTHER_PHOTO = "data/foto/L-0009_PUPR_2026-11-20_1.jpg"
REPORTS = "data/laporan.csv"


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def body_changed(record: Record, *, hashed: bool) -> Record:
    assert record.body is not None and record.salt is not None
    body = record.body.replace(b"berjalan lancar", b"berjalan buruk.", 1)
    assert body != record.body
    content = chain.content_hash(record.salt, body) if hashed else record.content_hash
    return msgspec.structs.replace(record, body=body, content_hash=content)


def with_report(records: list[Record]) -> int:
    return next(i for i, r in enumerate(records) if r.kind == "report" and r.body and b"berjalan lancar" in r.body)


def a_byte_of_a_photo(b: Forged, key: SigningKey) -> None:
    b.files[PHOTO] = flip(b.files[PHOTO], 700)


def a_byte_of_the_records(b: Forged, key: SigningKey) -> None:
    b.files[RECORDS] = flip(b.files[RECORDS], 5000)


def a_byte_of_the_readme(b: Forged, key: SigningKey) -> None:
    b.files["BACA-DULU.txt"] = flip(b.files["BACA-DULU.txt"], 3)


def a_row_removed_from_a_table(b: Forged, key: SigningKey) -> None:
    lines = b.files[REPORTS].splitlines(keepends=True)
    b.files[REPORTS] = b"".join(lines[:3] + lines[4:])


def a_row_removed_and_the_sums_mended(b: Forged, key: SigningKey) -> None:
    a_row_removed_from_a_table(b, key)
    b.sums()


def a_row_removed_and_signed_again(b: Forged, key: SigningKey) -> None:
    a_row_removed_from_a_table(b, key)
    b.sums().sign(key)


def a_row_added_and_signed_again(b: Forged, key: SigningKey) -> None:
    lines = b.files[REPORTS].splitlines(keepends=True)
    b.files[REPORTS] = b"".join([*lines, lines[-1].replace(b"L-", b"L-9", 1)])
    b.sums().sign(key)


def rows_swapped_and_signed_again(b: Forged, key: SigningKey) -> None:
    lines = b.files[REPORTS].splitlines(keepends=True)
    b.files[REPORTS] = b"".join([*lines[:2], lines[3], lines[2], *lines[4:]])
    b.sums().sign(key)


def a_record_removed(b: Forged, key: SigningKey) -> None:
    records = b.records()
    b.put(records[:9] + records[10:]).sums().sign(key)


def a_record_doubled(b: Forged, key: SigningKey) -> None:
    records = b.records()
    b.put([*records[:10], records[9], *records[10:]]).sums().sign(key)


def records_swapped(b: Forged, key: SigningKey) -> None:
    records = b.records()
    b.put([*records[:9], records[10], records[9], *records[11:]]).sums().sign(key)


def a_record_added_at_the_end(b: Forged, key: SigningKey) -> None:
    records = b.records()
    fact = Message(event="$late", room="!r", sender="@x:y", sent_at=1, received_at=1, text="tambahan")
    records.append(chain.append(chain.head_of(records[-1]), fact, at=0, salt=bytes(16)))
    b.put(records).sums().sign(key)


def the_end_of_the_chain_cut_off(b: Forged, key: SigningKey) -> None:
    b.put(b.records()[:-5]).sums().sign(key)


def the_beginning_of_the_chain_cut_off(b: Forged, key: SigningKey) -> None:
    records = b.records()
    opening = msgspec.structs.replace(read_opening(b.files[OPENING]), at=chain.head_of(records[0]))
    b.files[OPENING] = opening_bytes(opening)
    b.put(records[1:]).sums().sign(key)


def a_record_rewritten(b: Forged, key: SigningKey) -> None:
    records = b.records()
    index = with_report(records)
    records[index] = body_changed(records[index], hashed=False)
    b.put(records).sums().sign(key)


def a_record_rewritten_with_its_hash(b: Forged, key: SigningKey) -> None:
    records = b.records()
    index = with_report(records)
    records[index] = body_changed(records[index], hashed=True)
    b.put(records).sums().sign(key)


def a_record_relabelled(b: Forged, key: SigningKey) -> None:
    records = b.records()
    records[3] = msgspec.structs.replace(records[3], kind="stage")
    b.put(records).sums().sign(key)


def a_line_written_otherwise(b: Forged, key: SigningKey) -> None:
    b.files[RECORDS] = b.files[RECORDS].replace(b'{"position"', b'{ "position"', 1)
    b.sums().sign(key)


def photos_swapped(b: Forged, key: SigningKey) -> None:
    b.files[PHOTO], b.files[OTHER_PHOTO] = b.files[OTHER_PHOTO], b.files[PHOTO]


def photos_swapped_and_signed_again(b: Forged, key: SigningKey) -> None:
    photos_swapped(b, key)
    b.sums().sign(key)


def a_photo_removed(b: Forged, key: SigningKey) -> None:
    del b.files[PHOTO]


def a_photo_removed_and_signed_again(b: Forged, key: SigningKey) -> None:
    del b.files[PHOTO]
    b.sums().sign(key)


def a_photo_added(b: Forged, key: SigningKey) -> None:
    b.files["data/foto/L-0007_DLH_2026-11-20_2.jpg"] = picture(500)


def a_photo_added_and_signed_again(b: Forged, key: SigningKey) -> None:
    a_photo_added(b, key)
    b.sums().sign(key)


def a_file_added_beside(b: Forged, key: SigningKey) -> None:
    b.files["catatan.txt"] = b"halo"


def a_file_added_inside_and_signed_again(b: Forged, key: SigningKey) -> None:
    b.files["data/tambahan.csv"] = b"halo"
    b.sums().sign(key)


def a_table_left_out_and_signed_again(b: Forged, key: SigningKey) -> None:
    del b.files["data/darurat.csv"]
    b.sums().sign(key)


def signed_by_a_stranger(b: Forged, key: SigningKey) -> None:
    b.files[PUBLIC_KEY] = public_key_bytes(STRANGER.public)
    readme = b.files["BACA-DULU.txt"]
    b.files["BACA-DULU.txt"] = readme.replace(key.fingerprint.encode(), STRANGER.fingerprint.encode())
    b.sums().sign(STRANGER)


def signed_by_a_stranger_under_our_key(b: Forged, key: SigningKey) -> None:
    b.sign(STRANGER)


def the_signature_removed(b: Forged, key: SigningKey) -> None:
    del b.files[ATTESTATION]


def the_signature_emptied(b: Forged, key: SigningKey) -> None:
    b.files[ATTESTATION] = b"{}\n"


def the_signature_taken_from_elsewhere(b: Forged, key: SigningKey) -> None:
    signature = b.files[ATTESTATION].index(b'"sig": "') + 12
    b.files[ATTESTATION] = b.files[ATTESTATION][:signature] + b"AAAA" + b.files[ATTESTATION][signature + 4 :]


def another_week_signed_for(b: Forged, key: SigningKey) -> None:
    b.sign(key, week="2026-W50")


def the_chain_file_changed(b: Forged, key: SigningKey) -> None:
    b.replace(CHAIN, b'"count": 183', b'"count": 182').sums().sign(key)


def the_gaps_emptied(b: Forged, key: SigningKey) -> None:
    b.files[GAPS] = b""


def the_gaps_emptied_and_signed_again(b: Forged, key: SigningKey) -> None:
    b.files[GAPS] = b"[]\n"
    b.sums().sign(key)


def a_gap_denied_and_signed_again(b: Forged, key: SigningKey) -> None:
    b.replace(GAPS, b'"count": 1', b'"count": 0').sums().sign(key)


def the_page_edited_and_signed_again(b: Forged, key: SigningKey) -> None:
    b.replace("data/ringkasan.html", b"diterima (5)", b"diterima (9)").sums().sign(key)


def the_workbook_edited_and_signed_again(b: Forged, key: SigningKey) -> None:
    b.replace("data/rekap.xlsx", b"berjalan lancar", b"berjalan kacau!").sums().sign(key)


def the_readme_edited_and_signed_again(b: Forged, key: SigningKey) -> None:
    b.replace("BACA-DULU.txt", b"APA YANG TIDAK DIBUKTIKAN", b"SEMUANYA TERBUKTI BENAR.").sums().sign(key)


def the_schema_left_out_and_signed_again(b: Forged, key: SigningKey) -> None:
    del b.files[SCHEMA]
    b.sums().sign(key)


def what_was_carried_over_edited(b: Forged, key: SigningKey) -> None:
    b.replace(OPENING, b"kendaraan dinas", b"kendaraan pribadi").sums().sign(key)


def what_was_carried_over_shortened(b: Forged, key: SigningKey) -> None:
    opening = read_opening(b.files[OPENING])
    b.files[OPENING] = opening_bytes(msgspec.structs.replace(opening, records=opening.records[1:]))
    b.sums().sign(key)


def what_was_carried_over_replaced_by_nothing(b: Forged, key: SigningKey) -> None:
    b.files[OPENING] = b""
    b.sums().sign(key)


def the_folder_renamed(b: Forged, key: SigningKey) -> None:
    b.folder = b.folder.replace("W47", "W48")
    b.name = b.name.replace("W47", "W48")


def the_file_renamed(b: Forged, key: SigningKey) -> None:
    b.name = b.name.replace("W47", "W48")


def the_layout_of_the_future(b: Forged, key: SigningKey) -> None:
    b.replace(
        "bag-info.txt", f"Tudang-Layout: {LAYOUT}".encode(), f"Tudang-Layout: {LAYOUT + 1}".encode()
    ).sums().sign(key)


def the_manifest_garbled(b: Forged, key: SigningKey) -> None:
    b.files["manifest-sha256.txt"] = b"apa saja\n"


def the_key_left_out(b: Forged, key: SigningKey) -> None:
    del b.files[PUBLIC_KEY]


def the_bag_declaration_left_out(b: Forged, key: SigningKey) -> None:
    del b.files["bagit.txt"]


NAME = "rekap-forum-pimpinan-skpd-kabupaten-soppeng-2026-W47"
LATER = NAME.replace("W47", "W48")
CHANGED = "Isi {} tidak sama dengan jumlahnya dalam daftar: berkas itu berubah."
DERIVED = "Isi {} tidak sesuai dengan catatan: berkas itu diubah, atau disusun dari catatan lain."
ORDER = "Catatan tidak berurutan di baris {}: ada yang dihapus, ditambah, atau ditukar."
NO_BAG = "Ini bukan bundel mingguan: {} tidak ada atau tidak sesuai bentuknya."
CUT = "Catatan tidak berakhir pada penutupan pekan: ada yang dipotong atau ditambahkan di akhir."
CARRIED = "Keadaan bawaan (data/opening.json) tidak dapat dibaca atau tidak menyambung catatan."
RENAMED = (
    f"Nama berkas menyebut {LATER}, tetapi catatan di dalamnya adalah {NAME}: bundel lain yang diganti namanya."
)

MUTATIONS: list[tuple[Callable[[Forged, SigningKey], None], str]] = [
    (a_byte_of_a_photo, CHANGED.format(PHOTO)),
    (a_byte_of_the_records, CHANGED.format(RECORDS)),
    (a_byte_of_the_readme, CHANGED.format("BACA-DULU.txt")),
    (a_row_removed_from_a_table, CHANGED.format(REPORTS)),
    (
        a_row_removed_and_the_sums_mended,
        "Tanda tangan tidak mencakup data/laporan.csv sebagaimana adanya: isinya bukan yang ditandatangani.",
    ),
    (a_row_removed_and_signed_again, DERIVED.format(REPORTS)),
    (a_row_added_and_signed_again, DERIVED.format(REPORTS)),
    (rows_swapped_and_signed_again, DERIVED.format(REPORTS)),
    (a_record_removed, ORDER.format(28)),
    (a_record_doubled, ORDER.format(27)),
    (records_swapped, ORDER.format(28)),
    (a_record_added_at_the_end, CUT),
    (the_end_of_the_chain_cut_off, CUT),
    (
        the_beginning_of_the_chain_cut_off,
        "Catatan tidak mulai di akhir pekan sebelumnya: awal rantainya dipotong atau diganti.",
    ),
    (a_record_rewritten, "Isi catatan 62 bukan isi yang dicatat dulu."),
    (a_record_rewritten_with_its_hash, "Rantai catatan putus di baris 62."),
    (a_record_relabelled, "Jenis catatan 21 tidak sesuai dengan isinya."),
    (a_line_written_otherwise, f"Baris 1 dalam {RECORDS} tidak dapat dibaca sebagai catatan."),
    (photos_swapped, CHANGED.format(PHOTO)),
    (photos_swapped_and_signed_again, f"Media {PHOTO} bukan berkas yang dicatat waktu itu."),
    (a_photo_removed, f"Berkas {PHOTO} disebut dalam daftar tetapi tidak ada."),
    (a_photo_removed_and_signed_again, DERIVED.format("data/bukti.csv")),
    (
        a_photo_added,
        "Berkas data/foto/L-0007_DLH_2026-11-20_2.jpg ada tetapi tidak disebut dalam daftar.",
    ),
    (
        a_photo_added_and_signed_again,
        "Media data/foto/L-0007_DLH_2026-11-20_2.jpg tidak disebut dalam catatan.",
    ),
    (a_file_added_beside, "Berkas catatan.txt ada tetapi tidak disebut dalam daftar."),
    (a_file_added_inside_and_signed_again, "Berkas data/tambahan.csv tidak mungkin berasal dari catatan."),
    (
        a_table_left_out_and_signed_again,
        "Berkas data/darurat.csv seharusnya ada menurut catatan, tetapi tidak ada.",
    ),
    (
        signed_by_a_stranger,
        f"Ditandatangani oleh kunci lain ({STRANGER.fingerprint}), bukan kunci yang dikenal ({{key}}).",
    ),
    (
        signed_by_a_stranger_under_our_key,
        "Tanda tangannya tidak cocok dengan kunci dalam bundel: pernyataan atau tanda tangan berubah.",
    ),
    (the_signature_removed, "Tanda tangannya tidak ada (attestation.dsse.json)."),
    (the_signature_emptied, "Tanda tangannya tidak dapat dibaca (attestation.dsse.json)."),
    (
        the_signature_taken_from_elsewhere,
        "Tanda tangannya tidak cocok dengan kunci dalam bundel: pernyataan atau tanda tangan berubah.",
    ),
    (
        another_week_signed_for,
        "Pernyataan yang ditandatangani menyebut pekan atau rantai lain daripada catatannya.",
    ),
    (the_chain_file_changed, "data/chain.json tidak sesuai dengan catatannya."),
    (the_gaps_emptied, CHANGED.format(GAPS)),
    (
        the_gaps_emptied_and_signed_again,
        "Daftar celah (data/gaps.json) dikosongkan; daftar itu selalu berisi, juga bila tidak ada celah.",
    ),
    (a_gap_denied_and_signed_again, DERIVED.format(GAPS)),
    (the_page_edited_and_signed_again, DERIVED.format("data/ringkasan.html")),
    (the_workbook_edited_and_signed_again, DERIVED.format("data/rekap.xlsx")),
    (the_readme_edited_and_signed_again, DERIVED.format("BACA-DULU.txt")),
    (the_schema_left_out_and_signed_again, NO_BAG.format(SCHEMA)),
    (what_was_carried_over_edited, CARRIED),
    (what_was_carried_over_shortened, DERIVED.format("data/perintah.csv")),
    (what_was_carried_over_replaced_by_nothing, CARRIED),
    (the_folder_renamed, RENAMED),
    (the_file_renamed, RENAMED),
    (
        the_layout_of_the_future,
        f"Bundel ini memakai susunan {LAYOUT + 1}, sedangkan versi Tudang ini memeriksa susunan {LAYOUT};"
        " pakai versi yang sesuai.",
    ),
    (the_manifest_garbled, CHANGED.format("manifest-sha256.txt")),
    (the_key_left_out, NO_BAG.format("public-key.txt")),
    (the_bag_declaration_left_out, NO_BAG.format("bagit.txt")),
]


@pytest.mark.parametrize(("mutate", "sentence"), MUTATIONS, ids=[mutate.__name__ for mutate, _ in MUTATIONS])
def test_what_was_done_is_named(
    mutate: Callable[[Forged, SigningKey], None],
    sentence: str,
    forged: Callable[[], Forged],
    key: SigningKey,
    tmp_path: Path,
) -> None:
    """Exit code 1 and one sentence, whether or not the forger had the key."""
    bundle = forged()
    mutate(bundle, key)
    verdict = verify(bundle.write(tmp_path), known=key.fingerprint)
    assert verdict.sentence == sentence.format(key=key.fingerprint)
    assert verdict.code == FAULTY
