"""The facts of one day, for its card: of each kind the newest, so that a long record costs as little as a short."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bridge.ledger.store import Store
from bridge.model import facts as f

NEWEST = 500
"""Facts of a kind that are looked at."""

_fact = msgspec.json.Decoder(f.AnyFact).decode


def facts_of(store: Store, forum: str, kinds: Sequence[str], since: int, until: int) -> list[f.AnyFact]:
    """Facts of these kinds from ``since`` to before ``until`` (ms), in the order of the record."""
    rows = []
    for kind in kinds:
        rows += store.all(
            "SELECT position, body FROM (SELECT position, at, body FROM fact WHERE forum = ? AND kind = ?"
            " ORDER BY position DESC LIMIT ?) AS newest WHERE at >= ? AND at < ? AND body IS NOT NULL",
            (forum, kind, NEWEST, since, until),
        )
    return [_fact(bytes(body)) for _, body in sorted(rows, key=lambda row: row[0])]
