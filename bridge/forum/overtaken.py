"""A reminder that comes so late that the next one is due as well: it is noted, and nobody is rung twice at once."""

from __future__ import annotations

from bridge.forum.item import Taken
from bridge.model import facts as f
from bridge.model.situation import Outcome


def overtaken(taken: Taken, now: int) -> Outcome | None:
    """What is left of such a reminder; None when it is to be said."""
    timer = taken.timer
    if timer.overtaken is None or now < timer.overtaken:
        return None
    return Outcome(facts=[f.Asked(what="overtaken_reminder", about=f"{timer.about}:{timer.name}", at=now)])
