"""The picture of the welcome as the bridge has it: drawn by a process of its own, once for each language.

What draws it takes some 25 MiB that would stay for as long as the bridge runs, for a picture that is uploaded once.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

import msgspec

_HOUSE = str(Path(__file__).parents[2])
_SECONDS = 60.0


class Picture(msgspec.Struct, frozen=True):
    """A PNG and a smaller one, each with its size in pixels."""

    name: str
    png: bytes
    size: tuple[int, int]
    small: bytes
    small_size: tuple[int, int]


class Painter:
    """Has the picture drawn when it is first asked for in a language, and keeps it."""

    def __init__(self) -> None:
        self._drawn: dict[str, Picture] = {}
        self._one_at_a_time = asyncio.Lock()

    async def welcome(self, language: str) -> Picture | None:
        """The picture in a language; None where it cannot be drawn now, so that the words stand alone."""
        async with self._one_at_a_time:
            if language not in self._drawn:
                picture = await _drawn(language)
                if picture is None:
                    return None
                self._drawn[language] = picture
            return self._drawn[language]


async def _drawn(language: str) -> Picture | None:
    code = "import sys; sys.path.append(sys.argv[1]); from bridge.lang.drawing import main; main(sys.argv[2])"
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-B", "-c", code, _HOUSE, language),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd="/",
            env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
            start_new_session=True,
        )
    except OSError:
        return None
    try:
        async with asyncio.timeout(_SECONDS):
            written, _ = await process.communicate()
        return msgspec.msgpack.decode(written, type=Picture)
    except (TimeoutError, msgspec.DecodeError):
        return None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
