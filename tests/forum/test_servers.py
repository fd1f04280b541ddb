"""Which servers may take part in the rooms: written as the policy has it, never against who is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.ledger import rooms
from bridge.model import facts as f
from bridge.model.effects import Say, SetServers
from bridge.model.event import Json
from bridge.model.servers import ACL
from tests.forum.desk import BOT, CONTROL, FORUM, Desk, policy_text, user
from tests.forum.powers import carry_out, set_levels, set_servers

DENIED = 'servers:\n  deny: ["*.buruk.example"]\n'
WRITTEN: Json = {"allow": ["*"], "deny": ["*.buruk.example"], "allow_ip_literals": True}


def opened(place: Path, servers: str = DENIED, *, stage: str = "enforce", **more: object) -> Desk:
    desk = Desk(place, stage=stage, policy=policy_text(servers), **more)  # type: ignore[arg-type]
    for room in (FORUM, *(f"!{name}" for name in more.get("groups", ()))):  # type: ignore[attr-defined]
        set_levels(desk, {"users": {BOT: 100}}, room)
    return desk


def listed(desk: Desk, room: str = FORUM) -> Json | None:
    return rooms.state(desk.store, room, ACL)


def told(desk: Desk) -> list[Say]:
    return [say for say in desk.said(CONTROL) if say.key.startswith("servers.")]


def acts(desk: Desk) -> list[f.Act]:
    return [act for act in desk.facts(f.Act) if act.verb == "servers"]


def test_the_policys_list_is_written_once(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    desk.compare()
    carry_out(desk)
    assert listed(desk) == WRITTEN
    desk.compare()
    (act,) = acts(desk)
    assert (act.by, act.rule) == ("rule:servers", "servers")
    assert told(desk) == []


def test_without_a_word_in_the_policy_nothing_is_written(tmp_path: Path) -> None:
    """Not even where people keep a list of their own."""
    desk = opened(tmp_path, "")
    set_servers(desk, "wabup", {"allow": ["desk"], "deny": []})
    desk.compare()
    assert desk.effects(SetServers) == []


@pytest.mark.parametrize("stage", ["watch", "tag", "remind"])
def test_below_enforce_nothing_is_written(tmp_path: Path, stage: str) -> None:
    desk = opened(tmp_path, stage=stage)
    desk.compare()
    assert desk.effects(SetServers) == []


def test_a_working_group_has_lines_of_its_own(tmp_path: Path) -> None:
    """What it does not say is as in the forum."""
    own = f'{DENIED}rooms:\n  bencana:\n    servers: {{allow: ["desk"]}}\n'
    desk = opened(tmp_path, own, groups={"bencana": ["bpbd-1"]})
    desk.compare()
    carry_out(desk)
    assert listed(desk) == WRITTEN
    assert listed(desk, "!bencana") == {**WRITTEN, "allow": ["desk"]}


def test_what_the_policy_no_longer_says_is_taken_out_again(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    desk.compare()
    carry_out(desk)
    desk.files(policy=policy_text())
    desk.compare()
    carry_out(desk)
    assert listed(desk) == {"allow": ["*"], "deny": [], "allow_ip_literals": True}


def test_an_entry_set_by_hand_is_told_with_who_and_stays(tmp_path: Path) -> None:
    """Once, however often the rooms are looked at."""
    desk = opened(tmp_path)
    desk.compare()
    carry_out(desk)
    set_servers(desk, "wabup", {"allow": ["*"], "deny": ["lain.example"], "allow_ip_literals": True})
    desk.compare()
    desk.move(hours=30)
    carry_out(desk)
    assert (listed(desk) or {})["deny"] == ["lain.example"]
    (say,) = told(desk)
    assert (say.key, say.values["name"], say.values["count"]) == ("servers.by_hand", "Wabup Contoh", 2)
    assert [line.values["entry"] for line in say.lines if line.key == "servers.drift"] == [
        "*.buruk.example tidak boleh ikut",
        "lain.example tidak lagi ditutup",
    ]


def test_a_list_by_hand_that_shuts_members_out_is_an_alarm(tmp_path: Path) -> None:
    """Also where the policy says nothing about servers."""
    desk = opened(tmp_path, "")
    set_servers(desk, "wabup", {"allow": ["*"], "deny": ["desk"]})
    (say,) = told(desk)
    assert [line.values for line in say.lines if line.key == "servers.shuts_out"] == [{"servers": ["desk"]}]


def test_where_the_policy_says_repair_it_is_put_right(tmp_path: Path) -> None:
    desk = opened(tmp_path, f"{DENIED}  keep: repair\n")
    desk.compare()
    carry_out(desk)
    set_servers(desk, "wabup", {"allow": ["*"], "deny": ["lain.example"], "x": 1})
    carry_out(desk)
    assert listed(desk) == {**WRITTEN, "x": 1}


@pytest.mark.parametrize(
    "servers", ['servers:\n  deny: ["tamu.example"]\n', 'servers:\n  allow: ["desk", "*.go.id"]\n']
)
def test_nobody_who_is_there_is_shut_out(tmp_path: Path, servers: str) -> None:
    """A guest of another server who was found in the room, listed or not: the list waits until people decided."""
    desk = opened(tmp_path, servers)
    desk.put(desk.state(FORUM, "m.room.member", "@tamu:tamu.example", {"membership": "join"}))
    desk.compare()
    desk.compare()
    assert desk.effects(SetServers) == []
    (say,) = told(desk)
    assert (say.key, say.values["why"]) == ("servers.refused", "tamu.example")
    desk.put(desk.state(FORUM, "m.room.member", "@tamu:tamu.example", {"membership": "leave"}))
    desk.compare()
    assert len(desk.effects(SetServers)) == 1


def test_the_bots_own_server_is_never_shut_out(tmp_path: Path) -> None:
    """The policy cannot know it; the rule does."""
    desk = opened(tmp_path)
    desk.book = replace(desk.book, bot="@tudang:x.buruk.example")
    set_levels(desk, {"users": {desk.book.bot: 100}})
    desk.compare()
    assert desk.effects(SetServers) == []
    assert [say.values["why"] for say in told(desk)] == ["x.buruk.example"]


def test_without_the_level_it_is_said_once_what_is_missing(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    set_levels(desk, {"users": {BOT: 60, user("bupati"): 100}, "events": {ACL: 100}})
    desk.compare()
    desk.compare()
    assert desk.effects(SetServers) == []
    assert [(say.key, say.values["level"]) for say in told(desk)] == [("servers.no_power", 100)]


def test_undone_it_is_as_it_was_and_stays_so(tmp_path: Path) -> None:
    """Entries that somebody added meanwhile are not touched."""
    desk = opened(tmp_path)
    desk.compare()
    carry_out(desk)
    set_servers(desk, "wabup", {**WRITTEN, "deny": ["*.buruk.example", "lain.example"]})
    desk.say("ahli-1", f"!urungkan {acts(desk)[0].number}", room=CONTROL)
    carry_out(desk)
    assert listed(desk) == {**WRITTEN, "deny": ["lain.example"]}
    desk.move(hours=30)
    carry_out(desk)
    assert listed(desk) == {**WRITTEN, "deny": ["lain.example"]}


def test_a_list_is_part_of_the_record_in_words(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    set_servers(desk, "wabup", WRITTEN)
    (seen,) = desk.facts(f.RoomChanged)
    assert seen.summary == "allow *, deny *.buruk.example, ip_literals"
