"""A sealing of glass: the test sees what is in an encrypted event, and so does the bridge that has the key."""

from __future__ import annotations

import uuid

from bridge.matrix.sealing import Opened, Sealed
from bridge.model.event import Json, Trust
from tests.fakes.plain import PlainRooms


class Glass(PlainRooms):
    """Seals and opens `m.room.encrypted` events; those of the sessions in ``missing`` stay closed."""

    def __init__(self) -> None:
        self.missing: set[str] = set()

    async def seal(self, room_id: str, event_type: str, content: Json) -> Json:
        return letter(content, event_type=event_type)

    def open(self, room_id: str, outer: Json) -> Opened | Sealed:
        content = outer["content"]
        if content["session_id"] in self.missing:
            return Sealed("no_session", content["session_id"], "DEVICE")
        payload = {"type": content["type"], "content": content["letter"], "room_id": room_id}
        return Opened(payload, content["session_id"], 0, "DEVICE", Trust.CROSS_SIGNED)


def letter(content: Json | str, *, session: str = "", event_type: str = "m.room.message") -> Json:
    """The content of an encrypted event that says this, of a session of its own."""
    inner = {"msgtype": "m.text", "body": content} if isinstance(content, str) else content
    outer: Json = {
        "algorithm": "glass",
        "session_id": session or uuid.uuid4().hex,
        "type": event_type,
        "letter": inner,
    }
    if "m.relates_to" in inner:
        outer["m.relates_to"] = inner["m.relates_to"]
    return outer


def unsealed(event: Json) -> Json:
    """An event of the fake homeserver as its readers see it."""
    if event["type"] != "m.room.encrypted" or not event["content"]:
        return event
    return {**event, "type": event["content"]["type"], "content": event["content"]["letter"]}
