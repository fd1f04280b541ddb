"""A room takes the place of an older one: what the ledger knows of the old one goes on in the new one."""

from __future__ import annotations

import msgspec

from bridge.ledger import rooms
from bridge.ledger.store import Store
from bridge.model.effects import AnyEffect, PostBundle, Refresh, Say

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AnyEffect).decode


def take_place(store: Store, forum: str, old: str, new: str) -> None:
    """Everything of ``old`` that goes on, goes on in ``new``; in the running transaction.

    The new room is of the old one's kind, and whoever was kept there is kept. Cards stay where they stand and are
    posted anew when something about them changes; what waited to be said is said in the new room. What was sent to
    the new room before it was ours is decided again.
    """
    row = store.one("SELECT kind, adopted_at, made_by_us FROM room WHERE room = ?", (old,))
    if row is None:
        raise LookupError(f"no room {old}")
    store.run(
        "UPDATE room SET kind = ?, adopted_at = ?, made_by_us = ?, stale = 1, degraded = '' WHERE room = ?",
        (*row, new),
    )
    store.run(
        "INSERT INTO adopted (room, user_id, present, left_by_hand) SELECT ?, user_id, present, left_by_hand"
        " FROM adopted WHERE room = ? AND (present > 0 OR left_by_hand = 1)"
        " ON CONFLICT (room, user_id) DO NOTHING",
        (new, old),
    )
    store.run("UPDATE inbox SET state = 'new' WHERE room = ? AND state = 'done' AND kind <> 'timer'", (new,))
    # A ref before its dot is its number still, so that a reaction on the old card counts.
    store.run(
        "UPDATE posted SET ref = ref || '@' || room WHERE forum = ? AND room = ?"
        " AND (ref LIKE '%.card' OR ref LIKE '%.proposal' OR ref = 'control.adoption')",
        (forum, old),
    )
    for errand, body in store.all(
        "SELECT id, effect FROM outbox WHERE forum = ? AND room = ? AND state = 'waiting' AND first_try IS NULL"
        " ORDER BY id",
        (forum, old),
    ):
        effect = _decode(bytes(body))
        moved = _moved(effect, new)
        if moved is not None:
            store.run(
                "UPDATE outbox SET effect = ?, room = ?, not_before = 0 WHERE id = ?", (_encode(moved), new, errand)
            )


def _moved(effect: AnyEffect, new: str) -> AnyEffect | None:
    """An effect as it is in the new room; None for one that belongs to something that stands in the old room."""
    if isinstance(effect, Refresh):
        return msgspec.structs.replace(effect, room=new, thread=None)
    if isinstance(effect, PostBundle):
        return msgspec.structs.replace(effect, room=new)
    if isinstance(effect, Say) and not effect.person and not (effect.reply_to or "").startswith("$"):
        return msgspec.structs.replace(effect, room=new, thread=None)
    return None


def tombstone(store: Store, room: str) -> tuple[str, str] | None:
    """(event id, sender) of a room's tombstone."""
    row = store.one(
        "SELECT event, sender FROM room_state WHERE room = ? AND type = 'm.room.tombstone' AND state_key = ''",
        (room,),
    )
    return (row[0], row[1]) if row else None


def named_by(store: Store, forum: str, room: str) -> bool:
    """Whether the tombstone of a room of a forum names this room."""
    rows = store.all(
        "SELECT s.content FROM room r JOIN room_state s ON s.room = r.room AND s.type = 'm.room.tombstone'"
        " AND s.state_key = '' WHERE r.forum = ?",
        (forum,),
    )
    contents = [msgspec.json.decode(bytes(row[0])) for row in rows]
    return any(isinstance(one, dict) and one.get("replacement_room") == room for one in contents)


def replaced(store: Store) -> dict[str, str]:
    """Rooms that were followed to others, each with the one that has its place now."""
    rows = store.all("SELECT predecessor FROM room WHERE predecessor <> '' AND kind <> ?", (rooms.HEIR,))
    return {row[0]: rooms.newest(store, row[0]) for row in rows}


def joined(store: Store, room: str) -> tuple[str, ...]:
    """Who is in a room, in order."""
    return tuple(sorted(rooms.members(store, room)))
