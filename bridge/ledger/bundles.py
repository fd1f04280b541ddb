"""Whether somebody has the bundle of a week, so that nothing is destroyed that nobody was given."""

from __future__ import annotations

from bridge.ledger import meta
from bridge.ledger.store import Store


def offered(store: Store, forum: str, week: str) -> None:
    """Note that a week's bundle was only offered by a link."""
    if meta.get(store, _name(forum, week)) is None:
        meta.put(store, _name(forum, week), "offered")


def fetched(store: Store, forum: str, week: str) -> None:
    """Note that somebody has taken a week's bundle."""
    meta.put(store, _name(forum, week), "fetched")


def handed_over(store: Store, forum: str, week: str) -> bool:
    """Whether a week's bundle stands in the audit room, or was taken by its link."""
    known = meta.get(store, _name(forum, week))
    if known is not None:
        return known == "fetched"
    # Posted as a file: the event that the homeserver gave it says so.
    posted = (
        "SELECT 1 FROM outbox WHERE forum = ? AND ref = ? AND state = 'confirmed' AND event IS NOT NULL LIMIT 1"
    )
    return store.one(posted, (forum, _ref(week))) is not None


def asked_for(store: Store, forum: str, week: str) -> bool:
    """Whether a week's bundle was ever to be posted; an errand that was given up does not count."""
    asked = "SELECT 1 FROM outbox WHERE forum = ? AND ref = ? AND state <> 'cancelled' LIMIT 1"
    return store.one(asked, (forum, _ref(week))) is not None


def _name(forum: str, week: str) -> str:
    return f"bundle:{forum}:{week}"


def _ref(week: str) -> str:
    return f"week:{week}.bundle"
