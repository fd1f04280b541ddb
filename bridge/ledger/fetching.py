"""Media still to be fetched and judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from bridge.ledger.store import Store
from bridge.model.effects import Judge

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Judge).decode


class Wanted(msgspec.Struct, frozen=True):
    """A media file that waits to be fetched."""

    forum: str
    judge: Judge
    attempts: int
    created: int


def add(store: Store, judges: Sequence[tuple[str, Judge, int]]) -> None:
    """Have files (forum, file, now) fetched and judged; what is to be fetched already is not taken twice."""
    store.many(
        "INSERT INTO fetching (event, place, forum, person, body, attempts, not_before, created)"
        " VALUES (?,?,?,?,?,0,0,?) ON CONFLICT DO NOTHING",
        [(judge.event, judge.index, forum, judge.person, _encode(judge), now) for forum, judge, now in judges],
    )


def due(store: Store, now: int, limit: int, forums: Collection[str] | None = None) -> list[Wanted]:
    """Files that may be tried now, oldest first; of these forums (None: of all)."""
    # What filters is written so that no index is chosen for it: that of the age ends the search after a few rows,
    # where any other would sort all that waits, for every file of a backlog again.
    of = "" if forums is None else f" AND COALESCE(forum, '') IN ({','.join('?' * len(forums))})"
    return [
        Wanted(row[0], _decode(bytes(row[1])), row[2], row[3])
        for row in store.all(
            f"SELECT forum, body, attempts, created FROM fetching WHERE not_before + 0 <= ?{of}"
            " ORDER BY created LIMIT ?",
            (now, *(forums or ()), limit),
        )
    ]


def put_off(store: Store, judge: Judge, until: int) -> None:
    """Try again later."""
    store.run(
        "UPDATE fetching SET not_before = ?, attempts = attempts + 1 WHERE event = ? AND place = ?",
        (until, judge.event, judge.index),
    )


def hold(store: Store, judge: Judge, until: int) -> None:
    """Try again later; it does not count as a try."""
    store.run("UPDATE fetching SET not_before = ? WHERE event = ? AND place = ?", (until, judge.event, judge.index))


def forget_pauses(store: Store) -> None:
    """Everything put off may be tried again: the clock went back."""
    store.run("UPDATE fetching SET not_before = 0 WHERE not_before > 0")


def done(store: Store, judge: Judge) -> None:
    """It is judged, or given up."""
    store.run("DELETE FROM fetching WHERE event = ? AND place = ?", (judge.event, judge.index))


def is_stored(store: Store, event: str) -> bool:
    """Whether nothing of an event is still to be fetched: what could be stored of it is stored."""
    return store.one("SELECT 1 FROM fetching WHERE event = ? LIMIT 1", (event,)) is None


class Unfetched(msgspec.Struct, frozen=True):
    """A file of a recorded message that has no verdict yet."""

    index: int
    kind: str
    mxc: str
    room: str
    person: str | None
    forum: str


def unfetched(store: Store, event: str) -> list[Unfetched]:
    """The files of a message that have no verdict yet, whether they wait to be fetched or not."""
    rows = store.all(
        "SELECT place, kind, mxc, room, person, forum FROM media WHERE event = ? AND verdict = 'pending'"
        " AND destroyed = 0 ORDER BY place",
        (event,),
    )
    return [Unfetched(*row) for row in rows]


def waiting(store: Store, forum: str = "") -> int:
    """How many files wait, of a forum or of all (at most 10,000 are counted)."""
    of = (" WHERE forum = ?", (forum,)) if forum else ("", ())
    return store.count(f"SELECT COUNT(*) FROM (SELECT 1 FROM fetching{of[0]} LIMIT 10000) AS waiting", of[1])
