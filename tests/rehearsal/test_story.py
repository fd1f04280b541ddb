"""``scripts/run``: the story with real clients, real encryption and a real homeserver, from outside."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from bridge.rehearsal.environment import ensure_environment, outer_python

pytestmark = pytest.mark.homeserver

REPOSITORY = Path(__file__).parents[2]


class Performance(NamedTuple):
    """A finished run of the story."""

    state: Path
    code: int
    said: str


def start(state: Path, *options: str) -> subprocess.Popen[str]:
    """What scripts/run starts once its environments are there."""
    return subprocess.Popen(
        [sys.executable, "-m", "bridge.rehearsal.run", "--state", str(state), *options],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Performance]:
    """The story, played once in a fresh place."""
    ensure_environment(
        REPOSITORY / "var" / "homeserver" / "env", [REPOSITORY / "requirements-homeserver.lock"], outer_python()
    )
    state = tmp_path_factory.mktemp("story")
    with start(state, "--once") as process:
        said, _ = process.communicate()
    yield Performance(state, process.returncode, said)


def processes_of(state: Path) -> list[int]:
    """Ids of processes that were started with files of a place."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(state) in command and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


def test_everything_happens_that_should(played: Performance) -> None:
    """Exit 0 only when every expectation was seen by clients and stands in the verified bundle."""
    assert played.code == 0, played.said[-6000:]
    assert re.search(r"All \d\d expectations were met", played.said)
    assert "✘" not in played.said


def test_the_clock_is_said_to_be_faster_than_life(played: Performance) -> None:
    """A newcomer is told what is real and what is not, before anything is played."""
    before, _, _ = played.said.partition("The deputy orders a mass clean-up")
    assert "clock is faster than life" in before
    assert "Everything else is real" in before


def test_the_story_is_one_file_for_a_browser(played: Performance) -> None:
    """The page shows the pictures and needs nothing from anywhere."""
    page = (played.state / "story.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") >= 30
    assert not re.search(r"""(src|href)=["'](?!data:)""", page)
    assert "dugaan anthrax" in page


def test_secrets_are_private(played: Performance) -> None:
    """Passwords and tokens of the rehearsal can be read by their owner only, and the bot's is not printed."""
    for name in ("props.json", "bot.password"):
        assert (played.state / "rehearsal" / name).stat().st_mode & 0o077 == 0
    assert (played.state / "rehearsal" / "bot.password").read_text().strip() not in played.said


def test_nothing_is_left_running(played: Performance) -> None:
    """Bridge, homeserver and inspectors end with the run."""
    assert processes_of(played.state) == []


def until_running(played: Performance, then: Callable[[subprocess.Popen[str]], None]) -> tuple[int, list[str]]:
    """Start it once more and do something when it says that it runs; its exit code and its lines."""
    process = start(played.state)
    said = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if "Running until Ctrl-C" in line:
            then(process)
    return process.wait(), said


def test_a_second_start_continues_and_ends_cleanly(played: Performance) -> None:
    """It does not play again, shows the last of the talk and the log-ins, and Ctrl-C ends everything."""
    code, said = until_running(played, lambda process: process.send_signal(signal.SIGINT))
    assert code == 0, "".join(said)
    assert not any("mass clean-up ──" in line for line in said)
    assert any("password" in line for line in said)
    assert processes_of(played.state) == []


def test_a_bridge_that_crashes_is_reported_with_its_last_words(played: Performance) -> None:
    """The run ends with 1 and the end of the bridge's log, and leaves nothing behind."""
    pid = played.state / "rehearsal" / "bridge.pid"
    code, said = until_running(played, lambda process: os.kill(int(pid.read_text()), signal.SIGKILL))
    assert code == 1, "".join(said)
    assert "The bridge ended by itself" in "".join(said)
    assert processes_of(played.state) == []
