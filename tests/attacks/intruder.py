"""A member with a client of his own making: any plaintext through a real Megolm session, any event as it stands."""

from __future__ import annotations

from uuid import uuid4

import orjson

from bridge.model.event import Json
from bridge.rehearsal.client import StaffClient
from bridge.rehearsal.wire import segment


class Intruder:
    """What a person can do in one room with the keys of an ordinary client and no scruples.

    All calls return the event id and raise :class:`~bridge.model.ports.MatrixError` when the homeserver refuses.
    """

    def __init__(self, client: StaffClient, room: str) -> None:
        self.client = client
        self.room = room

    @property
    def user_id(self) -> str:
        return self.client.user_id

    async def plaintext(self, plaintext: str, *, outer: Json | None = None) -> str:
        """Encrypt any text at all. ``outer`` replaces keys of the clear content around it; None takes one away."""
        return await self.put("m.room.encrypted", await self.ciphertext(plaintext, outer=outer))

    async def payload(self, payload: Json, *, outer: Json | None = None) -> str:
        """Encrypt a payload; it is for this room unless it says otherwise."""
        return await self.plaintext(orjson.dumps({"room_id": self.room, **payload}).decode(), outer=outer)

    async def words(self, content: Json, *, outer: Json | None = None, **payload: object) -> str:
        """Encrypt a message with this content; ``payload`` are keys beside it that should have no meaning."""
        return await self.payload({"type": "m.room.message", "content": content, **payload}, outer=outer)

    async def ciphertext(self, plaintext: str, *, outer: Json | None = None) -> Json:
        """The content of an encrypted event that has not been sent."""
        client = self.client
        holders = (await client.known(self.room)).key_holders
        async with client._keys:
            content = await client._device.seal(self.room, holders, plaintext)
        return {key: value for key, value in {**content, **(outer or {})}.items() if value is not None}

    async def put(self, kind: str, content: Json) -> str:
        """Send a message event exactly so."""
        path = f"/_matrix/client/v3/rooms/{segment(self.room)}/send/{segment(kind)}/{uuid4().hex}"
        return str((await self.client.wire.call("PUT", path, content))["event_id"])

    async def clear(self, body: str) -> str:
        """What a client without encryption, or a homeserver that lies, would send."""
        return await self.put("m.room.message", {"msgtype": "m.text", "body": body})

    async def seen(self, event: str) -> Json:
        """The content of an event as the homeserver has it: of an encrypted one, the ciphertext."""
        path = f"/_matrix/client/v3/rooms/{segment(self.room)}/event/{segment(event)}"
        content: Json = (await self.client.wire.call("GET", path))["content"]
        return content
