"""Intake: everything that one sync response brings, and its token, in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec
import structlog

from bridge.forum.catching_up import NewDevice
from bridge.forum.rooms import GapNews
from bridge.journey import absences
from bridge.journey.decide import Decided
from bridge.journey.echoes import confirm_echoes
from bridge.journey.loops import Bell, Pause
from bridge.ledger import gaps, inbox, meta, numbers, outbox, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store, StoreFull
from bridge.model.clock import Clock
from bridge.model.event import Batch, Event, GapSpan, Invitation, RoomBatch
from bridge.model.ports import DeviceLost, Homeserver, MatrixError, TokenRevoked

log = structlog.get_logger()
_encode = msgspec.json.encode

SYNC_TIMEOUT_MS = 30_000
GAP_PLACE = 1
"""Rows from here on in a gap's batch are held until it is filled; its own news stands before."""

PersonOf = Callable[[str, str], str | None]
"""(forum, user id) -> person id."""


class Deciding(Protocol):
    """Who decides, :class:`bridge.journey.decide.Decider`: the first rows in the transaction that takes them in."""

    def at_hand(self) -> Callable[[Store], Decided] | None:
        """What decides the first rows; None when that is not the time."""
        ...

    def conclude(self, done: Decided) -> None:
        """That transaction is durable."""
        ...


class Intake:
    """The sync loop. ``last_sync`` is when the homeserver last answered, by our clock, in milliseconds.

    ``rolled_back`` finds out, before the first response after a start or a break, whether the homeserver knows less
    than it gave (:class:`bridge.journey.rollback.Rollback`).

    ``poll_ms`` is how long the homeserver may keep a quiet request open; no timer fires before a request that was
    begun after its time has been answered.
    """

    def __init__(
        self,
        ledger: Ledger,
        homeserver: Homeserver,
        clock: Clock,
        *,
        person_of: PersonOf,
        invited: Callable[[Sequence[Invitation]], object],
        decide: Bell,
        repair: Bell,
        poll_ms: int = SYNC_TIMEOUT_MS,
        deciding: Deciding | None = None,
        rolled_back: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._clock = clock
        self._person_of = person_of
        self._invited = invited
        self._decide = decide
        self._repair = repair
        self._poll_ms = poll_ms
        self._deciding = deciding
        self._rolled_back = rolled_back
        self.last_sync = 0
        self.last_write = 0
        """When events were taken in last, in ms; 0: not since the start."""
        self.rounds = 0
        """How many responses were taken in since the start."""
        self.failing = ""
        """Why the last try did not work; empty while it works."""
        self._readable: set[tuple[str, str]] = set()
        """Sessions whose key has come and whose sealed events are still to be tried."""

    async def run(self, sleep: Callable[[float], object]) -> None:
        """Sync for ever. Ends only by cancellation or with :class:`TokenRevoked` or DeviceLost."""
        token = await self.resume()
        pause = Pause()
        timeout = 0
        broken = True
        while True:
            started = self._clock.now()
            try:
                if broken and self._rolled_back is not None and await self._rolled_back():
                    token = None
                broken = False
                batch = await self._homeserver.sync(token, timeout)
                await self.take(batch, token, started)
            except (TokenRevoked, DeviceLost):
                raise
            except (MatrixError, StoreFull) as error:
                # Whoever answers next may be another one, or the same with less in its memory.
                broken = True
                self.failing = str(error)
                log.warning("sync failed", error=str(error))
                asked = getattr(error, "retry_after_ms", None) or 0
                await _awaited(sleep(max(pause.longer(), asked / 1000)))
                continue
            except Exception as error:
                self.failing = f"{type(error).__name__}: {error}"
                log.exception("sync failed")
                await _awaited(sleep(pause.longer()))
                continue
            pause.reset()
            self.failing = ""
            token = batch.token
            timeout = self._poll_ms

    async def resume(self) -> str | None:
        """After a start: the token to go on from. A key may have come without its events being tried."""
        token, sessions = await self._ledger.read(
            lambda store: (meta.get(store, "token"), inbox.sealed_sessions(store))
        )
        self._readable.update(sessions)
        return token

    async def take(self, batch: Batch, since: str | None, at: int) -> int:
        """Take one sync response in, asked for at ``at``; returns how many events were new."""
        own = self._homeserver.user_id
        now = self._clock.now()
        if batch.invitations:
            # Before the token: an invitation is not told twice.
            await _awaited(self._invited(batch.invitations))
        at_hand = self._deciding.at_hand() if self._deciding is not None and batch.rooms else None

        def work(store: Store) -> tuple[int, Decided | None]:
            new = self._store(store, batch, since, own, now)
            return new, at_hand(store) if at_hand is not None and new else None

        new, decided = await self._ledger.write(work)
        self.rounds += 1
        self.last_sync = at
        if new:
            self.last_write = now
        if self._deciding is not None and decided is not None:
            self._deciding.conclude(decided)
        self._decide.ring()
        if any(part.gap for part in batch.rooms) or new:
            self._repair.ring()
        self._readable.update(batch.new_sessions)
        for room, session in tuple(self._readable):
            try:
                await self.open_again(room, session)
            except StoreFull:
                raise
            except Exception:
                log.exception("sealed events could not be tried again", room=room)
            self._readable.discard((room, session))
        return new

    def _store(self, store: Store, batch: Batch, since: str | None, own: str, now: int) -> int:
        new = 0
        number = inbox.new_batch(store)
        place = inbox.WINDOW
        for part in batch.rooms:
            known = rooms.known(store, part.room_id)
            forum = known[0] if known else ""
            was = known[2] if known else ""
            if known is None or was != part.membership:
                rooms.set_membership(store, part.room_id, part.membership)
            if was == "join" and part.state:
                # State beside what is new is of before a hole, or of one branch where the room's history forks.
                # Synapse then gives an old invitation after the join (what MSC4222 is for), so state replaces only
                # what is older, until it is read whole.
                rooms.apply_state(store, part.state, only_newer=True)
                rooms.make_stale(store, part.room_id)
            else:
                rooms.apply_state(store, part.state)
            # What was delivered before says how it was, not how it is.
            fresh = [
                event
                for event in part.timeline
                if event.state_key is not None and not inbox.has(store, event.event_id)
            ]
            rooms.apply_state(store, fresh)
            confirm_echoes(store, part.timeline, own, now)
            self._mind_permissions(store, part, was, own)
            if not forum:
                continue
            events: Sequence[Event] = part.timeline
            if was == "join" and since is None:
                # We have no token, and are no newcomers: the window may reach back to before we first came.
                events = _since_known(store, part.timeline)
            elif was != "join" and absences.is_open(store, part.room_id):
                events = _since_known(store, part.timeline)
            elif was != "join":
                events = _since_arrival(part.timeline, since, own)
            absences.note(store, forum, part, fresh, own, here=was == "join", now=now)
            if part.gap is not None:
                open_gap(store, forum, part.gap, number, now)
                rooms.make_stale(store, part.room_id)
            new += inbox.add_events(
                store,
                forum,
                number,
                place,
                events,
                own=own,
                at=now,
                person_of=lambda user, forum=forum: self._person_of(forum, user),  # type: ignore[misc]
            )
            place += len(events)
        for user, device in batch.new_devices:
            _tell_device(store, user, device, now)
        for _, session, code in batch.withheld:
            inbox.note_withheld(store, session, code)
        meta.put(store, "token", batch.token)
        meta.put(store, "synced", str(now))
        return new

    def _mind_permissions(self, store: Store, part: RoomBatch, was: str, own: str) -> None:
        """We are in a room (again), or its levels changed: what was refused there may be tried again."""
        arrived = part.membership == "join" and was != "join"
        if arrived:
            rooms.make_stale(store, part.room_id)
            rooms.degrade(store, part.room_id, "")
        changed = any(event.type == "m.room.power_levels" for event in (*part.state, *part.timeline))
        if arrived or changed:
            outbox.wake(store, part.room_id)

    async def open_again(self, room: str, session: str) -> int:
        """Retry the sealed events of a session whose key has come; returns how many opened."""
        waiting = await self._ledger.read(lambda store: inbox.sealed_of_session(store, room, session))
        opened = 0
        for forum, _, raw in waiting:
            event = await self._homeserver.open_again(room, raw)
            if event.sealed is None:
                await self._ledger.write(
                    lambda store, forum=forum, event=event: inbox.unseal(  # type: ignore[misc]
                        store, forum, event, at=self._clock.now()
                    )
                )
                opened += 1
        if opened:
            self._decide.ring()
        return opened


def _tell_device(store: Store, user: str, device: str, now: int) -> None:
    """Each forum of somebody hears once that they have another device."""
    for forum in rooms.forums_of(store, user):
        news = NewDevice(user=user, device=device)
        inbox.add_row(store, forum, "device", f"device:{forum}:{user}:{device}", _encode(news), at=now)


def _since_arrival(timeline: Sequence[Event], since: str | None, own: str) -> Sequence[Event]:
    """The part of a timeline that is ours to decide: what came before our own first join is not."""
    for place, event in enumerate(timeline):
        if (
            event.type == "m.room.member"
            and event.state_key == own
            and event.content.get("membership") == "join"
            and (event.prev_content or {}).get("membership") != "join"
        ):
            return timeline[place:]
    return timeline if since is not None else ()


def _since_known(store: Store, timeline: Sequence[Event]) -> Sequence[Event]:
    """The part of a timeline that is ours after we were away: its window may reach back to before we first came."""
    for place, event in enumerate(timeline):
        if inbox.has(store, event.event_id):
            return timeline[place:]
    return timeline


def open_gap(store: Store, forum: str, span: GapSpan, batch: int, now: int) -> str:
    """Note a hole; what comes after it in this forum is held until it is filled or given up."""
    gap = f"g{numbers.take(store, 'gap')}"
    gaps.add(store, gap, forum, span.room_id, batch, GAP_PLACE, span.since, span.until, now)
    news = GapNews(gap=gap, room=span.room_id, since=now, state="open")
    inbox.add_row(
        store, forum, "gap", f"gap:{gap}:open", _encode(news), at=now, room=span.room_id, batch=batch, place=0
    )
    return gap


async def _awaited(value: object) -> None:
    if hasattr(value, "__await__"):
        await value
