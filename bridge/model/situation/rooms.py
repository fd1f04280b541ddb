"""Rooms, who is in them and what they may there, as rules see it."""

from __future__ import annotations

import msgspec

from bridge.model.levels import PowerLevels
from bridge.model.situation.acts import ActView, ProposalView


class RoomView(msgspec.Struct, frozen=True):
    """A room of the forum."""

    room_id: str
    kind: str
    """forum, control, audit, group, direct or unknown."""
    encrypted: bool = False
    alone_with: str = ""
    """The person whose direct chat it is, while it has exactly two joined members; otherwise empty."""
    closed: bool = False
    """It has a tombstone: another room is to replace it."""


class RoomStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How a room of the forum is for the bot."""

    room: str
    here: bool
    """The bot is in it."""
    trouble: str = ""
    """What the homeserver said when it refused us something there last."""


class MemberView(msgspec.Struct, frozen=True):
    """A member of a room as our state table has it."""

    user: str
    membership: str
    name: str = ""
    adopted: bool = False
    """Was present when the room was first seen: never removed by a rule."""
    left_by_hand: bool = False
    """Left or was removed by a person: invited again only on command."""
    decided: bool = False
    """A person decided that they stay, listed or not; implies ``adopted``."""
    acted: str = ""
    """What we last set out to do to them here, `invite` or `remove`, as long as it has not been undone since."""
    acted_at: int = 0


BY_ROLE = "roles"
"""The rule that keeps levels as the offices have them: what it did is told from what people did by this name."""


class RoomLevels(msgspec.Struct, frozen=True, kw_only=True):
    """The power levels of a room, and what of them is the bridge's own doing."""

    kind: str
    """forum, control, audit or group."""
    levels: PowerLevels
    locks: tuple[ActView, ...] = ()
    """Locks of the room that stand, newest first."""
    floors: tuple[ActView, ...] = ()
    """What stands of a closed floor: that only some may write, and who may beside them; newest first."""
    muted: frozenset[str] = frozenset()
    """Accounts whose mute stands."""
    given: dict[str, int | None] = {}
    """The level that the rule for levels gave each account last; None: it took the key out."""
    pending: frozenset[str] = frozenset()
    """Accounts of which a change is still to be delivered."""
    decided: dict[str, int | None] = {}
    """Accounts of which a person took the rule's last change back, with the level found before it."""
    told: frozenset[str] = frozenset()
    """What the control room was told of already (`room account level`), for all rooms."""


BY_SERVERS = "servers"
"""The same for the list of servers that may take part in a room."""


class RoomServers(msgspec.Struct, frozen=True, kw_only=True):
    """Which servers may take part in a room, and what of the list is the bridge's own doing.

    Entries are those of :mod:`bridge.model.servers`.
    """

    kind: str
    """forum or group."""
    listed: dict[str, int]
    written: bool
    """There is a list; without one everybody may take part."""
    given: dict[str, int | None] = {}
    """What the rule made of each entry last; None: it took it out."""
    pending: frozenset[str] = frozenset()
    """Entries of which a change is still to be delivered."""
    decided: dict[str, int | None] = {}
    """Entries of which a person took the rule's last change back, with what was found before it."""
    told: frozenset[str] = frozenset()
    """What the control room was told of already, for all rooms."""


class WaveNeed(msgspec.Struct, frozen=True, kw_only=True):
    """An account that is nobody's came: how many others have since a time, and from how many on it matters."""

    room: str
    user: str
    bot: str
    since: int
    joins: int


class WaveView(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a :class:`WaveNeed`."""

    entered: int
    """Others who came since the time, or since people last said what is to be done."""
    proposal: ProposalView | None = None
    """What the control room was asked last about this room."""
    locked: bool = False
    """The room is locked because of it."""
    singles: tuple[ProposalView, ...] = ()
    """Where they are many: what waits about single ones of them."""


class LikenessNeed(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about a name that somebody comes under."""

    about: str
    """The account with the name, as it is remembered."""
    since: int
    enough: int
    """So many since that time are enough."""
    accounts: tuple[str, ...]
    """Whose names in the room it may be like."""


class LikenessView(msgspec.Struct, frozen=True, kw_only=True):
    """What the control room was told of names that are like somebody else's."""

    told: bool = False
    """It was told of this one."""
    full: bool = False
    """It was told of so many within the hour that the rest can wait."""
    shown: dict[str, str] = {}
    """The names in the room of those asked about, by account; none where nothing would be told."""
