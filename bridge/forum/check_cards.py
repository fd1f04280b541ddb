"""The card under a photo that people look at: whose it is, why it waits, and what became of it."""

from __future__ import annotations

from bridge.forum.book import Book
from bridge.forum.directives import shorten
from bridge.model.effects import Line, Value
from bridge.model.situation import CheckView, ReportView

NAMED = frozenset({"joint", "again", "similar", "resembling", "duplicate"})
"""Reasons that name the earlier report."""

SEEN = frozenset(
    {
        "ai_marked",
        "ai_signed",
        "aligned",
        "blank",
        "dark",
        "declined",
        "edited",
        "elsewhere",
        "far",
        "forwarded",
        "future",
        "macros",
        "old",
        "outside",
        "replaced",
        "screenshot",
        "seal_broken",
        "small",
        "unplaced",
        "view_once",
    }
)
"""Reasons that the file itself gives."""


def check_card(check: CheckView, earlier: ReportView | None, book: Book) -> list[Line]:
    """The card; ``earlier`` is the report with the picture that it is like."""
    person = book.roster.person(check.person)
    values: dict[str, Value] = {
        "number": check.number,
        "report": check.report,
        "name": person.name if person is not None else check.person,
        "unit": book.unit_name(check.unit) if check.unit else "–",
    }
    document = check.media is not None and check.media.kind == "file"
    title = "check.title_document" if document else "check.title"
    lines = [Line("check.title_appeal" if check.appeal else title, values)]
    if document and check.open:
        # It cannot be drawn beside another one.
        lines.append(Line("check.document", {"report": check.report}))
    lines += _why(check, earlier, book)
    if check.words:
        lines.append(Line("check.words", {"text": shorten(check.words, 200)}))
    if check.open:
        lines.append(Line("check.how", {"due": book.iso(check.due)}))
        lines.append(Line("check.how_words", {"number": check.number}))
        return lines
    lines.append(Line(f"check.is_{check.state}"))
    settled = book.roster.person(check.by)
    if settled is not None:
        lines.append(Line("check.by", {"name": settled.name}))
    return lines


def _why(check: CheckView, earlier: ReportView | None, book: Book) -> list[Line]:
    lines = []
    for reason in check.why:
        if reason in SEEN:
            lines.append(Line(f"check.why_{reason}"))
        elif (named := reason) in NAMED and earlier is not None:
            unit = book.unit_name(earlier.unit) if earlier.unit else earlier.name
            lines.append(Line(f"check.why_{named}", {"first": earlier.number, "unit": unit}))
        elif reason in NAMED and check.earlier_event is not None:
            # The order's own photo, say.
            lines.append(Line("check.why_of_no_report"))
        else:
            lines.append(Line("check.why_other"))
    return lines
