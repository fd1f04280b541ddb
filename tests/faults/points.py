"""Points at which a process may die: after every commit of the ledger and every request that changes something.

Between two of these nothing changes that outlives the process. A transaction that is all written and not committed
is a point, too, for whoever asks for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import BinaryIO, TypeVar

import aiohttp

from bridge.ledger.databases import Database
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store
from bridge.matrix.requests import DEFAULT_LIMIT, DEFAULT_SECONDS, Requests
from bridge.model.event import Json

T = TypeVar("T")


class Crash(BaseException):
    """The process is dead: no handler of ours may go on after it."""


class Points:
    """Counts the points that are passed; at number ``at`` the process dies, and nothing gets through any more."""

    def __init__(self, at: int = 0, *, uncommitted: bool = False) -> None:
        self.at = at
        self.uncommitted = uncommitted
        self.passed: list[str] = []
        self.dead = False

    def hit(self, name: str) -> None:
        self.alive()
        self.passed.append(name)
        if len(self.passed) == self.at:
            self.dead = True
        self.alive()

    def alive(self) -> None:
        if self.dead:
            raise Crash(self.passed[-1])


class MortalLedger(Ledger):
    """A ledger that may die at the end of a transaction, or after it."""

    def __init__(self, database: Database, points: Points) -> None:
        self.points = points
        super().__init__(database)

    async def write(self, work: Callable[[Store], T]) -> T:
        self.points.alive()

        def mortal(store: Store) -> T:
            result = work(store)
            # Everything was written, nothing is committed.
            if self.points.uncommitted:
                self.points.hit("before a commit")
            self.points.alive()
            return result

        result = await super().write(mortal)
        self.points.hit("after a commit")
        return result

    async def read(self, work: Callable[[Store], T]) -> T:
        self.points.alive()
        return await super().read(work)


class MortalRequests(Requests):
    """Requests that may die after they took effect and before their answer is used."""

    def __init__(self, base_url: str, token: str, points: Points) -> None:
        super().__init__(base_url, token)
        self.points = points
        self.patience = DEFAULT_SECONDS
        """The longest that any answer is waited for, in seconds."""

    async def raw(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        query: Mapping[str, str] | None = None,
        seconds: float = DEFAULT_SECONDS,
        limit: int = DEFAULT_LIMIT,
    ) -> bytes:
        counts = method != "GET"
        self.points.alive()
        seconds = min(seconds, self.patience)
        answer = await super().raw(method, path, body=body, query=query, seconds=seconds, limit=limit)
        if counts:
            self.points.hit(f"after {method} {path.rsplit('/', 2)[-2]}")
        self.points.alive()
        return answer

    async def upload(
        self, method: str, path: str, data: bytes | BinaryIO, content_type: str, *, seconds: float = 300.0
    ) -> Json:
        self.points.alive()
        seconds = min(seconds, self.patience)
        answer = await super().upload(method, path, data, content_type, seconds=seconds)
        self.points.hit("after the upload")
        return answer

    @asynccontextmanager
    async def download(self, path: str, *, seconds: float = 900.0) -> AsyncIterator[aiohttp.ClientResponse]:
        self.points.alive()
        async with super().download(path, seconds=seconds) as response:
            yield response
        self.points.hit("after a download")
