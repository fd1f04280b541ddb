"""From catalogue keys to what is sent: the content of a message event."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol

from bridge.model.effects import Line, Value
from bridge.model.event import Json
from bridge.model.speech import Text

Spoken = str | int | float | Text | Sequence[str | Text]
"""A value as the catalogue takes it."""

EM_SPACE = "\u2003"


class Speaker(Protocol):
    """The language catalogue, as delivery uses it."""

    @property
    def lang(self) -> str:
        """The language that it speaks."""
        ...

    def say(self, key: str, /, **values: Spoken) -> Text:
        """The text of a key."""
        ...


def said(speaker: Speaker, key: str, values: Mapping[str, Value]) -> Text:
    """A text with values as effects carry them."""
    return speaker.say(key, **{name: "" if value is None else value for name, value in values.items()})


def card(speaker: Speaker, lines: Sequence[Line], *, preview: bool = False) -> Text:
    """A card's lines as one text; that of a preview says so before anything else."""
    text = _joined(speaker, lines)
    if not preview:
        return text
    mark = _joined(speaker, [Line("preview.mark")]).plain
    return Text(f"{mark} {text.plain}", None if text.html is None else f"{_escaped(mark)} {text.html}")


def _joined(speaker: Speaker, lines: Sequence[Line]) -> Text:
    texts = [said(speaker, line.key, line.values) for line in lines]
    plain = "\n".join(text.plain for text in texts)
    if all(text.html is None for text in texts):
        return Text(plain)
    return Text(plain, "<br>".join(text.html if text.html is not None else _escaped(text.plain) for text in texts))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")


def content(
    text: Text,
    cause: str,
    *,
    rings: bool = False,
    mentions: Sequence[str] = (),
    reply_to: str | None = None,
    thread: str | None = None,
    ref: str = "",
) -> Json:
    """The content of a message: an `m.notice`, which never rings, or an `m.text` that mentions people."""
    body: Json = {
        "msgtype": "m.text" if rings else "m.notice",
        "body": text.plain,
        "m.mentions": {"user_ids": list(mentions)} if mentions else {},
        # Found again by this when neither the answer nor the echo came back and the transaction id has expired.
        "tudang.cause": cause,
    }
    if ref:
        # So that a restored ledger, which never knew of it, finds its card again and does not post another.
        body["tudang.ref"] = ref
    if text.html is not None:
        body["format"] = "org.matrix.custom.html"
        body["formatted_body"] = text.html
    relation = relates(reply_to, thread)
    if relation:
        body["m.relates_to"] = relation
    return body


def relates(reply_to: str | None, thread: str | None) -> Json:
    """`m.relates_to` of an answer, in a thread or not."""
    relation: Json = {}
    if thread is not None:
        relation = {"rel_type": "m.thread", "event_id": thread}
        if reply_to is None:
            relation |= {"is_falling_back": True, "m.in_reply_to": {"event_id": thread}}
    if reply_to is not None:
        relation["m.in_reply_to"] = {"event_id": reply_to}
        if thread is not None:
            relation["is_falling_back"] = False
    return relation


def chip(key: str) -> str:
    """A reaction's key as it is sent: wide of the number that Element writes behind it, how many put it there.

    `L-1` of one person would be read as `L-11`; a plain space at the end would not be shown.
    """
    return f"{key}{EM_SPACE}" if key[-1:].isdigit() else key


def edit(new: Json, event: str) -> Json:
    """The content of an edit (`m.replace`); it rings nobody."""
    inner = {key: value for key, value in new.items() if key not in ("m.relates_to", "tudang.cause", "tudang.ref")}
    inner["m.mentions"] = {}
    return {
        **inner,
        "body": f"* {new['body']}",
        **({"formatted_body": f"* {new['formatted_body']}"} if "formatted_body" in new else {}),
        "m.new_content": inner,
        "m.relates_to": {"rel_type": "m.replace", "event_id": event},
        **{key: new[key] for key in ("tudang.cause", "tudang.ref") if key in new},
    }


def shown(text: Text) -> str:
    """What a card shows, as a fingerprint: an edit that changes nothing is not sent."""
    return hashlib.sha256(f"{text.plain}\0{text.html or ''}".encode("utf-8", "replace")).hexdigest()
