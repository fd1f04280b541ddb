"""Who may do what in a room, by the specification's rule (Client-Server API, `m.room.power_levels`).

Room versions 1 to 11 give the creator 100 only while there is no `m.room.power_levels` event; from version 12
on the creators (the sender of `m.room.create` and its `additional_creators`) stand above every number and cannot
be demoted. Versions 1 to 9 allow a level to be a string such as `" +50 "`. Everything is computed anew from the two
state events, so that a level that was taken away is gone.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from bridge.model.event import Json

CREATOR: Final = 2**53
"""The level of a version 12 creator: above every integer that Matrix's canonical JSON can carry."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,17}")


class PowerLevels(msgspec.Struct, frozen=True):
    """The levels of one room at one moment. Build it with :func:`power_levels`."""

    creators: frozenset[str]
    """Those above all numbers; empty before room version 12."""
    users: dict[str, int]
    events: dict[str, int]
    users_default: int
    events_default: int
    state_default: int
    ban: int
    kick: int
    invite: int
    redact: int

    def of(self, user_id: str) -> int:
        """The level of a user; :data:`CREATOR` for a version 12 creator."""
        if user_id in self.creators:
            return CREATOR
        return self.users.get(user_id, self.users_default)

    def needed(self, event_type: str, *, state: bool) -> int:
        """The level that sending an event of this type takes."""
        return self.events.get(event_type, self.state_default if state else self.events_default)

    def may_send(self, user_id: str, event_type: str, *, state: bool = False) -> bool:
        return self.of(user_id) >= self.needed(event_type, state=state)

    def may_invite(self, user_id: str) -> bool:
        return self.of(user_id) >= self.invite

    def may_kick(self, user_id: str, target: str) -> bool:
        return self.of(user_id) >= self.kick and self.of(user_id) > self.of(target)

    def may_ban(self, user_id: str, target: str) -> bool:
        return self.of(user_id) >= self.ban and self.of(user_id) > self.of(target)

    def may_unban(self, user_id: str, target: str) -> bool:
        """Lifting a ban takes the level for kicking as well as the one for banning."""
        return self.may_ban(user_id, target) and self.of(user_id) >= self.kick

    def may_redact(self, user_id: str, author: str) -> bool:
        """Whether a redaction would be accepted and applied."""
        if not self.may_send(user_id, "m.room.redaction"):
            return False
        return user_id == author or self.of(user_id) >= self.redact

    def may_set_level(self, user_id: str, target: str, level: int) -> bool:
        """Whether ``user_id`` may give ``target`` this level in `m.room.power_levels`.

        Nobody gives more than they have, changes an equal, or lists a version 12 creator; one may lower oneself.
        """
        if target in self.creators or not self.may_send(user_id, "m.room.power_levels", state=True):
            return False
        mine = self.of(user_id)
        return level <= mine and (target == user_id or self.of(target) < mine)


def power_levels(*, create: Json | None, create_sender: str | None, content: Json | None) -> PowerLevels:
    """Read a room's levels from the content and sender of `m.room.create` and the content of `m.room.power_levels`.

    ``content`` None means that the room has no such event. Ill-typed entries count as absent, as the
    specification's defaults have it.
    """
    create = create or {}
    version = create.get("room_version")
    number = _version_number(version if isinstance(version, str) else "1")
    said = content or {}

    def level(key: str, default: int) -> int:
        found = _level(said.get(key), number)
        return default if found is None else found

    users = _levels(said.get("users"), number)
    creators: frozenset[str] = frozenset()
    if number >= 12:
        named = create.get("additional_creators")
        more = [user for user in named if isinstance(user, str)] if isinstance(named, list) else []
        creators = frozenset(more if create_sender is None else [create_sender, *more])
    elif content is None:
        creator = create_sender if number >= 11 else create.get("creator", create_sender)
        users = {creator: 100} if isinstance(creator, str) else {}
    return PowerLevels(
        creators=creators,
        users=users,
        events=_levels(said.get("events"), number),
        users_default=level("users_default", 0),
        events_default=level("events_default", 0),
        state_default=level("state_default", 0 if content is None else 50),
        ban=level("ban", 50),
        kick=level("kick", 50),
        invite=level("invite", 0),
        redact=level("redact", 50),
    )


def _version_number(version: str) -> int:
    """The room version as a number; 12 for the unstable name under which its rule was tried, else 1."""
    if version.isascii() and version.isdecimal():
        return int(version[:6])
    return 12 if version == "org.matrix.hydra.11" else 1


def _levels(value: object, version: int) -> dict[str, int]:
    if not isinstance(value, dict):
        return {}
    read = ((name, _level(level, version)) for name, level in value.items())
    return {name: level for name, level in read if level is not None}


def _level(value: object, version: int) -> int | None:
    if type(value) is int:
        return value if -CREATOR < value < CREATOR else None
    if version >= 10:
        return None
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, float) and abs(value) < CREATOR:
        return int(value)
    return None
