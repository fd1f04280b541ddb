"""Single values about the database itself: the sync token, when we last synced, schema version."""

from __future__ import annotations

from bridge.ledger.store import Store


def get(store: Store, name: str) -> str | None:
    """A value, or None."""
    row = store.one("SELECT value FROM meta WHERE name = ?", (name,))
    return row[0] if row else None


def put(store: Store, name: str, value: str) -> None:
    """Set a value."""
    store.run(
        "INSERT INTO meta (name, value) VALUES (?,?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def remove(store: Store, name: str) -> None:
    """Forget a value."""
    store.run("DELETE FROM meta WHERE name = ?", (name,))
