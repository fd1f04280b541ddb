"""Other people's devices: who has which, and whether their owner has signed them.

Follows "Tracking the device list for a user" and "Cross-signing" of the end-to-end encryption module. A user whom
we deal with has one `device` row; a `stale` row beside it says that the list must be asked for again. Both survive
a restart. Devices that left the list are kept, marked, so that what they sent before stays attributable.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

import msgspec
import structlog
from cachetools import LRUCache
from vodozemac import Curve25519PublicKey

from bridge.matrix.crypto.account import MEGOLM, QUERY, Caller
from bridge.matrix.crypto.signing import is_signed
from bridge.matrix.crypto.vault import Mark, Step, Vault
from bridge.model.clock import Clock
from bridge.model.event import Json

log = structlog.get_logger(__name__)

BATCH = 250
"""Users asked for in one request."""
SERVER_PATIENCE_MS = 5_000
"""How long our homeserver waits for another one before it answers without it."""
RETRY_MS = 5 * 60_000
"""Pause after a user's homeserver could not be reached, or after an unknown device was not found."""
MOST_GONE = 50
"""Devices that left a list and are still remembered, per user."""


class Device(msgspec.Struct, frozen=True):
    """One device. Keys are unpadded base64."""

    device_id: str
    curve25519: str
    ed25519: str
    cross_signed: bool = False
    gone: bool = False
    """No longer on its owner's list."""
    reads: bool = True
    """It says that it understands Megolm."""


class Person(msgspec.Struct, frozen=True):
    """A user's devices and cross-signing identity as last told, all signatures verified."""

    devices: dict[str, Device] = {}
    master: str | None = None
    self_signing: str | None = None
    former: tuple[str, ...] = ()
    """Master keys that were replaced, oldest first."""
    followed: bool = True
    """The homeserver tells us of changes; no longer so when we share no encrypted room."""

    def by_key(self, curve25519: str) -> Device | None:
        found = [device for device in self.devices.values() if device.curve25519 == curve25519]
        return min(found, key=lambda device: device.gone) if found else None

    def readers(self) -> dict[str, Device]:
        """The devices that can be given a room key."""
        return {name: device for name, device in self.devices.items() if device.reads and not device.gone}


_NOBODY = Person()


class DeviceLists:
    """The device lists of everybody we deal with."""

    def __init__(self, vault: Vault, caller: Caller, clock: Clock, *, remembered: int = 20_000) -> None:
        self._vault = vault
        self._caller = caller
        self._clock = clock
        self._people: LRUCache[str, Person | None] = LRUCache(remembered)
        self._stale = {key[0] for key in vault.names("stale")}
        self._changes: dict[str, int] = {}
        self._unreachable_until: dict[str, int] = {}
        self._unsuspected_until: dict[str, int] = {}
        self._one_at_a_time = asyncio.Lock()
        self._arrivals: list[tuple[str, str]] = []
        self.version = 0
        """Grows with every change of any list."""

    def person(self, user_id: str) -> Person:
        """What is known of a user, possibly nothing."""
        return self._known(user_id) or _NOBODY

    def is_stale(self, user_id: str) -> bool:
        """Whether the list is unknown or outdated."""
        known = self._known(user_id)
        return known is None or not known.followed or user_id in self._stale

    def stale(self) -> frozenset[str]:
        """Users whose list is outdated. Those we share no room with any more are not among them."""
        return frozenset(self._stale)

    def note(self, step: Step, changed: Iterable[str], left: Iterable[str]) -> None:
        """Take in `device_lists` of a sync response; users we have nothing to do with are skipped."""
        for user in changed:
            if self._known(user) is not None or user in self._stale:
                self._unreachable_until.pop(user, None)
                self._mark(step, user)
        for user in left:
            person = self._known(user)
            if person is not None:
                step.put(msgspec.structs.replace(person, followed=False), "device", user)
                # Forgotten before the step is written: whoever asks again reads what was written.
                self._people.pop(user, None)
            step.delete("stale", user)
            self._stale.discard(user)
            self._changes[user] = self._changes.get(user, 0) + 1

    def doubt(self) -> None:
        """Treat every list as outdated: changes may have been missed."""
        step = self._vault.step()
        for (user,), person in self._vault.scan(Person, "device"):
            step.put(msgspec.structs.replace(person, followed=False), "device", user)
        step.commit()
        self._people.clear()

    def arrivals(self) -> tuple[tuple[str, str], ...]:
        """(user id, device id) of devices that were added to lists that we knew and followed, each told once.

        Kept in memory: whoever needs to know for certain asks for the lists.
        """
        arrived = tuple(self._arrivals)
        self._arrivals.clear()
        return arrived

    def suspect(self, user_id: str) -> None:
        """Something came from a device of this user that is not on the list: ask again, but not all the time."""
        if user_id in self._stale or self._clock.now() < self._unsuspected_until.get(user_id, 0):
            return
        self._unsuspected_until[user_id] = self._clock.now() + RETRY_MS
        step = self._vault.step()
        self._mark(step, user_id)
        step.commit()

    async def refresh(self, users: Iterable[str]) -> None:
        """Ask for the outdated ones among these users. Raises MatrixError kinds.

        A homeserver that does not answer is left alone for some minutes; what was known of its users stays.
        """
        wanted = [user for user in users if self.is_stale(user)]
        if not wanted:
            return
        async with self._one_at_a_time:
            now = self._clock.now()
            due = [user for user in wanted if self.is_stale(user) and now >= self._unreachable_until.get(user, 0)]
            # Marked before they are asked for, so that a change which comes meanwhile is not missed.
            step = self._vault.step()
            for user in due:
                if user not in self._stale:
                    self._mark(step, user)
            step.commit()
            for start in range(0, len(due), BATCH):
                await self._ask(due[start : start + BATCH])

    async def _ask(self, users: list[str]) -> None:
        asked_at = {user: self._changes.get(user, 0) for user in users}
        body: Json = {"device_keys": {user: [] for user in users}, "timeout": SERVER_PATIENCE_MS}
        answer = await self._caller.json("POST", QUERY, body=body)
        lists, masters, self_signing, failures = (
            _object(answer.get(part)) for part in ("device_keys", "master_keys", "self_signing_keys", "failures")
        )
        step = self._vault.step()
        learnt: dict[str, Person] = {}
        for user in users:
            if user not in lists and user.partition(":")[2] in failures:
                self._unreachable_until[user] = self._clock.now() + RETRY_MS
                continue
            learnt[user] = _judge(
                user, self.person(user), _object(lists.get(user)), masters.get(user), self_signing.get(user)
            )
            self._arrivals += _added(user, self.person(user), learnt[user], _object(lists.get(user)))
            if self._changes.get(user, 0) == asked_at[user]:
                step.delete("stale", user)
            else:
                # It changed, or we parted, while the question was under way.
                learnt[user] = msgspec.structs.replace(learnt[user], followed=False)
            step.put(learnt[user], "device", user)
        step.commit()
        for user, person in learnt.items():
            self._people[user] = person
            if self._changes.pop(user, 0) == asked_at[user]:
                self._stale.discard(user)
        self.version += 1

    def _mark(self, step: Step, user: str) -> None:
        step.put(Mark(self._clock.now()), "stale", user)
        # In memory at once, even if the step fails: one question too many does no harm.
        self._stale.add(user)
        self._changes[user] = self._changes.get(user, 0) + 1

    def _known(self, user_id: str) -> Person | None:
        if user_id not in self._people:
            self._people[user_id] = self._vault.get(Person, "device", user_id)
        return self._people[user_id]


def _judge(user: str, before: Person, listed: Json, master: object, self_signing: object) -> Person:
    """A user's list as far as its signatures bear it out."""
    master_key = _cross_signing_key(user, master, "master")
    signing_key = _cross_signing_key(user, self_signing, "self_signing")
    if (
        master_key is None
        or signing_key is None
        or not is_signed(_object(self_signing), user, f"ed25519:{master_key}", master_key)
    ):
        signing_key = None
    devices: dict[str, Device] = {}
    for device_id, keys in listed.items():
        device = _device(user, device_id, keys, signing_key)
        known = before.devices.get(device_id)
        if device is None:
            log.warning("device refused", user=user, device=device_id, why="malformed or badly signed")
        elif known is not None and known.ed25519 != device.ed25519:
            log.warning("device refused", user=user, device=device_id, why="its identity key changed")
        else:
            devices[device_id] = device
    gone = [
        msgspec.structs.replace(device, gone=True)
        for device_id, device in before.devices.items()
        if device_id not in devices
    ]
    devices = {device.device_id: device for device in gone[-MOST_GONE:]} | devices
    former = before.former
    if before.master is not None and before.master != master_key:
        former = (*former, before.master)
        log.warning("identity replaced", user=user, now=master_key)
    return Person(devices=devices, master=master_key, self_signing=signing_key, former=former)


def _added(user: str, before: Person, now: Person, listed: Json) -> list[tuple[str, str]]:
    """Devices that a user added to a list that was known. One that only keeps keys (MSC3814) is nobody's eyes."""
    if not before.followed or not before.devices:
        return []
    return [
        (user, device_id)
        for device_id in now.readers()
        if device_id not in before.devices and _object(listed.get(device_id)).get("dehydrated") is not True
    ]


def _device(user: str, device_id: str, keys: object, signing_key: str | None) -> Device | None:
    """A device from its `DeviceKeys` object, or None when that is not what it says."""
    described = _object(keys)
    values = _object(described.get("keys"))
    curve25519, ed25519 = values.get(f"curve25519:{device_id}"), values.get(f"ed25519:{device_id}")
    algorithms = described.get("algorithms")
    if described.get("user_id") != user or described.get("device_id") != device_id:
        return None
    if not isinstance(curve25519, str) or not isinstance(ed25519, str) or not _is_curve25519(curve25519):
        return None
    if not is_signed(described, user, f"ed25519:{device_id}", ed25519):
        return None
    return Device(
        device_id=device_id,
        curve25519=curve25519,
        ed25519=ed25519,
        cross_signed=signing_key is not None and is_signed(described, user, f"ed25519:{signing_key}", signing_key),
        reads=isinstance(algorithms, list) and MEGOLM in algorithms,
    )


def _cross_signing_key(user: str, value: object, usage: str) -> str | None:
    """The public key of a cross-signing key object made for this usage by this user."""
    described = _object(value)
    usages, keys = described.get("usage"), _object(described.get("keys"))
    if described.get("user_id") != user or not isinstance(usages, list) or usage not in usages or len(keys) != 1:
        return None
    name, key = next(iter(keys.items()))
    return key if isinstance(key, str) and name == f"ed25519:{key}" else None


def _is_curve25519(key: str) -> bool:
    try:
        Curve25519PublicKey.from_base64(key)
    except ValueError:
        return False
    return True


def _object(value: object) -> Json:
    return dict(value) if isinstance(value, Mapping) else {}
