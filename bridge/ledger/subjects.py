"""What an event id stands for: a recorded message, or something we posted."""

from __future__ import annotations

import msgspec

from bridge.ledger.inbox import event_of
from bridge.ledger.store import Store
from bridge.model.event import Json
from bridge.model.facts import MediaPart
from bridge.model.situation import Subject

_parts = msgspec.json.Decoder(tuple[MediaPart, ...]).decode

_MESSAGE = (
    "SELECT event, room, sender, person, unit, role, label, number, text, media, received_at, encrypted, thread,"
    " forum, destroyed FROM message WHERE event = ?"
)


def subject_of(store: Store, forum: str, event: str) -> Subject | None:
    """What an event id stands for: a recorded message, or something we posted."""
    row = store.one(_MESSAGE, (event,))
    if row is not None:
        text = row[8] or _words(store, event)
        return Subject(
            event=row[0],
            room=row[1],
            sender=row[2],
            person=row[3],
            unit=row[4],
            role=row[5],
            label=row[6],
            # A number belongs to the record that gave it: what a preview numbered has none in the forum.
            number=row[7] if row[13] == forum else None,
            text=text,
            media=_parts(bytes(row[9])) if row[9] is not None else (),
            received_at=row[10],
            encrypted=bool(row[11]),
            thread=row[12],
            destroyed=bool(row[14]),
        )
    row = store.one("SELECT forum, ref, room FROM posted WHERE event = ?", (event,))
    if row is not None and row[0] == forum:
        return Subject(event=event, room=row[2], ref=row[1], number=number_of_ref(row[1]))
    return None


def _words(store: Store, event: str) -> str:
    """The words of a message whose text the record keeps as a hash only; the inbox has them."""
    found = event_of(store, event)
    body = found.content.get("body") if found is not None else None
    return body if isinstance(body, str) else ""


def author_of(store: Store, event: str) -> str:
    """Who sent an event; empty when it was never taken in."""
    found = event_of(store, event)
    return found.sender if found is not None else ""


def number_of_ref(ref: str) -> str | None:
    """The number in a ref of ours: `P-12.card` is about P-12."""
    head = ref.partition(".")[0]
    letter, dash, digits = head.partition("-")
    return head if dash and digits.isdigit() and letter.isupper() else None


def file_of(store: Store, event: str) -> Json | None:
    """How the file of a message is encrypted; None where it is not, or the event is gone."""
    found = event_of(store, event)
    file = found.content.get("file") if found is not None else None
    return file if isinstance(file, dict) else None
