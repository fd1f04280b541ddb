"""A person with a Matrix client: real encryption, real sync, and messages in the shapes that Element sends.

Demo staff and tests are played by these. Each has a device and a key store of its own; dozens share one process,
one event loop and one HTTP session. A *light* client keeps no long poll open: it syncs once before it sends and
while it waits for something, which is all that most of the staff ever need.
"""

from __future__ import annotations

import io
import mimetypes
from collections.abc import Mapping, Sequence
from uuid import uuid4

from nio.crypto import decrypt_attachment, encrypt_attachment
from PIL import Image

from bridge.model.event import Event, Json
from bridge.rehearsal import messages
from bridge.rehearsal.messages import Media
from bridge.rehearsal.session import Session
from bridge.rehearsal.wire import segment


class StaffClient(Session):
    """What a person does with a client; :class:`~bridge.rehearsal.session.Session` has the rest of the interface.

    All calls raise :class:`~bridge.model.ports.MatrixError` when the homeserver refuses.
    """

    # Messages. Each returns the event id.

    async def text(
        self,
        room_id: str,
        body: str,
        *,
        reply_to: str | None = None,
        thread: str | None = None,
        mentions: Mapping[str, str] | None = None,
        msgtype: str = "m.text",
    ) -> str:
        """Send a text, as a reply or into a thread if asked; ``mentions`` maps user ids to names in ``body``."""
        content = messages.text(body, mentions=mentions, msgtype=msgtype)
        return await self.send(
            room_id, "m.room.message", messages.related(content, reply_to=reply_to, thread=thread)
        )

    async def edit(self, room_id: str, event_id: str, body: str) -> str:
        """Replace our text by another."""
        return await self.send(room_id, "m.room.message", messages.edit(event_id, messages.text(body)))

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        """React with an emoji; never encrypted, as in every client."""
        return await self.send(room_id, "m.reaction", messages.reaction(event_id, key))

    async def read(self, room_id: str, event_id: str) -> None:
        """Tell that we have read up to an event, as every client does when somebody looks (`m.read`)."""
        path = f"/_matrix/client/v3/rooms/{segment(room_id)}/receipt/m.read/{segment(event_id)}"
        await self.wire.call("POST", path, {})

    async def redact(self, room_id: str, event_id: str, reason: str | None = None) -> str:
        """Redact an event, our own or (with the power) another's; takes back a reaction, too."""
        path = f"/_matrix/client/v3/rooms/{segment(room_id)}/redact/{segment(event_id)}/{uuid4().hex}"
        answer = await self.wire.call("PUT", path, {} if reason is None else {"reason": reason})
        return str(answer["event_id"])

    async def image(
        self,
        room_id: str,
        data: bytes,
        *,
        filename: str = "photo.jpg",
        caption: str | None = None,
        reply_to: str | None = None,
        thread: str | None = None,
    ) -> str:
        """Send a picture; its size in pixels is read from ``data`` where that is possible."""
        media = await self.attach(room_id, data, filename, _picture_info(data))
        content = messages.attachment("m.image", media, caption=caption)
        return await self.send(
            room_id, "m.room.message", messages.related(content, reply_to=reply_to, thread=thread)
        )

    async def album(self, room_id: str, pictures: Sequence[tuple[str, bytes]]) -> list[str]:
        """Send several (filename, data) at once: separate events that nothing links, as Element does it."""
        return [await self.image(room_id, data, filename=filename) for filename, data in pictures]

    async def video(
        self,
        room_id: str,
        data: bytes,
        *,
        filename: str = "video.mp4",
        caption: str | None = None,
        duration_ms: int = 1000,
        width: int = 320,
        height: int = 240,
        reply_to: str | None = None,
        thread: str | None = None,
    ) -> str:
        """Send a video; length and size are what the client claims."""
        info: Json = {"duration": duration_ms, "h": height, "w": width}
        media = await self.attach(room_id, data, filename, info)
        content = messages.attachment("m.video", media, caption=caption)
        return await self.send(
            room_id, "m.room.message", messages.related(content, reply_to=reply_to, thread=thread)
        )

    async def file(self, room_id: str, data: bytes, *, filename: str, reply_to: str | None = None) -> str:
        """Send a document."""
        content = messages.attachment("m.file", await self.attach(room_id, data, filename, {}))
        return await self.send(room_id, "m.room.message", messages.related(content, reply_to=reply_to))

    async def voice(self, room_id: str, data: bytes, *, duration_ms: int = 2000) -> str:
        """Send a voice message."""
        media = await self.attach(room_id, data, "Voice message.ogg", {})
        return await self.send(room_id, "m.room.message", messages.voice(media, duration_ms=duration_ms))

    async def sticker(self, room_id: str, data: bytes, *, name: str = "Jempol") -> str:
        """Send a sticker (`m.sticker`); its picture is uploaded in clear, as sticker packs are."""
        info: Json = {**_picture_info(data), "mimetype": "image/png", "size": len(data)}
        mxc = await self.wire.upload(data, "image/png", f"{name}.png")
        return await self.send(room_id, "m.sticker", messages.sticker(Media({"url": mxc}, name, info)))

    async def attach(self, room_id: str, data: bytes, filename: str, info: Json) -> Media:
        """Upload a file for a room, encrypted where the room is (specification: "Sending encrypted attachments").

        ``info`` is completed with its type, guessed from the name, and its size.
        """
        mimetype = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        described: Json = {**info, "mimetype": mimetype, "size": len(data)}
        if not (await self.known(room_id)).encrypted:
            return Media({"url": await self.wire.upload(data, mimetype, filename)}, filename, described)
        ciphertext, keys = encrypt_attachment(data)
        mxc = await self.wire.upload(ciphertext, "application/octet-stream", "")
        return Media({"file": {**keys, "url": mxc}}, filename, described)

    async def fetch(self, event: Event) -> bytes:
        """Download the file of a media event and decrypt it where it is encrypted."""
        file = event.content.get("file")
        if file is None:
            return await self.wire.download(str(event.content["url"]))
        data = await self.wire.download(file["url"])
        return bytes(decrypt_attachment(data, file["key"]["k"], file["hashes"]["sha256"], file["iv"]))

    # Rooms and people.

    async def create_room(
        self,
        name: str,
        *,
        encrypted: bool = True,
        levels: Mapping[str, int] | None = None,
        invite: Sequence[str] = (),
        topic: str | None = None,
        join_rule: str | None = None,
        version: str | None = None,
    ) -> str:
        """Create a private room as Element makes one (see :func:`bridge.rehearsal.messages.room`)."""
        body = messages.room(
            name,
            encrypted=encrypted,
            levels=levels,
            creator=self.user_id,
            invite=tuple(invite),
            topic=topic,
            join_rule=join_rule,
            version=version,
        )
        room_id = str((await self.wire.call("POST", "/_matrix/client/v3/createRoom", body))["room_id"])
        await self.known(room_id)
        return room_id

    async def join(self, room: str) -> str:
        """Join a room by id or alias; returns its id."""
        room_id = str((await self.wire.call("POST", f"/_matrix/client/v3/join/{segment(room)}", {}))["room_id"])
        self.invitations.pop(room_id, None)
        await self.known(room_id)
        return room_id

    async def knock(self, room: str, reason: str) -> None:
        """Ask to be let in."""
        await self.wire.call("POST", f"/_matrix/client/v3/knock/{segment(room)}", {"reason": reason})

    async def leave(self, room_id: str) -> None:
        """Leave a room, or turn an invitation down."""
        await self.wire.call("POST", f"/_matrix/client/v3/rooms/{segment(room_id)}/leave", {})
        self.invitations.pop(room_id, None)

    async def invite(self, room_id: str, user_id: str) -> None:
        """Invite somebody."""
        await self._membership(room_id, "invite", user_id, None)

    async def kick(self, room_id: str, user_id: str, reason: str | None = None) -> None:
        """Remove somebody."""
        await self._membership(room_id, "kick", user_id, reason)

    async def ban(self, room_id: str, user_id: str, reason: str | None = None) -> None:
        """Remove somebody for good."""
        await self._membership(room_id, "ban", user_id, reason)

    async def state(self, room_id: str, event_type: str, state_key: str = "") -> Json:
        """The content of a state event, freshly read."""
        return await self.wire.call("GET", _state_path(room_id, event_type, state_key))

    async def set_state(self, room_id: str, event_type: str, content: Json, state_key: str = "") -> str:
        """Send a state event; returns its id."""
        answer = await self.wire.call("PUT", _state_path(room_id, event_type, state_key), content)
        return str(answer["event_id"])

    # Inside.

    async def _membership(self, room_id: str, act: str, user_id: str, reason: str | None) -> None:
        body: Json = {"user_id": user_id} if reason is None else {"user_id": user_id, "reason": reason}
        await self.wire.call("POST", f"/_matrix/client/v3/rooms/{segment(room_id)}/{act}", body)


def _state_path(room_id: str, event_type: str, state_key: str) -> str:
    return f"/_matrix/client/v3/rooms/{segment(room_id)}/state/{segment(event_type)}/{segment(state_key)}"


def _picture_info(data: bytes) -> Json:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return {"h": picture.height, "w": picture.width}
    except OSError:
        return {}
