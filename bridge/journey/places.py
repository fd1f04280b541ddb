"""The rooms of a forum: found by the names in the settings, joined, and the invitations that are accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from bridge.forum.book import Book
from bridge.journey.loops import Bell
from bridge.ledger import meta, outbox, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store
from bridge.model.clock import Clock
from bridge.model.effects import Decline, Join
from bridge.model.event import Invitation
from bridge.model.ports import Homeserver, MatrixError, Unreachable

log = structlog.get_logger()


class Places:
    """Finds and joins the rooms ``wanted`` (kind, alias or id) of a forum; ``rooms`` are those found, by kind."""

    def __init__(
        self,
        ledger: Ledger,
        homeserver: Homeserver,
        clock: Clock,
        *,
        forum: str,
        wanted: Sequence[tuple[str, str]],
        book: Callable[[], Book],
        deliver: Bell,
    ) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._clock = clock
        self._forum = forum
        self._wanted = tuple(wanted)
        self._book = book
        self._deliver = deliver
        self.rooms: dict[str, str] = {}

    async def find(self) -> None:
        """Resolve the rooms and join those that let us in; the others wait for an invitation.

        Raises :class:`Unreachable` when the homeserver does not answer.
        """
        found: dict[str, str] = {}
        for kind, name in self._wanted:
            room = await self._resolve(name) if name.startswith("#") else name
            if room is None:
                continue
            found.setdefault(kind, room)
            await self._ledger.write(_belongs(room, self._forum, kind))
            try:
                await self._homeserver.join(name)
            except Unreachable:
                raise
            except MatrixError as error:
                log.warning("room not joined", room=name, error=str(error))
                why = f"the bot is not in this room and could not join it ({error.errcode}): invite it"
                await self._ledger.write(_degraded(room, why))
        self.rooms = found

    async def _resolve(self, alias: str) -> str | None:
        """The room of an alias; the one it had when it was last found, if it has none now."""
        kept = f"alias:{alias}"
        try:
            room = await self._homeserver.resolve(alias)
        except Unreachable:
            raise
        except MatrixError as error:
            log.warning("alias not found", alias=alias, error=str(error))
            return await self._ledger.read(lambda store: meta.get(store, kept))
        await self._ledger.write(lambda store: meta.put(store, kept, room))
        return room

    async def invited(self, invitations: Sequence[Invitation]) -> None:
        """Accept what the policy allows; refuse the rest. Both go through the outbox."""
        now = self._clock.now()
        book = self._book()
        ours = await self._ledger.read(lambda store: {view.room_id for view in rooms.rooms_of(store, self._forum)})
        effects: list[Join | Decline] = []
        for invitation in invitations:
            standing = book.standing(invitation.inviter, now)
            allowed = standing is not None and book.policy.may("invite_bot", standing.roles, standing.person.id)
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


def _belongs(room: str, forum: str, kind: str, person: str | None = None) -> Callable[[Store], None]:
    return lambda store: rooms.set_room(store, room, forum=forum, kind=kind, person=person)


def _degraded(room: str, why: str) -> Callable[[Store], None]:
    return lambda store: rooms.degrade(store, room, why)
