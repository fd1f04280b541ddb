"""People with encryption machines around a key server in memory, any of whose steps can be cut off."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy

from bridge.matrix.crypto import Machine
from bridge.matrix.sealing import Opened, Received, Sealed
from bridge.model.clock import MovableClock
from bridge.model.event import Json
from bridge.model.ports import MatrixError, Unreachable
from tests.fakes.keys import Keys
from tests.fakes.world import Refused

Address = tuple[str, str]
SECRET = b"k" * 32
ROOM = "!forum:here"


class Killed(BaseException):
    """The process ended here."""


class Fuse:
    """Ends the process at the n-th step that passes it, once."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.blown = False

    def light(self, steps: int) -> None:
        self.left, self.blown = steps, False

    def burn(self) -> None:
        if self.left is None or self.blown:
            return
        self.left -= 1
        if self.left < 0:
            self.blown = True
            raise Killed


class MemoryKeyring:
    """The keyring port in memory; a write is cut off before or after it, never within."""

    def __init__(self, fuse: Fuse | None = None) -> None:
        self.rows: dict[str, dict[tuple[str, ...], bytes]] = {}
        self.writes = 0
        self.fuse = fuse or Fuse()

    def get(self, table: str, *key: str) -> bytes | None:
        return self.rows.get(table, {}).get(key)

    def scan(self, table: str, *prefix: str) -> list[tuple[tuple[str, ...], bytes]]:
        return [(key, value) for key, value in self.rows.get(table, {}).items() if key[: len(prefix)] == prefix]

    def write(
        self,
        puts: Iterable[tuple[str, tuple[str, ...], bytes]],
        deletes: Iterable[tuple[str, tuple[str, ...]]] = (),
    ) -> None:
        self.fuse.burn()
        for table, key in deletes:
            self.rows.get(table, {}).pop(key, None)
        for table, key, value in puts:
            self.rows.setdefault(table, {})[key] = value
        self.writes += 1
        self.fuse.burn()

    def copy(self) -> MemoryKeyring:
        other = MemoryKeyring()
        other.rows = deepcopy(self.rows)
        return other


class Rooms:
    """Room state as the ledger would have it."""

    def __init__(self) -> None:
        self.membership: dict[str, str] = {}
        self.states: dict[str, Json] = {"m.room.encryption": {"algorithm": "m.megolm.v1.aes-sha2"}}

    async def members(self, room_id: str, memberships: Sequence[str] = ("join",)) -> frozenset[str]:
        return frozenset(user for user, membership in self.membership.items() if membership in memberships)

    async def state(self, room_id: str, event_type: str, state_key: str = "") -> Json | None:
        return self.states.get(event_type)


class Server(Keys):
    """The key endpoints, with homeservers that do not answer and requests that are cut off."""

    def __init__(self) -> None:
        super().__init__()
        self.silent: set[str] = set()
        self.refusals: list[tuple[str, MatrixError]] = []
        self.calls: list[tuple[str, Json]] = []
        self.used_fallback: set[Address] = set()
        self.before: Callable[[str], object] = lambda path: None

    async def call(self, device: Address, method: str, path: str, body: Json) -> Json:
        place = path.removeprefix("/_matrix/client/v3/")
        self.before(place)
        for number, (prefix, error) in enumerate(self.refusals):
            if place.startswith(prefix):
                del self.refusals[number]
                raise error
        self.calls.append((place, deepcopy(body)))
        await asyncio.sleep(0)  # Others get their turn, as on a real line.
        try:
            return deepcopy(self.answer(device, method, place, body))
        except Refused as refused:
            raise MatrixError(refused.errcode, refused.error, status=refused.status) from None

    def answer(self, device: Address, method: str, place: str, body: Json) -> Json:
        match (method, *place.split("/")):
            case ("POST", "keys", "upload"):
                if body.get("fallback_keys"):
                    self.used_fallback.discard(device)
                return self.upload(device, body)
            case ("POST", "keys", "query"):
                return self._without_silent(body, "device_keys", self.query)
            case ("POST", "keys", "claim"):
                return self._without_silent(body, "one_time_keys", self.claim)
            case ("POST", "keys", "device_signing", "upload"):
                self.upload_cross_signing(device[0], {k: v for k, v in body.items() if k != "auth"})
                return {}
            case ("POST", "keys", "signatures", "upload"):
                return self.upload_signatures(body)
            case ("PUT", "sendToDevice", event_type, _):
                self.send(device[0], event_type, body)
                return {}
        raise Unreachable("no_such_path", place)

    def _without_silent(self, body: Json, part: str, answer: Callable[[Json], Json]) -> Json:
        away = {user for user in body[part] if user.partition(":")[2] in self.silent}
        answered = answer({**body, part: {user: value for user, value in body[part].items() if user not in away}})
        return {**answered, "failures": {user.partition(":")[2]: {"status": 503} for user in away}}

    def _claim_one(self, device: Address, algorithm: str) -> Json:
        if not self.one_time.get(device):
            self.used_fallback.add(device)
        return super()._claim_one(device, algorithm)

    def unused_fallback(self, device: Address) -> list[str]:
        return ["signed_curve25519"] if device in self.fallback and device not in self.used_fallback else []

    def log_out(self, device: Address) -> None:
        for held in (self.devices, self.one_time, self.fallback, self.inbox):
            held.pop(device, None)
        self.changes.append(device[0])


class Line:
    """One device's requests to the server."""

    def __init__(self, server: Server, device: Address, fuse: Fuse | None = None) -> None:
        self.server = server
        self.device = device
        self.fuse = fuse or Fuse()

    async def json(self, method: str, path: str, *, body: Json | None = None) -> Json:
        self.fuse.burn()
        answer = await self.server.call(self.device, method, path, body or {})
        self.fuse.burn()
        return answer


class Peer:
    """One device with its machine, its place in the to-device queue, and what it has sent."""

    def __init__(
        self,
        server: Server,
        rooms: Rooms,
        clock: MovableClock,
        user_id: str,
        device_id: str = "PHONE",
        keyring: MemoryKeyring | None = None,
    ) -> None:
        self.server = server
        self.rooms = rooms
        self.clock = clock
        self.user_id = user_id
        self.device = (user_id, device_id)
        self.keyring = keyring or MemoryKeyring()
        self.line = Line(server, self.device, self.keyring.fuse)
        self.acknowledged = 0
        self.changes_seen = len(server.changes)
        self._ids = itertools.count()
        self.restart()

    def restart(self) -> None:
        """A new process on the same store."""
        self.machine = Machine(
            *self.device,
            caller=self.line,
            keyring=self.keyring,
            secret_key=SECRET,
            rooms=self.rooms,
            clock=self.clock,
            new_id=lambda: f"txn{next(self._ids)}",
        )

    def response(self) -> tuple[Json, int, int]:
        """The sync response to the present token, and the positions that the next token stands for."""
        events, position = self.server.waiting(self.device, self.acknowledged)
        sync: Json = {
            "to_device": {"events": deepcopy(events)},
            "device_lists": {"changed": sorted(set(self.server.changes[self.changes_seen :])), "left": []},
            "device_one_time_keys_count": self.server.counts(self.device),
            "device_unused_fallback_key_types": self.server.unused_fallback(self.device),
        }
        return sync, position, len(self.server.changes)

    async def sync(self) -> Received:
        """One sync step whose token is stored."""
        sync, position, changes = self.response()
        received = await self.machine.receive(sync)
        self.acknowledged, self.changes_seen = position, changes
        return received

    async def settle(self) -> Received:
        """A sync step and the upkeep that follows it."""
        received = await self.sync()
        await self.machine.upkeep()
        return received

    async def say(self, text: str, room_id: str = ROOM) -> Json:
        """The outer event of a sent text."""
        content = await self.machine.seal(room_id, "m.room.message", {"msgtype": "m.text", "body": text})
        return {"type": "m.room.encrypted", "sender": self.user_id, "content": content, "room_id": room_id}

    def open(self, outer: Json, room_id: str = ROOM) -> Opened | Sealed:
        return self.machine.open(room_id, outer)

    def reads(self, outer: Json, room_id: str = ROOM) -> str | None:
        """The text of an event, or None when it stays sealed."""
        opened = self.open(outer, room_id)
        return opened.payload["content"]["body"] if isinstance(opened, Opened) else None
