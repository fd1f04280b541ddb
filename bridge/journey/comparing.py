"""Pictures in the control room: a photo that waits for a verifier, beside the one that it is like."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from bridge.forum.book import Book
from bridge.journey import words
from bridge.journey.tries import Done, Tries
from bridge.journey.words import Speaker
from bridge.ledger import checks, outbox, work
from bridge.ledger.ledger import Ledger
from bridge.ledger.outbox import Errand
from bridge.ledger.store import Store
from bridge.model.effects import Line, ShowPictures
from bridge.model.event import Json
from bridge.model.ports import Homeserver


class Drawn(Protocol):
    """A JPEG and its size in pixels."""

    @property
    def jpeg(self) -> bytes: ...

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...


Draw = Callable[[Sequence[str]], Awaitable[Drawn | None]]
"""SHA-256 of one or two archived files, the left one first -> one picture; None where none can be drawn."""


async def nothing_drawn(sha256s: Sequence[str]) -> None:
    """Where no pictures are drawn: cards stand alone."""


class Comparison:
    """Shows pictures for the errands. Raises MatrixError kinds."""

    def __init__(
        self,
        ledger: Ledger,
        homeserver: Homeserver,
        tries: Tries,
        *,
        draw: Draw,
        books: Callable[[], Mapping[str, Book]],
        speaker: Callable[[str], Speaker],
    ) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._tries = tries
        self._draw = draw
        self._books = books
        self._speaker = speaker

    async def show(self, errand: Errand, effect: ShowPictures) -> Done:
        """Post the picture; what cannot be drawn is not shown, and the card below says what it is about."""
        if await self._tries.stands_already(errand, effect.room):
            return Done(already=True)
        sha256s = await self._ledger.read(lambda store: _shown(store, errand.forum, effect))
        drawn = await self._draw(sha256s) if sha256s else None
        if drawn is None:
            return Done(detail="nothing that can be shown")
        key = "check.beside" if len(sha256s) > 1 else "check.alone"
        preview = self._books()[errand.forum].preview
        caption = words.card(
            self._speaker(errand.forum), [Line(key, {"number": effect.number})], preview=preview
        ).plain
        content: Json = {
            "msgtype": "m.image",
            "body": caption,
            "filename": f"{effect.number}.jpg",
            "info": {"mimetype": "image/jpeg", "size": len(drawn.jpeg), "w": drawn.width, "h": drawn.height},
            "m.mentions": {},
            "tudang.cause": errand.txn,
            **await self._uploaded(errand, effect.room, drawn.jpeg),
        }
        sent = await self._homeserver.send(effect.room, "m.room.message", content, errand.txn)
        return Done(event=sent.event_id)

    async def _uploaded(self, errand: Errand, room: str, jpeg: bytes) -> Json:
        """The place of the picture in an event's content: its ciphertext where the room is encrypted."""
        mxc = await self._homeserver.reserve_media()
        await self._ledger.write(lambda store: outbox.reserve(store, errand.id, mxc))
        if await self._ledger.state(room, "m.room.encryption") is None:
            await self._homeserver.fill_media(mxc, jpeg, "image/jpeg")
            return {"url": mxc}
        cipher = io.BytesIO()
        file = await self._homeserver.encrypt_attachment(io.BytesIO(jpeg), cipher)
        await self._homeserver.fill_media(mxc, cipher.getvalue(), "application/octet-stream")
        return {"file": {**file, "url": mxc}}


def _shown(store: Store, forum: str, effect: ShowPictures) -> list[str]:
    """The files, the new one first; none where nobody needs to look any more, as their sender took them back."""
    check = checks.check_view(store, forum, effect.number)
    if check is not None and check.state in ("withdrawn", "dropped"):
        return []
    asked = [(effect.event, effect.index)]
    if effect.earlier_event is not None:
        asked.append((effect.earlier_event, effect.earlier_index))
    return [found for event, index in asked if (found := work.file_of(store, event, index))]
