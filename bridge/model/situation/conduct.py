"""What the rules on messages remember of a person."""

from __future__ import annotations

import msgspec


class ConductLook(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules on messages want to know of a person in a room, before one of them is met again."""

    person: str = ""
    """Person id, or an account that the roster does not know; empty: the author of what is answered."""
    senders: tuple[str, ...] = ()
    """The person's accounts."""
    pace: str = ""
    """Whose pace is asked for: `messages` or `edits`; empty for neither."""
    since: int = 0
    """From this time on (when they were sent)."""
    limit: int = 0
    """From so many on, the one that is being decided included, the rule named as ``pace_rule`` may be met."""
    pace_rule: str = ""
    settled_after: int | None = None
    """Where the last step of ``pace_rule`` was taken for something sent after this, nothing else is asked."""
    rules: tuple[str, ...] = ()
    """What of these rules is remembered is asked for in any case."""
    remembered: int = 0
    """Since this time."""
    moved: str = ""
    """Whether this message was moved already."""


class Paced(msgspec.Struct, frozen=True):
    """A message or an edit of somebody, a moment ago."""

    sent_at: int
    label: str = ""
    kinds: tuple[str, ...] = ()
    """Of the media that it carries."""


class Step(msgspec.Struct, frozen=True):
    """A step that was taken when a rule on messages was met."""

    step: str
    sent_at: int
    """When the message that met it was sent."""
    event: str


class ConductView(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a :class:`ConductLook`."""

    person: str = ""
    pace: tuple[Paced, ...] = ()
    """What came after the last step, newest first, at most 200; empty where it is less than the limit."""
    steps: dict[str, tuple[Step, ...]] = {}
    """By each rule that may be met, what is remembered and was not undone, newest first, at most 20."""
    muted: bool = False
    """The person is muted in the room."""
    proposed: bool = False
    """Their removal from the room waits for people."""
    moved: bool = False


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the digest: somebody's message met a rule on messages."""

    event: str
    room: str
    person: str
    about: str
    step: str
    sent_at: int
    at: int
