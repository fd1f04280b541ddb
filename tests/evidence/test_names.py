"""File names in exports are for people, and safe everywhere."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.evidence.names import evidence_name, extension, safe

DAY = date(2026, 11, 20)


def test_a_name_says_report_unit_day_and_number() -> None:
    """The example of the papers."""
    assert evidence_name("L", 7, "DLH", DAY, 1, "image/jpeg") == "L-0007_DLH_2026-11-20_1.jpg"
    assert (
        evidence_name("L", 12345, "Kec. Lalabata", DAY, 2, "video/mp4") == "L-12345_Kec-Lalabata_2026-11-20_2.mp4"
    )


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("..\\..\\windows", "windows"),
        ("DLH\0.exe", "DLH-exe"),
        ("foto\u202egpj.exe", "fotogpj-exe"),
        ("D\u200bL\ufeffH\r\n", "DLH"),
        ("con", "con-"),
        ("LPT1", "LPT1-"),
        ("...", "x"),
        ("", "x"),
        ("Dinas PU & PR / Bina Marga", "Dinas-PU-PR-Bina-Marga"),
        ("=cmd|' /C calc'!A0", "cmd-C-calc-A0"),
        ("-rf", "rf"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("\uff24\uff2c\uff28", "DLH"),
        ("إدارة البيئة", "إدارة-البيئة"),
    ],
)
def test_dangerous_parts_are_made_harmless(unit: str, expected: str) -> None:
    """Paths, control characters, direction overrides, device names, formulas and options lose their meaning."""
    assert safe(unit) == expected


@given(st.text())
def test_any_text_makes_one_harmless_part(text: str) -> None:
    """Whatever is in a roster: one component, visible, short, composed, the same when made safe again."""
    part = safe(text)
    assert 0 < len(part.encode()) <= 61
    assert not set(part) & set('/\\:*?"<>|.\0 \n')
    assert not any(unicodedata.category(character).startswith("C") for character in part)
    assert not part.startswith("-")
    assert unicodedata.is_normalized("NFC", part)


@given(st.text(), st.integers(0, 10**9), st.text())
def test_any_report_makes_a_name_that_fits(letter: str, number: int, unit: str) -> None:
    """The whole name stays within what file systems take."""
    assert len(evidence_name(letter, number, unit, DAY, 99, "video/quicktime").encode()) <= 255


def test_the_extension_comes_from_the_real_type() -> None:
    """And from nothing else; an unknown type is `bin`, whatever it says."""
    assert extension("video/3gpp") == "3gp"
    assert extension("application/x-../../sh") == "bin"
