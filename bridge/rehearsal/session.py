"""One user on one device against one homeserver: syncing, decrypting, waiting, sending.

:class:`~bridge.rehearsal.client.StaffClient` adds what a person does with it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Self
from uuid import uuid4

import aiohttp
import orjson

from bridge.model.event import Event, Json
from bridge.model.ports import MatrixError
from bridge.rehearsal.device import CannotDecrypt, EncryptedDevice
from bridge.rehearsal.homeserver import Account
from bridge.rehearsal.rooms import RoomView, event_from
from bridge.rehearsal.wire import Wire, is_passing, segment

LONG_POLL_MS = 30_000
WAIT_SECONDS = 20.0

Predicate = Callable[[Event], bool]


class Session:
    """One user on one device. Use as an async context manager, or call :meth:`start` and :meth:`close`.

    Everything it has received stands in :attr:`events` in the order of arrival, decrypted where a key was there;
    what had no key is listed with ``sealed`` set and replaced in place when its key arrives. Whether the sender's
    device is trustworthy is not judged: ``trust`` keeps its default. All calls raise
    :class:`~bridge.model.ports.MatrixError` when the homeserver refuses; passing failures are retried first.
    """

    def __init__(
        self, url: str, account: Account, store: Path, session: aiohttp.ClientSession, *, light: bool = False
    ) -> None:
        self.account = account
        self.events: list[Event] = []
        self.invitations: dict[str, str] = {}
        """Room id to inviter, of invitations not yet answered."""
        self.rooms: dict[str, RoomView] = {}
        self._light = light
        self.wire = Wire(url, session, account.access_token)
        self._device = EncryptedDevice(account, store, self.wire, session)
        self._filter = orjson.dumps(_filter(20 if light else 100)).decode()
        self._since: str | None = None
        self._seen: dict[str, int] = {}
        self._arrived = asyncio.Condition()
        self._stepping = asyncio.Lock()
        self._keys = asyncio.Lock()
        self._loop: asyncio.Task[None] | None = None

    @property
    def user_id(self) -> str:
        return self.account.user_id

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Sync once, so that others find our keys, and (unless light) go on syncing in the background."""
        await self.catch_up()
        if not self._light:
            self._loop = asyncio.create_task(self._sync_forever(), name=f"sync of {self.user_id}")

    async def close(self) -> None:
        """Stop syncing and close the key store."""
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop
            self._loop = None
        self._device.close()

    # Receiving.

    async def catch_up(self) -> None:
        """Take everything the homeserver has for us now."""
        while await self._step(0):
            pass

    async def wait_for(self, predicate: Predicate, timeout_s: float = WAIT_SECONDS, *, after: int = 0) -> Event:
        """The first received event, from position ``after`` of :attr:`events` on, that satisfies ``predicate``.

        Raises :class:`TimeoutError` with what was received instead.
        """
        found: list[Event] = []

        def met() -> bool:
            found[:] = [event for event in self.events[after:] if predicate(event)][:1]
            return bool(found)

        await self._until(met, timeout_s, lambda: [_summary(event) for event in self.events[after:]][-12:])
        return found[0]

    async def wait_for_text(
        self, room_id: str, part: str, timeout_s: float = WAIT_SECONDS, *, after: int = 0, sender: str | None = None
    ) -> Event:
        """The first message in the room whose body contains ``part``, from ``sender`` if given."""
        return await self.wait_for(
            lambda event: (
                event.room_id == room_id
                and part in str(event.content.get("body", ""))
                and sender in (None, event.sender)
            ),
            timeout_s,
            after=after,
        )

    async def wait_for_invitation(self, room_id: str, timeout_s: float = WAIT_SECONDS) -> str:
        """Who invited us to the room, once somebody has."""
        await self._until(lambda: room_id in self.invitations, timeout_s, lambda: list(self.invitations))
        return self.invitations[room_id]

    async def wait_until_members(self, room_id: str, users: set[str], timeout_s: float = WAIT_SECONDS) -> None:
        """Return once all ``users`` are seen joined."""
        await self._until(
            lambda: users <= self.room(room_id).joined, timeout_s, lambda: sorted(self.room(room_id).joined)
        )

    def room(self, room_id: str) -> RoomView:
        """What we know of a room; empty when nothing has been received yet."""
        return self.rooms.setdefault(room_id, RoomView())

    # Sending.

    async def send(self, room_id: str, event_type: str, content: Json, *, txn_id: str | None = None) -> str:
        """Send any message event, encrypted where the room is and the type allows it.

        Repeating a call with the same ``txn_id`` sends nothing twice (but encrypts anew).
        """
        if self._light:
            await self.catch_up()
        room = await self.known(room_id)
        path = f"/_matrix/client/v3/rooms/{segment(room_id)}/send"
        if not room.encrypted or event_type == "m.reaction":
            answer = await self.wire.call("PUT", f"{path}/{segment(event_type)}/{txn_id or uuid4().hex}", content)
        else:
            # One lock for all rooms: the key machinery is not made for two shares at once.
            async with self._keys:
                wire = await self._device.encrypt(room_id, room.key_holders, event_type, content)
            answer = await self.wire.call("PUT", f"{path}/m.room.encrypted/{txn_id or uuid4().hex}", wire)
        return str(answer["event_id"])

    # Inside.

    async def known(self, room_id: str) -> RoomView:
        """The room's view once our own join has come down /sync: before that, nobody's keys are known.

        Who else is in it is asked once, as Element does: the state that comes with the join may leave somebody out
        where many came at once.
        """
        room = self.room(room_id)
        await self._until(
            lambda: self.user_id in room.joined,
            WAIT_SECONDS,
            lambda: [f"{self.user_id} is not seen in {room_id}"],
        )
        if not room.members_asked:
            members = await self.wire.call("GET", f"/_matrix/client/v3/rooms/{segment(room_id)}/members")
            for event in members["chunk"]:
                room.apply(event, only_newer=True)
            room.members_asked = True
        return room

    async def _until(self, met: Callable[[], bool], timeout_s: float, seen: Callable[[], list[str]]) -> None:
        clock = asyncio.get_running_loop()
        deadline = clock.time() + timeout_s
        while not met():
            left = deadline - clock.time()
            if left <= 0:
                raise TimeoutError(f"{self.user_id} waited {timeout_s:g} s; last seen: {seen()}")
            if self._loop is None:
                # Never cancelled half-way: a response taken in part would be taken again.
                await self._step(int(min(left, 2.0) * 1000))
                continue
            if self._loop.done():
                self._loop.result()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left), self._arrived:
                    await self._arrived.wait_for(lambda: met() or self._loop_ended())

    def _loop_ended(self) -> bool:
        return self._loop is None or self._loop.done()

    async def _sync_forever(self) -> None:
        pause = 0.1
        while True:
            try:
                await self._step(LONG_POLL_MS)
                pause = 0.1
            except MatrixError as error:
                if not is_passing(error):
                    async with self._arrived:
                        self._arrived.notify_all()
                    raise
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    async def _step(self, timeout_ms: int) -> bool:
        """One /sync; returns whether it brought anything."""
        async with self._stepping:
            query = {"timeout": str(timeout_ms), "filter": self._filter, "set_presence": "offline"}
            if self._since is not None:
                query["since"] = self._since
            sync = await self.wire.once(
                "GET", "/_matrix/client/v3/sync", query=query, timeout_s=timeout_ms / 1000 + 60
            )
            async with self._keys:
                keys_came = await self._device.receive(sync)
                self._take(sync)
                if keys_came:
                    self._retry_sealed()
            self._since = str(sync["next_batch"])
        async with self._arrived:
            self._arrived.notify_all()
        return keys_came or "rooms" in sync

    def _take(self, sync: Json) -> None:
        rooms = sync.get("rooms", {})
        for room_id, part in rooms.get("invite", {}).items():
            for event in part.get("invite_state", {}).get("events", []):
                if event.get("type") == "m.room.member" and event.get("state_key") == self.user_id:
                    self.invitations[room_id] = str(event["sender"])
        for kind in ("join", "leave"):
            for room_id, part in rooms.get(kind, {}).items():
                self.invitations.pop(room_id, None)
                view = self.room(room_id)
                # In a room that we know, state may be of one branch of a forked history, older than what we hold.
                known = self.user_id in view.joined
                for event in part.get("state", {}).get("events", []):
                    view.apply(event, only_newer=known)
                for event in part.get("timeline", {}).get("events", []):
                    view.apply(event)
                    self._receive(room_id, event)

    def _receive(self, room_id: str, raw: Json) -> None:
        event = self._open(event_from(room_id, raw), raw)
        if event.event_id in self._seen:
            return
        self._seen[event.event_id] = len(self.events)
        self.events.append(event)

    def _open(self, event: Event, raw: Json) -> Event:
        if event.type != "m.room.encrypted" or event.redacted:
            return event
        try:
            payload = self._device.decrypt(event.room_id, event.content)
        except CannotDecrypt as reason:
            return event_from(event.room_id, raw, sealed=str(reason))
        return event_from(event.room_id, raw, payload=payload)

    def _retry_sealed(self) -> None:
        for place, event in enumerate(self.events):
            if event.sealed is not None:
                self.events[place] = self._open(event, orjson.loads(event.raw))


def _filter(limit: int) -> Json:
    nothing: Json = {"not_types": ["*"]}
    return {
        "presence": nothing,
        "account_data": nothing,
        "room": {"timeline": {"limit": limit}, "ephemeral": nothing, "account_data": nothing},
    }


def _summary(event: Event) -> str:
    if event.sealed is not None:
        return f"{event.sender} (sealed: {event.sealed})"
    return f"{event.sender} {event.type}: {str(event.content.get('body', ''))[:60]}"
