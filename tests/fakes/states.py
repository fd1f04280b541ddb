"""Room state in memory, kept as the ledger keeps it: from clear state events only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bridge.model.event import Batch, Event, Json


class KeptStates:
    """A :class:`bridge.model.ports.RoomStates` that a test feeds with what a sync brought."""

    def __init__(self) -> None:
        self._rooms: dict[str, dict[tuple[str, str], Event]] = {}

    def apply(self, batch: Batch) -> None:
        for room in batch.rooms:
            self.take((*room.state, *room.timeline))

    def take(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.state_key is not None:
                self._rooms.setdefault(event.room_id, {})[(event.type, event.state_key)] = event

    async def members(self, room_id: str, memberships: Sequence[str] = ("join",)) -> frozenset[str]:
        return frozenset(
            user
            for (kind, user), event in self._rooms.get(room_id, {}).items()
            if kind == "m.room.member" and event.content.get("membership") in memberships
        )

    async def state(self, room_id: str, event_type: str, state_key: str = "") -> Json | None:
        found = self._rooms.get(room_id, {}).get((event_type, state_key))
        return None if found is None else found.content
