"""A forum on the fake homeserver, held by the bridge's own loops, which the test turns step by step.

A :class:`House` is the world: homeserver, clock, people, rooms, the folder of the state. :meth:`House.start` makes
a :class:`Process` on that folder; it may be killed at any point, and another started.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from bridge.ledger.databases import Database, SqliteFile
from bridge.ledger.store import Store
from bridge.matrix.sealing import Sealing
from bridge.model import facts as f
from bridge.model.clock import MovableClock
from bridge.model.event import Json
from tests.fakes.homeserver import FakeHomeserver, Snapshot
from tests.faults.points import Crash, Points
from tests.faults.process import FORUM, Process
from tests.faults.sealed import Glass, letter, unsealed

FRIDAY = 1_795_129_200_000
"""Friday 20 November 2026, 07.00 in Makassar."""

UNITS = {"dlh": "Dinas Lingkungan Hidup", "pupr": "Dinas Pekerjaan Umum", "ternak": "Dinas Peternakan"}
PEOPLE = {
    "bupati": ("leader", None),
    "wabup": ("deputy", None),
    "dlh": ("head", "dlh"),
    "pupr": ("head", "pupr"),
    "ternak": ("head", "ternak"),
    "ahli": ("expert", None),
    "ahli2": ("expert", None),
}
ORDER = "Seluruh OPD laksanakan kerja bakti hari ini, laporkan hasilnya disertai foto paling lambat jam 17.00"
REPORT = "Izin melaporkan, kerja bakti di pasar sudah selesai dilaksanakan"

F = TypeVar("F", bound=f.Fact)

decode_fact = msgspec.json.Decoder(f.AnyFact).decode


class House:
    """The world of one test."""

    def __init__(
        self, fake: FakeHomeserver, clock: MovableClock, root: Path, database: Database | None = None
    ) -> None:
        self.fake = fake
        self.clock = clock
        self.root = root
        self.state = root / "state"
        self.config = root / "config"
        self.database = database or SqliteFile(self.state / "ledger.db")
        self.people = {name: fake.user(name) for name in PEOPLE}
        self.outsider = fake.user("orang.luar")
        self.bot = fake.user("tudang")
        self.starts = itertools.count(1)
        self.encrypted = False
        self.preview = False
        self.zone = "Asia/Makassar"
        self.rooms: dict[str, str] = {}
        self.more_rooms: list[tuple[str, str, str]] = []
        self.process: Process | None = None
        self._tokens: dict[str, str] = {}
        self._saved: tuple[Path, Snapshot, int] | None = None

    def set_up(self, *, encrypted: bool = False) -> None:
        """Policy, roster, and three rooms of the bot's own with everybody in them."""
        self.encrypted = encrypted
        self.write_files()
        everybody = list(self.people.values())
        experts = [self.people["ahli"], self.people["ahli2"]]
        for kind, members in (("forum", everybody), ("control", experts), ("audit", [])):
            self.rooms[kind] = self.fake.room(self.bot, *members, name=kind, encrypted=encrypted)

    def write_files(self, extra: str = "") -> None:
        """The policy with ``extra`` lines, and the roster. People write hundreds of messages here in no time."""
        if "conduct:" not in extra:
            extra += "conduct: {flood: {messages: 0}}\n"
        self.config.mkdir(parents=True, exist_ok=True)
        (self.config / "policy.yaml").write_text(
            f"forum:\n  name: Forum Uji\n  language: id\n  timezone: {self.zone}\nstage: enforce\n"
            f"coaching: {{welcome: false, catch_up: false}}\nmorning: {{roles: [], heads: false}}\n{extra}"
        )
        lines = ["units:"]
        for unit, name in UNITS.items():
            lines.append(f'  - {{id: {unit}, name: "{name}", short: "{unit.upper()}", kind: agency}}')
        lines.append("persons:")
        for person, user in self.people.items():
            name = f"{person.title()} Contoh"
            lines.append(f'  - {{id: {person}, name: "{name}", identifiers: [{{matrix: "{user}"}}]}}')
        lines.append("offices:")
        for person in self.people:
            role, place = PEOPLE[person]
            where = f", unit: {place}" if place else ""
            lines.append(f"  - {{person: {person}, role: {role}{where}, from: 2025-01-01}}")
        (self.config / "roster.yaml").write_text("\n".join(lines) + "\n")

    def token(self, device: str) -> str:
        """The access token of a device of the bot; new ones after a revocation."""
        token = self._tokens.get(device)
        if token is None or token not in self.fake.tokens:
            token = self._tokens[device] = self.fake.token(self.bot, device)
        return token

    # Processes

    async def start(
        self, points: Points | None = None, *, device: str = "BOT", crypto: Sealing | None = None
    ) -> Process:
        """A new process on the state that is there."""
        process = self.process = Process(self, points or Points(), device, crypto or Glass())
        await process.prepare()
        return process

    async def kill(self) -> None:
        """The process is gone without a word."""
        process, self.process = self.process, None
        if process is not None:
            process.points.dead = True
            await process.end()

    async def survive(self, points: Points, *, device: str = "BOT") -> None:
        """Settle with a process that dies at a point, then with one that does not."""
        try:
            if self.process is None:
                await self.start(points, device=device)
            assert self.process is not None
            await self.process.settle()
        except Crash:
            await self.kill()
            await asyncio.sleep(0)
            process = await self.start(device=device)
            await process.settle()

    # Going back

    async def save(self) -> None:
        """Remember everything as it is now; no process runs."""
        kept = self.root / "saved"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.state, kept)
        self._saved = (kept, self.fake.snapshot(), self.clock.now())

    async def back(self) -> None:
        """Everything as it was when it was saved."""
        assert self._saved is not None
        kept, snapshot, now = self._saved
        await self.kill()
        shutil.rmtree(self.state)
        shutil.copytree(kept, self.state)
        self.fake.rollback(snapshot)
        self.fake.faults.clear()
        self.fake.calls.clear()
        self.clock.set(now)

    # What people do

    def say(self, person: str, text: str, kind: str = "forum") -> str:
        room, user = self.rooms[kind], self.people[person]
        if self.encrypted:
            return self.fake.say(room, user, letter(text), "m.room.encrypted")
        return self.fake.say(room, user, text)

    def photo(self, person: str, number: int = 1, caption: str | None = None) -> str:
        data = b"\xff\xd8 photo %d" % number
        room, user = self.rooms["forum"], self.people[person]
        if not self.encrypted:
            return self.fake.photo(room, user, data, caption)
        mxc = self.fake.upload(data, "image/jpeg")
        content: Json = {"msgtype": "m.image", "body": caption or "photo.jpg", "url": mxc}
        return self.fake.say(room, user, letter(content), "m.room.encrypted")

    # What a test looks at

    def events(self, room: str, sender: str | None = None, kind: str | None = None) -> list[Json]:
        """A room's events as people read them."""
        found = [unsealed(event) for event in self.fake.events(room, sender)]
        return [event for event in found if kind is None or event["type"] == kind]

    def everywhere(self) -> list[str]:
        """Every room of the homeserver."""
        return list(self.fake.world.rooms)

    def bundles(self) -> int:
        """How many bundles were uploaded."""
        files = [file for file in self.fake.media.values() if file is not None]
        return len([kind for _, kind in files if kind == "application/zip"])

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        store = self.database.look()
        try:
            yield store
        finally:
            store.close()

    def facts(self, *kinds: type[F], forum: str = FORUM) -> list[F]:
        with self.store() as store:
            kept = "SELECT body FROM fact WHERE forum = ? AND body IS NOT NULL ORDER BY position"
            rows = store.all(kept, (forum,))
        found = [decode_fact(bytes(row[0])) for row in rows]
        return [fact for fact in found if isinstance(fact, kinds)]

    def rows(self, sql: str, *params: object) -> list[tuple[object, ...]]:
        with self.store() as store:
            return store.all(sql, params)

    def chips(self, event: str, kind: str = "forum") -> list[str]:
        """The bot's reactions that stand on an event."""
        return [
            one["content"]["m.relates_to"]["key"].strip()
            for one in self.events(self.rooms[kind], self.bot, "m.reaction")
            if one["content"] and one["content"]["m.relates_to"]["event_id"] == event
        ]

    def said(self, kind: str = "forum") -> list[str]:
        """What the bot said in a room: bodies of messages that are no edits."""
        return [
            one["content"]["body"]
            for one in self.events(self.rooms[kind], self.bot, "m.room.message")
            if one["content"] and one["content"].get("m.relates_to", {}).get("rel_type") != "m.replace"
        ]
