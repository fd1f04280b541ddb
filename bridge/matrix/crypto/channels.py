"""Olm: one-to-one encrypted channels between our device and others, for what keys travel in.

Follows `m.olm.v1.curve25519-aes-sha2` and "Recovering from undecryptable messages" of the end-to-end encryption
module. Sessions are read from the store when needed and written in the caller's step; nothing is kept in memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

import msgspec
import structlog
from vodozemac import AnyOlmMessage, PreKeyMessage, Session

from bridge.matrix.crypto.account import OLM, ONE_TIME, Account, Caller
from bridge.matrix.crypto.devices import RETRY_MS, Device, DeviceLists
from bridge.matrix.crypto.signing import decode_base64, encode_base64, is_signed
from bridge.matrix.crypto.vault import Mark, Step, Vault
from bridge.matrix.wire import Unreadable, decode_object
from bridge.model.clock import Clock
from bridge.model.event import Json

log = structlog.get_logger(__name__)

CLAIM = "/_matrix/client/v3/keys/claim"
SEND = "/_matrix/client/v3/sendToDevice/"
SERVER_PATIENCE_MS = 5_000
MOST_SESSIONS = 5
"""Per device, the least recently used go; the specification asks for at least four."""
HOUR_MS = 3_600_000
PER_REQUEST = 40
"""Devices per to-device request: each message is about a kilobyte, and servers cap what they forward at once."""

Address = tuple[str, str]
"""(user id, device id)"""


class SessionRecord(msgspec.Struct, frozen=True):
    pickle: str
    used: int
    """When it last decrypted something, or was made; milliseconds."""


class Letter(msgspec.Struct, frozen=True):
    """A decrypted to-device message whose claims about sender and recipient were checked.

    That the sender's device has both keys is not shown by this: compare them with the device list.
    """

    type: str
    content: Json
    sender: str
    curve25519: str
    ed25519: str


class Undecryptable(Exception):
    """The message cannot be read; ``wedged`` tells whether a new session would help."""

    def __init__(self, reason: str, *, wedged: bool) -> None:
        super().__init__(reason)
        self.wedged = wedged


class Channels:
    """The Olm sessions of one account."""

    def __init__(
        self,
        vault: Vault,
        account: Account,
        devices: DeviceLists,
        caller: Caller,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._vault = vault
        self._account = account
        self._devices = devices
        self._caller = caller
        self._clock = clock
        self._new_id = new_id
        self._no_key_until: dict[Address, int] = {}
        self._told: set[Address] = set()

    def read(self, step: Step, sender: str, content: Json) -> Letter:
        """Decrypt an Olm message for us; ratchets and the account go into ``step``. Raises Undecryptable."""
        sender_key, message = _envelope(content, self._account.curve25519)
        opening, plaintext = message.to_pre_key(), None
        sessions = step.scan(SessionRecord, "olm", self._account.device_id, sender_key)
        for name, record in sorted(sessions, key=lambda row: -row[1].used):
            session = Session.from_pickle(record.pickle, self._vault.pickle_key)
            if opening is not None and not session.session_matches(opening):
                continue
            try:
                plaintext = session.decrypt(message)
            except ValueError as failed:
                if opening is not None:
                    raise Undecryptable(str(failed), wedged=True) from None
                continue
            step.put(self._record(session), "olm", *name)
            break
        if plaintext is None:
            plaintext = self._open_session(step, sender_key, opening)
        return self._checked(sender, sender_key, plaintext)

    def write(self, step: Step, user: str, device: Device, event_type: str, content: Json) -> Json | None:
        """The `m.room.encrypted` content for one device, or None when there is no session with it."""
        sessions = step.scan(SessionRecord, "olm", self._account.device_id, device.curve25519)
        if not sessions:
            return None
        # Of two used in the same millisecond the one made last: rows come in the order they were first written.
        name, record = max(reversed(sessions), key=lambda row: row[1].used)
        session = Session.from_pickle(record.pickle, self._vault.pickle_key)
        payload: Json = {
            "type": event_type,
            "content": content,
            "sender": self._account.user_id,
            "recipient": user,
            "recipient_keys": {"ed25519": device.ed25519},
            "keys": {"ed25519": self._account.ed25519},
            "sender_device_keys": self._account.device_keys(),
        }
        kind, body = session.encrypt(msgspec.json.encode(payload)).to_parts()
        step.put(SessionRecord(session.pickle(self._vault.pickle_key), record.used), "olm", *name)
        return {
            "algorithm": OLM,
            "sender_key": self._account.curve25519,
            "ciphertext": {device.curve25519: {"type": kind, "body": encode_base64(body)}},
        }

    def has_session(self, device: Device) -> bool:
        return bool(self._vault.names("olm", self._account.device_id, device.curve25519))

    async def connect(self, wanted: Mapping[Address, Device], *, anew: bool = False) -> None:
        """Start sessions with these devices as far as they have one-time keys; ``anew`` even where there is one.

        Who has none is left alone for some minutes. Raises MatrixError kinds.
        """
        now = self._clock.now()
        missing = {
            address: device
            for address, device in wanted.items()
            if (anew or not self.has_session(device)) and now >= self._no_key_until.get(address, 0)
        }
        if not missing:
            return
        claim: dict[str, dict[str, str]] = {}
        for user, device_id in missing:
            claim.setdefault(user, {})[device_id] = ONE_TIME
        answer = await self._caller.json(
            "POST", CLAIM, body={"one_time_keys": claim, "timeout": SERVER_PATIENCE_MS}
        )
        step = self._vault.step()
        for address, device in missing.items():
            session = self._start(address, device, answer.get("one_time_keys"))
            if session is None:
                self._no_key_until[address] = self._clock.now() + RETRY_MS
                continue
            self._told.discard(address)
            step.put(self._record(session), "olm", self._account.device_id, device.curve25519, session.session_id)
            self._expire(step, device.curve25519)
        step.commit()

    async def send(self, event_type: str, messages: Sequence[tuple[Address, Json]]) -> AsyncIterator[list[Address]]:
        """Send to-device messages in batches; yields the addresses of each batch that was taken.

        Raises MatrixError kinds.
        """
        for start in range(0, len(messages), PER_REQUEST):
            batch = messages[start : start + PER_REQUEST]
            body: dict[str, dict[str, Json]] = {}
            for (user, device_id), content in batch:
                body.setdefault(user, {})[device_id] = content
            await self._caller.json("PUT", f"{SEND}{event_type}/{self._new_id()}", body={"messages": body})
            yield [address for address, _ in batch]

    async def tell_unreachable(self, addresses: Iterable[Address]) -> None:
        """`m.room_key.withheld` with `m.no_olm` to devices without a session, once each."""
        untold = [address for address in addresses if address not in self._told]
        for user, device_id in untold:
            log.warning("device without keys", user=user, device=device_id)
        content: Json = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "code": "m.no_olm",
            "reason": "Unable to establish a secure channel.",
            "sender_key": self._account.curve25519,
        }
        async for told in self.send("m.room_key.withheld", [(address, content) for address in untold]):
            self._told.update(told)

    def note_wedged(self, step: Step, user: str, curve25519: str) -> None:
        """Remember to start a new session with this device, at most once an hour."""
        if step.get(Mark, "wedged", self._account.device_id, user, curve25519) is None:
            step.put(Mark(self._clock.now(), "due"), "wedged", self._account.device_id, user, curve25519)

    async def mend(self) -> None:
        """New sessions, announced by `m.dummy`, with the devices noted as wedged. Raises MatrixError kinds."""
        noted = self._vault.scan(Mark, "wedged", self._account.device_id)
        await self._devices.refresh({key[1] for key, mark in noted if mark.note == "due"})
        now = self._clock.now()
        due: dict[Address, Device] = {}
        step = self._vault.step()
        for key, mark in noted:
            _, user, curve25519 = key
            device = self._devices.person(user).by_key(curve25519)
            if mark.note != "due":
                if now - mark.at >= HOUR_MS:
                    step.delete("wedged", *key)
            elif device is not None and not device.gone:
                due[user, device.device_id] = device
            elif not self._devices.is_stale(user):
                # Nobody's device: nothing to mend, and not looked for again within the hour.
                step.put(Mark(now, "done"), "wedged", *key)
        step.commit()
        if due:
            await self.connect(due, anew=True)
            await self._announce(due)

    async def _announce(self, due: Mapping[Address, Device]) -> None:
        step = self._vault.step()
        dummies: list[tuple[Address, Json]] = []
        for (user, device_id), device in due.items():
            step.put(Mark(self._clock.now(), "done"), "wedged", self._account.device_id, user, device.curve25519)
            message = self.write(step, user, device, "m.dummy", {})
            if message is not None:
                dummies.append(((user, device_id), message))
        step.commit()
        async for _ in self.send("m.room.encrypted", dummies):
            pass

    def _open_session(self, step: Step, sender_key: str, opening: PreKeyMessage | None) -> bytes:
        if opening is None:
            raise Undecryptable("no session reads this message", wedged=True)
        try:
            session, plaintext = self._account.answer(sender_key, opening)
        except ValueError as failed:
            raise Undecryptable(str(failed), wedged=True) from None
        self._account.save(step)
        step.put(self._record(session), "olm", self._account.device_id, sender_key, session.session_id)
        self._expire(step, sender_key)
        return plaintext

    def _expire(self, step: Step, curve25519: str) -> None:
        sessions = step.scan(SessionRecord, "olm", self._account.device_id, curve25519)
        for name, _ in sorted(sessions, key=lambda row: row[1].used)[:-MOST_SESSIONS]:
            step.delete("olm", *name)

    def _start(self, address: Address, device: Device, claimed: object) -> Session | None:
        """A session from the key that the homeserver gave out, if the device signed it."""
        user, device_id = address
        try:
            (key,) = claimed[user][device_id].values()  # type: ignore[index]
            if not is_signed(key, user, f"ed25519:{device_id}", device.ed25519):
                log.warning("one-time key refused", user=user, device=device_id, why="badly signed")
                return None
            return self._account.start(device.curve25519, key["key"])
        except (KeyError, TypeError, ValueError, AttributeError):
            return None

    def _record(self, session: Session) -> SessionRecord:
        return SessionRecord(session.pickle(self._vault.pickle_key), self._clock.now())

    def _checked(self, sender: str, sender_key: str, plaintext: bytes) -> Letter:
        """The letter, when its payload names the same sender and us as the recipient."""
        try:
            payload = decode_object(plaintext)
            letter = Letter(
                type=payload["type"],
                content=payload["content"],
                sender=payload["sender"],
                curve25519=sender_key,
                ed25519=payload["keys"]["ed25519"],
            )
            meant = (payload["recipient"], payload["recipient_keys"]["ed25519"])
        except (Unreadable, KeyError, TypeError):
            raise Undecryptable("malformed payload", wedged=False) from None
        if letter.sender != sender or meant != (self._account.user_id, self._account.ed25519):
            raise Undecryptable("the payload is not from this sender to us", wedged=False)
        if not (
            isinstance(letter.type, str) and isinstance(letter.ed25519, str) and isinstance(letter.content, dict)
        ):
            raise Undecryptable("malformed payload", wedged=False)
        return letter


def _envelope(content: Json, our_key: str) -> tuple[str, AnyOlmMessage]:
    """The sender's key and the message that is meant for us. Raises Undecryptable."""
    try:
        envelope = content["ciphertext"][our_key]
        sender_key, kind, body = content["sender_key"], envelope["type"], envelope["body"]
        if content["algorithm"] != OLM or kind not in (0, 1) or not isinstance(sender_key, str):
            raise ValueError
        return sender_key, AnyOlmMessage.from_parts(int(kind), decode_base64(body))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Undecryptable("not an Olm message for us", wedged=False) from None
