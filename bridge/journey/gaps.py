"""Gaps and stale rooms: holes in a timeline are filled forward, state that may have changed is read again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec
import structlog

from bridge.forum.book import Book
from bridge.forum.rooms import GapNews
from bridge.journey.echoes import confirm_echoes
from bridge.journey.intake import PersonOf
from bridge.journey.loops import Backwards, Bell, Pause, backoff_ms
from bridge.ledger import gaps, inbox, rooms
from bridge.ledger.gaps import OpenGap
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store
from bridge.model.clock import Clock
from bridge.model.event import Event
from bridge.model.ports import (
    Forbidden,
    Homeserver,
    LimitExceeded,
    MatrixError,
    NotFound,
    TokenRevoked,
    Unreachable,
)

log = structlog.get_logger()
_encode = msgspec.json.encode

PAGE = 100
MOST_EVENTS = 900_000
"""A gap of more events is given up at that point, with its cause: their places end where the window's begin."""

MOST_EMPTY_PAGES = 500
"""A homeserver that leads on from page to page without an event is not followed for ever."""

MOST_TRIES = 12
"""Tries, some five minutes apart in the end, after which an unreachable stretch of history is given up."""


class Repair:
    """Fills gaps and reads stale state again; one forum's trouble does not stop another's."""

    def __init__(
        self,
        ledger: Ledger,
        homeserver: Homeserver,
        clock: Clock,
        *,
        person_of: PersonOf,
        books: Callable[[], Mapping[str, Book]],
        bell: Bell,
        decide: Bell,
        tick: float = 5.0,
    ) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._clock = clock
        self._person_of = person_of
        self._books = books
        self._bell = bell
        self._decide = decide
        self._tick = tick
        self._not_before = 0
        self._backwards = Backwards()

    async def run(self) -> None:
        """Repair for ever; ends by cancellation or with :class:`TokenRevoked`."""
        pause = Pause()
        while True:
            try:
                await self.step()
                pause.reset()
            except (asyncio.CancelledError, TokenRevoked):
                raise
            except Exception:
                log.exception("repair failed")
                await asyncio.sleep(pause.longer())
                continue
            await self._bell.wait(self._tick)

    async def step(self) -> int:
        """Look at every open gap whose time has come and every stale room; returns how many were mended."""
        now = self._clock.now()
        if self._backwards(now):
            await self._ledger.write(gaps.forget_pauses)
            self._not_before = 0
        if now < self._not_before:
            return 0
        mended = 0
        try:
            for room in await self._ledger.read(rooms.stale):
                mended += await self._read_state(room)
            for gap in await self._ledger.read(lambda store: gaps.due(store, now, forums=tuple(self._books()))):
                mended += await self._fill(gap)
        except LimitExceeded as error:
            # A homeserver that asks us to wait has not said that there is nothing.
            self._not_before = self._clock.now() + (error.retry_after_ms or 1000)
        return mended

    async def _read_state(self, room: str) -> int:
        try:
            events = await self._homeserver.full_state(room)
        except (TokenRevoked, LimitExceeded):
            raise
        except (Forbidden, NotFound) as error:
            why = str(error)[:200]

            def note(store: Store) -> None:
                rooms.make_stale(store, room, False)
                rooms.degrade(store, room, why)

            await self._ledger.write(note)
            return 0
        except MatrixError as error:
            log.warning("state could not be read", room=room, error=str(error))
            return 0
        now = self._clock.now()

        def keep(store: Store) -> None:
            rooms.replace_state(store, room, events)
            rooms.note_creator(store, room, self._homeserver.user_id)
            known = rooms.known(store, room)
            if known is not None and known[0] and known[1] in ("forum", "control", "audit", "group", "space"):
                # Who is here is looked at again: at first sight to adopt the room, later to compare.
                inbox.add_row(
                    store, known[0], "members", f"members:{room}:{inbox.new_batch(store)}", b"{}", at=now, room=room
                )

        await self._ledger.write(keep)
        self._decide.ring()
        return 1

    async def _fill(self, gap: OpenGap) -> int:
        """Walk forward through a gap, a page a transaction, and close it; what comes after it is held till then."""
        since, taken, cause = gap.since, gap.taken, ""
        empty = 0
        try:
            while True:
                page = await self._homeserver.messages(gap.room, since=since, until=gap.until or None, limit=PAGE)
                end = None if page.end in (gap.until, since) else page.end
                if page.events or end is not None:
                    await self._keep(gap, page.events, end or since, taken)
                taken += len(page.events)
                if end is None:
                    break
                since, empty = end, 0 if page.events else empty + 1
                if empty >= MOST_EMPTY_PAGES:
                    cause = f"{empty} pages of history without an event"
                    break
                if taken >= MOST_EVENTS:
                    cause = f"more than {MOST_EVENTS} events of history"
                    break
        except (TokenRevoked, LimitExceeded):
            raise
        except Unreachable as error:
            if gap.attempts + 1 < MOST_TRIES:
                until = self._clock.now() + backoff_ms(gap.attempts + 2)
                await self._ledger.write(lambda store: gaps.put_off(store, gap.id, until))
                return 0
            cause = str(error)[:200]
        except MatrixError as error:
            cause = str(error)[:200]
        await self._close(gap, taken, cause)
        self._decide.ring()
        return 1

    async def _keep(self, gap: OpenGap, events: Sequence[Event], since: str, taken: int) -> None:
        now = self._clock.now()
        own = self._homeserver.user_id

        def work(store: Store) -> None:
            confirm_echoes(store, events, own, now)
            new = inbox.add_events(
                store,
                gap.forum,
                gap.batch,
                gap.place + taken,
                events,
                own=own,
                # Before what came with the gap, and so not received after it, however long the filling takes.
                at=gap.opened,
                person_of=lambda user: self._person_of(gap.forum, user),
            )
            gaps.advance(store, gap.id, since, taken + len(events), new)

        await self._ledger.write(work)

    async def _close(self, gap: OpenGap, taken: int, cause: str) -> None:
        now = self._clock.now()
        state = "given_up" if cause else "filled"

        def work(store: Store) -> None:
            news = GapNews(
                gap=gap.id,
                room=gap.room,
                since=gap.opened,
                until=now,
                state=state,
                cause=cause,
                events=gaps.close(store, gap.id, state, cause),
            )
            inbox.add_row(
                store,
                gap.forum,
                "gap",
                f"gap:{gap.id}:{state}",
                _encode(news),
                at=now,
                room=gap.room,
                batch=gap.batch,
                place=gap.place + taken,
            )
            rooms.make_stale(store, gap.room)

        await self._ledger.write(work)
