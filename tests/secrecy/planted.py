"""Tests that give secrets away, each in another manner; `test_planted.py` runs this file and wants each one caught.

It is no test module of the suite. Names tell what has to become of a test: `leaks_KIND` or `keeps`.
"""

from __future__ import annotations

import io
import logging
import secrets
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import structlog
from click.testing import CliRunner

from bridge.admin.vessel import Cost, Sealer
from bridge.journey import bundles
from bridge.ledger.keyring import secret_key
from bridge.matrix.requests import Requests
from bridge.model.clock import MovableClock
from bridge.settings import Secrets
from bridge.summary.keys import SigningKey
from tests.fakes.world import World

TOKEN = "syt_cGxhbnRlZA_" + "planted_by_a_test"
PASSWORD = "Kata Sandi Rahasia 77"
SEED = bytes(range(7, 39))
SENTENCE = "Izin melaporkan bahwa drainase di depan pasar sudah dibersihkan warga"


def bundle(path: Path, name: str, data: bytes, how: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", how) as archive:
        archive.writestr(name, data)


def clear_backup(path: Path, name: str, data: bytes) -> None:
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))


def test_leaks_access_token_in_a_log_line() -> None:
    Requests("http://127.0.0.1:9", TOKEN)
    structlog.get_logger().warning("sync failed", why=f"the header was {TOKEN!r}")


def test_leaks_access_token_in_a_library_log() -> None:
    Requests("http://127.0.0.1:9", TOKEN)
    logging.getLogger("aiohttp").error("GET /?access_token=%s", TOKEN)


def test_leaks_password_in_an_error() -> None:
    Secrets(password=PASSWORD)
    with pytest.raises(ValueError, match="wrong"):
        raise ValueError(f"wrong password: {PASSWORD}")


def test_leaks_password_in_the_cause_of_an_error() -> None:
    Secrets(password=PASSWORD)
    with pytest.raises(ValueError, match="wrong"):
        try:
            raise KeyError(PASSWORD)
        except KeyError as error:
            raise ValueError("wrong password") from error


def test_leaks_signing_seed_raw_in_a_bundle(tmp_path: Path) -> None:
    SigningKey(SEED)
    bundle(tmp_path / "week.zip", "data/photo.jpg", b"\xff\xd8" + SEED)


def test_leaks_signing_seed_written_in_a_packed_part(tmp_path: Path) -> None:
    SigningKey(SEED)
    bundle(tmp_path / "week.zip", "data/note.txt", b"x" * 900 + b" " + SEED.hex().encode(), zipfile.ZIP_DEFLATED)


def test_leaks_access_token_in_a_clear_backup(tmp_path: Path) -> None:
    Requests("http://127.0.0.1:9", TOKEN)
    clear_backup(tmp_path / "a.tudang-backup", "session.json", TOKEN.encode())


def test_keeps_a_pickle_key_in_a_clear_backup(tmp_path: Path) -> None:
    clear_backup(tmp_path / "a.tudang-backup", "keys.secret", secret_key(tmp_path / "keys.secret"))


def test_keeps_everything_in_a_sealed_backup(tmp_path: Path) -> None:
    with (tmp_path / "a.tudang-backup").open("wb") as file:
        sealer = Sealer(file, "duduk bersama", cost=Cost(rounds=1, memory=8192))
        sealer.write(secret_key(tmp_path / "keys.secret"))
        sealer.close()


def test_leaks_pickle_key_beside_a_sealed_backup(tmp_path: Path) -> None:
    with (tmp_path / "a.tudang-backup").open("wb") as file:
        sealer = Sealer(file, "duduk bersama", cost=Cost(rounds=1, memory=8192))
        sealer.close()
        file.write(secret_key(tmp_path / "keys.secret"))


def test_leaks_access_token_in_a_log_that_is_removed() -> None:
    Requests("http://127.0.0.1:9", TOKEN)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bridge.log").write_text(f"Bearer {TOKEN}\n")


def test_leaks_pickle_key_of_another_process(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    key = secrets.token_bytes(32)
    (tmp_path / "state" / "keys.secret").write_bytes(key)
    (tmp_path / "bridge.log").write_text(f"key={key.hex()}\n")


def test_leaks_words_in_a_log_line() -> None:
    world = World(MovableClock(), "planted")
    room = world.create("@a:planted", "12")
    world.append(room, "@a:planted", "m.room.message", {"msgtype": "m.text", "body": SENTENCE})
    structlog.get_logger().error("a row could not be decided", error=f"ValueError: {SENTENCE}")


def test_keeps_words_that_are_no_log_line() -> None:
    world = World(MovableClock(), "planted")
    room = world.create("@a:planted", "12")
    world.append(room, "@a:planted", "m.room.message", {"msgtype": "m.text", "body": SENTENCE})
    print(SENTENCE)


def test_leaks_one_time_link_token_in_the_output_of_a_command() -> None:
    @click.command()
    def command() -> None:
        click.echo(f"https://forum.example.org/bundle/{bundles.random_token()}")

    CliRunner().invoke(command)


def test_leaks_passphrase_read_away_by_a_test(capsys: pytest.CaptureFixture[str]) -> None:
    Sealer(io.BytesIO(), "duduk bersama di balai", cost=Cost(rounds=1, memory=8192))
    print("the passphrase is duduk bersama di balai")
    assert capsys.readouterr().out


def test_leaks_access_token_in_the_output_of_a_process() -> None:
    Requests("http://127.0.0.1:9", TOKEN)
    program = "import sys; print(sys.argv[1], file=sys.stderr)"
    with subprocess.Popen([sys.executable, "-c", program, TOKEN], stderr=subprocess.PIPE) as process:
        process.communicate()


@pytest.fixture(scope="session")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("homeserver")
    yield folder
    (folder / "homeserver.log").write_text(f"ERROR token {TOKEN}\n")


def test_keeps_until_the_session_ends(homeserver: Path) -> None:
    Requests("http://127.0.0.1:9", TOKEN)
