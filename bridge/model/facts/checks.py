"""Facts about photos and videos that a person looks at: why they wait, and what became of them."""

from __future__ import annotations

from bridge.model.facts.base import Fact


class CheckOpened(Fact, frozen=True, kw_only=True, tag="check_opened"):
    """A photo or video waits for the eye of a verifier; until then it counts for nothing and against nobody."""

    number: str
    event: str
    """The event that carries the file."""
    index: int = 0
    report: str
    person: str
    """Who sent it."""
    unit: str | None = None
    why: tuple[str, ...]
    """`joint`, `again`, `similar`, `elsewhere`, `edited`, or a sign of the file; of an appeal what it was refused
    for."""
    appeal: str = ""
    """The event in which the sender asked for another look; empty where the rule holds it."""
    words: str = ""
    """What the sender said for it."""
    private: bool = False
    """The sender asked in a direct chat, and hears the outcome there."""
    earlier_event: str | None = None
    earlier_index: int = 0
    earlier_report: str | None = None
    """Where the picture that it is like was used, in this forum."""
    due: int
    """Until when it waits; then it counts, marked as not checked: nobody pays for our being slow."""
    at: int
    cause: str


class EvidenceSettled(Fact, frozen=True, kw_only=True, tag="evidence_settled"):
    """A person, the end of its time, or its sender has given a photo or video another verdict."""

    event: str
    index: int = 0
    report: str | None = None
    check: str = ""
    """The number under which it waited, if it did."""
    was: str
    verdict: str
    """ok, declined (another is asked for), unchecked (nobody looked in time: it counts), withdrawn (by its sender),
    held (somebody took their word back: it waits again)."""
    by: str
    """A person id, or `rule:NAME`."""
    via: str = ""
    """reaction, command, timer or redaction."""
    attested: bool = False
    reason: str = ""
    """What the verifier wrote."""
    at: int
    cause: str


class CheckDropped(Fact, frozen=True, kw_only=True, tag="check_dropped"):
    """Nobody needs to look any more: the photo or video belongs to no report that stands. What it comes to is open,
    should it find another one."""

    number: str
    by: str
    at: int
    cause: str


class MediaReplaced(Fact, frozen=True, kw_only=True, tag="media_replaced"):
    """An edit of a message carries another file. The first one stays evidence; this one is looked at as well."""

    event: str
    """The edit."""
    index: int = 0
    replaces: str
    """The message that it edits."""
    room: str
    person: str | None = None
    unit: str | None = None
    kind_of_media: str
    mxc: str
    thread: str | None = None
    at: int
