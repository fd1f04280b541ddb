"""The bundles of the story, made once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.summary.export import export_week
from bridge.summary.keys import SigningKey
from tests.summary.forge import Forged
from tests.summary.history import Ledger, Shelf
from tests.summary.story import soppeng


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return SigningKey(b"a key of the bridge in a test...")


@pytest.fixture(scope="session")
def ledger() -> Ledger:
    return soppeng()


@pytest.fixture(scope="session")
def bundles(ledger: Ledger, key: SigningKey, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Week -> bundle, in Indonesian."""
    out = tmp_path_factory.mktemp("bundles")
    shelf = Shelf(ledger)
    return {week: export_week(shelf, week, ledger.media, key, out).path for week, _ in ledger.seals}


@pytest.fixture(scope="session")
def english(key: SigningKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Week 47 in English."""
    ledger = soppeng("en")
    out = tmp_path_factory.mktemp("english")
    return export_week(Shelf(ledger), "2026-W47", ledger.media, key, out).path


@pytest.fixture
def forged(bundles: dict[str, Path]) -> Callable[[str], Forged]:
    """A bundle of the story in pieces."""

    def take_apart(week: str = "2026-W47") -> Forged:
        return Forged.of(bundles[week])

    return take_apart
