"""Matrix events as the house sees them, and what a sync response brings.

An :class:`Event` is made from the raw JSON that the homeserver gave us. When it arrived encrypted, ``type`` and
``content`` come from the decrypted payload, and everything else, ``m.relates_to`` included, from the outer event:
a payload must never be able to speak about who sent it, when, or what it relates to.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

Json = dict[str, Any]
"""A decoded JSON object of unknown, possibly hostile, shape."""


class Trust(StrEnum):
    """How well the device that sent an event is bound to its owner."""

    CLEAR = "clear"
    """Not encrypted: attested by the homeserver only."""
    CROSS_SIGNED = "cross_signed"
    """Encrypted by a device that its owner's cross-signing identity has signed."""
    UNSIGNED = "unsigned"
    """Encrypted by a known device without an owner's signature."""
    MISMATCH = "mismatch"
    """The session does not belong to a device of the sender: never acted on."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a room, state or message. Times are milliseconds since the Unix epoch."""

    event_id: str
    room_id: str
    sender: str
    type: str
    content: Json
    origin_ts: int
    """The sender's homeserver's claim (`origin_server_ts`)."""
    state_key: str | None = None
    redacts: str | None = None
    transaction_id: str | None = None
    """`unsigned.transaction_id`, present on our own events from this device."""
    prev_content: Json | None = None
    """`unsigned.prev_content`: of a state event, what it replaced, if the homeserver says so."""
    redacted: bool = False
    """The outer event's `unsigned.redacted_because` was present."""
    encrypted: bool = False
    """The event arrived as `m.room.encrypted` and was decrypted."""
    sealed: str | None = None
    """Why it could not be decrypted (a short code such as `no_session`, `m.unverified`); None otherwise."""
    trust: Trust = Trust.CLEAR
    device_id: str | None = None
    session_id: str | None = None
    message_index: int | None = None
    """With `session_id`, the place in the Megolm ratchet; the pair may appear only once in a ledger."""
    other_relation: bool = False
    """The payload claimed another `m.relates_to` than the outer event has; it was dropped."""
    raw: bytes = b""
    """The outer event's JSON as received."""


class GapSpan(msgspec.Struct, frozen=True):
    """A hole in a room's timeline: fetch forward from ``since`` (a sync token) to ``until`` (`prev_batch`)."""

    room_id: str
    since: str
    until: str


class Invitation(msgspec.Struct, frozen=True):
    """We were invited to a room. ``direct`` is the inviter's claim."""

    room_id: str
    inviter: str
    direct: bool = False


class RoomBatch(msgspec.Struct, frozen=True):
    """What one sync response says about one room, in the order of its timeline."""

    room_id: str
    membership: str
    """`join` or `leave`: ours."""
    state: tuple[Event, ...] = ()
    """State before the timeline (only clear events; encrypted payloads are never state)."""
    timeline: tuple[Event, ...] = ()
    gap: GapSpan | None = None


class Batch(msgspec.Struct, frozen=True):
    """One sync response. ``token`` is stored in the same transaction as its events."""

    token: str
    rooms: tuple[RoomBatch, ...] = ()
    invitations: tuple[Invitation, ...] = ()
    new_sessions: tuple[tuple[str, str], ...] = ()
    """(room id, session id) of Megolm sessions that became readable: sealed events may be retried."""
    withheld: tuple[tuple[str, str, str], ...] = ()
    """(room id, session id, code) of sessions whose sender refused us the key."""
    new_devices: tuple[tuple[str, str], ...] = ()
    """(user id, device id) of devices that people whose devices were known have added."""


class Page(msgspec.Struct, frozen=True):
    """One page of /messages. ``end`` is None when the walk is over."""

    events: tuple[Event, ...]
    end: str | None
