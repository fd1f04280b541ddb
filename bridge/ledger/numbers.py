"""Row numbers of our own, from counter rows."""

from __future__ import annotations

from bridge.ledger.store import Store


def take(store: Store, series: str, count: int = 1) -> int:
    """Reserve ``count`` numbers of a series and return the first."""
    row = store.one(
        "INSERT INTO counter (forum, series, value) VALUES ('', ?, ?) ON CONFLICT (forum, series) DO UPDATE SET"
        " value = counter.value + excluded.value RETURNING value",
        (series, count),
    )
    if row is None:  # RETURNING always answers; this keeps the type honest
        raise LookupError(series)
    return int(row[0]) - count + 1


def last(store: Store, series: str) -> int:
    """The last number taken; 0 when none was."""
    return store.count("SELECT value FROM counter WHERE forum = '' AND series = ?", (series,))
