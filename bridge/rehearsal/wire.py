"""Client-server API requests of the rehearsal, with the patience of a real client.

Written apart from ``bridge/matrix`` on purpose: the clients that test the bridge must not share its mistakes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import quote

import aiohttp
import orjson

from bridge.model.event import Json
from bridge.model.ports import MatrixError


class Wire:
    """Requests to one homeserver with one access token (or none), over a shared ``session``."""

    def __init__(self, url: str, session: aiohttp.ClientSession, token: str | None = None) -> None:
        self.url = url
        self._session = session
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def once(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        query: Mapping[str, str] | None = None,
        timeout_s: float = 60.0,
    ) -> Json:
        """One request, JSON in and out. Raises :class:`MatrixError`, with status 0 when there was no answer."""
        data = None if body is None else orjson.dumps(body)
        try:
            async with self._session.request(
                method,
                self.url + path,
                data=data,
                params=query,
                headers={**self._headers, "Content-Type": "application/json"},
                timeout=aiohttp.ClientTimeout(total=timeout_s),
            ) as answer:
                return _understood(answer.status, await answer.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise MatrixError("M_UNKNOWN", f"no answer from {self.url}: {error}") from error

    async def call(
        self, method: str, path: str, body: Json | None = None, *, query: Mapping[str, str] | None = None
    ) -> Json:
        """As :meth:`once`, but no answer, a 5xx and a 429 are tried again for a while."""
        for number in range(1, 9):
            try:
                return await self.once(method, path, body, query=query)
            except MatrixError as error:
                if not is_passing(error):
                    raise
                await asyncio.sleep((error.retry_after_ms or 50 * 2**number) / 1000)
        return await self.once(method, path, body, query=query)

    async def upload(self, data: bytes, content_type: str, filename: str) -> str:
        """Upload a file and return its `mxc://` address."""
        try:
            async with self._session.post(
                f"{self.url}/_matrix/media/v3/upload",
                data=data,
                params={"filename": filename},
                headers={**self._headers, "Content-Type": content_type},
            ) as answer:
                return str(_understood(answer.status, await answer.read())["content_uri"])
        except (aiohttp.ClientError, TimeoutError) as error:
            raise MatrixError("M_UNKNOWN", f"no answer from {self.url}: {error}") from error

    async def download(self, mxc: str) -> bytes:
        """The bytes behind an `mxc://` address, by the authenticated media API."""
        server, _, media_id = mxc.removeprefix("mxc://").partition("/")
        address = f"{self.url}/_matrix/client/v1/media/download/{quote(server)}/{quote(media_id, safe='')}"
        try:
            async with self._session.get(address, headers=self._headers) as answer:
                data = await answer.read()
                if answer.status != 200:
                    _understood(answer.status, data)
                return data
        except (aiohttp.ClientError, TimeoutError) as error:
            raise MatrixError("M_UNKNOWN", f"no answer from {self.url}: {error}") from error


def is_passing(error: MatrixError) -> bool:
    """Whether the same request may succeed a moment later."""
    return error.status in (0, 429) or error.status >= 500


def segment(value: str) -> str:
    """``value`` quoted for one segment of a path."""
    return quote(value, safe="")


def _understood(status: int, data: bytes) -> Json:
    try:
        payload = orjson.loads(data)
    except orjson.JSONDecodeError:
        payload = None
    if not isinstance(payload, dict):
        raise MatrixError("M_UNKNOWN", f"an answer with status {status} that is not a JSON object", status=status)
    if status != 200:
        raise MatrixError(
            str(payload.get("errcode", "M_UNKNOWN")),
            str(payload.get("error", "")),
            status=status,
            retry_after_ms=payload.get("retry_after_ms"),
        )
    return payload
