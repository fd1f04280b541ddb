"""A homeserver that was put back to an earlier database: noticed, said, and mended.

Its sync tokens cannot tell: it goes on from where it is now, and what was said before we were back would be skipped
in silence. So after every start and every break of the connection it is asked for the newest event that it gave or
took. When it does not have it any more, each room is read on from the newest event that both know, what the record
has beyond that is kept and listed, and effects of ours that are gone there are carried out again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import msgspec
import structlog

from bridge.forum.book import Book
from bridge.forum.rooms import GapNews
from bridge.journey.intake import open_gap
from bridge.journey.loops import Bell
from bridge.ledger import inbox, numbers, outbox, restored, rollback, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.rollback import Posted
from bridge.ledger.store import Store
from bridge.model.clock import Clock, moment
from bridge.model.effects import Say, Value
from bridge.model.event import GapSpan
from bridge.model.ports import Forbidden, Homeserver, MatrixError, TokenRevoked, Unreachable

log = structlog.get_logger()


class Common(msgspec.Struct, frozen=True):
    """The newest event of a room that the homeserver still has."""

    batch: int
    place: int
    at: int
    """When it was taken in."""
    token: str
    """From here on the room's history is read again."""


class Rollback:
    """Finds out whether the homeserver knows less than it gave, and mends what follows from that."""

    def __init__(
        self,
        ledger: Ledger,
        homeserver: Homeserver,
        clock: Clock,
        *,
        books: Callable[[], Mapping[str, Book]],
        bells: tuple[Bell, ...],
    ) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._clock = clock
        self._books = books
        self._bells = bells

    async def look(self) -> bool:
        """Whether the homeserver was rolled back; then it is noted, and the next sync must go without a token.

        Raises MatrixError kinds while it does not answer; then nothing was changed.
        """
        for room, event in await self._ledger.read(rollback.newest):
            if not await self._has(room, event):
                await self._mend()
                return True
        return False

    async def _has(self, room: str, event: str) -> bool:
        try:
            return await self._homeserver.event(room, event) is not None
        except (TokenRevoked, Unreachable):
            raise
        except Forbidden:
            return True
        except MatrixError as error:
            # Whoever cannot be asked has not said no.
            log.warning("the homeserver does not say whether it has an event", error=str(error))
            return True

    async def _mend(self) -> None:
        common: dict[str, Common | None] = {}
        unseen: list[Posted] = []
        for room, _, _ in await self._ledger.read(restored.joined):
            if await self._nth_newest(room, 0) is None:
                continue
            newest = common[room] = await self._common(room)
            since = newest.at if newest is not None else 0
            posts = await self._ledger.read(functools.partial(rollback.unseen, room=room, since=since))
            unseen += [post for post in posts if not await self._has(room, post.event)]
        await self._homeserver.doubt_keys()
        lost = await self._ledger.write(lambda store: self._note(store, common, unseen))
        log.warning("the homeserver was rolled back", events=lost)
        for bell in self._bells:
            bell.ring()

    async def _common(self, room: str) -> Common | None:
        """Found by halving: the homeserver has everything up to some event, and of what came after it nothing."""
        missing, there = -1, 0
        while not await self._is_there(room, there):
            missing, there = there, there * 2 + 1
        while there - missing > 1:
            middle = (there + missing) // 2
            if await self._is_there(room, middle):
                there = middle
            else:
                missing = middle
        found = await self._nth_newest(room, there)
        if found is None:
            return None
        event, batch, place, at = found
        return Common(batch, place, at, await self._homeserver.token_after(room, event))

    async def _is_there(self, room: str, place: int) -> bool:
        """Whether the homeserver has an event of ours, or there is none so old."""
        found = await self._nth_newest(room, place)
        return found is None or await self._has(room, found[0])

    async def _nth_newest(self, room: str, place: int) -> tuple[str, int, int, int] | None:
        return await self._ledger.read(functools.partial(rollback.nth_newest, room=room, place=place))

    def _note(self, store: Store, common: Mapping[str, Common | None], unseen: list[Posted]) -> int:
        now, own = self._clock.now(), self._homeserver.user_id
        batch = inbox.new_batch(store)
        gone: dict[str, list[str]] = {}
        acts: list[int] = []
        for room, newest in common.items():
            forum = (rooms.known(store, room) or ("",))[0]
            if newest is None:
                gone[room] = rollback.mark_gone(store, room, -1, -1)
                rooms.set_membership(store, room, "leave")
                rooms.degrade(store, room, "the homeserver was rolled back and no longer has this room")
                continue
            gone[room] = rollback.mark_gone(store, room, newest.batch, newest.place)
            acts += rollback.acts_lost(store, room, newest.at, gone[room], own)
            open_gap(store, forum, GapSpan(room_id=room, since=newest.token, until=""), batch, now)
            rooms.make_stale(store, room)
        lost = {event for events in gone.values() for event in events}
        lost |= {post.event for post in unseen}
        again = rollback.do_again(store, [*rollback.lost_posts(store), *unseen], acts, lost, now)
        for forum, book in self._books().items():
            self._tell(store, forum, book, common, gone, now)
        rollback.note(store, batch)
        log.info("effects to be carried out again", count=again)
        return len(lost)

    def _tell(
        self,
        store: Store,
        forum: str,
        book: Book,
        common: Mapping[str, Common | None],
        gone: Mapping[str, list[str]],
        now: int,
    ) -> None:
        """One record and one sentence for each forum that lost something there."""
        ours = [room for room in gone if gone[room] and (rooms.known(store, room) or ("",))[0] == forum]
        if not ours:
            return
        count = sum(len(gone[room]) for room in ours)
        since = min((newest.at for room in ours if (newest := common[room]) is not None), default=0)
        gap = f"g{numbers.take(store, 'gap')}"
        news = GapNews(
            gap=gap, what="rollback", since=since, until=now, state="given_up", cause=rollback.GONE, events=count
        )
        inbox.add_row(store, forum, "gap", f"gap:{gap}:given_up", msgspec.json.encode(news), at=now)
        control = book.rooms.get("control")
        if control is not None:
            when = moment(since).astimezone(book.policy.forum.zone).isoformat()
            values: dict[str, Value] = {"since": when, "count": count}
            say = Say(room=control, key="rollback.seen", values=values, ref=f"rollback:{gap}")
            outbox.enqueue(store, forum, [say], cause=f"rollback:{gap}", now=now)
