"""How long the record is kept, and what of it has been kept long enough."""

from __future__ import annotations

import msgspec

from bridge.model.facts import Keeping
from bridge.model.situation.acts import ProposalView

PREVIEW = "-preview"
"""What the id of the record of a forum's preview ends with."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Which records whose retention may be over a rule wants to see."""

    what: str
    """messages or media."""
    after: int
    upto: int
    again: bool = False
    """Only those that were kept back before."""


class Aging(msgspec.Struct, frozen=True, kw_only=True):
    """A record whose retention may be over."""

    position: int
    kind: str
    open: bool = False
    """An order, a task or a report that is not settled rests on it."""
    touched: int = 0
    """When what it belongs to moved last; 0 when it belongs to nothing."""
    sha256: str = ""
    """Of a verdict: the file."""
    readable: str = ""
    """Of a verdict: the copy for readers, where there is one."""


class Aged(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a :class:`Look`: at most so many that one row may decide about them."""

    records: tuple[Aging, ...] = ()
    upto: int = 0
    """Up to where nothing was left out."""
    weeks: tuple[str, ...] = ()
    """ISO weeks whose seals lie within."""


class KeepingView(msgspec.Struct, frozen=True, kw_only=True):
    """How long the record is kept, and what stands in the way of destroying any of it."""

    agreed: Keeping | None = None
    """What is in force; None before the first."""
    announced: bool = False
    """The forum was told something about the record before."""
    seals: tuple[tuple[int, int], ...] = ()
    """(position, time in ms) of the seals of weeks that still hold contents, oldest first."""
    done: dict[str, int] = {}
    """`messages` and `media` to the position up to which they were destroyed."""
    kept_back: dict[str, int] = {}
    """How many records of each were kept back."""
    unposted: tuple[str, ...] = ()
    """Sealed weeks of which nobody has a bundle yet."""
    unasked: tuple[str, ...] = ()
    """Of these, the weeks of which no bundle was ever to be posted."""
    homeserver_at: int = 0
    """The homeserver's time when it last took an event of ours (ms); 0: it never did."""
    count: int = 0
    """How many records would go under the policy's own times."""
    proposal: ProposalView | None = None
    """The newest proposal about it, whatever became of it."""
