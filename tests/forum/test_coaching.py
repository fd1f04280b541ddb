"""Coaching: a welcome for whoever comes first, a hint for the same difficulty met again, and an overview."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bridge.ledger import inbox
from bridge.model import facts as f
from tests.forum.desk import CONTROL, FORUM, Desk, policy_text, roster_text, user

NEW = "kominfo-1"


def with_newcomer() -> str:
    """The roster of the desk with somebody who was not in the room when it was made."""
    one = f'  - {{id: {NEW}, name: "Kominfo Contoh", identifiers: [{{matrix: "{user(NEW)}"}}]}}\noffices:'
    office = f"  - {{person: {NEW}, role: head, unit: dlh, from: 2025-01-01}}\n"
    return roster_text().replace("offices:", one, 1) + office


def private(desk: Desk) -> list[tuple[str, str]]:
    """(person, key) of what was said in direct chats about coaching."""
    return [(say.person, say.key) for say in desk.said("") if say.key.startswith("coaching.")]


def joins(desk: Desk, person: str) -> None:
    desk.put(desk.state(FORUM, "m.room.member", user(person), {"membership": "join"}, sender=user(person)))


def leaves(desk: Desk, person: str) -> None:
    desk.put(desk.state(FORUM, "m.room.member", user(person), {"membership": "leave"}, sender=user(person)))


def mistyped(desk: Desk, times: int) -> None:
    """Ask for a number that nobody gave, with time in between."""
    for _ in range(times):
        desk.say("dlh-1", "!P-999", room=FORUM)
        desk.move(minutes=6)


@pytest.fixture
def growing(tmp_path: Path) -> Desk:
    return Desk(tmp_path, roster=with_newcomer())


def test_whoever_joins_first_is_welcomed_once_and_alone(growing: Desk) -> None:
    joins(growing, NEW)
    growing.move(minutes=1)
    once = [(NEW, "coaching.welcome"), (NEW, "coaching.welcome_picture")]
    assert private(growing) == once
    leaves(growing, NEW)
    joins(growing, NEW)
    growing.move(hours=1)
    assert private(growing) == once


def test_nobody_is_woken_by_a_welcome(growing: Desk) -> None:
    growing.move(hours=15.5)
    joins(growing, NEW)
    growing.move(minutes=30)
    assert private(growing) == []
    growing.move(hours=9)
    assert private(growing)[0] == (NEW, "coaching.welcome")


def test_the_third_time_of_the_same_difficulty_brings_one_hint_a_week(desk: Desk) -> None:
    mistyped(desk, 2)
    assert private(desk) == []
    mistyped(desk, 1)
    assert private(desk) == [("dlh-1", "coaching.hint_number")]
    mistyped(desk, 3)
    assert len(private(desk)) == 1
    desk.move(hours=24 * 8)
    mistyped(desk, 1)
    assert len(private(desk)) == 2
    assert {one.what for one in desk.facts(f.Struggled)} == {"number"}


def test_a_hint_may_be_switched_off(tmp_path: Path) -> None:
    desk = Desk(tmp_path, policy=policy_text("coaching: {hints: false}\n"))
    mistyped(desk, 4)
    assert private(desk) == []
    assert desk.facts(f.Struggled) == []


def test_experts_see_who_is_not_in_and_who_struggles_and_the_forum_does_not(growing: Desk) -> None:
    mistyped(growing, 2)
    growing.say("ahli-1", "!pembinaan", room=CONTROL)
    say = growing.said(CONTROL)[-1]
    assert [(line.key, line.values.get("name") or line.values.get("names")) for line in say.lines] == [
        ("coaching.absent", ["Kominfo Contoh"]),
        ("coaching.met_number", "Dlh-1 Contoh"),
    ]
    growing.say("ahli-1", "!pembinaan", room=FORUM)
    assert all(not one.key.startswith("coaching.") for one in growing.said(FORUM))


@pytest.mark.parametrize(
    ("code", "key"),
    [("no_session", "sealed.ask"), ("m.unverified", "sealed.ask_setting"), ("m.blacklisted", "sealed.ask_setting")],
)
def test_whose_message_cannot_be_read_hears_what_mends_it(desk: Desk, code: str, key: str) -> None:
    """Sent again it can be read, unless the app keeps its keys back: then a setting is what to change."""
    event = msgspec.structs.replace(desk.message("dlh-1", {}, kind="m.room.encrypted"), sealed=code)
    desk.store.begin()
    inbox.add_row(
        desk.store, "uji", "sealed", "sealed:1", msgspec.json.encode(event), at=desk.clock.now(), room=FORUM
    )
    desk.store.commit()
    desk.decide()
    desk.move(minutes=6)
    assert [(say.person, say.key) for say in desk.said("") if say.key.startswith("sealed.")] == [("dlh-1", key)]
