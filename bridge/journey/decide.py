"""Gather and decide: one row after another, on the writer thread, each in a savepoint of its own.

The next row sees what this one recorded, and a failing row does not sink its group: it is marked failed, shown,
and the forum goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import msgspec
import structlog

from bridge.forum import decide as rules
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.journey.loops import Bell, Pause
from bridge.ledger import inbox, record, restored
from bridge.ledger.gather import gather
from bridge.ledger.inbox import Item
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store, concerns_storage
from bridge.model.clock import Clock
from bridge.model.effects import Timer
from bridge.model.event import Event
from bridge.model.situation import Situation

log = structlog.get_logger()

GROUP = 50
"""Rows decided in one callable: enough for group commit, few enough that intake is not kept waiting."""

Books = Mapping[str, Book]
"""Forum id to the book in force."""


class Decided:
    """How a call of :func:`decide_some` went."""

    __slots__ = ("failed", "rows")

    def __init__(self) -> None:
        self.rows = 0
        self.failed: list[tuple[str, str]] = []


def taken(item: Item) -> Taken:
    """An inbox row as the rules see it."""
    content: Event | Timer | None = None
    if item.kind in ("event", "opened", "replay"):
        content = item.event()
    elif item.kind == "timer":
        content = item.timer()
    late = "decrypted" if item.kind == "opened" else "gap" if item.place < inbox.WINDOW else ""
    return Taken(
        kind=item.kind, key=item.key, room=item.room, at=item.at, body=item.body, late=late, content=content
    )


def decide_one(store: Store, item: Item, book: Book, now: int, salt: Callable[[], bytes]) -> None:
    """Decide one row and record what came of it, in the running transaction."""
    row = taken(item)
    situation = gather(store, item.forum, item.room, rules.needs(row, book))
    situation = _with_number_shown(store, row, situation)
    outcome = rules.decide(row, situation, book, now)
    record.record(store, item.forum, outcome, now=now, cause=item.key, letters=book.series, salt=salt)


def _with_number_shown(store: Store, row: Taken, situation: Situation) -> Situation:
    """After a restore: an event on which the room shows a number of ours already is given that number again."""
    if not isinstance(row.content, Event):
        return situation
    relation = row.content.content.get("m.relates_to") if row.content.type == "m.reaction" else None
    about = relation.get("event_id") if isinstance(relation, dict) else row.key
    shown = restored.number_shown(store, about) if isinstance(about, str) else None
    if shown is None:
        return situation
    letter, _, digits = shown.partition("-")
    return msgspec.structs.replace(situation, numbers={**situation.numbers, letter: int(digits)})


def decide_some(
    store: Store, books: Books, now: int, *, limit: int = GROUP, salt: Callable[[], bytes] = record.random_salt
) -> Decided:
    """Decide the next rows of the forums that are held; at most ``limit``."""
    done = Decided()
    for item in inbox.next_items(store, limit, tuple(books)):
        done.rows += 1
        try:
            with store.savepoint("row"):
                decide_one(store, item, books[item.forum], now, salt)
                inbox.decided(store, item)
        except Exception as error:
            if isinstance(error, OSError | MemoryError) or concerns_storage(error):
                # It is not the row that is at fault: it is decided when there is room again.
                raise
            log.exception("a row could not be decided", forum=item.forum, key=item.key)
            inbox.decided(store, item, "failed", f"{type(error).__name__}: {error}"[:500])
            done.failed.append((item.forum, item.key))
    return done


class Decider:
    """The loop that decides: woken by intake, verdicts, files and timers."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        books: Callable[[], Books],
        *,
        bell: Bell,
        deliver: Bell,
        inspect: Bell,
        caught_up_to: Callable[[], int],
        tick: float = 1.0,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._books = books
        self._bell = bell
        self._deliver = deliver
        self._inspect = inspect
        self._caught_up_to = caught_up_to
        self._tick = tick
        self.last_write = 0
        self.failed = 0

    async def run(self) -> None:
        """Decide for ever; ends by cancellation."""
        pause = Pause()
        while True:
            try:
                await self.drain()
                pause.reset()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("deciding failed")
                await asyncio.sleep(pause.longer())
                continue
            await self._bell.wait(await self._until_due())

    async def drain(self) -> int:
        """Fire due timers and decide everything that can be decided now; returns how many rows."""
        total = 0
        while True:
            now, caught_up = self._clock.now(), self._caught_up_to()
            if caught_up > now:
                # The clock was set back: until the homeserver answers again, nothing is known of the time since.
                caught_up = 0
            books = self._books()

            def work(store: Store, books: Books = books, now: int = now, caught_up: int = caught_up) -> Decided:
                done = decide_some(store, books, now)
                if not done.rows:
                    # Timers come after everything that was received before them.
                    inbox.fire_timers(store, now=now, caught_up_to=caught_up)
                    done = decide_some(store, books, now)
                return done

            done = await self._ledger.write(work)
            self.last_write = now
            self.failed += len(done.failed)
            if not done.rows:
                return total
            total += done.rows
            self._deliver.ring()
            self._inspect.ring()

    async def _until_due(self) -> float:
        """Seconds to wait: until the next timer, but never so long that a moved clock is missed."""
        due = await self._ledger.read(inbox.next_due)
        ahead = 0 if due is None else due - self._clock.now()
        # One that is due and did not fire waits for news, which rings the bell.
        return min(max(ahead / 1000, 0.05), self._tick) if ahead > 0 else self._tick
