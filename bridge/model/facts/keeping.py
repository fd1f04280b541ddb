"""Facts about the record itself: how long it is kept, and what of it was destroyed."""

from __future__ import annotations

from bridge.model.facts.base import Fact


class Keeping(Fact, frozen=True, kw_only=True, tag="keeping"):
    """How long the record is kept from now on; the forum is told in the same transaction."""

    messages: str
    """`5y`, `400d` or `forever`: messages, orders, reports and decisions."""
    media: str
    """Photos and videos."""
    hold: bool = False
    """A legal hold: nothing is destroyed."""
    counts_from: int
    """Nothing is destroyed under it before this time."""
    by: str
    """`rule:retention`, and after a `+` each person who agreed."""
    policy_version: int
    at: int
    cause: str


class Destroyed(Fact, frozen=True, kw_only=True, tag="destroyed"):
    """Contents whose retention was over were destroyed: which, how many and by what rule; never what they held."""

    what: str
    """messages or media."""
    ranges: tuple[tuple[int, int], ...]
    """Positions whose contents are gone, as (first, last)."""
    count: int
    kinds: dict[str, int]
    """How many of each kind of record."""
    files: int = 0
    """Photos and videos that are removed from the archive, unless a younger record shows the same bytes."""
    after: int = 0
    upto: int = 0
    """Everything with ``after < position <= upto`` was looked at; both 0: what had been kept back before."""
    kept_back: int = 0
    """How many were kept, as something open rests on them."""
    older_than: int
    """What belongs to a week that was sealed before this time has been kept long enough."""
    keep: str
    """How long that was: `5y`."""
    rule: str = "rule:retention"
    policy_version: int
    at: int
    cause: str
