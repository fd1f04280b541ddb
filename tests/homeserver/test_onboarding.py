"""From an empty folder to a running forum, as an admin does it: init, import, enrol, doctor, run; on Synapse."""

from __future__ import annotations

import asyncio
import configparser
import getpass
import os
import re
import shlex
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import aiohttp
import pytest
from click.testing import CliRunner, Result

from bridge.admin import enrol
from bridge.cli import main
from bridge.model.ports import MatrixError
from bridge.policy.load import load
from bridge.rehearsal.cast import Cast
from bridge.rehearsal.homeserver import Account, EmbeddedHomeserver
from bridge.rehearsal.wire import Wire
from tests.waiting import LOOK_S, PATIENCE_S

pytestmark = pytest.mark.homeserver

TIMEOUT_STOP_S = 90
"""How long the unit waits before the process is killed."""


async def tudang(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, list(arguments))


def noted(handed_out: list[str]) -> Callable[[], str]:
    """As first passwords are made, but the test knows them too: nobody else can."""
    real: Callable[[], str] = vars(enrol)["first_password"]

    def made() -> str:
        handed_out.append(real())
        return handed_out[-1]

    return made


async def is_good(homeserver: EmbeddedHomeserver, account: Account, session: aiohttp.ClientSession) -> bool:
    """Whether an account's token is still good."""
    try:
        await Wire(homeserver.url, session, account.access_token).call("GET", "/_matrix/client/v3/account/whoami")
    except MatrixError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def filled(folder: Path, rooms: dict[str, str], password: str) -> None:
    """What the admin writes into the files: rooms, password; a port that no other test has."""
    path = folder / "bridge.yaml"
    text = path.read_text()
    for kind, room in rooms.items():
        text = re.sub(rf"^    {kind}: .*$", f'    {kind}: "{room}"', text, flags=re.MULTILINE)
    path.write_text(text.replace("port: 8470", f"port: {free_port()}"))
    (folder / "password").write_text(f"{password}\n")
    (folder / "roster.yaml").unlink()


async def test_from_nothing_to_a_running_forum(
    synapse: EmbeddedHomeserver, cast: Cast, serial: Iterator[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step with its command; people get in with what stands on the sheet; doctor finds nothing wrong."""
    number = next(serial)
    folder = tmp_path / "forum"
    config = str(folder / "bridge.yaml")
    bot = await cast.user("tudang")
    made = await tudang("init", str(folder), "--user", bot.user_id, "--homeserver", synapse.url)
    assert made.exit_code == 0, made.output
    builder = await cast.play(bot)
    rooms = {kind: await builder.create_room(kind.title()) for kind in ("forum", "control", "audit")}
    await builder.close()
    filled(folder, rooms, bot.password)

    staff = tmp_path / "staff.csv"
    staff.write_text(
        "ID;Nama;Jabatan;Unit;TMT\n"
        f"cendana-{number};Cendana Contoh;Bupati;;2025-01-01\n"
        f"nuri-{number};Nuri Contoh;Tenaga Ahli;;2025-01-01\n"
        f"pala-{number};Pala Contoh;Tenaga Ahli;;2025-01-01\n"
        f"melati-{number};Melati Contoh;Kepala Dinas;Dinas Kesehatan;2025-01-01\n"
    )
    imported = await tudang("roster", "import", str(staff), "--config", config, "--write")
    assert imported.exit_code == 0, imported.output

    # Without an admin of the homeserver nothing is made; with one, everybody.
    nobody = await cast.user("bukan-admin")
    admin = await synapse.register(f"admin.{next(serial)}", admin=True)
    handed_out: list[str] = []
    monkeypatch.setattr(enrol, "first_password", noted(handed_out))
    monkeypatch.setenv("TUDANG_ADMIN_TOKEN", nobody.access_token)
    refused = await tudang("enrol", "--all-missing", "--write", "--config", config, "--lang", "en")
    assert (refused.exit_code, "not one of a homeserver admin" in refused.output) == (1, True), refused.output
    monkeypatch.setenv("TUDANG_ADMIN_TOKEN", admin.access_token)
    done = await tudang("enrol", "--all-missing", "--write", "--config", config)
    assert done.exit_code == 0, done.output
    # One is drawn for a trial before anything is made.
    passwords = dict(zip(("cendana", "nuri", "pala", "melati"), handed_out[-4:], strict=True))
    sheets = sorted(path.name for path in (folder / "state" / "sheets").iterdir())
    assert sheets == sorted(f"{name}-{number}.pdf" for name in passwords)
    for name, password in passwords.items():
        entered = await synapse.login(f"{name}-{number}", password)
        assert entered.user_id == f"@{name}-{number}:localhost"
        assert await shown_name(synapse, entered) == f"{name.title()} Contoh"
    again = await tudang("enrol", f"melati-{number}", "--config", config, "--lang", "en")
    assert (again.exit_code, "was not changed" in again.output) == (1, True), again.output
    await synapse.login(f"melati-{number}", passwords["melati"])
    assert len(load(folder).roster.file.persons) == 4

    # It runs as the unit has it, doctor has nothing to complain of, and SIGTERM ends it in order.
    (unit,) = folder.glob("tudang-*.service")
    log = tmp_path / "journal"
    with log.open("wb") as journal:
        running = await as_systemd_starts_it(unit, journal)
    try:
        page = await page_of_a_running_forum(config)
    finally:
        running.terminate()
    said = log.read_text()
    assert (await asyncio.wait_for(running.wait(), TIMEOUT_STOP_S), "Traceback" in said) == (0, False), said
    assert complaints(page) == ["! There has been no backup yet."], page.output


async def as_systemd_starts_it(unit: Path, journal: IO[bytes]) -> asyncio.subprocess.Process:
    """The process of a unit: its line as it stands there, in the root folder, with the few variables that systemd
    gives a service (systemd.exec(5)), with its umask, nothing to read and its journal for what it says."""
    read = configparser.RawConfigParser()
    read.read(unit)
    service = read["Service"]
    command = [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(service["execstart"])]
    assert service["user"] == getpass.getuser()
    given = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        *command,
        cwd="/",
        env={**given, "USER": service["user"], "LOGNAME": service["user"], "LANG": "C.UTF-8"},
        umask=int(service["umask"], 8),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=journal,
        stderr=journal,
        start_new_session=True,
    )


async def page_of_a_running_forum(config: str) -> Result:
    """What doctor says once the bridge is found running and there is one thing to do; the last page at the end."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        seen = await tudang("doctor", "--config", config, "--lang", "en")
        is_up = "Running (version" in seen.output and len(complaints(seen)) <= 1
        if is_up or time.monotonic() > deadline:
            return seen
        await asyncio.sleep(LOOK_S)


def complaints(page: Result) -> list[str]:
    """What doctor marks as not right."""
    lines = [line.strip() for line in page.output.splitlines()]
    return [line for line in lines if line.startswith(("✗", "!"))]


async def shown_name(homeserver: EmbeddedHomeserver, account: Account) -> str:
    async with aiohttp.ClientSession() as session:
        wire = Wire(homeserver.url, session, account.access_token)
        answer = await wire.call("GET", f"/_matrix/client/v3/profile/{account.user_id}")
    return str(answer["displayname"])


async def test_a_reset_ends_what_was_lost(
    synapse: EmbeddedHomeserver, cast: Cast, serial: Iterator[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The telephone that was stolen is logged out, the old password opens nothing, the new sheet does."""
    folder = tmp_path / "forum"
    bot, lost = await cast.user("tudang"), await cast.user("hilang")
    assert (await tudang("init", str(folder), "--user", bot.user_id, "--homeserver", synapse.url)).exit_code == 0
    roster = folder / "roster.yaml"
    roster.write_text(
        roster.read_text().replace(
            "name: GANTI nama kepala DLH}", f'name: Kepala Contoh, identifiers: [{{matrix: "{lost.user_id}"}}]}}'
        )
    )
    admin = await synapse.register(f"admin.{next(serial)}", admin=True)
    monkeypatch.setenv("TUDANG_ADMIN_TOKEN", admin.access_token)
    handed_out: list[str] = []
    monkeypatch.setattr(enrol, "first_password", noted(handed_out))
    done = await tudang("enrol", "kepala-dlh", "--reset", "--config", str(folder / "bridge.yaml"))
    assert done.exit_code == 0, done.output
    async with aiohttp.ClientSession() as session:
        assert not await is_good(synapse, lost, session)
    localpart = lost.user_id[1:].partition(":")[0]
    with pytest.raises(MatrixError):
        await synapse.login(localpart, lost.password)
    assert (await synapse.login(localpart, handed_out[-1])).user_id == lost.user_id
