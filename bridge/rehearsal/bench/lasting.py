"""A stand-in homeserver that lasts: it keeps one stream of events and answers every token for as long as it runs.

A contestant may be killed and come back with any token it had. What it sends is known again by its transaction id,
as on Synapse; a second equal reaction is not refused, as there, but counted.
"""

from __future__ import annotations

import asyncio
from collections import Counter

import msgspec

from bridge.model.event import Json
from bridge.rehearsal.bench.standin import Connection, Replay
from bridge.rehearsal.bench.workload import BOT, Message

WINDOW = 100
"""Events in one response at most; the next token goes on where it ended, so that there are no gaps."""


class Lasting(Replay):
    """The rooms of the bench, and everything that was ever said in them."""

    def __init__(self, count: int, rooms: int, scenes: list[bytes]) -> None:
        super().__init__(count, rooms, scenes)
        self.given: list[Message] = []
        self.ours: list[Json] = []
        """The bot's events, in order."""
        self._stream: list[tuple[str, bytes]] = []
        self._known: dict[str, str] = {}
        self._reactions: Counter[tuple[str, str]] = Counter()
        self._arrived = asyncio.Event()

    def give(self, count: int) -> list[Message]:
        """Say the next messages."""
        new = self.messages[len(self.given) : len(self.given) + count]
        self.given += new
        for message in new:
            self._append(message.room, message.body)
        return new

    def _append(self, room: str, body: bytes) -> None:
        self._stream.append((room, body))
        self._arrived.set()

    async def sync(self, query: dict[str, list[str]]) -> bytes:
        """The events after a token; to whoever has none the rooms as they were before anything was said."""
        if "since" not in query:
            return _response(0, {room: (state, []) for room, state in self.state.items()})
        since = int(query["since"][0].removeprefix("s"))
        try:
            async with asyncio.timeout(int(query.get("timeout", ["0"])[0]) / 1000):
                while len(self._stream) <= since:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            pass
        new = self._stream[since : since + WINDOW]
        rooms: dict[str, tuple[list[bytes], list[bytes]]] = {}
        for room, body in new:
            rooms.setdefault(room, ([], []))[1].append(body)
        return _response(since + len(new), rooms)

    def send(self, room: str, kind: str, txn: str, body: bytes) -> bytes:
        """The bot sends an event; the same transaction id again is answered as before."""
        if txn not in self._known:
            content = msgspec.json.decode(body)
            event_id = self._known[txn] = f"$own{len(self._known):039}"
            if kind == "m.reaction":
                relation = content["m.relates_to"]
                self._reactions[relation["event_id"], relation["key"]] += 1
            event: Json = {
                "type": kind,
                "sender": BOT,
                "content": content,
                "origin_server_ts": self.at,
                "unsigned": {"membership": "join", "age": 5, "transaction_id": txn},
                "event_id": event_id,
            }
            self.ours.append({**event, "room_id": room})
            self._append(room, msgspec.json.encode(event))
        return b'{"event_id":"%s"}' % self._known[txn].encode()

    def reactions(self, event_id: str) -> list[str]:
        """The bot's reactions on a message, each as often as it stands there."""
        found = [(key, times) for (target, key), times in self._reactions.items() if target == event_id]
        return [key for key, times in found for _ in range(times)]


def _response(position: int, rooms: dict[str, tuple[list[bytes], list[bytes]]]) -> bytes:
    """A `/sync` response up to a position of the stream: (state, timeline) of some rooms."""
    raw = msgspec.Raw
    joined = {
        room: {
            "state": {"events": [raw(event) for event in state]},
            "timeline": {"events": [raw(event) for event in timeline], "limited": False, "prev_batch": "s0"},
        }
        for room, (state, timeline) in rooms.items()
    }
    return msgspec.json.encode(
        {
            "next_batch": f"s{position}",
            "rooms": {"join": joined},
            "device_one_time_keys_count": {"signed_curve25519": 50},
            "device_unused_fallback_key_types": ["signed_curve25519"],
        }
    )


async def serve(homeserver: Lasting) -> asyncio.Server:
    """Serve on a free port of 127.0.0.1."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: Connection(homeserver), "127.0.0.1", 0)
