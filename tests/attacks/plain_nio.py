"""The baseline: matrix-nio's AsyncClient as its documentation has one use it, and what it comes to believe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from nio import AsyncClient, AsyncClientConfig, MatrixRoom, SyncResponse

from bridge.model.event import Json
from bridge.rehearsal.homeserver import Account

FILTER: Json = {"room": {"timeline": {"limit": 500}}}
"""Without it a client that syncs seldom loses events: nio does not fill gaps."""


class Belief(msgspec.Struct, frozen=True):
    """What nio made of one event."""

    kind: str
    """The class that its callbacks get."""
    changed: Json
    """What it believes of the room since, in words of :meth:`PlainNio._room`."""
    event: Any

    @property
    def body(self) -> str | None:
        """The text that a bot would read."""
        body = getattr(self.event, "body", None)
        return body if isinstance(body, str) else None


class PlainNio:
    """One nio client on a device of its own, in one room; ``who`` names the accounts that it is asked about.

    Those are `intruder`, whose power, and `regent` and `outsider`, whose presence is looked at.
    """

    def __init__(
        self,
        url: str,
        account: Account,
        store: Path,
        room: str,
        who: Mapping[str, str],
        *,
        since: str | None = None,
    ) -> None:
        store.mkdir(parents=True, exist_ok=True)
        self.client = AsyncClient(
            url,
            account.user_id,
            account.device_id,
            store_path=str(store),
            config=AsyncClientConfig(encryption_enabled=True, store_sync_tokens=False, pickle_key="secret"),
        )
        self.client.restore_login(account.user_id, account.device_id, account.access_token)
        self.client.next_batch = since
        self.client.add_event_callback(self._told, None)  # None: events of every class
        self.beliefs: dict[str, Belief] = {}
        self._place = (url, account, store, room, who)
        self._who = who
        self._known: Json = {}

    def again(self) -> PlainNio:
        """Another one, as after a restart: on the same store, from the newest token on."""
        return PlainNio(*self._place, since=self.client.next_batch)

    async def sync(self) -> str | None:
        """One sync and the upkeep after it; the name of what escaped from nio, None when nothing did."""
        try:
            answer = await self.client.sync(timeout=0, sync_filter=FILTER, full_state=not self.client.next_batch)
            assert isinstance(answer, SyncResponse), answer
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            return type(error).__name__
        await self.client.send_to_device_messages()
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        if self.client.should_query_keys:
            await self.client.keys_query()
        return None

    async def until(self, event: str) -> None:
        """Sync until it was told of an event; what it believes then is what the next event may change."""
        for _ in range(100):
            if event in self.beliefs:
                break
            assert await self.sync() is None
        assert event in self.beliefs
        self._known = self._room(self.client.rooms[self._place[3]])

    async def close(self) -> None:
        """Close its session."""
        await self.client.close()

    def _told(self, room: MatrixRoom, event: Any) -> None:
        now = self._room(room)
        changed = {key: value for key, value in now.items() if self._known.get(key) != value}
        self._known = now
        self.beliefs[event.event_id] = Belief(type(event).__name__, changed, event)

    def _room(self, room: MatrixRoom) -> Json:
        return {
            "name": room.name,
            "topic": room.topic,
            "alias": room.canonical_alias,
            "regent in": self._who["regent"] in room.users,
            "outsider in": self._who["outsider"] in room.users,
            "intruder's level": room.power_levels.get_user_level(self._who["intruder"]),
            "intruder may ban": room.power_levels.can_user_ban(self._who["intruder"]),
            "join rule": room.join_rule,
            "guests": room.guest_access,
            "history": room.history_visibility,
            "version": room.room_version,
            "replaced by": room.replacement_room,
            "children": sorted(room.children),
        }
