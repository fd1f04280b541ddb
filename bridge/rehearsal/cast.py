"""People for a test or a rehearsal: registered, logged in, in rooms that they all see."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import aiohttp

from bridge.rehearsal.client import StaffClient
from bridge.rehearsal.homeserver import Account, EmbeddedHomeserver

MakeUser = Callable[[str], Awaitable[Account]]


class MakeClient(Protocol):
    """Registers a user whose name begins with ``localpart`` and starts a client for it."""

    async def __call__(self, localpart: str, *, light: bool = False) -> StaffClient: ...


class MakeRoom(Protocol):
    """Creates a room and brings the others in; returns its id."""

    async def __call__(
        self,
        creator: StaffClient,
        *others: StaffClient,
        name: str = "Forum",
        encrypted: bool = True,
        levels: Mapping[str, int] | None = None,
    ) -> str: ...


class Cast:
    """Makes users and clients on ``homeserver``, with key stores under ``stores``; closes the clients at the end.

    Names are made unique with a number of ``serial``: ``client("ani")`` plays a user such as ``@ani.7:localhost``.
    """

    def __init__(
        self, homeserver: EmbeddedHomeserver, stores: Path, session: aiohttp.ClientSession, serial: Iterator[int]
    ) -> None:
        self._homeserver = homeserver
        self._stores = stores
        self._session = session
        self._serial = serial
        self._clients: list[StaffClient] = []

    async def user(self, localpart: str) -> Account:
        """A new user with a logged-in device."""
        return await self._homeserver.register(f"{localpart}.{next(self._serial)}", displayname=localpart.title())

    async def client(self, localpart: str, *, light: bool = False) -> StaffClient:
        """A started client of a new user."""
        return await self.play(await self.user(localpart), light=light)

    async def play(self, account: Account, *, light: bool = False) -> StaffClient:
        """A started client for an account; the same account and device get the same keys again."""
        store = self._stores / account.device_id
        client = StaffClient(self._homeserver.url, account, store, self._session, light=light)
        self._clients.append(client)
        await client.start()
        return client

    async def room(
        self,
        creator: StaffClient,
        *others: StaffClient,
        name: str = "Forum",
        encrypted: bool = True,
        levels: Mapping[str, int] | None = None,
    ) -> str:
        """A private room as Element makes it (encrypted, version 12) with everybody in it.

        Returns when everybody sees everybody: only then is the first message readable by all.
        """
        invited = [other.user_id for other in others]
        room_id = await creator.create_room(name, encrypted=encrypted, levels=levels, invite=invited)
        for other in others:
            await other.join(room_id)
        for client in (creator, *others):
            await client.wait_until_members(room_id, {creator.user_id, *invited})
        return room_id

    async def close(self) -> None:
        """Close every client made here."""
        for client in self._clients:
            await client.close()
