"""The card of a living room costs a coming or going what it costs, and not a look at everybody."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.journey.living import LivingRooms
from bridge.ledger import members, rooms
from bridge.ledger.store import Store
from bridge.model.effects import Line
from bridge.model.situation import MemberView
from bridge.policy.roster import Roster
from tests.forum.desk import FORUM, Desk, user
from tests.forum.offices import member


class Looks:
    """How often a room was read whole."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        real = rooms.member_views

        def counted(store: Store, room: str) -> tuple[MemberView, ...]:
            self.count += 1
            return real(store, room)

        monkeypatch.setattr(rooms, "member_views", counted)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def nothing(store: Store, room: str, kind: str, bot: str) -> Sequence[str]:
    """The bot lacks no permission."""
    return ()


def lines(living: LivingRooms, desk: Desk) -> list[Line]:
    return living(desk.store, desk.book, desk.clock.now())


def test_comings_and_goings_read_nobody_else(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outsider comes, changes the name, a member goes: the card is that of a fresh look each time."""
    looks, living = Looks(monkeypatch), LivingRooms(nothing)
    lines(living, desk)
    assert looks.count == 1
    for who, membership in (("@luar:desk", "join"), (user("dlh-1"), "leave"), ("@luar:desk", "leave")):
        member(desk, who, membership)
        shown, before = lines(living, desk), looks.count
        assert before == 1, (who, membership)
        assert shown == lines(LivingRooms(nothing), desk)
        looks.count = 1


def test_the_room_is_read_whole_when_that_is_due(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its state was read anew, another roster counts, it is another day, too many came: then, and only then."""
    looks, living = Looks(monkeypatch), LivingRooms(nothing)
    lines(living, desk)
    desk.store.begin()
    rooms.replace_state(
        desk.store, FORUM, [desk.state(FORUM, "m.room.member", "@luar:desk", {"membership": "join"})]
    )
    desk.store.commit()
    assert [line.values.get("present") for line in lines(living, desk)][1] == 1
    assert looks.count == 2
    lines(living, desk)
    assert looks.count == 2
    roster = desk.book.roster
    desk.book = dataclasses.replace(desk.book, roster=Roster(roster.file, roster.zone, version=2))
    lines(living, desk)
    assert looks.count == 3
    desk.clock.advance(timedelta(days=1).total_seconds())
    lines(living, desk)
    assert looks.count == 4
    monkeypatch.setattr(members, "MOVED", 1)
    for number in range(2):
        member(desk, f"@luar{number}:desk", "join")
    assert [line.values.get("present") for line in lines(living, desk)][1] == 3
    assert looks.count == 5
