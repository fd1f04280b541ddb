"""A photo that lies exactly upon an earlier one of its task, but for one part: people look at it first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.model import facts as f
from bridge.model import grids, hashes
from bridge.model.effects import ShowPictures
from tests.forum.desk import CONTROL, Desk, policy_text
from tests.forum.test_looked_at import card

ORDER = "DLH bersihkan pasar sentral hari ini dan laporkan"


def grid(*, cleared: bool = False, other: bool = False) -> str:
    """A picture of stripes; with one part cleared, or another picture."""
    side = grids.SIDE
    cells = bytearray(
        (row * 37 + column * (53 if other else 71)) % 200 + 20 for row in range(side) for column in range(side)
    )
    if cleared:
        for row in range(12, 22):
            for column in range(10, 20):
                cells[row * side + column] = 120
    return grids.written(bytes(cells))


def views(bits: int = 0) -> tuple[str, ...]:
    """A picture's hash with so many bits of it changed."""
    return (hashes.written("whole", int("5a" * 32, 16) ^ ((1 << bits) - 1)),)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def before_and_after(desk: Desk, **after: object) -> str:
    """A report with a first photo, and another photo for the same order."""
    desk.say("wabup", ORDER)
    desk.judge(desk.photo("dlh-1", caption="Lapor P-1, mulai dibersihkan"), grid=grid(), views=views())
    later = desk.photo("dlh-1", caption="Lapor P-1, pasar sentral sudah bersih")
    seen: dict[str, Any] = {"grid": grid(cleared=True), "views": views(25), **after}
    desk.judge(later, **seen)
    return later


def test_it_is_held_and_shown_beside_the_one_before(desk: Desk) -> None:
    """The verifier sees both; the sender reads that somebody looks, and of BANDING; nothing is said in the room."""
    later = before_and_after(desk)
    (check,) = desk.facts(f.CheckOpened)
    assert (check.event, check.why, check.earlier_report) == (later, ("aligned",), "L-1")
    assert check.earlier_event is not None
    assert [say.key for say in desk.said("") if say.person == "dlh-1"] == ["looked.held"]
    assert not [key for key in desk.heard() if key.startswith("evidence.")]
    (shown,) = desk.effects(ShowPictures)
    assert (shown.room, shown.event, shown.earlier_event) == (CONTROL, later, check.earlier_event)
    judged = desk.facts(f.EvidenceJudged)[-1]
    assert "aligned" in judged.signs
    assert judged.alike_event == check.earlier_event


def test_an_order_with_a_photo_is_the_picture_before(desk: Desk) -> None:
    """As a complaint that the leader passes on; the April of 2026 in Jakarta began with one."""
    event = desk.photo("wabup", caption=ORDER)
    desk.judge(event, grid=grid(), views=views())
    desk.judge(desk.photo("dlh-1", caption="Lapor P-1, sudah bersih"), grid=grid(cleared=True), views=views(25))
    (check,) = desk.facts(f.CheckOpened)
    assert (check.why, check.earlier_event) == (("aligned",), event)


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_orders_own_photo_sent_back_is_no_proof(tmp_path: Path, language: str) -> None:
    """Whoever forwards it as a report is asked for one of the result, and told how to appeal."""
    desk = Desk(tmp_path, policy=policy_text(language=language))
    event = desk.photo("wabup", caption=ORDER)
    desk.judge(event, sha256="ab" * 32)
    desk.judge(desk.photo("dlh-1", caption="Lapor P-1, sudah bersih"), sha256="ab" * 32)
    judged = desk.facts(f.EvidenceJudged)[-1]
    assert judged.verdict == "duplicate"
    said = desk.said()[-1]
    assert said.key == "evidence.duplicate_order"
    assert [line.key for line in said.lines] == ["looked.how"]


def test_a_smaller_copy_of_it_is_looked_at_first(desk: Desk) -> None:
    """As WhatsApp makes it when the order is passed on: nearly the same bits, other bytes."""
    event = desk.photo("wabup", caption=ORDER)
    desk.judge(event, grid=grid(), views=views())
    desk.judge(desk.photo("dlh-1", caption="Lapor P-1, sudah bersih"), grid=grid(), views=views(3))
    (check,) = desk.facts(f.CheckOpened)
    assert (check.why, check.earlier_event) == (("similar",), event)
    assert card(desk)[1].key == "check.why_of_no_report"


@pytest.mark.parametrize(
    "after",
    [{"grid": grid()}, {"grid": grid(other=True)}, {"grid": ""}],
    ids=["the same again", "another picture", "none known"],
)
def test_honest_photos_of_a_task_count_at_once(desk: Desk, after: dict[str, object]) -> None:
    """The same photo sent again, one from another spot, or one from before grids were kept."""
    before_and_after(desk, **after)
    assert desk.facts(f.CheckOpened) == []
    assert desk.task("P-1", "dlh") == "reported"


def test_another_unit_of_the_order_is_none_of_its_business(desk: Desk) -> None:
    """What is like the photo of another unit has a rule of its own."""
    desk.say("wabup", "DLH dan PUPR bersihkan pasar sentral hari ini dan laporkan")
    desk.judge(desk.photo("dlh-1", caption="Lapor P-1, bersih"), grid=grid(), views=views())
    desk.judge(desk.photo("pupr-1", caption="Lapor P-1, bersih"), grid=grid(cleared=True), views=views(50))
    assert all("aligned" not in check.why for check in desk.facts(f.CheckOpened))


@pytest.mark.parametrize(("level", "told"), [("off", False), ("note", True)])
def test_it_can_be_switched_off_or_only_noted(tmp_path: Path, level: str, told: bool) -> None:
    desk = Desk(tmp_path, policy=policy_text(f"evidence:\n  checks:\n    aligned: {level}\n"))
    before_and_after(desk)
    assert ("aligned" in desk.facts(f.EvidenceJudged)[-1].signs) is told
    assert desk.facts(f.CheckOpened) == []


def test_refused_it_is_asked_for_again_politely_with_the_way_to_appeal(tmp_path: Path) -> None:
    desk = Desk(tmp_path, policy=policy_text("evidence:\n  checks:\n    aligned: refuse\n"))
    before_and_after(desk)
    (said,) = [say for say in desk.said() if say.key.startswith("evidence.")]
    assert said.key == "evidence.aligned"
    assert [line.key for line in said.lines] == ["looked.how"]


def test_how_much_must_have_stayed_is_the_policys(tmp_path: Path) -> None:
    """Here a tenth of the picture changed: a policy may want less to have changed."""
    desk = Desk(tmp_path, policy=policy_text("evidence:\n  checks:\n    aligned_kept: 95\n"))
    before_and_after(desk)
    assert desk.facts(f.CheckOpened) == []
