"""Recording: facts go onto the chain and into the projections, effects and timers into their queues, together."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable

import msgspec

from bridge.ledger import chain, destroying, fetching, inbox, outbox, projections, restored, rooms, timers
from bridge.ledger.inbox import Item
from bridge.ledger.outbox import Queued
from bridge.ledger.remembered import remember
from bridge.ledger.store import Row, Store
from bridge.model import facts as f
from bridge.model.effects import Judge, Timer
from bridge.model.situation import Outcome, RoomView

Salt = Callable[[], bytes]


SALTS_AT_ONCE = 32
"""The system is asked for so many at once, since every asking costs more than a salt is worth."""


def random_salts() -> Salt:
    """Each time 16 bytes nobody can guess, so that a destroyed content cannot be found again from its hash."""
    waiting: list[bytes] = []

    def salt() -> bytes:
        if not waiting:
            fresh = secrets.token_bytes(chain.SALT_BYTES * SALTS_AT_ONCE)
            waiting.extend(fresh[at : at + chain.SALT_BYTES] for at in range(0, len(fresh), chain.SALT_BYTES))
        return waiting.pop()

    return salt


def head(store: Store, forum: str) -> chain.Head:
    """The chain's head of a forum."""
    row = store.one("SELECT position, link FROM forum WHERE id = ?", (forum,))
    if row is None:
        raise LookupError(f"no forum {forum}")
    return chain.Head(row[0], bytes(row[1]))


class Place(msgspec.Struct, frozen=True):
    """A room as the rows of a group find it."""

    view: RoomView
    adopted: bool
    made_by_us: bool
    meeting: str = ""
    """The number of the meeting that runs there."""


_PLACE = (
    "SELECT kind, adopted_at, made_by_us, (SELECT MIN(m.number) FROM meeting m WHERE m.room = room.room"
    " AND m.state = 'open' AND m.forum = room.forum) FROM room WHERE room = ?"
)


class _Forum:
    """Where a forum stands while rows of it are recorded."""

    __slots__ = ("counters", "head", "raised", "stage")

    def __init__(self, store: Store, forum: str) -> None:
        row = store.one("SELECT position, link, stage FROM forum WHERE id = ?", (forum,))
        self.head = chain.Head(row[0], bytes(row[1])) if row else None
        self.stage: str = row[2] if row else "watch"
        self.counters = counters(store, forum)
        self.raised: set[str] = set()
        """Series whose counter is above the one that is written."""


class Recorder:
    """Records the outcomes of rows that are decided one after the other in one transaction.

    What a later one of these rows may ask for is written at once: the projections, and what is remembered of
    members. Chain heads, counters, stages and rooms are read once and kept here; they, the facts and the queues
    are written by :meth:`flush`, each kind by one statement for all rows. Nothing of it counts before that.
    """

    def __init__(self, store: Store, salt: Salt | None = None) -> None:
        self.store = store
        self._salt = salt or random_salts()
        self._forums: dict[str, _Forum] = {}
        self._places: dict[str, Place] = {}
        self._came_back: bool | None = None
        self._facts: list[Row] = []
        self._timers: list[tuple[str, Timer, int]] = []
        self._judges: list[tuple[str, Judge, int]] = []
        self._queued: list[Queued] = []
        self._decided: list[Item] = []

    # What a row finds

    def stage(self, forum: str) -> str:
        """The stage in which a forum is."""
        return self._forum(forum).stage

    def counters(self, forum: str) -> dict[str, int]:
        """The highest number used so far, per series."""
        return self._forum(forum).counters

    def place(self, room: str) -> Place:
        """A room."""
        place = self._places.get(room)
        if place is None:
            row = self.store.one(_PLACE, (room,))
            kind, adopted_at, made_by_us, meeting = row or ("unknown", None, 0, None)
            view = rooms.view(self.store, room, kind)
            place = Place(view, adopted_at is not None, bool(made_by_us), meeting or "")
            self._places[room] = place
        return place

    def number_shown(self, event: str) -> str | None:
        """The number that the room already shows on an event; there are none before a restore."""
        if self._came_back is None:
            self._came_back = restored.shows_numbers(self.store)
        return restored.number_shown(self.store, event) if self._came_back else None

    def _forum(self, forum: str) -> _Forum:
        found = self._forums.get(forum)
        if found is None:
            found = self._forums[forum] = _Forum(self.store, forum)
        return found

    # What comes of it

    def record(self, forum: str, outcome: Outcome, *, now: int, cause: str, letters: frozenset[str]) -> chain.Head:
        """Record an outcome and return the chain's new head.

        ``letters`` are the series whose numbers the facts may use; the counters are raised to the highest used.
        """
        at = self._forum(forum)
        if at.head is None:
            raise LookupError(f"no forum {forum}")
        waiting = deque(outcome.facts)
        while waiting:
            fact = waiting.popleft()
            line = chain.append(at.head, fact, at=now, salt=self._salt())
            at.head = chain.head_of(line)
            self._facts.append(
                (forum, line.position, line.kind, now, line.body, line.salt, line.content_hash, line.link)
            )
            projections.apply(self.store, forum, fact)
            _note_number(fact, letters, at)
            self._keep_stage(forum, fact, at)
            if isinstance(fact, f.Act) and fact.undoes and self._withdrawn(forum, fact.undoes):
                waiting.appendleft(
                    f.ActDone(number=fact.undoes, result="cancelled", detail=fact.number, at=fact.at)
                )
            if isinstance(fact, f.Destroyed):
                self.flush()
                destroying.destroy(self.store, forum, fact)
        if outcome.facts:
            remember(self.store, outcome.facts)
        for timer in outcome.timers:
            if isinstance(timer, Timer) and not timer.keep:
                self._timers.append((forum, timer, now))
                continue
            # It depends on what the timer is now.
            self.flush()
            if isinstance(timer, Timer):
                timers.put(self.store, forum, timer, now)
            else:
                timers.cancel(self.store, forum, timer.name)
        self._judges += [(forum, judge, now) for judge in outcome.judges]
        self._queued += [Queued(forum, effect, cause, now) for effect in outcome.effects]
        return at.head

    def _withdrawn(self, forum: str, act: str) -> bool:
        """Whether what an act wanted had not gone yet, and now never goes: the act was taken back in time."""
        self.flush()
        return outbox.withdraw(self.store, forum, act)

    def decided(self, item: Item) -> None:
        """Mark a row as decided."""
        self._decided.append(item)

    def flush(self) -> None:
        """Write what was kept back."""
        self.store.many(
            "INSERT INTO fact (forum, position, kind, at, body, salt, content_hash, link) VALUES (?,?,?,?,?,?,?,?)",
            self._facts,
        )
        if self._facts:
            for forum, at in self._forums.items():
                self._write_head(forum, at)
        # Timers first: one that its own row has set again waits, whatever becomes of the row.
        timers.put_all(self.store, self._timers)
        fetching.add(self.store, self._judges)
        outbox.enqueue_all(self.store, self._queued)
        inbox.all_decided(self.store, self._decided)
        for kept in (self._facts, self._timers, self._judges, self._queued, self._decided):
            kept.clear()

    def _write_head(self, forum: str, at: _Forum) -> None:
        if at.head is not None:
            self.store.run(
                "UPDATE forum SET position = ?, link = ? WHERE id = ?", (at.head.position, at.head.link, forum)
            )
        for series in sorted(at.raised):
            raise_counter(self.store, forum, series, at.counters[series])
        at.raised.clear()

    def _keep_stage(self, forum: str, fact: f.AnyFact, at: _Forum) -> None:
        if isinstance(fact, f.Stage):
            at.stage = fact.stage
            self.store.run("UPDATE forum SET stage = ? WHERE id = ?", (fact.stage, forum))
        elif isinstance(fact, f.FileVersion):
            self.store.run(
                f"UPDATE forum SET {fact.what}_version = ?, {fact.what}_sha256 = ? WHERE id = ?",
                (fact.version, fact.sha256, forum),
            )
        elif isinstance(fact, f.Adopted | f.Meeting | f.MeetingChanged | f.RoomReplaced):
            self._places.clear()


def record(
    store: Store,
    forum: str,
    outcome: Outcome,
    *,
    now: int,
    cause: str,
    letters: frozenset[str],
    salt: Salt | None = None,
) -> chain.Head:
    """Record one outcome in the running transaction; see :meth:`Recorder.record`."""
    recorder = Recorder(store, salt)
    newest = recorder.record(forum, outcome, now=now, cause=cause, letters=letters)
    recorder.flush()
    return newest


def _note_number(fact: f.AnyFact, letters: frozenset[str], at: _Forum) -> None:
    number = getattr(fact, "number", None)
    if not number:
        return
    letter, _, digits = number.partition("-")
    if letter in letters and digits.isdigit() and int(digits) > at.counters.get(letter, 0):
        at.counters[letter] = int(digits)
        at.raised.add(letter)


def counters(store: Store, forum: str) -> dict[str, int]:
    """The highest number used so far, per series."""
    return dict(store.all("SELECT series, value FROM counter WHERE forum = ?", (forum,)))


def raise_counter(store: Store, forum: str, series: str, value: int) -> None:
    """Let a series continue above ``value``."""
    store.run(
        "INSERT INTO counter (forum, series, value) VALUES (?,?,?) ON CONFLICT (forum, series) DO UPDATE SET"
        " value = CASE WHEN excluded.value > counter.value THEN excluded.value ELSE counter.value END",
        (forum, series, value),
    )
