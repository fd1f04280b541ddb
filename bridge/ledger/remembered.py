"""What the record remembers of an account in a room, so that no rule does the same to a person twice."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.ledger.store import Store
from bridge.model import facts as f

KEPT = 2
"""In `adopted.present`: a person decided that they stay."""


def remember(store: Store, facts: Sequence[f.AnyFact]) -> None:
    """Note what facts say about members, in the transaction that records them."""
    for fact in facts:
        if isinstance(fact, f.Membership):
            _seen(store, fact)
        elif isinstance(fact, f.Act) and fact.user and fact.verb in ("invite", "remove"):
            _acted(store, fact)
        elif isinstance(fact, f.Proposal) and _keeps(fact):
            _note(store, fact.room, fact.users, "present", KEPT)
        elif isinstance(fact, f.Adopted):
            store.run(
                "UPDATE room SET adopted_at = ?, made_by_us = ? WHERE room = ?",
                (fact.at, int(fact.made_by_us), fact.room),
            )
            store.many(
                "INSERT INTO adopted (room, user_id, present, left_by_hand) VALUES (?,?,1,0)"
                " ON CONFLICT (room, user_id) DO UPDATE SET present = CASE WHEN adopted.present > 1"
                " THEN adopted.present ELSE 1 END",
                [(fact.room, user) for user in fact.present],
            )


def _seen(store: Store, fact: f.Membership) -> None:
    """Who left by hand is not invited again by a rule; who came back has settled whatever was before."""
    if fact.by_hand:
        _note(store, fact.room, (fact.user,), "left_by_hand", 1)
    elif fact.membership in ("join", "invite"):
        store.run(
            "UPDATE adopted SET left_by_hand = 0, act = NULL, act_at = NULL WHERE room = ? AND user_id = ?",
            (fact.room, fact.user),
        )


def _acted(store: Store, fact: f.Act) -> None:
    # A removal that a person ordered is a leaving by hand; whoever was kept is kept no longer.
    by_hand = int(fact.verb == "remove" and fact.rule == "command")
    store.run(
        "INSERT INTO adopted (room, user_id, present, left_by_hand, act, act_at) VALUES (?,?,0,?,?,?)"
        " ON CONFLICT (room, user_id) DO UPDATE SET left_by_hand = excluded.left_by_hand, act = excluded.act,"
        " act_at = excluded.act_at, present = CASE WHEN excluded.act = 'remove' THEN 0 ELSE adopted.present END",
        (fact.room, fact.user, by_hand, fact.verb, fact.at),
    )


def _keeps(fact: f.Proposal) -> bool:
    """Whether people have decided that these accounts stay: a removal cancelled, an invitation approved."""
    if fact.state == "cancelled":
        return fact.what in ("remove", "remove_many")
    return fact.state == "done" and fact.what in ("keep", "invite")


def _note(store: Store, room: str, users: Sequence[str], column: str, value: int) -> None:
    store.many(
        "INSERT INTO adopted (room, user_id, present, left_by_hand) VALUES (?,?,0,0)"
        " ON CONFLICT (room, user_id) DO NOTHING",
        [(room, user) for user in users],
    )
    store.many(
        f"UPDATE adopted SET {column} = ? WHERE room = ? AND user_id = ?",
        [(value, room, user) for user in users],
    )
