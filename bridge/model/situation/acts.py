"""What was done to people and rooms, what waits for people to agree, and what a command lacked, as rules see it."""

from __future__ import annotations

import msgspec

from bridge.model import facts as f
from bridge.model.event import Event


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits in the control room."""

    number: str
    what: str
    room: str
    users: tuple[str, ...]
    persons: tuple[str, ...]
    detail: str
    state: str
    needs: int
    by: str
    due: int | None


class ActView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done to a person or a room, as it was recorded, and what became of it."""

    fact: f.Act
    result: str = ""
    """Empty until it was delivered; then done, already, failed or cancelled."""
    undone: str = ""
    """The number of the act that took it back."""
    standing: bool = False
    """It lasts: a mute, a ban or a lock that nobody has ended."""
    before: dict[str, int | None] = {}
    """Of a change of power levels: what was found, by path; None: no key."""
    untried: bool = False
    """Of an act that is named by its number: the homeserver has surely not been asked for it yet."""


class PromptView(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody was asked that a command lacked."""

    fact: f.Prompted
    command: Event | None
    """The command as it came; None when it is not kept any more."""
