"""Rooms and their state, as clear state events tell it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from bridge.ledger import numbers
from bridge.ledger.members import CURRENT, KINDS
from bridge.ledger.members import view as member_view
from bridge.ledger.store import Store
from bridge.model.event import Event, Json
from bridge.model.situation import MemberView, RoomStanding, RoomView

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.decode


def known(store: Store, room: str) -> tuple[str, str, str] | None:
    """(forum, kind, membership) of a room we know."""
    row = store.one("SELECT forum, kind, membership FROM room WHERE room = ?", (room,))
    return (row[0], row[1], row[2]) if row else None


def set_room(store: Store, room: str, *, forum: str, kind: str, person: str | None = None) -> None:
    """Say which forum a room belongs to and what it is there."""
    store.run(
        "INSERT INTO room (room, forum, kind, membership, person, made_by_us, stale, degraded)"
        " VALUES (?,?,?,'unknown',?,0,0,'') ON CONFLICT (room) DO UPDATE SET forum = excluded.forum,"
        " kind = excluded.kind, person = COALESCE(excluded.person, room.person)",
        (room, forum, kind, person),
    )


def take_over(store: Store, forum: str, before: str) -> None:
    """The rooms of a forum's preview become those of the forum.

    What was adopted there is forgotten, and the state is read again, so that this record has a first sight of its
    own. What the other record still has to do waits there.
    """
    store.run("DELETE FROM adopted WHERE room IN (SELECT room FROM room WHERE forum = ?)", (before,))
    store.run("UPDATE room SET forum = ?, adopted_at = NULL, stale = 1 WHERE forum = ?", (forum, before))


HEIR = "heir"
"""The kind of a room that a room of ours names as its replacement, until it is followed there."""


def await_heir(store: Store, old: str, new: str) -> bool:
    """Note that a room of ours names another as its replacement; False for one that is ours already."""
    row = store.one("SELECT forum, kind, predecessor FROM room WHERE room = ?", (new,))
    if row is not None and row[1] == HEIR and row[2] == old:
        return True
    ours = known(store, old)
    if ours is None or (row is not None and row[0]):
        return False
    set_room(store, new, forum=ours[0], kind=HEIR)
    store.run("UPDATE room SET predecessor = ? WHERE room = ?", (old, new))
    return True


def awaited(store: Store, room: str) -> str | None:
    """The room of ours that names this one as its replacement and has not been followed to it yet."""
    row = store.one("SELECT predecessor FROM room WHERE room = ? AND kind = ?", (room, HEIR))
    return row[0] if row else None


def forget_heir(store: Store, room: str) -> None:
    """The room did not replace one of ours after all."""
    store.run(
        "UPDATE room SET forum = '', kind = 'unknown', predecessor = '' WHERE room = ? AND kind = ?", (room, HEIR)
    )


def newest(store: Store, room: str) -> str:
    """The room that has the place of this one now: itself, unless it was replaced."""
    seen = {room}
    while row := store.one("SELECT room FROM room WHERE predecessor = ? AND kind <> ?", (room, HEIR)):
        if row[0] in seen:
            break
        room = row[0]
        seen.add(room)
    return room


def replaces_another(store: Store, room: str) -> bool:
    """Whether this room has the place of an older one."""
    row = store.one("SELECT predecessor FROM room WHERE room = ? AND kind <> ?", (room, HEIR))
    return bool(row and row[0])


def came_along(store: Store, room: str, user: str) -> bool:
    """Whether somebody is in the room that this one replaced."""
    row = store.one("SELECT predecessor FROM room WHERE room = ? AND kind <> ?", (room, HEIR))
    return bool(row and row[0]) and user in members(store, row[0]) if row else False


def forums_of(store: Store, user: str) -> tuple[str, ...]:
    """The forums in a room of which somebody is."""
    rows = store.all(
        "SELECT DISTINCT r.forum FROM room r JOIN room_state s ON s.room = r.room AND s.type = 'm.room.member'"
        " AND s.state_key = ? WHERE r.kind IN ('forum', 'group') AND r.forum <> '' AND s.membership = 'join'"
        " AND r.membership = 'join' AND NOT EXISTS (SELECT 1 FROM room h WHERE h.predecessor = r.room"
        " AND h.kind <> 'heir') ORDER BY r.forum",
        (user,),
    )
    return tuple(row[0] for row in rows)


def is_joined(store: Store, room: str) -> bool:
    """Whether we are in a room, as far as we know."""
    return store.one("SELECT 1 FROM room WHERE room = ? AND membership = 'join'", (room,)) is not None


def set_membership(store: Store, room: str, membership: str) -> None:
    """Note our own membership of a room, whether or not we knew it."""
    store.run(
        "INSERT INTO room (room, forum, kind, membership, made_by_us, stale, degraded)"
        " VALUES (?,'','unknown',?,0,0,'') ON CONFLICT (room) DO UPDATE SET membership = excluded.membership",
        (room, membership),
    )


def degrade(store: Store, room: str, why: str) -> None:
    """Mark a room as not working, with the reason; an empty reason mends it."""
    store.run("UPDATE room SET degraded = ? WHERE room = ?", (why, room))


def mend(store: Store, rooms: Collection[str]) -> None:
    """Something could be done in rooms: they work again, unless what was refused there still waits."""
    if not rooms:
        return
    store.run(
        f"UPDATE room SET degraded = '' WHERE room IN ({','.join('?' * len(rooms))}) AND degraded <> ''"
        " AND NOT EXISTS (SELECT 1 FROM outbox WHERE state = 'waiting' AND not_before > 0 AND error <> ''"
        " AND outbox.room = room.room)",
        tuple(rooms),
    )


def standings(store: Store, forum: str) -> tuple[RoomStanding, ...]:
    """How each room of a forum is for the bot."""
    marks = ",".join("?" * len(KINDS))
    rows = store.all(
        f"SELECT room, membership, degraded FROM room WHERE forum = ? AND kind IN ({marks}) AND {CURRENT}",
        (forum, *KINDS),
    )
    return tuple(RoomStanding(room=row[0], here=row[1] == "join", trouble=row[2]) for row in rows)


def degraded(store: Store) -> list[tuple[str, str, str]]:
    """(room, kind, why) of rooms that do not work."""
    return [
        (r[0], r[1], r[2])
        for r in store.all("SELECT room, kind, degraded FROM room WHERE degraded <> '' ORDER BY room")
    ]


def make_stale(store: Store, room: str, stale: bool = True) -> None:
    """Note that a room's state is to be read again (after a gap, a join, a 403), or that it was."""
    store.run("UPDATE room SET stale = ? WHERE room = ?", (int(stale), room))


def stale(store: Store) -> list[str]:
    """Joined rooms whose state is to be read again."""
    return [r[0] for r in store.all("SELECT room FROM room WHERE stale = 1 AND membership = 'join' ORDER BY room")]


def rooms_of(store: Store, forum: str, kinds: Sequence[str] = KINDS) -> list[RoomView]:
    """The rooms of a forum; not those that another has replaced."""
    marks = ",".join("?" * len(kinds))
    rows = store.all(
        f"SELECT room, kind FROM room WHERE forum = ? AND kind IN ({marks}) AND {CURRENT}",
        (forum, *kinds),
    )
    return [view(store, room, kind) for kind, room in sorted((kind, room) for room, kind in rows)]


def view(store: Store, room: str, kind: str) -> RoomView:
    """A room as rules see it."""
    has = {
        row[0]
        for row in store.all(
            "SELECT type FROM room_state WHERE room = ? AND type IN ('m.room.encryption', 'm.room.tombstone')"
            " AND state_key = ''",
            (room,),
        )
    }
    return RoomView(
        room,
        kind,
        "m.room.encryption" in has,
        _alone_with(store, room) if kind == "direct" else "",
        closed="m.room.tombstone" in has,
    )


def _alone_with(store: Store, room: str) -> str:
    joined = store.count(
        "SELECT COUNT(*) FROM (SELECT 1 FROM room_state WHERE room = ? AND type = 'm.room.member'"
        " AND membership = 'join' LIMIT 3) AS j",
        (room,),
    )
    return (direct_with(store, room) or "") if joined == 2 else ""


class DirectChat(msgspec.Struct, frozen=True):
    """A direct chat that we are in."""

    room: str
    encrypted: bool
    maker: str | None
    """Who made it; None while its state has not been read yet."""
    made: int
    """When, in ms since the Unix epoch as the homeserver says; 0 while that is not known."""
    joined: frozenset[str]
    invited: frozenset[str]

    @property
    def crowded(self) -> bool:
        """Whether a third is in it, who may leave again at any minute."""
        return self.encrypted and len(self.joined) > 2


def direct_chats(store: Store, person: str) -> list[DirectChat]:
    """The direct chats with a person that we are in; a person may have opened several, or left one."""
    found = store.all(
        "SELECT room FROM room WHERE kind = 'direct' AND person = ? AND membership = 'join'"
        " ORDER BY room LIMIT 100",
        (person,),
    )
    chats = []
    for (room,) in found:
        made = store.one("SELECT sender, at FROM room_state WHERE room = ? AND type = 'm.room.create'", (room,))
        chats.append(
            DirectChat(
                room,
                encrypted=view(store, room, "direct").encrypted,
                maker=made[0] if made else None,
                made=made[1] if made else 0,
                joined=members(store, room),
                invited=members(store, room, ("invite",)),
            )
        )
    return chats


def direct_with(store: Store, room: str) -> str | None:
    """Whose direct chat a room is; None for every other room."""
    row = store.one("SELECT person FROM room WHERE room = ? AND kind = 'direct'", (room,))
    return (row[0] or "") if row else None


def made_for(store: Store, own: str, users: Sequence[str]) -> str | None:
    """A room that we made for one of these accounts alone and that belongs to nothing yet."""
    rows = store.all("SELECT room FROM room WHERE forum = '' AND membership = 'join' ORDER BY room LIMIT 1000")
    for (room,) in rows:
        others = members(store, room, ("join", "invite")) - {own}
        if len(others) == 1 and others <= set(users) and state_sender(store, room, "m.room.create") == own:
            return str(room)
    return None


_STATE = "SELECT content FROM room_state WHERE room = ? AND type = ? AND state_key = ?"


def apply_state(store: Store, events: Iterable[Event], *, only_newer: bool = False) -> None:
    """Take clear state events into the table, in the order in which the homeserver gave them.

    With ``only_newer``, one that was sent before what the table holds (by the homeservers' clocks) changes nothing.
    """
    rows = []
    for event in events:
        if event.state_key is None or event.encrypted:
            continue
        membership = ""
        if event.type == "m.room.member":
            claimed = event.content.get("membership")
            membership = claimed if isinstance(claimed, str) else ""
        rows.append(
            (
                event.room_id,
                event.type,
                event.state_key,
                event.event_id,
                event.sender,
                event.origin_ts,
                membership,
                _encode(event.content),
            )
        )
    store.many(
        "INSERT INTO room_state (room, type, state_key, event, sender, at, membership, content)"
        " VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (room, type, state_key) DO UPDATE SET event = excluded.event,"
        " sender = excluded.sender, at = excluded.at, membership = excluded.membership, content = excluded.content"
        + (" WHERE excluded.at >= room_state.at" if only_newer else ""),
        rows,
    )


def replace_state(store: Store, room: str, events: Sequence[Event]) -> None:
    """Put freshly read current state in the place of what we had.

    A room that was encrypted stays encrypted whatever is read: nothing may make us speak in clear there.
    """
    store.run("DELETE FROM room_state WHERE room = ? AND type <> 'm.room.encryption'", (room,))
    apply_state(store, events)
    make_stale(store, room, False)
    numbers.take(store, f"read:{room}")


def times_read(store: Store, room: str) -> int:
    """How often a room's state was read anew: what is remembered of it from before no longer holds."""
    return numbers.last(store, f"read:{room}")


def note_creator(store: Store, room: str, own: str) -> None:
    """Note whether we made a room: one of ours may be filled, one of others' is only adopted."""
    made = state_sender(store, room, "m.room.create") == own
    store.run("UPDATE room SET made_by_us = ? WHERE room = ? AND adopted_at IS NULL", (int(made), room))


def state(store: Store, room: str, event_type: str, state_key: str = "") -> Json | None:
    """The content of a state event."""
    row = store.one(_STATE, (room, event_type, state_key))
    content = _decode(bytes(row[0])) if row else None
    return content if isinstance(content, dict) else None


def state_sender(store: Store, room: str, event_type: str, state_key: str = "") -> str | None:
    """Who sent a state event."""
    row = store.one(
        "SELECT sender FROM room_state WHERE room = ? AND type = ? AND state_key = ?", (room, event_type, state_key)
    )
    return row[0] if row else None


def members(store: Store, room: str, memberships: Sequence[str] = ("join",)) -> frozenset[str]:
    """User ids with one of these memberships."""
    marks = ",".join("?" * len(memberships))
    rows = store.all(
        f"SELECT state_key FROM room_state WHERE room = ? AND type = 'm.room.member' AND membership IN ({marks})",
        (room, *memberships),
    )
    return frozenset(r[0] for r in rows)


def member_views(store: Store, room: str) -> tuple[MemberView, ...]:
    """Everybody whom the room's state names, or of whom we remember something there, with what we know of them."""
    rows = store.all(
        "SELECT s.state_key, s.membership, s.content, a.present, a.left_by_hand, a.act, a.act_at"
        " FROM room_state s LEFT JOIN adopted a ON a.room = s.room AND a.user_id = s.state_key"
        " WHERE s.room = ? AND s.type = 'm.room.member' ORDER BY s.state_key",
        (room,),
    )
    rows += store.all(
        "SELECT a.user_id, '', NULL, a.present, a.left_by_hand, a.act, a.act_at FROM adopted a"
        " WHERE a.room = ? AND NOT EXISTS (SELECT 1 FROM room_state s WHERE s.room = a.room"
        " AND s.type = 'm.room.member' AND s.state_key = a.user_id) ORDER BY a.user_id",
        (room,),
    )
    return tuple(member_view(row) for row in rows)


def adoptions(store: Store, forum: str) -> dict[str, bool]:
    """The rooms of a forum that were adopted, and whether we had made them."""
    rows = store.all("SELECT room, made_by_us FROM room WHERE forum = ? AND adopted_at IS NOT NULL", (forum,))
    return {room: bool(ours) for room, ours in rows}
