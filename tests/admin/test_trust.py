"""`tudang trust`: how others see the bot's device, beside a running bridge, without touching anything."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import main
from bridge.model.clock import MovableClock
from bridge.service import opened
from bridge.settings import Secrets, load_settings
from tests.fakes.homeserver import PASSWORD, FakeHomeserver

SETTINGS = """\
homeserver: {{url: "{url}", user: "{user}"}}
state: state
config: {config}
forum: {{id: uji, rooms: {{forum: "!f:fake.test", control: "!k:fake.test"}}}}
web: {{port: 0}}
"""


@pytest.fixture(autouse=True)
def _no_password(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The operator's shell has no secret of the bot."""
    monkeypatch.delenv("TUDANG_PASSWORD", raising=False)
    monkeypatch.delenv("TUDANG_ACCESS_TOKEN", raising=False)
    yield


@pytest.fixture
async def fake() -> AsyncIterator[FakeHomeserver]:
    """A homeserver that knows the bot."""
    async with FakeHomeserver(MovableClock(1_795_129_200_000)) as fake:
        fake.user("tudang", PASSWORD)
        yield fake


def deployment(fake: FakeHomeserver, folder: Path) -> Path:
    file = folder / "bridge.yaml"
    config = Path("config").resolve()
    file.write_text(SETTINGS.format(url=fake.url, user="@tudang:fake.test", config=config), encoding="utf-8")
    return file


async def trust(file: Path, *more: str) -> Result:
    """What an operator types and sees."""
    return await asyncio.to_thread(
        CliRunner().invoke, main, ["trust", "--config", str(file), "--lang", "en", *more]
    )


def contents(folder: Path) -> dict[str, str]:
    """Every file of the state and its digest."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith("-shm")
    }


async def test_before_the_first_start_it_says_to_start(fake: FakeHomeserver, tmp_path: Path) -> None:
    """Nobody logs in, and no file is made."""
    file = deployment(fake, tmp_path)
    seen = await trust(file)
    assert seen.exit_code == 1
    assert "Start it once with `tudang run`" in seen.output
    assert not (tmp_path / "state").exists()
    assert fake.calls == []


async def test_beside_a_running_bridge_it_shows_the_state_and_changes_nothing(
    fake: FakeHomeserver, tmp_path: Path
) -> None:
    """The lock is the bridge's; the fingerprints are the ones that the bridge knows; nothing is written or sent."""
    file = deployment(fake, tmp_path)
    async with opened(load_settings(file), Secrets(password=PASSWORD), fake.clock) as bridge:
        known = await bridge.trust(None)
        before, asked = contents(tmp_path / "state"), len(fake.calls)
        seen = await trust(file)
        assert contents(tmp_path / "state") == before
        calls = [(call.method, call.path.rpartition("/v3/")[2]) for call in fake.calls[asked:]]
    assert seen.exit_code == 0, seen.output
    assert len(seen.stdout.splitlines()) == 4, "four sentences, and no line of a log"
    assert known.cross_signed
    assert known.identity_fingerprint is not None
    for shown in (known.device_id, known.device_fingerprint, known.identity_fingerprint):
        assert shown in seen.output
    assert [call for call in calls if call[0] != "GET"] == [("POST", "keys/query")]


async def test_a_device_without_a_signature_is_told(fake: FakeHomeserver, tmp_path: Path) -> None:
    """The bridge has stopped and the homeserver has lost the signature: exit 1, and what to do."""
    file = deployment(fake, tmp_path)
    async with opened(load_settings(file), Secrets(password=PASSWORD), fake.clock) as bridge:
        device = bridge.homeserver.device_id
    fake.keys.devices["@tudang:fake.test", device]["signatures"] = {}
    seen = await trust(file)
    assert seen.exit_code == 1
    assert f"Device {device} is not signed" in seen.output
    assert "tudang trust" not in seen.output


async def test_another_identity_or_a_broken_chain_is_no_trust(fake: FakeHomeserver, tmp_path: Path) -> None:
    """A self-signing key that the master did not sign makes no device cross-signed."""
    file = deployment(fake, tmp_path)
    async with opened(load_settings(file), Secrets(password=PASSWORD), fake.clock):
        pass
    fake.keys.cross_signing["@tudang:fake.test"]["self_signing_key"]["signatures"] = {}
    seen = await trust(file)
    assert seen.exit_code == 1
    assert "is not signed" in seen.output


async def test_a_homeserver_that_does_not_answer(fake: FakeHomeserver, tmp_path: Path) -> None:
    """One sentence and what to do, never a traceback."""
    file = deployment(fake, tmp_path)
    async with opened(load_settings(file), Secrets(password=PASSWORD), fake.clock):
        pass
    file.write_text(file.read_text(encoding="utf-8").replace(fake.url, "http://127.0.0.1:9"), encoding="utf-8")
    seen = await trust(file)
    assert isinstance(seen.exception, SystemExit)
    assert seen.exit_code == 1
    assert seen.output.startswith("http://127.0.0.1:9 does not answer")
