"""Waiting for what is to come: looked for again and again until a deadline, never for a fixed time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bridge.ledger.store import Row, Store, sqlite_database

PATIENCE_S = 60.0
LOOK_S = 0.05
"""The pause between two looks."""


async def until(met: Callable[[], object], what: str, *, patience: float = PATIENCE_S) -> None:
    """Return as soon as something is so. Raises AssertionError with ``what`` is missing at the deadline."""
    deadline = time.monotonic() + patience
    while not met():
        if time.monotonic() > deadline:
            raise AssertionError(f"never: {what}")
        await asyncio.sleep(LOOK_S)


def row(ledger: Path, wanted: str, params: Sequence[object] = ()) -> Row | None:
    """What a statement finds first in a ledger that another process may be writing, or is yet to make."""
    if not ledger.exists():
        return None
    store = Store(sqlite_database(ledger, read_only=True))
    try:
        made = store.one("SELECT 1 FROM sqlite_master WHERE name = 'outbox'")
        return store.one(wanted, params) if made else None
    finally:
        store.close()


QUIET = (
    "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE state = 'new') AND NOT EXISTS"
    " (SELECT 1 FROM outbox WHERE state = 'sending' OR (state = 'waiting' AND merge = ''))"
)
"""Everything taken in is decided, and everything that follows from it is on its way to nobody any more."""

TAKEN_IN = "SELECT 1 FROM inbox WHERE key = ?"
DECIDED = "SELECT 1 FROM inbox WHERE key = ? AND state = 'done'"
BEING_ANSWERED = "SELECT 1 FROM outbox WHERE cause = ?"
ANSWERED = "SELECT 1 FROM outbox WHERE cause = ? AND state = 'confirmed'"
"""How far a message has come; each takes the event id."""
