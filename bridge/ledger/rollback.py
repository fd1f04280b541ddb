"""A homeserver that was put back to an earlier database: which events it no longer has, and what is done again.

What was recorded stays recorded. Rows of events that are gone carry :data:`GONE`; effects whose event is gone are
carried out again, unless what caused them is gone, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from bridge.ledger import meta, outbox
from bridge.ledger.inbox import decode_event
from bridge.ledger.outbox import Queued
from bridge.ledger.store import Store
from bridge.model.effects import AnyEffect, Ban, Deed, Invite, Refresh, Remove, Retract, Unban

GONE = "the homeserver was rolled back and no longer has this event"
MARK = "rolled_back"
"""The newest batch when that was last found out: what was given before is not asked for again."""

LOOK_BACK = 200
"""So many of the newest rows are looked through for the newest event of each room."""

_effect = msgspec.json.Decoder(AnyEffect).decode


class Posted(msgspec.Struct, frozen=True):
    """A confirmed effect with the event that it became."""

    id: int
    forum: str
    room: str
    effect: AnyEffect
    event: str
    cause: str


def newest(store: Store) -> list[tuple[str, str]]:
    """(room, event) of what the homeserver gave last, one a room of its newest response, and took from us last."""
    since = int(meta.get(store, MARK) or 0)
    last = store.one("SELECT id, batch FROM inbox WHERE substr(key, 1, 1) = '$' ORDER BY id DESC LIMIT 1")
    given: dict[str, str] = {}
    if last is not None and last[1] >= since:
        given |= store.all(
            "SELECT i.room, i.key FROM inbox i JOIN room r ON r.room = i.room AND r.membership = 'join'"
            " WHERE i.id > ? AND i.batch = ? AND substr(i.key, 1, 1) = '$' ORDER BY i.place",
            (last[0] - LOOK_BACK, last[1]),
        )
    sent = store.one(
        "SELECT o.room, o.event FROM outbox o JOIN room r ON r.room = o.room AND r.membership = 'join'"
        " WHERE o.state = 'confirmed' AND o.event IS NOT NULL AND o.error = '' ORDER BY o.id DESC LIMIT 1"
    )
    return [*given.items(), *([(sent[0], sent[1])] if sent else [])]


def nth_newest(store: Store, room: str, place: int) -> tuple[str, int, int, int] | None:
    """(event, batch, place, when it was taken in) of a room's events, newest first; None if there are too few."""
    row = store.one(
        "SELECT key, batch, place, at FROM inbox WHERE room = ? AND substr(key, 1, 1) = '$' AND error <> ?"
        " ORDER BY batch DESC, place DESC LIMIT 1 OFFSET ?",
        (room, GONE, place),
    )
    return (row[0], row[1], row[2], row[3]) if row else None


def mark_gone(store: Store, room: str, batch: int, place: int) -> list[str]:
    """Mark what a room's inbox has after (batch, place); the event ids."""
    after = "room = ? AND substr(key, 1, 1) = '$' AND error <> ? AND (batch > ? OR (batch = ? AND place > ?))"
    params = (room, GONE, batch, batch, place)
    gone = [row[0] for row in store.all(f"SELECT key FROM inbox WHERE {after}", params)]
    store.run(f"UPDATE inbox SET error = ? WHERE {after}", (GONE, *params))
    return gone


def unseen(store: Store, room: str, since: int) -> list[Posted]:
    """What we posted in a room since then, and saw nothing of in a response yet."""
    here = "o.room IN (?, (SELECT 'person:' || person FROM room WHERE room = ?))"
    return _posted(store, f"{here} AND o.created >= ? AND i.key IS NULL", (room, room, since))


def lost_posts(store: Store) -> list[Posted]:
    """What we posted and the homeserver no longer has, of that which came back to us."""
    return _posted(store, "i.error = ?", (GONE,))


def _posted(store: Store, which: str, params: tuple[object, ...]) -> list[Posted]:
    return [
        Posted(row[0], row[1], row[2], _effect(bytes(row[3])), row[4], row[5])
        for row in store.all(
            "SELECT o.id, o.forum, o.room, o.effect, o.event, o.cause FROM outbox o LEFT JOIN inbox i"
            f" ON i.key = o.event WHERE o.state = 'confirmed' AND o.event IS NOT NULL AND {which} ORDER BY o.id",
            params,
        )
    ]


MADE: Mapping[type, str] = {Invite: "invite", Remove: "leave", Ban: "ban", Unban: "leave"}
"""What becomes of the membership by each effect."""


def acts_lost(store: Store, room: str, since: int, gone: Collection[str], own: str) -> list[int]:
    """Outbox ids of what was done to people and levels in a room that the homeserver no longer knows, oldest first.

    Each looks first whether it is so already; levels that were put back are put back again after what they end.
    """
    undone = set()
    for event_id in gone:
        row = store.one("SELECT body FROM inbox WHERE key = ? AND state <> 'own'", (event_id,))
        event = decode_event(bytes(row[0])) if row else None
        if event is not None and event.type == "m.room.member" and event.sender == own:
            undone.add((event.state_key, event.content.get("membership")))
    found: list[int] = []
    latest: dict[tuple[str, str], int] = {}
    for number, body, created in store.all(
        "SELECT id, effect, created FROM outbox WHERE room = ? AND state = 'confirmed' ORDER BY id", (room,)
    ):
        effect = _effect(bytes(body))
        if not isinstance(effect, Deed):
            continue
        if created >= since:
            found.append(number)
        elif isinstance(effect, Invite | Remove | Ban | Unban):
            latest[effect.user, MADE[type(effect)]] = number
    return sorted([*found, *(number for key, number in latest.items() if key in undone)])


def do_again(store: Store, posts: Iterable[Posted], acts: Iterable[int], gone: Collection[str], now: int) -> int:
    """Carry effects out again whose events are gone; how many.

    What was caused by an event that is gone, or stands on one, stays undone; what was taken back is taken back
    again. A card is posted anew when its next change is to be shown, at once if its order is still there.
    """
    again: list[int] = [number for number in acts if _cause(store, number) not in gone]
    cards: dict[tuple[str, str], Queued] = {}
    for post in posts:
        effect = post.effect
        ref = getattr(effect, "ref", "")
        if isinstance(effect, Retract):
            store.run("UPDATE posted SET gone = 0 WHERE forum = ? AND ref = ?", (post.forum, ref))
        else:
            store.run("DELETE FROM posted WHERE forum = ? AND ref = ? AND event = ?", (post.forum, ref, post.event))
        if not isinstance(effect, Retract) and (post.cause in gone or _target(effect) in gone):
            continue
        if isinstance(effect, Refresh):
            store.run("UPDATE posted SET shown = '', edited = 0 WHERE forum = ? AND ref = ?", (post.forum, ref))
            cards[post.forum, ref] = Queued(post.forum, effect, post.cause, now)
        else:
            again.append(post.id)
    for number in again:
        store.run(
            "UPDATE outbox SET state = 'waiting', event = NULL, first_try = NULL, device = '', attempts = 0,"
            " not_before = 0, reserved = '', error = '' WHERE id = ?",
            (number,),
        )
    outbox.enqueue_all(store, list(cards.values()))
    return len(again) + len(cards)


def _cause(store: Store, number: int) -> str:
    row = store.one("SELECT cause FROM outbox WHERE id = ?", (number,))
    return str(row[0]) if row else ""


def _target(effect: AnyEffect) -> str:
    """The event that an effect stands on or answers."""
    names = (getattr(effect, name, None) for name in ("to", "reply_to", "thread"))
    return next((name for name in names if isinstance(name, str) and name.startswith("$")), "")


def note(store: Store, batch: int) -> None:
    """All of it is noted; the next response is asked for without a token, which means nothing any more."""
    meta.put(store, MARK, str(batch))
    meta.remove(store, "token")
