"""Rules of single rooms: inherited from the forum, checked where they stand, named as in bridge.yaml."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from bridge.policy.load import Source, check
from bridge.policy.models import Policy, in_room
from bridge.policy.types import Span
from bridge.settings import SettingsError, load_settings
from tests.forum.desk import policy_text, roster_text


def problems(rooms: str) -> list[tuple[str, str]]:
    """(path, sentence) of what is wrong with a policy that has these rooms, beside the desk's roster."""
    found = check(Source("policy.yaml", policy_text(rooms).encode()), Source("roster.yaml", roster_text().encode()))
    return [(problem.where, problem.sentence("en")) for problem in found.problems]


def policy(rooms: str) -> Policy:
    """A policy that is right."""
    found = check(Source("policy.yaml", policy_text(rooms).encode()), None).policy
    assert found is not None
    return found


def test_what_a_room_does_not_say_is_as_in_the_forum() -> None:
    """One line differs, all others are inherited; the forum itself is untouched."""
    whole = policy("evidence: {wait: 3h}\nrooms:\n  siaga:\n    evidence: {ask_after: 2m}\n")
    ours = in_room(whole, "siaga")
    assert ours.evidence.ask_after == timedelta(minutes=2)
    assert ours.evidence.wait == timedelta(hours=3)
    assert ours.evidence.max_bytes == whole.evidence.max_bytes
    assert ours.reminders == whole.reminders
    assert whole.evidence.ask_after == timedelta(minutes=10)
    assert in_room(whole, "another") is whole


def test_a_room_may_be_quiet_at_other_hours_or_never() -> None:
    """`off` is a line of its own, and no line is the forum's hours."""
    whole = policy("rooms:\n  siaga: {reminders: {quiet_hours: off}}\n  arsip: {reminders: {grace: 1h}}\n")
    assert in_room(whole, "siaga").reminders.quiet_hours.hours == "off"
    assert in_room(whole, "arsip").reminders.quiet_hours.hours == Span(time(21), time(6))


@pytest.mark.parametrize(
    ("rooms", "where", "said"),
    [
        ("rooms: {siaga: {members: {units: [bpdb]}}}\n", "rooms.siaga.members.units[0]", "Did you mean `bpbd`?"),
        ("rooms: {siaga: {members: {persons: [bupatti]}}}\n", "rooms.siaga.members.persons[0]", "`bupati`"),
        ("rooms: {siaga: {members: {kinds: [camat]}}}\n", "rooms.siaga.members.kinds[0]", "agency, subdistrict"),
        ("rooms: {siaga: {members: {roles: [leadr]}}}\n", "rooms.siaga.members.roles[0]", "`leader`"),
        ("rooms: {siaga: {members: {}}}\n", "rooms.siaga.members", "Nobody would belong"),
        ("rooms: {siaga: {members: {units: [bpbd, bpbd]}}}\n", "rooms.siaga.members.units[1]", "listed twice"),
        ("rooms: {siaga: {membres: {}}}\n", "rooms.siaga.membres", "Did you mean `members`?"),
        ("rooms: {siaga: {evidence: {max_bytes: 1 MB}}}\n", "rooms.siaga.evidence.max_bytes", "no option"),
        ("rooms: {siaga: {evidence: {ask_after: 5h}}}\n", "rooms.siaga.evidence.ask_after", "wait"),
        ("rooms: {siaga: {reminders: {accept_after: 0s}}}\n", "rooms.siaga.reminders.accept_after", "1s"),
        ("rooms: {forum: {evidence: {wait: 1h}}}\n", "rooms.forum", "is no working group"),
        ("space: {link: maybe}\n", "space.link", "true"),
    ],
)
def test_what_is_wrong_in_a_room_is_said_where_it_stands(rooms: str, where: str, said: str) -> None:
    """With the nearest that may have been meant."""
    found = problems(rooms)
    assert [path for path, _ in found] == [where]
    assert said in found[0][1]


def settings(folder: Path, groups: str) -> dict[str, str]:
    """The working groups of settings that name them so."""
    file = folder / "bridge.yaml"
    file.write_text(
        "homeserver: {url: http://127.0.0.1:8008, user: '@bot:x'}\nstate: state\n"
        f"forum:\n  id: uji\n  rooms: {{forum: '!f:x', control: '!c:x', groups: {groups}}}\n",
        encoding="utf-8",
    )
    return dict(load_settings(file).forum.rooms.groups)


def test_working_groups_are_named_or_listed(tmp_path: Path) -> None:
    """A list, as before, takes the alias for the name."""
    assert settings(tmp_path, "{siaga: '#tim-siaga:x'}") == {"siaga": "#tim-siaga:x"}
    assert settings(tmp_path, "['#tim-siaga:x', '!abc:x']") == {"tim-siaga": "#tim-siaga:x", "!abc:x": "!abc:x"}
    assert settings(tmp_path, "[]") == {}
    with pytest.raises(SettingsError, match="cannot be called 'control'"):
        settings(tmp_path, "{control: '#x:x'}")
