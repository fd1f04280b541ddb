"""What an operator reads when a bridge cannot run: one sentence, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bridge import logs
from bridge.cli import main

SETTINGS = """\
homeserver: {url: "http://127.0.0.1:1", user: "@tudang:uji"}
state: state
forum: {id: uji, rooms: {forum: "!f:uji", control: "!k:uji"}}
"""


@pytest.fixture(autouse=True)
def _no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log of a process is set up once and for all: not in the one that runs the tests."""
    monkeypatch.setattr(logs, "set_up", lambda level, people: None)


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [("forum: {nama: X}\n", "policy.yaml:1:9"), (None, "policy.yaml")],
    ids=["a broken policy", "no policy"],
)
def test_bad_files_are_told_with_their_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str | None, sentence: str
) -> None:
    """Exit code 1, and the file with its line; nothing was asked of a homeserver."""
    monkeypatch.setenv("TUDANG_PASSWORD", "rahasia")
    (tmp_path / "bridge.yaml").write_text(SETTINGS, encoding="utf-8")
    if policy is not None:
        (tmp_path / "policy.yaml").write_text(policy, encoding="utf-8")
    (tmp_path / "roster.yaml").write_text("units: []\npersons: []\noffices: []\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["run", "--config", str(tmp_path / "bridge.yaml")])
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 1
    assert sentence in result.output


def test_a_state_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file stands where the folder should be: it is named in one sentence."""
    monkeypatch.setenv("TUDANG_PASSWORD", "rahasia")
    (tmp_path / "bridge.yaml").write_text(SETTINGS + f"config: {Path('config').resolve()}\n", encoding="utf-8")
    (tmp_path / "state").write_text("not a folder", encoding="utf-8")
    result = CliRunner().invoke(main, ["run", "--config", str(tmp_path / "bridge.yaml")])
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 1
    assert result.output.startswith("Tudang cannot run: ")
    assert str(tmp_path / "state") in result.output
