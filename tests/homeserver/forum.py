"""A forum of a few people on a real Synapse, held by a real bridge in this process; tests move its clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import msgspec

from bridge.ledger.store import Store, sqlite_database
from bridge.model import facts as f
from bridge.model.clock import MovableClock
from bridge.model.event import Event, Json
from bridge.rehearsal.cast import Cast
from bridge.rehearsal.client import StaffClient
from bridge.rehearsal.homeserver import Account, EmbeddedHomeserver
from bridge.service import Bridge, opened
from bridge.settings import Secrets, load_settings

FRIDAY = 1_795_129_200_000
"""Friday 20 November 2026, 07.00 in Makassar."""

PATIENCE_S = 40.0

UNITS = {
    "dlh": ("Dinas Lingkungan Hidup", "DLH", "agency"),
    "peternakan": ("Dinas Peternakan", "Peternakan", "agency"),
    "pupr": ("Dinas Pekerjaan Umum dan Penataan Ruang", "PUPR", "agency"),
    "citta": ("Kecamatan Citta", "Citta", "subdistrict"),
}
PEOPLE = {
    "bupati": ("leader", None),
    "wabup": ("deputy", None),
    "dlh": ("head", "dlh"),
    "peternakan": ("head", "peternakan"),
    "pupr": ("head", "pupr"),
    "citta": ("subdistrict_head", "citta"),
    "ahli": ("expert", None),
    "ahli2": ("expert", None),
    "periksa": ("auditor", None),
}

_facts = msgspec.json.Decoder(f.AnyFact).decode


class Forum:
    """The rooms, the people and the bridge of one test."""

    def __init__(
        self, homeserver: EmbeddedHomeserver, cast: Cast, session: aiohttp.ClientSession, root: Path
    ) -> None:
        self.homeserver = homeserver
        self.cast = cast
        self.session = session
        self.root = root
        self.clock = MovableClock(FRIDAY)
        self.people: dict[str, StaffClient] = {}
        self.accounts: dict[str, Account] = {}
        self.rooms: dict[str, str] = {}
        self.bot: Account
        self.bridge: Bridge
        self._running: asyncio.Task[None] | None = None
        self._context = None  # type: ignore[var-annotated]

    # Setting the scene

    async def set_up(
        self, *, people: Sequence[str] = tuple(PEOPLE), encrypted: bool = True, join: bool = True
    ) -> None:
        """Accounts, policy and roster, and three rooms that the bot made, with everybody in the forum."""
        self.bot = await self.cast.user("tudang")
        for name in people:
            self.accounts[name] = await self.cast.user(name)
        self.write_files()
        builder = await self.cast.play(self.bot)
        for kind in ("forum", "control", "audit"):
            self.rooms[kind] = await builder.create_room(kind.title(), encrypted=encrypted)
        members = {"forum": list(people), "control": ["ahli", "ahli2"], "audit": ["periksa"]}
        if join:
            for name in people:
                self.people[name] = await self.cast.play(self.accounts[name])
            for kind, names in members.items():
                for name in names:
                    if name in self.people:
                        await builder.invite(self.rooms[kind], self.accounts[name].user_id)
                        await self.people[name].join(self.rooms[kind])
        await builder.close()
        self.bot = await self.homeserver.login(self.bot.user_id, self.bot.password)
        self.write_settings()

    def write_files(self, *, stage: str = "enforce", extra: str = "") -> None:
        """The policy and the roster."""
        config = self.root / "config"
        config.mkdir(parents=True, exist_ok=True)
        (config / "policy.yaml").write_text(
            f"forum:\n  name: Forum Uji\n  language: id\n  timezone: Asia/Makassar\nstage: {stage}\n{extra}",
            encoding="utf-8",
        )
        lines = ["units:"]
        for unit, (name, short, kind) in UNITS.items():
            lines.append(f'  - {{id: {unit}, name: "{name}", short: "{short}", kind: {kind}}}')
        lines.append("persons:")
        for person, account in self.accounts.items():
            who = f'identifiers: [{{matrix: "{account.user_id}"}}]'
            lines.append(f'  - {{id: {person}, name: "{person.title()} Contoh", {who}}}')
        lines.append("offices:")
        for person in self.accounts:
            role, unit = PEOPLE[person]
            where = f", unit: {unit}" if unit else ""
            lines.append(f"  - {{person: {person}, role: {role}{where}, from: 2025-01-01}}")
        (config / "roster.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def write_settings(self) -> None:
        """The deployment."""
        (self.root / "bridge.yaml").write_text(
            f"""homeserver:
  url: {self.homeserver.url}
  user: "{self.bot.user_id}"
state: state
config: config
forum:
  id: uji
  rooms:
    forum: "{self.rooms["forum"]}"
    control: "{self.rooms["control"]}"
    audit: "{self.rooms["audit"]}"
web: {{port: 0}}
""",
            encoding="utf-8",
        )

    async def call(self, account: Account, method: str, path: str, body: Json | None = None) -> Json:
        """One request of the client-server API with an account's token, for people who need no client."""
        async with self.session.request(
            method,
            f"{self.homeserver.url}/_matrix/client/v3/{path}",
            json=body if body is not None else {},
            headers={"Authorization": f"Bearer {account.access_token}"},
        ) as answer:
            result: Json = await answer.json()
            assert answer.status == 200, (path, answer.status, result)
            return result

    # The bridge

    async def start(self) -> None:
        """Start the bridge and wait until it has caught up."""
        settings = load_settings(self.root / "bridge.yaml")
        secrets = Secrets(access_token=self.bot.access_token, password=None)
        self._context = opened(settings, secrets, self.clock, rehearsal=True, tick=0.05)
        self.bridge = await self._context.__aenter__()
        self._running = asyncio.create_task(self.bridge.run())
        await self.settle()

    async def stop(self) -> None:
        """Stop it cleanly."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None
            await self._context.__aexit__(None, None, None)

    async def settle(self) -> None:
        """Wait until the bridge has taken in what was said so far, decided and delivered it."""
        deadline = time.monotonic() + PATIENCE_S
        calm = 0
        while calm < 4:
            if self._running is not None and self._running.done():
                self._running.result()
                raise AssertionError("the bridge stopped")
            health = await self.bridge.health()
            calm = (
                calm + 1
                if self.bridge.intake.last_sync
                and not (health.inbox or health.outbox or health.media or health.gaps)
                else 0
            )
            if time.monotonic() > deadline:
                raise AssertionError(f"the bridge did not settle: {health}")
            await asyncio.sleep(0.05)

    async def move(self, *, minutes: float = 0, hours: float = 0) -> None:
        """Move the clock on and let what is due happen."""
        await self.settle()
        self.clock.advance(minutes * 60 + hours * 3600)
        # A timer fires only after the homeserver has answered a sync since: give it something to answer.
        for client in list(self.people.values())[:1]:
            await client.text(self.rooms["forum"], ".")
        await self.settle()

    # What was recorded, what is seen

    def facts(self, *kinds: type) -> list[f.AnyFact]:
        """The facts of some kinds, in order."""
        store = Store(sqlite_database(self.root / "state" / "ledger.db", read_only=True))
        try:
            rows = store.all("SELECT body FROM fact ORDER BY position")
        finally:
            store.close()
        found = [_facts(bytes(row[0])) for row in rows]
        return [fact for fact in found if not kinds or isinstance(fact, kinds)]

    def failures(self) -> list[tuple[str, str]]:
        """Rows that could not be decided."""
        store = Store(sqlite_database(self.root / "state" / "ledger.db", read_only=True))
        try:
            return [(r[0], r[1]) for r in store.all("SELECT key, error FROM inbox WHERE state = 'failed'")]
        finally:
            store.close()

    def said(self, viewer: str, room: str = "forum") -> list[Event]:
        """What the bot said in a room, as one of the people sees it."""
        return [
            event
            for event in self.people[viewer].events
            if event.room_id == self.rooms[room]
            and event.sender == self.bot.user_id
            and event.type == "m.room.message"
        ]

    def chips(self, viewer: str, event_id: str) -> list[str]:
        """The bot's reactions on an event that were not taken back."""
        gone = {
            event.content.get("redacts") or event.redacts
            for event in self.people[viewer].events
            if event.type == "m.room.redaction"
        }
        return [
            event.content["m.relates_to"]["key"]
            for event in self.people[viewer].events
            if event.type == "m.reaction"
            and event.sender == self.bot.user_id
            and event.event_id not in gone
            and event.content.get("m.relates_to", {}).get("event_id") == event_id
        ]
