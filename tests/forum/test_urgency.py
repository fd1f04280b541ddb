"""An order is as urgent as its words say; the card says so, and reminders come accordingly."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.forum.cards import directive_card
from bridge.forum.directives import cancel
from bridge.forum.urgency import urgency_of
from bridge.ledger.work import directive_view
from bridge.model import facts as f
from bridge.model.effects import CancelTimer
from bridge.model.situation import DirectiveView
from tests.forum.desk import Desk, policy_text

HASHTAG = "#perintah PUPR laporkan kondisi jembatan"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def order(desk: Desk, text: str) -> DirectiveView:
    desk.say("bupati", text)
    view = directive_view(desk.store, "uji", desk.facts(f.Directive)[-1].number)
    assert view is not None
    return view


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("Laporkan kondisi jembatan", "ordinary"),
        ("Segera laporkan kondisi jembatan", "urgent"),
        ("laporkan sgr ya", "urgent"),
        ("Ini mendesak, mohon dilaporkan.", "urgent"),
        ("Sangat segera!", "very_urgent"),
        ("laporkan sesegera mungkin", "very_urgent"),
        ("Ke lokasi saat ini juga.", "very_urgent"),
        ("laporkan #kilat", "very_urgent"),
        ("paket kilat sudah sampai", "ordinary"),
        ("Ini tidak mendesak", "ordinary"),
        ("Tidak perlu segera, tetapi sekarang juga tolong dicatat", "very_urgent"),
        ("Please report, this is urgent", "urgent"),
        ("Report immediately", "very_urgent"),
        ("Please go there right now", "very_urgent"),
        ("It is not urgent", "ordinary"),
    ],
)
def test_words_and_hashtags_say_how_urgent(desk: Desk, text: str, urgency: str) -> None:
    assert urgency_of(text, desk.book) == urgency


@pytest.mark.parametrize(("words", "line"), [("", None), ("segera", "card.urgent"), ("#kilat", "card.very_urgent")])
def test_the_card_says_it_in_one_line_unless_it_is_ordinary(desk: Desk, words: str, line: str | None) -> None:
    view = order(desk, f"{HASHTAG} {words} sebelum jam 18.00")
    shown = [one.key for one in directive_card(view, desk.book)]
    assert [key for key in shown if key in ("card.urgent", "card.very_urgent")] == ([line] if line else [])


def reminders(desk: Desk) -> list[str]:
    return [key for key in desk.heard() if key.startswith("directive.remind")]


def test_an_ordinary_order_is_reminded_of_as_ever(desk: Desk) -> None:
    order(desk, f"{HASHTAG} sebelum jam 18.00")
    desk.move(hours=8, minutes=59)
    assert reminders(desk) == []
    desk.move(minutes=2)
    desk.move(hours=1, minutes=30)
    assert reminders(desk) == ["directive.remind"]


def test_an_urgent_order_is_reminded_of_four_hours_and_one_hour_before(desk: Desk) -> None:
    order(desk, f"{HASHTAG} segera, sebelum jam 18.00")
    desk.move(hours=7, minutes=1)
    assert reminders(desk) == ["directive.remind"]
    desk.move(hours=2, minutes=58)
    assert reminders(desk) == ["directive.remind"]
    desk.move(minutes=2)
    assert reminders(desk) == ["directive.remind"] * 2


@pytest.mark.parametrize(("words", "rings"), [("#kilat", True), ("segera", False)])
def test_only_what_is_very_urgent_rings_in_quiet_hours(desk: Desk, words: str, rings: bool) -> None:
    order(desk, f"{HASHTAG} {words} sebelum jam 23.00")
    desk.move(hours=15, minutes=31)
    last = next(say for say in reversed(desk.said()) if say.key.startswith("directive.remind"))
    assert last.rings is rings


def test_the_policy_says_when(tmp_path: Path) -> None:
    desk = Desk(tmp_path, policy=policy_text("urgency: {urgent: [6h]}\n"))
    order(desk, f"{HASHTAG} segera, sebelum jam 18.00")
    desk.move(hours=5, minutes=1)
    assert reminders(desk) == ["directive.remind"]
    desk.move(hours=5, minutes=30)
    assert reminders(desk) == ["directive.remind"]


def test_a_cancelled_urgent_order_reminds_nobody(desk: Desk) -> None:
    """Also of the second time, which an ordinary order has not."""
    number = order(desk, f"{HASHTAG} segera, sebelum jam 18.00").number
    view = directive_view(desk.store, "uji", number)
    assert view is not None
    outcome = cancel(view, desk.book, desk.clock.now(), by="ahli-1", cause="$c")
    ended = {one.name for one in outcome.timers if isinstance(one, CancelTimer)}
    before = {f"remind:{number}:0", f"remind:{number}:1"}
    assert ended == {f"due:{number}", *before, f"late:{number}:0", f"late:{number}:1", f"escalate:{number}"}
