"""Accounts that nobody of the roster has and that came to a room: how many at once, and what was asked."""

from __future__ import annotations

from bridge.ledger import acts, waiting
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.situation import ProposalView, WaveNeed, WaveView

COUNTED = 10_000
"""More than so many are not counted."""

CAME = ("join", "invite", "knock")


def note(store: Store, forum: str, fact: f.Membership) -> None:
    """Keep when an account that is nobody's came to a room last."""
    if fact.person is not None or fact.membership not in CAME:
        return
    store.run(
        "INSERT INTO entrance (forum, room, user_id, at) VALUES (?,?,?,?)"
        " ON CONFLICT (forum, room, user_id) DO UPDATE SET at = excluded.at",
        (forum, fact.room, fact.user, fact.at),
    )


def count(store: Store, forum: str, room: str, since: int, *without: str) -> int:
    """How many have come since a time, at most 10,000; ``without`` these accounts, the bot's own among them."""
    others = f" AND user_id NOT IN ({','.join('?' * len(without))})" if without else ""
    return store.count(
        f"SELECT COUNT(*) FROM (SELECT 1 FROM entrance WHERE forum = ? AND room = ? AND at >= ?{others}"
        " LIMIT ?) AS e",
        (forum, room, since, *without, COUNTED),
    )


def users(store: Store, forum: str, room: str, since: int) -> tuple[str, ...]:
    """Who has come since a time, in the order in which they came, at most 10,000."""
    rows = store.all(
        "SELECT user_id FROM entrance WHERE forum = ? AND room = ? AND at >= ? ORDER BY at, user_id LIMIT ?",
        (forum, room, since, COUNTED),
    )
    return tuple(row[0] for row in rows)


def wave(store: Store, forum: str, need: WaveNeed) -> WaveView:
    """Whether one more account in a room makes a wave, or belongs to one that was asked about."""
    last = waiting.newest_in(store, forum, "wave", need.room)
    since = need.since
    if last is not None and last.state != "open":
        # What people were asked about once is not asked about again.
        since = max(since, (last.due or 0) + 1)
    entered = count(store, forum, need.room, since, need.user, need.bot)
    singles: tuple[ProposalView, ...] = ()
    if entered >= need.joins and (last is None or last.state != "open"):
        came = set(users(store, forum, need.room, since))
        singles = tuple(
            one
            for one in waiting.open_proposals(store, forum)
            if one.room == need.room and one.by.startswith("rule:") and one.users and came.issuperset(one.users)
        )
    locks = acts.lasting(store, forum, "lock", "")
    return WaveView(
        entered=entered,
        proposal=last,
        locked=any(lock.fact.room == need.room and lock.fact.rule == "wave" for lock in locks),
        singles=singles,
    )
