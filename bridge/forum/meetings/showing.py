"""How a meeting stands, for whoever asks for its number."""

from __future__ import annotations

from bridge.forum.book import Book
from bridge.forum.command import reply
from bridge.forum.item import Taken
from bridge.forum.meetings import cards
from bridge.model.situation import MeetingView, Outcome


def answer(meeting: MeetingView, taken: Taken, book: Book, now: int, *, named: bool = False) -> Outcome:
    """Its card while it runs, then its minutes; ``named``: also who came and who did not."""
    lines = cards.meeting_card(meeting, book, now) if meeting.running else cards.minutes(meeting, book, now)
    if named:
        lines += cards.attendance(meeting, book, now)[1:-1]
    return reply(taken, "meeting.stands" if meeting.running else "meeting.stood", {"number": meeting.number}, lines)
