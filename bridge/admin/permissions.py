"""What the bot lacks in a room, as the ledger knows the room's state."""

from __future__ import annotations

from bridge.forum import permissions
from bridge.ledger import levels
from bridge.ledger.store import Store


def missing(store: Store, room: str, kind: str, bot: str) -> list[str]:
    """The names of the permissions that the bot needs in a room of a kind and does not have."""
    return list(permissions.missing(kind, levels.power_levels_of(store, room), bot))
