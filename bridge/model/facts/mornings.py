"""Facts about the morning digest: who read one, and who wants none."""

from __future__ import annotations

from bridge.model.facts.base import Fact


class DigestSent(Fact, frozen=True, kw_only=True, tag="digest_sent"):
    """The digest of a day was sent; with nobody in it, there was nothing to say."""

    day: str
    """The forum's day: 2026-11-24."""
    persons: tuple[str, ...]
    policy_version: int = 0
    at: int


class DigestWanted(Fact, frozen=True, kw_only=True, tag="digest_wanted"):
    """A person asked for the morning digest, or for none; it holds until they say otherwise."""

    person: str
    wanted: bool
    at: int
    cause: str
