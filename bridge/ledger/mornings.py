"""What is remembered of the morning digest: the day of the last one, and who asked for it or for none."""

from __future__ import annotations

import msgspec

from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.situation import MorningView

_sent = msgspec.json.Decoder(f.DigestSent).decode

PERSONS = 2000
"""How many wishes are read; there is at most one of each person."""


def view(store: Store, forum: str) -> MorningView:
    """Read from the facts, which must be written, and from the wishes."""
    row = store.one(
        "SELECT body FROM fact WHERE forum = ? AND kind = 'digest_sent' ORDER BY position DESC LIMIT 1", (forum,)
    )
    wishes = store.all("SELECT person, wanted FROM digest_wish WHERE forum = ? LIMIT ?", (forum, PERSONS))
    return MorningView(
        last_day=_sent(bytes(row[0])).day if row is not None and row[0] is not None else "",
        wishes={person: bool(wanted) for person, wanted in wishes},
    )


def note(store: Store, forum: str, fact: f.DigestWanted) -> None:
    """What a person said last counts."""
    store.run(
        "INSERT INTO digest_wish (forum, person, wanted, at) VALUES (?,?,?,?)"
        " ON CONFLICT (forum, person) DO UPDATE SET wanted = excluded.wanted, at = excluded.at",
        (forum, fact.person, int(fact.wanted), fact.at),
    )
