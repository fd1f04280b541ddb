"""The picture of the welcome is drawn outside the bridge, and kept."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bridge.lang.drawing import welcome
from bridge.lang.painting import Painter


@pytest.mark.parametrize("language", ["id", "en"])
async def test_it_is_the_same_picture(language: str) -> None:
    """As if it had been drawn here."""
    painted = await Painter().welcome(language)
    assert painted == welcome(language)
    assert painted.png.startswith(b"\x89PNG")


async def test_it_is_drawn_once_for_each_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """And where it cannot be drawn, the words stand alone until the next time."""
    painter = Painter()
    assert await painter.welcome("xx") is None
    first = await painter.welcome("id")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert await painter.welcome("id") is first
    assert await painter.welcome("en") is None


def test_the_bridge_holds_nothing_that_draws() -> None:
    """Neither typst, nor what draws or decodes: it would stay for as long as the bridge runs."""
    asked = "import sys, bridge.service; print([n for n in ('typst', 'PIL.ImageDraw', 'c2pa') if n in sys.modules])"
    seen = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"
