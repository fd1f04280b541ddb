"""Facts about meetings: opened and closed, who came, who has the floor, and what belongs to the minutes."""

from __future__ import annotations

from bridge.model.facts.base import Fact


class Meeting(Fact, frozen=True, kw_only=True, tag="meeting"):
    """A meeting was opened in a room; it runs until people close it, over as many days as they need."""

    number: str
    event: str
    room: str
    person: str
    """Who opened it, and is in the chair."""
    name: str
    role: str
    topic: str
    agenda: tuple[str, ...] = ()
    via: str
    """message (a sentence in the room) or command."""
    at: int
    policy_version: int = 0


class MeetingChanged(Fact, frozen=True, kw_only=True, tag="meeting_changed"):
    """A meeting was closed, its agenda set or gone on with, its minutes mended, or it was asked if it is over."""

    meeting: str
    what: str
    """closed, agenda, item, note (a line added to the minutes) or asked (whether it is over)."""
    agenda: tuple[str, ...] = ()
    item: int = 0
    """Which item of the agenda is dealt with now, from 1; those before it are done."""
    text: str = ""
    by: str
    """A person id, or `rule:NAME`."""
    name: str = ""
    cause: str
    at: int


class Attended(Fact, frozen=True, kw_only=True, tag="attended"):
    """How a person took part in a meeting; what counts more takes the place of what counted less."""

    meeting: str
    person: str
    name: str
    unit: str | None
    role: str
    how: str
    """spoke, checked_in, reacted, excused, or withdrawn (what it rested on was taken back)."""
    stands_in: str = ""
    """Of an excuse: who comes instead, as it was said."""
    event: str
    attested: bool = False
    """Rests on a reaction: attested by the homeserver only."""
    at: int


class Floor(Fact, frozen=True, kw_only=True, tag="floor"):
    """A hand was raised in a meeting, or the floor was given to a person, or they had it."""

    meeting: str
    person: str
    name: str
    unit: str | None
    state: str
    """asked, given, done (the floor went on) or withdrawn."""
    place: int
    """Where the hand stands in the queue; lower ones speak first."""
    turn: int = 0
    """Of the floor given or gone on: how often it did so in this meeting."""
    by: str
    event: str
    """Of a raised hand: what raised it."""
    attested: bool = False
    at: int


class Minuted(Fact, frozen=True, kw_only=True, tag="minuted"):
    """What was ordered, reported, decided or asked in a meeting, as it belongs to its minutes."""

    meeting: str
    what: str
    """directive, report, decision, question, or answered (a question that was open)."""
    number: str = ""
    event: str
    person: str
    name: str
    unit: str | None = None
    text: str
    at: int
