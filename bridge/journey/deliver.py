"""Delivery: one budget per sending account, lanes by urgency, order within a lane of a room, several in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence, Set

import structlog

from bridge.forum.book import Book
from bridge.journey.errands import Errands
from bridge.journey.loops import Backwards, Bell, Pause, backoff_ms, ended, stop
from bridge.journey.tries import Done, Later
from bridge.ledger import outbox, record, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.outbox import Errand
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.clock import Clock
from bridge.model.effects import Decline, Deed, Follow, Join, React, Say
from bridge.model.ports import Forbidden, LimitExceeded, MatrixError, NotFound, TokenRevoked, Unreachable
from bridge.model.situation import Outcome

log = structlog.get_logger()

IN_FLIGHT = 8
CLAIM = 64
"""How many rows are started ahead: one commit for many requests, few enough that what is urgent goes soon."""

LOOK_AHEAD = 128
"""How many waiting rows are looked at for ones that may go now."""

FARTHEST = 4096
"""How many are looked at when none of the first may go."""

GIVE_UP_MS = 24 * 3600 * 1000
"""What may not be done for a day is cancelled and listed."""

REFUSED_PAUSE_MS = 60_000
LONGEST_REFUSED_PAUSE_MS = 15 * 60_000
"""How long what may not be done waits for another try; a change of the room's levels ends the pause."""

PREVIEW = "preview"
"""Noted at an errand that was not carried out because its forum is only previewed."""

Place = tuple[str, int]
"""A lane of a room."""


class Delivery:
    """The loop that carries effects out. It ends with :class:`TokenRevoked` when the account is lost."""

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
        self._ready: list[Errand] = []
        """Started in the ledger, waiting for their turn here; urgent lanes first."""
        self._claim = CLAIM
        self._flying: dict[int, Errand] = {}
        self._done: list[tuple[Errand, Done]] = []
        self._confirming: asyncio.Task[None] | None = None
        self._ending = False
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
            # Whatever ends now makes room in the air, but nothing more may take off.
            self._ending = True
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
        self._held_back = {place: until for place, until in self._held_back.items() if until > now}
        await self._give_back(now)
        if len(self._ready) < IN_FLIGHT and (claim := self.claiming()) is not None:
            self.take(await self._ledger.write(claim))
        return self._launch()

    @property
    def busy(self) -> bool:
        """Whether more waits than is in flight."""
        return bool(self._ready)

    def claiming(self) -> Callable[[Store], list[Errand]] | None:
        """What a transaction on the writer thread is to do so that its new rows can go as soon as it is durable.

        The rows that it returns are given to :meth:`take` then. None when nothing may go now.
        """
        now = self._clock.now()
        room = self._claim - len(self._ready)
        if now < self._not_before or room <= 0 or self._revoked is not None:
            return None
        held, device = frozenset(self._held_back), self._device()
        forums = tuple(self._books())
        return lambda store: outbox.start_many(store, _choose(store, now, held, room, forums), device, now)

    def take(self, started: Sequence[Errand]) -> None:
        """Carry out rows that a committed transaction has started."""
        if started:
            self._ready = sorted((*self._ready, *started), key=lambda errand: (errand.lane, errand.id))
            self._launch()

    def _launch(self) -> int:
        """Let go what may, as long as there is room in the air; in order within a lane of a room."""
        if not self._ready or self._ending or self._clock.now() < self._not_before or self._revoked is not None:
            return 0
        busy = {_place(errand) for errand in self._flying.values() if not _anytime(errand)} | self._held_back.keys()
        launched = 0
        for errand in tuple(self._ready):
            if len(self._flying) >= IN_FLIGHT:
                break
            place = _place(errand)
            if place in busy and (not _anytime(errand) or place in self._held_back):
                continue
            if not _anytime(errand):
                busy.add(place)
            self._ready.remove(errand)
            self._flying[errand.id] = errand
            self._spawn(self._carry(errand))
            launched += 1
        return launched

    async def _give_back(self, now: int) -> None:
        """What was started ahead and cannot go now waits in the ledger, where something more urgent may pass it."""
        limited = now < self._not_before
        for errand in tuple(self._ready):
            until = self._not_before if limited else self._held_back.get(_place(errand))
            if until is not None:
                self._ready.remove(errand)
                await self._put_off(errand, until, "", untouched=True)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def settle(self) -> None:
        """Wait until nothing is in flight."""
        self._launch()
        while self._tasks:
            await ended(self._tasks)
            self._launch()

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
            self._launch()
            if len(self._ready) < IN_FLIGHT:
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
            done = Done(detail=PREVIEW) if self._only_previewed(errand) else await self._errands.do(errand)
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
            self._claim = IN_FLIGHT
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
            self._done.append((errand, done))
            if self._confirming is None or self._confirming.done():
                self._confirming = self._spawn(self._confirm_all())

    def _only_previewed(self, errand: Errand) -> bool:
        """The one switch of a preview: what may leave it are words in the control and audit rooms.

        An invitation to ourselves is answered as ever.
        """
        book = self._books().get(errand.forum)
        if book is None or not book.preview or isinstance(errand.effect, Join | Decline | Follow):
            return False
        if isinstance(errand.effect, Deed):
            return True
        return errand.room not in {book.rooms.get("control"), book.rooms.get("audit")}

    async def _confirm_all(self) -> None:
        """Note what is done, many in one transaction: while one is written the next ones gather."""
        while self._done:
            done, self._done = self._done, []
            self._claim = min(self._claim * 2, CLAIM)
            now = self._clock.now()
            try:
                await self._ledger.write(lambda store, done=done, now=now: self._confirm(store, done, now))  # type: ignore[misc]
            except Exception as error:
                if len(done) == 1:
                    log.exception("an errand could not be confirmed", errand=done[0][0].id)
                    await self._failed(done[0][0], error)
                for one in done if len(done) > 1 else ():
                    await self._confirm_one(one, now)
            self._bell.ring()

    async def _confirm_one(self, one: tuple[Errand, Done], now: int) -> None:
        """One of several of which some cannot be noted."""
        try:
            await self._ledger.write(lambda store: self._confirm(store, [one], now))
        except Exception as error:
            log.exception("an errand could not be confirmed", errand=one[0].id)
            await self._failed(one[0], error)

    def _confirm(self, store: Store, all_done: Sequence[tuple[Errand, Done]], now: int) -> None:
        mended: set[str] = set()
        for errand, done in all_done:
            room = done.room or _room(errand)
            first = outbox.confirm(store, errand.id, done.event, done.detail)
            if done.event is not None and (first or done.shown):
                outbox.note_posted(store, errand.forum, errand.effect, room, done.event, now, done.shown)
            act = getattr(errand.effect, "act", "")
            if first and act and done.detail != PREVIEW:
                self._act_done(store, errand, "already" if done.already else "done", "", now, done.before)
            if not done.detail:
                mended.add(room)
        rooms.mend(store, mended)

    def _act_done(
        self,
        store: Store,
        errand: Errand,
        result: str,
        detail: str,
        now: int,
        before: Mapping[str, int | None] | None = None,
    ) -> None:
        book = self._books().get(errand.forum)
        act = getattr(errand.effect, "act", "")
        record.record(
            store,
            errand.forum,
            Outcome(facts=[f.ActDone(number=act, result=result, detail=detail, before=dict(before or {}), at=now)]),
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
            if outbox.cancel(store, errand.id, why[:500]) and isinstance(errand.effect, Deed):
                self._act_done(store, errand, "failed", why[:300], now)

        await self._ledger.write(work)

    async def _put_off(self, errand: Errand, until: int, why: str, *, untouched: bool = False) -> None:
        await self._ledger.write(lambda store: outbox.put_off(store, errand, until, why[:500], untouched=untouched))


def _choose(
    store: Store, now: int, held_back: Set[Place], room: int, forums: Sequence[str] | None = None
) -> list[Errand]:
    """Up to ``room`` rows that may go: in order within a lane of a room, and after what they refer to.

    When none of the first rows may go, more are looked at, so that a room that cannot be served does not stop the
    others.
    """
    limit = min(LOOK_AHEAD, room * 2)
    while True:
        waiting = outbox.waiting(store, now, limit, forums)
        blocked = set(held_back)
        chosen: list[Errand] = []
        for errand in waiting:
            if _place(errand) in blocked:
                continue
            if any(outbox.awaited(store, errand.forum, ref, errand.id) for ref in _refs(errand)):
                if not _anytime(errand):
                    blocked.add(_place(errand))
                continue
            chosen.append(errand)
            if len(chosen) >= room:
                return chosen
        if chosen or len(waiting) < limit or limit >= FARTHEST:
            return chosen
        limit *= 8


def _anytime(errand: Errand) -> bool:
    """A reaction stands at its message: nobody can see in which order several came to different ones."""
    return isinstance(errand.effect, React) and errand.effect.to.startswith("$")


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
