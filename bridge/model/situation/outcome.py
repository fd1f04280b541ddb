"""What a rule answers."""

from __future__ import annotations

import msgspec

from bridge.model.effects import AnyEffect, CancelTimer, Judge, Timer
from bridge.model.event import Event
from bridge.model.facts import AnyFact


class Outcome(msgspec.Struct, kw_only=True):
    """What a rule decided. Facts are recorded in this order, in one transaction with the effects."""

    facts: list[AnyFact] = []
    effects: list[AnyEffect] = []
    timers: list[Timer | CancelTimer] = []
    judges: list[Judge] = []
    then: Event | None = None
    """A command that is whole now: decided next, in the same transaction."""

    def merge(self, other: Outcome) -> Outcome:
        """Take in another outcome, after this one."""
        self.facts += other.facts
        self.effects += other.effects
        self.timers += other.timers
        self.judges += other.judges
        self.then = other.then or self.then
        return self
