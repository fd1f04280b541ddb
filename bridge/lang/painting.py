"""The picture of the welcome as the bridge has it: drawn by a process of its own, once for each language.

What draws it takes some 25 MiB that would stay for as long as the bridge runs, for a picture that is uploaded once.
"""

from __future__ import annotations

import asyncio

import msgspec

from bridge import apart

_MOST_BYTES = 4_000_000
"""Of the picture in both sizes; it has a tenth of this."""


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
    written = await apart.answer(apart.command("bridge.lang.drawing", language), b"", _MOST_BYTES)
    try:
        return msgspec.msgpack.decode(written, type=Picture) if written is not None else None
    except msgspec.DecodeError:
        return None
