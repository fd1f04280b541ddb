"""The sheet: one A5 page for anybody, the same bytes for the same words, no password where a machine reads it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pypdfium2
import pytest
import zxingcpp

from bridge.admin.accounts import CONSONANTS, VOWELS, bits, first_password
from bridge.admin.saying import load_texts
from bridge.admin.sheet import Sheet, TooLong, as_phone, draw, link, picture
from bridge.lang.catalogue import Catalogue

AT = datetime(2026, 11, 20, 7, tzinfo=UTC)
PASSWORD = "rusi-meda-kojo-bifu-nape"
SHEET = Sheet(
    forum="Forum Pimpinan SKPD dan Tenaga Ahli",
    name="Lontar Contoh",
    account="@lontar:contoh.go.id",
    server="contoh.go.id",
    expert="Nuri Contoh",
    password=PASSWORD,
    phone="0812 3456 7890",
)
LONGEST = Sheet(
    forum="Forum Koordinasi Pimpinan Satuan Kerja Perangkat Daerah dan Camat se-Kabupaten " + "Contoh " * 6,
    name="Prof. Dr. drh. Hj. Andi Tenri Cendana Kenanga Melati, S.H., M.Si., M.Kes., Ph.D. " + "Contoh " * 5,
    account="@" + "kepala-dinas-peternakan-dan-kesehatan-hewan" * 2 + ":matrix.pemerintah.contoh.go.id",
    server="matrix.pemerintah.kabupaten.contoh.go.id",
    expert="Dr. Ir. H. Andi Merpati Kutilang Nuri Contoh, S.T., M.T., M.M., IPU, ASEAN Eng. " + "Contoh " * 5,
)


def words(lang: str) -> Catalogue:
    return load_texts(lang, file="onboarding.yaml")


def pieces(pdf: bytes) -> Iterator[bytes]:
    """The file and everything that is packed in it."""
    yield pdf
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            yield zlib.decompressobj().decompress(found[1])
        except zlib.error:
            continue


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("sheet", [SHEET, LONGEST, replace(SHEET, password=None, phone=None, expert=None)])
def test_it_is_one_page_of_a5(lang: str, sheet: Sheet) -> None:
    """Also with the longest names, and with room to write by hand."""
    pdf = b"\n".join(pieces(draw(sheet, words(lang), AT)))
    boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", pdf)
    assert len(boxes) == 1
    width, height = (float(side) / 72 * 25.4 for side in boxes[0])
    assert (round(width), round(height)) == (148, 210)


def test_the_same_words_are_the_same_bytes() -> None:
    """And it says that it is PDF/A, which an archive takes."""
    one = draw(SHEET, words("id"), AT)
    assert one == draw(SHEET, words("id"), AT)
    assert one != draw(replace(SHEET, name="Melati Contoh"), words("id"), AT)
    assert b"<pdfaid:part>2</pdfaid:part>" in one


def test_the_code_opens_element_and_does_not_know_the_password() -> None:
    """Element's provisioning link: homeserver and account; the password goes to nobody's web server."""
    assert link(SHEET) == (
        "https://mobile.element.io/element/?account_provider=contoh.go.id&login_hint=mxid:@lontar:contoh.go.id"
    )
    strange = replace(SHEET, account="@a=b+c/d:x&y=z", server="https://matrix.contoh.go.id/?a=b")
    assert link(strange).count("&") == 1
    assert "#" not in link(replace(SHEET, account="@a#b:x"))
    assert all(PASSWORD.encode() not in piece for piece in pieces(draw(SHEET, words("id"), AT)))
    assert PASSWORD not in repr(SHEET)


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("sheet", [SHEET, LONGEST, replace(SHEET, account="@a=b+c/d:x", server="https://h.x/?a=b")])
def test_a_telephone_reads_the_printed_code(lang: str, sheet: Sheet) -> None:
    """The page as it is printed, read by another program: one code, and Element gets server and account."""
    with pypdfium2.PdfDocument(draw(sheet, words(lang), AT)) as document:
        page = document[0].render(scale=300 / 72).to_pil()
    (seen,) = zxingcpp.read_barcodes(page)
    assert (seen.format, seen.valid) == (zxingcpp.BarcodeFormat.QRCode, True)
    assert seen.text == link(sheet)
    parts = urlsplit(seen.text)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "mobile.element.io", "/element/")
    assert parse_qs(parts.query, strict_parsing=True) == {
        "account_provider": [sheet.server],
        "login_hint": [f"mxid:{sheet.account}"],
    }


def test_a_stain_on_the_code_does_not_end_it() -> None:
    """A twentieth of it is covered, and it is printed small and grey."""
    with pypdfium2.PdfDocument(draw(SHEET, words("id"), AT)) as document:
        page = document[0].render(scale=150 / 72).to_pil().convert("L").point(lambda grey: 60 + grey // 2)
    (seen,) = zxingcpp.read_barcodes(page)
    spot, corner = seen.position.top_left, seen.position.bottom_right
    width = corner.x - spot.x
    middle = (spot.x + width // 2, spot.y + width // 2)
    page.paste(60, (*middle, middle[0] + width // 5, middle[1] + width // 5))
    (again,) = zxingcpp.read_barcodes(page)
    assert again.text == link(SHEET)


def test_what_is_given_is_printed() -> None:
    """A password, a phone number, a name: the picture is another one with each."""
    base = replace(SHEET, password=None, phone=None)
    pictures = {picture(one, words("id"), dots_per_inch=40) for one in (SHEET, base, replace(base, phone="0811"))}
    assert len(pictures) == 3
    assert all(png.startswith(b"\x89PNG") for png in pictures)


def test_what_cannot_fit_is_refused() -> None:
    """Rather than a second page that nobody prints."""
    with pytest.raises(TooLong):
        draw(replace(SHEET, name="Contoh " * 400), words("id"), AT)


NAMES = [
    *(
        '#panic("x")',
        "$x^2$ *b* _i_ `c`",
        "= Heading\n#import",
        "\\ \" ' {{}}",
        "@label <x>",
        "a **b",
        "//",
        "\x00\ud800",
    ),
    # Letters of the Bugis and others, some of which no font of this machine may have.
    *("", "\u1a05\u1a14 \u1a15", "\u6771\u4eac", "\u1104", "\U0001f3d9\ufe0f", "\u202e\u200b", "\u05d0 \u0627"),
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_makes_a_sheet(name: str) -> None:
    """No name is markup, whatever is in it, and none has letters for which there is no sheet."""
    assert draw(replace(SHEET, name=name, forum=f"F {name}", expert=name), words("id"), AT).startswith(b"%PDF")


@pytest.mark.parametrize("text", ["0812 3456 7890", "+62 812-3456-7890", "0484 (21) 001"])
def test_a_phone_number_is_kept_as_it_is_written(text: str) -> None:
    """With the spaces by which people read it."""
    assert as_phone(f" {text} ") == text


@pytest.mark.parametrize("text", ["Nuri", "0812<script>", "12", "0812 3456 7890 1234 5678 9012", "+"])
def test_what_is_no_phone_number_is_none(text: str) -> None:
    """It would be printed as one."""
    assert as_phone(text) is None


def test_first_passwords_are_strong_and_easy() -> None:
    """More than 60 bits, small letters that nobody confuses, never the same twice."""
    made = {first_password() for _ in range(200)}
    assert len(made) == 200
    assert bits() >= 60
    for password in made:
        groups = password.split("-")
        assert len(groups) == 5
        assert all(
            len(group) == 4 and set(group[::2]) <= set(CONSONANTS) and set(group[1::2]) <= set(VOWELS)
            for group in groups
        )
    assert not set(CONSONANTS + VOWELS) & set("l10q9vcx")
