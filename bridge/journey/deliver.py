"""Delivery: one budget per sending account, lanes by urgency, order within a lane of a room, several in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Set

import structlog

from bridge.forum.book import Book
from bridge.journey.errands import Done, Errands, Later
from bridge.journey.loops import Backwards, Bell, Pause, backoff_ms, stop
from bridge.ledger import outbox, record, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.outbox import Errand
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.clock import Clock
from bridge.model.effects import Invite, React, Remove, Say, SetLevels
from bridge.model.ports import Forbidden, LimitExceeded, MatrixError, NotFound, TokenRevoked, Unreachable
from bridge.model.situation import Outcome

log = structlog.get_logger()

IN_FLIGHT = 8
LOOK_AHEAD = 64
"""How many waiting rows are looked at for ones that may go now."""

FARTHEST = 4096
"""How many are looked at when none of the first may go."""

GIVE_UP_MS = 24 * 3600 * 1000
"""What may not be done for a day is cancelled and listed."""

REFUSED_PAUSE_MS = 60_000
LONGEST_REFUSED_PAUSE_MS = 15 * 60_000
"""How long what may not be done waits for another try; a change of the room's levels ends the pause."""

Place = tuple[str, int]
"""A lane of a room."""


class Delivery:
    """The loop that carries effects out. ``stop_on`` receives a revoked token."""

    def __init__(
        self,
        ledger: Ledger,
        errands: Errands,
        clock: Clock,
        *,
        device: Callable[[], str],
        books: Callable[[], Mapping[str, Book]],
        bell: Bell,
        tick: float = 1.0,
    ) -> None:
        self._ledger = ledger
        self._errands = errands
        self._clock = clock
        self._device = device
        self._books = books
        self._bell = bell
        self._tick = tick
        self._flying: dict[int, Errand] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._not_before = 0
        self._held_back: dict[Place, int] = {}
        self._adrift: set[int] = set()
        self._backwards = Backwards()
        self._revoked: TokenRevoked | None = None
        self._pause = Pause()

    async def recover(self) -> int:
        """After a start: what was being tried is looked at again. Returns how many."""
        return await self._ledger.write(outbox.recover)

    async def run(self) -> None:
        """Deliver for ever; ends by cancellation or with :class:`TokenRevoked`."""
        try:
            while True:
                if self._revoked is not None:
                    raise self._revoked
                try:
                    started = await self.step()
                except asyncio.CancelledError:
                    raise
                except Exception:
                    log.exception("delivery failed")
                    await asyncio.sleep(self._pause.longer())
                    continue
                self._pause.reset()
                if not started:
                    await self._bell.wait(self._tick)
        finally:
            await stop(tuple(self._tasks))

    async def step(self) -> int:
        """Start what may go now; returns how many were started."""
        now = self._clock.now()
        if self._backwards(now):
            await self._ledger.write(outbox.forget_pauses)
            self._not_before = 0
            self._held_back.clear()
        if self._adrift:
            adrift = tuple(self._adrift)
            await self._ledger.write(lambda store: outbox.again(store, adrift))
            self._adrift.difference_update(adrift)
        if now < self._not_before or len(self._flying) >= IN_FLIGHT:
            return 0
        self._held_back = {place: until for place, until in self._held_back.items() if until > now}
        busy = {_place(errand) for errand in self._flying.values()} | self._held_back.keys()
        room = IN_FLIGHT - len(self._flying)
        chosen = await self._ledger.read(lambda store: _choose(store, now, busy, room))
        if not chosen:
            return 0
        device = self._device()
        started = await self._ledger.write(lambda store: outbox.start_many(store, chosen, device, now))
        for errand in started:
            self._flying[errand.id] = errand
            task = asyncio.create_task(self._carry(errand))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(chosen)

    async def settle(self) -> None:
        """Wait until nothing is in flight."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, errand: Errand) -> None:
        try:
            await self._try(errand)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.exception("an errand failed", errand=errand.id)
            await self._failed(errand, error)
        finally:
            self._flying.pop(errand.id, None)
            self._bell.ring()

    async def _failed(self, errand: Errand, error: Exception) -> None:
        """Something of ours went wrong, at worst the ledger: then the row still says that it is being tried."""
        why = f"{type(error).__name__}: {error}"
        try:
            now = self._clock.now()
            await self._put_off(errand, now + backoff_ms(errand.attempts), why)
            await self._give_up_if_old(errand, why, now)
        except Exception:
            log.exception("an errand's failure could not be noted", errand=errand.id)
            self._adrift.add(errand.id)

    async def _try(self, errand: Errand) -> None:
        now = self._clock.now()
        try:
            done = await self._errands.do(errand)
        except TokenRevoked as error:
            self._revoked = error
            await self._put_off(errand, 0, str(error), untouched=True)
        except Later as later:
            await self._put_off(errand, later.until, later.why, untouched=True)
            if later.give_up:
                await self._give_up_if_old(errand, later.why, now)
        except LimitExceeded as error:
            # One budget per account: everything waits, the urgent lanes go first when it opens again.
            self._not_before = max(self._not_before, self._clock.now() + (error.retry_after_ms or 1000))
            await self._put_off(errand, self._not_before, str(error), untouched=True)
        except Unreachable as error:
            until = self._clock.now() + backoff_ms(errand.attempts)
            # What comes after it in this lane of the room waits with it, so that the order holds.
            self._held_back[_place(errand)] = until
            await self._put_off(errand, until, str(error), untouched=error.errcode == "room_not_read")
        except (Forbidden, NotFound) as error:
            await self._refused(errand, error, now)
        except MatrixError as error:
            await self._cancel(errand, str(error), now)
        else:
            await self._confirm(errand, done)

    async def _confirm(self, errand: Errand, done: Done) -> None:
        now = self._clock.now()
        room = done.room or _room(errand)

        def work(store: Store) -> None:
            first = outbox.confirm(store, errand.id, done.event, done.detail)
            if done.event is not None and (first or done.shown):
                outbox.note_posted(store, errand.forum, errand.effect, room, done.event, now, done.shown)
            act = getattr(errand.effect, "act", "")
            if first and act:
                self._act_done(store, errand, "already" if done.already else "done", "", now)
            if not done.detail:
                rooms.degrade(store, room, "")

        await self._ledger.write(work)

    def _act_done(self, store: Store, errand: Errand, result: str, detail: str, now: int) -> None:
        book = self._books().get(errand.forum)
        act = getattr(errand.effect, "act", "")
        record.record(
            store,
            errand.forum,
            Outcome(facts=[f.ActDone(number=act, result=result, detail=detail, at=now)]),
            now=now,
            cause=errand.txn,
            letters=book.series if book else frozenset(),
        )

    async def _refused(self, errand: Errand, error: MatrixError, now: int) -> None:
        """A permission is missing: it waits, visible; older than a day it is given up and listed."""

        def note(store: Store) -> None:
            rooms.make_stale(store, _room(errand))
            rooms.degrade(store, _room(errand), str(error)[:200])

        await self._ledger.write(note)
        pause = min(REFUSED_PAUSE_MS * (errand.attempts + 1), LONGEST_REFUSED_PAUSE_MS)
        await self._put_off(errand, now + pause, str(error), untouched=True)
        await self._give_up_if_old(errand, str(error), now)

    async def _give_up_if_old(self, errand: Errand, why: str, now: int) -> None:
        if now - errand.created > GIVE_UP_MS:
            await self._cancel(errand, why, now)

    async def _cancel(self, errand: Errand, why: str, now: int) -> None:
        def work(store: Store) -> None:
            if outbox.cancel(store, errand.id, why[:500]) and isinstance(
                errand.effect, Invite | Remove | SetLevels
            ):
                self._act_done(store, errand, "failed", why[:300], now)

        await self._ledger.write(work)

    async def _put_off(self, errand: Errand, until: int, why: str, *, untouched: bool = False) -> None:
        await self._ledger.write(lambda store: outbox.put_off(store, errand, until, why[:500], untouched=untouched))


def _choose(store: Store, now: int, busy: Set[Place], room: int) -> list[Errand]:
    """Up to ``room`` rows that may go: in order within a lane of a room, and after what they refer to.

    When none of the first rows may go, more are looked at, so that a room that cannot be served does not stop the
    others.
    """
    limit = LOOK_AHEAD
    while True:
        waiting = outbox.waiting(store, now, limit)
        taken = set(busy)
        chosen: list[Errand] = []
        for errand in waiting:
            if _place(errand) in taken:
                continue
            taken.add(_place(errand))
            if any(outbox.awaited(store, errand.forum, ref, errand.id) for ref in _refs(errand)):
                continue
            chosen.append(errand)
            if len(chosen) >= room:
                return chosen
        if chosen or len(waiting) < limit or limit >= FARTHEST:
            return chosen
        limit *= 8


def _place(errand: Errand) -> Place:
    return errand.room, errand.lane


def _room(errand: Errand) -> str:
    return errand.effect.room or errand.room


def _refs(errand: Errand) -> set[str]:
    """The refs that an errand posts, changes or answers: it comes after whatever was queued under them before."""
    effect = errand.effect
    refs = {getattr(effect, "ref", "")}
    if isinstance(effect, React):
        refs.add(effect.to)
    if isinstance(effect, Say):
        refs.add(effect.reply_to or "")
    return {ref for ref in refs if ref and not ref.startswith("$")}
