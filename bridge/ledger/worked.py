"""Projections of work: orders, tasks, reports and their photos, as their facts move them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bridge.ledger import checks, pictures, steps
from bridge.ledger.store import Store
from bridge.model import facts as f


def _directive(store: Store, forum: str, fact: f.Directive) -> None:
    store.run(
        "INSERT INTO directive (forum, number, event, room, person, name, role, text, to_all, state, issued_at,"
        " due, due_phrase, due_certain, evidence, thread, nil_allowed, on_behalf, unled, urgency, acting)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            forum,
            fact.number,
            fact.event,
            fact.room,
            fact.person,
            fact.name,
            fact.role,
            fact.text,
            int(fact.to_all),
            "open" if fact.confirmed else "unconfirmed",
            fact.issued_at,
            fact.due,
            fact.due_phrase,
            int(fact.due_certain),
            fact.evidence,
            fact.thread,
            int(fact.nil_allowed),
            fact.on_behalf,
            "\n".join(fact.unled),
            fact.urgency,
            int(fact.acting),
        ),
    )


def _directive_changed(store: Store, forum: str, fact: f.DirectiveChanged) -> None:
    steps.order(store, forum, fact)
    if fact.state or fact.reason:
        steps.keep_reason(store, "directive", forum, fact.number, fact.reason)
    states = {"confirmed": "open", "reopened": "open", "cancelled": "cancelled"}
    if fact.state in states:
        store.run(
            "UPDATE directive SET state = ? WHERE forum = ? AND number = ?",
            (states[fact.state], forum, fact.number),
        )
    if fact.text is not None:
        store.run(
            "UPDATE directive SET text = CASE WHEN destroyed = 1 THEN '' ELSE ? END, revised_at = ?"
            " WHERE forum = ? AND number = ?",
            (fact.text, fact.at, forum, fact.number),
        )
    if fact.due is not None:
        store.run(
            "UPDATE directive SET due = ?, due_phrase = CASE WHEN destroyed = 1 THEN '' ELSE ? END,"
            " due_certain = ? WHERE forum = ? AND number = ?",
            (fact.due, fact.due_phrase, int(fact.due_certain), forum, fact.number),
        )
    for column, value in (("urgency", fact.urgency), ("evidence", fact.evidence)):
        if value:
            store.run(
                f"UPDATE directive SET {column} = ? WHERE forum = ? AND number = ?", (value, forum, fact.number)
            )


def _readdressed(store: Store, forum: str, fact: f.Readdressed) -> None:
    store.run(
        "UPDATE directive SET to_all = ?, unled = ? WHERE forum = ? AND number = ?",
        (int(fact.to_all), "\n".join(fact.unled), forum, fact.directive),
    )


def _task(store: Store, forum: str, fact: f.Task) -> None:
    steps.task(store, forum, fact)
    acknowledged = fact.cause if fact.state == "acknowledged" else ""
    store.run(
        "INSERT INTO task (forum, directive, unit, state, at, issued_at, person, report, cause, acknowledged_by)"
        " VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (forum, directive, unit) DO UPDATE SET state = excluded.state,"
        " at = excluded.at, person = excluded.person, report = excluded.report, cause = excluded.cause,"
        " acknowledged_by = CASE WHEN excluded.state = 'open' THEN '' WHEN excluded.acknowledged_by <> ''"
        " THEN excluded.acknowledged_by ELSE task.acknowledged_by END",
        (
            forum,
            fact.directive,
            fact.unit,
            fact.state,
            fact.at,
            fact.at,
            fact.person,
            fact.report,
            fact.cause,
            acknowledged,
        ),
    )


def _report(store: Store, forum: str, fact: f.Report) -> None:
    store.run(
        "INSERT INTO report (forum, number, event, room, person, name, unit, role, text, state, directive,"
        " reported_at, evidence_until, thread, emergency, nil, changed_at, cause, promised)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            forum,
            fact.number,
            fact.event,
            fact.room,
            fact.person,
            fact.name,
            fact.unit,
            fact.role,
            fact.text,
            fact.state,
            fact.directive,
            fact.reported_at,
            fact.evidence_until,
            fact.thread,
            int(fact.emergency),
            int(fact.nil),
            fact.reported_at,
            fact.event,
            fact.evidence_until or 0 if fact.promised else 0,
        ),
    )


def _report_changed(store: Store, forum: str, fact: f.ReportChanged) -> None:
    if fact.state:
        store.run(
            "UPDATE report SET state = ?, cause = ?, changed_at = ? WHERE forum = ? AND number = ?",
            (fact.state, fact.cause, fact.at, forum, fact.number),
        )
    if fact.state or fact.reason:
        steps.keep_reason(store, "report", forum, fact.number, fact.reason)
    steps.report(store, forum, fact)
    if fact.directive is not None:
        store.run(
            "UPDATE report SET directive = ? WHERE forum = ? AND number = ?",
            (fact.directive or None, forum, fact.number),
        )
    if fact.evidence_until is not None:
        store.run(
            "UPDATE report SET evidence_until = ? WHERE forum = ? AND number = ?",
            (fact.evidence_until, forum, fact.number),
        )
    if fact.text is not None:
        store.run(
            "UPDATE report SET text = CASE WHEN destroyed = 1 THEN '' ELSE ? END WHERE forum = ? AND number = ?",
            (fact.text, forum, fact.number),
        )
    if fact.emergency:
        store.run("UPDATE report SET emergency = 1 WHERE forum = ? AND number = ?", (forum, fact.number))


def _paired(store: Store, forum: str, fact: f.EvidencePaired) -> None:
    store.run(
        "UPDATE media SET report = ? WHERE event = ? AND place = ?",
        (fact.report or None, fact.event, fact.index),
    )
    store.run(
        "UPDATE first_use SET report = ? WHERE event = ? AND place = ?",
        (fact.report or None, fact.event, fact.index),
    )


def _judged(store: Store, forum: str, fact: f.EvidenceJudged) -> None:
    store.run(
        "UPDATE media SET verdict = ?, sha256 = ?, mime = CASE WHEN destroyed = 1 THEN '' ELSE ? END,"
        " held_for = ?, earlier_event = ?, earlier_place = ?, earlier_report = ?, readable = ?,"
        " grid = CASE WHEN destroyed = 1 THEN '' ELSE ? END"
        " WHERE event = ? AND place = ?",
        (
            fact.verdict,
            fact.sha256,
            fact.mime,
            "\n".join(fact.held_for),
            *checks.earlier(forum, fact),
            fact.readable_sha256 or None,
            fact.grid,
            fact.event,
            fact.index,
        ),
    )
    pictures.remember(store, fact)
    if fact.verdict in ("ok", "held"):
        checks.claim(store, forum, fact.sha256, fact.event, fact.index, fact.report, fact.at)


APPLY: Mapping[type, Callable[[Store, str, Any], None]] = {
    f.Directive: _directive,
    f.DirectiveChanged: _directive_changed,
    f.Readdressed: _readdressed,
    f.Escalated: steps.escalated,
    f.Task: _task,
    f.Report: _report,
    f.ReportChanged: _report_changed,
    f.EvidencePaired: _paired,
    f.EvidenceJudged: _judged,
}
"""Kinds of fact about work to what they do to the projections."""
