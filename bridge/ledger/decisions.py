"""Decisions as the rules see them, and what their facts add up to: indexed and bounded."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bridge.ledger.store import Row, Store
from bridge.model import facts as f
from bridge.model.chain import canonical, decode
from bridge.model.contents import husk
from bridge.model.situation import DecisionView

NEWEST = 30
ON_A_DAY = 5
"""More decisions of one day than one are not clear anyway."""

_fact = msgspec.json.Decoder(f.Decision).decode
_VIEW = (
    "SELECT body, state, ended_by, destroyed, changed_by, changed_at, why FROM decision WHERE body IS NOT NULL AND"
)


def view(store: Store, forum: str, number: str) -> DecisionView | None:
    """A decision by its number."""
    row = store.one(f"{_VIEW} forum = ? AND number = ?", (forum, number))
    return _view(row) if row is not None else None


def named(store: Store, forum: str, numbers: Sequence[str]) -> tuple[DecisionView, ...]:
    """Decisions by their numbers, as far as there are any."""
    marks = ",".join("?" * len(numbers))
    rows = store.all(f"{_VIEW} forum = ? AND number IN ({marks})", (forum, *numbers))
    return tuple(_view(row) for row in rows)


def newest(store: Store, forum: str) -> tuple[DecisionView, ...]:
    """The newest decisions, newest first."""
    rows = store.all(f"{_VIEW} forum = ? ORDER BY at DESC LIMIT ?", (forum, NEWEST))
    return tuple(_view(row) for row in rows)


def between(store: Store, forum: str, since: int, until: int) -> tuple[DecisionView, ...]:
    """What was decided within a time and is in force, newest first."""
    rows = store.all(
        f"{_VIEW} forum = ? AND at >= ? AND at < ? AND state = 'in_force' ORDER BY at DESC LIMIT ?",
        (forum, since, until, ON_A_DAY),
    )
    return tuple(_view(row) for row in rows)


def _view(row: Row) -> DecisionView:
    return DecisionView(
        fact=_fact(bytes(row[0])),
        state=row[1],
        ended_by=row[2],
        destroyed=bool(row[3]),
        by=row[4],
        changed_at=row[5],
        why=row[6],
    )


def record(store: Store, forum: str, fact: f.Decision) -> None:
    """A decision is in force from its record on, whatever day it names."""
    store.run(
        "INSERT INTO decision (forum, number, event, person, text, at, state, ended_by, body)"
        " VALUES (?,?,?,?,?,?,'in_force','',?)",
        (forum, fact.number, fact.event, fact.person, fact.text, fact.decided_at, canonical(fact)),
    )


def change(store: Store, forum: str, fact: f.DecisionChanged) -> None:
    """It ended, or is in force again."""
    store.run(
        "UPDATE decision SET state = ?, ended_by = ?, changed_by = ?, changed_at = ?, why = ?"
        " WHERE forum = ? AND number = ?",
        (fact.state, fact.ended_by, fact.by, fact.at, fact.why, forum, fact.number),
    )


def corrected(store: Store, forum: str, fact: f.Corrected) -> None:
    """Its message was no decision after all."""
    if fact.was == "decision" and fact.number_was and fact.label != "decision":
        store.run(
            "UPDATE decision SET state = 'withdrawn', changed_by = ?, changed_at = ?, why = ''"
            " WHERE forum = ? AND number = ?",
            (fact.by, fact.at, forum, fact.number_was),
        )


def blank(store: Store, forum: str, fact: f.Decision) -> None:
    """Its words are gone, as their retention is over."""
    left = husk(fact)
    body = canonical(left if left is not None else fact)
    store.run(
        "UPDATE decision SET text = '', destroyed = 1, body = ? WHERE forum = ? AND number = ?",
        (body, forum, fact.number),
    )


def keep_changes(store: Store) -> None:
    """Fill who changed each decision from the facts (a step of the schema)."""
    for forum, body in store.all(
        "SELECT forum, body FROM fact WHERE kind IN ('decision_changed', 'corrected') AND body IS NOT NULL"
        " ORDER BY forum, position"
    ):
        fact = decode(bytes(body))
        if isinstance(fact, f.DecisionChanged):
            change(store, forum, fact)
        elif isinstance(fact, f.Corrected):
            corrected(store, forum, fact)


def keep_whole(store: Store) -> None:
    """Fill the whole of each decision from its fact, or what is left of it (a step of the schema)."""
    for forum, body, left in store.all(
        "SELECT forum, body, husk FROM fact WHERE kind = 'decision' AND (body IS NOT NULL OR husk IS NOT NULL)"
    ):
        whole = _fact(bytes(body if body is not None else left))
        store.run(
            "UPDATE decision SET body = ? WHERE forum = ? AND number = ?", (canonical(whole), forum, whole.number)
        )
