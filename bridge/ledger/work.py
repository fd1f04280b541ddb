"""Orders, tasks, reports and their media, as the rules see them: indexed and bounded reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.ledger import checks
from bridge.ledger.store import Row, Store
from bridge.model.situation import (
    OWING,
    PREVIEW,
    DirectiveView,
    FirstUse,
    LooseMedia,
    MediaView,
    ReportView,
    TaskView,
)

TASK_LIMIT = 50
REPORT_LIMIT = 20
LIST_LIMIT = 30

_DIRECTIVE = (
    "SELECT number, event, room, person, name, role, text, to_all, state, issued_at, due, due_certain, thread,"
    " evidence, nil_allowed, on_behalf, unled, revised_at, urgency, acting, reason FROM directive"
)


def directive_view(store: Store, forum: str, number: str) -> DirectiveView | None:
    """A directive with its tasks."""
    row = store.one(f"{_DIRECTIVE} WHERE forum = ? AND number = ?", (forum, number))
    return _directive(store, forum, row) if row else None


def _directive(store: Store, forum: str, row: Row) -> DirectiveView:
    tasks = store.all(
        "SELECT t.unit, t.state, t.report, t.acknowledged_by, r.state FROM task t"
        " LEFT JOIN report r ON r.forum = t.forum AND r.number = t.report"
        " WHERE t.forum = ? AND t.directive = ? ORDER BY t.unit",
        (forum, row[0]),
    )
    return DirectiveView(
        number=row[0],
        event=row[1],
        room=row[2],
        person=row[3],
        name=row[4],
        role=row[5],
        text=row[6],
        to_all=bool(row[7]),
        state=row[8],
        due=row[10],
        due_certain=bool(row[11]),
        thread=row[12],
        evidence=row[13],
        nil_allowed=bool(row[14]),
        on_behalf=row[15],
        unled=tuple(row[16].split()),
        revised_at=row[17],
        urgency=row[18],
        acting=bool(row[19]),
        reason=row[20],
        tasks=tuple(
            TaskView(
                directive=row[0],
                unit=unit,
                state=state,
                report=report,
                room=row[2],
                issuer=row[4],
                issued_at=row[9],
                due=row[10],
                thread=row[12],
                acknowledged_by=acknowledged_by,
                checking=report_state == "held",
                report_state=report_state or "",
                evidence=row[13],
                nil_allowed=bool(row[14]),
            )
            for unit, state, report, acknowledged_by, report_state in tasks
        ),
    )


def open_directives(store: Store, forum: str) -> tuple[DirectiveView, ...]:
    """The newest directives that are not cancelled, newest first."""
    states = ("open", "unconfirmed")
    rows = store.all(
        newest_of_each(
            f"{_DIRECTIVE} WHERE forum = ? AND state = ?"
            " ORDER BY issued_at DESC, LENGTH(number) DESC, number DESC LIMIT ?",
            len(states),
        ),
        [value for state in states for value in (forum, state, LIST_LIMIT)],
    )
    rows.sort(key=lambda row: newest_first(row[9], row[0]))
    return tuple(_directive(store, forum, row) for row in rows[:LIST_LIMIT])


def newest_of_each(query: str, count: int) -> str:
    """A query asked ``count`` times with other parameters, in one statement.

    Each of them stops at its limit in the order of an index; asked together (`state IN (...)`), everything that
    ever matched would be sorted for every message.
    """
    return " UNION ALL ".join([f"SELECT * FROM ({query}) AS newest"] * count)


def newest_first(at: int, number: str) -> tuple[int, int, list[int]]:
    """The order of the newest first, as the queries have it; of equal times the higher number."""
    return -at, -len(number), [-ord(letter) for letter in number]


_REPORT = (
    "SELECT number, event, room, person, name, unit, role, text, state, directive, reported_at, evidence_until,"
    " thread, emergency, nil, changed_at, promised,"
    " (SELECT d.evidence FROM directive AS d WHERE d.forum = report.forum AND d.number = report.directive),"
    " (SELECT COUNT(*) FROM evidence_check AS c WHERE c.forum = report.forum AND c.report = report.number"
    " AND c.state = 'open'), cause, reason"
    " FROM report"
)


def _reports(store: Store, forum: str, where: str, params: Sequence[object], limit: int) -> tuple[ReportView, ...]:
    """Reports, newest first, with how many photos and videos each has by verdict."""
    return _counted(store, forum, store.all(_newest(where), (forum, *params, limit)))


def _newest(where: str) -> str:
    """A query of the newest reports; its first parameter is the forum, its last how many."""
    return (
        f"{_REPORT} WHERE forum = ? AND {where} ORDER BY reported_at DESC, LENGTH(number) DESC, number DESC LIMIT ?"
    )


def _counted(store: Store, forum: str, rows: Sequence[Row]) -> tuple[ReportView, ...]:
    verdicts: dict[str, dict[str, int]] = {}
    if rows:
        marks = ",".join("?" * len(rows))
        counts = store.all(
            "SELECT report, verdict, COUNT(*) FROM media"
            f" WHERE forum = ? AND report IN ({marks}) GROUP BY report, verdict",
            (forum, *(row[0] for row in rows)),
        )
        for report, verdict, count in counts:
            verdicts.setdefault(report, {})[verdict] = count
    return tuple(_report(row, verdicts.get(row[0], {})) for row in rows)


def _report(row: Row, verdicts: Mapping[str, int]) -> ReportView:
    return ReportView(
        number=row[0],
        event=row[1],
        room=row[2],
        person=row[3],
        name=row[4],
        unit=row[5],
        role=row[6],
        text=row[7],
        state=row[8],
        directive=row[9],
        reported_at=row[10],
        evidence_until=row[11],
        thread=row[12],
        emergency=bool(row[13]),
        nil=bool(row[14]),
        changed_at=row[15],
        media=sum(verdicts.values()),
        accepted=verdicts.get("ok", 0) + verdicts.get("unchecked", 0),
        pending=verdicts.get("pending", 0),
        held=verdicts.get("held", 0),
        promised=bool(row[16]),
        evidence=row[17] or "media",
        checks=row[18],
        cause=row[19],
        reason=row[20],
    )


def report_view(store: Store, forum: str, number: str) -> ReportView | None:
    """A report."""
    return next(iter(_reports(store, forum, "number = ?", (number,), 1)), None)


def recent_reports(
    store: Store, forum: str, person: str, since: int, units: Sequence[str] = ()
) -> tuple[ReportView, ...]:
    """A person's reports since a time, newest first, and those of units whose evidence is to follow after it."""
    following = f"{_REPORT} WHERE forum = ? AND unit = ? AND promised >= ? ORDER BY promised DESC LIMIT ?"
    queries = [_newest("person = ? AND reported_at >= ?"), *[following] * len(units)]
    rows = store.all(
        " UNION ALL ".join(f"SELECT * FROM ({query}) AS one" for query in queries),
        [value for whose in (person, *units) for value in (forum, whose, since, REPORT_LIMIT)],
    )
    once = {row[0]: row for row in rows}
    found = sorted(once.values(), key=lambda row: newest_first(row[10], row[0]))
    return _counted(store, forum, found[: 2 * REPORT_LIMIT])


def loose_media(store: Store, forum: str, person: str, since: int) -> tuple[LooseMedia, ...]:
    """A person's photos and videos since a time that belong to no report, oldest first."""
    rows = store.all(
        "SELECT event, place, kind, mxc, received_at, thread, verdict, held_for, earlier_event, earlier_place,"
        " earlier_report FROM media WHERE forum = ?"
        " AND person = ? AND received_at >= ? AND report IS NULL ORDER BY received_at DESC, place DESC LIMIT ?",
        (forum, person, since, REPORT_LIMIT),
    )
    return tuple(
        LooseMedia(
            event=r[0],
            index=r[1],
            kind=r[2],
            mxc=r[3],
            received_at=r[4],
            thread=r[5],
            verdict=r[6],
            held_for=tuple(filter(None, r[7].split("\n"))),
            earlier=(r[8], r[9], r[10]) if r[8] else None,
        )
        for r in reversed(rows)
    )


def open_tasks(store: Store, forum: str, units: Sequence[str]) -> tuple[TaskView, ...]:
    """Tasks that units still owe something for, newest first."""
    of_a_unit = newest_of_each(_tasks("t.forum = ? AND t.unit = ? AND t.state = ? AND d.state = ?"), len(OWING))
    found: list[Row] = []
    for unit in units:
        found += store.all(
            of_a_unit, [value for state in OWING for value in (forum, unit, state, "open", TASK_LIMIT)]
        )
    found.sort(key=lambda row: (newest_first(row[6], row[0]), row[1]))
    return _task_views(found[:TASK_LIMIT])


def tasks_by_cause(store: Store, forum: str, cause: str) -> tuple[TaskView, ...]:
    """Tasks whose acknowledgement rests on this event."""
    return _task_views(store.all(_tasks("t.acknowledged_by = ? AND t.forum = ?"), (cause, forum, TASK_LIMIT)))


def report_by_cause(store: Store, forum: str, cause: str) -> ReportView | None:
    """The report whose state rests on this event."""
    return next(iter(_reports(store, forum, "cause = ?", (cause,), 1)), None)


def _tasks(where: str) -> str:
    """A query of tasks, newest first; its last parameter is how many."""
    return (
        "SELECT t.directive, t.unit, t.state, t.report, d.room, d.text, d.issued_at, d.due, d.thread,"
        " t.acknowledged_by, d.evidence, d.nil_allowed, d.name FROM task t"
        " JOIN directive d ON d.forum = t.forum AND d.number = t.directive"
        f" WHERE {where} ORDER BY t.issued_at DESC, LENGTH(t.directive) DESC, t.directive DESC, t.unit LIMIT ?"
    )


def _task_views(rows: Sequence[Row]) -> tuple[TaskView, ...]:
    return tuple(
        TaskView(
            directive=r[0],
            unit=r[1],
            state=r[2],
            report=r[3],
            room=r[4],
            text=r[5],
            issued_at=r[6],
            due=r[7],
            thread=r[8],
            acknowledged_by=r[9],
            evidence=r[10],
            nil_allowed=bool(r[11]),
            issuer=r[12],
        )
        for r in rows
    )


def media_of(store: Store, forum: str, event: str) -> tuple[MediaView, ...]:
    """The media of an event; the report of another forum's record is none here."""
    rows = store.all(
        "SELECT event, place, kind, mxc, room, report, verdict, received_at, forum, replaces, held_for,"
        " earlier_event, earlier_place, earlier_report,"
        " (SELECT o.received_at FROM media o WHERE o.event = m.replaces ORDER BY o.place LIMIT 1),"
        " sha256 FROM media m WHERE event = ? ORDER BY place",
        (event,),
    )
    return tuple(
        MediaView(
            event=r[0],
            index=r[1],
            kind=r[2],
            mxc=r[3],
            room=r[4],
            report=r[5] if r[8] == forum else None,
            verdict=r[6],
            received_at=r[7],
            replaces=r[9],
            held_for=tuple(filter(None, r[10].split("\n"))),
            earlier=(r[11], r[12], r[13]) if r[11] else None,
            replaced_at=r[14] or 0,
            sha256=r[15],
        )
        for r in rows
    )


def first_use(store: Store, forum: str, sha256: str) -> FirstUse | None:
    """Where these bytes were first recorded, in any forum; what its own preview saw does not count for a forum."""
    user = checks.first_user(store, sha256)
    return user if user is not None and user.forum != f"{forum}{PREVIEW}" else None


def file_of(store: Store, event: str, index: int) -> str:
    """The SHA-256 of a media file that is kept; empty for one that was never fetched, or is destroyed."""
    row = store.one("SELECT sha256 FROM media WHERE event = ? AND place = ? AND destroyed = 0", (event, index))
    return row[0] if row else ""
