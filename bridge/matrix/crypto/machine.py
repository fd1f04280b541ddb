"""The machine: what the transport asks of whoever holds the keys, put together from the parts beside it.

Implements :class:`bridge.matrix.sealing.Sealing`.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable

import msgspec
import structlog

from bridge.matrix.crypto.account import Account, Caller
from bridge.matrix.crypto.channels import Channels, Letter, Undecryptable
from bridge.matrix.crypto.devices import DeviceLists
from bridge.matrix.crypto.inbound import Inbound
from bridge.matrix.crypto.outbound import Outbound
from bridge.matrix.crypto.vault import Step, Vault
from bridge.matrix.sealing import Opened, Received, Sealed
from bridge.model.clock import Clock
from bridge.model.event import Json
from bridge.model.ports import Keyring, MatrixError, RoomStates

log = structlog.get_logger(__name__)

EPOCH_MS = 24 * 3_600_000
"""Hashes of to-device messages are kept for the running epoch and the one before it."""


class Epoch(msgspec.Struct, frozen=True):
    """A period of remembered hashes."""

    number: int = 0
    began: int = 0


class Seen(msgspec.Struct, frozen=True):
    """A to-device message that was taken in, and the session it brought, to be told again if it comes again."""

    room_id: str = ""
    session_id: str = ""


class Machine:
    """Encryption for one device of one account.

    ``secret_key`` (32 bytes) seals what is stored in ``keyring``; ``caller`` sends requests with the device's
    token; ``rooms`` says who is in a room; ``new_id`` makes transaction ids. A fresh device's keys are made and
    saved here, and uploaded by the first :meth:`upkeep`. Not for two processes or two event loops.
    """

    def __init__(
        self,
        user_id: str,
        device_id: str,
        *,
        caller: Caller,
        keyring: Keyring,
        secret_key: bytes,
        rooms: RoomStates,
        clock: Clock,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._vault = Vault(keyring, secret_key)
        self._caller = caller
        self._clock = clock
        self.account = Account(self._vault, user_id, device_id)
        self.devices = DeviceLists(self._vault, caller, clock)
        if self.account.is_new:
            # On a store that another device used before (a restored backup), nobody told us what changed since.
            self.devices.doubt()
        self._channels = Channels(self._vault, self.account, self.devices, caller, clock, new_id)
        self._inbound = Inbound(self._vault, self.devices, clock)
        self._outbound = Outbound(
            self._vault, self.account, self.devices, self._channels, self._inbound, rooms, clock
        )

    async def receive(self, sync: Json) -> Received:
        """Take in one sync response's key material: one write, then a look at the devices it came from."""
        step = self._vault.step()
        try:
            received, senders = self._take(step, sync)
            step.commit()
        except BaseException:
            # What was not saved did not happen: the same response comes again.
            self.account.reload()
            self._inbound.forget()
            raise
        self.account.note_stock(
            sync.get("device_one_time_keys_count"), sync.get("device_unused_fallback_key_types")
        )
        try:
            await self.devices.refresh(senders)
        except MatrixError as failed:
            # Their events are opened as unsigned until the list is known; `upkeep` asks again.
            log.info("device lists not read", users=len(senders), why=str(failed))
        return msgspec.structs.replace(received, new_devices=self.devices.arrivals())

    def open(self, room_id: str, outer: Json) -> Opened | Sealed:
        """Decrypt one `m.room.encrypted` event. Never raises for what the event contains."""
        return self._inbound.open(room_id, outer)

    async def seal(self, room_id: str, event_type: str, content: Json) -> Json:
        """The content of the `m.room.encrypted` event to send. Raises MatrixError kinds.

        May be cancelled at any time: the next call for the room goes on where this one was.
        """
        return await self._outbound.seal(room_id, event_type, content)

    async def upkeep(self) -> None:
        """Everything that is due. One part's failure does not keep the others from their turn.

        Raises the first MatrixError, or DeviceLost.
        """
        failures: list[MatrixError] = []
        for duty in (self._publish, self._refresh, self._channels.mend, self._outbound.retry):
            try:
                await duty()
            except MatrixError as failed:
                failures.append(failed)
        if failures:
            raise failures[0]

    def doubt(self) -> None:
        """See :class:`bridge.matrix.sealing.Sealing`."""
        self.devices.doubt()
        self._outbound.renew()

    def unshared(self) -> list[tuple[str, str, str]]:
        """(room id, user id, device id) of devices that could not yet be given a room's current key."""
        return self._outbound.unshared()

    async def _publish(self) -> None:
        await self.account.publish(self._caller)

    async def _refresh(self) -> None:
        await self.devices.refresh(self.devices.stale())

    def _take(self, step: Step, sync: Json) -> tuple[Received, set[str]]:
        sessions: dict[tuple[str, str], None] = {}
        withheld: list[tuple[str, str, str]] = []
        senders: set[str] = set()
        epoch = self._epoch(step)
        for event in sync["to_device"]["events"]:
            sender, content = event.get("sender"), event.get("content")
            if not isinstance(sender, str) or not isinstance(content, dict):
                continue
            if event.get("type") == "m.room.encrypted":
                session = self._take_encrypted(step, epoch, sender, content)
                if session is not None:
                    sessions[session] = None
                    senders.add(sender)
            elif event.get("type") == "m.room_key.withheld":
                refused = self._take_withheld(step, sender, content)
                if refused is not None:
                    withheld.append(refused)
        self.devices.note(step, sync["device_lists"]["changed"], sync["device_lists"]["left"])
        return Received(new_sessions=tuple(sessions), withheld=tuple(withheld)), senders

    def _take_encrypted(self, step: Step, epoch: int, sender: str, content: Json) -> tuple[str, str] | None:
        """One encrypted to-device message; (room id, session id) when it brought a room key."""
        digest = hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()
        for number in (epoch, epoch - 1):
            seen = step.get(Seen, "seen", self.account.device_id, str(number), digest)
            if seen is not None:
                return (seen.room_id, seen.session_id) if seen.session_id else None
        session: tuple[str, str] | None = None
        try:
            letter = self._channels.read(step, sender, content)
        except Undecryptable as failed:
            log.warning("to-device message not readable", sender=sender, why=str(failed))
            sender_key = content.get("sender_key")
            if failed.wedged and isinstance(sender_key, str):
                self._channels.note_wedged(step, sender, sender_key)
        else:
            session = self._take_letter(step, letter)
        step.put(Seen(*session) if session else Seen(), "seen", self.account.device_id, str(epoch), digest)
        return session

    def _take_letter(self, step: Step, letter: Letter) -> tuple[str, str] | None:
        if letter.type == "m.room_key":
            return self._inbound.take(step, letter)
        if letter.type == "m.forwarded_room_key":
            # Nobody but the sender's own device may vouch for a session, and we have no second device to ask.
            log.warning("forwarded room key refused", sender=letter.sender)
        return None

    def _take_withheld(self, step: Step, sender: str, content: Json) -> tuple[str, str, str] | None:
        sender_key = content.get("sender_key")
        if content.get("code") == "m.no_olm" and isinstance(sender_key, str):
            self._channels.note_wedged(step, sender, sender_key)
            return None
        return self._inbound.note_withheld(step, sender, content)

    def _epoch(self, step: Step) -> int:
        """The running epoch; a new one is begun, and the one before the last forgotten, once it is old enough.

        It ends by what is taken in, not by the clock alone: after days of silence a redelivery finds its hash.
        """
        place = ("epoch", self.account.device_id)
        now = self._clock.now()
        epoch = step.get(Epoch, *place)
        if epoch is None:
            step.put(Epoch(0, now), *place)
            return 0
        if now - epoch.began >= EPOCH_MS:
            for name in self._vault.names("seen", self.account.device_id, str(epoch.number - 1)):
                step.delete("seen", *name)
            step.put(Epoch(epoch.number + 1, now), *place)
        return epoch.number
