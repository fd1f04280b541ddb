"""Records as they leave the ledger: for bundles, and to check the chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from bridge.ledger import chain
from bridge.ledger.store import Store
from bridge.model.facts import Record

PAGE = 2000


def records(store: Store, forum: str, after: int, upto: int) -> Iterator[Record]:
    """The records with ``after < position <= upto`` in order, read a page at a time."""
    position = after
    while position < upto:
        rows = store.all(
            "SELECT position, kind, at, body, salt, content_hash, link FROM fact"
            " WHERE forum = ? AND position > ? AND position <= ? ORDER BY position LIMIT ?",
            (forum, position, upto, PAGE),
        )
        if not rows:
            return
        for row in rows:
            yield Record(
                position=row[0],
                kind=row[1],
                at=row[2],
                body=None if row[3] is None else _bytes(row[3]),
                salt=None if row[4] is None else _bytes(row[4]),
                content_hash=_bytes(row[5]),
                link=_bytes(row[6]),
            )
        position = rows[-1][0]


def _bytes(value: object) -> bytes:
    """A stored value. Whoever edits the database by hand may leave text, which the chain then finds changed."""
    return value.encode() if isinstance(value, str) else bytes(value)  # type: ignore[call-overload]


def sealed_weeks(store: Store, forum: str) -> list[tuple[str, int]]:
    """(ISO week, position of its seal) of every sealed week, oldest first."""
    rows = store.all(
        "SELECT position, body FROM fact WHERE forum = ? AND kind = 'week_sealed' ORDER BY position", (forum,)
    )
    weeks = []
    for position, body in rows:
        content = msgspec.json.decode(bytes(body)) if body is not None else {}
        weeks.append((str(content.get("week", "")), int(position)))
    return weeks


class ForumHistory:
    """The history of one forum through one connection, for the export of weeks."""

    def __init__(self, store: Store, forum: str) -> None:
        self._store = store
        self._forum = forum

    def sealed_weeks(self) -> Sequence[tuple[str, int]]:
        """(ISO week, position of its seal), oldest first."""
        return sealed_weeks(self._store, self._forum)

    def records(self, after: int, upto: int) -> Iterator[Record]:
        """The records with ``after < position <= upto``."""
        return records(self._store, self._forum, after, upto)


def verify_chain(store: Store, forum: str) -> chain.Head:
    """Walk a forum's whole chain and return its head. Raises :class:`bridge.ledger.chain.Broken`."""
    row = store.one("SELECT position, link FROM forum WHERE id = ?", (forum,))
    if row is None:
        return chain.START
    head = chain.verify(records(store, forum, 0, row[0]))
    if head != chain.Head(row[0], _bytes(row[1])):
        raise chain.Broken(row[0], "link")
    _nothing_after(store, forum, row[0])
    return head


def verify_newest(store: Store, forum: str, count: int | None) -> int:
    """Walk the newest ``count`` records of a forum's chain (None: all); returns how many were walked.

    The link before the first of them is believed. Raises :class:`bridge.model.chain.Broken`.
    """
    row = store.one("SELECT position, link FROM forum WHERE id = ?", (forum,))
    if row is None:
        return 0
    newest = chain.Head(row[0], _bytes(row[1]))
    after = 0 if count is None else max(0, newest.position - count)
    start = chain.START
    if after:
        before = store.one("SELECT link FROM fact WHERE forum = ? AND position = ?", (forum, after))
        if before is None:
            raise chain.Broken(after, "position")
        start = chain.Head(after, _bytes(before[0]))
    if chain.verify(records(store, forum, after, newest.position), start) != newest:
        raise chain.Broken(newest.position, "link")
    _nothing_after(store, forum, newest.position)
    return newest.position - after


def _nothing_after(store: Store, forum: str, newest: int) -> None:
    """That no record stands behind the head, and none before the first."""
    beyond = store.one(
        "SELECT position FROM fact WHERE forum = ? AND (position > ? OR position < 1) ORDER BY position LIMIT 1",
        (forum, newest),
    )
    if beyond is not None:
        raise chain.Broken(beyond[0], "position")
