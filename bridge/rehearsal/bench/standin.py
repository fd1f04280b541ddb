"""A homeserver that only replays: as fast as one process can, so that it is never what is measured.

It speaks HTTP/1.1 with persistent connections on 127.0.0.1 and answers what a bot needs to start and to work.
The messages lie ready as JSON. Once the gate is opened (`POST /bench/start`), each `/sync` answers with the next
hundred of them in the shape of a real response, together with the bot's own events that have come back since. With
``--backlog`` the first response after the gate holds only the last hundred, as of somebody who was away: the others
are history, which `/messages` hands out a page at a time.
`GET /bench/result` tells how far the contestant is.

Run as a process: it prints one line of JSON with its port, and ends when its standard input is closed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qs, unquote

import msgspec

from bridge.model.event import Json
from bridge.rehearsal.bench import workload
from bridge.rehearsal.bench.workload import BOT, DEVICE, SERVER, Place

WINDOW = 100
"""Messages in one response: what the bots' filters ask for in one room."""

_encode = msgspec.json.encode
_SENT = b'{"event_id":"%s"}'


class Score(msgspec.Struct, kw_only=True):
    """How far the contestant is. Times are seconds of a monotonic clock, counted from the first event delivered."""

    delivered: int = 0
    wanted: int = 0
    tagged: int = 0
    extra: int = 0
    """Reactions on messages that were to have none, or a second one on the same message."""
    said: int = 0
    """Messages of the bot."""
    polling: bool = False
    """The contestant has caught up and waits for news."""
    photos: int = 0
    last_tag: float = 0.0
    last_photo: float = 0.0
    last_request: float = 0.0
    latencies: list[float] = []
    """Seconds from delivery to tag, at ten per cent, half, ninety per cent and all of the tags."""
    unknown: list[str] = []
    """Requests that are not answered here."""


class Replay:
    """The rooms, the messages still to be given out, and what the bot did."""

    def __init__(self, count: int, rooms: int, scenes: list[bytes], *, backlog: bool = False) -> None:
        self.at = int(time.time() * 1000)
        self.places = {place.room: place for place in workload.places(rooms)}
        self.state = {place.room: state_of(place, self.at) for place in self.places.values()}
        self.messages = list(workload.messages(count, rooms, self.at))
        self.scenes = scenes
        self.score = Score(wanted=sum(message.tagged for message in self.messages))
        self._untagged = {message.event_id for message in self.messages if message.tagged}
        self._given: dict[str, float] = {}
        self._taken: list[float] = []
        self._open = asyncio.Event()
        self._news = asyncio.Event()
        self._next = 0
        self._history = max(0, count - WINDOW) if backlog else 0
        """So many of the messages are history once the gate is open."""
        self._echoes: list[tuple[str, bytes]] = []
        self._serial = 0
        self._began = 0.0
        self._keys: Json = {"master_keys": {}, "self_signing_keys": {}, "user_signing_keys": {}}
        self._device: Json = {}
        self._known: dict[str, str] = {}

    def open(self) -> None:
        """Give out messages from now on."""
        self._open.set()
        self._news.set()

    def result(self) -> Score:
        """The score so far."""
        taken = sorted(self._taken)
        parts = (0.1, 0.5, 0.9, 1.0)
        self.score.latencies = (
            [taken[min(len(taken) - 1, int(part * len(taken)))] for part in parts] if taken else []
        )
        return self.score

    async def sync(self, query: dict[str, list[str]]) -> bytes:
        """The next response."""
        if "since" not in query:
            return _answer(b"s0", {room: (state, []) for room, state in self.state.items()})
        if not self._ready():
            self.score.polling = True
            seconds = int(query.get("timeout", ["0"])[0]) / 1000
            try:
                async with asyncio.timeout(seconds):
                    while not self._ready():
                        self._news.clear()
                        await self._news.wait()
            except TimeoutError:
                pass
        timelines: dict[str, tuple[list[bytes], list[bytes]]] = {}
        limited = False
        if self._open.is_set() and self._next < len(self.messages):
            now = time.perf_counter()
            if not self._began:
                self._began = now
            limited = self._next < self._history
            self._next = max(self._next, self._history)
            upto = min(self._next + WINDOW, len(self.messages))
            for message in self.messages[self._next : upto]:
                timelines.setdefault(message.room, ([], []))[1].append(message.body)
                if message.tagged:
                    self._given[message.event_id] = now
            self.score.delivered += upto - self._next
            self._next = upto
        echoes, self._echoes = self._echoes, []
        for room, body in echoes:
            timelines.setdefault(room, ([], []))[1].append(body)
        self._serial += 1
        return _answer(b"s%d" % self._serial, timelines, before=b"h%d" % self._history if limited else None)

    def history(self, room: str, query: dict[str, list[str]]) -> bytes:
        """A page of the messages before the window, forward from a token."""
        start = int(token[1:]) if (token := query["from"][0]).startswith("h") else 0
        end = min(start + int(query["limit"][0]), self._history)
        now = time.perf_counter()
        page = self.messages[start:end]
        for message in page:
            if message.tagged:
                self._given[message.event_id] = now
        self.score.delivered += len(page)
        chunk = b",".join(b'{"room_id":%s,%s' % (_encode(room), message.body[1:]) for message in page)
        return b'{"start":"h%d","end":"h%d","chunk":[%s]}' % (start, end, chunk)

    def _ready(self) -> bool:
        return bool(self._echoes) or (self._open.is_set() and self._next < len(self.messages))

    def send(self, room: str, kind: str, txn: str, body: bytes) -> bytes:
        """The bot sends an event; the same transaction id again is answered as before."""
        if txn in self._known:
            return _SENT % self._known[txn].encode()
        self._serial += 1
        event_id = f"$own{self._serial:039}"
        self._known[txn] = event_id
        content = msgspec.json.decode(body)
        if kind == "m.reaction":
            target = content.get("m.relates_to", {}).get("event_id", "")
            if target in self._untagged:
                now = time.perf_counter()
                self._untagged.remove(target)
                self._taken.append(now - self._given[target])
                self.score.tagged += 1
                self.score.last_tag = now - self._began
            else:
                self.score.extra += 1
        else:
            self.score.said += 1
        event = {
            "type": kind,
            "sender": BOT,
            "content": content,
            "origin_server_ts": int(time.time() * 1000),
            "unsigned": {"membership": "join", "age": 5, "transaction_id": txn},
            "event_id": event_id,
        }
        self._echoes.append((room, _encode(event)))
        self._news.set()
        return _SENT % event_id.encode()

    def photo(self, media: str) -> bytes:
        """A picture file."""
        number = int(media.removeprefix("photo"))
        self.score.photos += 1
        self.score.last_photo = time.perf_counter() - self._began
        return workload.stamped(self.scenes[number % len(self.scenes)], number)

    def touched(self) -> None:
        """A request came in."""
        if self._began:
            self.score.last_request = time.perf_counter() - self._began

    def keys(self, path: str, body: bytes) -> Json | None:
        """The key endpoints, for one device."""
        given = msgspec.json.decode(body) if body else {}
        if path.endswith("/keys/upload"):
            if "device_keys" in given:
                self._device = given["device_keys"]
            return {"one_time_key_counts": {"signed_curve25519": 50}}
        if path.endswith("/keys/query"):
            devices = {DEVICE: self._device} if self._device else {}
            return {"device_keys": {BOT: devices}, "failures": {}, **self._keys}
        if path.endswith("/device_signing/upload"):
            for usage in ("master", "self_signing", "user_signing"):
                self._keys[f"{usage}_keys"] = {BOT: given[f"{usage}_key"]}
            return {}
        if path.endswith("/signatures/upload"):
            for signer, signatures in given[BOT][DEVICE]["signatures"].items():
                self._device["signatures"].setdefault(signer, {}).update(signatures)
            return {"failures": {}}
        return None


def state_of(place: Place, at: int) -> list[bytes]:
    """The state of a room that the bot made and everybody has joined."""
    members: list[tuple[str, str, Json]] = [
        ("m.room.create", "", {"room_version": "12"}),
        ("m.room.member", BOT, {"membership": "join", "displayname": "Tudang"}),
        ("m.room.power_levels", "", {"users": {}, "users_default": 0, "events": {}, "state_default": 50}),
        ("m.room.join_rules", "", {"join_rule": "invite"}),
        ("m.room.history_visibility", "", {"history_visibility": "shared"}),
        ("m.room.name", "", {"name": place.kind}),
    ]
    members += [("m.room.member", user, {"membership": "join", "displayname": user[1:9]}) for user in place.members]
    return [
        _encode(
            {
                "type": kind,
                "state_key": key,
                "sender": key if kind == "m.room.member" else BOT,
                "content": content,
                "origin_server_ts": at - 100_000 + number,
                "event_id": f"$state{number}{place.room[1:].partition(':')[0]}",
            }
        )
        for number, (kind, key, content) in enumerate(members)
    ]


def _answer(
    token: bytes, rooms: dict[str, tuple[list[bytes], list[bytes]]], *, before: bytes | None = None
) -> bytes:
    """A `/sync` response with everything that a real one has; ``before``: where the history before it ends."""
    limited, previous = (b"false", token) if before is None else (b"true", before)
    joined = b",".join(
        b'%s:{"timeline":{"events":[%s],"limited":%s,"prev_batch":"%s"},"state":{"events":[%s]},"ephemeral":'
        b'{"events":[]},"account_data":{"events":[]},"unread_notifications":{"notification_count":0,'
        b'"highlight_count":0},"summary":{}}'
        % (_encode(room), b",".join(timeline), limited, previous, b",".join(state))
        for room, (state, timeline) in rooms.items()
    )
    return (
        b'{"next_batch":"%s","rooms":{"join":{%s},"invite":{},"leave":{}},"presence":{"events":[]},"account_data":'
        b'{"events":[]},"to_device":{"events":[]},"device_lists":{"changed":[],"left":[]},'
        b'"device_one_time_keys_count":{"signed_curve25519":50},"device_unused_fallback_key_types":'
        b'["signed_curve25519"]}' % (token, joined)
    )


class Connection(asyncio.Protocol):
    """One client connection: requests are answered in turn."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting is not None:
            self._waiting.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._waiting is None:
            head, mark, rest = self._buffer.partition(b"\r\n\r\n")
            if not mark:
                return
            length = _length(head)
            if len(rest) < length:
                return
            body, self._buffer = rest[:length], rest[length:]
            self._request(head[: head.index(b"\r\n")].decode(), body)

    def _request(self, line: str, body: bytes) -> None:
        method, target, _ = line.split(" ", 2)
        path, _, query = target.partition("?")
        self._replay.touched()
        if path.endswith("/sync"):
            self._waiting = asyncio.ensure_future(self._later(self._replay.sync(parse_qs(query))))
            return
        if path.endswith("/messages"):
            self._write(
                200, b"application/json", self._replay.history(unquote(path.split("/")[5]), parse_qs(query))
            )
            return
        status, kind, answer = _respond(self._replay, method, path, body)
        self._write(status, kind, answer)

    async def _later(self, answer: Awaitable[bytes]) -> None:
        self._write(200, b"application/json", await answer)
        self._waiting = None
        self.data_received(b"")

    def _write(self, status: int, kind: bytes, body: bytes) -> None:
        assert self._transport is not None  # noqa: S101 - a request came over it
        self._transport.write(
            b"HTTP/1.1 %d OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (status, kind, len(body), body)
        )


def _length(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    if at < 0:
        return 0
    end = head.find(b"\r\n", at + 2)
    return int(head[at + 17 : None if end < 0 else end])


def _respond(replay: Replay, method: str, path: str, body: bytes) -> tuple[int, bytes, bytes]:
    """(status, content type, body) of everything that is answered at once."""
    parts = path.split("/")
    if method == "PUT" and len(parts) == 9 and parts[6] == "send":
        return 200, b"application/json", replay.send(unquote(parts[5]), unquote(parts[7]), unquote(parts[8]), body)
    if "/media/download/" in path:
        return 200, b"image/jpeg", replay.photo(parts[-1])
    if path == "/bench/start":
        replay.open()
        return 200, b"application/json", b"{}"
    if path == "/bench/result":
        return 200, b"application/json", _encode(replay.result())
    answer = _plain(replay, method, path, parts, body)
    if answer is None:
        replay.score.unknown.append(f"{method} {path}")
        return 404, b"application/json", b'{"errcode":"M_UNRECOGNIZED","error":"not of this bench"}'
    return 200, b"application/json", _encode(answer)


def _plain(replay: Replay, method: str, path: str, parts: list[str], body: bytes) -> object | None:
    if path.endswith("/account/whoami"):
        return {"user_id": BOT, "device_id": DEVICE, "is_guest": False}
    if "/keys/" in path:
        return replay.keys(path, body)
    if parts[4:5] == ["join"]:
        return {"room_id": unquote(parts[5])}
    if len(parts) == 7 and parts[6] == "state":
        return [
            {**msgspec.json.decode(event), "room_id": unquote(parts[5])}
            for event in replay.state[unquote(parts[5])]
        ]
    if path.endswith("/versions"):
        return {"versions": ["v1.11", "v1.12"]}
    if "/redact/" in path:
        return {"event_id": f"$redaction{parts[-1]}"}
    return None


async def serve(replay: Replay, ready: Callable[[int], None]) -> None:
    """Serve until standard input is closed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(replay), "127.0.0.1", 0)
    ended = asyncio.Event()
    loop.add_reader(0, lambda: ended.set() if not os.read(0, 1) else None)
    ready(server.sockets[0].getsockname()[1])
    await ended.wait()
    server.close()


def main() -> None:
    """The process."""
    options = argparse.ArgumentParser()
    options.add_argument("--messages", type=int, required=True)
    options.add_argument("--rooms", type=int, required=True)
    options.add_argument("--scenes", type=Path, required=True, help="folder of JPEGs")
    options.add_argument("--backlog", action="store_true", help="all but the last messages are history")
    given = options.parse_args()
    scenes = [path.read_bytes() for path in sorted(given.scenes.glob("*.jpg"))]
    replay = Replay(given.messages, given.rooms, scenes, backlog=given.backlog)
    asyncio.run(serve(replay, lambda port: print(_encode({"port": port, "server": SERVER}).decode(), flush=True)))


if __name__ == "__main__":
    main()
