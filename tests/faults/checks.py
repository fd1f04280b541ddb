"""What must hold after anything: everything given is recorded once, everything wanted is visible once, and the
chain verifies.

:func:`check` looks at the ledger and at the rooms as people see them, and at nothing that the bridge believes. It
is the same for a house of these tests, whether its process is turned by hand or is one of its own, and for a forum
on a real Synapse (`tests/homeserver/watched.py`).
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from bridge.admin import permissions
from bridge.journey import words
from bridge.journey.living import LivingRooms
from bridge.journey.shown import lines_of
from bridge.ledger import outbox, projections, rooms
from bridge.ledger.comparing import misfits, select
from bridge.ledger.databases import Database
from bridge.ledger.records import verify_chain
from bridge.ledger.store import Store
from bridge.ledger.tables import PROJECTIONS, name_of
from bridge.model import facts as f
from bridge.model.clock import Clock
from bridge.model.effects import (
    AnyEffect,
    Ban,
    Follow,
    Invite,
    Link,
    PostBundle,
    React,
    Redact,
    Refresh,
    Remove,
    Retract,
    Say,
    SetLevels,
    ShowPictures,
    Unban,
)
from bridge.model.event import Json
from tests.faults.process import FORUM, read

_effect = msgspec.json.Decoder(AnyEffect).decode


class Watched(Protocol):
    """A forum that can be checked."""

    @property
    def database(self) -> Database:
        """Where its ledger lies."""
        ...

    @property
    def config(self) -> Path: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def bot(self) -> str: ...

    @property
    def rooms(self) -> Mapping[str, str]:
        """kind -> room id of the forum's rooms."""
        ...

    def everywhere(self) -> Collection[str]:
        """Every room in which the bot may have done something, direct chats among them."""
        ...

    def events(self, room: str, sender: str | None = None, kind: str | None = None) -> list[Json]:
        """A room's events as people read them, oldest first; a redacted one is empty."""
        ...

    def bundles(self) -> int | None:
        """How many bundles were uploaded; None where that cannot be seen."""
        ...


async def check(
    house: Watched,
    *,
    cancelled: Collection[int] = (),
    gone: Collection[str] = (),
    in_a_hurry: bool = False,
    zone_moved: bool = False,
) -> None:
    """All of it, for a forum whose process has come to rest or is gone.

    ``cancelled`` may be given up (outbox ids). ``gone`` are events that the homeserver gave and no longer has.
    ``in_a_hurry``: the process was ended as soon as its queues were empty, so that an edit of a card may be due,
    and what it had just sent may not have come back to it. ``zone_moved``: the forum has another time zone than
    before, so that days gone by had other hours when their cards were shown.
    """
    store = house.database.look()
    try:
        everything_is_taken_in(house, store, gone, in_a_hurry)
        everything_is_recorded_once(house, store)
        everything_is_done_once(house, store, cancelled, gone, in_a_hurry)
        cards_show_the_ledger(house, store, zone_moved)
        for row in store.all("SELECT id FROM forum"):
            verify_chain(store, row[0])
        with store.snapshot():
            # Derived anew from the facts alone, every projection is what it was.
            assert misfits(store) == {}
    finally:
        store.close()


def everything_is_taken_in(
    house: Watched, store: Store, gone: Collection[str] = (), in_a_hurry: bool = False
) -> None:
    """Every event since our arrival has one row, decided; nothing else has."""
    for room in house.rooms.values():
        events = house.events(room)
        arrived = next(
            place
            for place, event in enumerate(events)
            if event["type"] == "m.room.member"
            and event["state_key"] == house.bot
            and event["content"]["membership"] == "join"
        )
        taken = store.all("SELECT key, state FROM inbox WHERE room = ? AND substr(key, 1, 1) = '$'", (room,))
        keys = {row[0] for row in taken}
        given = [
            event["event_id"]
            for event in events[arrived:]
            if not in_a_hurry or event["sender"] != house.bot or event["event_id"] in keys
        ]
        assert Counter(row[0] for row in taken if row[0] not in gone) == Counter(given)
        assert {row[1] for row in taken} <= {"done", "own"}
    undecided = store.all(
        "SELECT key, state, error FROM inbox WHERE state NOT IN ('done', 'own', 'waiting', 'cancelled')"
    )
    assert undecided == []
    assert store.all("SELECT id FROM gap WHERE state = 'open'") == []


def everything_is_recorded_once(house: Watched, store: Store) -> None:
    """Every message of a person has one fact, in the order of the room; numbers are not used twice."""
    messages = Counter[str]()
    numbers = Counter[str]()
    order: dict[str, list[str]] = {}
    for (body,) in store.all("SELECT body FROM fact WHERE forum = ? ORDER BY position", (FORUM,)):
        fact = projections._decode(bytes(body))
        if isinstance(fact, f.Message):
            messages[fact.event] += 1
            order.setdefault(fact.room, []).append(fact.event)
        if isinstance(fact, f.Directive | f.Report | f.Decision | f.Act):
            numbers[fact.number] += 1
    expected = [
        event["event_id"]
        for event in house.events(house.rooms["forum"], kind="m.room.message")
        if event["sender"] != house.bot and _is_plain(event["content"])
    ]
    assert {event: messages[event] for event in expected} == dict.fromkeys(expected, 1)
    assert [event for event in order.get(house.rooms["forum"], []) if event in set(expected)] == expected
    assert [number for number, times in numbers.items() if times > 1] == []


def _is_plain(content: Json) -> bool:
    body = content.get("body", "")
    return bool(content) and not body.startswith("!") and "m.new_content" not in content


def _of_the_day(refresh: Refresh) -> bool:
    """The day's card is edited once a minute for as long as something happens: its next edit may wait."""
    return refresh.card.startswith("day:")


def everything_is_done_once(
    house: Watched, store: Store, cancelled: Collection[int], gone: Collection[str], in_a_hurry: bool
) -> None:
    """Every effect is confirmed and stands in the room once, and nothing of ours is there without one."""
    rows = [
        (row[0], _effect(bytes(row[1])), row[2], row[3], row[4])
        for row in store.all("SELECT id, effect, state, txn, error, event FROM outbox ORDER BY id")
        if row[5] not in gone
    ]
    unfinished = [
        (row[0], row[2], row[4])
        for row in rows
        if row[2] != "confirmed"
        and row[0] not in cancelled
        and not (row[2] == "waiting" and isinstance(row[1], Refresh) and (in_a_hurry or _of_the_day(row[1])))
    ]
    assert unfinished == []
    ours = [event for room in house.everywhere() for event in house.events(room, house.bot)]
    causes = Counter(event["content"]["tudang.cause"] for event in ours if "tudang.cause" in event["content"])
    assert [cause for cause, times in causes.items() if times > 1] == []
    assert set(causes) <= {row[3] for row in rows}
    spoken = {
        txn
        for _, effect, state, txn, error in rows
        if isinstance(effect, Say | PostBundle | ShowPictures) and state == "confirmed" and not error
    }
    redacted = any(isinstance(effect, Retract) for _, effect, *_ in rows)
    assert redacted or spoken <= set(causes)
    _reactions_stand_once(ours, [effect for _, effect, *_ in rows if isinstance(effect, React)], redacted)
    _members_moved_once(ours, rows)
    _rooms_changed_once(house, rows)
    levels = [event for event in ours if event["type"] == "m.room.power_levels" and event["content"].get("users")]
    assert len(levels) <= len([row for row in rows if isinstance(row[1], SetLevels)])
    bundles = [row for row in rows if isinstance(row[1], PostBundle) and row[2] == "confirmed"]
    assert house.bundles() in (None, len(bundles))


def _reactions_stand_once(ours: list[Json], wanted: list[React], redacted: bool) -> None:
    standing = Counter(
        (event["content"]["m.relates_to"]["event_id"], event["content"]["m.relates_to"]["key"].strip())
        for event in ours
        if event["type"] == "m.reaction" and event["content"]
    )
    assert all(times == 1 for times in standing.values())
    assert set(standing) <= {(effect.to, effect.key) for effect in wanted} | {
        key for key in standing if any(not effect.to.startswith("$") for effect in wanted)
    }
    if not redacted:
        assert {(effect.to, effect.key) for effect in wanted if effect.to.startswith("$")} <= set(standing)


_MEMBERSHIP: dict[type[AnyEffect], str] = {Invite: "invite", Remove: "leave", Ban: "ban", Unban: "leave"}
"""What each effect on a member brings about."""


def _members_moved_once(ours: list[Json], rows: list[tuple[int, AnyEffect, str, str, str]]) -> None:
    """Each invitation, removal, ban and its end was made at most once per effect that asked for it."""
    moved = Counter(
        (event["state_key"], event["content"].get("membership"))
        for event in ours
        if event["type"] == "m.room.member" and event["state_key"] != event["sender"]
    )
    asked = Counter(
        (effect.user, _MEMBERSHIP[type(effect)])
        for _, effect, *_ in rows
        if isinstance(effect, Invite | Remove | Ban | Unban)
    )
    for (user, membership), times in asked.items():
        assert moved[(user, membership)] <= times + _before(user, membership)
    acts = [row for row in rows if isinstance(row[1], Invite | Remove) and row[2] == "confirmed"]
    for _, effect, *_ in acts:
        assert moved[(effect.user, _MEMBERSHIP[type(effect)])] >= 1  # type: ignore[union-attr]


def _rooms_changed_once(house: Watched, rows: list[tuple[int, AnyEffect, str, str, str]]) -> None:
    """Nothing is redacted, listed in a space or entered more often than it was wanted; what was done is there."""
    for _, effect, state, _, error in rows:
        done = state == "confirmed" and not error
        if isinstance(effect, Redact):
            redactions = house.events(effect.room, house.bot, "m.room.redaction")
            assert [event["redacts"] for event in redactions].count(effect.event) <= 1
            gone = [event for event in house.events(effect.room) if event["event_id"] == effect.event]
            assert not done or [event["content"] for event in gone] == [{}]
        if isinstance(effect, Link):
            for room, kind, key in (
                (effect.room, "m.space.child", effect.child),
                (effect.child, "m.space.parent", effect.room),
            ):
                listed = [event for event in house.events(room, kind=kind) if event["state_key"] == key]
                assert len(listed) == 1 if done else len(listed) <= 1
        if isinstance(effect, Follow) and effect.replacement in house.everywhere():
            ours = house.events(effect.replacement, house.bot, "m.room.member")
            # Whoever changes their name joins again; what they were before counts.
            memberships = [event["content"]["membership"] for event in ours if event["state_key"] == house.bot]
            entered = [now for before, now in zip(["", *memberships], memberships, strict=False) if now != before]
            assert entered.count("join") == 1 if done else entered.count("join") <= 1


def _before(user: str, membership: str) -> int:
    """The bot invited everybody once when the rooms were made."""
    return 2 if membership == "invite" else 0


def cards_show_the_ledger(house: Watched, store: Store, zone_moved: bool = False) -> None:
    """Every card stands once, and its newest edit shows what the ledger says now, unless an edit of it waits."""
    template, catalogue = read(house.config, house.bot, house.clock)
    # A room that was replaced is the one that has its place.
    book = dataclasses.replace(
        template, rooms={kind: rooms.newest(store, room) for kind, room in house.rooms.items()}
    )
    waits = {row[0] for row in store.all("SELECT ref FROM outbox WHERE state = 'waiting' AND merge <> ''")}
    refs = {
        effect.ref: effect
        for (body,) in store.all("SELECT effect FROM outbox WHERE state = 'confirmed' ORDER BY id")
        if isinstance(effect := _effect(bytes(body)), Refresh)
    }
    for ref, effect in refs.items():
        if zone_moved and _of_the_day(effect):
            continue
        post = outbox.posted(store, FORUM, ref)
        lines = lines_of(store, FORUM, effect.card, book, house.clock.now(), LivingRooms(permissions.missing))
        if post is None or post.gone or not lines:
            continue
        text = words.card(catalogue, lines).plain
        events = house.events(post.room, house.bot, "m.room.message")
        original = [event for event in events if event["event_id"] == post.event]
        edits = [
            event
            for event in events
            if event["content"].get("m.relates_to", {}).get("rel_type") == "m.replace"
            and event["content"]["m.relates_to"]["event_id"] == post.event
        ]
        assert len(original) == 1
        shown = edits[-1]["content"]["m.new_content"]["body"] if edits else original[0]["content"]["body"]
        if not effect.card.startswith("head:") and ref not in waits:
            assert shown == text
        first_lines = [
            event["content"]["body"].split("\n")[0] for event in events if event not in edits and event["content"]
        ]
        if effect.card[:2] in ("P-",):
            assert first_lines.count(text.split("\n")[0]) == 1


def dump(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all projections."""
    return {name_of(table): sorted(store.all(select(table)), key=repr) for table in PROJECTIONS}
