"""Following a room to the one that replaces it, and listing rooms in their space.

A tombstone alone moves nothing: the new room must name the old one as its predecessor (Client-Server API, "Room
upgrades"), and an encrypted room is never followed to one in clear. What the new room's `m.room.create` says is
read from inside, when we are let in; until then its events wait, and the old room is read on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import structlog

from bridge.forum.book import Book
from bridge.forum.upgrades import UpgradeNews
from bridge.journey.loops import Bell
from bridge.ledger import inbox, moves, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store
from bridge.model.clock import Clock
from bridge.model.effects import Follow, Link
from bridge.model.event import Event, Json
from bridge.model.ports import Homeserver, LimitExceeded, MatrixError, TokenRevoked, Unreachable

log = structlog.get_logger()
_encode = msgspec.json.encode

EVENT_NAMED_UP_TO = 11
"""Up to this room version the new room names the tombstone too; from 12 on its own id rests on what it says."""


class Upgrades:
    """Carries out :class:`Follow` and :class:`Link`.

    ``followed`` is told (old room, new room) when a room has taken another's place.
    """

    def __init__(
        self,
        ledger: Ledger,
        homeserver: Homeserver,
        clock: Clock,
        *,
        book: Callable[[str], Book],
        followed: Callable[[str, str], None],
        bells: Sequence[Bell],
    ) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._clock = clock
        self._book = book
        self._followed = followed
        self._bells = tuple(bells)

    async def follow(self, forum: str, effect: Follow) -> str:
        """Follow a room if it may be; why not otherwise. Raises MatrixError kinds that are worth another try."""
        old, new = effect.room, effect.replacement
        if await self._ledger.read(lambda store: rooms.newest(store, old)) != old:
            return "followed already"
        named = await self._homeserver.read_state(old, "m.room.tombstone")
        if named is None or named.get("replacement_room") != new:
            return "the room names another one now"
        if not await self._ledger.write(lambda store: rooms.await_heir(store, old, new)):
            return await self._tell(forum, effect, "taken")
        try:
            await self._homeserver.join(new)
        except (Unreachable, LimitExceeded, TokenRevoked):
            raise
        except MatrixError as error:
            log.warning("the new room does not let us in", room=new, error=str(error))
            return await self._tell(forum, effect, "waiting")
        state = await self._homeserver.full_state(new)
        fault = await self._fault(old, state)
        if fault:
            await self._ledger.write(lambda store: rooms.forget_heir(store, new))
            await self._homeserver.leave(new)
            return await self._tell(forum, effect, fault)
        await self._take_place(forum, effect, state)
        return ""

    async def _fault(self, old: str, state: Sequence[Event]) -> str:
        """Why a room does not replace the old one; empty when it does."""
        tombstone, encrypted = await self._ledger.read(
            lambda store: (moves.tombstone(store, old), rooms.view(store, old, "").encrypted)
        )
        create = _content(state, "m.room.create")
        predecessor = create.get("predecessor")
        if not isinstance(predecessor, dict) or predecessor.get("room_id") != old:
            return "forged"
        event = predecessor.get("event_id")
        if event is None and _number(create) <= EVENT_NAMED_UP_TO:
            return "forged"
        if event is not None and (tombstone is None or event != tombstone[0]):
            return "forged"
        if encrypted and not isinstance(_content(state, "m.room.encryption").get("algorithm"), str):
            return "clear"
        return ""

    async def _take_place(self, forum: str, effect: Follow, state: Sequence[Event]) -> None:
        old, new, now = effect.room, effect.replacement, self._clock.now()
        here = tuple(
            event.state_key
            for event in state
            if event.type == "m.room.member"
            and event.state_key is not None
            and event.content.get("membership") in ("join", "invite")
        )
        version = _content(state, "m.room.create").get("room_version", "1")
        name = self._book(forum).all_rooms.get(old, "")

        def work(store: Store) -> None:
            kind = (rooms.known(store, old) or ("", "", ""))[1]
            tombstone = moves.tombstone(store, old) or ("", "")
            moves.take_place(store, forum, old, new)
            news = UpgradeNews(
                state="followed",
                old=old,
                new=new,
                kind=kind,
                name=name or kind,
                by=tombstone[1],
                tombstone=tombstone[0],
                version=version if isinstance(version, str) else "",
                joined=moves.joined(store, old),
                here=here,
            )
            inbox.add_row(store, forum, "upgrade", f"upgrade:{old}:followed", _encode(news), at=now, room=new)

        await self._ledger.write(work)
        log.info("room followed", old=old, new=new)
        self._followed(old, new)
        self._ring()

    async def _tell(self, forum: str, effect: Follow, state: str) -> str:
        """The control room hears once of each thing that keeps us from following a room."""
        now = self._clock.now()
        name = self._book(forum).all_rooms.get(effect.room, "")
        news = UpgradeNews(state=state, old=effect.room, new=effect.replacement, name=name)
        key = f"upgrade:{effect.room}:{effect.replacement}:{state}"
        await self._ledger.write(
            lambda store: inbox.add_row(store, forum, "upgrade", key, _encode(news), at=now, room=effect.room)
        )
        self._ring()
        return f"not followed: {state}"

    def _ring(self) -> None:
        for bell in self._bells:
            bell.ring()

    async def link(self, effect: Link) -> str:
        """List a room in a space, as far as we may; what is listed already stays as it is."""
        via = [self._homeserver.user_id.partition(":")[2]]
        for room, kind, key, content in (
            (effect.room, "m.space.child", effect.child, {"via": via}),
            (effect.child, "m.space.parent", effect.room, {"via": via, "canonical": True}),
        ):
            try:
                found = await self._homeserver.read_state(room, kind, key)
                if not (found or {}).get("via"):
                    await self._homeserver.set_state(room, kind, key, dict(content))
            except (Unreachable, LimitExceeded, TokenRevoked):
                raise
            except MatrixError as error:
                log.info("room not listed in its space", room=room, kind=kind, error=str(error))
        return ""


def _content(state: Sequence[Event], event_type: str) -> Json:
    return next((event.content for event in state if event.type == event_type and event.state_key == ""), {})


def _number(create: Json) -> int:
    """The room version as a number; one that is none is taken for the oldest, which has the strictest rule."""
    version = create.get("room_version", "1")
    return int(version) if isinstance(version, str) and version.isdecimal() else 1
