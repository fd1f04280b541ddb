"""Reading for cards, at the moment of sending."""

from __future__ import annotations

import msgspec

from bridge.ledger import waiting, work
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.situation import DirectiveView, ProposalView

_fact = msgspec.json.Decoder(f.AnyFact).decode


class WeekHead(msgspec.Struct, frozen=True):
    """A sealed week and the head at its cut."""

    week: f.WeekSealed
    position: int
    link: bytes


def directive(store: Store, forum: str, number: str) -> DirectiveView | None:
    """A directive as it stands now."""
    return work.directive_view(store, forum, number)


def proposal(store: Store, forum: str, number: str) -> ProposalView | None:
    """A proposal as it stands now."""
    return waiting.proposal_view(store, forum, number)


def week(store: Store, forum: str, name: str) -> WeekHead | None:
    """The record that sealed a week; weeks are few, so that the newest hundred are looked through."""
    rows = store.all(
        "SELECT position, body, link FROM fact WHERE forum = ? AND kind = 'week_sealed'"
        " ORDER BY position DESC LIMIT 100",
        (forum,),
    )
    for position, body, link in rows:
        sealed = _fact(bytes(body)) if body is not None else None
        if isinstance(sealed, f.WeekSealed) and sealed.week == name:
            return WeekHead(sealed, position, bytes(link))
    return None


def head(store: Store, forum: str) -> tuple[int, bytes]:
    """(count, link) of the chain now."""
    row = store.one("SELECT position, link FROM forum WHERE id = ?", (forum,))
    return (row[0], bytes(row[1])) if row else (0, b"")
