"""What a simulated client knows of a room, and its events as :class:`bridge.model.event.Event`."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson

from bridge.model.event import Event, Json


@dataclass
class RoomView:
    """Members and encryption of one room, fed by its state events in order."""

    encrypted: bool = False
    history_visibility: str = "shared"
    memberships: dict[str, str] = field(default_factory=dict)
    powers: Json = field(default_factory=dict)
    members_asked: bool = False
    sent: dict[tuple[str, str], int] = field(default_factory=dict)
    """Event type and state key -> when what we hold of it was sent, in milliseconds."""

    @property
    def joined(self) -> frozenset[str]:
        """User ids that are in the room."""
        return frozenset(user for user, membership in self.memberships.items() if membership == "join")

    @property
    def key_holders(self) -> frozenset[str]:
        """Whose devices get the room's keys: the joined, and the invited unless history starts at the join."""
        if self.history_visibility == "joined":
            return self.joined
        return frozenset(user for user, membership in self.memberships.items() if membership in ("join", "invite"))

    def apply(self, raw: Json, *, only_newer: bool = False) -> None:
        """Take one raw event; anything but a state event that matters here is passed over.

        With ``only_newer``, so is one that was sent before what we hold.
        """
        if "state_key" not in raw:
            return
        key, sent = (str(raw.get("type")), str(raw["state_key"])), int(raw.get("origin_server_ts", 0))
        if only_newer and sent < self.sent.get(key, 0):
            return
        self.sent[key] = sent
        content = raw.get("content", {})
        match raw.get("type"), raw["state_key"]:
            case "m.room.encryption", "":
                self.encrypted = True
            case "m.room.history_visibility", "":
                self.history_visibility = str(content.get("history_visibility", "shared"))
            case "m.room.power_levels", "":
                self.powers = content
            case "m.room.member", str(user_id):
                self.memberships[user_id] = str(content.get("membership", "leave"))


def event_from(room_id: str, raw: Json, *, payload: Json | None = None, sealed: str | None = None) -> Event:
    """The event of a raw timeline event; ``payload`` is its decrypted payload, if it was encrypted.

    Type and content come from the payload, everything else, `m.relates_to` included, from the outer event.
    """
    content = raw.get("content", {})
    event_type = raw["type"]
    if payload is not None:
        inner = {key: value for key, value in payload.get("content", {}).items() if key != "m.relates_to"}
        relation = content.get("m.relates_to")
        content = inner if relation is None else {**inner, "m.relates_to": relation}
        event_type = str(payload.get("type"))
    unsigned = raw.get("unsigned", {})
    return Event(
        event_id=raw["event_id"],
        room_id=room_id,
        sender=raw["sender"],
        type=event_type,
        content=content,
        origin_ts=raw.get("origin_server_ts", 0),
        state_key=raw.get("state_key"),
        redacts=raw.get("redacts") or raw.get("content", {}).get("redacts"),
        transaction_id=unsigned.get("transaction_id"),
        redacted="redacted_because" in unsigned,
        encrypted=payload is not None,
        sealed=sealed,
        device_id=raw.get("content", {}).get("device_id") if payload is not None else None,
        session_id=raw.get("content", {}).get("session_id") if payload is not None else None,
        raw=orjson.dumps(raw),
    )
