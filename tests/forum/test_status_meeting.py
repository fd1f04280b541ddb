"""How the forum stands names the meeting that runs, in one line."""

from __future__ import annotations

from pathlib import Path

from bridge.model.effects import Say
from tests.forum.desk import CONTROL, Desk


def lines(desk: Desk, room: str) -> list[str]:
    """The keys of the answer to `!status`, asked by the deputy."""
    desk.say("wabup" if room != CONTROL else "ahli-1", "!status", room=room)
    says = [say for say in desk.effects(Say) if say.key.startswith("status.")]
    return [line.key for line in says[-1].lines]


def test_a_running_meeting_is_named_in_one_line_until_it_is_closed(desk: Desk) -> None:
    assert "status.meeting_plain" not in lines(desk, CONTROL)
    desk.say("wabup", "Bismillah, rapat kita mulai. Agenda: 1. Anthrax 2. Kerja bakti massal")
    said = lines(desk, CONTROL)
    assert [key for key in said if key.startswith("status.meeting")] == ["status.meeting_plain"]
    assert len(said) < 20
    desk.say("wabup", "rapat ditutup")
    assert "status.meeting_plain" not in lines(desk, CONTROL)


def test_what_a_working_group_meets_about_stays_there(tmp_path: Path) -> None:
    """In the control room only meetings of the forum itself are named."""
    desk = Desk(tmp_path, groups={"banjir": ("wabup", "dlh-1")})
    desk.say("wabup", "rapat kita mulai", room="!banjir")
    assert not [key for key in lines(desk, CONTROL) if key.startswith("status.meeting")]
