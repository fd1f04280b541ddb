"""Fixtures of the rules' tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forum.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A forum in which everybody is a member, in stage `enforce`."""
    return Desk(tmp_path)
