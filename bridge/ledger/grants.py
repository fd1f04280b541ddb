"""What stands beside the roster's file, read back."""

from __future__ import annotations

import msgspec

from bridge.ledger.store import Store
from bridge.model.facts import Granted

_fact = msgspec.json.Decoder(Granted).decode


def standing(store: Store, forum: str) -> tuple[Granted, ...]:
    """What was granted in a forum and was not revoked, oldest first; it is closed once it is long over."""
    rows = store.all("SELECT body FROM granted WHERE forum = ? AND standing = 1 ORDER BY at, number", (forum,))
    return tuple(_fact(bytes(row[0])) for row in rows)


def reports_of(store: Store, forum: str, person: str, since: int) -> tuple[tuple[str, str], ...]:
    """(number, unit) of a person's reports since a time, as they were recorded; the newest 20."""
    rows = store.all(
        "SELECT number, unit FROM report WHERE forum = ? AND person = ? AND reported_at >= ?"
        " ORDER BY reported_at DESC LIMIT 20",
        (forum, person, since),
    )
    return tuple((number, unit or "") for number, unit in rows)
