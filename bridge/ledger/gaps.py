"""Open gaps and their filling."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from bridge.ledger.store import Store


class OpenGap(msgspec.Struct, frozen=True):
    """A hole in a room's timeline that is still open."""

    id: str
    forum: str
    room: str
    batch: int
    place: int
    since: str
    until: str
    attempts: int
    opened: int
    taken: int
    """How many places its events have taken so far; it is filled a page at a time."""


def add(
    store: Store, gap: str, forum: str, room: str, batch: int, place: int, since: str, until: str, now: int
) -> None:
    """Note an open hole between two sync tokens; rows of the forum from (batch, place) on are held behind it."""
    store.run(
        "INSERT INTO gap (id, forum, room, batch, place, since, until, state, cause, taken, events, attempts,"
        " not_before, opened) VALUES (?,?,?,?,?,?,?,'open','',0,0,0,0,?)",
        (gap, forum, room, batch, place, since, until, now),
    )


def due(store: Store, now: int, limit: int = 20, forums: Collection[str] | None = None) -> list[OpenGap]:
    """Open gaps that may be tried now, oldest first; of these forums (None: of all)."""
    of = "" if forums is None else f" AND forum IN ({','.join('?' * len(forums))})"
    return [
        OpenGap(*row)
        for row in store.all(
            "SELECT id, forum, room, batch, place, since, until, attempts, opened, taken FROM gap"
            f" WHERE state = 'open' AND not_before <= ?{of} ORDER BY opened, id LIMIT ?",
            (now, *(forums or ()), limit),
        )
    ]


def put_off(store: Store, gap: str, until: int) -> None:
    """Try a gap again later."""
    store.run("UPDATE gap SET not_before = ?, attempts = attempts + 1 WHERE id = ?", (until, gap))


def forget_pauses(store: Store) -> None:
    """Every open gap may be tried again: the clock went back."""
    store.run("UPDATE gap SET not_before = 0 WHERE state = 'open'")


def advance(store: Store, gap: str, since: str, taken: int, new: int) -> None:
    """A page was taken in: go on from ``since``. ``new`` of its events were not known before."""
    store.run("UPDATE gap SET since = ?, taken = ?, events = events + ? WHERE id = ?", (since, taken, new, gap))


def close(store: Store, gap: str, state: str, cause: str) -> int:
    """A gap was filled or given up; how many events it had."""
    store.run("UPDATE gap SET state = ?, cause = ? WHERE id = ?", (state, cause, gap))
    return store.count("SELECT events FROM gap WHERE id = ?", (gap,))


def is_open(store: Store, room: str) -> bool:
    """Whether a room has an open gap in the record it belongs to now; of no room: whether any has."""
    holes = "SELECT 1 FROM gap g JOIN room r ON r.room = g.room AND r.forum = g.forum WHERE g.state = 'open'"
    if not room:
        return store.one(f"{holes} LIMIT 1") is not None
    return store.one(f"{holes} AND g.room = ? LIMIT 1", (room,)) is not None


def open_count(store: Store, forum: str = "") -> int:
    """How many gaps are open, of a forum or of all."""
    of = (" AND forum = ?", (forum,)) if forum else ("", ())
    return store.count(f"SELECT COUNT(*) FROM gap WHERE state = 'open'{of[0]}", of[1])
