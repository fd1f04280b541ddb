"""The stage: homeserver, accounts, rooms, bridge and clock of one rehearsal, made once and started again.

Everything is kept under one folder. Passwords are made at the first start and lie in files of mode 0600.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import msgspec
import yaml

from bridge.model.event import Json
from bridge.model.ports import MatrixError
from bridge.rehearsal import messages
from bridge.rehearsal.bridge_process import BridgeProcess
from bridge.rehearsal.client import StaffClient
from bridge.rehearsal.homeserver import Account, EmbeddedHomeserver
from bridge.rehearsal.players import Company, Player, read_company
from bridge.rehearsal.screen import Screen
from bridge.rehearsal.stage_clock import StageClock
from bridge.rehearsal.wire import Wire

FORUM = "soppeng"
BOT = "tudang"
OUTSIDERS = {"tetangga": "Tetangga", "pedagang": "Pedagang"}
"""Accounts that no roster knows: one will be invited by a member, one will knock."""

STAGE_SET = datetime(2026, 11, 19, 22, 15, tzinfo=UTC)
"""Friday 20 November 2026, 06.15 in Soppeng."""

_ROOMS = {
    "forum": ("forum", None, "Perintah, laporan, keputusan. Dicatat oleh Tudang."),
    "control": ("kendali", "Kendali", "Tenaga ahli mengendalikan Tudang di sini."),
    "audit": ("audit", "Audit", "Rekap mingguan untuk auditor."),
}
_WORDS = "padi sawah sungai gunung lontara sutera jagung kakao murbei bambu rotan aren"


class Props(msgspec.Struct, frozen=True, kw_only=True):
    """What is made once: accounts by localpart, rooms by kind, the web port, how often the story was played."""

    bot: str
    accounts: dict[str, Account]
    rooms: dict[str, str]
    password: str
    web_port: int
    played: int = 0
    """How many times the story was played to its end."""
    met: bool = False
    """Whether everything happened that should have, the last time."""


class Stage:
    """Use as an async context manager: everything that was started is stopped at its end, in order."""

    def __init__(self, root: Path, config: Path, homeserver_python: Path, screen: Screen) -> None:
        self.root = root.resolve()
        self.config = config.resolve()
        self.screen = screen
        self.homeserver = EmbeddedHomeserver(self.root / "homeserver", homeserver_python)
        self.company: Company = read_company(self.config, STAGE_SET)
        self.clock = StageClock(self.root / "clock.json", self.company.zone)
        self.clients: dict[str, StaffClient] = {}
        self._file = self.root / "props.json"
        self._props: Props | None = None
        self._stack = contextlib.AsyncExitStack()
        self._session: aiohttp.ClientSession | None = None
        self._bridge: BridgeProcess | None = None

    async def __aenter__(self) -> Stage:
        await self._stack.__aenter__()
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._session = await self._stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        )
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._stack.aclose()

    @property
    def zone(self) -> ZoneInfo:
        return self.company.zone

    @property
    def props(self) -> Props:
        if self._props is None:
            raise RuntimeError("the stage is not set")
        return self._props

    @property
    def bridge(self) -> BridgeProcess:
        if self._bridge is None:
            raise RuntimeError("the bridge is not started")
        return self._bridge

    @property
    def settings(self) -> Path:
        """The bridge's settings file, as `tudang --config` takes it."""
        return self.root / "bridge.yaml"

    @property
    def bot(self) -> str:
        """The bot's user id."""
        return self.props.bot

    def room(self, kind: str) -> str:
        """The id of the `forum`, `control` or `audit` room."""
        return self.props.rooms[kind]

    def user(self, localpart: str) -> str:
        """The user id of a player or outsider."""
        return self.props.accounts[localpart].user_id

    def player(self, user_id: str) -> Player | None:
        """The player with a user id; None for outsiders and the bot."""
        return self.company.players.get(user_id.removeprefix("@").partition(":")[0])

    # Setting the stage

    async def set_up(self) -> bool:
        """Start the homeserver and, the first time, make accounts and rooms. Returns whether it was the first."""
        self.screen.doing("starting the embedded homeserver (Synapse, this machine only)")
        self._stack.push_async_callback(self.homeserver.stop)
        await self.homeserver.start()
        self.screen.line(f"   homeserver: {self.homeserver.url}")
        if self._file.exists():
            self._props = msgspec.json.decode(self._file.read_bytes(), type=Props)
            self._write_settings()
            return False
        self.clock.jump_to(int(STAGE_SET.timestamp() * 1000))
        self.screen.doing(f"creating {len(self.company.players)} staff accounts, the bot and three encrypted rooms")
        password = "-".join(
            [*secrets.SystemRandom().sample(_WORDS.split(), 2), f"{secrets.randbelow(9000) + 1000}"]
        )
        await self._make_props(password)
        return True

    async def _make_props(self, password: str) -> None:
        bot_password = secrets.token_urlsafe(24)
        bot = await self.homeserver.register(BOT, bot_password, displayname="Tudang")
        names = {player.localpart: f"{player.name} · {player.title}" for player in self.company.players.values()}
        accounts: dict[str, Account] = {}
        for localpart, name in {**names, **OUTSIDERS}.items():
            accounts[localpart] = await self.homeserver.register(localpart, password, displayname=name)
        rooms = await self._make_rooms(bot)
        _private(self.root / "bot.password", bot_password + "\n")
        self._keep(Props(bot=bot.user_id, accounts=accounts, rooms=rooms, password=password, web_port=_free_port()))
        self._write_settings()

    async def _make_rooms(self, bot: Account) -> dict[str, str]:
        """The rooms, created by the bot's own account: no person is their creator and above everybody for ever."""
        wire = Wire(self.homeserver.url, self._opened(), bot.access_token)
        rooms = {}
        for kind, (alias, name, topic) in _ROOMS.items():
            body: Json = messages.room(
                name or self.company.forum,
                topic=topic,
                join_rule="knock" if kind == "forum" else None,
            )
            body["room_alias_name"] = alias
            rooms[kind] = str((await wire.call("POST", "/_matrix/client/v3/createRoom", body))["room_id"])
        # This device made the rooms and has no keys; the bridge logs in with one of its own.
        await wire.call("POST", "/_matrix/client/v3/logout", {})
        return rooms

    def _write_settings(self) -> None:
        named = {kind: f"#{alias}:localhost" for kind, (alias, _, _) in _ROOMS.items()}
        settings: Json = {
            "homeserver": {"url": self.homeserver.url, "user": self.bot, "password_file": "bot.password"},
            "state": "bridge",
            "config": str(self.config),
            "forum": {"id": FORUM, "rooms": named},
            "web": {"listen": "127.0.0.1", "port": self.props.web_port},
        }
        self.settings.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), encoding="utf-8")

    def played(self, met: bool) -> None:
        """Keep that the story was played once more, and whether everything happened that should have."""
        self._keep(msgspec.structs.replace(self.props, played=self.props.played + 1, met=met))

    def _keep(self, props: Props) -> None:
        _private(self._file, msgspec.json.format(msgspec.json.encode(props), indent=1).decode())
        self._props = props

    # The bridge

    async def start_bridge(self) -> None:
        """Start the bridge as an operator does. Raises :class:`bridge.rehearsal.bridge_process.BridgeFailed`."""
        self.screen.doing("starting the bridge: tudang run")
        if not _is_free(self.props.web_port):
            self._keep(msgspec.structs.replace(self.props, web_port=_free_port()))
            self._write_settings()
        self._bridge = BridgeProcess(
            ["run", "--config", str(self.settings), "--rehearsal-clock", str(self.clock.path)],
            self.root / "bridge.log",
            f"http://127.0.0.1:{self.props.web_port}",
            self._opened(),
        )
        self._stack.push_async_callback(self._bridge.stop)
        await self._bridge.start()
        self.screen.line(f"   bridge: {self._bridge.url}/healthz, log {self._bridge.log}")

    async def settled(self, timeout_s: float = 60.0) -> None:
        """Return once the bridge has seen the present time and has nothing left to decide, judge or send now.

        What it may only do later (a card edited a moment ago) may wait on. Raises TimeoutError.
        """
        since = self.clock.now()
        calm, before = 0, -1
        async with asyncio.timeout(timeout_s):
            while calm < 2:
                health = await self.bridge.health()
                if health is not None and health.get("last_sync_age") is not None:
                    synced = health["now"] - health["last_sync_age"] * 1000 >= since
                    queue = health["outbox"]
                    idle = not health["inbox"] and not health["media"] and queue in (0, before)
                    calm = calm + 1 if synced and idle else 0
                    before = queue
                await asyncio.sleep(0.15)

    # The people

    async def client(self, localpart: str, *, watching: bool = False) -> StaffClient:
        """A player's client; one that is ``watching`` keeps receiving, others only when they do something."""
        if localpart not in self.clients:
            client = StaffClient(
                self.homeserver.url,
                self.props.accounts[localpart],
                self.root / "clients" / localpart,
                self._opened(),
                light=not watching,
            )
            self.clients[localpart] = client
            self._stack.push_async_callback(client.close)
            await client.start()
        return self.clients[localpart]

    async def everybody(self, watching: Iterable[str]) -> None:
        """Start everybody's client."""
        always = frozenset(watching)
        for localpart in [*self.company.players, *OUTSIDERS]:
            await self.client(localpart, watching=localpart in always)

    async def enter(self, localpart: str, kind: str) -> None:
        """Join a room once the invitation to it has come; being in it already is fine."""
        client = await self.client(localpart)
        room = self.room(kind)
        with contextlib.suppress(MatrixError):
            await client.join(room)
            return
        await client.wait_for_invitation(room)
        await client.join(room)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the stage is not open")
        return self._session


def _private(path: Path, text: str) -> None:
    """Write a file of mode 0600, whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
