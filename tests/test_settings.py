"""The deployment's settings: what a preview changes in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.settings import Settings, SettingsError, load_settings

CONFIG = Path(__file__).parents[1] / "config"


def settings(folder: Path, forum: str) -> Settings:
    file = folder / "bridge.yaml"
    file.write_text(
        "homeserver: {url: http://127.0.0.1:8008, user: '@bot:x'}\nstate: state\n"
        f"forum:\n  rooms: {{forum: '!f:x', control: '!c:x'}}\n{forum}",
        encoding="utf-8",
    )
    return load_settings(file)


@pytest.mark.parametrize(("line", "record"), [("true", "uji-preview"), ("false", "uji")])
def test_a_preview_has_a_record_of_its_own(line: str, record: str, tmp_path: Path) -> None:
    """The forum keeps its id; what is recorded in a preview stands under another one."""
    forum = settings(tmp_path, f"  id: uji\n  preview: {line}\n").forum
    assert (forum.id, forum.record) == ("uji", record)


def test_without_a_word_about_it_a_forum_is_live(tmp_path: Path) -> None:
    """Nobody who upgrades finds their forum in a preview."""
    assert settings(tmp_path, "  id: uji\n").forum.record == "uji"


def test_no_forum_may_have_the_id_of_a_preview(tmp_path: Path) -> None:
    """Two records would meet in one; the fault names the field and what to do."""
    with pytest.raises(SettingsError, match=r"forum\.id: .*preview: true"):
        settings(tmp_path, "  id: uji-preview\n")


def test_a_preview_is_yes_or_no(tmp_path: Path) -> None:
    """A slip does not let a forum go live."""
    with pytest.raises(SettingsError, match=r"forum\.preview"):
        settings(tmp_path, "  id: uji\n  preview: treu\n")


@pytest.mark.parametrize("folder", [CONFIG, CONFIG / "examples" / "city-en"])
def test_the_examples_are_live(folder: Path) -> None:
    """Both examples name the option and leave it off."""
    assert "preview: false" in (folder / "bridge.yaml").read_text(encoding="utf-8")
    assert not load_settings(folder / "bridge.yaml").forum.preview
