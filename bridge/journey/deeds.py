"""The errands that are deeds: what the bot does to people and their messages, and to levels and servers of a room.

Membership and state have no transaction ids, so they are read first, and state is changed by single keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from bridge.journey import originals
from bridge.journey.tries import LOOKING_PAUSE_MS, Done, Later, Tries
from bridge.ledger import acts, outbox
from bridge.ledger.ledger import Ledger
from bridge.ledger.outbox import Errand
from bridge.model import servers
from bridge.model.clock import Clock
from bridge.model.effects import Ban, Deed, Invite, Redact, Remove, SetLevels, SetServers, Unban
from bridge.model.event import Json
from bridge.model.ports import Homeserver

ByKeys = SetLevels | SetServers
ByKeysT = TypeVar("ByKeysT", SetLevels, SetServers)
Keys = Mapping[str, int | None]


class Deeds:
    """Carries deeds out. Raises MatrixError kinds and :class:`bridge.journey.tries.Later`."""

    def __init__(self, ledger: Ledger, homeserver: Homeserver, clock: Clock, tries: Tries) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._clock = clock
        self._tries = tries

    async def carry_out(self, errand: Errand, effect: Deed) -> Done:
        """Do it, or find that it is done."""
        if isinstance(effect, Invite):
            return await self._invite(errand, effect)
        if isinstance(effect, Remove):
            return await self._remove(errand, effect)
        if isinstance(effect, Ban):
            return await self._ban(errand, effect)
        if isinstance(effect, Unban):
            return await self._unban(errand, effect)
        if isinstance(effect, Redact):
            return await self._redact(errand, effect)
        if isinstance(effect, SetServers):
            return await self._servers(errand, effect)
        return await self._levels(errand, effect)

    async def _invite(self, errand: Errand, effect: Invite) -> Done:
        if await self._membership(effect.room, effect.user) in ("join", "invite"):
            return _found_so(errand)
        await self._homeserver.invite(effect.room, effect.user, effect.reason)
        return Done()

    async def _remove(self, errand: Errand, effect: Remove) -> Done:
        if await self._membership(effect.room, effect.user) not in ("join", "invite", "knock"):
            return _found_so(errand)
        await self._homeserver.kick(effect.room, effect.user, effect.reason)
        return Done()

    async def _ban(self, errand: Errand, effect: Ban) -> Done:
        if await self._membership(effect.room, effect.user) == "ban":
            return _found_so(errand)
        await self._homeserver.ban(effect.room, effect.user, effect.reason)
        return Done()

    async def _unban(self, errand: Errand, effect: Unban) -> Done:
        if await self._membership(effect.room, effect.user) != "ban":
            return _found_so(errand)
        await self._homeserver.unban(effect.room, effect.user, effect.reason)
        return Done()

    async def _redact(self, errand: Errand, effect: Redact) -> Done:
        now = self._clock.now()
        if not await self._ledger.write(lambda store: originals.kept(store, effect.event, now)):
            raise Later(now + LOOKING_PAUSE_MS, "its files are not stored yet", give_up=True)
        if await self._tries.in_doubt(errand, effect.room):
            standing = await self._homeserver.event(effect.room, effect.event)
            if standing is None or standing.redacted:
                return Done(already=True)
        sent = await self._homeserver.redact(effect.room, effect.event, effect.reason or None, errand.txn)
        return Done(event=sent.event_id)

    async def _membership(self, room: str, user: str) -> str:
        content = await self._homeserver.read_state(room, "m.room.member", user)
        membership = (content or {}).get("membership")
        return membership if isinstance(membership, str) else "leave"

    async def _levels(self, errand: Errand, effect: SetLevels) -> Done:
        if effect.restores:
            effect = await self._putting_back(errand, effect)
        content = await self._homeserver.read_state(effect.room, "m.room.power_levels") or {}
        found = {path: level_at(content, path) for path in effect.changes}
        after = merged(content, changing(effect, found))
        return await self._keys(errand, effect, "m.room.power_levels", found, after, so_already=after == content)

    async def _servers(self, errand: Errand, effect: SetServers) -> Done:
        if effect.restores:
            effect = await self._putting_back(errand, effect)
        content = await self._homeserver.read_state(effect.room, servers.ACL)
        found = {path: servers.entry(content, path) for path in effect.changes}
        after = servers.changed(content, changing(effect, found))
        so_already = servers.entries(after) == servers.entries(content)
        return await self._keys(errand, effect, servers.ACL, found, after, so_already=so_already)

    async def _keys(
        self, errand: Errand, effect: ByKeys, kind: str, found: Keys, after: Json, *, so_already: bool
    ) -> Done:
        """Write state of a kind of which single keys were changed, unless it is so already."""
        if so_already:
            # An earlier try may have done it, and then what was there before it is what it noted.
            noted = _noted(errand)
            return Done(already=not noted, before=noted)
        before = {path: found[path] for path in changing(effect, found)}
        await self._ledger.write(lambda store: outbox.reserve(store, errand.id, _NOTED + _levels_text(before)))
        sent = await self._homeserver.set_state(effect.room, kind, "", after)
        return Done(event=sent.event_id, before=before)

    async def _putting_back(self, errand: Errand, effect: ByKeysT) -> ByKeysT:
        """The changes that restore what an act found, each only where its own value still stands."""
        act = await self._ledger.read(lambda store: acts.act_view(store, errand.forum, effect.restores))
        if act is not None and not act.result:
            raise Later(self._clock.now() + LOOKING_PAUSE_MS, "what it takes back is not done yet", give_up=True)
        before = await self._ledger.read(lambda store: acts.found_by(store, errand.forum, effect.restores))
        ours = {path: act.fact.changes.get(path) for path in before} if act is not None else {}
        return msgspec.structs.replace(effect, changes=before, only_if=ours)


def _found_so(errand: Errand) -> Done:
    """What was wanted is so. After a try of which no answer came that is our own doing, as far as can be known."""
    return Done(already=errand.first_try is None)


_NOTED = "levels:"
_levels_of = msgspec.json.Decoder(dict[str, int | None]).decode


def _levels_text(levels: Mapping[str, int | None]) -> str:
    return msgspec.json.encode(levels).decode()


def _noted(errand: Errand) -> Mapping[str, int | None]:
    """What an earlier try of an errand found before it changed power levels."""
    return _levels_of(errand.reserved.removeprefix(_NOTED)) if errand.reserved.startswith(_NOTED) else {}


def changing(effect: ByKeys, found: Keys) -> dict[str, int | None]:
    """What of an effect is changed where this was found: nothing that somebody else has set meanwhile."""
    return {
        path: value
        for path, value in effect.changes.items()
        if path not in effect.only_if or found[path] == effect.only_if[path]
    }


def level_at(levels: Json, path: str) -> int | None:
    """The level at a path such as `users/@a:hs` or `events_default`; None when there is no such key."""
    group, _, key = path.partition("/")
    value = levels.get(group)
    if key:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def merged(levels: Json, changes: Mapping[str, int | None]) -> Json:
    """Power levels with single keys changed; everything else stays as it was read."""
    after: Json = {key: dict(value) if isinstance(value, dict) else value for key, value in levels.items()}
    for path, level in changes.items():
        group, _, key = path.partition("/")
        target = after.setdefault(group, {}) if key else after
        if not isinstance(target, dict):
            continue
        name = key or group
        if level is None:
            target.pop(name, None)
        else:
            target[name] = level
    return after
