"""An inbox row as a rule sees it."""

from __future__ import annotations

from functools import cached_property

import msgspec

from bridge.forum.spoken import Spoken, read
from bridge.model.effects import Timer
from bridge.model.event import Event


class Taken(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What is to be decided. ``at`` is when it was received, or when a timer was due, in milliseconds."""

    kind: str
    """event, opened, replay, sealed, timer, verdict, file, device, members or start."""
    key: str
    room: str
    at: int
    body: bytes
    late: str = ""
    """Why it comes later than it was sent (`gap`, `decrypted`)."""
    content: Event | Timer | None = None

    @cached_property
    def event(self) -> Event:
        """The event; only for rows that carry one."""
        if not isinstance(self.content, Event):
            raise TypeError(f"a row of kind {self.kind} carries no event")
        return self.content

    @cached_property
    def spoken(self) -> Spoken:
        """What the event says as a message."""
        return read(self.event)

    @property
    def timer(self) -> Timer:
        """The timer; only for rows that carry one."""
        if not isinstance(self.content, Timer):
            raise TypeError(f"a row of kind {self.kind} carries no timer")
        return self.content
