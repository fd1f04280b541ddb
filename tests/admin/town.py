"""A deployment with people in its rooms, and the part of a running bridge that takes files into force.

The files lie on the disk, the ledger is a real one and stays open for writing, as beside a running bridge, while
the commands of the operator look at it from outside.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import msgspec
from click.testing import CliRunner, Result

from bridge import books
from bridge.admin.looking import seen
from bridge.cli import main
from bridge.files import Files
from bridge.forum.book import Book
from bridge.journey.decide import decide_some
from bridge.journey.loops import Bell
from bridge.ledger import forums, inbox, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.clock import SystemClock
from bridge.model.effects import AnyEffect
from bridge.model.event import Event
from bridge.policy.load import Configuration, load
from bridge.settings import Settings, load_settings

BOT = "@tudang:contoh.id"
FORUM, CONTROL = "!forum:contoh.id", "!kendali:contoh.id"
ROOMS = {"forum": FORUM, "control": CONTROL}

_fact = msgspec.json.Decoder(f.AnyFact).decode
_effect = msgspec.json.Decoder(AnyEffect).decode
F = TypeVar("F", bound=f.Fact)
E = TypeVar("E")


@dataclass(frozen=True)
class Somebody:
    """A person of the roster with one office."""

    id: str
    role: str
    unit: str | None = None

    @property
    def user(self) -> str:
        return f"@{self.id}:contoh.id"

    @property
    def name(self) -> str:
        return f"{self.id.title()} Contoh"


TWELVE = (
    Somebody("bupati", "leader"),
    Somebody("wabup", "deputy"),
    Somebody("ahli", "expert"),
    Somebody("pakar", "expert"),
    *(Somebody(f"kadis{number}", "head", f"unit{number}") for number in range(1, 9)),
)
UNITS = tuple(f"unit{number}" for number in range(1, 13))


def roster_text(people: Sequence[Somebody]) -> str:
    """A roster of these people."""
    lines = ["units:"]
    lines += [f"  - {{id: {unit}, name: Dinas {unit.title()}, short: {unit.upper()}}}" for unit in UNITS]
    lines.append("persons:")
    lines += [f'  - {{id: {p.id}, name: {p.name}, identifiers: [{{matrix: "{p.user}"}}]}}' for p in people]
    lines.append("offices:")
    for one in people:
        where = f", unit: {one.unit}" if one.unit else ""
        lines.append(f"  - {{person: {one.id}, role: {one.role}{where}, from: 2025-01-01}}")
    return "\n".join(lines) + "\n"


class Town:
    """One forum of ``people``, all of them in their rooms; ``stage`` is the one that it has reached."""

    def __init__(
        self,
        root: Path,
        *,
        people: Sequence[Somebody] = TWELVE,
        stage: str = "enforce",
        language: str = "en",
        begun: bool = True,
    ) -> None:
        self.root = root
        self.file = root / "bridge.yaml"
        self.config = root / "config"
        self.config.mkdir(parents=True)
        (root / "password").write_text("rahasia\n")
        self.file.write_text(
            f"""homeserver: {{url: "http://127.0.0.1:9", user: "{BOT}", password_file: password}}
state: state
config: config
forum: {{id: uji, rooms: {{forum: "{FORUM}", control: "{CONTROL}"}}}}
web: {{port: 0}}
"""
        )
        self.policy.write_text(
            f"forum:\n  name: Forum Uji\n  language: {language}\n  timezone: Asia/Makassar\nstage: enforce\n"
        )
        self.write(people)
        self.clock = SystemClock()
        self.ledger: Ledger | None = None
        self._files: Files | None = None
        if begun:
            self.begin(people, stage)

    @property
    def policy(self) -> Path:
        return self.config / "policy.yaml"

    @property
    def roster(self) -> Path:
        return self.config / "roster.yaml"

    @property
    def settings(self) -> Settings:
        return load_settings(self.file)

    def write(self, people: Sequence[Somebody]) -> None:
        """Somebody saves another roster with an editor of their own."""
        self.roster.write_text(roster_text(people))

    def begin(self, people: Sequence[Somebody], stage: str) -> None:
        """The bridge runs for the first time, and everybody is in."""
        (self.root / "state").mkdir(mode=0o700)
        self.ledger = Ledger(self.root / "state" / "ledger.db")

        def furnish(store: Store) -> None:
            forums.ensure(store, "uji", stage, False)
            experts = [one.user for one in people if one.role in ("leader", "deputy", "expert")]
            for kind, room in ROOMS.items():
                rooms.set_room(store, room, forum="uji", kind=kind)
                rooms.set_membership(store, room, "join")
                store.run("UPDATE room SET adopted_at = 1, made_by_us = 1 WHERE room = ?", (room,))
                inside = [one.user for one in people] if kind == "forum" else experts
                rooms.apply_state(store, [_joined(room, user) for user in (BOT, *inside)])

        asyncio.run(self.ledger.write(furnish))
        self.take()

    def take(self) -> None:
        """The running bridge notices the files that lie on the disk, and decides what comes of them."""
        asyncio.run(self.take_these(load(self.config)))

    @property
    def files(self) -> Files:
        """What the running bridge goes by."""
        assert self._files is not None
        return self._files

    async def take_these(self, configuration: Configuration) -> None:
        """The same with files that were read already."""
        assert self.ledger is not None
        if self._files is None:
            self._files = Files(
                self.ledger,
                self.clock,
                configuration,
                forum="uji",
                directory=self.config,
                make=self._book,
                decide=Bell(),
                tick=1.0,
            )
        await self._files.take_force(configuration)
        await self.decide()

    async def decide(self) -> None:
        """Whatever can be decided now."""
        assert self.ledger is not None and self._files is not None
        shelf = self._files.books
        while (await self.ledger.write(lambda store: decide_some(store, shelf, self.clock.now()))).rows:
            pass
        assert await self.ledger.read(inbox.failed) == []

    def _book(self, configuration: Configuration, before: bytes | None) -> Book:
        return books.make_book(
            configuration, forum="uji", rooms=ROOMS, bot=BOT, clock=self.clock, rehearsal=False, before=before
        )

    def restart(self) -> None:
        """The bridge is stopped and started again: it knows what the ledger knows."""
        self._files = None

    def close(self) -> None:
        if self.ledger is not None:
            self.ledger.close()

    # What is there afterwards

    def facts(self, kind: type[F]) -> list[F]:
        """The facts of a kind, in order."""
        found = [_fact(body) for body in self._bodies("SELECT body FROM fact ORDER BY position")]
        return [fact for fact in found if isinstance(fact, kind)]

    def effects(self, kind: type[E]) -> list[E]:
        """The effects of a kind, in order."""
        found = [_effect(body) for body in self._bodies("SELECT effect FROM outbox ORDER BY id")]
        return [one for one in found if isinstance(one, kind)]

    def _bodies(self, sql: str) -> list[bytes]:
        with seen(self.settings) as store:
            return [bytes(row[0]) for row in store.all(sql)]

    def version(self, what: str) -> f.FileVersion:
        """What the record says of the newest version of a file."""
        return [fact for fact in self.facts(f.FileVersion) if fact.what == what][-1]

    # The operator

    def tudang(self, *words: str | Path, say: str = "", editor: Path | None = None) -> Result:
        """Run a command; ``say`` is what the person types, ``editor`` what they edit with."""
        group, command, *rest = [str(word) for word in words]
        environment = {"EDITOR": str(editor), "VISUAL": ""} if editor else {}
        result = CliRunner(env=environment).invoke(
            main, [group, command, "--config", str(self.file), *rest], input=say or None
        )
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result

    def editor(self, script: str) -> Path:
        """An editor that does this to the file in $1 (sh)."""
        path = self.root / "editor"
        path.write_text(f"#!/bin/sh\n{script}\n")
        os.chmod(path, 0o700)  # noqa: PTH101
        return path

    def leftovers(self) -> list[str]:
        """Copies in the folder of the files."""
        return sorted(path.name for path in self.config.glob(".*.yaml") if path.is_file())


def _joined(room: str, user: str) -> Event:
    return Event(
        event_id=f"${room}{user}",
        room_id=room,
        sender=user,
        type="m.room.member",
        content={"membership": "join"},
        origin_ts=1,
        state_key=user,
    )


def changed(people: Sequence[Somebody], who: str, role: str) -> list[Somebody]:
    """The same people, one of them with another role."""
    return [replace(one, role=role, unit=None) if one.id == who else one for one in people]
