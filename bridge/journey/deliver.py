"""Delivery: one budget per sending account, lanes by urgency, order within a lane of a room, several in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import structlog

from bridge.forum.book import Book
from bridge.journey.errands import Done, Errands, Later
from bridge.journey.loops import Bell, Pause, backoff_ms
from bridge.ledger import outbox, record, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.outbox import Errand
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.clock import Clock
from bridge.model.effects import Invite, React, Remove, Retract, Say, SetLevels
from bridge.model.ports import Forbidden, LimitExceeded, MatrixError, NotFound, TokenRevoked, Unreachable
from bridge.model.situation import Outcome

log = structlog.get_logger()

IN_FLIGHT = 8
LOOK_AHEAD = 64
"""How many waiting rows are looked at for ones that may go now."""

GIVE_UP_MS = 24 * 3600 * 1000
"""What may not be done for a day is cancelled and listed."""

REFUSED_PAUSE_MS = 60_000


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
        self._revoked: TokenRevoked | None = None
        self._pause = Pause()

    async def recover(self) -> int:
        """After a start: what was being tried is looked at again. Returns how many."""
        return await self._ledger.write(outbox.recover)

    async def run(self) -> None:
        """Deliver for ever; ends by cancellation or with :class:`TokenRevoked`."""
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

    async def step(self) -> int:
        """Start what may go now; returns how many were started."""
        now = self._clock.now()
        if now < self._not_before or len(self._flying) >= IN_FLIGHT:
            return 0
        waiting, held = await self._ledger.read(lambda store: self._choose(store, now))
        chosen = self._fitting(waiting, held)
        if not chosen:
            return 0
        device = self._device()
        await self._ledger.write(lambda store: outbox.start_many(store, chosen, device, now))
        for errand in chosen:
            self._flying[errand.id] = errand
            task = asyncio.create_task(self._carry(errand))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(chosen)

    async def settle(self) -> None:
        """Wait until nothing is in flight."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _choose(self, store: Store, now: int) -> tuple[list[Errand], set[int]]:
        waiting = outbox.waiting(store, now, LOOK_AHEAD)
        held = {
            errand.id
            for errand in waiting
            if (ref := _named(errand)) is not None and outbox.awaited(store, errand.forum, ref, errand.id)
        }
        return waiting, held

    def _fitting(self, waiting: list[Errand], held: set[int]) -> list[Errand]:
        """Those of a list that may go: in order within a lane of a room, and after what they refer to."""
        busy = {(errand.room, errand.lane) for errand in self._flying.values()}
        chosen: list[Errand] = []
        for errand in waiting:
            place = (errand.room, errand.lane)
            if errand.id in self._flying or place in busy:
                continue
            busy.add(place)
            if errand.id in held:
                continue
            chosen.append(errand)
            if len(self._flying) + len(chosen) >= IN_FLIGHT:
                break
        return chosen

    async def _carry(self, errand: Errand) -> None:
        try:
            await self._try(errand)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.exception("an errand failed", errand=errand.id)
            await self._put_off(errand, backoff_ms(errand.attempts), f"{type(error).__name__}: {error}")
        finally:
            self._flying.pop(errand.id, None)
            self._bell.ring()

    async def _try(self, errand: Errand) -> None:
        now = self._clock.now()
        try:
            done = await self._errands.do(errand)
        except TokenRevoked as error:
            self._revoked = error
            await self._put_off(errand, 0, str(error))
        except Later as later:
            await self._ledger.write(
                lambda store, later=later: outbox.put_off(store, errand.id, later.until, later.why)  # type: ignore[misc]
            )
            await self._give_up_if_old(errand, later.why, now)
        except LimitExceeded as error:
            # One budget per account: everything waits, the urgent lanes go first when it opens again.
            pause = error.retry_after_ms or 1000
            self._not_before = now + pause
            await self._put_off(errand, pause, str(error))
        except Unreachable as error:
            await self._put_off(errand, backoff_ms(errand.attempts), str(error))
        except (Forbidden, NotFound) as error:
            await self._refused(errand, error, now)
        except MatrixError as error:
            await self._cancel(errand, str(error), now)
        else:
            await self._confirm(errand, done)

    async def _confirm(self, errand: Errand, done: Done) -> None:
        now = self._clock.now()

        def work(store: Store) -> None:
            first = outbox.confirm(store, errand.id, done.event, done.detail)
            if done.event is not None and (first or done.shown):
                outbox.note_posted(store, errand.forum, errand.effect, _room(errand), done.event, now, done.shown)
            act = getattr(errand.effect, "act", "")
            if first and act:
                self._act_done(store, errand, "already" if done.already else "done", "", now)
            rooms.degrade(store, _room(errand), "")

        await self._ledger.write(work)

    def _act_done(self, store: Store, errand: Errand, result: str, detail: str, now: int) -> None:
        book = self._books()[errand.forum]
        act = getattr(errand.effect, "act", "")
        record.record(
            store,
            errand.forum,
            Outcome(facts=[f.ActDone(number=act, result=result, detail=detail, at=now)]),
            now=now,
            cause=errand.txn,
            letters=book.series,
        )

    async def _refused(self, errand: Errand, error: MatrixError, now: int) -> None:
        """A permission is missing: it waits, visible; older than a day it is given up and listed."""

        def note(store: Store) -> None:
            rooms.make_stale(store, _room(errand))
            rooms.degrade(store, _room(errand), str(error)[:200])

        await self._ledger.write(note)
        await self._put_off(errand, REFUSED_PAUSE_MS, str(error))
        await self._give_up_if_old(errand, str(error), now)

    async def _give_up_if_old(self, errand: Errand, why: str, now: int) -> None:
        if now - errand.created > GIVE_UP_MS:
            await self._cancel(errand, why, now)

    async def _cancel(self, errand: Errand, why: str, now: int) -> None:
        def work(store: Store) -> None:
            outbox.cancel(store, errand.id, why[:500])
            if isinstance(errand.effect, Invite | Remove | SetLevels):
                self._act_done(store, errand, "failed", why[:300], now)

        await self._ledger.write(work)

    async def _put_off(self, errand: Errand, pause_ms: int, why: str) -> None:
        until = self._clock.now() + pause_ms
        await self._ledger.write(lambda store: outbox.put_off(store, errand.id, until, why[:500]))


def _room(errand: Errand) -> str:
    return errand.effect.room or errand.room


def _named(errand: Errand) -> str | None:
    """The ref that an errand is about to use, so that it comes after whatever posts it."""
    effect = errand.effect
    if isinstance(effect, Retract):
        return effect.ref
    if isinstance(effect, React) and not effect.to.startswith("$"):
        return effect.to
    if isinstance(effect, Say) and effect.reply_to is not None and not effect.reply_to.startswith("$"):
        return effect.reply_to
    return None
