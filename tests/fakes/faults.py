"""Faults to order: which requests go wrong, how, how often, and whether they have taken effect by then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from aiohttp import web

Kind = Literal["status", "limited", "html", "truncated", "drop", "hang", "endless", "not_json", "slow"]


@dataclass
class Fault:
    """The next ``times`` requests that match go wrong.

    ``pattern`` is a glob on `METHOD /path` (percent-decoded), such as `PUT */send/*`. ``after`` lets the request
    take effect first, so that only its answer is lost. ``status`` belongs to `status`, `limited`, `html` and
    `not_json`; ``retry_after_ms`` to `limited`: in the body, or with ``header`` in Retry-After.
    :attr:`struck` is set when the first such request is there, with its effect not yet made.
    `hang` answers nothing and `slow` nothing until :attr:`released` is set; `endless` never ends.
    """

    pattern: str
    kind: Kind
    times: int = 1
    after: bool = False
    status: int = 503
    errcode: str = "M_UNKNOWN"
    retry_after_ms: int | None = 1000
    header: str | None = None
    released: asyncio.Event = field(default_factory=asyncio.Event)
    struck: asyncio.Event = field(default_factory=asyncio.Event)
    hits: int = 0

    def matches(self, request: web.Request) -> bool:
        return self.hits < self.times and fnmatchcase(f"{request.method} {request.path}", self.pattern)

    async def apply(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        self.hits += 1
        self.struck.set()
        real = await handler(request) if self.after else None
        if self.kind == "status":
            return web.json_response({"errcode": self.errcode, "error": "as ordered"}, status=self.status)
        if self.kind == "limited":
            return self._limited()
        if self.kind == "html":
            page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
            return web.Response(text=page, content_type="text/html", status=self.status)
        if self.kind == "not_json":
            return web.Response(body=b'["not an object"', content_type="application/json", status=self.status)
        if self.kind == "truncated":
            return await self._truncated(request, real or await handler(request))
        if self.kind == "drop":
            return _abort(request)
        if self.kind == "endless":
            return await self._endless(request)
        await self.released.wait()
        return _abort(request) if self.kind == "hang" else real or await handler(request)

    def _limited(self) -> web.Response:
        body: dict[str, object] = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests"}
        headers = {}
        if self.header is not None:
            headers["Retry-After"] = self.header
        elif self.retry_after_ms is not None:
            body["retry_after_ms"] = self.retry_after_ms
        return web.json_response(body, status=429, headers=headers)

    async def _truncated(self, request: web.Request, real: web.StreamResponse) -> web.StreamResponse:
        body = real.body if isinstance(real, web.Response) and isinstance(real.body, bytes) else b"{}"
        response = web.StreamResponse(status=200, headers={"Content-Length": str(len(body))})
        response.content_type = real.content_type
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        _abort(request)
        return response

    async def _endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=200)
        response.content_type = "application/json"
        await response.prepare(request)
        try:
            while not self.released.is_set():
                await response.write(b" " * 65536)
        except OSError:
            pass  # the other side had enough
        return response


def _abort(request: web.Request) -> web.Response:
    """Cut the connection: the client sees a reset, not an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
