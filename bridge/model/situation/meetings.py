"""Meetings as rules see them: what is talked about, who came, who has the floor, and what goes into the minutes."""

from __future__ import annotations

from typing import Literal

import msgspec

from bridge.model.situation.acts import ActView

Whole = Literal["", "running", "minutes"]
"""How much of a meeting is asked for: nothing, what its rules go by, or the minutes as well."""


class AttendanceView(msgspec.Struct, frozen=True, kw_only=True):
    """How a person took part, as far as it counts most."""

    person: str
    name: str
    unit: str | None
    role: str
    how: str
    """spoke, checked_in, reacted or excused."""
    stands_in: str = ""
    event: str = ""
    """What it rests on."""


class HandView(msgspec.Struct, frozen=True, kw_only=True):
    """A hand that is raised, or whoever has the floor."""

    person: str
    name: str
    unit: str | None
    state: str
    """asked or given; done and withdrawn hands are down."""
    place: int
    event: str
    turn: int = 0


class MinuteView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that belongs to the minutes."""

    what: str
    """directive, report, decision, question or note."""
    number: str
    event: str
    person: str
    name: str
    unit: str | None
    text: str
    at: int


class MeetingView(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting, at most as large as its forum has people."""

    number: str
    room: str
    event: str
    person: str
    name: str
    role: str
    topic: str
    agenda: tuple[str, ...] = ()
    item: int = 0
    """Which item of the agenda is dealt with, from 1; 0 before the first."""
    state: str = "open"
    """open or closed."""
    opened_at: int = 0
    closed_at: int | None = None
    asked: bool = False
    """It was asked once already whether the meeting is over."""
    attendance: tuple[AttendanceView, ...] = ()
    hands: tuple[HandView, ...] = ()
    """Of everybody who raised a hand, in the order of the queue."""
    questions: tuple[str, ...] = ()
    """Events of questions that nobody has answered yet."""
    acts: tuple[ActView, ...] = ()
    """What stands of a closed floor in its room, newest first."""
    minutes: tuple[MinuteView, ...] = ()

    @property
    def running(self) -> bool:
        """Nobody has closed it."""
        return self.state == "open"

    @property
    def speaker(self) -> HandView | None:
        """Who has the floor."""
        return next((hand for hand in self.hands if hand.state == "given"), None)

    @property
    def queue(self) -> tuple[HandView, ...]:
        """Who waits for the floor, in order."""
        return tuple(hand for hand in self.hands if hand.state == "asked")

    @property
    def floor(self) -> ActView | None:
        """The act by which only those may write who have the floor; None while everybody may."""
        return next((act for act in self.acts if act.fact.verb == "floor"), None)

    @property
    def next_place(self) -> int:
        """Where the next hand stands."""
        return max((hand.place for hand in self.hands), default=0) + 1

    @property
    def turn(self) -> int:
        """How often the floor was given or went on."""
        return max((hand.turn for hand in self.hands), default=0)

    def of(self, person: str) -> AttendanceView | None:
        """How a person took part so far."""
        return next((one for one in self.attendance if one.person == person), None)

    def hand_of(self, person: str) -> HandView | None:
        """The hand of a person, up or down."""
        return next((hand for hand in self.hands if hand.person == person), None)
