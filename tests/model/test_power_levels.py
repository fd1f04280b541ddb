"""The power-level rule, in every room version."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nio import MatrixRoom, PowerLevelsEvent

from bridge.model.event import Json
from bridge.model.levels import CREATOR, PowerLevels, power_levels

ANI, BUDI, CITRA = "@ani:x", "@budi:x", "@citra:x"


def levels(version: str | None, content: Json | None, **create: Any) -> PowerLevels:
    said: Json = dict(create) if version is None else {"room_version": version, **create}
    return power_levels(create=said, create_sender=ANI, content=content)


def test_version_12_creators_stand_above_all_numbers() -> None:
    """The sender of the create event and the additional creators are out of reach, whatever `users` says."""
    found = levels("12", {"users": {BUDI: 100, ANI: 0}}, additional_creators=[CITRA, 5])
    assert found.of(ANI) == found.of(CITRA) == CREATOR
    assert not found.may_kick(BUDI, ANI)
    assert not found.may_kick(ANI, CITRA)
    assert not found.may_set_level(ANI, CITRA, 0)
    assert found.may_ban(ANI, BUDI)
    assert found.may_set_level(ANI, BUDI, 2**53 - 1)


def test_where_nio_sees_a_creator_as_nobody() -> None:
    """nio 0.26 has no creator rule: the owner of a version 12 room has level 0 there."""
    room = MatrixRoom("!r", "@bot:x")
    room.handle_event(_nio_levels({"users": {}}))
    assert room.power_levels.get_user_level(ANI) == 0
    assert levels("12", {"users": {}}).of(ANI) == CREATOR


def test_where_nio_keeps_a_demoted_level() -> None:
    """An entry that disappears from `users` is a demotion; nio's room members keep the old level."""
    room = MatrixRoom("!r", "@bot:x")
    room.add_member(BUDI, None, None)
    room.handle_event(_nio_levels({"users": {BUDI: 100}}))
    room.handle_event(_nio_levels({"users": {}}))
    assert room.users[BUDI].power_level == 100
    assert levels("11", {"users": {}}).of(BUDI) == 0


def _nio_levels(content: Json) -> PowerLevelsEvent:
    found = PowerLevelsEvent.from_dict(
        {
            "type": "m.room.power_levels",
            "state_key": "",
            "sender": ANI,
            "event_id": "$p",
            "origin_server_ts": 1,
            "content": content,
        }
    )
    assert isinstance(found, PowerLevelsEvent)
    return found


@pytest.mark.parametrize("version", [None, "1", "6", "10", "11"])
def test_before_version_12_the_creator_is_a_number(version: str | None) -> None:
    """100 without a power-levels event, and with one whatever it says."""
    creator = {} if version == "11" else {"creator": ANI}
    assert levels(version, None, **creator).of(ANI) == 100
    assert levels(version, {"users": {}}, **creator).of(ANI) == 0
    assert levels(version, {"users": {ANI: 50}}, **creator).creators == frozenset()


def test_the_creator_field_counts_up_to_version_10_only() -> None:
    """From version 11 on the create event's sender is the creator, and a `creator` in the content is nothing."""
    assert levels("10", None, creator=BUDI).of(BUDI) == 100
    assert levels("11", None, creator=BUDI).of(BUDI) == 0
    assert levels("11", None, creator=BUDI).of(ANI) == 100
    assert levels("11", None, additional_creators=[BUDI]).of(BUDI) == 0


def test_defaults() -> None:
    """The specification's defaults, which differ with and without an event."""
    with_event, without = levels("11", {}), levels("11", None)
    for found, state in ((with_event, 50), (without, 0)):
        assert (found.ban, found.kick, found.redact, found.invite) == (50, 50, 50, 0)
        assert (found.users_default, found.events_default, found.state_default) == (0, 0, state)


@pytest.mark.parametrize(
    ("value", "old", "new"),
    [
        (50, 50, 50),
        ("50", 50, None),
        (" +050 ", 50, None),
        ("-1", -1, None),
        ("5_0", None, None),
        ("fifty", None, None),
        ("", None, None),
        ("9" * 400, None, None),
        (50.9, 50, None),
        (float("inf"), None, None),
        (True, None, None),
        (None, None, None),
        ([50], None, None),
        (2**60, None, None),
    ],
)
def test_string_levels_up_to_version_9(value: object, old: int | None, new: int | None) -> None:
    """Old rooms may write numbers as strings; an entry that is no number counts as absent."""
    for version, expected in (("9", old), ("10", new), ("12", new)):
        found = levels(version, {"users": {BUDI: value}, "kick": value})
        assert found.of(BUDI) == (0 if expected is None else expected)
        assert found.kick == (50 if expected is None else expected)


@pytest.mark.parametrize("content", [{"users": []}, {"users": "x"}, {"events": 5, "users": None}])
def test_nonsense_is_the_default(content: Json) -> None:
    """Ill-typed maps neither raise nor raise anybody."""
    assert levels("9", content).of(BUDI) == 0


def test_events_have_their_own_levels() -> None:
    """A type's own entry comes before the default of its kind."""
    found = levels(
        "11", {"events": {"m.room.name": 25, "m.reaction": 10}, "events_default": 5, "users": {BUDI: 25}}
    )
    assert found.may_send(BUDI, "m.room.name", state=True)
    assert not found.may_send(BUDI, "m.room.topic", state=True)
    assert not found.may_send(CITRA, "m.reaction")
    assert not found.may_send(CITRA, "m.room.message")


def test_redacting() -> None:
    """One's own with the level for redactions, others' with `redact` as well."""
    found = levels("11", {"users": {BUDI: 50}, "events": {"m.room.redaction": 0}})
    assert found.may_redact(CITRA, CITRA)
    assert not found.may_redact(CITRA, ANI)
    assert found.may_redact(BUDI, ANI)


numbers = st.integers(-10, 110)


@given(st.dictionaries(st.sampled_from([ANI, BUDI, CITRA]), numbers), numbers, numbers, numbers)
def test_nobody_acts_on_an_equal_or_gives_more_than_they_have(
    users: dict[str, int], kick: int, ban: int, new: int
) -> None:
    """For every assignment: kicking, banning and raising need to stand above the target."""
    found = levels("11", {"users": users, "kick": kick, "ban": ban, "state_default": 50})
    for actor in (ANI, BUDI, CITRA):
        for target in (ANI, BUDI, CITRA):
            above = found.of(actor) > found.of(target)
            assert found.may_kick(actor, target) == (above and found.of(actor) >= kick)
            assert found.may_ban(actor, target) == (above and found.of(actor) >= ban)
            if found.may_set_level(actor, target, new):
                assert new <= found.of(actor) >= 50
                assert above or actor == target


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    ),
    st.sampled_from(["1", "9", "10", "11", "12", "99", "x", "²"]),
)
def test_no_content_breaks_the_rule(value: Any, version: str) -> None:
    """Whatever a server lets through, levels are integers."""
    keys = ("users", "events", "ban", "kick", "users_default")
    found = levels(version, dict.fromkeys(keys, value), creator=value, additional_creators=value)
    assert all(type(found.of(user)) is int for user in (ANI, BUDI))
