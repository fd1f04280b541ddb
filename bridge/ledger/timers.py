"""Timers: inbox rows with a due time, which wait until their forum has caught up past it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from bridge.ledger import inbox, numbers
from bridge.ledger.store import Store
from bridge.model.effects import Timer

PAGE = 100
SEALED_CONCERNS_MS = 24 * 3600 * 1000
"""A message that stays sealed concerns the timers that are set within a day after it, not those of all time."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Timer).decode


def _key(forum: str, name: str) -> str:
    return f"timer:{forum}:{name}"


def put(store: Store, forum: str, timer: Timer, now: int) -> None:
    """Set or move a timer."""
    if timer.keep and store.one(
        "SELECT 1 FROM inbox WHERE key = ? AND (state = 'new' OR (state = 'waiting' AND due <= ?))",
        (_key(forum, timer.name), now),
    ):
        return
    put_all(store, [(forum, timer, now)])


def put_all(store: Store, timers: Sequence[tuple[str, Timer, int]]) -> None:
    """Set or move timers (forum, timer, now), in this order, whatever they are now."""
    if not timers:
        return
    first = numbers.take(store, "inbox", len(timers))
    store.many(
        "INSERT INTO inbox (id, forum, room, batch, place, kind, key, person, state, due, patience, at, body,"
        " error) VALUES (?,?,'',0,0,'timer',?,?,'waiting',?,?,?,?,'') ON CONFLICT (key) DO UPDATE SET"
        " state = 'waiting', due = excluded.due, patience = excluded.patience, at = excluded.at,"
        " body = excluded.body, person = excluded.person, error = ''",
        [
            (
                number,
                forum,
                _key(forum, timer.name),
                timer.person,
                timer.due,
                timer.patience,
                now,
                _encode(timer),
            )
            for number, (forum, timer, now) in enumerate(timers, first)
        ],
    )


def cancel(store: Store, forum: str, name: str) -> None:
    """Take a waiting timer back."""
    store.run("UPDATE inbox SET state = 'cancelled' WHERE key = ? AND state = 'waiting'", (_key(forum, name),))


def next_due(store: Store) -> int | None:
    """When the next timer is due."""
    row = store.one("SELECT MIN(due) FROM inbox WHERE state = 'waiting'")
    return row[0] if row else None


def fire(
    store: Store, *, now: int, caught_up_to: int, limit: int = 100, forums: Collection[str] | None = None
) -> int:
    """Move due timers into the queue of what is decided; returns how many.

    A timer fires when the homeserver has answered a sync after its due time, its forum has no open gap and no
    earlier row undecided, and nothing of the person it concerns is sealed or not judged yet. Past its patience
    it fires all the same, before what the gap holds, with ``unknown`` set. Those that must wait do not keep the
    later ones from firing. Only timers of these ``forums`` (None: of all): those of a forum that is not held wait.
    """
    fired = 0
    holes = inbox.holes(store)
    busy: dict[str, bool] = {}
    after = (-1, -1)
    of = "" if forums is None else f" AND forum IN ({','.join('?' * len(forums))})"
    while fired < limit:
        rows = store.all(
            "SELECT id, forum, person, due, patience, at, body FROM inbox WHERE state = 'waiting' AND due <= ?"
            f" AND (due > ? OR (due = ? AND id > ?)){of} ORDER BY due, id LIMIT ?",
            (min(now, caught_up_to), after[0], after[0], after[1], *(forums or ()), PAGE),
        )
        for row_id, forum, person, due, patience, set_at, body in rows:
            if forum not in busy:
                busy[forum] = forum in holes or _behind(store, forum)
            late = patience is not None and now >= patience
            if busy[forum] and not late:
                continue
            unknown = busy[forum] or _unread(store, forum, person, set_at - SEALED_CONCERNS_MS)
            if unknown and not late:
                continue
            _fire(store, row_id, due, _unknown(body) if unknown else body, holes.get(forum))
            fired += 1
        if len(rows) < PAGE:
            break
        after = (rows[-1][3], rows[-1][0])
    return fired


def _behind(store: Store, forum: str) -> bool:
    """Whether anything of a forum waits to be decided. A bounded look: one row is enough to wait."""
    return store.one("SELECT 1 FROM inbox WHERE state = 'new' AND forum = ? LIMIT 1", (forum,)) is not None


def _fire(store: Store, row_id: int, due: int, body: bytes, hole: tuple[int, int] | None) -> None:
    batch, place = numbers.last(store, "batch"), inbox.WINDOW * 2 + numbers.take(store, "place")
    if hole is not None:
        batch, place = hole[0], 0
    store.run(
        "UPDATE inbox SET state = 'new', batch = ?, place = ?, at = ?, body = ? WHERE id = ?",
        (batch, place, max(due, 0), body, row_id),
    )


def _unknown(body: bytes) -> bytes:
    return _encode(msgspec.structs.replace(_decode(bytes(body)), unknown=True))


def _unread(store: Store, forum: str, person: str | None, since: int) -> bool:
    """Whether something of this person is still sealed since a time, or a picture not judged."""
    if person is None:
        return False
    return bool(
        store.one("SELECT 1 FROM fetching WHERE forum = ? AND person = ? LIMIT 1", (forum, person))
        or store.one(
            "SELECT 1 FROM inbox WHERE person = ? AND state = 'sealed' AND forum = ? AND at >= ? LIMIT 1",
            (person, forum, since),
        )
    )
