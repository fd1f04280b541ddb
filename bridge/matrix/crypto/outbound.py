"""Megolm from us: one session per room, shared with the devices of its members, rotated when one of them is gone.

Follows `m.megolm.v1.aes-sha2` of the end-to-end encryption module. A ratchet is saved before its ciphertext is
handed out, so no index is used twice, and a restart goes on with the same session. A device that should have had
the key keeps its claim to it, from the index at which it was due, until it was sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from weakref import WeakValueDictionary

import msgspec
import structlog
from cachetools import LRUCache
from vodozemac import GroupSession

from bridge.matrix.crypto.account import MEGOLM, Account
from bridge.matrix.crypto.channels import Address, Channels, Letter
from bridge.matrix.crypto.devices import Device, DeviceLists
from bridge.matrix.crypto.inbound import Inbound
from bridge.matrix.crypto.vault import Step, Vault
from bridge.model.clock import Clock
from bridge.model.event import Json
from bridge.model.ports import MatrixError, RoomStates

log = structlog.get_logger(__name__)

DEFAULT_PERIOD_MS = 604_800_000
DEFAULT_MESSAGES = 100
SHORTEST_PERIOD_MS = 3_600_000
"""A room may ask for more frequent rotation than any client could follow; an hour is what others allow."""
PATIENCE = 3
"""How often the members are read again when they changed while keys were being shared."""


class Ratchet(msgspec.Struct, frozen=True):
    """The current session of a room, written at every message."""

    pickle: str
    session_id: str
    made: int
    """Milliseconds."""


class Audience(msgspec.Struct, frozen=True):
    """Who has the key of a room's current session, and who still is to get it; written when that changes."""

    session_id: str
    holders: dict[str, dict[str, str]] = {}
    """user -> device -> its curve25519 key"""
    replaced: dict[str, int] = {}
    """How often each holder had replaced the cross-signing identity when first given the key."""
    owed: dict[str, dict[str, int]] = {}
    """user -> device -> the message index from which it should read"""
    keys: dict[int, str] = {}
    """The session key at each of those indices."""


class Outbound:
    """The outbound Megolm sessions of one device."""

    def __init__(
        self,
        vault: Vault,
        account: Account,
        devices: DeviceLists,
        channels: Channels,
        inbound: Inbound,
        rooms: RoomStates,
        clock: Clock,
    ) -> None:
        self._vault = vault
        self._account = account
        self._devices = devices
        self._channels = channels
        self._inbound = inbound
        self._rooms = rooms
        self._clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._settled: LRUCache[str, tuple[frozenset[str], int, str]] = LRUCache(1000)

    async def seal(self, room_id: str, event_type: str, content: Json) -> Json:
        """The content of an `m.room.encrypted` event. Raises MatrixError kinds."""
        async with self._lock(room_id):
            session, ratchet = await self._shared_session(room_id)
            payload: Json = {"type": event_type, "content": content, "room_id": room_id}
            message = session.encrypt(msgspec.json.encode(payload))
            step = self._vault.step()
            self._save(step, room_id, session, ratchet.made)
            step.commit()
        outer: Json = {
            "algorithm": MEGOLM,
            "sender_key": self._account.curve25519,
            "device_id": self._account.device_id,
            "session_id": session.session_id,
            "ciphertext": message.to_base64(),
        }
        if "m.relates_to" in content:
            outer["m.relates_to"] = content["m.relates_to"]
        return outer

    async def retry(self) -> None:
        """Try again to give keys to the devices that are owed one. Raises MatrixError kinds."""
        for room_id in {room for room, *_ in self.unshared()}:
            async with self._lock(room_id):
                readers = self._readers(await self._members(room_id))
                audience = self._vault.get(Audience, "audience", self._account.device_id, room_id)
                if audience is not None:
                    await self._share(room_id, self._still_owed(room_id, audience, readers))

    def unshared(self) -> list[tuple[str, str, str]]:
        """(room id, user id, device id) of devices that could not be given the key of a current session."""
        rows = self._vault.scan(Audience, "owing", self._account.device_id)
        return [
            (key[1], user, device_id)
            for key, audience in rows
            for user, owed in audience.owed.items()
            for device_id in owed
        ]

    async def _shared_session(self, room_id: str) -> tuple[GroupSession, Ratchet]:
        """The room's session after everybody who should read it has been given the key, as far as possible."""
        rules = await self._rules(room_id)
        members = await self._members(room_id)
        for _ in range(PATIENCE):
            await self._devices.refresh(members)
            current = self._current(room_id, rules)
            if current is not None and self._settled.get(room_id) == self._situation(members, current[1]):
                return current
            readers = self._readers(members)
            audience = self._vault.get(Audience, "audience", self._account.device_id, room_id)
            if current is None or audience is None or self._departed(audience, readers):
                current, audience = self._begin(room_id)
            session, ratchet = current
            situation = self._situation(members, ratchet)
            audience = await self._share(room_id, self._owe(room_id, audience, session, readers))
            if not audience.owed:
                self._settled[room_id] = situation
            before, members = members, await self._members(room_id)
            if before == members:
                break
        return session, ratchet

    def renew(self) -> None:
        """Begin a new session in every room at its next message."""
        step = self._vault.step()
        for key in self._vault.names("outbound", self._account.device_id):
            step.delete("outbound", *key)
        step.commit()

    def _situation(self, members: frozenset[str], ratchet: Ratchet) -> tuple[frozenset[str], int, str]:
        """As long as this is the same, nobody came or went since the key was shared."""
        return members, self._devices.version, ratchet.session_id

    def _current(self, room_id: str, rules: tuple[int, int]) -> tuple[GroupSession, Ratchet] | None:
        """The session in use, unless it is used up."""
        ratchet = self._vault.get(Ratchet, "outbound", self._account.device_id, room_id)
        if ratchet is None:
            return None
        period, messages = rules
        session = GroupSession.from_pickle(ratchet.pickle, self._vault.pickle_key)
        # A clock that stepped back is no reason to keep a session for longer than was asked.
        fresh = session.message_index < messages and 0 <= self._clock.now() - ratchet.made < period
        return (session, ratchet) if fresh else None

    def _begin(self, room_id: str) -> tuple[tuple[GroupSession, Ratchet], Audience]:
        session = GroupSession()
        step = self._vault.step()
        ratchet = self._save(step, room_id, session, self._clock.now())
        audience = Audience(session.session_id)
        self._put_audience(step, room_id, audience)
        ourselves = Letter(
            type="m.room_key",
            content={},
            sender=self._account.user_id,
            curve25519=self._account.curve25519,
            ed25519=self._account.ed25519,
        )
        self._inbound.own(step, room_id, ourselves, session.session_key.to_base64())
        step.commit()
        return (session, ratchet), audience

    def _departed(self, audience: Audience, readers: dict[Address, Device]) -> bool:
        """Whether somebody holds the key who is no reader any more, or not the same any more."""
        for user, held in audience.holders.items():
            if len(self._devices.person(user).former) != audience.replaced.get(user):
                return True
            for device_id, curve25519 in held.items():
                device = readers.get((user, device_id))
                if device is None or device.curve25519 != curve25519:
                    return True
        return False

    def _owe(
        self, room_id: str, audience: Audience, session: GroupSession, readers: dict[Address, Device]
    ) -> Audience:
        """Note, durably, who is due the key: whoever is new, from the present index on."""
        owed: dict[str, dict[str, int]] = {}
        for user, device_id in readers:
            if device_id not in audience.holders.get(user, {}):
                index = audience.owed.get(user, {}).get(device_id, session.message_index)
                owed.setdefault(user, {})[device_id] = index
        keys = {**audience.keys, session.message_index: session.session_key.to_base64()}
        return self._note_owed(room_id, _with_owed(audience, owed, keys), audience)

    def _still_owed(self, room_id: str, audience: Audience, readers: dict[Address, Device]) -> Audience:
        """Forget what is owed to those who are no readers any more."""
        owed = {
            user: {device: index for device, index in devices.items() if (user, device) in readers}
            for user, devices in audience.owed.items()
        }
        return self._note_owed(room_id, _with_owed(audience, owed, audience.keys), audience)

    def _note_owed(self, room_id: str, audience: Audience, before: Audience) -> Audience:
        if audience != before:
            step = self._vault.step()
            self._put_audience(step, room_id, audience)
            step.commit()
        return audience

    async def _share(self, room_id: str, audience: Audience) -> Audience:
        """Send the key to those who are owed it; what was sent is noted batch by batch."""
        due: dict[Address, Device] = {}
        for user, owed in audience.owed.items():
            readers = self._devices.person(user).readers()
            due.update({(user, device_id): readers[device_id] for device_id in owed if device_id in readers})
        if not due:
            return audience
        await self._channels.connect(due)
        letters: list[tuple[Address, Json]] = []
        unreachable: list[Address] = []
        step = self._vault.step()
        for address, device in due.items():
            user, device_id = address
            key = audience.keys[audience.owed[user][device_id]]
            content = {
                "algorithm": MEGOLM,
                "room_id": room_id,
                "session_id": audience.session_id,
                "session_key": key,
            }
            letter = self._channels.write(step, user, device, "m.room_key", content)
            if letter is None:
                unreachable.append(address)
            else:
                letters.append((address, letter))
        step.commit()
        async for batch in self._channels.send("m.room.encrypted", letters):
            audience = self._note_sent(room_id, audience, {address: due[address] for address in batch})
        if unreachable:
            await self._tell(unreachable)
        return audience

    async def _tell(self, unreachable: Iterable[Address]) -> None:
        try:
            await self._channels.tell_unreachable(unreachable)
        except MatrixError as failed:
            log.debug("withheld notice not sent", why=str(failed))

    def _note_sent(self, room_id: str, audience: Audience, sent: dict[Address, Device]) -> Audience:
        holders = {user: dict(held) for user, held in audience.holders.items()}
        replaced = dict(audience.replaced)
        for (user, device_id), device in sent.items():
            holders.setdefault(user, {})[device_id] = device.curve25519
            replaced.setdefault(user, len(self._devices.person(user).former))
        owed = {
            user: {device: index for device, index in owed.items() if (user, device) not in sent}
            for user, owed in audience.owed.items()
        }
        audience = msgspec.structs.replace(audience, holders=holders, replaced=replaced)
        audience = _with_owed(audience, owed, audience.keys)
        step = self._vault.step()
        self._put_audience(step, room_id, audience)
        step.commit()
        return audience

    def _put_audience(self, step: Step, room_id: str, audience: Audience) -> None:
        """The audience, and a second row only where somebody is owed, which `unshared` reads."""
        step.put(audience, "audience", self._account.device_id, room_id)
        if audience.owed:
            step.put(audience, "owing", self._account.device_id, room_id)
        else:
            step.delete("owing", self._account.device_id, room_id)

    def _save(self, step: Step, room_id: str, session: GroupSession, made: int) -> Ratchet:
        ratchet = Ratchet(session.pickle(self._vault.pickle_key), session.session_id, made)
        step.put(ratchet, "outbound", self._account.device_id, room_id)
        return ratchet

    def _readers(self, members: frozenset[str]) -> dict[Address, Device]:
        """Every device that should read us, our own excepted."""
        ours = (self._account.user_id, self._account.device_id)
        return {
            (user, device_id): device
            for user in members
            for device_id, device in self._devices.person(user).readers().items()
            if (user, device_id) != ours
        }

    async def _members(self, room_id: str) -> frozenset[str]:
        """Joined members; invited ones too, unless the room's history is for those who have joined.

        They may read what is said from their invitation on, once they join; other clients give them keys too.
        """
        visibility = await self._rooms.state(room_id, "m.room.history_visibility")
        joined_only = visibility is not None and visibility.get("history_visibility") == "joined"
        return await self._rooms.members(room_id, ("join",) if joined_only else ("join", "invite"))

    async def _rules(self, room_id: str) -> tuple[int, int]:
        """(milliseconds, messages) after which a session of this room is used up."""
        encryption = await self._rooms.state(room_id, "m.room.encryption") or {}
        if encryption.get("algorithm", MEGOLM) != MEGOLM:
            raise MatrixError("unsupported_encryption", f"{room_id} uses an encryption that is not Megolm")
        period = _number(encryption.get("rotation_period_ms"), DEFAULT_PERIOD_MS)
        messages = _number(encryption.get("rotation_period_msgs"), DEFAULT_MESSAGES)
        return max(period, SHORTEST_PERIOD_MS), max(messages, 1)

    def _lock(self, room_id: str) -> asyncio.Lock:
        return self._locks.setdefault(room_id, asyncio.Lock())


def _with_owed(audience: Audience, owed: dict[str, dict[str, int]], keys: dict[int, str]) -> Audience:
    """The audience with these debts, keeping only the session keys that they need."""
    owed = {user: devices for user, devices in owed.items() if devices}
    needed = {index for devices in owed.values() for index in devices.values()}
    return msgspec.structs.replace(
        audience, owed=owed, keys={index: key for index, key in keys.items() if index in needed}
    )


def _number(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default
