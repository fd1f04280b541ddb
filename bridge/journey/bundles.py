"""The week's bundle in the audit room: as a file, or as a one-time link when it is too large for the homeserver."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import structlog

from bridge.forum.book import Book
from bridge.journey import words
from bridge.journey.words import Speaker
from bridge.ledger import bundles, downloads, outbox, views
from bridge.ledger.downloads import Download
from bridge.ledger.ledger import Ledger
from bridge.ledger.outbox import Errand
from bridge.ledger.store import Store
from bridge.model.clock import Clock
from bridge.model.effects import Line, PostBundle, Value
from bridge.model.event import Json
from bridge.model.ports import Homeserver, MatrixError, NotFound

log = structlog.get_logger()

LINK_MS = 14 * 24 * 3600 * 1000
"""How long a link may be used."""

TOO_LARGE = 413
"""HTTP's "content too large": Matrix's `M_TOO_LARGE`, or a proxy's own page before the homeserver."""

MEGABYTE = 1_000_000

Export = Callable[[str, str], Awaitable[Path]]
"""(forum, week) -> the bundle's file."""


def random_token() -> str:
    """32 random bytes as URL-safe text: 43 characters."""
    return secrets.token_urlsafe(32)


class BundlePost:
    """Posts bundles for the errands. ``public_url`` is where people reach the web page; None: nowhere."""

    def __init__(
        self,
        ledger: Ledger,
        homeserver: Homeserver,
        clock: Clock,
        *,
        export: Export,
        books: Callable[[], Mapping[str, Book]],
        speaker: Callable[[str], Speaker],
        public_url: str | None = None,
        token: Callable[[], str] = random_token,
    ) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._clock = clock
        self._export = export
        self._books = books
        self._speaker = speaker
        self._public_url = public_url
        self._token = token

    async def post(self, errand: Errand, effect: PostBundle) -> str:
        """Post a week's bundle in a room; the event id. Raises MatrixError kinds."""
        path = await self._export(errand.forum, effect.week)
        size = (await asyncio.to_thread(path.stat)).st_size
        limit = await self._homeserver.upload_limit()
        if limit is None or size <= limit:
            try:
                content = await self._file(errand, effect, path)
            except MatrixError as refused:
                if refused.status != TOO_LARGE and refused.errcode != "M_TOO_LARGE":
                    raise
                log.warning("a bundle was refused as too large", week=effect.week, size=size)
            else:
                return await self._send(errand, effect, content)
        return await self._send(errand, effect, await self._link(errand, effect, path.name, size))

    async def _send(self, errand: Errand, effect: PostBundle, content: Json) -> str:
        sent = await self._homeserver.send(effect.room, "m.room.message", content, errand.txn)
        return sent.event_id

    async def _file(self, errand: Errand, effect: PostBundle, path: Path) -> Json:
        size = (await asyncio.to_thread(path.stat)).st_size
        content: Json = {
            "msgtype": "m.file",
            "body": path.name,
            "filename": path.name,
            "info": {"mimetype": "application/zip", "size": size},
            "m.mentions": {},
            "tudang.cause": errand.txn,
        }
        if await self._ledger.state(effect.room, "m.room.encryption") is not None:
            # Another try encrypts with another key: what was uploaded before is of no use and takes another place.
            # The ciphertext lies on the disk: a week of videos is larger than the memory of a small machine.
            with tempfile.TemporaryFile(dir=path.parent) as cipher:
                with await asyncio.to_thread(path.open, "rb") as bundle:
                    file = await self._homeserver.encrypt_attachment(bundle, cipher)
                cipher.seek(0)
                mxc = await self._reserve(errand)
                await self._homeserver.fill_media(mxc, cipher, "application/octet-stream")
            return {**content, "file": {**file, "url": mxc}}
        mxc = errand.reserved or await self._reserve(errand)
        try:
            await self._fill(mxc, path)
        except NotFound:
            # Reserved too long ago, and forgotten by the homeserver.
            mxc = await self._reserve(errand)
            await self._fill(mxc, path)
        return {**content, "url": mxc}

    async def _fill(self, mxc: str, path: Path) -> None:
        with await asyncio.to_thread(path.open, "rb") as bundle:
            await self._homeserver.fill_media(mxc, bundle, "application/zip")

    async def _reserve(self, errand: Errand) -> str:
        """A place for a file, noted before it is used."""
        mxc = await self._homeserver.reserve_media()
        await self._ledger.write(lambda store: outbox.reserve(store, errand.id, mxc))
        return mxc

    async def _link(self, errand: Errand, effect: PostBundle, name: str, size: int) -> Json:
        """The message with a link. Each try makes its own: which of them the room shows may never be known."""
        now, book = self._clock.now(), self._books()[errand.forum]
        week = await self._ledger.read(lambda store: views.week(store, errand.forum, effect.week))
        about: dict[str, Value] = {
            "week": effect.week,
            "starts": book.local(week.week.starts if week else now).date().isoformat(),
            "size": max(0.1, round(size / MEGABYTE, 1)),
        }
        # That it is offered is not that anybody has it.
        await self._ledger.write(lambda store: bundles.offered(store, errand.forum, effect.week))
        if self._public_url is None:
            line = Line("week.fetch", about)
        else:
            token = self._token()
            download = Download(
                token_sha256=hashlib.sha256(token.encode()).hexdigest(),
                forum=errand.forum,
                week=effect.week,
                name=name,
                expires_at=now + LINK_MS,
            )
            await self._ledger.write(lambda store: downloads.add(store, download, now))
            url = f"{self._public_url}/bundle/{token}"
            line = Line("week.link", {**about, "url": url, "until": book.iso(download.expires_at)})
        return words.content(
            words.card(self._speaker(errand.forum), [line], preview=self._books()[errand.forum].preview), errand.txn
        )


class LinkedBundles:
    """What the links lead to: the shelf of :class:`bridge.web.downloads.Downloads`."""

    def __init__(self, ledger: Ledger, clock: Clock, *, export: Export, exports: Path) -> None:
        self._ledger = ledger
        self._clock = clock
        self._export = export
        self._exports = exports

    async def bundle(self, digest: str) -> Path | None:
        """The file of a link that may still be used; one that was cleared away is written again, the same."""
        now = self._clock.now()
        link = await self._ledger.read(lambda store: downloads.find(store, digest, now))
        if link is None:
            return None
        path = self._exports / link.name
        if await asyncio.to_thread(path.is_file):
            return path
        return await self._export(link.forum, link.week)

    async def used(self, digest: str) -> None:
        """The file was sent whole."""
        now = self._clock.now()

        def note(store: Store) -> None:
            link = downloads.find(store, digest, now)
            if link is not None:
                bundles.fetched(store, link.forum, link.week)
            downloads.use(store, digest, now)

        await self._ledger.write(note)


def link_gone(speaker: Speaker) -> str:
    """What somebody reads whose link leads nowhere (any more)."""
    return words.card(speaker, [Line("week.link_gone")]).plain
