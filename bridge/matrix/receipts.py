"""Read receipts of a room in a sync response (Matrix specification, "Receipts"); the ill-typed count as absent."""

from __future__ import annotations

import json
from collections.abc import Iterator

LATEST = 2**53


def receipts_of(body: bytes, room_id: str) -> dict[str, int]:
    """The time (ms) of each account's latest public receipt in a room, in its threads or not."""
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    found: dict[str, int] = {}
    for user, at in _read(_at(answer, "rooms", "join", room_id, "ephemeral", "events")):
        found[user] = max(at, found.get(user, 0))
    return found


def _at(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _read(events: object) -> Iterator[tuple[str, int]]:
    for event in events if isinstance(events, list) else ():
        content = _at(event, "content")
        if _at(event, "type") != "m.receipt" or not isinstance(content, dict):
            continue
        for receipts in content.values():
            users = _at(receipts, "m.read")
            for user, receipt in users.items() if isinstance(users, dict) else ():
                at = _at(receipt, "ts")
                if isinstance(at, int) and not isinstance(at, bool) and 0 < at < LATEST:
                    yield user, at
