"""One thing that a person said, as the builders of directives, reports and decisions take it.

It is made from a new message, and again from a recorded one when its label is corrected: both go the same way.
"""

from __future__ import annotations

import hashlib

import msgspec

from bridge.forum.book import Book
from bridge.forum.spoken import Spoken
from bridge.model import facts as f
from bridge.model.event import Event, Trust
from bridge.model.facts import MediaPart
from bridge.model.situation import Subject
from bridge.policy.roster import Standing


class Saying(msgspec.Struct, frozen=True, kw_only=True):
    """Who said what, where, when. ``at`` is when we received it, in milliseconds."""

    event: str
    room: str
    sender: str
    person: str
    name: str
    unit: str | None
    units: tuple[str, ...]
    role: str
    roles: frozenset[str]
    acting: bool
    text: str
    media: tuple[MediaPart, ...]
    mentions: tuple[str, ...]
    reply_to: str | None
    thread: str | None
    at: int
    cause: str
    """The event that made us act: the message itself, or the reaction that corrected it."""


def from_event(event: Event, spoken: Spoken, standing: Standing, at: int) -> Saying:
    """A new message of a listed person."""
    return Saying(
        event=event.event_id,
        room=event.room_id,
        sender=event.sender,
        person=standing.person.id,
        name=standing.person.name,
        unit=standing.unit.id if standing.unit else None,
        units=tuple(unit.id for unit in standing.units),
        role=standing.role,
        roles=frozenset(standing.roles),
        acting=standing.acting,
        text=spoken.text,
        media=spoken.media,
        mentions=spoken.mentions,
        reply_to=spoken.reply_to,
        thread=spoken.thread,
        at=at,
        cause=event.event_id,
    )


def from_subject(subject: Subject, standing: Standing, cause: str, spoken: Spoken | None = None) -> Saying:
    """A recorded message whose label is being corrected. ``spoken`` is what it said when it came, where known."""
    return Saying(
        event=subject.event,
        room=subject.room,
        sender=subject.sender,
        person=standing.person.id,
        name=standing.person.name,
        unit=standing.unit.id if standing.unit else None,
        units=tuple(unit.id for unit in standing.units),
        role=standing.role,
        roles=frozenset(standing.roles),
        acting=standing.acting,
        text=subject.text,
        media=subject.media,
        mentions=spoken.mentions if spoken is not None else (),
        reply_to=spoken.reply_to if spoken is not None else None,
        thread=subject.thread,
        at=subject.received_at,
        cause=cause,
    )


def text_hash(text: str) -> str:
    """SHA-256 of a text, hexadecimal; empty for no text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() if text else ""


def message_fact(
    event: Event,
    spoken: Spoken,
    standing: Standing | None,
    book: Book,
    *,
    at: int,
    label: str,
    confidence: float,
    why: str,
    number: str | None,
    late: str = "",
) -> f.Message:
    """The record of a message. Talk without a tag is kept as its hash, unless the policy says otherwise."""
    tagged = label in ("directive", "report", "decision", "acknowledgement", "question")
    keep = tagged or book.policy.record.untagged_talk == "text"
    return f.Message(
        event=event.event_id,
        room=event.room_id,
        sender=event.sender,
        person=standing.person.id if standing else None,
        name=standing.person.name if standing else "",
        unit=standing.unit.id if standing and standing.unit else None,
        role=standing.role if standing else "unknown",
        acting=standing.acting if standing else False,
        sent_at=event.origin_ts,
        received_at=at,
        text=clean(spoken.text) if keep else None,
        text_hash=text_hash(spoken.text),
        media=spoken.media,
        reply_to=spoken.reply_to,
        thread=spoken.thread,
        encrypted=event.encrypted,
        trust=event.trust if event.encrypted else Trust.CLEAR,
        device=event.device_id,
        label=label,
        confidence=round(confidence, 3),
        why=why,
        number=number,
        late=late,
    )


def clean(text: str) -> str:
    """A text that can be written as UTF-8: lone surrogates, which JSON can carry, become question marks."""
    return text.encode("utf-8", "replace").decode()
