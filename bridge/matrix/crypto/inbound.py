"""Megolm towards us: room keys that came to us, and the events that they open.

Follows `m.megolm.v1.aes-sha2` of the end-to-end encryption module. A session belongs to the user and the device
whose Olm channel brought it; an event's own `sender_key` and `device_id` decide nothing. It is stored under that
user as well, so that somebody who passes on another's key cannot take the other's place. Read on demand.
"""

from __future__ import annotations

from typing import TypeGuard

import msgspec
import structlog
from cachetools import LRUCache
from vodozemac import InboundGroupSession, MegolmMessage, SessionKey

from bridge.matrix.crypto.account import MEGOLM
from bridge.matrix.crypto.channels import Letter
from bridge.matrix.crypto.devices import DeviceLists
from bridge.matrix.crypto.vault import Mark, Step, Vault
from bridge.matrix.sealing import Opened, Sealed
from bridge.matrix.wire import Unreadable, decode_object
from bridge.model.clock import Clock
from bridge.model.event import Json, Trust

log = structlog.get_logger(__name__)

CACHED = 500
"""Sessions kept in memory, a few kilobytes each."""
LONGEST_ID = 255


class RoomKey(msgspec.Struct, frozen=True):
    """A Megolm session and whose it is. Keys are unpadded base64."""

    pickle: str
    curve25519: str
    ed25519: str
    """Claimed in the Olm payload; only the device list can confirm it."""


class _Readable(msgspec.Struct, frozen=True):
    session: InboundGroupSession
    key: RoomKey


class Inbound:
    """The inbound Megolm sessions of every room."""

    def __init__(self, vault: Vault, devices: DeviceLists, clock: Clock) -> None:
        self._vault = vault
        self._devices = devices
        self._clock = clock
        self._cache: LRUCache[tuple[str, str, str], _Readable] = LRUCache(CACHED)

    def take(self, step: Step, letter: Letter) -> tuple[str, str] | None:
        """Store the session of an `m.room_key`; (room id, session id) when that made something readable.

        A session that is there already is only replaced from its own device by one that reaches further back.
        """
        content = letter.content
        room_id, session_id = content.get("room_id"), content.get("session_id")
        if content.get("algorithm") != MEGOLM or not _is_id(room_id) or not _is_id(session_id):
            return None
        try:
            session = InboundGroupSession(SessionKey(content["session_key"]))
        except (KeyError, TypeError, ValueError):
            return None
        if session.session_id != session_id:
            return None
        return self._put(step, room_id, letter, session)

    def own(self, step: Step, room_id: str, letter: Letter, session_key: str) -> None:
        """Store our own outbound session, so that our events can be read when they come back."""
        self._put(step, room_id, letter, InboundGroupSession(SessionKey(session_key)))

    def note_withheld(self, step: Step, sender: str, content: Json) -> tuple[str, str, str] | None:
        """Store the code of an `m.room_key.withheld`; (room id, session id, code)."""
        room_id, session_id, code = (content.get(part) for part in ("room_id", "session_id", "code"))
        if content.get("algorithm") != MEGOLM or not all(map(_is_id, (room_id, session_id, code))):
            return None
        step.put(Mark(self._clock.now(), str(code)), "withheld", str(room_id), str(session_id), sender)
        return str(room_id), str(session_id), str(code)

    def open(self, room_id: str, outer: Json) -> Opened | Sealed:
        """Decrypt one event. Never raises for what the event contains."""
        sender, content = outer.get("sender"), outer.get("content")
        if not isinstance(content, dict) or not isinstance(sender, str):
            return Sealed("malformed")
        session_id, device_id = content.get("session_id"), content.get("device_id")
        claimed = device_id if isinstance(device_id, str) else None
        if content.get("algorithm") != MEGOLM:
            return Sealed("unknown_algorithm", device_id=claimed)
        if not _is_id(session_id):
            return Sealed("malformed", device_id=claimed)
        readable, owner = self._find(room_id, session_id, sender)
        if readable is None:
            withheld = self._vault.get(Mark, "withheld", room_id, session_id, sender)
            return Sealed(withheld.note if withheld else "no_session", session_id, claimed)
        try:
            message = MegolmMessage.from_base64(content["ciphertext"])
            if message.message_index() < readable.session.first_known_index:
                return Sealed("unknown_index", session_id, claimed)
            decrypted = readable.session.decrypt(message)
            payload = decode_object(bytes(decrypted.plaintext))
        except (KeyError, TypeError, ValueError, Unreadable):
            return Sealed("bad_ciphertext", session_id, claimed)
        trust, bound = self._judge(owner, readable.key) if owner == sender else (Trust.MISMATCH, None)
        return Opened(
            payload=payload,
            session_id=session_id,
            message_index=decrypted.message_index,
            device_id=bound,
            trust=trust,
        )

    def forget(self) -> None:
        """Drop what is in memory; the store is read again."""
        self._cache.clear()

    def _put(
        self, step: Step, room_id: str, letter: Letter, session: InboundGroupSession
    ) -> tuple[str, str] | None:
        name = (room_id, session.session_id, letter.sender)
        held = step.get(RoomKey, "inbound", *name)
        if held is not None:
            known = InboundGroupSession.from_pickle(held.pickle, self._vault.pickle_key)
            if held.curve25519 != letter.curve25519 or known.first_known_index <= session.first_known_index:
                return None
        key = RoomKey(session.pickle(self._vault.pickle_key), letter.curve25519, letter.ed25519)
        step.put(key, "inbound", *name)
        self._cache.pop(name, None)
        return room_id, session.session_id

    def _find(self, room_id: str, session_id: str, sender: str) -> tuple[_Readable | None, str]:
        """The session of this sender, or else whoever's it is, with its owner's user id."""
        name = (room_id, session_id, sender)
        readable = self._cache.get(name)
        if readable is not None:
            return readable, sender
        key = self._vault.get(RoomKey, "inbound", *name)
        if key is not None:
            self._cache[name] = readable = self._load(key)
            return readable, sender
        for other, foreign in self._vault.scan(RoomKey, "inbound", room_id, session_id):
            return self._load(foreign), other[2]
        return None, sender

    def _load(self, key: RoomKey) -> _Readable:
        return _Readable(InboundGroupSession.from_pickle(key.pickle, self._vault.pickle_key), key)

    def _judge(self, owner: str, key: RoomKey) -> tuple[Trust, str | None]:
        """How well the session's device is bound to its owner, and which device it is."""
        device = self._devices.person(owner).by_key(key.curve25519)
        if device is None:
            self._devices.suspect(owner)
            return Trust.UNSIGNED, None
        if device.ed25519 != key.ed25519:
            return Trust.MISMATCH, None
        return (Trust.CROSS_SIGNED if device.cross_signed else Trust.UNSIGNED), device.device_id


def _is_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID
