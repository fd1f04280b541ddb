"""State of a room that matters to the record, messages that could not be read, replays, gaps, files."""

from __future__ import annotations

import msgspec

from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.spoken import text_of
from bridge.model import facts as f
from bridge.model.effects import CancelTimer, Say, Timer
from bridge.model.event import Event, Json
from bridge.model.servers import ACL, entries
from bridge.model.situation import Needs, Outcome, Situation

WATCHED = frozenset(
    {
        "m.room.encryption",
        "m.room.join_rules",
        "m.room.history_visibility",
        "m.room.guest_access",
        "m.room.name",
        "m.room.topic",
        "m.room.tombstone",
        ACL,
    }
)

SEALED_PATIENCE_MS = 5 * 60 * 1000
"""How long a key may be late before its sender is told; keys often follow within seconds."""

WITHHELD = frozenset({"m.unverified", "m.blacklisted"})
"""Codes of keys that the sender's app keeps from us by a setting of its own."""

TOLD_ONCE_MS = 60 * 60 * 1000
"""How long a sender is not told again of another message that cannot be read."""

_decode = msgspec.json.Decoder(Event).decode


def nothing(taken: Taken, book: Book) -> Needs:
    """Rules that need no more than the row."""
    return Needs()


def changed(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Another state event that an auditor wants to see."""
    event = taken.event
    if event.type not in WATCHED:
        return Outcome()
    content = event.content
    summary = (
        text_of(content, "algorithm")
        or text_of(content, "join_rule")
        or text_of(content, "history_visibility")
        or text_of(content, "name")
        or text_of(content, "topic")
        or text_of(content, "replacement_room")
        or text_of(content, "guest_access")
        or (_servers(content) if event.type == ACL else "")
    )
    return Outcome(
        facts=[
            f.RoomChanged(
                room=event.room_id,
                type=event.type,
                by=event.sender,
                event=event.event_id,
                summary=summary[:200],
                at=now,
            )
        ]
    )


def _servers(content: Json) -> str:
    """A list of servers in few words."""
    listed = entries(content)
    return ", ".join(path.replace("/", " ") for path, value in listed.items() if value)


def replay(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """A second event with the same ratchet step of the same session: listed, not acted on."""
    event = taken.event
    return Outcome(
        facts=[
            f.Refused(
                event=event.event_id,
                sender=event.sender,
                why="replay",
                detail=f"{event.session_id}:{event.message_index}",
                at=now,
            )
        ]
    )


def spoofed(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """An encrypted payload that pretended to be state, or an event without the fields it must have."""
    event = taken.event
    return Outcome(
        facts=[
            f.Refused(
                event=event.event_id,
                sender=event.sender,
                why="spoofed_state" if event.type == "tudang.refused" else "malformed",
                detail=(text_of(event.content, "type") or text_of(event.content, "why"))[:200],
                at=now,
            )
        ]
    )


def other_relation(event: Event, now: int) -> f.Refused:
    """What an encrypted payload claimed to answer or replace, other than its event does, was not followed."""
    return f.Refused(event=event.event_id, sender=event.sender, why="forged_relation", at=now)


def sealed(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """A message that cannot be decrypted: listed at once; its sender is told in five minutes if it stays so."""
    event = _decode(taken.body)
    standing = book.standing(event.sender, taken.at)
    person = standing.person.id if standing else None
    outcome = Outcome(
        facts=[
            f.Sealed(
                event=event.event_id,
                room=event.room_id,
                sender=event.sender,
                person=person,
                code=event.sealed or "no_session",
                at=now,
            )
        ]
    )
    if person is not None:
        outcome.timers.append(
            Timer(
                name=f"sealed:{event.event_id}",
                due=taken.at + SEALED_PATIENCE_MS,
                kind="sealed",
                about=f"{event.event_id} {person} {event.sealed or ''}".rstrip(),
            )
        )
    return outcome


def tell_sender_needs(taken: Taken, book: Book) -> Needs:
    """Whether the sender was told a little while ago."""
    person = taken.timer.about.split(" ")[1]
    return Needs(asked_since=("key", taken.timer.due - TOLD_ONCE_MS), asked_person=person)


def tell_sender(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Tell the sender once, privately, that a message could not be read, and how to mend it.

    Whoever sends ten of them in a row has heard it by then.
    """
    event, person, *codes = taken.timer.about.split(" ")
    if situation.asked:
        return Outcome()
    # An app that keeps its keys from us goes on doing so until a setting of it is changed.
    key = "sealed.ask_setting" if WITHHELD & {*codes} else "sealed.ask"
    return Outcome(
        facts=[f.Asked(what="key", about=event, person=person, at=now)],
        effects=[Say(person=person, key=key, values={"forum": book.policy.forum.name}, ref=f"sealed:{event}")],
    )


def opened(event_id: str, now: int) -> Outcome:
    """A sealed message could be read after all; its own rule goes on from here."""
    return Outcome(facts=[f.Opened(event=event_id, at=now)], timers=[CancelTimer(f"sealed:{event_id}")])


class GapNews(msgspec.Struct, frozen=True, kw_only=True):
    """A gap opened, was filled, or was given up."""

    gap: str
    what: str = "timeline"
    room: str = ""
    since: int = 0
    until: int = 0
    state: str
    cause: str = ""
    events: int = 0


_gap = msgspec.json.Decoder(GapNews).decode


def gap(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """A hole in what we saw is part of the record."""
    news = _gap(taken.body)
    return Outcome(
        facts=[
            f.Gap(
                gap=news.gap,
                what=news.what,
                room=news.room,
                since=news.since,
                until=news.until,
                state=news.state,
                cause=news.cause,
                events=news.events,
                at=now,
            )
        ]
    )
