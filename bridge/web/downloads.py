"""``GET /bundle/<token>``: one weekly bundle, once. For bundles that are too large for the homeserver.

Whoever has the link may fetch the file until the link's time is over. It is used up when the last byte has been
written; a download that broke off before may be repeated. An unknown, a used and an expired link look the same.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import quote

import structlog
from aiohttp import web

log = structlog.get_logger()

CHUNK = 256 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


class Shelf(Protocol):
    """Where the links lead to. ``digest`` is the SHA-256 of a link's token, hexadecimal."""

    async def bundle(self, digest: str) -> Path | None:
        """The file of a link that may still be used; None for every other."""
        ...

    async def used(self, digest: str) -> None:
        """The file was sent whole."""
        ...


class Downloads:
    """The route. ``gone`` is the sentence for a link that leads nowhere."""

    def __init__(self, shelf: Shelf, gone: Callable[[], str]) -> None:
        self._shelf = shelf
        self._gone = gone
        self._finishing: dict[str, asyncio.Lock] = {}

    def routes(self) -> list[web.RouteDef]:
        """What the web page serves for it."""
        return [web.get("/bundle/{token}", self._answer, allow_head=True)]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        # Only the hash is looked for, so that how long it takes tells nothing about a token.
        digest = hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
        path = await self._shelf.bundle(digest) if _TOKEN.fullmatch(token) and not _previews(request) else None
        if path is None:
            return web.Response(status=404, text=self._gone(), headers=HEADERS)
        file = await asyncio.to_thread(path.open, "rb")
        try:
            return await self._send(request, digest, path, file)
        finally:
            await asyncio.to_thread(file.close)

    async def _send(self, request: web.Request, digest: str, path: Path, file: BinaryIO) -> web.StreamResponse:
        size = (await asyncio.to_thread(path.stat)).st_size
        named = f"attachment; filename=\"bundle.zip\"; filename*=UTF-8''{quote(path.name, safe='')}"
        response = web.StreamResponse(headers={**HEADERS, "Content-Disposition": named})
        response.content_type = "application/zip"
        response.content_length = size
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        last = b""
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            if last:
                await response.write(last)
            last = chunk
        await self._finish(response, digest, last)
        return response

    async def _finish(self, response: web.StreamResponse, digest: str, last: bytes) -> None:
        """The last piece, for one download of a link only, however many run side by side."""
        # As many locks as weeks are fetched by link while this process runs: few.
        async with self._finishing.setdefault(digest, asyncio.Lock()):
            if await self._shelf.bundle(digest) is None:
                # Another one was faster: this one stays without its end.
                raise ConnectionResetError("the link was used meanwhile")
            await response.write(last)
            await response.write_eof()
            await self._shelf.used(digest)
            log.info("a bundle was fetched")


def _previews(request: web.Request) -> bool:
    """Homeservers and chat programs fetch what is linked to show a preview; that must not use the link up."""
    return "bot" in request.headers.get("User-Agent", "").lower()
