"""The rooms of the fake homeserver: one stream of events, and what a device sees of it. No HTTP, no waiting.

Positions count from 1 through the whole stream; a token `s12` means "after position 12". An event is serialised
once, when it is stored, so that replaying tens of thousands costs little.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from bridge.model.clock import Clock
from bridge.model.event import Json
from bridge.model.levels import PowerLevels, power_levels

StateKey = tuple[str, str]


class Refused(Exception):
    """A Matrix error answer."""

    def __init__(self, status: int, errcode: str, error: str = "") -> None:
        super().__init__(errcode)
        self.status = status
        self.errcode = errcode
        self.error = error or errcode


@dataclass
class Stored:
    """An event in the stream. ``body`` is its JSON as everybody sees it, ``own`` as the sending device does."""

    position: int
    room_id: str
    event: Json
    body: bytes
    own: bytes
    device: str | None = None

    @property
    def event_id(self) -> str:
        return str(self.event["event_id"])

    def is_state(self) -> bool:
        return "state_key" in self.event

    def seen_by(self, user_id: str, device: str) -> bytes:
        return self.own if self.device == device and self.event.get("sender") == user_id else self.body


@dataclass
class Room:
    room_id: str
    version: str
    events: list[Stored] = field(default_factory=list)
    state: dict[StateKey, Stored] = field(default_factory=dict)
    by_id: dict[str, Stored] = field(default_factory=dict)
    memberships: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    annotations: set[tuple[str, str, str]] = field(default_factory=set)

    def membership(self, user_id: str, position: int | None = None) -> str:
        """The user's membership after ``position`` (None: now)."""
        for at, membership in reversed(self.memberships.get(user_id, [])):
            if position is None or at <= position:
                return membership
        return "leave"

    def last_seen(self, user_id: str) -> int | None:
        """The position up to which the user may read: everything for a member, the leave for a former one."""
        log = self.memberships.get(user_id, [])
        if all(membership != "join" for _, membership in log):
            return None
        return 2**62 if log[-1][1] == "join" else log[-1][0]

    def content(self, event_type: str, state_key: str = "") -> Json | None:
        found = self.state.get((event_type, state_key))
        return None if found is None else dict(found.event["content"])

    def levels(self) -> PowerLevels:
        create = self.state.get(("m.room.create", ""))
        return power_levels(
            create=None if create is None else create.event["content"],
            create_sender=None if create is None else create.event["sender"],
            content=self.content("m.room.power_levels"),
        )

    def state_before(self, position: int) -> list[Stored]:
        """The state that all events before ``position`` made."""
        found: dict[StateKey, Stored] = {}
        for stored in self.events:
            if stored.position >= position:
                break
            if stored.is_state():
                found[(stored.event["type"], stored.event["state_key"])] = stored
        return list(found.values())

    def copy(self) -> Room:
        events = [replace(stored) for stored in self.events]
        here = {stored.position: stored for stored in events}
        return Room(
            self.room_id,
            self.version,
            events,
            {key: here[stored.position] for key, stored in self.state.items()},
            {event_id: here[stored.position] for event_id, stored in self.by_id.items()},
            {user: list(log) for user, log in self.memberships.items()},
            set(self.annotations),
        )


class World:
    """All rooms of one homeserver."""

    def __init__(self, clock: Clock, server_name: str) -> None:
        self.clock = clock
        self.server_name = server_name
        self.stream: list[Stored] = []
        self.rooms: dict[str, Room] = {}
        self._serial = 0

    def copy(self) -> World:
        """The same world, to return to later."""
        other = World(self.clock, self.server_name)
        other.rooms = {room_id: room.copy() for room_id, room in self.rooms.items()}
        everything = [stored for room in other.rooms.values() for stored in room.events]
        other.stream = sorted(everything, key=lambda stored: stored.position)
        # Ids are not used again after a rollback: a homeserver that lost a day does not make the same ones.
        other._serial = self._serial
        return other

    def unique(self, kind: str) -> str:
        self._serial += 1
        digest = hashlib.sha256(f"{kind} {self._serial}".encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def create(self, creator: str, version: str, extra: Json | None = None) -> Room:
        room_id = "!" + self.unique("room") + ("" if version == "12" else f":{self.server_name}")
        room = self.rooms[room_id] = Room(room_id, version)
        content: Json = {"room_version": version, **(extra or {})}
        if version in {str(number) for number in range(1, 11)}:
            content["creator"] = creator
        self.append(room, creator, "m.room.create", content, state_key="")
        self.member(room, creator, creator, "join")
        users = {} if version == "12" else {creator: 100}
        self.append(room, creator, "m.room.power_levels", {"users": users}, state_key="")
        self.append(room, creator, "m.room.join_rules", {"join_rule": "invite"}, state_key="")
        return room

    def member(self, room: Room, sender: str, target: str, membership: str, extra: Json | None = None) -> Stored:
        content: Json = {"membership": membership, **(extra or {})}
        return self.append(room, sender, "m.room.member", content, state_key=target)

    def append(
        self,
        room: Room,
        sender: str,
        event_type: str,
        content: Json,
        *,
        state_key: str | None = None,
        redacts: str | None = None,
        device: str | None = None,
        txn_id: str | None = None,
    ) -> Stored:
        event: Json = {
            "type": event_type,
            "sender": sender,
            "content": content,
            "event_id": "$" + self.unique("event"),
            "origin_server_ts": self.clock.now(),
        }
        unsigned: Json = {}
        if state_key is not None:
            event["state_key"] = state_key
            before = room.state.get((event_type, state_key))
            if before is not None:
                unsigned = {"replaces_state": before.event_id, "prev_content": before.event["content"]}
        if redacts is not None:
            event["redacts"] = redacts
        return self.store(room, event, unsigned, device=device, txn_id=txn_id)

    def store(
        self,
        room: Room,
        event: Json,
        unsigned: Json | None = None,
        *,
        device: str | None = None,
        txn_id: str | None = None,
    ) -> Stored:
        """Put any event into the stream as it is, however ill-formed."""
        body = own = msgspec.json.encode({**event, "unsigned": unsigned} if unsigned else event)
        if txn_id is not None:
            own = msgspec.json.encode({**event, "unsigned": {**(unsigned or {}), "transaction_id": txn_id}})
        stored = Stored(len(self.stream) + 1, room.room_id, event, body, own, device)
        self.stream.append(stored)
        room.events.append(stored)
        if isinstance(event.get("event_id"), str):
            room.by_id[event["event_id"]] = stored
        state_key, kind = event.get("state_key"), event.get("type")
        if isinstance(state_key, str) and isinstance(kind, str) and isinstance(event.get("content"), dict):
            room.state[(kind, state_key)] = stored
            if kind == "m.room.member":
                log = room.memberships.setdefault(state_key, [])
                log.append((stored.position, event["content"].get("membership", "leave")))
        return stored

    def redact(
        self, room: Room, sender: str, target: str, reason: str | None, device: str | None, txn_id: str | None
    ) -> Stored:
        content: Json = {"redacts": target} if reason is None else {"redacts": target, "reason": reason}
        redaction = self.append(
            room, sender, "m.room.redaction", content, redacts=target, device=device, txn_id=txn_id
        )
        stored = room.by_id.get(target)
        if stored is not None:
            annotation = annotation_of(stored.event)
            if annotation is not None:
                room.annotations.discard(annotation)
            stored.event = {**stored.event, "content": {}}
            pruned = {**stored.event, "unsigned": {"redacted_because": redaction.event}}
            stored.body = stored.own = msgspec.json.encode(pruned)
        return redaction

    def after(self, since: int, until: int) -> dict[str, list[Stored]]:
        """The events of a stretch of the stream, by room."""
        found: dict[str, list[Stored]] = {}
        for stored in self.stream[since:until]:
            found.setdefault(stored.room_id, []).append(stored)
        return found


def annotation_of(event: Json) -> tuple[str, str, str] | None:
    """What makes a reaction a duplicate: its sender, target and key."""
    if event.get("type") != "m.reaction":
        return None
    relation = event["content"].get("m.relates_to")
    if not isinstance(relation, dict):
        return None
    return str(event["sender"]), str(relation.get("event_id")), str(relation.get("key"))


class View:
    """What one device gets from `/sync`: the response's bytes and the position it reaches."""

    def __init__(self, world: World, user_id: str, device: str, limit: int) -> None:
        self._world = world
        self._user_id = user_id
        self._device = device
        self._limit = limit

    def rooms(
        self,
        since: int | None,
        until: int,
        extra: dict[str, list[Stored]],
        branch: dict[str, list[Stored]] | None = None,
    ) -> bytes:
        """The `rooms` object, or `{}`.

        ``extra`` are events to deliver once more, before the new ones; ``branch`` is what the state of a room was
        on another branch of its history, as Synapse gives it before a timeline that is no line.
        """
        sections: dict[str, list[bytes]] = {"join": [], "leave": [], "invite": []}
        if since is None:
            touched = {room_id: room.events for room_id, room in self._world.rooms.items()}
        else:
            touched = self._world.after(since, until)
            for room_id in (*extra, *(branch or ())):
                touched.setdefault(room_id, [])
        for room_id, new in touched.items():
            again, old = extra.get(room_id, []), (branch or {}).get(room_id, [])
            section, body = self._room(self._world.rooms[room_id], new, since, until, again, old)
            if section:
                sections[section].append(msgspec.json.encode(room_id) + b":" + body)
        parts = [b'"%s":{%s}' % (name.encode(), b",".join(rows)) for name, rows in sections.items() if rows]
        return b"{" + b",".join(parts) + b"}"

    def _room(
        self,
        room: Room,
        new: Sequence[Stored],
        since: int | None,
        until: int,
        again: list[Stored],
        branch: list[Stored],
    ) -> tuple[str, bytes]:
        now = room.membership(self._user_id, until)
        before = "leave" if since is None else room.membership(self._user_id, since)
        if now == "join":
            if before == "join":
                return "join", self._timeline(room, new, again, branch, full=False)
            return "join", self._timeline(
                room, [stored for stored in room.events if stored.position <= until], again, branch, full=True
            )
        if now == "invite" and (before != "invite" or self._names_us(new)):
            return "invite", self._invite(room)
        if since is not None and now in ("leave", "ban") and before in ("join", "invite"):
            last = max(at for at, _ in room.memberships[self._user_id] if at <= until)
            seen = [stored for stored in new if stored.position <= last]
            if before == "invite":
                seen = [stored for stored in seen if stored.position == last]
            return "leave", self._timeline(room, seen, again, branch, full=False)
        return "", b""

    def _names_us(self, events: Iterable[Stored]) -> bool:
        return any(stored.event.get("state_key") == self._user_id for stored in events)

    def _timeline(
        self, room: Room, events: Sequence[Stored], again: list[Stored], branch: list[Stored], *, full: bool
    ) -> bytes:
        window = events[-self._limit :]
        left_out = events[: len(events) - len(window)]
        first = window[0].position if window else len(self._world.stream) + 1
        if full:
            state = room.state_before(first)
        else:
            state = list({(s.event["type"], s.event["state_key"]): s for s in left_out if s.is_state()}.values())
        return b'{"state":{"events":[%s]},"timeline":{"events":[%s],"limited":%s,"prev_batch":"s%d"}}' % (
            b",".join(self._bodies([*state, *branch])),
            b",".join(self._bodies([*again, *window])),
            b"true" if left_out else b"false",
            first - 1,
        )

    def _invite(self, room: Room) -> bytes:
        shown = [
            stored
            for key, stored in room.state.items()
            if key in (("m.room.create", ""), ("m.room.name", ""), ("m.room.encryption", ""))
        ]
        stripped = [
            {key: stored.event[key] for key in ("type", "state_key", "content", "sender")}
            for stored in (*shown, room.state[("m.room.member", self._user_id)])
        ]
        return b'{"invite_state":{"events":%s}}' % msgspec.json.encode(stripped)

    def _bodies(self, events: Iterable[Stored]) -> list[bytes]:
        return [stored.seen_by(self._user_id, self._device) for stored in events]
