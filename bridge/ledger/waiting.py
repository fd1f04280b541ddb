"""Proposals as they stand: what waits in the control room, or did."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.ledger.members import escaped
from bridge.ledger.store import Row, Store
from bridge.model.situation import ProposalView

_PROPOSAL = "SELECT number, what, room, users, persons, detail, state, needs, by_whom, due FROM proposal"


def _proposal(row: Row) -> ProposalView:
    return ProposalView(
        number=row[0],
        what=row[1],
        room=row[2],
        users=tuple(filter(None, row[3].split("\n"))),
        persons=tuple(filter(None, row[4].split("\n"))),
        detail=row[5],
        state=row[6],
        needs=row[7],
        by=row[8],
        due=row[9],
    )


def proposal_view(store: Store, forum: str, number: str) -> ProposalView | None:
    """Something that waits in the control room, or did."""
    row = store.one(f"{_PROPOSAL} WHERE forum = ? AND number = ?", (forum, number))
    return _proposal(row) if row else None


def newest_proposal(store: Store, forum: str, what: str) -> ProposalView | None:
    """The newest proposal of a kind, whatever became of it."""
    row = store.one(
        f"{_PROPOSAL} WHERE forum = ? AND what = ? ORDER BY at DESC, LENGTH(number) DESC, number DESC LIMIT 1",
        (forum, what),
    )
    return _proposal(row) if row else None


def newest_in(store: Store, forum: str, what: str, room: str) -> ProposalView | None:
    """The newest proposal of a kind about a room, whatever became of it."""
    row = store.one(
        f"{_PROPOSAL} WHERE forum = ? AND what = ? AND room = ?"
        " ORDER BY at DESC, LENGTH(number) DESC, number DESC LIMIT 1",
        (forum, what, room),
    )
    return _proposal(row) if row else None


def open_proposals(store: Store, forum: str) -> tuple[ProposalView, ...]:
    """Everything that waits in the control room, newest first, at most 200."""
    rows = store.all(
        f"{_PROPOSAL} WHERE forum = ? AND state = 'open'"
        " ORDER BY at DESC, LENGTH(number) DESC, number DESC LIMIT 200",
        (forum,),
    )
    return tuple(_proposal(row) for row in rows)


ABOUT = 50
"""Accounts about which open proposals are looked for; more are never named by one row."""


def proposals_about(store: Store, forum: str, users: Sequence[str]) -> tuple[ProposalView, ...]:
    """Everything that waits in the control room about one of these accounts, newest first."""
    found: dict[str, ProposalView] = {}
    for user in users[:ABOUT]:
        # Names of accounts stand in it one a line.
        rows = store.all(
            f"{_PROPOSAL} WHERE forum = ? AND state = 'open' AND users LIKE ? ESCAPE '!'"
            " ORDER BY at DESC, LENGTH(number) DESC, number DESC LIMIT 20",
            (forum, f"%{escaped(user)}%"),
        )
        views = [_proposal(row) for row in rows]
        found |= {view.number: view for view in views if any(_is(user, one) for one in view.users)}
    return tuple(found.values())


def _is(name: str, user: str) -> bool:
    """Whether an account is the one named, or has the name where no server is said."""
    return user == name if ":" in name else user.partition(":")[0].lower() == name.lower()
