"""Intake: everything that one sync response brings, and its token, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
import structlog

from bridge.forum.rooms import GapNews
from bridge.journey.loops import Bell, Pause
from bridge.ledger import inbox, meta, numbers, outbox, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store, StoreFull
from bridge.model.clock import Clock
from bridge.model.event import Batch, Event, GapSpan, Invitation, RoomBatch
from bridge.model.ports import Homeserver, TokenRevoked, Unreachable

log = structlog.get_logger()
_encode = msgspec.json.encode

SYNC_TIMEOUT_MS = 30_000
GAP_PLACE = 1
"""Rows from here on in a gap's batch are held until it is filled; its own news stands before."""

PersonOf = Callable[[str, str], str | None]
"""(forum, user id) -> person id."""


class Intake:
    """The sync loop. ``last_sync`` is when the homeserver last answered, by our clock, in milliseconds.

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
    ) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._clock = clock
        self._person_of = person_of
        self._invited = invited
        self._decide = decide
        self._repair = repair
        self._poll_ms = poll_ms
        self.last_sync = 0
        self.failing = ""
        """Why the last try did not work; empty while it works."""

    async def run(self, sleep: Callable[[float], object]) -> None:
        """Sync for ever. Ends only by cancellation or with :class:`TokenRevoked`."""
        token = await self._ledger.read(lambda store: meta.get(store, "token"))
        pause = Pause()
        timeout = 0
        while True:
            started = self._clock.now()
            try:
                batch = await self._homeserver.sync(token, timeout)
                await self.take(batch, token, started)
            except TokenRevoked:
                raise
            except (Unreachable, StoreFull) as error:
                self.failing = str(error)
                log.warning("sync failed", error=str(error))
                await _awaited(sleep(pause.longer()))
                continue
            except Exception as error:
                self.failing = f"{type(error).__name__}: {error}"
                log.exception("sync failed")
                await _awaited(sleep(pause.longer()))
                continue
            pause.reset()
            self.failing = ""
            token = batch.token
            self.last_sync = started
            timeout = self._poll_ms
            self._decide.ring()

    async def take(self, batch: Batch, since: str | None, at: int) -> int:
        """Take one sync response in; returns how many events were new."""
        own = self._homeserver.user_id
        now = self._clock.now()
        new = await self._ledger.write(lambda store: self._store(store, batch, since, own, now))
        if batch.invitations:
            await _awaited(self._invited(batch.invitations))
        for room, session in batch.new_sessions:
            await self.open_again(room, session)
        if any(part.gap for part in batch.rooms) or new:
            self._repair.ring()
        return new

    def _store(self, store: Store, batch: Batch, since: str | None, own: str, now: int) -> int:
        new = 0
        number = inbox.new_batch(store)
        place = inbox.WINDOW
        for part in batch.rooms:
            known = rooms.known(store, part.room_id)
            forum = known[0] if known else ""
            was = known[2] if known else ""
            rooms.set_membership(store, part.room_id, part.membership)
            rooms.apply_state(store, part.state)
            rooms.apply_state(store, part.timeline)
            if part.membership == "join" and was != "join":
                rooms.make_stale(store, part.room_id)
            if not forum:
                place += self._private(store, part, number, place, own, now)
                continue
            if part.gap is not None:
                open_gap(store, forum, part.gap, number, now)
                rooms.make_stale(store, part.room_id)
            events = _ours(part.timeline, since, own)
            self._confirm_echoes(store, part.timeline, own, now)
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
        for _, session, code in batch.withheld:
            inbox.note_withheld(store, session, code)
        meta.put(store, "token", batch.token)
        meta.put(store, "synced", str(now))
        return new

    def _private(self, store: Store, part: RoomBatch, number: int, place: int, own: str, now: int) -> int:
        """A room of no forum: what is said there is kept only when it is a direct chat of ours."""
        self._confirm_echoes(store, part.timeline, own, now)
        return 0

    def _confirm_echoes(self, store: Store, events: Sequence[Event], own: str, now: int) -> None:
        """Our own events coming back confirm what we sent, whatever became of the answer."""
        for event in events:
            if event.sender != own or event.transaction_id is None:
                continue
            found = outbox.by_txn(store, event.transaction_id)
            if found is not None:
                errand_id, forum, effect = found
                if outbox.confirm(store, errand_id, event.event_id):
                    outbox.note_posted(store, forum, effect, event.room_id, event.event_id, now)

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


def _ours(timeline: Sequence[Event], since: str | None, own: str) -> Sequence[Event]:
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


def open_gap(store: Store, forum: str, span: GapSpan, batch: int, now: int) -> str:
    """Note a hole; what comes after it in this forum is held until it is filled or given up."""
    gap = f"g{numbers.take(store, 'gap')}"
    store.run(
        "INSERT INTO gap (id, forum, room, batch, place, since, until, state, cause, events, attempts, not_before,"
        " opened) VALUES (?,?,?,?,?,?,?,'open','',0,0,0,?)",
        (gap, forum, span.room_id, batch, GAP_PLACE, span.since, span.until, now),
    )
    news = GapNews(gap=gap, room=span.room_id, since=now, state="open")
    inbox.add_row(
        store, forum, "gap", f"gap:{gap}:open", _encode(news), at=now, room=span.room_id, batch=batch, place=0
    )
    return gap


async def _awaited(value: object) -> None:
    if hasattr(value, "__await__"):
        await value


RoomKinds = Mapping[str, str]
