"""Whoever joins or has another device is told the unit's open orders in words, alone and seldom."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bridge.forum.catching_up import NewDevice
from bridge.ledger import inbox
from bridge.model import facts as f
from bridge.model.effects import Line, Say
from tests.forum.desk import AUDIT, CONTROL, FORUM, Desk, policy_text, roster_text, user

NEW = "kominfo-1"
FIRST = "DLH angkut sampah pasar hari ini jam 15.00 dan laporkan"
SECOND = "DLH cek TPA dan laporkan"


def with_newcomer() -> str:
    """The roster of the desk with a second head of DLH who was not in the room when it was made."""
    one = f'  - {{id: {NEW}, name: "Kominfo Contoh", identifiers: [{{matrix: "{user(NEW)}"}}]}}\noffices:'
    office = f"  - {{person: {NEW}, role: head, unit: dlh, from: 2025-01-01}}\n"
    return roster_text().replace("offices:", one, 1) + office


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, roster=with_newcomer())


def moves(desk: Desk, person: str, membership: str, was: str = "", room: str = FORUM) -> None:
    event = desk.state(room, "m.room.member", user(person), {"membership": membership}, sender=user(person))
    desk.put(msgspec.structs.replace(event, prev_content={"membership": was} if was else None))


def another_device(desk: Desk, person: str, device: str) -> None:
    """The homeserver says that somebody has a device that they had not."""
    desk.store.begin()
    news = NewDevice(user=user(person), device=device)
    key = f"device:uji:{user(person)}:{device}"
    inbox.add_row(desk.store, "uji", "device", key, msgspec.json.encode(news), at=desk.clock.now())
    desk.store.commit()
    desk.decide()


def told(desk: Desk, person: str) -> list[Say]:
    return [say for say in desk.said("") if say.person == person and say.key == "catch_up.title"]


def shown(say: Say) -> list[tuple[str, object]]:
    """Its lines as (key, number)."""
    return [(line.key, line.values.get("number")) for line in say.lines if isinstance(line, Line)]


def test_a_new_device_brings_the_open_orders_with_who_gave_them(desk: Desk) -> None:
    """Number, who, what, until when; what is due first stands first; nothing rings."""
    desk.say("wabup", SECOND)
    desk.say("bupati", FIRST)
    another_device(desk, "dlh-1", "PHONE2")
    assert told(desk, "dlh-1") == []
    desk.move(minutes=3)
    (said,) = told(desk, "dlh-1")
    assert shown(said) == [("catch_up.due", "P-2"), ("catch_up.open", "P-1"), ("catch_up.how", "P-2")]
    assert said.lines[0].values["name"] == "Bupati Contoh"
    assert said.lines[0].values["text"] == FIRST
    assert said.values == {"count": 2, "units": ["Dinas Lingkungan Hidup"]}
    assert not said.rings


def test_several_devices_bring_one_message_in_some_hours(desk: Desk) -> None:
    """Together, and later the same day; the next day it may be told again."""
    desk.say("wabup", SECOND)
    another_device(desk, "dlh-1", "A")
    another_device(desk, "dlh-1", "B")
    desk.move(hours=1)
    another_device(desk, "dlh-1", "C")
    desk.move(hours=1)
    assert len(told(desk, "dlh-1")) == 1
    desk.move(hours=24)
    another_device(desk, "dlh-1", "D")
    desk.move(hours=1)
    assert len(told(desk, "dlh-1")) == 2


def test_where_nothing_is_open_nothing_is_told(desk: Desk) -> None:
    """Neither without orders, nor after they were reported, nor to whoever has no unit or is not listed."""
    another_device(desk, "dlh-1", "A")
    desk.move(hours=1)
    desk.say("wabup", SECOND)
    desk.photo("dlh-1", caption="Lapor P-1, TPA sudah dicek", judged=True)
    for person in ("dlh-1", "pupr-1", "bupati", "orang-lain"):
        another_device(desk, person, "B")
    desk.move(hours=1)
    assert [say.key for say in desk.said("") if say.key.startswith("catch_up")] == []


def test_whoever_joins_is_told_and_whoever_comes_back(desk: Desk) -> None:
    """What was returned and what is late, too."""
    desk.say("wabup", FIRST)
    desk.move(hours=9)
    moves(desk, NEW, "join", "invite")
    desk.move(minutes=3)
    (said,) = told(desk, NEW)
    assert shown(said)[0] == ("catch_up.late", "P-1")
    desk.move(hours=24)
    moves(desk, NEW, "leave", "join")
    moves(desk, NEW, "join", "invite")
    desk.move(minutes=3)
    assert len(told(desk, NEW)) == 2
    # A new name is no coming.
    desk.move(hours=24)
    moves(desk, NEW, "join", "join")
    desk.move(hours=1)
    assert len(told(desk, NEW)) == 2


def test_nobody_is_woken(desk: Desk) -> None:
    """In quiet hours it waits for the morning."""
    desk.say("wabup", SECOND)
    desk.move(hours=15.5)
    another_device(desk, "dlh-1", "A")
    desk.move(hours=1)
    assert told(desk, "dlh-1") == []
    desk.move(hours=9)
    assert len(told(desk, "dlh-1")) == 1


@pytest.mark.parametrize("stage", ["watch", "tag"])
def test_below_reminding_nobody_hears_anything_and_nobody_counts_as_told(tmp_path: Path, stage: str) -> None:
    """So that it is told once the stage allows it."""
    desk = Desk(tmp_path, stage=stage, roster=with_newcomer())
    desk.say("wabup", SECOND)
    another_device(desk, "dlh-1", "A")
    moves(desk, NEW, "join", "invite")
    desk.move(hours=1)
    assert desk.said("") == []
    assert [fact for fact in desk.facts(f.Asked) if fact.what == "catch_up"] == []


def test_who_is_there_is_told_nothing_when_a_room_is_read(desk: Desk) -> None:
    """At its adoption, or after a gap: nobody has come."""
    desk.say("wabup", SECOND)
    desk.compare()
    desk.move(hours=1)
    assert desk.said("") == []


def test_it_may_be_switched_off(tmp_path: Path) -> None:
    desk = Desk(tmp_path, policy=policy_text("coaching: {catch_up: false}\n"), roster=with_newcomer())
    desk.say("wabup", SECOND)
    another_device(desk, "dlh-1", "A")
    moves(desk, NEW, "join", "invite")
    desk.move(hours=1)
    assert told(desk, "dlh-1") == told(desk, NEW) == []


@pytest.mark.parametrize("room", [CONTROL, AUDIT])
def test_joining_a_room_without_orders_brings_none(desk: Desk, room: str) -> None:
    desk.say("wabup", SECOND)
    moves(desk, NEW, "join", "invite", room=room)
    desk.move(hours=1)
    assert told(desk, NEW) == []


def test_the_same_news_twice_is_one(desk: Desk) -> None:
    """A sync response may come again."""
    desk.say("wabup", SECOND)
    another_device(desk, "dlh-1", "A")
    desk.move(hours=13)
    another_device(desk, "dlh-1", "A")
    desk.move(hours=1)
    assert len(told(desk, "dlh-1")) == 1


def test_a_long_list_is_cut_and_counted(desk: Desk) -> None:
    for place in range(12):
        desk.say("wabup", f"DLH periksa saluran nomor {place} di pasar dan laporkan")
    another_device(desk, "dlh-1", "A")
    desk.move(minutes=3)
    (said,) = told(desk, "dlh-1")
    assert len(said.lines) == 12
    assert said.lines[-2] == Line("status.more", {"count": 2})
