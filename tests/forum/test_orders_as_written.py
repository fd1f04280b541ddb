"""Ordinary orders, and whom a colleague would say they are for.

The phrases were written before the rules were tried on them. The names are those of the roster alone, without the
nicknames that an admin may add: whoever writes "kadisdik" need not have been foreseen.

How the expected answer is written: `*` every unit, `/kind` all of a kind, `-unit` left out, `?` nobody, so that
the one who gave the order is asked.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from bridge.forum.addressing import Directory
from bridge.model.speech import UnitName
from tests.forum.orders_as_written import ASKED, CITY, ENGLISH, INDONESIAN, REGENCY
from tests.forum.test_addressing import WORDS

PLACES = {"id": Directory(REGENCY, {}, WORDS["id"]), "en": Directory(CITY, {}, WORDS["en"])}
UNITS = {"id": REGENCY, "en": CITY}


def expected(whom: str, lang: str) -> set[str]:
    """The ids of the units that an expected answer means."""
    meant: set[str] = set()
    for part in whom.split():
        name = part.removeprefix("-")
        if name == "*":
            found = {unit.id for unit in UNITS[lang]}
        elif name.startswith("/"):
            found = {unit.id for unit in UNITS[lang] if unit.kind == name[1:]}
        else:
            found = {name} - {"?"}
        meant = meant - found if part.startswith("-") else meant | found
    return meant


def understood(text: str, lang: str) -> set[str]:
    """The ids of the units that are addressed."""
    return set(PLACES[lang].units_of(PLACES[lang].addressed(text)))


@pytest.mark.parametrize(("text", "whom"), INDONESIAN)
def test_indonesian_orders(text: str, whom: str) -> None:
    assert understood(text, "id") == expected(whom, "id")


@pytest.mark.parametrize(("text", "whom"), ENGLISH)
def test_english_orders(text: str, whom: str) -> None:
    assert understood(text, "en") == expected(whom, "en")


@pytest.mark.parametrize(("text", "lang"), [(text, lang) for lang, texts in ASKED.items() for text in texts])
def test_what_is_not_understood_addresses_nobody(text: str, lang: str) -> None:
    """Nobody gets a task by a guess: the one who gave the order is asked."""
    assert understood(text, lang) == set()


WORDS_LIKE_SHORT_NAMES = tuple(
    """
diskusi disiplin distribusi diskon dinding dinamis dingin disini disana disitu dispensasi dispenser
disuruh disampaikan disiapkan disiram disosialisasikan diserahkan dinaikkan dinilai dinyatakan
disegel dinasti kerja tanam tata data buka didik dagang hubungi urus rawat jaga bina guna atur ikut
lapor kirim tanamkan kabar kader diskors disesuaikan disebut disebutkan disita disumbang dinikmati
dinobatkan bagikan sosial hukum umum pangan modal sipil catatan hidup ruang desa
masyarakat wisata kebakaran pemuda keuangan aset
""".split()  # noqa: SIM905 - read as a text
)


@given(st.lists(st.sampled_from(WORDS_LIKE_SHORT_NAMES), min_size=1, max_size=6).map(" ".join))
def test_everyday_words_are_no_short_names(text: str) -> None:
    """Words that begin as short names do, or that are parts of one, address nobody.

    "Badan" and "bagian" are left out: before such a word they do name an office ("bagian hukum")."""
    assert understood(text, "id") == set()


def test_who_lies_in_an_area_is_what_the_roster_says() -> None:
    """ "Lurah se-kecamatan Lalabata" are the villages there, once the roster says which; until then it is asked."""
    areas = {"bila": "lalabata", "ompo": "lalabata", "congko": "ganra"}
    units = [structs.replace(unit, within=areas.get(unit.id, "")) for unit in REGENCY]
    told = Directory(units, {}, WORDS["id"])
    for text in (
        "lurah se-kec. Lalabata kerja bakti",
        "para lurah se kecamatan Lalabata merapat",
        "seluruh lurah di Kecamatan Lalabata kerja bakti",
    ):
        assert told.units_of(told.addressed(text)) == ("bila", "ompo")
    assert told.units_of(told.addressed("kades se-Kecamatan Ganra segera lapor")) == ("congko",)
    assert told.addressed("lurah se-kecamatan Citta kerja bakti").nobody
    assert understood("seluruh lurah di Kecamatan Lalabata kerja bakti", "id") == set()


def test_a_word_without_end_costs_nothing() -> None:
    """Whoever writes "kadis" and ten thousand letters does not keep the forum waiting."""
    began = time.perf_counter()
    assert understood("kadis" + "peken" * 4000, "id") == set()
    assert understood("kadis " + "peken" * 4000, "id") == set()
    assert time.perf_counter() - began < 1.0


@given(
    st.sampled_from([unit for unit in REGENCY if unit.name.startswith(("Dinas", "Badan"))]),
    st.sampled_from(["laporan {} sudah saya baca, camat harap turun", "banjir di kantor {}", "surat {} kemarin"]),
)
def test_who_is_only_spoken_of_is_not_addressed(unit: UnitName, form: str) -> None:
    assert understood(form.format(unit.name), "id") == set()
