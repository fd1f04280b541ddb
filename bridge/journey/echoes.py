"""Echoes: our own events coming back confirm what we sent, whatever became of the answer."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.ledger import outbox, record
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.effects import Deed
from bridge.model.event import Event
from bridge.model.situation import Outcome


def confirm_echoes(store: Store, events: Sequence[Event], own: str, now: int) -> None:
    """Confirm the outbox rows of our own events among these.

    The homeserver names the transaction id to the device that sent an event; to another device of ours, and where
    it has forgotten, the cause in the content says the same.
    """
    ours = [event for event in events if event.sender == own and event.state_key is None]
    answered = outbox.events_of(store, [event.transaction_id for event in ours if event.transaction_id])
    for event in ours:
        if answered.get(event.transaction_id or "") == event.event_id:
            # The answer to the request has said all of it.
            continue
        for name in (event.transaction_id, event.content.get("tudang.cause")):
            found = outbox.by_txn(store, name) if isinstance(name, str) else None
            if found is None:
                continue
            errand, forum, effect = found
            ref = getattr(effect, "ref", "")
            # A row may be confirmed without its event being known: a reaction that stood there already.
            unknown = bool(ref) and outbox.posted(store, forum, ref) is None
            first = outbox.confirm(store, errand, event.event_id)
            if first or unknown:
                outbox.note_posted(store, forum, effect, event.room_id, event.event_id, now)
            if first and isinstance(effect, Deed):
                # Nobody heard the answer: that the act is done is noted here, or nowhere.
                done = f.ActDone(number=effect.act, result="done", at=now)
                record.record(store, forum, Outcome(facts=[done]), now=now, cause=str(name), letters=frozenset())
            break
