"""What an operator types, and what he reads: `tudang doctor`, `backup`, `restore`, `new-device`."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.admin.vessel import Cost
from bridge.cli import main
from tests.admin.house import TOKEN, House

PASSPHRASE = "duduk bersama di balai desa"


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """What guards against guessing for years would take a second a test."""
    monkeypatch.setattr("bridge.admin.vessel.Cost", lambda rounds=1, memory=8192: Cost(rounds, memory))
    for name in ("TUDANG_PASSWORD", "TUDANG_ACCESS_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def tudang(house: House, *words: str | Path) -> Result:
    """Run a command with the house's settings."""
    command, *rest = [str(word) for word in words]
    result = CliRunner().invoke(main, [command, "--config", str(house.file), *rest])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def secret(house: House) -> Path:
    """A file with a passphrase, as an editor leaves it."""
    path = house.root / "frasa"
    path.write_text(PASSPHRASE + "\n", encoding="utf-8")
    return path


def test_there_and_back(house: House, secret: Path) -> None:
    """A backup into a folder, the state lost, the backup restored: each says in a few lines what came of it."""
    made = tudang(house, "backup", house.root, "--passphrase-file", secret)
    assert made.exit_code == 0
    assert re.search(r"uji-2\d{3}-.*\.tudang-backup: 9 files, .* MiB, encrypted; record 4", made.output)
    backup = next(house.root.glob("*.tudang-backup"))
    house.state.rename(house.root / "lost")
    done = tudang(house, "restore", backup, "--passphrase-file", secret)
    assert done.exit_code == 0
    assert "Restored: 4 records" in done.output
    assert "1 photos and videos" in done.output
    assert "no other bridge" in done.output


def test_a_backup_in_clear_is_only_made_when_it_is_said(house: House) -> None:
    """It holds the bot's keys."""
    refused = tudang(house, "backup", house.root)
    assert (refused.exit_code, list(house.root.glob("*.tudang-backup"))) == (1, [])
    assert "--no-encryption" in refused.output
    made = tudang(house, "backup", house.root, "--no-encryption")
    assert made.exit_code == 0
    assert "NOT ENCRYPTED" in made.output


def test_passphrases_that_are_none(house: House, secret: Path) -> None:
    """Too short, not there, or together with --no-encryption."""
    secret.write_text("pendek\n")
    assert "fewer than 12" in tudang(house, "backup", house.root, "--passphrase-file", secret).output
    secret.unlink()
    assert "cannot be read" in tudang(house, "backup", house.root, "--passphrase-file", secret).output
    both = tudang(house, "backup", house.root, "--no-encryption", "--passphrase-file", secret)
    assert (both.exit_code, "Say either" in both.output) == (1, True)


def test_refusals_come_in_the_policys_language(tmp_path: Path) -> None:
    """Or in the one that was asked for."""
    house = House(tmp_path / "rumah", language="id")
    house.run_once()
    backup = house.root / "tidak-ada"
    assert "tidak kosong; tidak ada yang dipulihkan" in tudang(house, "restore", backup).output
    assert "is not empty; nothing was restored" in tudang(house, "restore", backup, "--lang", "en").output


def test_a_token_of_before_is_of_no_use_after_a_restore(house: House, secret: Path) -> None:
    """It belongs to the device whose keys are gone, and that is said before the next start fails."""
    tudang(house, "backup", house.root, "--passphrase-file", secret)
    backup = next(house.root.glob("*.tudang-backup"))
    house.state.rename(house.root / "lost")
    token = house.root / "token"
    token.write_text(TOKEN)
    house.file.write_text(house.file.read_text().replace("password_file: password", "access_token_file: token"))
    done = tudang(house, "restore", backup, "--passphrase-file", secret)
    assert "an access token of a new log-in" in done.output
    assert TOKEN not in done.output


def test_a_new_device(house: House) -> None:
    """Says what happens next; the old session is gone even though no homeserver could be told."""
    done = tudang(house, "new-device")
    assert done.exit_code == 0
    assert "logs in as a new device" in done.output
    assert not (house.state / "session.json").exists()


def test_doctor_ends_with_1_when_something_is_to_mend(house: House) -> None:
    """And shows no secret of the state that it looked at."""
    page = tudang(house, "doctor")
    assert page.exit_code == 1
    assert "does not answer as a Matrix homeserver" in re.sub(r"\s+", " ", page.output)
    assert TOKEN not in page.output
    assert "rahasia" not in page.output
    assert "✗" in page.output


@pytest.mark.parametrize("content", ["", "- a list", "state: [", "homeserver: {url: x}", "\x00"])
def test_settings_that_cannot_be_used(house: House, content: str) -> None:
    """One sentence, whatever is wrong with the file, and for every command."""
    house.file.write_text(content)
    for words in (("doctor",), ("backup", "x", "--no-encryption"), ("restore", "x"), ("new-device",)):
        result = tudang(house, *words)
        assert result.exit_code == 1
        assert "Traceback" not in result.output
        assert "bridge.yaml" in result.output


def test_a_state_that_may_not_be_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Doctor run as another user says so."""
    look = os.stat

    def refused(path: str | Path | int, **more: object) -> os.stat_result:
        if not isinstance(path, int) and house.state in Path(os.fsdecode(path)).parents:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return look(path, **more)  # type: ignore[arg-type]

    house.state.chmod(0)
    # The superuser is not stopped by a mode.
    monkeypatch.setattr(os, "stat", refused)
    try:
        page = tudang(house, "doctor")
    finally:
        monkeypatch.undo()
        house.state.chmod(0o700)
    assert page.exit_code == 1
    assert "Permission denied" in page.output


def test_a_state_that_is_no_folder(house: House) -> None:
    """A file where the folder should be is a finding, not a traceback."""
    house.state.rename(house.root / "lost")
    house.state.write_text("not a folder")
    page = tudang(house, "doctor")
    assert page.exit_code == 1
    assert "Not a directory" in page.output
