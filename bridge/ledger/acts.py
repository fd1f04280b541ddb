"""What was done to people and rooms, read back: to show it, to end it, and to take it back exactly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from bridge.ledger import outbox
from bridge.ledger.store import Row, Store
from bridge.model import facts as f
from bridge.model.situation import ActView, ProposalView

LIMIT = 30
MOST = 500

_fact = msgspec.json.Decoder(f.Act).decode
_levels = msgspec.json.Decoder(dict[str, int | None]).decode

_ACT = "SELECT body, result, undone, standing, before, room FROM act WHERE forum = ?"
_NEWEST = " ORDER BY at DESC, LENGTH(number) DESC, number DESC LIMIT ?"


class Changed(NamedTuple):
    """What has become of the keys that a rule changes in a room's state."""

    given: dict[str, int | None]
    """What it wrote last, by path."""
    pending: frozenset[str]
    """Paths of which a change waits."""
    decided: dict[str, int | None]
    """What a person put them back to."""


def changed(done: Iterable[ActView]) -> Changed:
    """Of acts of one rule in one room, newest first: of each path the newest that has a result counts."""
    given: dict[str, int | None] = {}
    decided: dict[str, int | None] = {}
    pending: set[str] = set()
    for act in done:
        for path, value in act.fact.changes.items():
            if path in given or path in decided:
                continue
            if not act.result:
                pending.add(path)
            elif act.undone:
                decided[path] = act.before.get(path)
            elif act.result in ("done", "already"):
                given[path] = value
    return Changed(given, frozenset(pending), decided)


def act_view(store: Store, forum: str, number: str) -> ActView | None:
    """What was done under a number; None when nothing was."""
    row = store.one(f"{_ACT} AND number = ?", (forum, number))
    if row is None:
        return None
    view = _view(row)
    return view if view.result else msgspec.structs.replace(view, untried=outbox.untried(store, forum, number))


def of_person(store: Store, forum: str, person: str) -> tuple[ActView, ...]:
    """What was done to a person, newest first, at most 30."""
    return _views(store.all(f"{_ACT} AND person = ?{_NEWEST}", (forum, person, LIMIT)))


def newest(store: Store, forum: str) -> tuple[ActView, ...]:
    """What was done last, newest first, at most 30."""
    rows = store.all(
        "SELECT body FROM fact WHERE forum = ? AND kind = 'act' ORDER BY position DESC LIMIT ?", (forum, LIMIT)
    )
    numbers = [_fact(bytes(row[0])).number for row in rows if row[0] is not None]
    marks = ",".join("?" * len(numbers))
    if not numbers:
        return ()
    return _views(store.all(f"{_ACT} AND number IN ({marks}){_NEWEST}", (forum, *numbers, LIMIT)))


def of_account(store: Store, forum: str, user: str) -> tuple[ActView, ...]:
    """What was done to an account that belonged to nobody of the roster, newest first, at most 30."""
    return _views(store.all(f"{_ACT} AND person = '' AND user_id = ?{_NEWEST}", (forum, user, LIMIT)))


def together(store: Store, forum: str, act: ActView) -> tuple[ActView, ...]:
    """What was done by the same hand for the same cause: to the same person, or to rooms. Newest first."""
    one = act.fact
    if not one.cause:
        return (act,)
    rows = store.all(
        f"{_ACT} AND cause = ? AND by_whom = ? AND person = ? AND (person <> '' OR user_id = ?){_NEWEST}",
        (forum, one.cause, one.by, one.person or "", one.user, MOST),
    )
    return tuple(found for found in _views(rows) if found.fact.undoes == "" or found.fact.verb == "mute")


def all_lasting(store: Store, forum: str, verbs: Sequence[str]) -> tuple[ActView, ...]:
    """All that lasts of these kinds, newest first, at most 500: what nobody has ended is little."""
    found: list[Row] = []
    for verb in verbs:
        found += store.all(f"{_ACT} AND standing = 1 AND verb = ?{_NEWEST}", (forum, verb, MOST))
    return _views(found)


def behind(store: Store, forum: str, proposal: ProposalView) -> dict[str, object]:
    """What carrying out a proposal about people rests on: what lasts of what was done; of an undoing, the act."""
    if proposal.what != "undo":
        return {"acts": all_lasting(store, forum, ("mute", "ban"))}
    act = act_view(store, forum, proposal.detail)
    # The number is the proposal's own: what it concerns is under the number that it names.
    return {"act": act, "acts": together(store, forum, act)} if act is not None else {}


def found_by(store: Store, forum: str, number: str) -> dict[str, int | None]:
    """What a change of levels found, path by path, as it is to be put back.

    Where it stood upon another act that was replaced, or ended before it, that is what the other had found.
    """
    act = act_view(store, forum, number)
    if act is None:
        return {}
    before = dict(act.before)
    if act.fact.verb == "mute" and not before and act.fact.undoes:
        return found_by(store, forum, act.fact.undoes)
    for path, level in act.before.items():
        before[path] = _beneath(store, forum, act.fact, path, level)
    return before


def _beneath(store: Store, forum: str, act: f.Act, path: str, level: int | None) -> int | None:
    """The level at a path without the locks and the floors that were ended while it was held down."""
    for lock in _ended(store, forum, act.room):
        same = lock.fact.room == act.room and lock.undone and path in lock.before
        if same and lock.fact.at <= act.at and lock.fact.changes.get(path) == level:
            level = lock.before[path]
    return level


def _ended(store: Store, forum: str, room: str) -> tuple[ActView, ...]:
    """Locks and floors of a room that were taken back, newest first."""
    query = f"{_ACT} AND standing = 0 AND verb IN ('lock', 'floor', 'speak') AND room = ?{_NEWEST}"
    return _views(store.all(query, (forum, room, LIMIT)))


def from_event(store: Store, forum: str, event: str) -> tuple[ActView, ...]:
    """What was done because of an event, newest first, at most 30."""
    return _views(store.all(f"{_ACT} AND cause = ?{_NEWEST}", (forum, event, LIMIT)))


def lasting(store: Store, forum: str, verb: str, user: str) -> tuple[ActView, ...]:
    """What lasts of a kind for an account (an empty one: for rooms), newest first, at most 30."""
    query = f"{_ACT} AND standing = 1 AND verb = ? AND user_id = ?{_NEWEST}"
    return _views(store.all(query, (forum, verb, user, LIMIT)))


def holding(store: Store, forum: str, room: str) -> tuple[ActView, ...]:
    """What keeps people of a room from writing, or lets one of them: locks and closed floors, newest first."""
    query = f"{_ACT} AND standing = 1 AND verb IN ('lock', 'floor', 'speak') AND room = ?{_NEWEST}"
    return _views(store.all(query, (forum, room, MOST)))


def floor_of(store: Store, forum: str, room: str) -> tuple[ActView, ...]:
    """What of it belongs to the floor of a meeting."""
    return tuple(act for act in holding(store, forum, room) if act.fact.verb != "lock")


def past(store: Store, forum: str, verb: str, limit: int) -> tuple[ActView, ...]:
    """What was done of a kind to rooms and does not last, newest first."""
    query = f"{_ACT} AND standing = 0 AND verb = ? AND user_id = ''{_NEWEST}"
    return _views(store.all(query, (forum, verb, limit)))


def _views(rows: list[Row]) -> tuple[ActView, ...]:
    return tuple(_view(row) for row in rows)


def _view(row: Row) -> ActView:
    return ActView(
        # A room may have been replaced since by another, in which what lasts goes on.
        fact=msgspec.structs.replace(_fact(bytes(row[0])), room=row[5]),
        result=row[1],
        undone=row[2],
        standing=bool(row[3]),
        before=_levels(bytes(row[4])) if row[4] is not None else {},
    )
