"""The one running card a day in the control room: what needs nobody stands there, and not in messages."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from bridge.lang.catalogue import load_catalogue
from bridge.model.effects import Line, Refresh
from tests.forum.desk import BOT, CONTROL, FORUM, Desk, user
from tests.forum.house import ZONE

TEXTS = tuple(load_catalogue(lang, zone=ZONE) for lang in ("id", "en"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def text(lines: list[Line]) -> str:
    """The card as people read it; it can be said in both languages."""
    said = ["\n".join(texts.say(line.key, **line.values).plain for line in lines) for texts in TEXTS]  # type: ignore[arg-type]
    assert all(said)
    return said[1]


def refreshed(desk: Desk) -> list[str]:
    """The days whose cards were refreshed."""
    return [effect.ref for effect in desk.effects(Refresh) if effect.card.startswith("day:")]


def member(desk: Desk, who: str, membership: str, was: str, by: str = "") -> None:
    """A membership event of the forum."""
    event = desk.state(FORUM, "m.room.member", who, {"membership": membership}, sender=by or who)
    desk.put(replace(event, prev_content={"membership": was}))


def test_comings_goings_and_what_was_done_stand_on_one_card(desk: Desk) -> None:
    """Three events are one card: numbers at the top, a line each, in their order; who did it is named."""
    member(desk, user("dlh-1"), "leave", "join")
    member(desk, user("dlh-1"), "join", "leave")
    desk.say("ahli-1", f"!peringatkan {user('pupr-1')} mohon tertib", room=CONTROL)
    said = text(desk.day())
    first, numbers, *entries = said.split("\n")
    assert first.startswith("🗓️")
    assert numbers == "1 came · 1 left · 1 acts · 0 rules met · 0 questions · 0 late"
    assert entries[:2] == ["07:00 WITA Dlh-1 Contoh left (forum)", "07:00 WITA Dlh-1 Contoh came (forum)"]
    assert "A-1" in entries[2]
    assert "Ahli-1 Contoh" in entries[2]
    assert set(refreshed(desk)) == {"day.2026-11-20"}
    assert len(refreshed(desk)) == 1


def test_late_units_are_named_on_the_card_and_in_no_message(desk: Desk) -> None:
    """Nobody has to do anything about it in the control room."""
    desk.say("bupati", "Kepala DLH dan Kepala PUPR agar melaporkan kondisi pasar hari ini pukul 10.00")
    desk.move(hours=24)
    late = [line for line in desk.day() if line.key == "day.late"]
    late += [] if late else [line for line in _yesterday(desk) if line.key == "day.late"]
    assert [(line.values["number"], line.values["units"]) for line in late] == [("P-1", ["DLH", "PUPR"])]
    assert "directive.late" not in desk.heard(CONTROL)


def _yesterday(desk: Desk) -> list[Line]:
    desk.clock.set(desk.clock.now() - 24 * 3600 * 1000)
    return desk.day()


def test_the_card_is_never_longer_than_thirty_lines(desk: Desk) -> None:
    """Of a busy day the newest entries stand there; the earlier ones are counted."""
    for number in range(40):
        member(desk, f"@tamu{number}:desk", "leave", "join", by="@tamu:desk")
    card = desk.day()
    assert len(card) == 30
    assert card[1].values["left"] == 40
    assert (card[2].key, card[2].values["count"]) == ("day.older", 13)
    assert card[-1].values["who"] == "@tamu39:desk"


def test_many_who_come_together_and_acts_of_one_rule_are_a_line_each(desk: Desk) -> None:
    """The first day of a forum does not push everything else off its card."""
    for number in range(20):
        member(desk, f"@tamu{number}:desk", "join", "invite")
    came = [line for line in desk.day() if line.key.startswith("day.joined")]
    assert [(line.key, line.values["count"]) for line in came] == [("day.joined_many", 20)]
    assert came[0].values["who"] == [f"@tamu{number}:desk" for number in range(5)]
    assert "20 people came, among them @tamu0:desk" in text(desk.day())


def test_what_the_bot_did_stands_there_once(desk: Desk) -> None:
    """Its act has the number; that the person has gone is no second line."""
    member(desk, "@tamu:desk", "join", "invite")
    member(desk, "@tamu:desk", "leave", "join", by=BOT)
    assert [line.key for line in desk.day()[2:]] == ["day.joined"]
    assert desk.day()[1].values["left"] == 1


def test_every_day_has_a_card_of_its_own(desk: Desk) -> None:
    """After midnight a new one begins, with the numbers of the new day."""
    member(desk, user("dlh-1"), "leave", "join")
    desk.move(hours=24)
    member(desk, user("pupr-1"), "leave", "join")
    assert sorted(set(refreshed(desk))) == ["day.2026-11-20", "day.2026-11-21"]
    assert desk.day()[1].values["left"] == 1


def test_in_watch_there_is_no_such_card(tmp_path: Path) -> None:
    """A living room that is only watched has the one card that it always had."""
    desk = Desk(tmp_path, stage="watch")
    member(desk, user("dlh-1"), "leave", "join")
    assert refreshed(desk) == []


def test_the_bots_own_coming_is_no_event_of_the_day(desk: Desk) -> None:
    """Nor is a message."""
    member(desk, BOT, "join", "invite")
    desk.say("dlh-1", "Selamat pagi semua")
    assert refreshed(desk) == []
    assert desk.day() == []
