"""Gather and decide: one row after another, on the writer thread, a group of them in a savepoint of its own.

The next row sees what this one recorded. A failing row does not sink its group: the group is decided again, row by
row, each in a savepoint of its own; the failing one is marked failed, shown, and the forum goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec
import structlog

from bridge.forum import decide as rules
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.overlaid import with_grants
from bridge.journey.loops import Bell, Pause
from bridge.ledger import grants, inbox, timers
from bridge.ledger.gather import gather
from bridge.ledger.inbox import Item
from bridge.ledger.ledger import Ledger
from bridge.ledger.outbox import Errand
from bridge.ledger.record import Recorder, Salt
from bridge.ledger.store import Store, concerns_storage
from bridge.model.clock import Clock
from bridge.model.effects import Timer
from bridge.model.event import Event
from bridge.model.facts import Granted, Revoked
from bridge.model.situation import Outcome, Situation

log = structlog.get_logger()

GROUP = 100
"""Rows decided in one callable: enough for group commit, few enough that intake is not kept waiting."""

AT_HAND = 10
"""Rows decided in the very transaction that takes them in."""

Books = Mapping[str, Book]
"""Forum id to the book in force."""


class Decided:
    """How a call of :func:`decide_some` went."""

    __slots__ = ("failed", "granted", "next_due", "rows", "started")

    def __init__(self) -> None:
        self.rows = 0
        self.failed: list[tuple[str, str]] = []
        self.started: list[Errand] = []
        """Rows of the outbox that may go once the transaction is durable."""
        self.next_due: int | None = None
        self.granted: dict[str, tuple[Granted, ...]] = {}
        """Per forum whose book did not know of them: what stands beside the roster."""

    def add(self, more: Decided) -> None:
        """Take in how another call went."""
        self.rows += more.rows
        self.granted |= more.granted
        self.failed += more.failed


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


def outcome_of(recorder: Recorder, row: Taken, forum: str, book: Book, now: int) -> Outcome:
    """What the rules make of a row as the forum is now. Nothing is recorded: whoever plans asks the same."""
    situation = gather(recorder, forum, row.room, rules.needs(row, book))
    situation = _with_number_shown(recorder, row, situation)
    return rules.decide(row, situation, book, now)


def decide_one(recorder: Recorder, item: Item, book: Book, now: int) -> Outcome:
    """Decide one row and record what came of it, in the running transaction."""
    outcome = outcome_of(recorder, taken(item), item.forum, book, now)
    recorder.record(item.forum, outcome, now=now, cause=item.key, letters=book.series)
    if outcome.then is not None:
        outcome.merge(_completed(recorder, item, outcome.then, book, now))
    recorder.decided(item)
    return outcome


def _completed(recorder: Recorder, item: Item, command: Event, book: Book, now: int) -> Outcome:
    """A command that this row made whole: it is decided as the next row would be."""
    row = Taken(kind="completed", key=item.key, room=command.room_id, at=item.at, body=b"", content=command)
    outcome = outcome_of(recorder, row, item.forum, book, now)
    recorder.record(item.forum, outcome, now=now, cause=item.key, letters=book.series)
    return outcome


def _with_number_shown(recorder: Recorder, row: Taken, situation: Situation) -> Situation:
    """After a restore: an event on which the room shows a number of ours already is given that number again."""
    if not isinstance(row.content, Event):
        return situation
    relation = row.content.content.get("m.relates_to") if row.content.type == "m.reaction" else None
    about = relation.get("event_id") if isinstance(relation, dict) else row.key
    shown = recorder.number_shown(about) if isinstance(about, str) else None
    if shown is None:
        return situation
    letter, _, digits = shown.partition("-")
    return msgspec.structs.replace(situation, numbers={**situation.numbers, letter: int(digits)})


def decide_some(store: Store, books: Books, now: int, *, limit: int = GROUP, salt: Salt | None = None) -> Decided:
    """Decide the next rows of the forums that are held; at most ``limit``."""
    done = Decided()
    items = inbox.next_items(store, limit, tuple(books))
    done.rows = len(items)
    try:
        done.granted = _decide(store, items, books, now, salt)
        return done
    except Exception as error:
        _raise_if_not_at_fault(error)
    for item in items:
        try:
            done.granted |= _decide(store, [item], books, now, salt)
        except Exception as error:
            _raise_if_not_at_fault(error)
            log.exception("a row could not be decided", forum=item.forum, key=item.key)
            inbox.decided(store, item, "failed", f"{type(error).__name__}: {error}"[:500])
            done.failed.append((item.forum, item.key))
    return done


def _decide(
    store: Store, items: Sequence[Item], books: Books, now: int, salt: Salt | None
) -> dict[str, tuple[Granted, ...]]:
    """Decide these rows, or none of them; what stands beside the rosters now, where the books do not know of it."""
    laid: dict[str, Book] = {}
    with store.savepoint("rows"):
        recorder = Recorder(store, salt)
        for item in items:
            book = laid.get(item.forum)
            if book is None:
                # What an earlier row granted or ended counts for this one, whatever the book was made of.
                granted = grants.standing(store, item.forum)
                book = laid[item.forum] = with_grants(books[item.forum], granted, now)
            outcome = decide_one(recorder, item, book, now)
            if any(isinstance(fact, Granted | Revoked) for fact in outcome.facts):
                granted = grants.standing(store, item.forum)
                laid[item.forum] = with_grants(books[item.forum], granted, now)
        recorder.flush()
    return {
        forum: book.roster.grants
        for forum, book in laid.items()
        if book.roster.grants != books[forum].roster.grants
    }


def _raise_if_not_at_fault(error: Exception) -> None:
    """An error that is not the row's: the row is decided when there is room again."""
    if isinstance(error, OSError | MemoryError) or concerns_storage(error):
        raise error


Claim = Callable[[Store], list[Errand]]
"""Starts rows of the outbox in the running transaction and returns them."""


class Outgoing(Protocol):
    """Who carries out what was decided: new rows are started in the very transaction that queues them."""

    def claiming(self) -> Claim | None:
        """What the transaction is to do at its end; None when nothing may go now."""
        ...

    def take(self, started: Sequence[Errand]) -> None:
        """The transaction is durable: carry these out."""
        ...


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
        outgoing: Outgoing | None = None,
        granted: Callable[[Mapping[str, Sequence[Granted]]], None] | None = None,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._books = books
        self._bell = bell
        self._deliver = deliver
        self._inspect = inspect
        self._caught_up_to = caught_up_to
        self._tick = tick
        self._outgoing = outgoing
        self._granted = granted
        self._draining = False
        self._next_due: int | None = None
        self.last_write = 0
        """When rows were decided last, in ms; 0: not since the start."""

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
            await self._bell.wait(self._until_due())

    async def drain(self) -> int:
        """Fire due timers and decide everything that can be decided now; returns how many rows."""
        total = 0
        self._draining = True
        try:
            while True:
                done = await self._ledger.write(self._work(GROUP, firing=True))
                self.conclude(done)
                total += done.rows
                if done.rows < GROUP:
                    return total
        finally:
            self._draining = False

    @property
    def busy(self) -> bool:
        """Whether there is more to decide than one transaction takes."""
        return self._draining

    def at_hand(self) -> Callable[[Store], Decided] | None:
        """For whoever writes rows of the inbox: decide the first of them in the same transaction.

        So the answer to a message costs one commit. What does not fit in, and what fails, is left to the loop. The
        result is given to :meth:`conclude` once it is durable. None when the loop is at work already.
        """
        if self._draining:
            return None
        work = self._work(AT_HAND, firing=False)

        def carefully(store: Store) -> Decided:
            try:
                with store.savepoint("at_hand"):
                    return work(store)
            except Exception as error:
                if isinstance(error, OSError | MemoryError) or concerns_storage(error):
                    raise
                log.exception("deciding at once failed")
                return Decided()

        return carefully

    def conclude(self, done: Decided) -> None:
        """A transaction that decided rows is durable: let their effects go, and judge their files."""
        self._next_due = done.next_due
        if done.granted and self._granted is not None:
            self._granted(done.granted)
        if self._outgoing is not None:
            self._outgoing.take(done.started)
        if done.rows:
            self.last_write = self._clock.now()
            self._deliver.ring()
            self._inspect.ring()

    def _work(self, limit: int, *, firing: bool) -> Callable[[Store], Decided]:
        now, caught_up = self._clock.now(), self._caught_up_to()
        if caught_up > now:
            # The clock was set back: until the homeserver answers again, nothing is known of the time since.
            caught_up = 0
        books = self._books()
        claim = self._outgoing.claiming() if self._outgoing is not None else None

        def work(store: Store) -> Decided:
            done = decide_some(store, books, now, limit=limit)
            if (
                firing
                and done.rows < limit
                and timers.fire(store, now=now, caught_up_to=caught_up, forums=tuple(books))
            ):
                # Timers come after everything that was received before them.
                done.add(decide_some(store, books, now, limit=limit - done.rows))
            if claim is not None and done.rows:
                done.started = claim(store)
            done.next_due = timers.next_due(store)
            return done

        return work

    def _until_due(self) -> float:
        """Seconds to wait: until the next timer, but never so long that a moved clock is missed."""
        ahead = 0 if self._next_due is None else self._next_due - self._clock.now()
        # One that is due and did not fire waits for news, which rings the bell.
        return min(max(ahead / 1000, 0.05), self._tick) if ahead > 0 else self._tick
