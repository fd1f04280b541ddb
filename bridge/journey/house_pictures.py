"""Pictures that the house draws for direct chats: uploaded once per language, encrypted, shown many times."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from bridge.ledger import meta
from bridge.ledger.ledger import Ledger
from bridge.model.event import Json
from bridge.model.ports import Homeserver


class HousePicture(Protocol):
    """A PNG and a smaller one, each with its size in pixels, and the name of the file."""

    @property
    def name(self) -> str: ...

    @property
    def png(self) -> bytes: ...

    @property
    def size(self) -> tuple[int, int]: ...

    @property
    def small(self) -> bytes: ...

    @property
    def small_size(self) -> tuple[int, int]: ...


Paint = Callable[[str], Awaitable[HousePicture | None]]
"""A language -> the picture of the welcome in it; None where none is drawn."""


async def nothing_painted(language: str) -> None:
    """Where no pictures are drawn: the words stand alone."""


class _Kept(msgspec.Struct, frozen=True):
    digest: str
    content: Json


class HousePictures:
    """Has them drawn and uploaded. Raises MatrixError kinds.

    The key of a file stands in the event that shows it, which is encrypted for its chat; what the homeserver holds
    is ciphertext, the same for everybody who reads the language.
    """

    def __init__(self, ledger: Ledger, homeserver: Homeserver, paint: Paint) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._paint = paint
        self._one_at_a_time = asyncio.Lock()

    async def shown(self, language: str, caption: str, cause: str) -> Json | None:
        """The content of a message that shows the picture of the welcome; None where none is drawn."""
        picture = await self._paint(language)
        if picture is None:
            return None
        # Two who come together are shown one upload.
        async with self._one_at_a_time:
            placed = await self._placed(language, picture)
        return {
            "msgtype": "m.image",
            # What is read where the picture is not seen: by a screen reader, in a notification, on a slow line.
            "body": caption,
            "filename": picture.name,
            "m.mentions": {},
            "tudang.cause": cause,
            **placed,
        }

    async def _placed(self, language: str, picture: HousePicture) -> Json:
        name, digest = f"picture:welcome:{language}", hashlib.sha256(picture.png + picture.small).hexdigest()
        text = await self._ledger.read(lambda store: meta.get(store, name))
        if text is not None and (kept := msgspec.json.decode(text, type=_Kept)).digest == digest:
            return kept.content
        content: Json = {
            "file": await self._uploaded(picture.png),
            "info": {
                **_info(picture.png, picture.size),
                "thumbnail_file": await self._uploaded(picture.small),
                "thumbnail_info": _info(picture.small, picture.small_size),
            },
        }
        written = msgspec.json.encode(_Kept(digest, content)).decode()
        await self._ledger.write(lambda store: meta.put(store, name, written))
        return content

    async def _uploaded(self, png: bytes) -> Json:
        mxc = await self._homeserver.reserve_media()
        cipher = io.BytesIO()
        file = await self._homeserver.encrypt_attachment(io.BytesIO(png), cipher)
        await self._homeserver.fill_media(mxc, cipher.getvalue(), "application/octet-stream")
        return {**file, "url": mxc}


def _info(png: bytes, size: tuple[int, int]) -> Json:
    return {"mimetype": "image/png", "size": len(png), "w": size[0], "h": size[1]}
