"""How far a photo was taken from the place named: by its report, by its order, or as its unit's own area."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.forum.whereabouts import distance
from bridge.model import facts as f
from bridge.model.evidence import Sign
from tests.forum.desk import CONTROL, Desk, policy_text
from tests.forum.opened import LANGUAGES

PLACES = (
    "[{name: Cabenge, aliases: [Pasar Cabenge], at: [-4.28, 119.96], radius: 3},"
    " {name: Takkalala, at: [-4.36, 119.88], radius: 3},"
    " {name: Citta, unit: citta, at: [-4.42, 119.99], radius: 8}]"
)
CABENGE, TAKKALALA, CITTA = (-4.281, 119.961), (-4.361, 119.881), (-4.43, 120.0)
MAKASSAR = (-5.14, 119.43)


def forum(folder: Path, extra: str = "", places: str = PLACES, language: str = "id") -> Desk:
    lines = f"evidence: {{checks: {{{extra}places: {places}}}}}\n"
    return Desk(folder, policy=policy_text(lines, language=language))


def told(desk: Desk, person: str, caption: str, position: tuple[float, float] | None) -> tuple[str, ...]:
    """What is noticed of a report's photo that says it was taken there."""
    desk.judge(desk.photo(person, caption=caption), position=position)
    return desk.facts(f.EvidenceJudged)[-1].signs


@pytest.mark.parametrize(
    ("caption", "position", "signs"),
    [
        ("Lapor, saluran Cabenge sudah dibersihkan", CABENGE, ()),
        ("Lapor, saluran Cabenge sudah dibersihkan", MAKASSAR, (Sign.FAR,)),
        ("Lapor, saluran di pasar cabenge sudah dibersihkan", MAKASSAR, (Sign.FAR,)),
        ("Lapor, saluran Cabenge dan Takkalala sudah bersih", TAKKALALA, ()),
        ("Lapor, saluran Cabengeraya sudah dibersihkan", MAKASSAR, ()),
        ("Lapor, saluran sudah dibersihkan", MAKASSAR, ()),
        ("Lapor, saluran Cabenge sudah dibersihkan", None, (Sign.UNPLACED,)),
    ],
)
def test_the_report_names_the_place(
    tmp_path: Path, caption: str, position: tuple[float, float] | None, signs: tuple[Sign, ...]
) -> None:
    """By whole words; of several places the nearest counts; where none is named nothing is compared."""
    assert told(forum(tmp_path), "pupr-1", caption, position) == signs


def test_else_the_order_does(tmp_path: Path) -> None:
    """And the report's own place wins over it."""
    desk = forum(tmp_path)
    desk.say("wabup", "PUPR dan DLH bersihkan saluran Cabenge hari ini paling lambat jam 17.00")
    assert told(desk, "pupr-1", "Lapor P-1, sudah dibersihkan", MAKASSAR) == (Sign.FAR,)
    assert told(desk, "dlh-1", "Lapor P-1, yang di Takkalala sudah bersih", TAKKALALA) == ()


def test_else_the_units_own_area(tmp_path: Path) -> None:
    """Only of the unit whose area it is."""
    desk = forum(tmp_path)
    assert told(desk, "citta-1", "Lapor, kantor sudah dibersihkan", CITTA) == ()
    assert told(desk, "citta-1", "Lapor, gudang sudah dibersihkan", MAKASSAR) == (Sign.FAR,)
    assert told(desk, "ganra-1", "Lapor, gudang sudah dibersihkan", MAKASSAR) == ()


def test_how_far_is_far_is_the_policys(tmp_path: Path) -> None:
    """Cabenge and Takkalala are some twelve kilometres apart."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    caption = "Lapor, saluran Cabenge sudah dibersihkan"
    assert told(forum(tmp_path / "a"), "pupr-1", caption, TAKKALALA) == ()
    assert told(forum(tmp_path / "b", "far_km: 2, "), "pupr-1", caption, TAKKALALA) == (Sign.FAR,)


def test_without_places_nothing_is_compared(tmp_path: Path) -> None:
    """Which is the default."""
    assert told(Desk(tmp_path), "pupr-1", "Lapor, saluran Cabenge sudah dibersihkan", MAKASSAR) == ()


@pytest.mark.parametrize(("language", "calm"), [("id", "itu keterangan berkas, bukan bukti"), ("en", "no proof")])
def test_people_look_at_it_and_nobody_is_accused(tmp_path: Path, language: str, calm: str) -> None:
    """The task is not late for it; the card in the control room says that the file may be wrong."""
    desk = forum(tmp_path, language=language)
    done = "Lapor, saluran Cabenge bersih" if language == "id" else "Report: the Cabenge channel has been cleaned"
    assert told(desk, "pupr-1", done, MAKASSAR) == (Sign.FAR,)
    number = desk.facts(f.Report)[0].number
    assert desk.report(number) == "held"
    desk.move(minutes=2)
    assert [one.why for one in desk.facts(f.CheckOpened)] == [("far",)]
    assert "check:A-1" in desk.cards()
    assert not [say for say in desk.said() if say.key.startswith("evidence.")]
    desk.say("ahli-1", "!setuju A-1" if language == "id" else "!approve A-1", room=CONTROL)
    assert desk.report(number) == "reported"
    assert calm in LANGUAGES[language].say("check.why_far").plain


degrees = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(degrees, degrees)
def test_distances_are_those_of_a_sphere(one: tuple[float, float], other: tuple[float, float]) -> None:
    """The same both ways, never longer than half around, nothing between a place and itself."""
    assert 0 <= distance(one, other) <= 20_016
    assert distance(one, other) == pytest.approx(distance(other, one), abs=1e-6)
    assert distance(one, one) == pytest.approx(0, abs=1e-6)


def test_a_known_distance() -> None:
    """From Makassar to Soppeng's town, some hundred kilometres."""
    assert distance((-5.147, 119.432), (-4.351, 119.886)) == pytest.approx(101.8, abs=1)
