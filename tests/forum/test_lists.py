"""Lists and help: a doubted order is shown to those who may confirm it, and owed by nobody."""

from __future__ import annotations

from bridge.model.effects import Say
from tests.forum.desk import CONTROL, FORUM, Desk

RELAY = "Sesuai arahan Bapak Bupati, DLH agar membersihkan drainase Cabenge besok jam 9"


def _answer(desk: Desk, person: str, words: str, room: str = CONTROL) -> Say:
    desk.say(person, words, room=room)
    return desk.said(room)[-1]


def test_the_control_room_sees_what_waits_to_be_confirmed(desk: Desk) -> None:
    """Also those of which the experts were not asked, since they are asked of three an hour only."""
    for _ in range(4):
        desk.say("pupr-1", RELAY)
    answer = _answer(desk, "ahli-1", "!daftar")
    assert answer.key == "list.empty"
    assert [line.key for line in answer.lines] == ["list.unconfirmed"] * 4
    assert answer.lines[-1].values["number"] == "P-1"
    assert answer.lines[0].values["name"] == "Pupr-1 Contoh"


def test_running_orders_come_before_the_doubted(desk: Desk) -> None:
    """What somebody owes stands first, with the units; the doubted are not counted among them."""
    desk.say("bupati", "PUPR tolong tambal jalan poros besok jam 9")
    desk.say("pupr-1", RELAY)
    answer = _answer(desk, "ahli-1", "!daftar")
    assert (answer.key, answer.values["count"]) == ("list.title", 1)
    assert [line.key for line in answer.lines] == ["list.named", "list.unconfirmed"]


def test_before_everybody_a_doubted_order_is_none(desk: Desk) -> None:
    """Neither the list nor the counts of the forum hold an order that binds nobody yet."""
    desk.say("pupr-1", RELAY)
    assert _answer(desk, "dlh-1", "!daftar", FORUM).key == "list.empty"
    assert _answer(desk, "dlh-1", "!status", FORUM).key == "status.nothing_open"


def test_help_in_the_forum_shows_how_to_ask_for_a_number(desk: Desk) -> None:
    """There a bare number is talk; with the sign before it, it is a question."""
    words = _answer(desk, "dlh-1", "!bantuan", FORUM).values["words"]
    assert isinstance(words, list) and words[-1] == "!P-12"
    desk.say("bupati", "PUPR tolong tambal jalan poros besok jam 9")
    assert _answer(desk, "dlh-1", "!P-1", FORUM).key == "number.directive"
