"""The words by which the order is found that a report answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.forum.pairing import stems
from bridge.lang.speech import SpeechError, load_report_words


def test_forms_of_an_indonesian_verb_are_one_word() -> None:
    """Whoever was ordered to clean says that it was cleaned."""
    words = load_report_words("id")
    for forms in (
        ("Bersihkan", "membersihkan", "sdh dibersihkan", "bersih-bersih"),
        ("Kerjakan", "mengerjakan dikerjakan", "pekerjaan dikerjakan"),
        ("selesaikan", "diselesaikan"),
        ("tertibkan", "ditertibkan", "menertibkan ditertibkan"),
        ("angkut", "mengangkut", "diangkut", "terangkut"),
    ):
        assert frozenset.intersection(*(stems(form, words) for form in forms)), forms


def test_english_words_lose_no_indonesian_beginning() -> None:
    """`secure` is not `cure`; and what any report holds tells nothing."""
    words = load_report_words("en")
    assert stems("secure the terminal", words) == {"secu", "term"}
    assert stems("Report: done, photo attached", words) == frozenset()


def test_a_slip_in_the_list_is_found_at_the_start(tmp_path: Path) -> None:
    """And the message names the file."""
    (tmp_path / "id").mkdir()
    (tmp_path / "id" / "report.yaml").write_text("usual: [foto]\nnill: [nihil]\n", encoding="utf-8")
    with pytest.raises(SpeechError, match=r"id/report\.yaml"):
        load_report_words("id", tmp_path)
