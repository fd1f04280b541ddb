"""Evidence on its way: fetched, kept in the archive, judged, and brought back as a row of the inbox."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import msgspec
import structlog

from bridge.forum.book import Book
from bridge.forum.verdicts import Looked
from bridge.journey.loops import Backwards, Bell, Pause, backoff_ms, ended, stop
from bridge.journey.trouble import ArchiveTrouble
from bridge.ledger import fetching, inbox
from bridge.ledger.fetching import Wanted
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store, StoreFull
from bridge.model import evidence
from bridge.model.clock import Clock
from bridge.model.evidence import (
    ArchiveFull,
    ArchiveUnwritable,
    EvidenceArchive,
    EvidenceInspector,
    InspectorUnavailable,
    InvalidMxc,
    ObjectMissing,
    ObjectTooLarge,
    Stored,
    parse_mxc,
)
from bridge.model.ports import Homeserver, LimitExceeded, MatrixError, TokenRevoked, Unreachable

log = structlog.get_logger()
_encode = msgspec.json.encode

AT_ONCE = 4
CROWDED_MS = 10_000
"""So long pictures wait while messages wait for their tags; then they go on, one at a time."""

FOR_FEW = frozenset({"image/heic"})
"""Kinds of picture that many programs cannot open: a JPEG is made of them for readers."""

ReadableCopy = Callable[[str], Awaitable[bytes | None]]
"""SHA-256 of an archived picture -> a JPEG of it; None where none can be made."""


async def no_copy(sha256: str) -> None:
    """Where no copies for readers are made."""


MOST_TRIES = 14
"""Some forty minutes of trying, in the end five minutes apart, before a file counts as unavailable."""

UNREACHABLE_MS = 24 * 3600 * 1000
"""How long a homeserver may not answer before a file counts as unavailable."""


class Inspection:
    """The loop that fetches and judges; a few files at once."""

    def __init__(
        self,
        ledger: Ledger,
        homeserver: Homeserver,
        archive: EvidenceArchive,
        inspector: EvidenceInspector,
        clock: Clock,
        *,
        books: Callable[[], Mapping[str, Book]],
        bell: Bell,
        decide: Bell,
        tick: float = 2.0,
        crowded: Callable[[], bool] = lambda: False,
        readable: ReadableCopy = no_copy,
    ) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._archive = archive
        self._inspector = inspector
        self._clock = clock
        self._books = books
        self._bell = bell
        self._decide = decide
        self._tick = tick
        self._crowded = crowded
        self._readable = readable
        self._trouble = ArchiveTrouble(ledger, clock, books)
        self._crowded_since: int | None = None
        self._busy: set[tuple[str, int]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._backwards = Backwards()
        self._revoked: TokenRevoked | None = None

    async def run(self) -> None:
        """Inspect for ever; ends by cancellation or with :class:`TokenRevoked`."""
        pause = Pause()
        try:
            while True:
                if self._revoked is not None:
                    raise self._revoked
                try:
                    started = await self.step()
                    pause.reset()
                except asyncio.CancelledError:
                    raise
                except Exception:
                    log.exception("inspection failed")
                    await asyncio.sleep(pause.longer())
                    continue
                if not started:
                    await self._bell.wait(self._tick)
        finally:
            await stop(tuple(self._tasks))

    async def step(self) -> int:
        """Start what may be fetched now; returns how many were started."""
        now = self._clock.now()
        if self._backwards(now):
            await self._ledger.write(fetching.forget_pauses)
        room = self._at_once(now) - len(self._busy)
        if room <= 0:
            return 0
        wanted = await self._ledger.read(
            lambda store: fetching.due(store, now, room + len(self._busy), tuple(self._books()))
        )
        chosen = [one for one in wanted if (one.judge.event, one.judge.index) not in self._busy][:room]
        for one in chosen:
            self._busy.add((one.judge.event, one.judge.index))
            task = asyncio.create_task(self._look(one))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(chosen)

    def _at_once(self, now: int) -> int:
        """How many files may be looked at now: a tag is waited for in the room, a verdict seldom is."""
        if not self._crowded():
            self._crowded_since = None
            return AT_ONCE
        if self._crowded_since is None or now < self._crowded_since:
            self._crowded_since = now
        return 1 if now - self._crowded_since >= CROWDED_MS else 0

    async def settle(self) -> None:
        """Wait until nothing is being looked at."""
        while self._tasks:
            await ended(self._tasks)

    async def _look(self, wanted: Wanted) -> None:
        judge = wanted.judge
        try:
            looked = await self._judge(wanted)
            if looked is not None:
                await self._bring_back(wanted, looked)
        except TokenRevoked as error:
            self._revoked = error
        except asyncio.CancelledError:
            raise
        except Exception as error:
            # What went wrong with us says nothing about the file: it is looked at again.
            log.exception("a file could not be judged", event_id=judge.event, error=str(error))
            with contextlib.suppress(StoreFull):
                await self._put_off(wanted)
        finally:
            self._busy.discard((judge.event, judge.index))
            self._bell.ring()

    async def _judge(self, wanted: Wanted) -> Looked | None:
        """The verdict; None when it is to be tried again."""
        judge = wanted.judge
        limit = self._books()[wanted.forum].policy.evidence.max_bytes
        try:
            parse_mxc(judge.mxc)
        except InvalidMxc:
            return Looked(event=judge.event, index=judge.index, unavailable="bad_address")
        try:
            stored = await self._archive.store(self._homeserver.download(judge.mxc, file=judge.file, limit=limit))
            inspection = await self._inspector.inspect(self._archive.path(stored.sha256), judge.claimed, stored)
            readable = await self._copy(inspection)
        except TokenRevoked:
            raise
        except ObjectTooLarge:
            return Looked(event=judge.event, index=judge.index, unavailable="too_large")
        except (ArchiveFull, ArchiveUnwritable, InspectorUnavailable) as error:
            log.warning("evidence must wait", error=str(error))
            await self._put_off(wanted)
            await self._trouble.met()
            return None
        except LimitExceeded as error:
            until = self._clock.now() + (error.retry_after_ms or 1000)
            await self._ledger.write(lambda store: fetching.hold(store, judge, until))
            return None
        except Unreachable as error:
            # That the homeserver is away says nothing of the file: only a whole day of trying does.
            if self._clock.now() - wanted.created < UNREACHABLE_MS:
                await self._put_off(wanted)
                return None
            return await self._again(wanted, error)
        except MatrixError as error:
            if error.errcode in ("bad_mxc", "bad_file", "bad_hash"):
                return Looked(event=judge.event, index=judge.index, unavailable=error.errcode)
            if error.errcode == "too_large" or type(error).__name__ == "TooLarge":
                return Looked(event=judge.event, index=judge.index, unavailable="too_large")
            return await self._again(wanted, error)
        await self._trouble.gone()
        return Looked(event=judge.event, index=judge.index, inspection=inspection, readable=readable)

    async def _copy(self, inspection: evidence.Inspection) -> Stored | None:
        """The copy for readers, kept as the file is; that there is none takes nothing from the file."""
        if not inspection.ok or inspection.mime not in FOR_FEW:
            return None
        jpeg = await self._readable(inspection.sha256)
        return await self._archive.store(_once(jpeg)) if jpeg else None

    async def _again(self, wanted: Wanted, error: MatrixError) -> Looked | None:
        if wanted.attempts + 1 >= MOST_TRIES:
            return Looked(
                event=wanted.judge.event, index=wanted.judge.index, unavailable=error.errcode or "gave_up"
            )
        await self._put_off(wanted)
        return None

    async def _put_off(self, wanted: Wanted) -> None:
        until = self._clock.now() + backoff_ms(wanted.attempts)
        await self._ledger.write(lambda store: fetching.put_off(store, wanted.judge, until))

    async def _bring_back(self, wanted: Wanted, looked: Looked) -> None:
        now = self._clock.now()
        judge = wanted.judge

        def keep(store: Store) -> None:
            if looked.inspection is not None and not self._archive.exists(looked.inspection.sha256):
                # The same bytes were those of a record whose retention has ended, and were removed meanwhile.
                raise ObjectMissing(looked.inspection.sha256)
            inbox.add_row(
                store,
                wanted.forum,
                "verdict",
                f"verdict:{judge.event}:{judge.index}",
                _encode(looked),
                at=now,
                room=judge.room,
                person=judge.person,
            )
            fetching.done(store, judge)

        await self._ledger.write(keep)
        self._decide.ring()


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
