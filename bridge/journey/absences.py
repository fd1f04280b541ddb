"""Absences: a stay outside a room of the forum is a hole in what we saw, and is named so in the record.

What the homeserver shows of that time when we are back is taken in like anything else; whether it is all cannot be
known.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bridge.forum.rooms import GapNews
from bridge.ledger import inbox, meta, numbers
from bridge.ledger.store import Store
from bridge.model.event import Event, RoomBatch

_encode = msgspec.json.encode

CAUSE = "the bot was not in the room"


class _Absence(msgspec.Struct, frozen=True):
    gap: str
    since: int


def is_open(store: Store, room: str) -> bool:
    """Whether we are outside a room in which we were before."""
    return _open(store, room) is not None


def note(
    store: Store, forum: str, part: RoomBatch, fresh: Iterable[Event], own: str, *, here: bool, now: int
) -> None:
    """Note our going and coming back in one sync response.

    ``fresh`` are the events of its timeline that are new, ``here`` says that we were in the room before it.
    """
    comings = [
        (event.content.get("membership") == "join", event.origin_ts)
        for event in fresh
        if event.type == "m.room.member" and event.state_key == own
    ]
    # The window may not hold our own event; what the response says of the room counts in the end.
    for joined, at in (*comings, (part.membership == "join", now)):
        if here and not joined:
            _begin(store, forum, part.room_id, at, now)
        elif joined and not here:
            _end(store, forum, part.room_id, at, now)
        here = joined


def _begin(store: Store, forum: str, room: str, since: int, now: int) -> None:
    absence = _Absence(f"g{numbers.take(store, 'gap')}", since)
    meta.put(store, _name(room), _encode(absence).decode())
    _tell(store, forum, room, GapNews(gap=absence.gap, what="absence", room=room, since=since, state="open"), now)


def _end(store: Store, forum: str, room: str, until: int, now: int) -> None:
    absence = _open(store, room)
    if absence is None:
        return
    meta.remove(store, _name(room))
    news = GapNews(
        gap=absence.gap,
        what="absence",
        room=room,
        since=absence.since,
        until=until,
        state="given_up",
        cause=CAUSE,
    )
    _tell(store, forum, room, news, now)


def _tell(store: Store, forum: str, room: str, news: GapNews, now: int) -> None:
    inbox.add_row(store, forum, "gap", f"gap:{news.gap}:{news.state}", _encode(news), at=now, room=room)


def _open(store: Store, room: str) -> _Absence | None:
    kept = meta.get(store, _name(room))
    return msgspec.json.decode(kept, type=_Absence) if kept else None


def _name(room: str) -> str:
    return f"absence:{room}"
