"""A homeserver in the same process that does as it is told: answers, loses answers, repeats, forgets, goes back.

It speaks enough of the Client-Server API for :class:`bridge.matrix.client.MatrixHomeserver`. Rooms and people
are moved by plain calls (`fake.say(room, user, "siap")`), faults are ordered (`fake.fail("PUT */send/*",
"drop", after=True)`), and every request is in `fake.calls`. Its time is the clock that it is given.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from types import TracebackType
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.model.clock import Clock
from bridge.model.event import Json
from tests.fakes.endpoints import routes
from tests.fakes.faults import Fault, Kind
from tests.fakes.keys import Keys
from tests.fakes.world import Refused, Room, Stored, View, World, annotation_of

DAY_MS = 24 * 3600 * 1000
PASSWORD = "kata-sandi-panggung"
"""Everybody's password, unless another is given."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Call:
    """One request as it came, and how it was answered (0: not at all)."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    user_id: str | None
    status: int

    def json(self) -> Json:
        return dict(msgspec.json.decode(self.body))


@dataclass(frozen=True)
class Snapshot:
    world: World
    keys: Keys
    transactions: dict[tuple[str, ...], tuple[str, int]]
    media: dict[str, tuple[bytes, str] | None]


class FakeHomeserver:
    """Use it as `async with FakeHomeserver(clock) as fake`, and give `fake.url` and `fake.token(user)` to a client.

    ``step`` None delivers like Synapse (a window of the last events, `limited`); a number lets one sync response
    cover at most so many events of the stream, so that a long replay has no gaps. ``journal`` False keeps no calls.
    """

    def __init__(
        self, clock: Clock, *, server_name: str = "fake.test", step: int | None = None, journal: bool = True
    ) -> None:
        self.clock = clock
        self.world = World(clock, server_name)
        self.keys = Keys()
        self.step = step
        self.faults: list[Fault] = []
        self.calls: list[Call] = []
        self.passwords: dict[str, str] = {}
        self.tokens: dict[str, tuple[str, str]] = {}
        self.aliases: dict[str, str] = {}
        self.media: dict[str, tuple[bytes, str] | None] = {}
        self.upload_limit = 50_000_000
        self.shuffle: Random | None = None
        """Set it, and the next sync response that has events gives each room's new ones in another order."""
        self._transactions: dict[tuple[str, ...], tuple[str, int]] = {}
        self._again: dict[str, list[Stored]] = {}
        self._branch: dict[str, list[Stored]] = {}
        self._news = asyncio.Event()
        self._parked = asyncio.Event()
        self._journal = journal
        self._server: TestServer | None = None

    # -- starting and stopping

    async def __aenter__(self) -> FakeHomeserver:
        app = web.Application(middlewares=[self._middleware()], client_max_size=256 * 1024 * 1024)
        app.add_routes(routes(self))
        self._server = TestServer(app)
        await self._server.start_server(access_log=None)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for fault in self.faults:
            fault.released.set()
        self._wake()
        if self._server is not None:
            await self._server.close()

    @property
    def url(self) -> str:
        assert self._server is not None, "the fake homeserver has not been started"
        return str(self._server.make_url("")).rstrip("/")

    # -- accounts

    def user(self, localpart: str, password: str = PASSWORD) -> str:
        user_id = localpart if localpart.startswith("@") else f"@{localpart}:{self.world.server_name}"
        self.passwords[user_id] = password
        return user_id

    def token(self, user_id: str, device_id: str = "DEVICE") -> str:
        """An access token of this device; a new one at every call, the older ones stay good."""
        token = "token_" + self.world.unique("token")
        self.tokens[token] = (user_id, device_id)
        return token

    def revoke(self, user_id: str) -> None:
        self.tokens = {token: owner for token, owner in self.tokens.items() if owner[0] != user_id}
        self._wake()

    # -- what people do

    def room(
        self,
        creator: str,
        *members: str,
        version: str = "12",
        name: str | None = None,
        encrypted: bool = False,
        levels: dict[str, int] | None = None,
        create: Json | None = None,
    ) -> str:
        room = self.world.create(creator, version, create)
        room_id = room.room_id
        if levels:
            users = {**(room.content("m.room.power_levels") or {})["users"], **levels}
            self.state(room_id, creator, "m.room.power_levels", {"users": users})
        if name is not None:
            self.state(room_id, creator, "m.room.name", {"name": name})
        if encrypted:
            self.state(room_id, creator, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
        for member in members:
            self.invite(room_id, creator, member)
            self.join(room_id, member)
        return room_id

    def say(self, room_id: str, sender: str, content: str | Json, event_type: str = "m.room.message") -> str:
        """A message: text, or any content."""
        full = {"msgtype": "m.text", "body": content} if isinstance(content, str) else content
        return self._did(self.world.append(self.world.rooms[room_id], sender, event_type, full))

    def react(self, room_id: str, sender: str, target: str, key: str) -> str:
        relation = {"rel_type": "m.annotation", "event_id": target, "key": key}
        return self.say(room_id, sender, {"m.relates_to": relation}, "m.reaction")

    def photo(self, room_id: str, sender: str, data: bytes, caption: str | None = None, **more: Any) -> str:
        mxc = self.upload(data, "image/jpeg")
        content: Json = {"msgtype": "m.image", "body": caption or "photo.jpg", "url": mxc, **more}
        content.setdefault("info", {"mimetype": "image/jpeg", "size": len(data)})
        if caption is not None:
            content["filename"] = "photo.jpg"
        return self.say(room_id, sender, content)

    def upload(self, data: bytes, content_type: str) -> str:
        mxc = f"mxc://{self.world.server_name}/{self.world.unique('media')[:24]}"
        self.media[mxc] = (data, content_type)
        return mxc

    def redact(self, room_id: str, sender: str, target: str, reason: str | None = None) -> str:
        return self._did(
            self.world.redact(self.world.rooms[room_id], sender, target, reason, device=None, txn_id=None)
        )

    def state(self, room_id: str, sender: str, event_type: str, content: Json, state_key: str = "") -> str:
        return self._did(
            self.world.append(self.world.rooms[room_id], sender, event_type, content, state_key=state_key)
        )

    def invite(self, room_id: str, sender: str, target: str, *, direct: bool = False) -> str:
        return self._member(room_id, sender, target, "invite", {"is_direct": True} if direct else None)

    def join(self, room_id: str, user_id: str, displayname: str | None = None) -> str:
        extra = None if displayname is None else {"displayname": displayname}
        return self._member(room_id, user_id, user_id, "join", extra)

    def leave(self, room_id: str, user_id: str) -> str:
        return self._member(room_id, user_id, user_id, "leave")

    def knock(self, room_id: str, user_id: str) -> str:
        return self._member(room_id, user_id, user_id, "knock")

    def kick(self, room_id: str, sender: str, target: str, reason: str | None = None) -> str:
        return self._member(room_id, sender, target, "leave", None if reason is None else {"reason": reason})

    def ban(self, room_id: str, sender: str, target: str, reason: str | None = None) -> str:
        return self._member(room_id, sender, target, "ban", None if reason is None else {"reason": reason})

    def raw(self, room_id: str, event: Json) -> None:
        """Any JSON object as an event, exactly as given (no id is added)."""
        self._did(self.world.store(self.world.rooms[room_id], event))

    # -- what a test looks at

    def events(self, room_id: str, sender: str | None = None, event_type: str | None = None) -> list[Json]:
        """The room's events as they are now (redacted ones are empty), oldest first."""
        return [
            stored.event
            for stored in self.world.rooms[room_id].events
            if (sender is None or stored.event.get("sender") == sender)
            and (event_type is None or stored.event.get("type") == event_type)
        ]

    def membership(self, room_id: str, user_id: str) -> str:
        return self.world.rooms[room_id].membership(user_id)

    def content(self, room_id: str, event_type: str, state_key: str = "") -> Json | None:
        return self.world.rooms[room_id].content(event_type, state_key)

    def calls_to(self, pattern: str) -> list[Call]:
        """The requests that match a glob on `METHOD /path`, in the order in which they were answered."""
        return [call for call in self.calls if fnmatchcase(f"{call.method} {call.path}", pattern)]

    async def polling(self) -> None:
        """Returns when a device waits in a long poll."""
        await self._parked.wait()

    # -- what goes wrong

    def fail(self, pattern: str, kind: Kind, times: int = 1, **more: Any) -> Fault:
        """Order a fault; see :class:`tests.fakes.faults.Fault`."""
        fault = Fault(pattern, kind, times, **more)
        self.faults.append(fault)
        return fault

    def redeliver(self, room_id: str, event_ids: Sequence[str]) -> None:
        """Give these events once more in the next sync response, before the new ones."""
        known = self.world.rooms[room_id].by_id
        self._again.setdefault(room_id, []).extend(known[event_id] for event_id in event_ids)
        self._wake()

    def fork(self, room_id: str, event_ids: Sequence[str]) -> None:
        """Give these events as state in the next sync response, as if the room's history had forked after them."""
        known = self.world.rooms[room_id].by_id
        self._branch.setdefault(room_id, []).extend(known[event_id] for event_id in event_ids)
        self._wake()

    def snapshot(self) -> Snapshot:
        """Everything but accounts, faults and the journal, to go back to."""
        return Snapshot(self.world.copy(), self.keys.copy(), dict(self._transactions), dict(self.media))

    def rollback(self, snapshot: Snapshot) -> None:
        """The homeserver was restored from an older backup. Tokens of the lost time mean "everything so far"."""
        serial = self.world._serial
        self.world = snapshot.world.copy()
        self.world._serial = serial
        self.keys = snapshot.keys.copy()
        self._transactions = dict(snapshot.transactions)
        self.media = dict(snapshot.media)
        self._wake()

    # -- for the endpoints

    def joined(self, room_id: str, user_id: str) -> Room:
        room = self.world.rooms.get(room_id)
        if room is None or room.membership(user_id) != "join":
            raise Refused(403, "M_FORBIDDEN", f"User {user_id} not in room {room_id}")
        return room

    def once(self, key: tuple[str, ...], act: Callable[[], Stored]) -> str:
        """Do it, unless this device did it under the same transaction id in the last 24 hours."""
        known = self._transactions.get(key)
        if known is not None and self.clock.now() - known[1] < DAY_MS:
            return known[0]
        event_id = self._did(act())
        self._transactions[key] = (event_id, self.clock.now())
        return event_id

    def send(self, room: Room, user_id: str, device: str, event_type: str, content: Json, txn_id: str) -> Stored:
        if not room.levels().may_send(user_id, event_type):
            raise Refused(403, "M_FORBIDDEN", "You don't have permission to post that to the room")
        annotation = annotation_of({"type": event_type, "sender": user_id, "content": content})
        if annotation is not None:
            if annotation in room.annotations:
                raise Refused(400, "M_DUPLICATE_ANNOTATION", "Can't send same reaction twice")
            room.annotations.add(annotation)
        return self.world.append(room, user_id, event_type, content, device=device, txn_id=txn_id)

    async def sync(self, user_id: str, device: str, query: dict[str, str]) -> bytes:
        since, keys_since, sent_since = _read_token(query.get("since"))
        limit = _timeline_limit(query.get("filter"))
        if not self._has_news(user_id, device, since, keys_since, sent_since) and int(query.get("timeout", "0")):
            await self._wait(int(query["timeout"]) / 1000, user_id, device, since, keys_since, sent_since)
        until = len(self.world.stream)
        if self.step is not None and since is not None:
            until = min(until, since + self.step)
        extra, self._again = ({}, self._again) if since is None else (self._again, {})
        branch, self._branch = ({}, self._branch) if since is None else (self._branch, {})
        rooms = View(self.world, user_id, device, limit).rooms(
            None if since is None else min(since, until), until, extra, branch
        )
        if self.shuffle is not None and since is not None and rooms != b"{}":
            rooms, self.shuffle = _shuffled(rooms, self.shuffle), None
        to_device, sent = self.keys.waiting((user_id, device), sent_since)
        changed = sorted(set(self.keys.changes[keys_since:])) if since is not None else []
        envelope: Json = {
            "next_batch": f"s{until}_{len(self.keys.changes)}_{sent}",
            "rooms": msgspec.Raw(rooms),
            "to_device": {"events": to_device},
            "device_lists": {"changed": changed, "left": []},
            "device_one_time_keys_count": self.keys.counts((user_id, device)),
            "device_unused_fallback_key_types": ["signed_curve25519"]
            if self.keys.fallback.get((user_id, device))
            else [],
        }
        return msgspec.json.encode(envelope)

    def _has_news(self, user_id: str, device: str, since: int | None, keys_since: int, sent_since: int) -> bool:
        if since is None or self._again or self._branch or len(self.keys.changes) > keys_since:
            return True
        if any(at > sent_since for at, _ in self.keys.inbox.get((user_id, device), [])):
            return True
        return any(
            self.world.rooms[stored.room_id].membership(user_id) in ("join", "invite")
            or stored.event.get("state_key") == user_id
            for stored in self.world.stream[since:]
        )

    async def _wait(self, seconds: float, user_id: str, *position: Any) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not self._has_news(user_id, *position):
                    self._news.clear()
                    self._parked.set()
                    await self._news.wait()
                    self._parked.clear()
                    if not any(owner[0] == user_id for owner in self.tokens.values()):
                        raise Refused(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.")
        except TimeoutError:
            pass

    def _did(self, stored: Stored) -> str:
        self._wake()
        found = stored.event.get("event_id")
        return found if isinstance(found, str) else ""

    def _member(self, room_id: str, sender: str, target: str, membership: str, extra: Json | None = None) -> str:
        room = self.world.rooms[room_id]
        return self._did(self.world.member(room, sender, target, membership, extra))

    def _wake(self) -> None:
        self._news.set()

    def _middleware(self) -> Any:
        @web.middleware
        async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
            fault = next((fault for fault in self.faults if fault.matches(request)), None)
            response: web.StreamResponse | None = None
            try:
                response = await (fault.apply(request, guarded(handler)) if fault else guarded(handler)(request))
                return response
            finally:
                if self._journal:
                    self.calls.append(await self._call(request, response))

        def guarded(handler: Handler) -> Handler:
            async def run(request: web.Request) -> web.StreamResponse:
                try:
                    return await handler(request)
                except Refused as refused:
                    body = {"errcode": refused.errcode, "error": refused.error}
                    return web.json_response(body, status=refused.status)
                except web.HTTPNotFound:
                    return web.json_response({"errcode": "M_UNRECOGNIZED", "error": "no such place"}, status=404)

            return run

        return answer

    async def _call(self, request: web.Request, response: web.StreamResponse | None) -> Call:
        gone = request.transport is None or request.transport.is_closing()
        owner = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        return Call(
            request.method,
            request.path,
            dict(request.query),
            b"" if gone and not request._read_bytes else await request.read(),
            owner[0] if owner else None,
            0 if response is None or gone else response.status,
        )


def _read_token(token: str | None) -> tuple[int | None, int, int]:
    if token is None:
        return None, 0, 0
    stream, keys, sent = (token.removeprefix("s") + "_0_0").split("_")[:3]
    return int(stream), int(keys), int(sent)


def _timeline_limit(sync_filter: str | None) -> int:
    room = json.loads(sync_filter or "{}").get("room", {})
    return int(room.get("timeline", {}).get("limit", 20))


def _shuffled(rooms: bytes, random: Random) -> bytes:
    decoded = json.loads(rooms)
    for room in decoded.get("join", {}).values():
        random.shuffle(room["timeline"]["events"])
    return msgspec.json.encode(decoded)
