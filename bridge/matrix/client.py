"""The homeserver port on the client-server API, for one device."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import BinaryIO
from urllib.parse import quote

import structlog

from bridge.matrix import media
from bridge.matrix.parse import Reader
from bridge.matrix.receipts import receipts_of
from bridge.matrix.requests import MEBIBYTE, Requests, path
from bridge.matrix.sealing import Sealing
from bridge.matrix.wire import Unreadable
from bridge.model.event import Batch, Event, Json, Page
from bridge.model.ports import MatrixError, NotFound, RoomStates, Sent, TokenRevoked, Unreachable

log = structlog.get_logger(__name__)

SYNC_LIMIT = 256 * MEBIBYTE
SYNC_SLACK = 60.0
FIRST_SYNC_SECONDS = 900.0
ALWAYS_CLEAR = frozenset({"m.reaction", "m.room.redaction"})

_NOTHING = {"not_types": ["*"]}
SYNC_FILTER = json.dumps(
    {
        "room": {
            "timeline": {"limit": 100},
            "state": {"lazy_load_members": False},
            "ephemeral": _NOTHING,
            "account_data": _NOTHING,
        },
        "presence": _NOTHING,
        "account_data": _NOTHING,
    },
    separators=(",", ":"),
)


def _only_receipts(room_id: str) -> str:
    room = {
        "rooms": [room_id],
        "timeline": {"limit": 1, **_NOTHING},
        "state": _NOTHING,
        "ephemeral": {"types": ["m.receipt"]},
        "account_data": _NOTHING,
    }
    return json.dumps({"room": room, "presence": _NOTHING, "account_data": _NOTHING}, separators=(",", ":"))


class MatrixHomeserver:
    """:class:`bridge.model.ports.Homeserver` as one device (``user_id``, ``device_id``).

    ``crypto`` holds the keys, ``states`` is the current room state that the ledger keeps. The client owns
    ``requests`` and closes it.
    """

    def __init__(
        self, requests: Requests, *, user_id: str, device_id: str, crypto: Sealing, states: RoomStates
    ) -> None:
        self._requests = requests
        self._user_id = user_id
        self._device_id = device_id
        self._crypto = crypto
        self._states = states
        self._reader = Reader(user_id, crypto.open)
        self._encrypted: set[str] = set()
        self._upload_limit: object = None
        """As the homeserver said it; None until it was asked, 0 when it does not say."""
        self._upkeep: asyncio.Task[None] | None = None
        self._upkeep_due = False

    @property
    def user_id(self) -> str:
        return self._user_id

    @property
    def device_id(self) -> str:
        return self._device_id

    async def sync(self, since: str | None, timeout_ms: int) -> Batch:
        self._raise_upkeep_failure()
        query = {"filter": SYNC_FILTER, "timeout": str(timeout_ms), "set_presence": "offline"}
        if since is not None:
            query["since"] = since
        body = await self._requests.raw(
            "GET",
            path("sync"),
            query=query,
            seconds=FIRST_SYNC_SECONDS if since is None else timeout_ms / 1000 + SYNC_SLACK,
            limit=SYNC_LIMIT,
        )
        try:
            answer = self._reader.sync(body)
        except Unreadable:
            raise _not_matrix() from None
        received = await self._crypto.receive(answer.keys())
        joined = [
            room_id
            for room_id in (answer.limited_rooms() if since is not None else ())
            if self._user_id in await self._states.members(room_id)
        ]
        batch = self._reader.batch(answer, since=since, joined=joined, received=received)
        self._remember_encryption(batch)
        self._start_upkeep()
        return batch

    async def messages(self, room_id: str, *, since: str, until: str | None, limit: int = 100) -> Page:
        query = {"dir": "f", "from": since, "limit": str(limit)}
        if until:
            query["to"] = until
        body = await self._requests.raw("GET", path("rooms", room_id, "messages"), query=query, limit=SYNC_LIMIT)
        try:
            return self._reader.page(room_id, body, since=since, until=until)
        except Unreadable:
            raise _not_matrix() from None

    async def event(self, room_id: str, event_id: str) -> Event | None:
        try:
            body = await self._requests.raw("GET", path("rooms", room_id, "event", event_id))
        except NotFound:
            return None
        found = self._reader.event(room_id, body)
        if found is None or found.event_id != event_id:
            raise _not_matrix()
        return found

    async def token_after(self, room_id: str, event_id: str) -> str:
        place = path("rooms", room_id, "context", event_id)
        return _named(await self._requests.json("GET", place, query={"limit": "0"}), "end")

    async def doubt_keys(self) -> None:
        self._crypto.doubt()

    async def open_again(self, room_id: str, raw: bytes) -> Event:
        found = self._reader.event(room_id, raw)
        if found is None:
            raise ValueError("these bytes were never an event")
        return found

    async def full_state(self, room_id: str) -> Sequence[Event]:
        body = await self._requests.raw("GET", path("rooms", room_id, "state"), limit=SYNC_LIMIT)
        try:
            return self._reader.full_state(room_id, body)
        except Unreadable:
            raise _not_matrix() from None

    async def read_state(self, room_id: str, event_type: str, state_key: str = "") -> Json | None:
        try:
            return await self._requests.json("GET", _state_path(room_id, event_type, state_key))
        except NotFound:
            return None

    async def receipts(self, room_id: str) -> Mapping[str, int]:
        """See the port. A sync from the beginning, of this room's receipts alone: it moves no token of ours, and
        what it says of keys comes again to the sync that reads them."""
        query = {"filter": _only_receipts(room_id), "timeout": "0", "set_presence": "offline"}
        body = await self._requests.raw("GET", path("sync"), query=query, seconds=SYNC_SLACK, limit=SYNC_LIMIT)
        return receipts_of(body, room_id)

    async def send(self, room_id: str, event_type: str, content: Json, txn_id: str) -> Sent:
        """See the port. A room whose state we have not read yet is :class:`Unreachable` (`room_not_read`):
        whether to encrypt, and to whom, is not known, and the next sync will bring it."""
        if event_type not in ALWAYS_CLEAR and await self._is_encrypted(room_id):
            content = await self._crypto.seal(room_id, event_type, content)
            event_type = "m.room.encrypted"
        return await self._sent("PUT", path("rooms", room_id, "send", event_type, txn_id), content)

    async def redact(self, room_id: str, event_id: str, reason: str | None, txn_id: str) -> Sent:
        return await self._sent("PUT", path("rooms", room_id, "redact", event_id, txn_id), _because({}, reason))

    async def set_state(self, room_id: str, event_type: str, state_key: str, content: Json) -> Sent:
        return await self._sent("PUT", _state_path(room_id, event_type, state_key), content)

    async def invite(self, room_id: str, user_id: str, reason: str | None) -> None:
        await self._membership(room_id, "invite", user_id, reason)

    async def kick(self, room_id: str, user_id: str, reason: str | None) -> None:
        await self._membership(room_id, "kick", user_id, reason)

    async def ban(self, room_id: str, user_id: str, reason: str | None) -> None:
        await self._membership(room_id, "ban", user_id, reason)

    async def unban(self, room_id: str, user_id: str, reason: str | None) -> None:
        await self._membership(room_id, "unban", user_id, reason)

    async def join(self, room_id_or_alias: str) -> str:
        return _named(await self._requests.json("POST", path("join", room_id_or_alias), body={}), "room_id")

    async def leave(self, room_id: str) -> None:
        await self._requests.json("POST", path("rooms", room_id, "leave"), body={})

    async def resolve(self, alias: str) -> str:
        return _named(await self._requests.json("GET", path("directory", "room", alias)), "room_id")

    async def create_direct(self, user_id: str) -> str:
        body: Json = {
            "preset": "trusted_private_chat",
            "visibility": "private",
            "is_direct": True,
            "invite": [user_id],
            "initial_state": [
                {
                    "type": "m.room.encryption",
                    "state_key": "",
                    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
                }
            ],
        }
        room_id = _named(await self._requests.json("POST", path("createRoom"), body=body), "room_id")
        self._encrypted.add(room_id)
        return room_id

    async def reserve_media(self) -> str:
        mxc = _named(await self._requests.json("POST", "/_matrix/media/v1/create", body={}), "content_uri")
        media.parse_mxc(mxc)
        return mxc

    async def fill_media(self, mxc: str, data: bytes | BinaryIO, content_type: str) -> None:
        address = media.parse_mxc(mxc)
        place = f"/_matrix/media/v3/upload/{quote(address.server, safe='')}/{address.media_id}"
        try:
            await self._requests.upload("PUT", place, data, content_type)
        except MatrixError as refused:
            if refused.errcode != "M_CANNOT_OVERWRITE_MEDIA":
                raise

    async def upload_limit(self) -> int | None:
        if self._upload_limit is None:
            self._upload_limit = (await self._media_config()).get("m.upload.size", 0)
        limit = self._upload_limit
        return limit if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0 else None

    async def _media_config(self) -> Json:
        """The media configuration where specification 1.11 has it, else where it was before, else nothing."""
        for place in ("/_matrix/client/v1/media/config", "/_matrix/media/v3/config"):
            try:
                return await self._requests.json("GET", place)
            except MatrixError as refused:
                if refused.status != 404 and refused.errcode != "M_UNRECOGNIZED":
                    raise
        return {}

    async def encrypt_attachment(self, source: BinaryIO, target: BinaryIO) -> Json:
        return await media.encrypt_attachment(source, target)

    def download(self, mxc: str, *, file: Json | None, limit: int) -> AsyncIterator[bytes]:
        return media.download(self._requests, mxc, file=file, limit=limit)

    async def close(self) -> None:
        if self._upkeep is not None and not self._upkeep.done():
            self._upkeep.cancel()
            await asyncio.wait([self._upkeep])
        await self._requests.close()

    async def _is_encrypted(self, room_id: str) -> bool:
        """Encrypted once, encrypted for ever: what the `m.room.encryption` event says later changes nothing."""
        if room_id not in self._encrypted:
            if await self._states.state(room_id, "m.room.encryption") is not None:
                self._encrypted.add(room_id)
            elif await self._states.state(room_id, "m.room.create") is None:
                raise Unreachable("room_not_read", "the state of this room has not been read yet")
        return room_id in self._encrypted

    def _remember_encryption(self, batch: Batch) -> None:
        """The room is encrypted from this moment, even before the ledger has taken the batch."""
        for room in batch.rooms:
            for event in (*room.state, *room.timeline):
                if event.type == "m.room.encryption" and event.state_key == "":
                    self._encrypted.add(room.room_id)

    def _start_upkeep(self) -> None:
        """Key upkeep runs beside the next long poll, so that no message waits for it; one at a time."""
        self._upkeep_due = True
        finished_well = self._upkeep is not None and self._upkeep.done() and not self._upkeep.exception()
        if self._upkeep is None or finished_well:
            self._upkeep = asyncio.create_task(self._keep_up())

    async def _keep_up(self) -> None:
        while self._upkeep_due:
            self._upkeep_due = False
            try:
                await self._crypto.upkeep()
            except TokenRevoked:
                raise
            except MatrixError as refused:
                log.warning("key upkeep failed", errcode=refused.errcode, status=refused.status)

    def _raise_upkeep_failure(self) -> None:
        """A refusal is tried again after the next sync; a full disk or a defect is raised to whoever syncs."""
        if self._upkeep is not None and self._upkeep.done():
            finished, self._upkeep = self._upkeep, None
            finished.result()

    async def _membership(self, room_id: str, act: str, user_id: str, reason: str | None) -> None:
        body = _because({"user_id": user_id}, reason)
        await self._requests.json("POST", path("rooms", room_id, act), body=body)

    async def _sent(self, method: str, where: str, content: Json) -> Sent:
        return Sent(_named(await self._requests.json(method, where, body=content), "event_id"))


def _state_path(room_id: str, event_type: str, state_key: str) -> str:
    return path("rooms", room_id, "state", event_type, *([state_key] if state_key else []))


def _because(body: Json, reason: str | None) -> Json:
    return body if reason is None else {**body, "reason": reason}


def _named(answer: Json, key: str) -> str:
    value = answer.get(key)
    if not isinstance(value, str) or not value:
        raise _not_matrix()
    return value


def _not_matrix() -> Unreachable:
    return Unreachable("not_matrix", "the answer has not the shape that Matrix gives it", status=200)
