"""The same picture again: whether that is an honest repeat, a question for a person, or another photo's place.

Nobody is refused for what people do in good faith. A photo that never counted may be sent anew; two people of one
unit may report one task; several units may stand on one photo of the day they worked together. Only a picture that
proves something else already is asked to be replaced.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from bridge.forum.book import Book
from bridge.model.situation import MediaView, ReportView, Use


class Kin(Enum):
    """How an earlier use of a picture stands to the new one."""

    FREE = "free"
    """It never counted."""
    REPORT = "report"
    """It is in the same report."""
    TASK = "task"
    """It reported the same order for the same unit."""
    JOINT = "joint"
    """Another unit reported the same order with it on the same day: a photo taken together, perhaps."""
    AGAIN = "again"
    """The same unit used it the same day, where neither report answers an order."""
    ORDER = "order"
    """It came with the order itself and shows what is to be done, not what was done."""
    OTHER = "other"
    """It proves something else."""


HONEST = frozenset({Kin.FREE, Kin.REPORT, Kin.TASK})
"""What needs nobody's eye."""


def kin(media: MediaView, report: ReportView | None, use: Use, book: Book, *, order: str = "") -> Kin:
    """How one earlier use stands to a photo of a report; without a report it proves nothing yet.

    ``order`` is the event of the order that the report answers, if any.
    """
    if order and use.event == order:
        return Kin.ORDER
    if not use.counts:
        return Kin.FREE
    if report is None:
        return Kin.OTHER
    if use.report == report.number:
        return Kin.REPORT
    own = use.unit == report.unit if report.unit is not None else use.person == report.person
    if report.directive is not None and use.directive == report.directive and own:
        return Kin.TASK
    if book.local(use.at).date() != book.local(media.received_at).date():
        return Kin.OTHER
    if report.directive is not None and use.directive == report.directive:
        return Kin.JOINT
    if report.directive is None and use.directive is None and own:
        return Kin.AGAIN
    return Kin.OTHER


def weightiest(
    media: MediaView, report: ReportView | None, uses: Iterable[Use], book: Book, *, order: str = ""
) -> tuple[Kin, Use | None]:
    """What the earlier uses come to together, and the one that says so; FREE where there is none.

    What is in the report or its task already is at home there, wherever else it was used.
    """
    found = [(kin(media, report, use, book, order=order), use) for use in uses if not _itself(use, media)]
    for wanted in (Kin.REPORT, Kin.TASK, Kin.ORDER, Kin.OTHER, Kin.AGAIN, Kin.JOINT):
        for what, use in found:
            if what is wanted:
                return what, use
    return Kin.FREE, None


def _itself(use: Use, media: MediaView) -> bool:
    return (use.event, use.index) == (media.event, media.index)
