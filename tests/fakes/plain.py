"""A client without keys, for tests whose rooms are not encrypted."""

from __future__ import annotations

from bridge.matrix.sealing import Opened, Received, Sealed
from bridge.model.event import Json
from bridge.model.ports import MatrixError


class PlainRooms:
    """A :class:`Sealing` without keys: for an account that sits in unencrypted rooms only. It never encrypts."""

    async def receive(self, sync: Json) -> Received:
        return Received()

    def open(self, room_id: str, outer: Json) -> Opened | Sealed:
        return Sealed("no_keys")

    async def seal(self, room_id: str, event_type: str, content: Json) -> Json:
        raise MatrixError("no_keys", "this account has no keys, and the room is encrypted")

    async def upkeep(self) -> None:
        return None

    def doubt(self) -> None:
        """There is nothing to doubt."""
