"""What a recorded message answered when it came: bounded reads, only where a tag is mended."""

from __future__ import annotations

from bridge.ledger import decisions, work
from bridge.ledger.inbox import event_of
from bridge.ledger.store import Store
from bridge.ledger.subjects import file_of, subject_of
from bridge.model.numbered import numbers_in
from bridge.model.situation import LooseMedia, MediaView, Origin, ReportView, Subject

MOST_MESSAGES = 20
BEFORE_MS = 24 * 3600 * 1000
"""Photos that came longer before the words belong to none of them, whatever the policy says."""


def origin_of(store: Store, forum: str, subject: Subject, letters: frozenset[str]) -> Origin:
    """The message, what it answers, and the order or report that this or its own words name."""
    row = store.one("SELECT reply_to, thread FROM message WHERE event = ?", (subject.event,))
    linked = [event for event in row or () if event and event != subject.event]
    answered = next((found for event in linked if (found := subject_of(store, forum, event)) is not None), None)
    named = numbers_in(subject.text, letters)
    number = next(iter(named), answered.number if answered is not None else None)
    directive = work.directive_view(store, forum, number) if number is not None else None
    report = work.report_view(store, forum, number) if number is not None and directive is None else None
    if report is not None and report.directive:
        directive = work.directive_view(store, forum, report.directive)
    return Origin(
        event=event_of(store, subject.event),
        answered=answered,
        directive=directive,
        report=report,
        decision=decisions.view(store, forum, number) if number is not None else None,
        decisions=decisions.named(store, forum, named) if named else (),
        media=work.media_of(store, forum, answered.event) if answered is not None and answered.media else (),
        file=file_of(store, answered.event) if answered is not None and answered.media else None,
    )


def around(store: Store, forum: str, subject: Subject) -> tuple[tuple[ReportView, ...], tuple[LooseMedia, ...]]:
    """Reports of its author, from some time before it on, and photos that belong to none."""
    if subject.person is None:
        return (), ()
    since = subject.received_at - BEFORE_MS
    return (
        work.recent_reports(store, forum, subject.person, since),
        work.loose_media(store, forum, subject.person, since),
    )


def others_of(store: Store, forum: str, report: ReportView) -> tuple[MediaView, ...]:
    """The media of a report that other messages carried than the one with which it began."""
    if not report.media:
        return ()
    rows = store.all(
        "SELECT DISTINCT event FROM media WHERE forum = ? AND report = ? AND event <> ? LIMIT ?",
        (forum, report.number, report.event, MOST_MESSAGES),
    )
    media = (item for row in rows for item in work.media_of(store, forum, row[0]))
    return tuple(item for item in media if item.report == report.number)
