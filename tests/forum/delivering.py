"""A desk whose acts are carried out: the errands of the journey on a homeserver of three dictionaries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar, cast

from bridge.journey.errands import Errands
from bridge.journey.tries import Done, Later
from bridge.ledger import outbox, record, rooms
from bridge.ledger.outbox import Errand
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.effects import Deed
from bridge.model.event import Event, Json
from bridge.model.ports import Sent
from bridge.model.situation import Outcome
from tests.forum.desk import BOT, FORUM, Desk

T = TypeVar("T")


class World:
    """What the homeserver holds: power levels, memberships and redacted events."""

    user_id = BOT
    device_id = "DESK"

    def __init__(self, desk: Desk, users: dict[str, int] | None = None) -> None:
        self.desk = desk
        self.levels: dict[str, Json] = {}
        self.members: dict[tuple[str, str], str] = {}
        self.redacted: list[str] = []
        self.asked: list[tuple[str, str]] = []
        """(what, whom) of every request that changed something."""
        self.set_levels(FORUM, {"users": {BOT: 100, **(users or {})}})

    def set_levels(self, room: str, content: Json) -> None:
        """Somebody sets the levels of a room."""
        self.levels[room] = content
        self.desk.put(self.desk.state(room, "m.room.power_levels", "", content))

    async def read_state(self, room: str, kind: str, key: str = "") -> Json | None:
        if kind == "m.room.power_levels":
            return self.levels.get(room, {})
        return {"membership": self.members.get((room, key)) or self._at_first(room, key)}

    def _at_first(self, room: str, user: str) -> str:
        content = rooms.state(self.desk.store, room, "m.room.member", user) or {}
        return str(content.get("membership", "leave"))

    async def set_state(self, room: str, kind: str, key: str, content: Json) -> Sent:
        self.asked.append(("levels", room))
        self.set_levels(room, content)
        return Sent("$levels")

    async def redact(self, room: str, event: str, reason: str | None, txn: str) -> Sent:
        self.asked.append(("redact", event))
        self.redacted.append(event)
        return Sent(f"$redaction-{event}")

    async def event(self, room: str, event: str) -> Event | None:
        return None if event in self.redacted else self.desk.message("bupati", {})

    async def _become(self, room: str, user: str, membership: str) -> None:
        self.asked.append((membership, user))
        self.members[room, user] = membership
        self.desk.put(self.desk.state(room, "m.room.member", user, {"membership": membership}))

    async def invite(self, room: str, user: str, reason: str | None) -> None:
        await self._become(room, user, "invite")

    async def kick(self, room: str, user: str, reason: str | None) -> None:
        await self._become(room, user, "leave")

    async def ban(self, room: str, user: str, reason: str | None) -> None:
        await self._become(room, user, "ban")

    async def unban(self, room: str, user: str, reason: str | None) -> None:
        await self._become(room, user, "leave")


class _Ledger:
    """The desk's store, as the journey sees a ledger."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def read(self, work: Callable[[Store], T]) -> T:
        return work(self._store)

    async def write(self, work: Callable[[Store], T]) -> T:
        with self._store.transaction():
            return work(self._store)


def deliver(desk: Desk, world: World) -> None:
    """Carry out every act that waits, in the order of the outbox; all else counts as said."""
    nothing = cast(Any, None)
    errands = Errands(
        cast(Any, _Ledger(desk.store)),
        cast(Any, world),
        desk.clock,
        books=lambda: {"uji": desk.book},
        speaker=nothing,
        bundles=nothing,
        adoption=nothing,
        discard=nothing,
        upgrades=nothing,
        rounds=lambda: 9,
    )
    for _ in range(3):
        for errand in outbox.waiting(desk.store, desk.clock.now(), 1000):
            with desk.store.transaction():
                outbox.start(desk.store, errand.id, "DESK", desk.clock.now())
            if not isinstance(errand.effect, Deed):
                _confirm(desk, errand, Done())
                continue
            try:
                done = asyncio.run(errands.do(errand))
            except Later as later:
                with desk.store.transaction():
                    outbox.put_off(desk.store, errand, 0, later.why, untouched=True)
                continue
            _confirm(desk, errand, done)
    desk.decide()


def _confirm(desk: Desk, errand: Errand, done: Done) -> None:
    with desk.store.transaction():
        outbox.confirm(desk.store, errand.id, done.event)
        act = getattr(errand.effect, "act", "")
        if act:
            fact = f.ActDone(
                number=act,
                result="already" if done.already else "done",
                before=dict(done.before),
                at=desk.clock.now(),
            )
            record.record(
                desk.store,
                "uji",
                Outcome(facts=[fact]),
                now=desk.clock.now(),
                cause=errand.txn,
                letters=desk.book.series,
            )
