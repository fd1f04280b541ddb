"""Processes of their own, for what should not stay in the bridge's memory or must not reach it: started in isolated
mode, given an order, and whatever becomes of one, the bridge is left with an answer or with none."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

HOUSE = str(Path(__file__).resolve().parents[1])
"""The directory that holds the package."""

SECONDS = 60.0
"""After which no answer comes any more."""


def command(module: str, *words: str, path: str = HOUSE) -> tuple[str, ...]:
    """How the ``main`` of a module is started: Python in isolated mode (no environment, no user's packages, no
    current directory), with only the directory ``path`` added to what it may import. ``main`` takes ``words``."""
    code = f"import sys; sys.path.append(sys.argv[1]); from {module} import main; main(*sys.argv[2:])"
    return (sys.executable, "-I", "-B", "-c", code, path, *words)


async def answer(started: Sequence[str], order: bytes, most: int) -> bytes | None:
    """What a process writes when it is given an order; None where it fails, takes too long or writes too much."""
    try:
        process = await asyncio.create_subprocess_exec(
            *started,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd="/",
            env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
            start_new_session=True,
        )
    except OSError:
        return None
    try:
        async with asyncio.timeout(SECONDS):
            written = await _exchange(process, order, most)
    except (TimeoutError, OSError):
        return None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return written if len(written) <= most else None


async def _exchange(process: asyncio.subprocess.Process, order: bytes, most: int) -> bytes:
    to, answered = process.stdin, process.stdout
    assert to is not None and answered is not None  # noqa: S101 - both are pipes
    if order:
        to.write(order)
        await to.drain()
    to.close()
    written = b""
    while len(written) <= most and (more := await answered.read(65536)):
        written += more
    return written
