"""Power levels of the forum's rooms, with what the bridge itself has done to them and what still stands of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from bridge.ledger import acts
from bridge.ledger.store import Store
from bridge.model.event import Json
from bridge.model.levels import PowerLevels, power_levels
from bridge.model.situation import BY_ROLE, ActView, RoomLevels, RoomView

LIMIT = 200
"""How many mutes of a room, and how many changes of its levels, are looked back at."""

TOLD = 500

_decode = msgspec.json.decode


def power_levels_of(store: Store, room: str) -> PowerLevels:
    """The levels of a room, as its state tells them."""
    create, sender, content = _state(store, room)
    return power_levels(create=create, create_sender=sender, content=content)


def _state(store: Store, room: str) -> tuple[Json | None, str | None, Json | None]:
    """(content of `m.room.create`, its sender, content of `m.room.power_levels`); None for what is not there."""
    create: Json | None = None
    sender, content = None, None
    rows = store.all(
        "SELECT type, sender, content FROM room_state WHERE room = ?"
        " AND type IN ('m.room.create', 'm.room.power_levels') AND state_key = ''",
        (room,),
    )
    for kind, by, body in rows:
        read = _decode(bytes(body))
        if not isinstance(read, dict):
            continue
        if kind == "m.room.create":
            create, sender = read, by
        else:
            content = read
    return create, sender, content


def room_levels(store: Store, forum: str, room: RoomView) -> RoomLevels | None:
    """The levels of a room and what the record knows of them; None while its state has not been read."""
    create, sender, content = _state(store, room.room_id)
    if content is None:
        return None
    given, pending, decided = _given(store, forum, room.room_id)
    holding = acts.holding(store, forum, room.room_id)
    return RoomLevels(
        kind=room.kind,
        levels=power_levels(create=create, create_sender=sender, content=content),
        locks=tuple(act for act in holding if act.fact.verb == "lock"),
        floors=tuple(act for act in holding if act.fact.verb != "lock"),
        muted=frozenset(
            row[0]
            for row in store.all(
                "SELECT user_id FROM act WHERE forum = ? AND standing = 1 AND verb = 'mute' AND room = ? LIMIT ?",
                (forum, room.room_id, LIMIT),
            )
        ),
        given=given,
        pending=pending,
        decided=decided,
        told=frozenset(
            row[0]
            for row in store.all(
                "SELECT about FROM asked WHERE forum = ? AND what = 'levels' ORDER BY at DESC LIMIT ?",
                (forum, TOLD),
            )
        ),
    )


def _given(
    store: Store, forum: str, room: str
) -> tuple[dict[str, int | None], frozenset[str], dict[str, int | None]]:
    """(the level that we gave each account last, accounts of which a change waits, those put back by a person)."""
    rule = acts.changed(_changes(store, forum, room))
    given, decided = dict(_of_users(rule.given)), dict(_of_users(rule.decided))
    return given, frozenset(user for user, _ in _of_users(dict.fromkeys(rule.pending))), decided


def _of_users(levels: Mapping[str, int | None]) -> Iterator[tuple[str, int | None]]:
    """The accounts of paths such as `users/@ani:hs`, with their levels; other keys are nobody's."""
    for path, level in levels.items():
        group, _, user = path.partition("/")
        if group == "users":
            yield user, level


def _changes(store: Store, forum: str, room: str) -> list[ActView]:
    """What the rule for levels did in a room, newest first."""
    return [
        act
        for act in acts.past(store, forum, "levels", LIMIT)
        if act.fact.room == room and act.fact.rule == BY_ROLE
    ]
