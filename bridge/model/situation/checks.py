"""Photos and videos that people look at, as rules see them."""

from __future__ import annotations

import msgspec

from bridge.model.situation.work import MediaView

NEVER_COUNTED = frozenset({"withdrawn", "returned", "incomplete"})
"""States of a report whose photos are free to be used again."""

MAY_COUNT = frozenset({"ok", "held", "unchecked", "repeated"})
"""Verdicts of photos that count, or may yet."""


def may_count(report: str | None, verdict: str, state: str) -> bool:
    """Whether a photo counts or may yet: it is in a report that was not given up, and was not refused."""
    if report is None or state in NEVER_COUNTED:
        return False
    # What a leader has accepted stays used, whatever its sender deletes afterwards.
    return verdict in MAY_COUNT or (verdict == "withdrawn" and state == "accepted")


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier use of the same picture in this forum, or of one that is like it."""

    event: str
    index: int
    report: str | None
    unit: str | None
    """Of the report, else of the sender."""
    person: str | None
    directive: str | None
    at: int
    """When it was received."""
    counts: bool
    """It counts, or may yet: it was not refused or taken back, and its report was not either."""
    distance: int = 0
    """In bits of 256; 0 for the same bytes."""


class CheckView(msgspec.Struct, frozen=True, kw_only=True):
    """A photo or video that waits for a verifier, or did."""

    number: str
    event: str
    index: int
    report: str
    person: str
    unit: str | None
    why: tuple[str, ...]
    appeal: str
    words: str
    private: bool
    earlier_event: str | None
    earlier_index: int
    earlier_report: str | None
    state: str
    """open, ok, declined, unchecked, withdrawn, or dropped: nobody needs to look any more."""
    by: str
    due: int
    shown: bool = False
    """It has a card."""
    media: MediaView | None = None
    """The photo or video as it stands now."""

    @property
    def open(self) -> bool:
        """It still waits."""
        return self.state == "open"


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A photo or video as its sender may ask about it."""

    event: str
    index: int
    room: str
    kind: str
    report: str | None
    person: str | None
    unit: str | None
    verdict: str
    why: tuple[str, ...]
    received_at: int
    earlier_event: str | None = None
    earlier_index: int = 0
    earlier_report: str | None = None
    appealed: bool = False
    """Another look was asked for before."""
    waits: str = ""
    """The number under which it is being looked at."""
