"""A meeting over the end of a week: it runs in the one bundle and is closed in the next, and both verify."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.model import facts as f
from bridge.summary.export import export_week
from bridge.summary.keys import SigningKey
from bridge.summary.verify import INTACT, verify
from tests.summary.forge import Forged
from tests.summary.history import FORUM, Ledger, Shelf, at, head_of_unit


def friday_to_monday(language: str = "id") -> Ledger:
    """The regent leads a meeting from Friday evening on; the week is sealed before it is closed on Monday."""
    b = Ledger(language=language)
    opened = f.Meeting(
        number="R-1",
        event=b.event(),
        room=FORUM,
        person="bupati",
        name="Andi Baso",
        role="leader",
        topic="Kesiapan musim hujan",
        agenda=("Anthrax", "Kerja bakti massal"),
        via="message",
        at=at(20, 19, 10),
    )
    b.add(opened)
    for unit, how, instead in (("DLH", "spoke", ""), ("PUPR", "reacted", ""), ("DISDIK", "excused", "Sekretaris")):
        b.add(_attended(b, unit, how, instead))
    b.add(_attended(b, "SATPOLPP", "checked_in", ""))
    b.add(_attended(b, "SATPOLPP", "withdrawn", ""))
    for state in ("asked", "given"):
        b.add(
            f.Floor(
                meeting="R-1",
                person=head_of_unit("DLH"),
                name="Kepala DLH",
                unit="DLH",
                state=state,
                place=1,
                by="bupati",
                event=b.event(),
                at=at(20, 19, 22),
            )
        )
    b.add(
        f.Minuted(
            meeting="R-1",
            what="decision",
            number="K-3",
            event=b.event(),
            person="bupati",
            name="Andi Baso",
            text="Setuju, dimajukan ke Rabu.",
            at=at(21, 10, 4),
        )
    )
    b.seal("2026-W47", at(16, 0), at(23, 0))
    b.add(_changed("item", at(23, 9), item=2))
    b.add(_changed("closed", at(23, 11)))
    b.seal("2026-W48", at(23, 0), at(30, 0))
    b.add(_changed("note", at(30, 12), text="DISDIK diwakili Sekretaris"))
    b.seal("2026-W49", at(30, 0), at(7, 0, month=12))
    return b


def _attended(b: Ledger, unit: str, how: str, instead: str) -> f.Attended:
    return f.Attended(
        meeting="R-1",
        person=head_of_unit(unit),
        name=f"Kepala {unit}",
        unit=unit,
        role="head",
        how=how,
        stands_in=instead,
        event=b.event(),
        attested=how == "reacted",
        at=at(20, 19, 20),
    )


def _changed(what: str, when: int, *, item: int = 0, text: str = "") -> f.MeetingChanged:
    return f.MeetingChanged(
        meeting="R-1", what=what, item=item, text=text, by="bupati", name="Andi Baso", cause=f"${what}", at=when
    )


@pytest.fixture
def bundles(tmp_path: Path) -> dict[str, Forged]:
    """The bundles of the weeks, by week; each verifies, also as what follows the one before."""
    ledger, key = friday_to_monday(), SigningKey(bytes(32))
    made: dict[str, Forged] = {}
    before: Path | None = None
    for week, _ in ledger.sealed_weeks():
        done = export_week(Shelf(ledger), week, ledger.media, key, tmp_path)
        assert verify(done.path, key=key.fingerprint, previous=before).code == INTACT
        made[week], before = Forged.of(done.path), done.path
    return made


def text(bundle: Forged, name: str) -> str:
    return bundle.files[f"data/{name}"].decode("utf-8-sig")


def row(bundle: Forged) -> str:
    (found,) = [line for line in text(bundle, "rapat.csv").splitlines() if line.startswith("R-1")]
    return found


def test_a_week_sealed_in_the_middle_shows_it_as_running(bundles: dict[str, Forged]) -> None:
    assert "masih berjalan" in row(bundles["2026-W47"])
    assert "DISDIK (Sekretaris)" in row(bundles["2026-W47"])
    assert "R-1 · Kesiapan musim hujan · masih berjalan" in text(bundles["2026-W47"], "ringkasan.html")
    assert "Setuju, dimajukan ke Rabu." in text(bundles["2026-W47"], "notulen.csv")


def test_the_next_one_continues_it_to_its_end(bundles: dict[str, Forged]) -> None:
    """With what was said before the seal; who was not seen is named here, where those read who check the forum."""
    assert "selesai" in row(bundles["2026-W48"])
    minutes = text(bundles["2026-W48"], "notulen.csv")
    for said in ("mendapat giliran bicara", "hadir, berbicara", "hadir, memberi reaksi", "K-3", "ditutup"):
        assert said in minutes
    page = text(bundles["2026-W48"], "ringkasan.html")
    assert "Kerja bakti massal ✔" in page
    absent = page.split("<dt>Belum terlihat</dt><dd>")[1].split("</dd>")[0]
    assert "SATPOLPP" in absent and "DLH" not in absent and "DISDIK" not in absent


def test_what_is_mended_later_stands_in_the_week_in_which_it_was(bundles: dict[str, Forged]) -> None:
    assert "DISDIK diwakili Sekretaris" in text(bundles["2026-W49"], "notulen.csv")
    assert "bundel pekan sebelumnya" in row(bundles["2026-W49"])
