"""Open gaps and their filling."""

from __future__ import annotations

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


def due(store: Store, now: int, limit: int = 20) -> list[OpenGap]:
    """Open gaps that may be tried now, oldest first."""
    return [
        OpenGap(*row)
        for row in store.all(
            "SELECT id, forum, room, batch, place, since, until, attempts, opened, taken FROM gap"
            " WHERE state = 'open' AND not_before <= ? ORDER BY opened, id LIMIT ?",
            (now, limit),
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
    """Whether a room has an open gap; of no room: whether any has."""
    if not room:
        return store.one("SELECT 1 FROM gap WHERE state = 'open' LIMIT 1") is not None
    return store.one("SELECT 1 FROM gap WHERE state = 'open' AND room = ? LIMIT 1", (room,)) is not None


def open_count(store: Store) -> int:
    """How many gaps are open."""
    return store.count("SELECT COUNT(*) FROM gap WHERE state = 'open'")
