"""Raw JSON of the homeserver -> frozen events and batches.

What a payload may say is decided here, once: `type` and `content` of an encrypted event come from the plaintext,
`m.relates_to` from the outer content, everything else from the outer event, and a payload of a type of state is
refused. (A message that calls itself state with a `state_key` is the message that every client shows.) A field
that is optional and ill-typed is ignored; an event whose required fields are ill-typed keeps its place and its
bytes, but means nothing (`tudang.malformed`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

import msgspec
import structlog

from bridge.matrix.sealing import Opened, Received, Sealed
from bridge.matrix.wire import Unreadable, decode, decode_object, may_be_deep, prune
from bridge.model.event import Batch, Event, GapSpan, Invitation, Json, Page, RoomBatch

log = structlog.get_logger(__name__)

MALFORMED = "tudang.malformed"
"""Type of an event whose required fields are missing or ill-typed; content `{"why": code}`."""
REFUSED = "tudang.refused"
"""Type of an encrypted event whose payload may not be what it claims; content `{"why": code, "type": claimed}`."""

LATEST_MS = 253_402_300_799_000
"""The last moment of the year 9999. `origin_server_ts` is a claim, and is clamped to what a calendar can show."""

LONGEST_ID = 255
"""Characters of an id, sender, type or state key; the specification ("Size limits") allows so many bytes."""

Opener = Callable[[str, Json], Opened | Sealed]
"""(room id, outer event) -> what decryption made of it."""


class _Outer(msgspec.Struct):
    event_id: str
    sender: str
    type: str
    content: Json
    origin_server_ts: int
    state_key: str | msgspec.UnsetType = msgspec.UNSET
    redacts: Any = None
    unsigned: Any = None


class _Timeline(msgspec.Struct):
    events: list[msgspec.Raw] = []
    limited: bool = False
    prev_batch: str | None = None


class _Events(msgspec.Struct):
    events: list[msgspec.Raw] = []


class _Room(msgspec.Struct):
    state: _Events = msgspec.field(default_factory=_Events)
    timeline: _Timeline = msgspec.field(default_factory=_Timeline)


class _Invited(msgspec.Struct):
    invite_state: _Events = msgspec.field(default_factory=_Events)


class _Rooms(msgspec.Struct):
    join: dict[str, _Room] = {}
    leave: dict[str, _Room] = {}
    invite: dict[str, _Invited] = {}


class SyncAnswer(msgspec.Struct):
    """A `/sync` response with its events still undecoded, so that a poisoned one spoils only itself."""

    next_batch: str
    rooms: _Rooms = msgspec.field(default_factory=_Rooms)
    to_device: Any = None
    device_lists: Any = None
    device_one_time_keys_count: Any = None
    device_unused_fallback_key_types: Any = None

    def limited_rooms(self) -> list[str]:
        """Ids of the rooms whose timeline does not reach back to the last token."""
        return [
            room_id
            for rooms in (self.rooms.join, self.rooms.leave)
            for room_id, room in rooms.items()
            if room.timeline.limited
        ]

    def keys(self) -> Json:
        """What concerns encryption, in the shape that :meth:`bridge.matrix.sealing.Sealing.receive` takes."""
        events = _listed(self.to_device, "events")
        keys: Json = {
            "to_device": {"events": [event for event in events if isinstance(event, dict)]},
            "device_lists": {
                "changed": _strings(_listed(self.device_lists, "changed")),
                "left": _strings(_listed(self.device_lists, "left")),
            },
        }
        counts = self.device_one_time_keys_count
        if isinstance(counts, dict):
            keys["device_one_time_keys_count"] = {
                algorithm: count for algorithm, count in counts.items() if type(count) is int
            }
        if isinstance(self.device_unused_fallback_key_types, list):
            keys["device_unused_fallback_key_types"] = _strings(self.device_unused_fallback_key_types)
        return keys


class _PageAnswer(msgspec.Struct):
    chunk: list[msgspec.Raw]
    end: str | None = None


class Reader:
    """Reads answers as one account (``user_id``: whose joins and transaction ids are ours)."""

    def __init__(self, user_id: str, opener: Opener) -> None:
        self._user_id = user_id
        self._open = opener
        self._decoder = msgspec.json.Decoder(_Outer)

    def sync(self, body: bytes) -> SyncAnswer:
        """The envelope of a `/sync` response. Raises :class:`Unreadable`."""
        return decode(body, SyncAnswer)

    def batch(self, answer: SyncAnswer, *, since: str | None, joined: Collection[str], received: Received) -> Batch:
        """The whole response. ``joined`` names the rooms in which our table has us as a member at ``since``.

        A limited timeline is a gap, except before our own first join: no ``since``, or a window that has our own
        join in a room where we were not.
        """
        rooms = [
            self._room(room_id, room, "join", since, room_id in joined)
            for room_id, room in answer.rooms.join.items()
        ]
        rooms += [
            self._room(room_id, room, "leave", since, room_id in joined)
            for room_id, room in answer.rooms.leave.items()
        ]
        invitations = (
            self._invitation(room_id, invited.invite_state.events)
            for room_id, invited in answer.rooms.invite.items()
        )
        return Batch(
            token=answer.next_batch,
            rooms=tuple(rooms),
            invitations=tuple(invitation for invitation in invitations if invitation is not None),
            new_sessions=received.new_sessions,
            withheld=received.withheld,
            new_devices=received.new_devices,
        )

    def page(self, room_id: str, body: bytes, *, since: str, until: str | None) -> Page:
        """A page of `/messages`. Raises :class:`Unreadable`.

        It is the last one without an `end`, when it reached ``until``, and when it did not move on.
        """
        answer = decode(body, _PageAnswer)
        end = None if answer.end in (None, "", since, until) else answer.end
        return Page(events=self._events(room_id, answer.chunk), end=end)

    def state(self, room_id: str, events: Iterable[msgspec.Raw | bytes]) -> tuple[Event, ...]:
        """Those of these events that are clear, well-formed state."""
        return tuple(event for event in self._events(room_id, events) if event.state_key is not None)

    def full_state(self, room_id: str, body: bytes) -> tuple[Event, ...]:
        """The list that `/state` answers. Raises :class:`Unreadable`."""
        return self.state(room_id, decode(body, list[msgspec.Raw]))

    def event(self, room_id: str, raw: bytes) -> Event | None:
        """One outer event, decrypted where possible; None (and a log line) when it has not even an id."""
        try:
            text = prune(raw) if may_be_deep(raw) else raw
            try:
                outer = self._decoder.decode(text)
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
                outer = decode(text, _Outer)
        except Unreadable:
            return _malformed(room_id, raw)
        if not outer.event_id or not outer.type or not _is_user_id(outer.sender) or _is_endless(outer):
            return _malformed(room_id, raw)
        unsigned = outer.unsigned if isinstance(outer.unsigned, dict) else {}
        transaction_id = unsigned.get("transaction_id") if outer.sender == self._user_id else None
        before = unsigned.get("prev_content") if outer.state_key is not msgspec.UNSET else None
        event = Event(
            event_id=outer.event_id,
            room_id=room_id,
            sender=outer.sender,
            type=outer.type,
            content=outer.content,
            origin_ts=min(max(outer.origin_server_ts, 0), LATEST_MS),
            state_key=None if outer.state_key is msgspec.UNSET else outer.state_key,
            redacts=_redacts(outer) if outer.type == "m.room.redaction" else None,
            transaction_id=transaction_id if isinstance(transaction_id, str) else None,
            prev_content=before if isinstance(before, dict) else None,
            redacted=isinstance(unsigned.get("redacted_because"), dict),
            raw=raw,
        )
        if event.type == "m.room.encrypted" and event.state_key is None and not event.redacted:
            return self._decrypted(event)
        return event

    def _decrypted(self, event: Event) -> Event:
        try:
            found = self._open(event.room_id, decode_object(event.raw))
        except Exception as failed:  # one event must not stop the intake of all others
            log.error("decryption failed", event_id=event.event_id, error=type(failed).__name__)
            found = Sealed("broken")
        if isinstance(found, Sealed):
            return msgspec.structs.replace(
                event, sealed=found.code, session_id=found.session_id, device_id=found.device_id
            )
        kind, content = found.payload.get("type"), found.payload.get("content")
        if found.payload.get("room_id") != event.room_id:
            return msgspec.structs.replace(
                event, sealed="wrong_room", session_id=found.session_id, device_id=found.device_id
            )
        if not isinstance(kind, str) or not isinstance(content, dict):
            kind, content = MALFORMED, {"why": "payload"}
        elif not _may_be_encrypted(kind):
            kind, content = REFUSED, {"why": "encrypted_state", "type": kind}
        # Clients write the relation on both sides, or only outside; another one inside is a forgery or a mistake.
        inner = content.get("m.relates_to")
        other_relation = inner is not None and inner != event.content.get("m.relates_to")
        content = {key: value for key, value in content.items() if key != "m.relates_to"}
        if "m.relates_to" in event.content:
            content["m.relates_to"] = event.content["m.relates_to"]
        return msgspec.structs.replace(
            event,
            type=kind,
            content=content,
            encrypted=True,
            trust=found.trust,
            device_id=found.device_id,
            session_id=found.session_id,
            message_index=found.message_index,
            other_relation=other_relation,
        )

    def _events(self, room_id: str, events: Iterable[msgspec.Raw | bytes]) -> tuple[Event, ...]:
        read = (self.event(room_id, bytes(raw)) for raw in events)
        return tuple(event for event in read if event is not None)

    def _room(self, room_id: str, room: _Room, membership: str, since: str | None, was_joined: bool) -> RoomBatch:
        timeline = self._events(room_id, room.timeline.events)
        gap = None
        if room.timeline.limited and since is not None:
            arrived = membership == "leave" or any(map(self._is_our_arrival, timeline))
            if was_joined or not arrived:
                gap = GapSpan(room_id, since, room.timeline.prev_batch or "")
        return RoomBatch(
            room_id=room_id,
            membership=membership,
            state=self.state(room_id, room.state.events),
            timeline=timeline,
            gap=gap,
        )

    def _is_our_arrival(self, event: Event) -> bool:
        """Our own join, as opposed to a new display name, which is a join after a join."""
        if event.type != "m.room.member" or event.state_key != self._user_id:
            return False
        if event.content.get("membership") != "join":
            return False
        return (event.prev_content or {}).get("membership") != "join"

    def _invitation(self, room_id: str, events: list[msgspec.Raw]) -> Invitation | None:
        """The inviter is the sender of our own stripped member event, and nobody else's claim."""
        for raw in events:
            try:
                event = decode_object(bytes(raw))
            except Unreadable:
                continue
            content, sender = event.get("content"), event.get("sender")
            if (
                event.get("type") == "m.room.member"
                and event.get("state_key") == self._user_id
                and isinstance(content, dict)
                and content.get("membership") == "invite"
                and isinstance(sender, str)
                and _is_user_id(sender)
            ):
                return Invitation(room_id, sender, content.get("is_direct") is True)
        log.warning("invitation without an inviter", room_id=room_id)
        return None


def _malformed(room_id: str, raw: bytes) -> Event | None:
    try:
        found = decode_object(raw)
    except Unreadable:
        found = {}
    event_id, sender, at = found.get("event_id"), found.get("sender"), found.get("origin_server_ts")
    if not isinstance(event_id, str) or not event_id:
        log.warning("event without an id", room_id=room_id, size=len(raw))
        return None
    return Event(
        event_id=event_id,
        room_id=room_id,
        sender=sender if isinstance(sender, str) else "",
        type=MALFORMED,
        content={"why": "event"},
        origin_ts=min(max(at, 0), LATEST_MS) if type(at) is int else 0,
        raw=raw,
    )


def _is_endless(outer: _Outer) -> bool:
    """An id that no homeserver lets through; shown on a card, it would make the card too large to be sent."""
    state_key = "" if outer.state_key is msgspec.UNSET else outer.state_key
    return max(map(len, (outer.event_id, outer.sender, outer.type, state_key))) > LONGEST_ID


def _redacts(outer: _Outer) -> str | None:
    """Up to room version 10 the target is at the top, later in the content; servers copy it to the other place."""
    for target in (outer.redacts, outer.content.get("redacts")):
        if isinstance(target, str):
            return target
    return None


def _may_be_encrypted(kind: str) -> bool:
    """Whether a payload of this type is a message. State and redactions act on a room, and are always clear."""
    return kind == "m.room.message" or not kind.startswith(("m.room.", "m.space.", "m.policy.", "tudang."))


def _is_user_id(text: str) -> bool:
    return text.startswith("@") and ":" in text


def _listed(value: object, key: str) -> list[object]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _strings(values: list[Any]) -> list[str]:
    return [value for value in values if isinstance(value, str)]
