"""`scripts/bench latency`: from sending a message to seeing its tag, on a real Synapse, message by message.

A member's real client sends in turn into a room of Tudang's and into one of a bare echo's, so that whatever else
the machine does meets both alike; once without and once with encryption, where the echo does not decrypt.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from pathlib import Path
from statistics import median

import aiohttp
import msgspec
import yaml

from bridge.rehearsal import messages
from bridge.rehearsal.bench.processes import Process, running
from bridge.rehearsal.bench.replay import calm, free_port, fresh
from bridge.rehearsal.client import StaffClient
from bridge.rehearsal.homeserver import Account, EmbeddedHomeserver
from bridge.rehearsal.wire import Wire

STAGE = "tag"
WARM_UP = 10
PAUSE_SECONDS = 0.08
"""Between two messages, so that what follows a tag (its echo, its confirmation) is over before the next one."""

READY_SECONDS = 60.0


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds from sending to seeing the tag, message by message, in one kind of room."""

    encrypted: bool
    tudang: list[float]
    echo: list[float]

    @property
    def ratio(self) -> float:
        """Tudang's median over the bare echo's."""
        return median(self.tudang) / median(self.echo)


def at(values: list[float], part: float) -> float:
    """The value below which a part of all values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


async def measure(count: int, folder: Path, homeserver_python: Path) -> list[Timing]:
    """``count`` messages to each of the two, without encryption and with it."""
    fresh(folder)
    homeserver = EmbeddedHomeserver(folder / "homeserver", homeserver_python)
    await homeserver.start()
    try:
        async with aiohttp.ClientSession() as session:
            return await _measure(count, folder, homeserver, session)
    finally:
        await homeserver.stop()


async def _measure(
    count: int, folder: Path, homeserver: EmbeddedHomeserver, session: aiohttp.ClientSession
) -> list[Timing]:
    password = secrets.token_urlsafe(18)
    bot = await homeserver.register("tudang", password)
    echo, member = await homeserver.register("gema"), await homeserver.register("kepala")
    rooms = {
        (name, encrypted): await _room(homeserver, session, account, member, encrypted)
        for name, account in (("tudang", bot), ("echo", echo))
        for encrypted in (False, True)
    }
    control = await _room(homeserver, session, bot, None, encrypted=False)
    port = free_port()
    settings = _write_files(folder, homeserver.url, bot, member, rooms, control, port)
    arguments = ("--url", homeserver.url, "--user", echo.user_id, "--token", echo.access_token)
    with (
        running("bridge.rehearsal.bench.echo_bot", *arguments, log=folder / "echo.log") as echoing,
        running(
            "bridge",
            "run",
            "--config",
            str(settings),
            "--log-level",
            "WARNING",
            log=folder / "tudang.log",
            env={"TUDANG_PASSWORD": password},
        ) as bridge,
    ):
        await asyncio.to_thread(echoing.line)
        await _ready(f"http://127.0.0.1:{port}/healthz", bridge)
        async with StaffClient(homeserver.url, member, folder / "member", session) as client:
            for room in rooms.values():
                await client.join(room)
            return [await _turns(client, rooms, encrypted, count) for encrypted in (False, True)]


async def _ready(page: str, bridge: Process) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while not await asyncio.to_thread(calm, page, STAGE):
            bridge.expect_alive()
            await asyncio.sleep(0.2)


async def _turns(client: StaffClient, rooms: dict[tuple[str, bool], str], encrypted: bool, count: int) -> Timing:
    """One message to the one, one to the other."""
    found: dict[str, list[float]] = {"tudang": [], "echo": []}
    for number in range(WARM_UP + count):
        names = ("tudang", "echo") if number % 2 else ("echo", "tudang")
        for name in names:
            taken = await _once(
                client, rooms[name, encrypted], f"Izin melaporkan, saluran ke-{number} selesai dibersihkan"
            )
            if number >= WARM_UP:
                found[name].append(taken)
            await asyncio.sleep(PAUSE_SECONDS)
    return Timing(encrypted=encrypted, tudang=found["tudang"], echo=found["echo"])


async def _once(client: StaffClient, room: str, text: str) -> float:
    after = len(client.events)
    began = time.perf_counter()
    sent = await client.text(room, text)
    await client.wait_for(
        lambda event: (
            event.type == "m.reaction"
            and event.sender != client.user_id
            and event.content.get("m.relates_to", {}).get("event_id") == sent
        ),
        30.0,
        after=after,
    )
    return time.perf_counter() - began


async def _room(
    homeserver: EmbeddedHomeserver,
    session: aiohttp.ClientSession,
    owner: Account,
    member: Account | None,
    encrypted: bool,
) -> str:
    wire = Wire(homeserver.url, session, owner.access_token)
    invited = (member.user_id,) if member is not None else ()
    body = messages.room("Uji", encrypted=encrypted, invite=invited)
    return str((await wire.call("POST", "/_matrix/client/v3/createRoom", body))["room_id"])


def _write_files(
    folder: Path,
    url: str,
    bot: Account,
    member: Account,
    rooms: dict[tuple[str, bool], str],
    control: str,
    port: int,
) -> Path:
    (folder / "policy.yaml").write_text(
        f"forum:\n  name: Forum Uji\n  language: id\n  timezone: Asia/Makassar\nstage: {STAGE}\n", encoding="utf-8"
    )
    (folder / "roster.yaml").write_text(
        "units:\n  - {id: dlh, name: Dinas Lingkungan Hidup, short: DLH, kind: agency}\n"
        f'persons:\n  - {{id: kepala, name: Kepala Contoh, identifiers: [{{matrix: "{member.user_id}"}}]}}\n'
        '  - {id: bupati, name: Bupati Contoh, identifiers: [{matrix: "@bupati:localhost"}]}\n'
        '  - {id: ahli, name: Ahli Contoh, identifiers: [{matrix: "@ahli:localhost"}]}\n'
        "offices:\n  - {person: kepala, role: head, unit: dlh, from: 2025-01-01}\n"
        "  - {person: bupati, role: leader, from: 2025-01-01}\n"
        "  - {person: ahli, role: expert, from: 2025-01-01}\n",
        encoding="utf-8",
    )
    settings = {
        "homeserver": {"url": url, "user": bot.user_id},
        "state": "state",
        "config": ".",
        "forum": {
            "id": "bench",
            "rooms": {
                "forum": rooms["tudang", False],
                "control": control,
                "groups": [rooms["tudang", True]],
            },
        },
        "web": {"port": port},
    }
    path = folder / "bridge.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path
