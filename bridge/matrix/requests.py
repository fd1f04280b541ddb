"""HTTP to the homeserver's client-server API: one request, one answer, one typed error. Never a retry.

The access token travels in the `Authorization` header and nowhere else: nio's own request building puts it into
the URL, where proxies log it, so paths are built here. Redirects are not followed, because they would carry the
token to another host. Errors follow the specification's "Standard error response"; an answer that is not Matrix
JSON (a proxy's page, a truncated body, silence) is :class:`Unreachable`, whatever its status, so that it can never
be taken for "there is none".
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import BinaryIO
from urllib.parse import quote

import aiohttp
import msgspec
import structlog
from yarl import URL

from bridge.matrix.wire import Unreadable, decode_object
from bridge.model.event import Json
from bridge.model.ports import Forbidden, LimitExceeded, MatrixError, NotFound, TokenRevoked, Unreachable

MEBIBYTE = 1024 * 1024
DEFAULT_LIMIT = 32 * MEBIBYTE
"""Largest JSON answer taken, in bytes after decompression. A sync or a state asks for more."""
DEFAULT_SECONDS = 60.0
CONNECT_SECONDS = 15.0
DEFAULT_WAIT_MS = 5_000
"""How long a 429 that names no time makes us wait."""
LONGEST_WAIT_MS = 24 * 3600 * 1000
ERROR_LIMIT = 64 * 1024


class AuthenticationNeeded(MatrixError):
    """401 of the user-interactive authentication API: repeat the request with an `auth` object.

    ``session`` is to be sent back, ``flows`` are lists of stage names such as `m.login.password`.
    """

    def __init__(self, errcode: str, message: str, *, session: str | None, flows: tuple[tuple[str, ...], ...]):
        super().__init__(errcode, message, status=401)
        self.session = session
        self.flows = flows


class TooLarge(MatrixError):
    """The answer or file is larger than the caller wanted."""


def path(*segments: str) -> str:
    """A path below `/_matrix/client/v3`, each segment percent-encoded (`!room:a/b` cannot leave its place)."""
    return "/_matrix/client/v3/" + "/".join(map(_quoted, segments))


@lru_cache(maxsize=1024)
def _quoted(segment: str) -> str:
    return quote(segment, safe="")


@lru_cache(maxsize=64)
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    # Each read has no time of its own: it could not end before that for the whole, and is set with every piece.
    return aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)


class Requests:
    """Requests to one homeserver as one device (``token`` None: before the login).

    ``base_url`` is `https://matrix.example.org`, with a path where a proxy needs one.
    """

    def __init__(self, base_url: str, token: str | None = None) -> None:
        base = URL(base_url.rstrip("/"))
        if base.scheme not in ("http", "https") or not base.host or base.user or base.password:
            raise ValueError("the homeserver URL has to look like https://matrix.example.org")
        if base.query_string or base.fragment:
            raise ValueError("the homeserver URL must not have a ? or # part")
        self._base = str(base).rstrip("/")
        self._token = token
        self._session: aiohttp.ClientSession | None = None
        # Bound once: what is not shown at this level shall cost nothing for each request.
        self._log = structlog.get_logger(__name__).bind()

    async def json(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        query: Mapping[str, str] | None = None,
        seconds: float = DEFAULT_SECONDS,
        limit: int = DEFAULT_LIMIT,
    ) -> Json:
        """One request with a JSON object (or nothing) as body; the JSON object of a 2xx answer.

        ``path`` is percent-encoded already (see :func:`path`), ``seconds`` is for the whole exchange,
        ``limit`` in bytes. Raises :class:`MatrixError` kinds.
        """
        return _object(await self.raw(method, path, body=body, query=query, seconds=seconds, limit=limit))

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
        """As :meth:`json`, but the undecoded body of a 2xx answer."""
        data = b"{}" if body is None and method in ("POST", "PUT") else None
        data = msgspec.json.encode(body) if body is not None else data
        async with self._exchange(
            method, path, data=data, content_type="application/json", query=query, seconds=seconds
        ) as response:
            return await _whole(response, limit)

    async def upload(
        self, method: str, path: str, data: bytes | BinaryIO, content_type: str, *, seconds: float = 300.0
    ) -> Json:
        """One request with a file as body; an open file is sent as it is read, and closed."""
        async with self._exchange(method, path, data=data, content_type=content_type, seconds=seconds) as response:
            return _object(await _whole(response, DEFAULT_LIMIT))

    @asynccontextmanager
    async def download(self, path: str, *, seconds: float = 900.0) -> AsyncIterator[aiohttp.ClientResponse]:
        """A streaming GET: the open response, whose status is 200. Reading it is the caller's."""
        async with self._exchange("GET", path, seconds=seconds, plain=True) as response:
            if response.status != 200:
                raise Unreachable("not_matrix", "the file did not come whole", status=response.status)
            yield response

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def _exchange(
        self,
        method: str,
        path: str,
        *,
        seconds: float,
        data: bytes | BinaryIO | None = None,
        content_type: str | None = None,
        query: Mapping[str, str] | None = None,
        plain: bool = False,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The open response of a request that was answered with 2xx; every failure as a MatrixError kind."""
        headers = {} if self._token is None else {"Authorization": f"Bearer {self._token}"}
        if data is not None and content_type is not None:
            headers["Content-Type"] = content_type
        if plain:
            # A compressed file would make Content-Length useless against truncation.
            headers["Accept-Encoding"] = "identity"
        url = URL(self._base + path, encoded=True)
        if query:
            url = url.with_query(query)
        try:
            async with self._open_session().request(
                method,
                url,
                data=data,
                headers=headers,
                allow_redirects=False,
                timeout=_timeout(seconds),
            ) as response:
                self._log.debug("request", method=method, path=path, status=response.status)
                if not 200 <= response.status < 300:
                    raise await self._error(response)
                yield response
        except MatrixError:
            raise
        except TimeoutError:
            raise Unreachable("timeout", f"no answer within {seconds:.0f} seconds") from None
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as failed:
            raise Unreachable("unreachable", self._harmless(str(failed) or type(failed).__name__)) from None

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            # The outbox and the long poll share one host; nothing else limits how many are in flight.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=64, limit_per_host=32),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "Tudang", "Accept": "application/json, */*;q=0.5"},
            )
            # aiohttp repeats a PUT by itself when a kept connection breaks. Whether an effect that may have
            # happened is repeated is decided by its postcondition, not here.
            self._session._retry_connection = False
        return self._session

    async def _error(self, response: aiohttp.ClientResponse) -> MatrixError:
        status = response.status
        try:
            answer = decode_object(await read_body(response, ERROR_LIMIT))
        except (Unreadable, TooLarge):
            answer = None
        if status == 429:
            wait_ms = _wait_ms(response, answer or {})
            message = self._harmless(_text(answer or {}, "error"))
            return LimitExceeded("M_LIMIT_EXCEEDED", message, status=429, retry_after_ms=wait_ms)
        if answer is None or not (isinstance(answer.get("errcode"), str) or "flows" in answer):
            return Unreachable("not_matrix", f"HTTP {status} without a Matrix error", status=status)
        errcode = self._harmless(_text(answer, "errcode")) or "M_UNKNOWN"
        message = self._harmless(_text(answer, "error"))
        if status >= 500 or status < 400:
            return Unreachable(errcode, message, status=status)
        if status == 401:
            if isinstance(answer.get("flows"), list):
                return AuthenticationNeeded(
                    errcode, message, session=_text(answer, "session") or None, flows=_flows(answer["flows"])
                )
            return TokenRevoked(errcode, message, status=status)
        if status == 403:
            return Forbidden(errcode, message, status=status)
        if status == 404 and errcode != "M_UNRECOGNIZED":
            return NotFound(errcode, message, status=status)
        return MatrixError(errcode, message, status=status)

    def _harmless(self, text: str) -> str:
        """A server's own words, short and without our token in them."""
        if self._token:
            text = text.replace(self._token, "[token]")
        return text[:300]


async def read_body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The whole body, decompressed, or :class:`TooLarge` as soon as it passes ``limit`` bytes."""
    announced = response.content_length
    if announced is not None and announced > limit:
        raise TooLarge("too_large", f"{announced} bytes announced, {limit} allowed", status=response.status)
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise TooLarge("too_large", f"more than {limit} bytes", status=response.status)
    return bytes(body)


async def _whole(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """An answer's body; one without an end is not Matrix's, and says nothing about what was asked."""
    try:
        return await read_body(response, limit)
    except TooLarge as endless:
        raise Unreachable(endless.errcode, endless.message, status=response.status) from None


def _object(answer: bytes) -> Json:
    try:
        return decode_object(answer)
    except Unreadable:
        raise Unreachable("not_matrix", "the answer is not a JSON object", status=200) from None


def _wait_ms(response: aiohttp.ClientResponse, answer: Json) -> int:
    """The body's `retry_after_ms` (deprecated, but what most servers send), else the Retry-After header."""
    said = answer.get("retry_after_ms")
    wait: float | None
    if isinstance(said, int | float) and not isinstance(said, bool):
        wait = said
    else:
        wait = _retry_after(response.headers.get("Retry-After", ""), response.headers.get("Date", ""))
    return int(min(max(DEFAULT_WAIT_MS if wait is None else wait, 0), LONGEST_WAIT_MS))


def _retry_after(header: str, date: str) -> float | None:
    """Milliseconds of an RFC 9110 Retry-After: seconds, or a date, read against the answer's own Date header."""
    if header.strip().isdecimal():
        return float(header) * 1000
    try:
        return (parsedate_to_datetime(header) - parsedate_to_datetime(date)).total_seconds() * 1000
    except (ValueError, TypeError):
        return None


def _text(answer: Json, key: str) -> str:
    value = answer.get(key)
    return value if isinstance(value, str) else ""


def _flows(value: list[object]) -> tuple[tuple[str, ...], ...]:
    stages = (flow.get("stages") for flow in value if isinstance(flow, dict))
    return tuple(
        tuple(stage for stage in names if isinstance(stage, str)) for names in stages if isinstance(names, list)
    )
