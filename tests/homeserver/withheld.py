"""A client whose room keys do not reach somebody, until they are released: as when a phone loses its network."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

import aiohttp

from bridge.model.event import Json
from bridge.rehearsal.client import StaffClient
from bridge.rehearsal.wire import Wire


class WithheldKeys(Wire):
    """The wire of a device that keeps back what it sends to one user's devices."""

    def __init__(self, client: StaffClient, session: aiohttp.ClientSession, user: str) -> None:
        super().__init__(client.wire.url, session, client.account.access_token)
        self._user = user
        self._held: list[Json] = []
        # The device makes its own requests; no client has a switch for this.
        client._device._wire = self

    async def call(
        self, method: str, path: str, body: Json | None = None, *, query: Mapping[str, str] | None = None
    ) -> Json:
        if "/sendToDevice/" in path and body is not None and self._user in body.get("messages", {}):
            others = dict(body["messages"])
            self._held.append({self._user: others.pop(self._user)})
            body = {**body, "messages": others}
        return await super().call(method, path, body, query=query)

    async def release(self) -> None:
        """What was kept back arrives after all."""
        held, self._held = self._held, []
        for messages in held:
            path = f"/_matrix/client/v3/sendToDevice/m.room.encrypted/{uuid4().hex}"
            await super().call("PUT", path, {"messages": messages})
