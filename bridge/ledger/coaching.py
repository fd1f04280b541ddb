"""What did not work for people of late: read back from the newest facts alone, so that nothing grows."""

from __future__ import annotations

import msgspec

from bridge.ledger.record import Recorder
from bridge.model import facts as f

NEWEST = 300
_struggled = msgspec.json.Decoder(f.Struggled).decode


def struggles(recorder: Recorder, forum: str, since: int) -> tuple[f.Struggled, ...]:
    """The newest since a time (ms), newest first, at most 300."""
    recorder.flush()
    rows = recorder.store.all(
        "SELECT body FROM fact WHERE forum = ? AND kind = 'struggled' AND body IS NOT NULL"
        " ORDER BY position DESC LIMIT ?",
        (forum, NEWEST),
    )
    found = (_struggled(bytes(row[0])) for row in rows)
    return tuple(one for one in found if one.at >= since)
