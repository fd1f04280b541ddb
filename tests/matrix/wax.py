"""A sealing that a test can read, and messages as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.matrix.sealing import Opened, Received, Sealed
from bridge.model.event import Event, Json, Trust
from tests.fakes.plain import PlainRooms


def bodies(events: Sequence[Event]) -> list[str]:
    return [event.content["body"] for event in events if event.type == "m.room.message"]


class WaxSeals(PlainRooms):
    """A sealing that a test can read: the ciphertext is the payload."""

    def __init__(self) -> None:
        self.received: list[Json] = []
        self.upkeeps = 0
        self.failure: Exception | None = None

    async def receive(self, sync: Json) -> Received:
        self.received.append(sync)
        return Received(new_sessions=(("!r", "S"),))

    def open(self, room_id: str, outer: Json) -> Opened | Sealed:
        payload = outer["content"].get("wax")
        if not isinstance(payload, dict):
            return Sealed("no_session", session_id="S")
        return Opened(payload=payload, session_id="S", message_index=0, device_id="D", trust=Trust.UNSIGNED)

    async def seal(self, room_id: str, event_type: str, content: Json) -> Json:
        return {"wax": {"type": event_type, "content": content, "room_id": room_id}}

    async def upkeep(self) -> None:
        self.upkeeps += 1
        if self.failure is not None:
            raise self.failure
