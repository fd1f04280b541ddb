"""Reports of messages that members send with their app, as the homeserver keeps them for its admins."""

from __future__ import annotations

import msgspec


class AbuseReport(msgspec.Struct, frozen=True, kw_only=True):
    """A message was reported. By whom is not taken in: nobody shall be able to look it up."""

    id: int
    """Rises with every report of the homeserver."""
    room: str
    event: str
    sender: str
    """Whose message it is."""
    reason: str = ""
