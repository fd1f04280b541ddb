"""Our own device: its identity keys, one-time keys and fallback key.

Keys are saved before they are uploaded. After a crash the same unpublished keys are uploaded again, so the
homeserver never hands out a key whose private half is gone ("One-time and fallback keys" in the specification's
end-to-end encryption module).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec
import structlog
from vodozemac import Account as OlmAccount
from vodozemac import Curve25519PublicKey, PreKeyMessage, Session

from bridge.matrix.crypto.signing import signed
from bridge.matrix.crypto.vault import Step, Vault
from bridge.model.event import Json
from bridge.model.ports import DeviceLost, MatrixError

log = structlog.get_logger(__name__)

OLM = "m.olm.v1.curve25519-aes-sha2"
MEGOLM = "m.megolm.v1.aes-sha2"
ONE_TIME = "signed_curve25519"
ENOUGH = 50
"""One-time keys kept on the homeserver; each starts one conversation while we are away."""

UPLOAD = "/_matrix/client/v3/keys/upload"
QUERY = "/_matrix/client/v3/keys/query"


class Caller(Protocol):
    """One JSON request to the homeserver; raises MatrixError kinds."""

    async def json(self, method: str, path: str, *, body: Json | None = None) -> Json: ...


class AccountRecord(msgspec.Struct, frozen=True):
    pickle: str
    announced: bool
    """The device keys were uploaded."""


class Account:
    """The keys of one device, loaded or made (and saved) at construction."""

    def __init__(self, vault: Vault, user_id: str, device_id: str) -> None:
        self.user_id = user_id
        self.device_id = device_id
        self._vault = vault
        self._key = ("account", user_id, device_id)
        self._publishing = asyncio.Lock()
        self._stock: int | None = None
        self._fallback_wanted = False
        self.is_new = vault.get(AccountRecord, *self._key) is None
        """The device was made here and now."""
        if self.is_new:
            step = vault.step()
            self._olm = OlmAccount()
            self._announced = False
            self.save(step)
            step.commit()
        self.reload()
        # Keys of an upload that a crash interrupted: some may have reached the homeserver and been claimed.
        # The next sync response brings what used them; only then is it known which are still good.
        self._unsure = bool(self._fresh() or self._fresh_fallback())

    def reload(self) -> None:
        """Forget what was not saved."""
        record = self._vault.get(AccountRecord, *self._key)
        if record is None:
            raise LookupError(f"no account of {self.device_id} in this store")
        self._olm = OlmAccount.from_pickle(record.pickle, self._vault.pickle_key)
        self._announced = record.announced

    @property
    def curve25519(self) -> str:
        return str(self._olm.curve25519_key.to_base64())

    @property
    def ed25519(self) -> str:
        return str(self._olm.ed25519_key.to_base64())

    @property
    def announced(self) -> bool:
        """Whether the homeserver has our device keys."""
        return self._announced

    def sign(self, data: bytes) -> str:
        return str(self._olm.sign(data).to_base64())

    def device_keys(self) -> Json:
        """The signed `DeviceKeys` object of this device."""
        keys: Json = {
            "user_id": self.user_id,
            "device_id": self.device_id,
            "algorithms": [OLM, MEGOLM],
            "keys": {
                f"curve25519:{self.device_id}": self.curve25519,
                f"ed25519:{self.device_id}": self.ed25519,
            },
        }
        return self._signed(keys)

    def save(self, step: Step) -> None:
        record = AccountRecord(self._olm.pickle(self._vault.pickle_key), self._announced)
        step.put(record, *self._key)

    def answer(self, sender_key: str, message: PreKeyMessage) -> tuple[Session, bytes]:
        """A session from a pre-key message and the message's plaintext; the one-time key is used up.

        The caller saves. Raises ValueError.
        """
        session, plaintext = self._olm.create_inbound_session(Curve25519PublicKey.from_base64(sender_key), message)
        return session, bytes(plaintext)

    def start(self, device_key: str, one_time_key: str) -> Session:
        """A session towards a device from a claimed key. Raises ValueError."""
        return self._olm.create_outbound_session(
            Curve25519PublicKey.from_base64(device_key), Curve25519PublicKey.from_base64(one_time_key)
        )

    def note_stock(self, counts: Json | None, unused_fallback: Sequence[str] | None) -> None:
        """What a sync response, taken in, says about the keys that the homeserver still has for us.

        An algorithm that is not listed counts 0. Without any count the homeserver is asked at the next upload.
        """
        self._unsure = False
        self._stock = None if counts is None else _count(counts)
        if unused_fallback is not None:
            self._fallback_wanted = ONE_TIME not in unused_fallback

    async def publish(self, caller: Caller) -> None:
        """Upload what is due: device keys once, one-time keys when they run low, a fallback key once one was used.

        Raises MatrixError kinds, and :class:`DeviceLost`. Calls wait for one another.
        """
        async with self._publishing:
            await self._publish(caller)

    async def _publish(self, caller: Caller) -> None:
        if not self._announced:
            await self._refuse_foreign_keys(caller)
            await self._upload(caller, {"device_keys": self.device_keys()})
        if self._stock is None:
            await self._upload(caller, {})
        if self._unsure:
            return
        self._provide()
        one_time = {f"{ONE_TIME}:{name}": self._signed({"key": key.to_base64()}) for name, key in self._fresh()}
        fallback = {
            f"{ONE_TIME}:{name}": self._signed({"key": key.to_base64(), "fallback": True})
            for name, key in self._fresh_fallback()
        }
        if one_time or fallback:
            body: Json = {"one_time_keys": one_time, "fallback_keys": fallback}
            await self._upload(caller, {part: keys for part, keys in body.items() if keys})

    def _fresh(self) -> list[tuple[str, Curve25519PublicKey]]:
        return list(self._olm.one_time_keys.items())

    def _fresh_fallback(self) -> list[tuple[str, Curve25519PublicKey]]:
        return list(self._olm.fallback_key.items())  # type: ignore[attr-defined]

    def _provide(self) -> None:
        """Make the keys that are missing, and save them before anybody can be given one."""
        missing = ENOUGH - (self._stock or 0) - len(self._fresh())
        wants_keys = missing > ENOUGH // 2 and not self._fresh()
        wants_fallback = self._fallback_wanted and not self._fresh_fallback()
        if not (wants_keys or wants_fallback):
            return
        if wants_keys:
            self._olm.generate_one_time_keys(missing)
        if wants_fallback:
            self._olm.generate_fallback_key()  # type: ignore[attr-defined]
        self._save_now()

    async def _upload(self, caller: Caller, body: Json) -> None:
        try:
            answer = await caller.json("POST", UPLOAD, body=body)
        except MatrixError as refused:
            if refused.status == 400 and "already exists" in refused.message:
                raise DeviceLost(
                    f"the homeserver holds one-time keys of device {self.device_id} that this store does not have; "
                    "log in again as a new device"
                ) from refused
            raise
        counts = answer.get("one_time_key_counts")
        self._stock = _count(counts if isinstance(counts, dict) else {})
        if "device_keys" in body:
            self._announced = True
        if "one_time_keys" in body or "fallback_keys" in body:
            self._olm.mark_keys_as_published()
            self._fallback_wanted = False
        if body:
            self._save_now()

    async def _refuse_foreign_keys(self, caller: Caller) -> None:
        """Other clients pin a device's keys: under new ones this device would be taken for an impostor."""
        answer = await caller.json("POST", QUERY, body={"device_keys": {self.user_id: [self.device_id]}})
        device = answer.get("device_keys", {}).get(self.user_id, {}).get(self.device_id)
        if device is not None and device.get("keys", {}).get(f"ed25519:{self.device_id}") != self.ed25519:
            raise DeviceLost(
                f"device {self.device_id} already has other keys on the homeserver than this store; "
                "log in again as a new device"
            )

    def _save_now(self) -> None:
        step = self._vault.step()
        self.save(step)
        try:
            step.commit()
        except BaseException:
            self.reload()
            raise

    def _signed(self, value: Json) -> Json:
        return signed(value, self.user_id, f"ed25519:{self.device_id}", self.sign)


def _count(counts: Json) -> int:
    count = counts.get(ONE_TIME, 0)
    return count if isinstance(count, int) else 0
