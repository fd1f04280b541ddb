"""What is logged holds no secret, whatever is logged and however (DESIGN, P7)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import structlog

from bridge import logs

TOKEN = "syt_cnVhbmc_" + "jangan_ditulis"
OTHER = "tanpa awalan " + "jangan ditulis"
"""A secret that no pattern tells from words."""


@contextlib.contextmanager
def running(people: bool = False):  # type: ignore[no-untyped-def]
    logs.set_up("DEBUG", people=people)
    yield


WAYS = {
    "a bridge": running,
    "a bridge at a terminal": lambda: running(people=True),
    "a command": logs.quiet,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_traceback_shows_neither_variables_nor_tokens(
    way: Callable[[], AbstractContextManager[None]], capsys: pytest.CaptureFixture[str]
) -> None:
    """The program's lines and the message are there; values of variables and a token in the message are not."""

    def fails(secret: str) -> None:
        body = [secret]
        raise ValueError(f"{len(body)} wrong, sent with Bearer {TOKEN}")

    with way():
        try:
            fails(OTHER)
        except ValueError:
            structlog.get_logger().exception("it failed", password=OTHER, why=f"access_token={TOKEN}")
    logged = capsys.readouterr().err
    assert "ValueError: 1 wrong" in logged and "in fails" in logged
    assert TOKEN not in logged and OTHER not in logged
