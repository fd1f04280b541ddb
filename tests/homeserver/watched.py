"""A forum on a real Synapse as the one check of all fault tests looks at it, :func:`tests.faults.checks.check`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

from bridge.ledger.databases import Database, SqliteFile
from bridge.model.clock import Clock
from bridge.model.event import Json
from bridge.rehearsal.rooms import event_from
from tests.homeserver.forum import Forum


class Watched:
    """All rooms of the bot, read to their beginning and opened with the keys that people were given."""

    def __init__(self, forum: Forum, clock: Clock, events: dict[str, list[Json]]) -> None:
        self.database: Database = SqliteFile(forum.root / "state" / "ledger.db")
        self.config: Path = forum.root / "config"
        self.clock = clock
        self.bot = forum.bot.user_id
        self.rooms = dict(forum.rooms)
        self._events = events

    def everywhere(self) -> list[str]:
        return list(self._events)

    def events(self, room: str, sender: str | None = None, kind: str | None = None) -> list[Json]:
        return [
            event
            for event in self._events[room]
            if (sender is None or event["sender"] == sender) and (kind is None or event["type"] == kind)
        ]

    def bundles(self) -> None:
        """Nobody sees how many files a homeserver was given."""


async def watched(forum: Forum, clock: Clock | None = None) -> Watched:
    """The forum as it is now; ``clock`` is the bridge's, when that is not the forum's."""
    joined = await forum.call(forum.bot, "GET", "joined_rooms")
    rooms: list[str] = joined["joined_rooms"]
    return Watched(
        forum, clock or forum.clock, {room: [event async for event in _history(forum, room)] for room in rooms}
    )


async def _history(forum: Forum, room: str) -> AsyncIterator[Json]:
    place = ""
    while True:
        page = await forum.call(
            forum.bot, "GET", f"rooms/{quote(room)}/messages?dir=f&limit=500{place and f'&from={place}'}"
        )
        for event in page["chunk"]:
            yield _opened(forum, room, event)
        if "end" not in page:
            return
        place = page["end"]


def _opened(forum: Forum, room: str, event: Json) -> Json:
    """An event as its readers see it. Somebody must be able to, unless it is empty because it was redacted."""
    if event["type"] != "m.room.encrypted" or not event["content"]:
        return event
    for reader in forum.people.values():
        found = reader._open(event_from(room, event), event)
        if found.sealed is None:
            return {**event, "type": found.type, "content": dict(found.content)}
    raise AssertionError(f"nobody can read {event}")
