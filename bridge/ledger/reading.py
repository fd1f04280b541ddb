"""Who was seen to read in the forum, and who took part of late; bounded by the people and by one week."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bridge.ledger.record import Recorder
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.situation import PartNeed, PartView, ReadView

KEPT_WEEKS = 2
"""Of each person; the week before is counted when it is sealed, a little after its end."""

OF_A_WEEK = 2000
"""Facts of a kind since the last seal that are looked at."""

PAGE = 100
_task = msgspec.json.Decoder(f.Task).decode
_report = msgspec.json.Decoder(f.Report).decode


class Seen(msgspec.Struct, frozen=True):
    """A person has read at a time (ms), which lies in a week (`2026-W47`)."""

    person: str
    week: str
    at: int


def note(store: Store, forum: str, seen: Sequence[Seen]) -> None:
    """Keep the first and the last time of each person in each week; of a person only the newest weeks."""
    store.many(
        "INSERT INTO reading (forum, person, week, first, last) VALUES (?,?,?,?,?)"
        " ON CONFLICT (forum, person, week) DO UPDATE SET last = CASE WHEN excluded.last > reading.last"
        " THEN excluded.last ELSE reading.last END",
        [(forum, one.person, one.week, one.at, one.at) for one in seen],
    )
    store.many(
        "DELETE FROM reading WHERE forum = ? AND person = ? AND week < (SELECT MIN(week) FROM (SELECT week FROM"
        f" reading WHERE forum = ? AND person = ? ORDER BY week DESC LIMIT {KEPT_WEEKS}) AS newest)",
        [(forum, one.person, forum, one.person) for one in seen],
    )


def view(recorder: Recorder, forum: str, need: PartNeed, since: int) -> PartView:
    """How these people take part: what they read, and since a position of the record who said siap and reported."""
    store = recorder.store
    recorder.flush()
    rows = store.all("SELECT person, week, first, last FROM reading WHERE forum = ?", (forum,))
    return PartView(
        read=tuple(ReadView(*row) for row in rows),
        acknowledged=frozenset(
            fact.person
            for fact in map(_task, _bodies(store, forum, "task", since))
            if fact.person and fact.state == "acknowledged"
        ),
        reported=frozenset(fact.person for fact in map(_report, _bodies(store, forum, "report", since))),
        ever_reported=_ever_reported(store, forum, list(dict.fromkeys(person for person, _ in need.accounts))),
        wrote=_wrote(store, forum, need),
    )


def _bodies(store: Store, forum: str, kind: str, since: int) -> list[bytes]:
    rows = store.all(
        "SELECT body FROM fact WHERE forum = ? AND kind = ? AND position > ? AND body IS NOT NULL"
        " ORDER BY position DESC LIMIT ?",
        (forum, kind, since, OF_A_WEEK),
    )
    return [bytes(row[0]) for row in rows]


def _ever_reported(store: Store, forum: str, persons: Sequence[str]) -> frozenset[str]:
    found: set[str] = set()
    for first in range(0, len(persons), PAGE):
        some = persons[first : first + PAGE]
        one = "SELECT CAST(? AS TEXT) WHERE EXISTS (SELECT 1 FROM report WHERE forum = ? AND person = ?)"
        query = " UNION ALL ".join([one] * len(some))
        found |= {row[0] for row in store.all(query, tuple(v for p in some for v in (p, forum, p)))}
    return frozenset(found)


def _wrote(store: Store, forum: str, need: PartNeed) -> dict[str, int]:
    """When each of these people wrote last, whoever they were then: asked account by account, by its index."""
    found: dict[str, int] = {}
    for first in range(0, len(need.accounts), PAGE):
        some = need.accounts[first : first + PAGE]
        one = (
            "SELECT CAST(? AS TEXT), (SELECT MAX(sent_at) FROM message WHERE forum = ? AND room = ? AND sender = ?)"
        )
        values = tuple(value for person, user in some for value in (person, forum, need.room, user))
        for person, at in store.all(" UNION ALL ".join([one] * len(some)), values):
            if at is not None:
                found[person] = max(at, found.get(person, 0))
    return found
