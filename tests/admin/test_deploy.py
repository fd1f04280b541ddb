"""`tudang init`: a folder in which everything is there, closed to others, and the next steps are said."""

from __future__ import annotations

import configparser
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.admin.deploy import CODE
from bridge.cli import main
from bridge.settings import load_settings


def init(folder: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["init", str(folder), *more])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def unit_of(folder: Path) -> tuple[Path, configparser.RawConfigParser]:
    (path,) = folder.glob("*.service")
    parsed = configparser.RawConfigParser(strict=True)
    parsed.optionxform = str  # type: ignore[method-assign, assignment]
    parsed.read(path)
    return path, parsed


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_folder_is_whole_private_and_right(tmp_path: Path, language: str) -> None:
    """`policy check` has nothing to say, the settings load, and nobody else may look in."""
    folder = tmp_path / "forum"
    made = init(
        folder, "--language", language, "--user", "@bot:contoh.go.id", "--homeserver", "http://127.0.0.1:8008"
    )
    assert made.exit_code == 0, made.output
    assert mode(folder) == 0o700
    assert mode(folder / "password") == 0o600
    assert mode(folder / "state") == 0o700
    assert (folder / "password").read_text() == ""
    checked = CliRunner().invoke(main, ["policy", "check", str(folder)])
    assert checked.exit_code == 0, checked.output
    assert len(checked.output.splitlines()) == 2, checked.output
    settings = load_settings(folder / "bridge.yaml")
    assert settings.homeserver.user == "@bot:contoh.go.id"
    assert settings.homeserver.url == "http://127.0.0.1:8008"
    assert settings.state == folder / "state"
    assert settings.homeserver.password_file == folder / "password"
    assert settings.forum.rooms.forum.endswith(":contoh.go.id")


def test_the_next_steps_are_said_in_order(tmp_path: Path) -> None:
    """Account, rooms, roster, check, doctor, run, service: each with the command as it is typed here."""
    folder = tmp_path / "my forum"
    steps = [line.strip() for line in init(folder, "--language", "en").output.splitlines()[2:]]
    assert [step.split(".")[0] for step in steps] == ["1", "2", "3", "4", "5", "6", "7"]
    config = shlex.quote(str(folder / "bridge.yaml"))
    assert steps[3].endswith(f"tudang policy check {shlex.quote(str(folder))}")
    assert steps[4].endswith(f"tudang doctor --config {config}")
    assert steps[5].endswith(f"tudang run --config {config}")


@pytest.mark.parametrize("name", ['Forum: "Pimpinan" #1 {x}', "Forum Żółć", "- a", "yes", "$name ${user} %s"])
def test_whatever_the_forum_is_called_the_files_say_so(tmp_path: Path, name: str) -> None:
    """No name breaks a file or is read as something else."""
    folder = tmp_path / "forum"
    made = init(folder, "--forum", name)
    assert made.exit_code == 0, made.output
    checked = CliRunner().invoke(main, ["policy", "check", str(folder)])
    assert checked.exit_code == 0
    assert f"Forum: {name}." in checked.output


def test_inside_the_code_is_refused(tmp_path: Path) -> None:
    """Also through a link: no record of a forum lies where it may be committed."""
    link = tmp_path / "link"
    link.symlink_to(CODE / "bridge")
    for folder in (CODE / "my-forum", link / "my-forum"):
        made = init(folder, "--language", "en")
        assert made.exit_code == 1
        assert "choose another folder" in made.output
        assert not folder.exists()


def test_what_is_there_stays(tmp_path: Path) -> None:
    """A folder with anything in it is not touched; an empty one is taken and closed to others."""
    full, empty, file = tmp_path / "full", tmp_path / "empty", tmp_path / "file"
    full.mkdir()
    (full / "notes").write_text("mine")
    empty.mkdir(mode=0o755)
    file.write_text("mine")
    assert "tidak kosong" in init(full).output
    assert "bukan folder" in init(file).output
    assert [path.name for path in full.iterdir()] == ["notes"]
    assert init(empty).exit_code == 0
    assert mode(empty) == 0o700
    assert init(empty).exit_code == 1


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--user", "bot", "is no Matrix account"),
        ("--user", "@Bot Kita:x", "is no Matrix account"),
        ("--homeserver", "matrix.example.org", "Write it as https://"),
        ("--homeserver", "ftp://x", "Write it as https://"),
        ("--forum", "  ", "letters or digits"),
        ("--forum", "x" * 121, "at most 120"),
        ("--forum", "a\u202eb", "letters or digits"),
    ],
)
def test_a_wrong_value_is_one_sentence_and_makes_nothing(
    tmp_path: Path, option: str, value: str, said: str
) -> None:
    """It says what to write instead."""
    folder = tmp_path / "forum"
    made = init(folder, "--language", "en", option, value)
    assert made.exit_code == 1
    assert said in made.output
    assert not folder.exists()


def test_the_unit_starts_this_bridge_and_little_else(tmp_path: Path) -> None:
    """It runs this Python on this folder, may write there only, and is not started again for a revoked token."""
    folder = tmp_path / "my forum%n $HOME"
    assert init(folder).exit_code == 0
    path, unit = unit_of(folder)
    assert path.name.startswith("tudang-")
    service = unit["Service"]
    config = str(folder / "bridge.yaml").replace("%", "%%").replace("$", "$$")
    assert service["ExecStart"] == f'{sys.executable} -m bridge run --config "{config}"'
    writable = str(folder).replace("%", "%%")
    assert service["ReadWritePaths"] == f'"{writable}"'
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"] == "3"
    # The code is named by its Python only, and by the folder of the forum nothing of it is.
    rest = path.read_text().replace(sys.executable, "")
    assert str(CODE) not in rest
    assert all(str(CODE) not in file.read_text() for file in folder.glob("*.yaml"))


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze, of the package systemd, is not installed: the unit is not verified",
)
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """Without a word of complaint."""
    folder = tmp_path / "my forum%n"
    init(folder)
    path, _ = unit_of(folder)
    seen = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False)
    mine = [line for line in (seen.stdout + seen.stderr).splitlines() if path.name in line]
    assert (seen.returncode, mine) == (0, [])
