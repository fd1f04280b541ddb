"""What the bot must be allowed to do in a room, by what the rules need there; the names are Matrix's own."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.ledger import rooms
from bridge.ledger.store import Store
from bridge.matrix.levels import PowerLevels, power_levels

STRANGER = "@somebody:elsewhere.invalid"
"""Stands for a person without a level of his own."""


def needed(kind: str, levels: PowerLevels, bot: str) -> Mapping[str, tuple[bool, int]]:
    """Permission to (whether the bot has it, the level that gives it) for a room of a kind."""
    wanted = {
        event: (levels.may_send(bot, event), levels.needed(event, state=False))
        for event in ("m.room.message", "m.room.encrypted")
    }
    if kind not in ("forum", "group"):
        return wanted
    above = levels.of(STRANGER) + 1
    return wanted | {
        "m.reaction": (levels.may_send(bot, "m.reaction"), levels.needed("m.reaction", state=False)),
        "invite": (levels.may_invite(bot), levels.invite),
        "kick": (levels.may_kick(bot, STRANGER), max(levels.kick, above)),
        "ban": (levels.may_ban(bot, STRANGER), max(levels.ban, above)),
        "redact": (levels.of(bot) >= levels.redact, levels.redact),
        "m.room.power_levels": (
            levels.may_send(bot, "m.room.power_levels", state=True),
            levels.needed("m.room.power_levels", state=True),
        ),
    }


def missing(store: Store, room: str, kind: str, bot: str) -> list[str]:
    """What the bot lacks in a room, as the ledger knows the room's state."""
    levels = power_levels(
        create=rooms.state(store, room, "m.room.create"),
        create_sender=rooms.state_sender(store, room, "m.room.create"),
        content=rooms.state(store, room, "m.room.power_levels"),
    )
    return [name for name, (may, _) in needed(kind, levels, bot).items() if not may]
