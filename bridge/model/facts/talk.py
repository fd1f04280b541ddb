"""Facts about messages: what was said, and what became of the saying of it."""

from __future__ import annotations

import msgspec

from bridge.model.event import Trust
from bridge.model.facts.base import Fact


class MediaPart(msgspec.Struct, frozen=True, omit_defaults=True):
    """A picture, video or other file that a message carries, as its sender described it."""

    kind: str
    """image, video, audio, file, sticker or gif."""
    mxc: str
    name: str = ""
    mimetype: str = ""
    size: int = 0
    forwarded: bool = False
    """Its message says that it was passed on from another chat; most clients never say so."""
    once: bool = False
    """It could be seen only once, elsewhere: a bridge told of it and had no file to pass on."""


class Message(Fact, frozen=True, kw_only=True, tag="message"):
    """A message of a person was recorded and labelled."""

    event: str
    room: str
    sender: str
    """Matrix user id."""
    person: str | None = None
    """Person id of the roster; None for somebody it does not know."""
    name: str = ""
    unit: str | None = None
    role: str = "unknown"
    acting: bool = False
    sent_at: int
    """The sender's homeserver's claim."""
    received_at: int
    text: str | None = None
    """None when the policy exports talk as hash only; see ``text_hash``."""
    text_hash: str = ""
    """SHA-256 of the UTF-8 text, hexadecimal; empty when the message has no text."""
    media: tuple[MediaPart, ...] = ()
    reply_to: str | None = None
    thread: str | None = None
    encrypted: bool = False
    trust: Trust = Trust.CLEAR
    device: str | None = None
    label: str = "unsure"
    """directive, report, decision, acknowledgement, question, chatter or unsure."""
    confidence: float = 0.0
    why: str = ""
    number: str | None = None
    """The number that this message was given or belongs to (P-12, L-7, K-3)."""
    late: str = ""
    """Why it was recorded later than it was sent (`gap`, `decrypted`); empty otherwise."""


class Corrected(Fact, frozen=True, kw_only=True, tag="corrected"):
    """A label was changed by a person; what hung on it was changed by further facts with the same cause."""

    event: str
    was: str
    label: str
    number_was: str | None = None
    number: str | None = None
    by: str
    via: str
    at: int
    cause: str


class Redacted(Fact, frozen=True, kw_only=True, tag="redacted"):
    """A message was taken back. What we had recorded of it stays recorded."""

    event: str
    by: str
    redaction: str
    at: int


class Edited(Fact, frozen=True, kw_only=True, tag="edited"):
    """A message was edited by its author. The first version stays; an edit is never a command."""

    event: str
    edit: str
    text: str | None = None
    text_hash: str = ""
    room: str = ""
    sender: str = ""
    sent_at: int = 0
    """When it was sent, as far as its sender's homeserver can be believed; 0 in records of earlier versions."""
    at: int


class Conduct(Fact, frozen=True, kw_only=True, tag="conduct"):
    """A message met one of the rules on messages, and what came of it. It holds no words of the message."""

    event: str
    """The message, or the edit."""
    room: str
    person: str
    """Person id, or the account of somebody whom the roster does not know."""
    rule: str
    """flood, edits, quiet_hours, off_topic, or the name of a rule of the policy."""
    about: str
    """What the rule is about: the same as of the four, or words, mentions, room_mention, links, files, long."""
    step: str
    """remind, warn, mute, remove or ask; moved, listed (only for the digest), late, or spared (nobody acts)."""
    by: str
    """`rule:conduct.KIND`, or the person who moved it."""
    act: str = ""
    """The number of the act that was the step, so that undoing it takes the step back."""
    attested: bool = False
    """It rests on a reaction, which is clear text."""
    sent_at: int
    """When the message was sent, as far as its sender's homeserver can be believed."""
    at: int


class Refused(Fact, frozen=True, kw_only=True, tag="refused"):
    """Something was not acted on, and why: clear_text, mismatch, replay, forged_edit,
    forged_relation, no_authority, spoofed_state, malformed, not_private."""

    event: str
    sender: str
    why: str
    detail: str = ""
    at: int


class Sealed(Fact, frozen=True, kw_only=True, tag="sealed"):
    """A message could not be decrypted. It is listed as a gap until it is opened."""

    event: str
    room: str
    sender: str
    person: str | None = None
    code: str
    at: int


class Opened(Fact, frozen=True, kw_only=True, tag="opened"):
    """A sealed message was decrypted after all."""

    event: str
    at: int
