"""Environments are made from lock files with hashes, once per content of the lock files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.rehearsal.environment import (
    EnvironmentFailed,
    ensure_environment,
    interpreter,
    is_current,
    outer_python,
)


def test_an_environment_is_remade_only_when_its_lock_changed(tmp_path: Path) -> None:
    """The same lock file costs nothing a second time; a changed one makes the environment outdated."""
    root, lock, said = tmp_path / "env", tmp_path / "some.lock", list[str]()
    lock.write_text("# no packages\n")
    python = ensure_environment(root, [lock], outer_python(), progress=said.append)
    assert python == interpreter(root)
    assert said[0].startswith(f"Making {root}")

    said.clear()
    ensure_environment(root, [lock], outer_python(), progress=said.append)
    assert said == []

    lock.write_text("# another\n")
    assert not is_current(root, [lock])


def test_a_package_without_a_hash_is_refused(tmp_path: Path) -> None:
    """What the lock file does not vouch for is not installed, and the installer's own words say so."""
    lock = tmp_path / "some.lock"
    lock.write_text("packaging==24.0\n")
    with pytest.raises(EnvironmentFailed, match="hash"):
        ensure_environment(tmp_path / "env", [lock], outer_python(), progress=lambda line: None)
    assert not is_current(tmp_path / "env", [lock])
