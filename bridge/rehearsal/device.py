"""The end-to-end encryption of one simulated device: matrix-nio's Olm machine on a store of its own.

nio makes the key requests (upload, query, claim) and does the cryptography. Who is in a room, and therefore gets
its keys, is told from outside, so nio's own idea of rooms (which knows no room version 12) is never asked.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import orjson
import vodozemac
from nio import AsyncClient, AsyncClientConfig, ErrorResponse
from nio.responses import SyncResponse
from nio.store import SqliteStore
from peewee import SqliteDatabase

from bridge.model.event import Json
from bridge.model.ports import MatrixError
from bridge.rehearsal.homeserver import Account
from bridge.rehearsal.wire import Wire, segment

MEGOLM = "m.megolm.v1.aes-sha2"


class _QuickDatabase(SqliteDatabase):
    """Points nio's model classes at this database and leaves them there until another store needs them.

    nio binds and unbinds them, with a walk over their whole graph, around each of thousands of small queries: two
    thirds of the time of thirty clients. All of nio's stores bind before they use a model, so nothing is confused.
    """

    def bind_ctx(  # type: ignore[override]  # any context manager will do for nio
        self, models: Iterable[Any], bind_refs: bool = True, bind_backrefs: bool = True
    ) -> AbstractContextManager[None]:
        for model in models:
            if model._meta.database is not self:
                model._meta.set_database(self)
        return nullcontext()


class _QuickStore(SqliteStore):  # type: ignore[misc]  # nio has no types
    """nio's store with a write-ahead log: safe against kill -9, without a sync of the disk for every key."""

    def _create_database(self) -> SqliteDatabase:
        return _QuickDatabase(
            self.database_path, pragmas={"foreign_keys": 1, "journal_mode": "wal", "synchronous": "normal"}
        )


class CannotDecrypt(Exception):
    """The key of this message is not (yet) here, or the message is broken."""


class EncryptedDevice:
    """The keys of one device, kept under ``store`` (mode 0700) with a random pickle key.

    Not for use from two tasks at once: :class:`~bridge.rehearsal.client.StaffClient` holds a lock around it.
    """

    def __init__(self, account: Account, store: Path, wire: Wire, session: aiohttp.ClientSession) -> None:
        store.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._account = account
        self._wire = wire
        self._shared: dict[str, frozenset[tuple[str, str]]] = {}
        self._nio = AsyncClient(
            wire.url,
            account.user_id,
            account.device_id,
            store_path=str(store),
            config=AsyncClientConfig(
                store=_QuickStore,
                store_name="olm.db",
                pickle_key=_pickle_key(store),
                encryption_enabled=True,
                store_sync_tokens=False,
                max_timeouts=8,
            ),
        )
        self._nio.client_session = session
        self._nio.restore_login(account.user_id, account.device_id, account.access_token)
        self._olm: Any = self._nio.olm

    def close(self) -> None:
        """Close the store. The HTTP session belongs to whoever passed it in."""
        self._nio.store.database.close()

    async def receive(self, sync: Json) -> bool:
        """Take the key material of one /sync response, and upload, query and claim what it calls for.

        Returns whether to-device messages came, so that messages waiting for a key may be tried again.
        """
        to_device = sync.get("to_device", {}).get("events", [])
        devices = sync.get("device_lists", {})
        keys_left = sync.get("device_one_time_keys_count", {}).get("signed_curve25519", 0)
        part = {
            "next_batch": sync["next_batch"],
            "to_device": {"events": to_device},
            "device_lists": {"changed": [], "left": []},
            "device_one_time_keys_count": {"signed_curve25519": keys_left},
        }
        response = SyncResponse.from_dict(part)
        _expect(response)
        await self._nio.receive_response(response)
        self._olm.uploaded_key_count = keys_left  # nio keeps an older count when the server says 0
        self._olm.add_changed_users(self._olm.tracked_users & set(devices.get("changed", [])))
        self._olm.tracked_users -= set(devices.get("left", []))
        await self._keep_up()
        return bool(to_device)

    async def encrypt(self, room_id: str, recipients: Iterable[str], event_type: str, content: Json) -> Json:
        """The `m.room.encrypted` content for a message that the devices of ``recipients`` can read.

        `m.relates_to` stays in clear beside the rest.
        """
        inner = {key: value for key, value in content.items() if key != "m.relates_to"}
        payload = {"type": event_type, "content": inner, "room_id": room_id}
        wire = await self.seal(room_id, recipients, orjson.dumps(payload).decode())
        if "m.relates_to" in content:
            wire["m.relates_to"] = content["m.relates_to"]
        return wire

    async def seal(self, room_id: str, recipients: Iterable[str], plaintext: str) -> Json:
        """Any plaintext as the next message of our Megolm session in a room.

        The session is replaced when the set of the recipients' devices has changed since it was shared. Unverified
        devices get the key, as in Element's default.
        """
        users = sorted(set(recipients))
        self._olm.add_changed_users(set(users) - self._olm.tracked_users)
        await self._query()
        devices = frozenset(
            (user, device.id)
            for user in users
            for device in self._olm.device_store.active_user_devices(user)
            if (user, device.id) != (self._account.user_id, self._account.device_id)
        )
        if self._shared.get(room_id) != devices or self._olm.should_share_group_session(room_id):
            await self._share(room_id, users)
            self._shared[room_id] = devices
        session = self._olm.outbound_group_sessions[room_id]
        return {
            "algorithm": MEGOLM,
            "sender_key": self._olm.account.identity_keys["curve25519"],
            "ciphertext": session.encrypt(plaintext),
            "session_id": session.id,
            "device_id": self._account.device_id,
        }

    def decrypt(self, room_id: str, content: Json) -> Json:
        """The payload (`type`, `content`, `room_id`) of an `m.room.encrypted` content.

        Raises :class:`CannotDecrypt`.
        """
        session = self._olm.inbound_group_store.get(room_id, content.get("sender_key"), content.get("session_id"))
        if session is None:
            raise CannotDecrypt("no key for this message")
        try:
            plaintext, _ = session.decrypt(content["ciphertext"])
        except (vodozemac.MegolmDecryptionException, vodozemac.DecodeException, KeyError) as error:
            raise CannotDecrypt(str(error)) from error
        try:
            payload = orjson.loads(plaintext)
        except orjson.JSONDecodeError as error:
            raise CannotDecrypt(str(error)) from error
        if not isinstance(payload, dict) or payload.get("room_id") != room_id:
            raise CannotDecrypt("the payload belongs to another room")
        if not isinstance(payload.get("type"), str) or not isinstance(payload.get("content"), dict):
            raise CannotDecrypt("the payload is no event")
        return payload

    async def _keep_up(self) -> None:
        for response in await self._nio.send_to_device_messages():
            _expect(response)
        if self._nio.should_upload_keys:
            _expect(await self._nio.keys_upload())
        await self._query()
        if self._nio.should_claim_keys:
            _expect(await self._nio.keys_claim(self._nio.get_users_for_key_claiming()))

    async def _query(self) -> None:
        if self._nio.should_query_keys:
            _expect(await self._nio.keys_query())

    async def _share(self, room_id: str, users: list[str]) -> None:
        self._olm.outbound_group_sessions.pop(room_id, None)
        missing = self._olm.get_missing_sessions(users)
        if missing:
            _expect(await self._nio.keys_claim(missing))
        for _, messages in self._olm.share_group_session_parallel(room_id, users, ignore_unverified_devices=True):
            path = f"/_matrix/client/v3/sendToDevice/m.room.encrypted/{segment(str(uuid4()))}"
            await self._wire.call("PUT", path, messages)
        self._olm.outbound_group_sessions[room_id].shared = True


def _pickle_key(store: Path) -> str:
    path = store / "pickle.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32))
    return path.read_text()


def _expect(response: object) -> None:
    if isinstance(response, ErrorResponse):
        raise MatrixError(str(response.status_code or "M_UNKNOWN"), str(response.message))
