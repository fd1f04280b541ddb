"""The service on the fake homeserver: from a preview to the living forum, and not back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bridge.ledger import rooms
from bridge.ledger.store import Store
from bridge.matrix.login import Credentials
from bridge.model.clock import MovableClock
from bridge.policy.load import load
from bridge.service import Bridge
from bridge.session import Keys
from bridge.settings import SettingsError, load_settings
from bridge.web.health import Health
from tests.fakes.homeserver import FakeHomeserver

POLICY = "forum:\n  name: Forum Uji\n  language: id\n  timezone: Asia/Makassar\nstage: enforce\n"
ROSTER = """units: []
persons:
  - {id: bupati, name: Bupati Contoh, identifiers: [{matrix: "@bupati:test"}]}
  - {id: ahli, name: Ahli Contoh, identifiers: [{matrix: "@ahli:test"}]}
offices:
  - {person: bupati, role: leader, from: 2025-01-01}
  - {person: ahli, role: expert, from: 2025-01-01}
"""


class Deployment:
    """Settings, policy and roster in a folder, for two rooms of a fake homeserver."""

    def __init__(self, fake: FakeHomeserver, clock: MovableClock, folder: Path) -> None:
        self.fake, self.clock, self.folder = fake, clock, folder
        self.bot = fake.user("tudang")
        self.rooms = {kind: fake.room(self.bot, name=kind) for kind in ("forum", "control", "direct")}
        (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
        (folder / "roster.yaml").write_text(ROSTER, encoding="utf-8")

    async def prepared(self, *, preview: bool) -> tuple[Health, dict[str, str]]:
        """What a bridge is like that has begun and is stopped again: its health, and whose its rooms are."""
        file = self.folder / "bridge.yaml"
        file.write_text(
            f"homeserver: {{url: '{self.fake.url}', user: '{self.bot}'}}\nstate: state\nforum:\n  id: uji\n"
            f"  preview: {str(preview).lower()}\n"
            f"  rooms: {{forum: '{self.rooms['forum']}', control: '{self.rooms['control']}'}}\n",
            encoding="utf-8",
        )
        settings = load_settings(file)
        keys = Keys(settings)
        bridge = Bridge(
            settings,
            await asyncio.to_thread(load, settings.config),
            keys=keys,
            credentials=Credentials(self.fake.url, self.bot, "BOT", self.fake.token(self.bot, "BOT")),
            clock=self.clock,
        )
        try:
            await bridge.prepare()
            if preview:
                # As after an invitation into a direct chat, which no file names.
                await bridge.ledger.write(
                    lambda store: rooms.set_room(
                        store, self.rooms["direct"], forum="uji-preview", kind="direct", person="ahli"
                    )
                )

            def whose(store: Store) -> dict[str, str]:
                return {kind: (rooms.known(store, room) or ("", "", ""))[0] for kind, room in self.rooms.items()}

            return await bridge.health(), await bridge.ledger.read(whose)
        finally:
            await bridge.close()
            keys.close()


async def test_a_forum_goes_live_and_not_back_into_a_preview(tmp_path: Path, clock: MovableClock) -> None:
    """The rooms become the forum's; a living forum is not previewed: its record would miss what is said."""
    async with FakeHomeserver(clock) as fake:
        deployment = Deployment(fake, clock, tmp_path)
        health, whose = await deployment.prepared(preview=True)
        assert (health.forum, health.preview) == ("uji-preview", True)
        assert set(whose.values()) == {"uji-preview"}
        health, whose = await deployment.prepared(preview=False)
        assert (health.forum, health.preview) == ("uji", False)
        assert set(whose.values()) == {"uji"}
        with pytest.raises(SettingsError, match=r"Remove forum\.preview"):
            await deployment.prepared(preview=True)
        health, whose = await deployment.prepared(preview=False)
        assert set(whose.values()) == {"uji"}
