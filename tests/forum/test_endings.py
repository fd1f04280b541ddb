"""Offices that ended or will end soon are told when the forum leaves `watch`, in which nobody heard of them."""

from __future__ import annotations

from pathlib import Path

from tests.forum.desk import CONTROL, Desk, roster_text


def _raised(place: Path, ends: str) -> Desk:
    """A forum in `watch`, with the office of the head of DLH ending on a day, raised to `tag`."""
    line = "  - {person: dlh-1, role: head, unit: dlh, from: 2025-01-01"
    assert line in roster_text()
    desk = Desk(place, stage="watch", roster=roster_text().replace(line, f"{line}, to: {ends}"))
    desk.say("ahli-1", "!tahap tag", room=CONTROL)
    desk.say("ahli-2", "!setuju A-1", room=CONTROL)
    return desk


def test_leaving_watch_tells_of_offices_that_end_soon(tmp_path: Path) -> None:
    """The notice of fourteen days before fell into `watch`: it is given now, with the days left."""
    desk = _raised(tmp_path, "2026-11-25")
    (told,) = [say for say in desk.said(CONTROL) if say.key == "membership.endings"]
    assert [(line.key, line.values["count"]) for line in told.lines] == [("membership.ends", 5)]


def test_leaving_watch_tells_nothing_of_later_ends(tmp_path: Path) -> None:
    """Their own day of notice is still to come."""
    assert "membership.endings" not in _raised(tmp_path, "2026-12-04").heard(CONTROL)
