"""Event contents exactly as Element Web and Element X send them.

Every function returns the content of one `m.room.message` (or of the type its docstring names) in the shape of the
client-server specification, sections "Instant messaging" and "Event relationships". None of them does any I/O.
"""

from __future__ import annotations

import html
from collections.abc import Mapping

import msgspec

from bridge.model.event import Json


class Media(msgspec.Struct, frozen=True):
    """An uploaded file: ``source`` is `{"url": mxc}` in clear, `{"file": {...}}` for an encrypted attachment."""

    source: Json
    filename: str
    info: Json


def text(body: str, *, mentions: Mapping[str, str] | None = None, msgtype: str = "m.text") -> Json:
    """A plain text. ``mentions`` maps user ids to the names that stand for them in ``body``, which become pills."""
    content: Json = {"body": body, "m.mentions": {}, "msgtype": msgtype}
    if mentions:
        formatted = html.escape(body, quote=False)
        for user_id, name in mentions.items():
            shown = html.escape(name, quote=False)
            formatted = formatted.replace(shown, f'<a href="https://matrix.to/#/{user_id}">{shown}</a>', 1)
        content["format"] = "org.matrix.custom.html"
        content["formatted_body"] = formatted
        content["m.mentions"] = {"user_ids": list(mentions)}
    return content


def edit(event_id: str, new: Json) -> Json:
    """A replacement of ``event_id`` by the content ``new``, with the `* ` fallback for old clients."""
    return {
        **new,
        "body": f"* {new['body']}",
        "m.new_content": new,
        "m.relates_to": {"event_id": event_id, "rel_type": "m.replace"},
    }


def reaction(event_id: str, key: str) -> Json:
    """An `m.reaction`."""
    return {"m.relates_to": {"event_id": event_id, "key": key, "rel_type": "m.annotation"}}


def related(content: Json, *, reply_to: str | None = None, thread: str | None = None) -> Json:
    """``content`` as a reply, as a message in the thread of root ``thread``, or as a reply inside that thread.

    A plain thread message carries the usual fallback: a reply to the root, marked `is_falling_back`.
    """
    if thread is not None:
        relation: Json = {
            "event_id": thread,
            "is_falling_back": reply_to is None,
            "m.in_reply_to": {"event_id": reply_to or thread},
            "rel_type": "m.thread",
        }
        return {**content, "m.relates_to": relation}
    if reply_to is not None:
        return {**content, "m.relates_to": {"m.in_reply_to": {"event_id": reply_to}}}
    return content


def attachment(msgtype: str, media: Media, *, caption: str | None = None) -> Json:
    """An `m.image`, `m.video`, `m.audio` or `m.file`.

    Without a caption ``body`` is the file's name and there is no `filename` (Element Web). With one, ``body`` is
    the caption and `filename` the name (Element X; specification 1.10).
    """
    content: Json = {
        "body": media.filename if caption is None else caption,
        "info": media.info,
        "m.mentions": {},
        "msgtype": msgtype,
        **media.source,
    }
    if caption is not None:
        content["filename"] = media.filename
    return content


def voice(media: Media, *, duration_ms: int) -> Json:
    """A voice message (MSC3245), recorded in the composer."""
    content = attachment("m.audio", media)
    content["body"] = "Voice message"
    content["info"] = {**media.info, "duration": duration_ms}
    content["org.matrix.msc1767.audio"] = {"duration": duration_ms, "waveform": [0, 256, 512, 1024, 512, 256, 0]}
    content["org.matrix.msc3245.voice"] = {}
    return content


def sticker(media: Media) -> Json:
    """An `m.sticker`; its picture comes from a public sticker pack and is never an encrypted attachment."""
    return {"body": media.filename, "info": media.info, **media.source}


def room(
    name: str,
    *,
    encrypted: bool = True,
    levels: Mapping[str, int] | None = None,
    creator: str | None = None,
    invite: tuple[str, ...] = (),
    topic: str | None = None,
    join_rule: str | None = None,
    version: str | None = None,
) -> Json:
    """The body of `POST /createRoom` for a private room as Element makes one.

    Encrypted, by invitation, history shared with who joins later, guests forbidden, the server's default room
    version. ``levels`` gives users their power level. Before version 12 the creator stands in that list and must be
    named; from version 12 on the creator must not (the server refuses it).
    """
    state: list[Json] = [_state("m.room.guest_access", {"guest_access": "forbidden"})]
    if encrypted:
        state.append(_state("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}))
    if join_rule is not None:
        state.append(_state("m.room.join_rules", {"join_rule": join_rule}))
    body: Json = {
        "name": name,
        "preset": "private_chat",
        "visibility": "private",
        "invite": list(invite),
        "initial_state": state,
    }
    if levels:
        users = dict(levels)
        if version is not None and version.isdigit() and int(version) < 12:
            if creator is None:
                raise ValueError(f"room version {version} needs the creator in its power levels")
            users.setdefault(creator, 100)
        body["power_level_content_override"] = {"users": users}
    if topic is not None:
        body["topic"] = topic
    if version is not None:
        body["room_version"] = version
    return body


def _state(event_type: str, content: Json) -> Json:
    return {"type": event_type, "state_key": "", "content": content}
