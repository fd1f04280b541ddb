"""The rooms of a forum: found by the names in the settings, joined, and the invitations that are accepted.

A room that was replaced by another (an upgrade that was followed) is found there, whatever the settings call it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import structlog

from bridge.forum.book import Book
from bridge.journey.loops import Bell
from bridge.ledger import meta, moves, outbox, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store
from bridge.model.clock import Clock
from bridge.model.effects import Decline, Follow, Join
from bridge.model.event import Invitation
from bridge.model.ports import Homeserver, MatrixError, TokenRevoked, Unreachable

log = structlog.get_logger()

LOOK_AGAIN_S = 300.0
"""How often a room that could not be found or joined is looked for again."""


class Wanted(NamedTuple):
    """A room that the settings name."""

    kind: str
    """forum, control, audit, group or space."""
    name: str
    """Its kind, or the name of a working group."""
    address: str
    """Its alias (#name:server) or id (!id)."""


class Places:
    """Finds and joins the rooms ``wanted`` of a forum. A room that fails stops no other.

    ``rooms`` are the single ones by kind, ``groups`` the working groups by name; ``space`` may be empty.
    """

    def __init__(
        self,
        ledger: Ledger,
        homeserver: Homeserver,
        clock: Clock,
        *,
        forum: str,
        wanted: Sequence[tuple[str, str, str]],
        book: Callable[[], Book],
        deliver: Bell,
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._clock = clock
        self._forum = forum
        self._wanted = tuple(Wanted(*one) for one in wanted)
        self._book = book
        self._deliver = deliver
        self._moved = moved
        self._found: dict[str, tuple[str, str]] = {}
        """Name to (kind, room id)."""
        self._outside: frozenset[str] = frozenset()
        """Names of rooms that could not be found or joined."""

    @property
    def rooms(self) -> Mapping[str, str]:
        """`forum`, `control` and `audit` to room ids."""
        return {kind: room for kind, room in self._found.values() if kind not in ("group", "space")}

    @property
    def groups(self) -> Mapping[str, str]:
        """The names of working groups to room ids."""
        return {name: room for name, (kind, room) in self._found.items() if kind == "group"}

    @property
    def space(self) -> str:
        """The room id of the space; empty without one."""
        return self._found.get("space", ("", ""))[1]

    @property
    def missing(self) -> frozenset[str]:
        """Names of rooms that are nowhere: no such alias, and none was known before."""
        return frozenset(wanted.name for wanted in self._wanted if wanted.name not in self._found)

    async def find(self) -> None:
        """Resolve the rooms and join those that let us in; the others wait for an invitation.

        Raises :class:`Unreachable` when the homeserver answers for none of them.
        """
        unreachable: list[Unreachable] = []
        missing: set[str] = set()
        for wanted in self._wanted:
            try:
                joined = await self._find(wanted)
            except Unreachable as error:
                # Perhaps only the server is gone on which this one room lives.
                log.warning("room not reached", room=wanted.address, error=str(error))
                unreachable.append(error)
                joined = False
                await self._keep_as_it_was(wanted)
            if not joined:
                missing.add(wanted.name)
        if unreachable and len(unreachable) == len(self._wanted):
            raise unreachable[0]
        self._outside = frozenset(missing)

    async def _find(self, wanted: Wanted) -> bool:
        """Whether we are in the room."""
        named = await self._resolve(wanted.address) if wanted.address.startswith("#") else wanted.address
        if named is None:
            return False
        room = await self._ledger.read(lambda store: rooms.newest(store, named))
        self._found[wanted.name] = (wanted.kind, room)
        await self._ledger.write(_belongs(room, self._forum, wanted.kind))
        try:
            # By the alias where it still leads there, as another server may have to be asked.
            await self._homeserver.join(wanted.address if room == named else room)
        except (Unreachable, TokenRevoked):
            raise
        except MatrixError as error:
            log.warning("room not joined", room=wanted.address, error=str(error))
            why = f"the bot is not in this room and could not join it ({error.errcode}): invite it"
            await self._ledger.write(_degraded(room, why))
            return False
        return True

    async def _keep_as_it_was(self, wanted: Wanted) -> None:
        """A room that cannot be reached now is where it was when it was last found."""
        room: str | None = wanted.address
        if wanted.address.startswith("#"):
            room = await self._ledger.read(lambda store: meta.get(store, f"alias:{wanted.address}"))
        if room is not None:
            known = room
            self._found[wanted.name] = (
                wanted.kind,
                await self._ledger.read(lambda store: rooms.newest(store, known)),
            )

    async def _resolve(self, alias: str) -> str | None:
        """The room of an alias; the one it had when it was last found, if it has none now.

        An alias that leads to another room than before is followed only as an upgrade is: by what the two rooms say
        of each other, in :mod:`bridge.journey.upgrades`. Until then the room is the one that we know.
        """
        kept = f"alias:{alias}"
        before = await self._ledger.read(lambda store: meta.get(store, kept))
        try:
            room = await self._homeserver.resolve(alias)
        except (Unreachable, TokenRevoked):
            raise
        except MatrixError as error:
            log.warning("alias not found", alias=alias, error=str(error))
            return before
        if before is not None and before != room and await self._is_upgrade(before, room):
            return before
        await self._ledger.write(lambda store: meta.put(store, kept, room))
        return room

    async def _is_upgrade(self, before: str, room: str) -> bool:
        """Whether the room that we knew says itself that the other one replaces it; then it is followed."""
        if not await self._ledger.read(lambda store: rooms.is_joined(store, before)):
            return False
        try:
            tombstone = await self._homeserver.read_state(before, "m.room.tombstone")
        except (Unreachable, TokenRevoked):
            raise
        except MatrixError:
            return False
        return tombstone is not None and tombstone.get("replacement_room") == room

    async def keep_looking(self) -> None:
        """Look again, every few minutes, for rooms that could not be found or joined; ends by cancellation."""
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            await self.look_again()

    async def look_again(self) -> bool:
        """Look for the rooms that are missing; whether one was found where there was none."""
        if not self._outside:
            return False
        before = dict(self._found)
        for wanted in self._wanted:
            if wanted.name not in self._outside:
                continue
            try:
                if await self._find(wanted):
                    self._outside -= {wanted.name}
            except TokenRevoked:
                raise
            except MatrixError as error:
                log.warning("room not reached", room=wanted.address, error=str(error))
        if self._found == before:
            return False
        self._moved()
        return True

    def follow(self, old: str, new: str) -> None:
        """A room was replaced by another, which has its place from now on."""
        self._found = {name: (kind, new if room == old else room) for name, (kind, room) in self._found.items()}
        self._moved()

    async def invited(self, invitations: Sequence[Invitation]) -> None:
        """Accept what the policy allows; refuse the rest. Both go through the outbox."""
        now = self._clock.now()
        book = self._book()
        ours = await self._ledger.read(lambda store: {view.room_id for view in rooms.rooms_of(store, self._forum)})
        effects: list[Join | Decline | Follow] = []
        for invitation in invitations:
            heir = await self._ledger.read(lambda store, room=invitation.room_id: rooms.awaited(store, room))  # type: ignore[misc]
            standing = book.standing(invitation.inviter, now)
            allowed = standing is not None and book.policy.may("invite_bot", standing.roles, standing.person.id)
            if heir is not None:
                # A room of ours says that this one replaces it, and that was looked into already.
                effects.append(Follow(room=heir, replacement=invitation.room_id))
                continue
            if invitation.room_id not in ours and await self._is_named(
                invitation.room_id, ours, standing is not None
            ):
                # Our rule on tombstones decides whether it is followed; until then the invitation stands.
                log.info("invitation to a room that replaces one of ours", room=invitation.room_id)
                continue
            if standing is None or not allowed or not (invitation.room_id in ours or invitation.direct):
                log.info("invitation refused", room=invitation.room_id, inviter=invitation.inviter)
                effects.append(Decline(room=invitation.room_id))
                continue
            if invitation.room_id not in ours:
                await self._ledger.write(_belongs(invitation.room_id, self._forum, "direct", standing.person.id))
            effects.append(Join(room=invitation.room_id))
        await self._ledger.write(
            lambda store: outbox.enqueue(store, self._forum, effects, cause="invitation", now=now)
        )
        self._deliver.ring()

    async def _is_named(self, room: str, ours: Collection[str], fresh: bool) -> bool:
        """Whether a room of ours names this one as its replacement; ``fresh`` asks the homeserver, too.

        A tombstone and the invitation that follows it may come in one response, of which nothing is stored yet.
        """
        if await self._ledger.read(lambda store: moves.named_by(store, self._forum, room)):
            return True
        for old in ours if fresh else ():
            with contextlib.suppress(MatrixError):
                tombstone = await self._homeserver.read_state(old, "m.room.tombstone")
                if tombstone is not None and tombstone.get("replacement_room") == room:
                    return True
        return False


def _belongs(room: str, forum: str, kind: str, person: str | None = None) -> Callable[[Store], None]:
    return lambda store: rooms.set_room(store, room, forum=forum, kind=kind, person=person)


def _degraded(room: str, why: str) -> Callable[[Store], None]:
    return lambda store: rooms.degrade(store, room, why)
