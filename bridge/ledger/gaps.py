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


def due(store: Store, now: int, limit: int = 20) -> list[OpenGap]:
    """Open gaps that may be tried now, oldest first."""
    return [
        OpenGap(*row)
        for row in store.all(
            "SELECT id, forum, room, batch, place, since, until, attempts, opened FROM gap"
            " WHERE state = 'open' AND not_before <= ? ORDER BY opened, id LIMIT ?",
            (now, limit),
        )
    ]


def put_off(store: Store, gap: str, until: int) -> None:
    """Try a gap again later."""
    store.run("UPDATE gap SET not_before = ?, attempts = attempts + 1 WHERE id = ?", (until, gap))


def close(store: Store, gap: str, state: str, cause: str, events: int) -> None:
    """A gap was filled or given up."""
    store.run("UPDATE gap SET state = ?, cause = ?, events = ? WHERE id = ?", (state, cause, events, gap))


def open_count(store: Store) -> int:
    """How many gaps are open."""
    return store.count("SELECT COUNT(*) FROM gap WHERE state = 'open'")
