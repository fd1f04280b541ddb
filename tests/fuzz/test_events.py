"""Whatever a member's client or a homeserver puts into an event, the forum goes on and nobody gets a right."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.matrix.wire import Unreadable, decode_object
from bridge.model import facts as f
from bridge.model.event import Json
from tests.forum.desk import AUDIT, BOT, CONTROL, FORUM, user
from tests.fuzz.cases import share
from tests.fuzz.events import KINDS, SENDERS, honest
from tests.fuzz.hostile import ODD, changed, changes, written
from tests.fuzz.table import DIRECT, Table, played, response, table

drawn = st.lists(
    st.tuples(
        st.sampled_from(KINDS), st.sampled_from(SENDERS), st.integers(0, 6), st.booleans(), changes, st.booleans()
    ),
    min_size=1,
    max_size=4,
)
"""Events: kind, sender, what it is about, whether encrypted, what is changed, and whether it comes twice."""

Drawn = tuple[str, str, int, bool, list[tuple[str, int, int, int]], bool]


def events_of(drawn: list[Drawn], at: Table, room: str) -> list[Json]:
    """The events that hypothesis drew; one may be about a known event or another of them."""
    found: list[Json] = []
    for number, (kind, who, about, sealed, doings, twice) in enumerate(drawn):
        known = (*at.start.known, "$fuzz0", "$nowhere")
        event = changed(honest(kind, who, at.start, known[about], room, number, sealed=sealed), doings)
        found += [event, event] if twice else [event]
    return found


def senders_of(events: list[Json]) -> dict[str, str]:
    """Event id -> sender, as the homeserver says it; the first of an id counts."""
    found: dict[str, str] = {}
    for event in events:
        one = decode_object(written(event))
        if isinstance(one.get("event_id"), str) and isinstance(one.get("sender"), str):
            found.setdefault(one["event_id"], one["sender"])
    return found


@given(drawn, st.sampled_from((FORUM, FORUM, CONTROL, DIRECT, AUDIT)), st.booleans(), st.sampled_from(("id", "en")))
@share(0.28)
def test_events_of_every_kind_with_anything_in_them(drawn: list[Drawn], room: str, later: bool, lang: str) -> None:
    """No row fails or waits, what is said can be sent, the next order is tagged and carded, and rights hold."""
    with table(lang) as forum:
        events = events_of(drawn, forum, room)
        forum.give(events, room)
        if later:
            forum.move(minutes=150)
        forum.rights_hold(senders_of(events))
        if any(one.user == BOT and one.membership == "leave" for one in forum.facts(f.Membership)):
            forum.is_sound()
        else:
            forum.goes_on()


@given(drawn, st.sampled_from(("auditor-1", "dlh-1", "@asing:desk")))
@share(0.08)
def test_nobody_gets_a_right_by_what_an_event_says(drawn: list[Drawn], who: str) -> None:
    """Events of people without these rights never order, decide, accept, remove or change a stage."""
    with table() as forum:
        events = [
            {**event, "sender": who if who.startswith("@") else user(who)}
            for event in events_of(drawn, forum, FORUM)
            if "state_key" not in event
        ]
        for room in (FORUM, CONTROL):
            forum.give([{**event, "event_id": f"${room}{number}"} for number, event in enumerate(events)], room)
        assert forum.rights_used() == []
        forum.goes_on()


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, len(ODD) - 1)), max_size=4),
    st.lists(
        st.tuples(st.sampled_from(["cut", "flip", "put", "copy"]), st.integers(0, 4000), st.binary(max_size=4))
    ),
    drawn,
)
@share(0.04)
def test_whole_answers_of_the_homeserver(
    odd: list[tuple[int, int]], bytewise: list[tuple[str, int, bytes]], drawn: list[Drawn]
) -> None:
    """An answer that is cut, spoilt or of another shape is refused whole or read; either way the forum goes on."""
    with table() as forum:
        body = response(
            {FORUM: {"timeline": {"events": events_of(drawn, forum, FORUM)}}},
            invite={"!new": {"invite_state": {"events": [{"type": "m.room.member", "state_key": BOT}]}}},
            leave={},
        )
        whole: Json = {
            "next_batch": "s2",
            "rooms": msgspec.Raw(msgspec.json.encode({})),
            "to_device": {"events": []},
        }
        whole = changed(whole, [("add", where, value, where % 40) for where, value in odd]) if odd else whole
        for doing, place, data in bytewise:
            place %= len(body)
            match doing:
                case "cut":
                    body = body[:place] or b"{"
                case "flip":
                    body = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
                case "put":
                    body = body[:place] + data + body[place:]
                case _:
                    body = body[:place] + body[place // 2 : place] + body[place:]
        for answer in (body, written(whole)):
            with contextlib.suppress(Unreadable):
                forum.sync(answer)
        forum.store.run("DELETE FROM gap")
        forum.is_sound()


@pytest.mark.parametrize("lang", ["id", "en"])
def test_without_any_hostility_the_forum_goes_on(lang: str) -> None:
    """What the other tests of this file compare with."""
    assert played(lang).known
    with table(lang) as forum:
        forum.goes_on()
        assert {one for _, one in forum.rights_used()} == {"order"}
