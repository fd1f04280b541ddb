"""Steps: what became of an order and of each of its tasks, one row for every change, so that it can be told.

A step says what, when, who and, where somebody said so, why. The reasons are words of the talk: they go when the
record that holds them is destroyed.
"""

from __future__ import annotations

import msgspec

from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.situation import StepView

LIMIT = 400
"""Steps of one order that are read, the newest."""

WITH_REASON = ("returned", "reopened")
"""States of a task that are those of its report, and have its reason."""


def of(store: Store, forum: str, directive: str) -> tuple[StepView, ...]:
    """The steps of an order, oldest first."""
    rows = store.all(
        "SELECT what, unit, at, who, via, report, reason, cause FROM step WHERE forum = ? AND directive = ?"
        " ORDER BY place DESC LIMIT ?",
        (forum, directive, LIMIT),
    )
    return tuple(
        StepView(what=r[0], unit=r[1], at=r[2], who=r[3], via=r[4], report=r[5] or None, reason=r[6], cause=r[7])
        for r in reversed(rows)
    )


def order(store: Store, forum: str, fact: f.DirectiveChanged) -> None:
    """An order was changed."""
    what = what_of(fact)
    _add(store, forum, fact.number, what=what, at=fact.at, who=fact.by, reason=fact.reason, cause=fact.cause)


def what_of(fact: f.DirectiveChanged) -> str:
    """What a change of an order is called."""
    if fact.state:
        return fact.state
    changed = (("due", fact.due is not None), ("urgency", bool(fact.urgency)), ("evidence", bool(fact.evidence)))
    return next((name for name, said in changed if said), "reason")


def escalated(store: Store, forum: str, fact: f.Escalated) -> None:
    """Those whom the policy names were told that units are late."""
    told = "\n".join(fact.persons)
    for unit in fact.units:
        _add(store, forum, fact.directive, what="escalated", unit=unit, at=fact.at, who=told, cause=fact.cause)


def task(store: Store, forum: str, fact: f.Task) -> None:
    """A task moved on; why, if its report was returned with a reason."""
    why = ""
    if fact.report and fact.state in WITH_REASON:
        row = store.one(
            "SELECT reason FROM report WHERE forum = ? AND number = ? AND cause = ?",
            (forum, fact.report, fact.cause),
        )
        why = row[0] if row else ""
    _task(store, forum, fact, why)


def _task(store: Store, forum: str, fact: f.Task, why: str) -> None:
    _add(
        store,
        forum,
        fact.directive,
        what=fact.state,
        unit=fact.unit,
        at=fact.at,
        who=fact.person or fact.by,
        via=fact.via,
        report=fact.report or "",
        reason=why,
        cause=fact.cause,
    )


def report(store: Store, forum: str, fact: f.ReportChanged) -> None:
    """Why a report was returned was said afterwards."""
    if fact.state or not fact.reason:
        return
    row = store.one("SELECT directive, unit FROM report WHERE forum = ? AND number = ?", (forum, fact.number))
    if row is None or not row[0]:
        return
    _add(
        store,
        forum,
        row[0],
        what="reason",
        unit=row[1] or "",
        at=fact.at,
        who=fact.by,
        via=fact.via,
        report=fact.number,
        reason=fact.reason,
        cause=fact.cause,
    )


def blank(store: Store, forum: str, fact: f.AnyFact) -> None:
    """Take out the reasons that a destroyed fact held."""
    if isinstance(fact, f.DirectiveChanged):
        store.run(
            "UPDATE step SET reason = '' WHERE forum = ? AND directive = ? AND cause = ?",
            (forum, fact.number, fact.cause),
        )
    elif isinstance(fact, f.ReportChanged):
        store.run(
            "UPDATE step SET reason = '' WHERE forum = ? AND report = ? AND cause = ?",
            (forum, fact.number, fact.cause),
        )


def _add(
    store: Store,
    forum: str,
    directive: str,
    *,
    what: str,
    at: int,
    who: str,
    cause: str,
    unit: str = "",
    via: str = "",
    report: str = "",
    reason: str = "",
) -> None:
    store.run(
        "INSERT INTO step (forum, directive, place, what, unit, at, who, via, report, reason, cause)"
        " VALUES (?,?,(SELECT COALESCE(MAX(place), 0) + 1 FROM step WHERE forum = ? AND directive = ?),"
        "?,?,?,?,?,?,?,?)",
        (forum, directive, forum, directive, what, unit, at, who, via, report, reason, cause),
    )


_decode = msgspec.json.Decoder(f.AnyFact).decode


def begin(store: Store) -> None:
    """Make the table in a ledger that has none; fill it, and the reasons of orders and reports, from its facts."""
    large = "BIGINT" if store.is_postgres else "INTEGER"
    for table in ("directive", "report"):
        store.run(f"ALTER TABLE {table} ADD COLUMN reason TEXT NOT NULL DEFAULT ''")
    store.run(
        "CREATE TABLE step (forum TEXT NOT NULL, directive TEXT NOT NULL, place INTEGER NOT NULL,"
        f" what TEXT NOT NULL, unit TEXT NOT NULL, at {large} NOT NULL, who TEXT NOT NULL, via TEXT NOT NULL,"
        " report TEXT NOT NULL, reason TEXT NOT NULL, cause TEXT NOT NULL, PRIMARY KEY (forum, directive, place))"
    )
    store.run("CREATE INDEX step_forum_report ON step (forum, report)")
    for (forum,) in store.all("SELECT id FROM forum ORDER BY id"):
        reasons: dict[tuple[str, str], str] = {}
        for body, husk in store.all(
            "SELECT body, husk FROM fact WHERE forum = ?"
            " AND kind IN ('directive_changed', 'task', 'report_changed', 'escalated') ORDER BY position",
            (forum,),
        ):
            if body is not None or husk is not None:
                _again(store, forum, _decode(bytes(body or husk)), reasons)


def _again(store: Store, forum: str, fact: f.AnyFact, reasons: dict[tuple[str, str], str]) -> None:
    match fact:
        case f.DirectiveChanged():
            order(store, forum, fact)
            if fact.state or fact.reason:
                keep_reason(store, "directive", forum, fact.number, fact.reason)
        case f.Task():
            why = reasons.get((fact.report or "", fact.cause), "") if fact.state in WITH_REASON else ""
            _task(store, forum, fact, why)
        case f.ReportChanged() if fact.state or fact.reason:
            reasons[fact.number, fact.cause] = fact.reason
            keep_reason(store, "report", forum, fact.number, fact.reason)
            report(store, forum, fact)
        case f.Escalated():
            escalated(store, forum, fact)
        case _:
            pass


def keep_reason(store: Store, table: str, forum: str, number: str, reason: str) -> None:
    """Why an order or a report is in the state in which it is; not where its words are destroyed."""
    store.run(
        f"UPDATE {table} SET reason = CASE WHEN destroyed = 1 THEN '' ELSE ? END WHERE forum = ? AND number = ?",
        (reason, forum, number),
    )
