"""What the bot must be allowed to do in a room, by what the rules need there; the names are Matrix's own."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.model.levels import PowerLevels

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


def missing(kind: str, levels: PowerLevels, bot: str) -> dict[str, int]:
    """What the bot lacks in a room of a kind: each permission with the level that gives it."""
    return {name: level for name, (may, level) in needed(kind, levels, bot).items() if not may}
