"""What heads may do about their own unit's messages and people, and what they lend of it."""

from __future__ import annotations

from bridge.forum.book import Book
from bridge.model.situation import Subject
from bridge.policy.roster import Standing

LENT_LABELS = frozenset({"report", "chatter"})
"""What somebody to whom a head lent it may make of a unit's message: never an order or a decision."""


def may_mend(standing: Standing, subject: Subject, label: str, book: Book) -> bool:
    """Whether a person may mend the tag of another's message.

    The right to correct is for every message. A head mends those of the own unit; whoever was lent that, only what
    is, or becomes, a report.
    """
    if book.policy.may("correct", standing.roles, standing.person.id):
        return True
    if subject.unit is None:
        return False
    if subject.unit in standing.heads:
        return True
    return subject.unit in standing.borrows("tag") and {label, subject.label} <= LENT_LABELS | {"unsure"}


def may_warn(standing: Standing, theirs: Standing | None) -> bool:
    """Whether the head of a unit has lent a person to warn people of it; not the head, of course."""
    if theirs is None:
        return False
    return bool((standing.borrows("warn") & {unit.id for unit in theirs.units}) - theirs.heads)
