"""The other contestant: a bot as matrix-nio's examples show it, with a row kept safely for every tag.

It syncs for ever; its callback commits a row to SQLite (WAL, synchronous=FULL) and awaits its reaction. Nothing is
read of the message, nothing is recorded but the row, and an event that arrives while it dies is lost.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sqlite3
import time

from nio import AsyncClient, AsyncClientConfig, MatrixRoom, RoomMessageImage, RoomMessageText

from bridge.rehearsal.bench.workload import BOT, DEVICE, TOKEN, wants_tag


async def run(url: str, database: str) -> None:
    """React for ever."""
    rows = sqlite3.connect(database, isolation_level=None)
    rows.execute("PRAGMA journal_mode = wal")
    rows.execute("PRAGMA synchronous = full")
    rows.execute(
        "CREATE TABLE IF NOT EXISTS tag (event TEXT PRIMARY KEY, room TEXT, sender TEXT, body TEXT, at REAL)"
    )
    client = AsyncClient(url, BOT, device_id=DEVICE, config=AsyncClientConfig(encryption_enabled=False))
    client.user_id, client.access_token = BOT, TOKEN

    async def react(room: MatrixRoom, event: RoomMessageText | RoomMessageImage) -> None:
        if event.sender == BOT or not wants_tag(event.source):
            return
        rows.execute(
            "INSERT OR IGNORE INTO tag VALUES (?,?,?,?,?)",
            (event.event_id, room.room_id, event.sender, event.body, time.time()),
        )
        relation = {"rel_type": "m.annotation", "event_id": event.event_id, "key": "📌"}
        await client.room_send(room.room_id, "m.reaction", {"m.relates_to": relation})

    client.add_event_callback(react, (RoomMessageText, RoomMessageImage))
    try:
        await client.sync_forever(timeout=30_000, full_state=False)
    finally:
        await client.close()
        rows.close()


def main() -> None:
    """The process."""
    options = argparse.ArgumentParser()
    options.add_argument("--url", required=True)
    options.add_argument("--database", required=True)
    given = options.parse_args()
    logging.getLogger("nio").setLevel(logging.ERROR)
    asyncio.run(run(given.url, given.database))


if __name__ == "__main__":
    main()
