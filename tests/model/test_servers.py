"""Lists of servers, entry by entry, and patterns as Matrix has them."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.event import Json
from bridge.model.globs import matches
from bridge.model.servers import OPEN, allows, changed, entries

NAMES = st.text("ab.*?-", max_size=12)


@pytest.mark.parametrize(
    ("content", "server", "may"),
    [
        (None, "any.example", True),
        ({}, "any.example", False),
        ({"allow": ["*"]}, "any.example", True),
        ({"allow": ["*"], "deny": ["*.bad.example"]}, "x.bad.example", False),
        ({"allow": ["*"], "deny": ["*.bad.example"]}, "bad.example", True),
        ({"allow": ["*"], "deny": ["BAD.example"]}, "bad.example:8448", False),
        ({"allow": ["*.go.id"]}, "soppeng.go.id:8448", True),
        ({"allow": ["*"], "allow_ip_literals": False}, "10.0.0.1:8448", False),
        ({"allow": ["*"], "allow_ip_literals": False}, "[2001:db8::1]:8448", False),
        ({"allow": ["*"], "allow_ip_literals": "no"}, "10.0.0.1", True),
        ({"allow": "*", "deny": [1]}, "any.example", False),
    ],
)
def test_who_may_take_part(content: Json | None, server: str, may: bool) -> None:
    """As the specification has it, whatever stands in the event."""
    assert allows(entries(content), server) is may


@given(NAMES, st.text("ab.", max_size=12))
def test_patterns_match_as_shells_have_them(pattern: str, text: str) -> None:
    assert matches(pattern, text) == fnmatch.fnmatchcase(text, pattern)


def test_a_pattern_of_a_stranger_costs_no_time() -> None:
    assert not matches("*" * 5000 + "b", "a" * 5000)


@given(
    st.dictionaries(st.sampled_from(["allow/a", "allow/b", "deny/a", "ip_literals"]), st.sampled_from([1, None])),
    st.sampled_from([None, {"allow": ["a", "x"], "deny": ["b"], "other": 1}]),
)
def test_a_change_and_its_reverse_leave_the_list_as_it_was(
    changes: dict[str, int | None], content: Json | None
) -> None:
    changes = {path: 0 if path == "ip_literals" and value is None else value for path, value in changes.items()}
    before = {path: entries(content).get(path) for path in changes}
    assert entries(changed(changed(content, changes), before)) == entries(content)


def test_no_event_and_an_open_one_are_the_same() -> None:
    assert entries(changed(None, {})) == dict(OPEN) == entries({"allow": ["*"]})
