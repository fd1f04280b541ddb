"""``/healthz``: is everything running, now and not once upon a time.

Answers 503 while the homeserver is not heard, which a new start may mend, and 200 otherwise. The JSON is the same:
what people have to mend (a room without permission, a row that failed) stands among its reasons.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

import msgspec
from aiohttp import web


class RoomTrouble(msgspec.Struct, frozen=True):
    """A room that does not work, and why."""

    room: str
    kind: str
    why: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a running bridge. Ages are seconds by the bridge's clock; None: not yet."""

    ok: bool
    status: str = "well"
    """well, degraded (it runs, and people have something to mend) or unwell (a new start may help)."""
    reasons: tuple[str, ...]
    """One sentence for each thing that is wrong."""
    forum: str
    stage: str
    last_sync_age: float | None
    """Of the last answer of the homeserver that was taken in."""
    last_write_age: float | None
    """Of the last events taken in or rows decided; in a quiet forum it is old, and nothing is wrong."""
    sync_failing: str
    inbox: int
    """Rows waiting to be decided."""
    outbox: int
    """Effects to be delivered now, or in flight."""
    later: int
    """Effects put off: a card edited a moment ago, a limit, a permission that is missing."""
    media: int
    """Photos and videos waiting to be judged."""
    gaps: int
    failed: int
    """Rows that could not be decided, also before the last start; see `tudang doctor`."""
    degraded: tuple[RoomTrouble, ...]
    now: int
    """The bridge's clock, in ms since the Unix epoch."""
    rehearsal: bool
    preview: bool = False
    """Nothing is sent to the forum and nobody is invited or removed."""
    version: str


class HealthPage:
    """Serves the health of a bridge, and ``more`` routes, on a local address."""

    def __init__(self, health: Callable[[], Awaitable[Health]], more: Iterable[web.RouteDef] = ()) -> None:
        self._health = health
        self._more = tuple(more)
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self, listen: str, port: int) -> None:
        """Listen; port 0 picks a free one. Raises OSError when the address is taken."""
        app = web.Application()
        app.router.add_get("/healthz", self._answer)
        app.add_routes(self._more)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, listen, port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        health = await self._health()
        return web.Response(
            body=msgspec.json.encode(health),
            status=200 if health.ok else 503,
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )
