"""Questions that a command left open, and whom it may have meant: read back from the newest facts alone."""

from __future__ import annotations

import msgspec

from bridge.ledger.inbox import event_of
from bridge.ledger.record import Recorder
from bridge.model import facts as f
from bridge.model.situation import PromptView

NEWEST = 50
"""Questions that are looked through; each is open for a few minutes."""

LATELY = 60
"""Messages whose senders are the people of whom a command speaks."""

_prompted = msgspec.json.Decoder(f.Prompted).decode
_message = msgspec.json.Decoder(f.Message).decode


def of_command(recorder: Recorder, forum: str, event: str) -> PromptView | None:
    """The newest question about a command, whatever became of it."""
    return _view(recorder, next((one for one in _newest(recorder, forum) if one.event == event), None))


def waiting(recorder: Recorder, forum: str, person: str, room: str) -> PromptView | None:
    """The newest question that a person was asked in a room, if it was not answered yet."""
    fact = next((one for one in _newest(recorder, forum) if one.person == person and one.room == room), None)
    return _view(recorder, fact) if fact is not None and fact.state == "open" else None


def people_lately(recorder: Recorder, forum: str) -> tuple[str, ...]:
    """Who wrote last in the forum, the latest first: account ids."""
    rows = recorder.store.all(
        "SELECT body FROM fact WHERE forum = ? AND kind = 'message' AND body IS NOT NULL"
        " ORDER BY position DESC LIMIT ?",
        (forum, LATELY),
    )
    return tuple(dict.fromkeys(_message(bytes(row[0])).sender for row in rows))


def _newest(recorder: Recorder, forum: str) -> list[f.Prompted]:
    # What this very transaction records is not in the table before that.
    recorder.flush()
    rows = recorder.store.all(
        "SELECT body FROM fact WHERE forum = ? AND kind = 'prompted' AND body IS NOT NULL"
        " ORDER BY position DESC LIMIT ?",
        (forum, NEWEST),
    )
    return [_prompted(bytes(row[0])) for row in rows]


def _view(recorder: Recorder, fact: f.Prompted | None) -> PromptView | None:
    if fact is None:
        return None
    return PromptView(fact=fact, command=event_of(recorder.store, fact.event))
