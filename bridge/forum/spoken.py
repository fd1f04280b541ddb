"""Reading what a message says, leniently: every field may have any shape, and an ill-typed one counts as absent.

Shapes are those that real clients send (Matrix specification, "Instant messaging"; captions since v1.10).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from bridge.model.event import Event, Json
from bridge.model.facts import MediaPart
from bridge.model.numbered import NUMBER

_KINDS = {"m.image": "image", "m.video": "video", "m.audio": "audio", "m.file": "file"}
_TEXTS = frozenset({"m.text", "m.notice", "m.emote", "m.location"})
_POLL_STARTS = ("m.poll.start", "org.matrix.msc3381.poll.start")

_ONCE = re.compile(
    r"You (?:received|sent) a view[ -]once (\w+)|This (\w+) can only be (?:viewed|replayed) once", re.IGNORECASE
)
"""What mautrix bridges write in the place of a photo that WhatsApp or Messenger shows only once."""

_ONCE_KINDS = {"video": "video", "voice": "audio", "audio": "audio", "file": "file"}


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """One message as a person meant it."""

    text: str = ""
    media: tuple[MediaPart, ...] = ()
    files: tuple[Json | None, ...] = ()
    """Beside each media part its `file` object, when the attachment is encrypted."""
    reply_to: str | None = None
    thread: str | None = None
    edits: str | None = None
    """The event that this one replaces."""
    mentions: tuple[str, ...] = ()
    is_message: bool = True
    """False for what is no message at all (a vote, a call)."""

    @property
    def media_kind(self) -> str:
        """The kind of the first media part, or `none`."""
        return self.media[0].kind if self.media else "none"

    @property
    def answers(self) -> tuple[str, ...]:
        """What it answers, best first: the message replied to, then the thread it stands in."""
        return tuple(event for event in (self.reply_to, self.thread) if event)


def text_of(content: Mapping[str, object], key: str) -> str:
    """A text field; empty when it is absent or no text."""
    value = content.get(key)
    return value if isinstance(value, str) else ""


def object_of(content: Mapping[str, object], key: str) -> Mapping[str, object]:
    """An object field; empty when it is absent or no object."""
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def read(event: Event) -> Spoken:
    """What a message event says. For an edit, what it says now."""
    content: Mapping[str, object] = event.content
    relation = object_of(content, "m.relates_to")
    edits = None
    if relation.get("rel_type") == "m.replace":
        edits = text_of(relation, "event_id") or None
        content = object_of(content, "m.new_content") or content
    reply_to, thread = _relations(relation)
    if event.type == "m.sticker":
        part, file = _media("sticker", content)
        return Spoken(media=(part,), files=(file,), reply_to=reply_to, thread=thread, edits=edits)
    if event.type in _POLL_STARTS:
        return Spoken(text=_poll(content), reply_to=reply_to, thread=thread, edits=edits)
    if event.type != "m.room.message":
        return Spoken(is_message=False)
    kind = text_of(content, "msgtype")
    body = text_of(content, "body")
    mentions = _mentions(content)
    if kind == "m.notice" and (once := _ONCE.match(body)):
        part = MediaPart(kind=_ONCE_KINDS.get(once[1] or once[2], "image"), mxc="", once=True)
        return Spoken(media=(part,), files=(None,), reply_to=reply_to, thread=thread, edits=edits)
    if kind in _KINDS:
        part, file = _media(_KINDS[kind], content)
        # Only a body that differs from a given file name is a caption: Element Web puts the name into the body.
        caption = body if part.name and body != part.name and "filename" in content else ""
        return Spoken(
            text=caption.strip(),
            media=(part,),
            files=(file,),
            reply_to=reply_to,
            thread=thread,
            edits=edits,
            mentions=mentions,
        )
    if kind not in _TEXTS:
        # Unknown kinds carry a body for people; what people can read is recorded.
        return Spoken(text=body.strip(), reply_to=reply_to, thread=thread, edits=edits, mentions=mentions)
    return Spoken(
        text=_without_fallback(body, reply_to).strip(),
        reply_to=reply_to,
        thread=thread,
        edits=edits,
        mentions=mentions,
    )


def _relations(relation: Mapping[str, object]) -> tuple[str | None, str | None]:
    reply_to = text_of(object_of(relation, "m.in_reply_to"), "event_id") or None
    thread = None
    if relation.get("rel_type") == "m.thread":
        thread = text_of(relation, "event_id") or None
        if relation.get("is_falling_back") is True:
            reply_to = None
    return reply_to, thread


def _media(kind: str, content: Mapping[str, object]) -> tuple[MediaPart, Json | None]:
    info = object_of(content, "info")
    file = content.get("file")
    encrypted = file if isinstance(file, dict) else None
    mxc = text_of(encrypted, "url") if encrypted is not None else text_of(content, "url")
    size = info.get("size")
    mimetype = text_of(info, "mimetype")
    moving = info.get("org.matrix.msc4230.is_animated") is True or info.get("fi.mau.gif") is True
    if kind in ("image", "video") and (mimetype == "image/gif" or moving):
        kind = "gif"
    return (
        MediaPart(
            kind=kind,
            mxc=mxc[:600],
            name=(text_of(content, "filename") or text_of(content, "body"))[:300],
            mimetype=mimetype[:100],
            forwarded=_forwarded(content),
            size=size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53 else 0,
        ),
        encrypted,
    )


def _forwarded(content: Mapping[str, object]) -> bool:
    """The mark that mautrix bridges put on what was forwarded; Element's own forwarding leaves none."""
    return "data-mx-forwarded-notice" in text_of(content, "formatted_body") or text_of(content, "body").startswith(
        "↷ Forwarded"
    )


def _mentions(content: Mapping[str, object]) -> tuple[str, ...]:
    users = object_of(content, "m.mentions").get("user_ids")
    if not isinstance(users, list):
        return ()
    return tuple(user for user in users[:50] if isinstance(user, str))


def _poll(content: Mapping[str, object]) -> str:
    start = object_of(content, "m.poll") or object_of(content, "org.matrix.msc3381.poll.start")
    return text_of(object_of(start, "question"), "body") or text_of(content, "org.matrix.msc1767.text")


def _without_fallback(body: str, reply_to: str | None) -> str:
    """Older clients put the quoted message before the answer, each line after `> `."""
    if reply_to is None or not body.startswith("> <"):
        return body
    lines = body.split("\n")
    while lines and lines[0].startswith("> "):
        lines.pop(0)
    return "\n".join(lines)


def without_numbers(text: str, letters: frozenset[str]) -> str:
    """A text without the numbers of ours that it names."""
    return NUMBER.sub(lambda found: "" if found[1].upper() in letters else found[0], text).strip()


def reaction_key(event: Event) -> tuple[str, str]:
    """(the event reacted to, the key) of an `m.reaction`; empty texts when it is malformed.

    A tap on one of our own chips carries the space that ends it (`bridge.journey.words.chip`).
    """
    relation = object_of(event.content, "m.relates_to")
    if relation.get("rel_type") != "m.annotation":
        return "", ""
    return text_of(relation, "event_id"), text_of(relation, "key").strip()


_SKIN_AND_VARIATION = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f\ufe0e]")


def bare_emoji(key: str) -> str:
    """An emoji without skin tone and variation selectors: 👍🏽 and 👍️ are 👍."""
    return _SKIN_AND_VARIATION.sub("", key).strip()
