"""Whether the rooms are as the rules need them, judged from their current state. Pure: the state is passed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from bridge.admin.findings import Finding, mind, right, wrong
from bridge.forum import permissions
from bridge.model.event import Json
from bridge.model.levels import CREATOR, PowerLevels, power_levels
from bridge.policy.roster import Roster

SHOWN = 5
"""Names shown in one line."""


class RoomState(msgspec.Struct, frozen=True):
    """The current state of a room: (type, state key) to (sender, content)."""

    events: Mapping[tuple[str, str], tuple[str, Json]]

    def content(self, event_type: str, state_key: str = "") -> Json | None:
        """The content of a state event."""
        found = self.events.get((event_type, state_key))
        return found[1] if found else None

    def sender(self, event_type: str) -> str | None:
        """Who sent a state event."""
        found = self.events.get((event_type, ""))
        return found[0] if found else None

    def members(self) -> frozenset[str]:
        """Who is joined."""
        return frozenset(
            user
            for (event_type, user), (_, content) in self.events.items()
            if event_type == "m.room.member" and content.get("membership") == "join"
        )

    def levels(self) -> PowerLevels:
        """Its power levels."""
        return power_levels(
            create=self.content("m.room.create"),
            create_sender=self.sender("m.room.create"),
            content=self.content("m.room.power_levels"),
        )

    def version(self) -> str:
        """The room version."""
        version = (self.content("m.room.create") or {}).get("room_version")
        return version if isinstance(version, str) else "1"


def room_state(answer: Sequence[object]) -> RoomState:
    """The state of an answer of `/rooms/{id}/state`; what is no state event is left out."""
    events: dict[tuple[str, str], tuple[str, Json]] = {}
    for event in answer:
        if not isinstance(event, dict):
            continue
        kind, key, sender, content = (event.get(name) for name in ("type", "state_key", "sender", "content"))
        if isinstance(kind, str) and isinstance(key, str) and isinstance(sender, str) and isinstance(content, dict):
            events[kind, key] = (sender, content)
    return RoomState(events)


def judge(
    kind: str, shown: str, state: RoomState, *, bot: str, roster: Roster | None, stage: str, now: datetime
) -> list[Finding]:
    """Everything about one room that we are in. ``shown`` is how the settings name it, ``stage`` the forum's."""
    name = (state.content("m.room.name") or {}).get("name")
    called = name if isinstance(name, str) and name else shown
    if state.content("m.room.tombstone") is not None:
        new = str((state.content("m.room.tombstone") or {}).get("replacement_room", "?"))
        return [wrong("rooms.replaced", room=called, new=new)]
    findings = [
        *_creator(kind, called, state, bot=bot, roster=roster, now=now),
        *_permissions(kind, called, state, bot=bot, stage=stage),
        *_above(kind, called, state, bot=bot),
    ]
    if state.content("m.room.encryption") is None:
        findings.append(mind("rooms.clear", room=called))
    if not findings:
        level = state.levels().of(bot)
        findings.append(
            right(
                "rooms.right_as_creator" if level == CREATOR else "rooms.right",
                kind=kind,
                room=called,
                version=state.version(),
                count=len(state.members()),
                **({} if level == CREATOR else {"level": level}),
            )
        )
    return findings


def _creator(
    kind: str, called: str, state: RoomState, *, bot: str, roster: Roster | None, now: datetime
) -> list[Finding]:
    """From room version 12 on creators stand above every level for ever: no person of the roster may be one."""
    if roster is None:
        return []
    persons = [
        f"{person.name} ({user})"
        for user in sorted(state.levels().creators - {bot})
        if (person := roster.person_of(user, now)) is not None
    ]
    return [wrong("rooms.creator", room=called, who=persons, version=state.version())] if persons else []


def _permissions(kind: str, called: str, state: RoomState, *, bot: str, stage: str) -> list[Finding]:
    """What the rules need and the bot may not do; in Matrix's own words."""
    levels = state.levels()
    needed = permissions.needed(kind, levels, bot)
    missing = [name for name, (may, _) in needed.items() if not may]
    if not missing:
        return []
    say = wrong if stage in ("enforce", "unknown") or kind != "forum" else mind
    level = max(needed[name][1] for name in missing)
    return [say("rooms.permissions", room=called, missing=missing, bot=bot, level=level, has=levels.of(bot))]


def _above(kind: str, called: str, state: RoomState, *, bot: str) -> list[Finding]:
    """Members whom the bot could neither mute nor remove, though a rule or an expert may ask it to."""
    if kind not in ("forum", "group"):
        return []
    levels = state.levels()
    mine = levels.of(bot)
    above = sorted(user for user in state.members() - {bot} - levels.creators if levels.of(user) > mine)
    if not above:
        return []
    shown = above[:SHOWN] + (["…"] if len(above) > SHOWN else [])
    return [mind("rooms.above", room=called, who=shown, level=mine, bot=bot)]
