"""What was done to people and rooms, read back: to show it, to end it, and to take it back exactly."""

from __future__ import annotations

import msgspec

from bridge.ledger.store import Row, Store
from bridge.model import facts as f
from bridge.model.situation import ActView

LIMIT = 30

_fact = msgspec.json.Decoder(f.Act).decode
_levels = msgspec.json.Decoder(dict[str, int | None]).decode

_ACT = "SELECT body, result, undone, standing, before FROM act WHERE forum = ?"
_NEWEST = " ORDER BY at DESC, LENGTH(number) DESC, number DESC LIMIT ?"


def act_view(store: Store, forum: str, number: str) -> ActView | None:
    """What was done under a number; None when nothing was."""
    row = store.one(f"{_ACT} AND number = ?", (forum, number))
    return _view(row) if row else None


def of_person(store: Store, forum: str, person: str) -> tuple[ActView, ...]:
    """What was done to a person, newest first, at most 30."""
    return _views(store.all(f"{_ACT} AND person = ?{_NEWEST}", (forum, person, LIMIT)))


def from_event(store: Store, forum: str, event: str) -> tuple[ActView, ...]:
    """What was done because of an event, newest first, at most 30."""
    return _views(store.all(f"{_ACT} AND cause = ?{_NEWEST}", (forum, event, LIMIT)))


def lasting(store: Store, forum: str, verb: str, user: str) -> tuple[ActView, ...]:
    """What lasts of a kind for an account (an empty one: for rooms), newest first, at most 30."""
    query = f"{_ACT} AND standing = 1 AND verb = ? AND user_id = ?{_NEWEST}"
    return _views(store.all(query, (forum, verb, user, LIMIT)))


def _views(rows: list[Row]) -> tuple[ActView, ...]:
    return tuple(_view(row) for row in rows)


def _view(row: Row) -> ActView:
    return ActView(
        fact=_fact(bytes(row[0])),
        result=row[1],
        undone=row[2],
        standing=bool(row[3]),
        before=_levels(bytes(row[4])) if row[4] is not None else {},
    )
