"""How the ledger stands: what waits, what failed, what was given up. For whoever looks at it from outside."""

from __future__ import annotations

import msgspec

from bridge.ledger import fetching, inbox
from bridge.ledger.store import Store

MOST = 10_000
"""More than this is not counted."""


class Queues(msgspec.Struct, frozen=True, kw_only=True):
    """What is under way in one forum."""

    undecided: int
    unsent: int
    media: int
    sealed: int
    gaps: int
    failed: int
    failures: tuple[tuple[str, str], ...]
    """(key, error), newest first."""
    stuck: int
    """Tried, and put off with a reason."""
    reasons: tuple[tuple[str, str], ...]
    """(room, reason), newest first, each reason once."""
    cancelled: int
    given_up: tuple[str, ...]
    """Reasons of what was given up of late."""
    degraded: tuple[tuple[str, str], ...]
    """(kind of room, why)"""
    unaccepted: tuple[str, ...]
    """Persons who have not accepted the invitation to their direct chat."""


RECENT = 500
"""What was given up is only looked for among this many newest rows."""


def queues(store: Store, forum: str) -> Queues:
    """The queues of a forum. What waits in its preview or in another forum is not under way here."""
    reasons = store.all(
        "SELECT room, error FROM outbox WHERE state = 'waiting' AND error <> '' AND attempts > 1 AND forum = ?"
        " ORDER BY id DESC LIMIT 100",
        (forum,),
    )
    newest = store.count("SELECT MAX(id) FROM outbox")
    given_up = [
        r[0]
        for r in store.all(
            "SELECT error FROM outbox WHERE state = 'cancelled' AND id > ? AND forum = ? ORDER BY id DESC",
            (newest - RECENT, forum),
        )
    ]
    return Queues(
        undecided=inbox.undecided(store, forum),
        unsent=_count(store, forum, "outbox", "state IN ('waiting', 'sending')"),
        media=fetching.waiting(store, forum),
        sealed=_count(store, forum, "inbox", "state = 'sealed'"),
        gaps=_count(store, forum, "gap", "state = 'open'"),
        failed=_count(store, forum, "inbox", "state = 'failed'"),
        failures=tuple((key, error) for where, key, error in inbox.failed(store) if where == forum),
        stuck=len(reasons),
        reasons=tuple({why: (room, why) for room, why in reasons}.values()),
        cancelled=len(given_up),
        given_up=tuple(dict.fromkeys(given_up)),
        degraded=tuple(
            (r[0], r[1])
            for r in store.all(
                "SELECT kind, degraded FROM room WHERE degraded <> '' AND forum = ? ORDER BY room", (forum,)
            )
        ),
        unaccepted=tuple(
            r[0]
            for r in store.all(
                "SELECT DISTINCT r.person FROM room r JOIN room_state s ON s.room = r.room"
                " AND s.type = 'm.room.member' WHERE r.kind = 'direct' AND r.forum = ? AND r.membership = 'join'"
                " AND s.membership = 'invite' AND r.person IS NOT NULL ORDER BY r.person",
                (forum,),
            )
        ),
    )


def _count(store: Store, forum: str, table: str, where: str) -> int:
    return store.count(
        f"SELECT COUNT(*) FROM (SELECT 1 FROM {table} WHERE {where} AND forum = ? LIMIT {MOST}) AS queue", (forum,)
    )


def forums(store: Store) -> list[str]:
    """The ids of the forums in this ledger."""
    return [r[0] for r in store.all("SELECT id FROM forum ORDER BY id")]


def standing(store: Store, forum: str) -> tuple[str, bool, int]:
    """(stage, whether it is a rehearsal, when the newest record was made)."""
    row = store.one("SELECT stage, rehearsal FROM forum WHERE id = ?", (forum,))
    newest = store.one("SELECT at FROM fact WHERE forum = ? ORDER BY position DESC LIMIT 1", (forum,))
    return (row[0] if row else "unknown"), bool(row and row[1]), int(newest[0]) if newest else 0
