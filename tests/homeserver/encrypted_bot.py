"""The homeserver side alone on a real homeserver: client, machine, key store, and state from its batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

from bridge.ledger.keyring import SqliteKeyring, secret_key
from bridge.matrix.client import MatrixHomeserver
from bridge.matrix.crypto import Machine
from bridge.matrix.requests import Requests
from bridge.model.clock import Clock, SystemClock
from bridge.model.event import Event, Json
from bridge.rehearsal.homeserver import Account


class States:
    """Room state from what the syncs brought, in the place of the ledger's table."""

    def __init__(self) -> None:
        self.rooms: dict[str, dict[tuple[str, str], Json]] = {}

    def take(self, event: Event) -> None:
        if event.state_key is not None:
            self.rooms.setdefault(event.room_id, {})[event.type, event.state_key] = event.content

    async def members(self, room_id: str, memberships: Sequence[str] = ("join",)) -> frozenset[str]:
        return frozenset(
            user
            for (event_type, user), content in self.rooms.get(room_id, {}).items()
            if event_type == "m.room.member" and content.get("membership") in memberships
        )

    async def state(self, room_id: str, event_type: str, state_key: str = "") -> Json | None:
        return self.rooms.get(room_id, {}).get((event_type, state_key))


class EncryptedBot:
    """One device; :meth:`restart` makes everything anew on the same store and token."""

    def __init__(self, url: str, account: Account, store: Path, clock: Clock | None = None) -> None:
        self.url = url
        self.account = account
        self.store = store
        self.clock = clock or SystemClock()
        self.events: list[Event] = []
        self.sealed: list[Event] = []
        self.token: str | None = None
        self.states = States()
        self._start()

    def _start(self) -> None:
        self.keyring = SqliteKeyring(self.store / "keys.db")
        self.secret = secret_key(self.store / "keys.secret")
        self.requests = Requests(self.url, self.account.access_token)
        self.machine = Machine(
            self.account.user_id,
            self.account.device_id,
            caller=self.requests,
            keyring=self.keyring,
            secret_key=self.secret,
            rooms=self.states,
            clock=self.clock,
        )
        self.homeserver = MatrixHomeserver(
            self.requests,
            user_id=self.account.user_id,
            device_id=self.account.device_id,
            crypto=self.machine,
            states=self.states,
        )

    async def close(self) -> None:
        await self.homeserver.close()
        self.keyring.close()

    async def restart(self) -> None:
        await self.close()
        self._start()

    async def sync(self, timeout_ms: int = 0) -> None:
        """One sync step and the upkeep that goes with it."""
        batch = await self.homeserver.sync(self.token, timeout_ms)
        self.token = batch.token
        for invitation in batch.invitations:
            await self.homeserver.join(invitation.room_id)
        for room in batch.rooms:
            for event in (*room.state, *room.timeline):
                self.states.take(event)
                if event.state_key is None:
                    (self.sealed if event.sealed else self.events).append(event)
        for event in list(self.sealed):
            opened = await self.homeserver.open_again(event.room_id, event.raw)
            if not opened.sealed:
                self.sealed.remove(event)
                self.events.append(opened)
        await self.machine.upkeep()

    async def wait_for(self, met: Callable[[Event], bool], *, steps: int = 20) -> Event:
        """Sync until an event is met. Fails with what came instead."""
        for _ in range(steps):
            for event in self.events:
                if met(event):
                    return event
            await self.sync(timeout_ms=1000)
        raise AssertionError([(e.sender, e.type, e.sealed) for e in (*self.events, *self.sealed)])

    async def until_member(self, room_id: str, user_id: str, *, gone: bool = False, steps: int = 30) -> None:
        """Sync until somebody is (or is no longer) a member as far as we know."""
        for _ in range(steps):
            if (user_id in await self.states.members(room_id)) is not gone:
                return
            await self.sync(timeout_ms=500)
        raise AssertionError(f"{user_id} {'stayed' if gone else 'did not come'}")

    async def text(self, room_id: str, part: str) -> Event:
        """The received message with this text."""
        return await self.wait_for(lambda e: e.room_id == room_id and part in str(e.content.get("body")))

    async def say(self, room_id: str, body: str, **more: object) -> str:
        """Send a notice, as the bot speaks; returns the event id."""
        content: Json = {"msgtype": "m.notice", "body": body, **more}
        return (await self.homeserver.send(room_id, "m.room.message", content, uuid4().hex)).event_id
