"""A deployment that has run, and is not running."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.admin.house import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    """See :mod:`tests.admin.house`."""
    made = House(tmp_path / "house")
    made.run_once()
    return made
