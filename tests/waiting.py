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


def _never() -> bool:
    return False


async def until_found(ledger: Path, wanted: str, *params: object, gone: Callable[[], bool] = _never) -> None:
    """Wait until a statement about a ledger gives a row; or until its process is ``gone``, when nothing more comes.

    Raises AssertionError at the deadline, and at once with the reason when something could not be decided.
    """

    def met() -> bool:
        undecidable = row(ledger, "SELECT key, error FROM inbox WHERE state = 'failed'")
        assert undecidable is None, undecidable
        return gone() or row(ledger, wanted, params) is not None

    await until(met, f"{wanted} {params}")


QUIET = (
    "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE state = 'new') AND NOT EXISTS"
    " (SELECT 1 FROM outbox WHERE state = 'sending' OR (state = 'waiting' AND merge = ''))"
)
"""Everything taken in is decided, and nothing that follows from it is on its way."""

TAKEN_IN = "SELECT 1 FROM inbox WHERE key = ?"
DECIDED = "SELECT 1 FROM inbox WHERE key = ? AND state = 'done'"
BEING_ANSWERED = "SELECT 1 FROM outbox WHERE cause = ?"
ANSWERED = "SELECT 1 FROM outbox WHERE cause = ? AND state = 'confirmed'"
"""How far a message has come; each takes the event id."""
