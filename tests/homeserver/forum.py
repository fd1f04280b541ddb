"""A forum of a few people on a real Synapse, held by a real bridge in this process; tests move its clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import aiohttp
import msgspec

from bridge.ledger import inbox
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

PUBLIC_URL = "https://forum.contoh.example"
"""Where a proxy would stand before the bridge's page, whose port is picked when it starts."""

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

F = TypeVar("F", bound=f.Fact)

_facts = msgspec.json.Decoder(f.AnyFact).decode


class Card(msgspec.Struct, frozen=True):
    """A card in a room: its one posting, its edits in order, and what it shows now."""

    posted: Event
    edits: list[Event]
    shown: str


def _relation(event: Event) -> Json:
    relation: Json = event.content.get("m.relates_to") or {}
    return relation


def _answers(event: Event) -> str | None:
    answered = _relation(event).get("m.in_reply_to", {}).get("event_id")
    return answered if isinstance(answered, str) else None


def _edits(event: Event) -> str | None:
    return _relation(event).get("event_id") if _relation(event).get("rel_type") == "m.replace" else None


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
        self.units = dict(UNITS)
        self.offices: dict[str, tuple[str, str | None]] = dict(PEOPLE)
        self.people: dict[str, StaffClient] = {}
        self.accounts: dict[str, Account] = {}
        self.rooms: dict[str, str] = {}
        self.bot: Account
        self.bridge: Bridge
        self._light: frozenset[str] = frozenset()
        self._before: set[str] = set()
        self._running: asyncio.Task[None] | None = None
        self._context: AbstractAsyncContextManager[Bridge] | None = None

    # Setting the scene

    async def set_up(
        self,
        *,
        people: Sequence[str] = tuple(PEOPLE),
        encrypted: bool = True,
        join: bool = True,
        absent: Sequence[str] = (),
        more_units: int = 0,
        join_rule: str | None = None,
        extra: str = "",
        version: str | None = None,
        levels: Mapping[str, int] | None = None,
    ) -> None:
        """Accounts, policy and roster, and three rooms that the bot made, with everybody in the forum.

        ``absent`` are listed and have an account, but are in no room. ``more_units`` adds as many agencies, whose
        heads have light clients (`dinas-1`, `dinas-2` ...). ``extra`` is appended to the policy. ``version`` is
        that of the rooms, in which ``levels`` gives persons power levels beside the bot's.
        """
        heads = [f"dinas-{place}" for place in range(1, more_units + 1)]
        for place, head in enumerate(heads, 1):
            self.units[head] = (f"Dinas Nomor {place}", f"Dinas{place}", "agency")
            self.offices[head] = ("head", head)
        everybody = [*people, *heads]
        self.bot = await self.cast.user("tudang")
        accounts = await asyncio.gather(*(self.cast.user(name) for name in everybody))
        self.accounts |= dict(zip(everybody, accounts, strict=True))
        self.write_files(extra=extra)
        self._light = frozenset(heads)
        if join:
            await asyncio.gather(*(self._play(name) for name in everybody))
        builder = await self.cast.play(self.bot)
        places = {"forum": everybody, "control": ["ahli", "ahli2"], "audit": ["periksa"]}
        for kind, names in places.items():
            members = [name for name in names if name in self.people and name not in absent]
            self.rooms[kind] = await builder.create_room(
                kind.title(),
                encrypted=encrypted,
                join_rule=join_rule if kind == "forum" else None,
                version=version,
                levels={self.accounts[name].user_id: level for name, level in (levels or {}).items()} or None,
                invite=[self.accounts[name].user_id for name in members],
            )
            await asyncio.gather(*(self.people[name].join(self.rooms[kind]) for name in members))
        await builder.close()
        self.bot = await self.homeserver.login(self.bot.user_id, self.bot.password)
        self.write_settings()

    async def _play(self, name: str) -> None:
        self.people[name] = await self.cast.play(self.accounts[name], light=name in self._light)

    def write_files(self, *, stage: str = "enforce", extra: str = "", without: Sequence[str] = ()) -> None:
        """The policy and the roster; ``without`` are persons whom the roster leaves out."""
        config = self.root / "config"
        config.mkdir(parents=True, exist_ok=True)
        # Each welcome would open a chat of its own: one test looks at that.
        alone = "" if "coaching:" in extra else "coaching: {welcome: false, catch_up: false}\n"
        (config / "policy.yaml").write_text(
            f"forum:\n  name: Forum Uji\n  language: id\n  timezone: Asia/Makassar\nstage: {stage}\n{alone}{extra}",
            encoding="utf-8",
        )
        lines = ["units:"]
        for unit, (name, short, kind) in self.units.items():
            lines.append(f'  - {{id: {unit}, name: "{name}", short: "{short}", kind: {kind}}}')
        lines.append("persons:")
        for person, account in self.accounts.items():
            if person in without:
                continue
            who = f'identifiers: [{{matrix: "{account.user_id}"}}]'
            lines.append(f'  - {{id: {person}, name: "{person.title()} Contoh", {who}}}')
        lines.append("offices:")
        for person in self.accounts:
            if person in without:
                continue
            role, led = self.offices[person]
            where = f", unit: {led}" if led else ""
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
web: {{port: 0, public_url: {PUBLIC_URL}}}
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

    async def direct_chat(self, person: StaffClient) -> str:
        """A chat with the bot as Element opens one; returns its room."""
        encrypted = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        body = {
            "preset": "trusted_private_chat",
            "is_direct": True,
            "invite": [self.bot.user_id],
            "initial_state": [encrypted],
        }
        room = str((await self.call(person.account, "POST", "createRoom", body))["room_id"])
        await person.known(room)
        return room

    # The bridge

    async def start(self, secrets: Secrets | None = None) -> None:
        """Start the bridge and wait until it has caught up; with the bot's access token, or what else is given."""
        settings = load_settings(self.root / "bridge.yaml")
        secrets = secrets or Secrets(access_token=self.bot.access_token, password=None)
        if not self._before:
            # What was there before the bot came is not the bridge's to tell.
            self._before = {await self._newest(room) for room in self.rooms.values()}
        self._context = opened(settings, secrets, self.clock, rehearsal=True, tick=0.05)
        self.bridge = await self._context.__aenter__()
        self._running = asyncio.create_task(self.bridge.run())
        await self.settle()

    async def stop(self) -> None:
        """Stop it cleanly."""
        if self._running is not None and self._context is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None
            await self._context.__aexit__(None, None, None)

    async def settle(self) -> None:
        """Wait until the bridge has taken in what was said so far, done what follows, and everybody has seen it."""
        deadline = time.monotonic() + PATIENCE_S
        calm = 0
        missing = ""
        while calm < 3:
            if self._running is not None and self._running.done():
                self._running.result()
                raise AssertionError("the bridge stopped")
            health = await self.bridge.health()
            busy = health.inbox or health.outbox or health.media or health.gaps
            # Timers fire only after the homeserver has answered a sync that was begun since.
            caught_up = self.bridge.intake.last_sync >= self.clock.now()
            missing = await self._unseen() if caught_up and not busy else "the bridge is busy"
            calm = 0 if missing else calm + 1
            if time.monotonic() > deadline:
                raise AssertionError(f"the bridge did not settle: {health} {missing}")
            await asyncio.sleep(0.05)

    async def _unseen(self) -> str:
        """The newest event of a room that the bridge or somebody in the room has not seen yet; empty for none."""
        for kind, room in self.rooms.items():
            newest = await self._newest(room)
            if not newest or newest in self._before:
                continue
            if not await self.bridge.ledger.read(
                lambda store, newest=newest: inbox.has(store, newest)  # type: ignore[misc]
            ):
                return f"{newest} in {kind} by the bridge"
            for name, client in self.people.items():
                if name in self._light or client.user_id not in client.room(room).joined:
                    continue
                if not any(event.event_id == newest for event in reversed(client.events)):
                    return f"{newest} in {kind} by {name}"
        return ""

    async def _newest(self, room: str) -> str:
        """The newest event of a room that the bot may see; empty when it may not look."""
        address = f"{self.homeserver.url}/_matrix/client/v3/rooms/{quote(room)}/messages?dir=b&limit=1"
        headers = {"Authorization": f"Bearer {self.bot.access_token}"}
        async with self.session.get(address, headers=headers) as answer:
            chunk = (await answer.json()).get("chunk") if answer.status == 200 else None
            return str(chunk[0]["event_id"]) if chunk else ""

    async def move(self, *, minutes: float = 0, hours: float = 0) -> None:
        """Move the clock on and let what is due happen."""
        await self.settle()
        self.clock.advance(minutes * 60 + hours * 3600)
        await self.settle()

    # What was recorded, what is seen

    def facts(self, *kinds: type[F]) -> list[F]:
        """The facts of some kinds, in order."""
        store = Store(sqlite_database(self.root / "state" / "ledger.db", read_only=True))
        try:
            rows = store.all("SELECT body FROM fact ORDER BY position")
        finally:
            store.close()
        found = [_facts(bytes(row[0])) for row in rows]
        return [fact for fact in found if isinstance(fact, kinds)]

    def failures(self) -> list[tuple[str, str]]:
        """Rows that could not be decided."""
        store = Store(sqlite_database(self.root / "state" / "ledger.db", read_only=True))
        try:
            return [(r[0], r[1]) for r in store.all("SELECT key, error FROM inbox WHERE state = 'failed'")]
        finally:
            store.close()

    def said(self, viewer: str, room: str = "forum", *, day: bool = False) -> list[Event]:
        """What the bot said in a room, as one of the people sees it; without the day's card, or that alone."""
        return [
            event
            for event in self.people[viewer].events
            if event.room_id == self.rooms[room]
            and event.sender == self.bot.user_id
            and event.type == "m.room.message"
            and str(event.content.get("tudang.ref", "")).startswith("day.") is day
        ]

    def told(self, viewer: str, about: str, room: str = "forum") -> list[Event]:
        """What the bot answered to one message: its replies, oldest first."""
        return [event for event in self.said(viewer, room) if _answers(event) == about]

    def card(self, viewer: str, start: str, room: str = "forum") -> Card:
        """The card whose text begins with ``start``, as one of the people sees it: posted, and edited since."""
        said = self.said(viewer, room)
        posted = [event for event in said if _edits(event) is None and event.content["body"].startswith(start)]
        assert len(posted) == 1, [event.content["body"] for event in said]
        edits = [event for event in said if _edits(event) == posted[0].event_id]
        shown = edits[-1].content["m.new_content"] if edits else posted[0].content
        return Card(posted[0], edits, str(shown["body"]))

    def chips(self, viewer: str, event_id: str) -> list[str]:
        """The bot's reactions on an event that were not taken back."""
        gone = {
            event.content.get("redacts") or event.redacts
            for event in self.people[viewer].events
            if event.type == "m.room.redaction"
        }
        return [
            event.content["m.relates_to"]["key"].strip()
            for event in self.people[viewer].events
            if event.type == "m.reaction"
            and event.sender == self.bot.user_id
            and event.event_id not in gone
            and event.content.get("m.relates_to", {}).get("event_id") == event_id
        ]
