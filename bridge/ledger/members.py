"""Who is in the rooms of a forum, one account at a time: what a single coming or going costs does not grow with
the rooms.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bridge.ledger.store import Row, Store
from bridge.model.situation import MemberView

KINDS = ("forum", "control", "audit", "group", "space")
"""Kinds of rooms that a forum has; direct chats are nobody's membership."""

CURRENT = "NOT EXISTS (SELECT 1 FROM room AS h WHERE h.predecessor = room.room AND h.kind <> 'heir')"
"""Of a row of `room`: no other room has taken its place."""

PAGE = 400
"""Accounts asked for in one statement."""


class _Content(msgspec.Struct):
    displayname: object = None


_name = msgspec.json.Decoder(_Content).decode

_VIEW = (
    "SELECT s.room, s.state_key, s.membership, s.content, a.present, a.left_by_hand, a.act, a.act_at"
    " FROM room_state s LEFT JOIN adopted a ON a.room = s.room AND a.user_id = s.state_key"
    " WHERE s.room IN ({rooms}) AND s.type = 'm.room.member' AND "
)
_GONE = (
    "SELECT a.room, a.user_id, '', NULL, a.present, a.left_by_hand, a.act, a.act_at FROM adopted a"
    " WHERE a.room IN ({rooms}) AND NOT EXISTS (SELECT 1 FROM room_state s WHERE s.room = a.room"
    " AND s.type = 'm.room.member' AND s.state_key = a.user_id) AND "
)


def rooms_of(store: Store, forum: str) -> list[str]:
    """The ids of a forum's rooms."""
    marks = ",".join("?" * len(KINDS))
    rows = store.all(
        f"SELECT room FROM room WHERE forum = ? AND kind IN ({marks}) AND {CURRENT} ORDER BY kind, room",
        (forum, *KINDS),
    )
    return [row[0] for row in rows]


def accounts(store: Store, room: str, names: Sequence[str]) -> tuple[MemberView, ...]:
    """What is known of these accounts in a room; a name without a server (`@kadis`) means all that have it."""
    return accounts_in(store, (room,), names)[room]


def accounts_in(store: Store, rooms: Sequence[str], names: Sequence[str]) -> dict[str, tuple[MemberView, ...]]:
    """The same for several rooms, by room. Two statements, however many there are and whoever is in them."""
    here = ",".join("?" * len(rooms))
    there, gone = _VIEW.format(rooms=here), _GONE.format(rooms=here)
    whole = sorted({name for name in names if ":" in name})
    rows: list[Row] = []
    for first in range(0, len(whole), PAGE):
        page = whole[first : first + PAGE]
        marks = ",".join("?" * len(page))
        rows += store.all(f"{there} s.state_key IN ({marks})", (*rooms, *page))
        rows += store.all(f"{gone} a.user_id IN ({marks})", (*rooms, *page))
    for part in {name.lower() for name in names if ":" not in name and len(name) > 1}:
        like = f"{escaped(part)}:%"
        rows += store.all(f"{there} LOWER(s.state_key) LIKE ? ESCAPE '!'", (*rooms, like))
        rows += store.all(f"{gone} LOWER(a.user_id) LIKE ? ESCAPE '!'", (*rooms, like))
    found: dict[str, dict[str, MemberView]] = {room: {} for room in rooms}
    for where, *row in rows:
        found[where][row[0]] = view(tuple(row))
    return {room: tuple(views[user] for user in sorted(views)) for room, views in found.items()}


MOVED = 400
"""Comings and goings that are followed one by one; after more a room is read whole."""


class _Moved(msgspec.Struct):
    room: str
    user: str


_moved = msgspec.json.Decoder(_Moved).decode


def moved_since(store: Store, forum: str, room: str, position: int) -> tuple[str, ...] | None:
    """Accounts that came into a room or went, by the record after a position; None: they are too many to follow,
    or not known any more."""
    rows = store.all(
        "SELECT body FROM fact WHERE forum = ? AND kind = 'membership' AND position > ? ORDER BY position LIMIT ?",
        (forum, position, MOVED + 1),
    )
    if len(rows) > MOVED or any(body is None for (body,) in rows):
        return None
    found = (_moved(bytes(body)) for (body,) in rows)
    return tuple(dict.fromkeys(one.user for one in found if one.room == room))


def names(store: Store, room: str, users: Sequence[str]) -> dict[str, str]:
    """The names that these accounts show in a room; who never was in it has none. One statement for 400 of them."""
    found: dict[str, str] = {}
    for first in range(0, len(users), PAGE):
        page = users[first : first + PAGE]
        rows = store.all(
            "SELECT state_key, content FROM room_state WHERE room = ? AND type = 'm.room.member'"
            f" AND state_key IN ({','.join('?' * len(page))})",
            (room, *page),
        )
        found |= {user: _shown(content) for user, content in rows}
    return found


def _shown(content: bytes | None) -> str:
    name = _name(content).displayname if content is not None else None
    return name if isinstance(name, str) else ""


def escaped(text: str) -> str:
    """A text as it stands in a LIKE whose escape is an exclamation mark."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def view(row: Row) -> MemberView:
    """A member of a row of (account, membership, content, present, left by hand, act, when)."""
    user, membership, content, present, left, act, act_at = row
    return MemberView(
        user,
        membership,
        _shown(content),
        adopted=bool(present),
        left_by_hand=bool(left),
        decided=(present or 0) > 1,
        acted=act or "",
        acted_at=act_at or 0,
    )
