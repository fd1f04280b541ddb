"""When leaders are rung at once, and when they are left to sleep."""

from __future__ import annotations

import pytest

from bridge.forum.tagging import Tagger, Utterance, emergency
from bridge.lang.lexicon import load
from bridge.model.lexicon import Lexicon


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Banjir pak di Laringgi, setinggi lutut", "banjir"),
        ("Wabah antraks di Tompo, 5 ekor sapi mati", "antraks"),
        ("tabe puang, longsor menutup jalan", "longsor"),
        ("telah terjadi kebakaran rumah, korban jiwa nihil", "kebakaran"),
        ("Flooding on Pine St, two people trapped", "flooding"),
        ("Structure fire on 9th, no injuries", "structure fire"),
        ("Banjir 1 meter di Pajalele. Simulasi kemarin membantu", "banjir"),
    ],
)
def test_what_is_happening_is_an_emergency(lexicon: Lexicon, text: str, word: str) -> None:
    """The words found are given, so that the alarm can quote them."""
    assert word in emergency(text, lexicon)


@pytest.mark.parametrize(
    "text",
    [
        "Situasi aman, korban nihil",
        "tidak ada korban jiwa pak",
        "sdh dicek, tdk ada banjir",
        "simulasi evakuasi gempa di SDN 7",
        "penyuluhan antraks di 4 desa, hadir 80 peternak",
        "vaksinasi anthrax 120 ekor selesai",
        "Tree down on Elm, no flooding",
        "fire drill at noon",
        "No injuries, fire is out",
    ],
)
def test_nil_drills_and_prevention_are_none(lexicon: Lexicon, text: str) -> None:
    """Nobody is woken for what did not happen."""
    assert emergency(text, lexicon) == ()


@pytest.mark.parametrize("tag", ["#darurat", "#DARURAT", "#emergency", "#urgent"])
def test_the_tag_counts_always(lexicon: Lexicon, tag: str) -> None:
    """Who writes the tag is believed, even beside a word of drills."""
    assert emergency(f"simulasi? bukan, {tag}", lexicon) == (tag.lower(),)


def test_the_policy_adds_words(lexicon: Lexicon) -> None:
    """A word that only the policy knows rings too."""
    assert emergency("Tabung gas meledak", lexicon, ()) == ("meledak",)
    assert emergency("Kebocoran amonia di pabrik es", lexicon, ()) == ()
    assert emergency("Kebocoran amonia di pabrik es", lexicon, ("Amonia",)) == ("amonia",)


def test_a_leaders_order_rings_nobody(lexicon: Lexicon) -> None:
    """The leader knows what he orders about; the same word in a unit's message rings."""
    tagger = Tagger(lexicon)
    assert tagger.classify(Utterance("Kadis, ada banjir di Citta, turun sekarang", "leader")).emergency == ()
    assert tagger.classify(Utterance("Ada banjir di Citta pak", "head")).emergency == ("banjir",)


def test_a_chain_message_rings_nobody(lexicon: Lexicon) -> None:
    """Alarms that ask to be passed on to everybody are not believed."""
    tagger = Tagger(lexicon)
    text = "Sebarkan ke semua grup, besok akan terjadi gempa besar!"
    assert tagger.classify(Utterance(text, "subdistrict_head")).emergency == ()
