"""The least that can answer: a long poll and a reaction to every message, with nothing kept and nothing read."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
from urllib.parse import quote

import aiohttp

FILTER = json.dumps(
    {"presence": {"not_types": ["*"]}, "room": {"timeline": {"limit": 100}, "ephemeral": {"not_types": ["*"]}}}
)


async def run(url: str, user: str, token: str) -> None:
    """Echo for ever."""
    headers = {"Authorization": f"Bearer {token}"}
    serial = itertools.count()
    since = ""
    async with aiohttp.ClientSession(url, headers=headers) as session:
        while True:
            query = {"filter": FILTER, "timeout": "30000" if since else "0", **({"since": since} if since else {})}
            async with session.get("/_matrix/client/v3/sync", params=query) as answer:
                sync = await answer.json()
            for room, part in sync.get("rooms", {}).get("join", {}).items():
                for event in part["timeline"]["events"] if since else ():
                    if event["sender"] == user or event["type"] not in ("m.room.message", "m.room.encrypted"):
                        continue
                    relation = {"rel_type": "m.annotation", "event_id": event["event_id"], "key": "📌"}
                    place = f"/_matrix/client/v3/rooms/{quote(room)}/send/m.reaction/echo{next(serial)}"
                    async with session.put(place, json={"m.relates_to": relation}) as sent:
                        await sent.read()
            if not since:
                print("echoing", flush=True)
            since = sync["next_batch"]


def main() -> None:
    """The process."""
    options = argparse.ArgumentParser()
    options.add_argument("--url", required=True)
    options.add_argument("--user", required=True)
    options.add_argument("--token", required=True)
    given = options.parse_args()
    asyncio.run(run(given.url, given.user, given.token))


if __name__ == "__main__":
    main()
