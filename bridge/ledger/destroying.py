"""Destroying contents whose retention is over: out of every table, in the transaction that records it.

What goes is decided by the rule :mod:`bridge.forum.retention`. The chain keeps the hash of every content, so that
it still verifies; what is left for the projections is a husk without words (:func:`bridge.model.contents.husk`).
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from bridge.ledger import inbox, meta, outbox
from bridge.ledger.projections import blank
from bridge.ledger.store import Row, Store
from bridge.model import contents
from bridge.model import facts as f
from bridge.model.chain import canonical, decode

SWEEP_LIMIT, SWEEPS = 2000, 10
"""Rows of the inbox, or of the outbox, that are looked at in one statement, and how often in one transaction."""


def destroy(store: Store, forum: str, fact: f.Destroyed) -> None:
    """Do what a fact says was done, in the transaction that records it.

    Bodies and salts, the words in the projections, and the raw events that they came from are gone; what the
    projections need is left as a husk. Of the media the files are removed later, by an effect.
    """
    with _overwriting(store):
        _take_out(store, forum, fact)
        if not fact.upto:
            return
        kinds = contents.KINDS[fact.what]
        store.run(
            "INSERT INTO kept_back (forum, what, position) SELECT forum, ?, position FROM fact"
            f" WHERE forum = ? AND position > ? AND position <= ? AND kind IN ({','.join('?' * len(kinds))})"
            " AND body IS NOT NULL ON CONFLICT DO NOTHING",
            (fact.what, forum, fact.after, fact.upto, *kinds),
        )
        meta.put(store, f"destroyed:{forum}:{fact.what}", str(fact.upto))
        if fact.what == "messages":
            sealed = store.one(
                "SELECT at FROM fact WHERE forum = ? AND kind = 'week_sealed' AND position <= ?"
                " ORDER BY position DESC LIMIT 1",
                (forum, fact.upto),
            )
            if sealed is not None:
                for sweep in (_sweep_inbox, _sweep_outbox):
                    for _ in range(SWEEPS):
                        if not sweep(store, forum, sealed[0]):
                            break


@contextlib.contextmanager
def _overwriting(store: Store) -> Iterator[None]:
    """SQLite writes zeros over what is taken out, so that it cannot be found in the file."""
    if store.is_postgres:
        yield
        return
    store.run("PRAGMA secure_delete = on")
    try:
        yield
    finally:
        store.run("PRAGMA secure_delete = off")


def _take_out(store: Store, forum: str, fact: f.Destroyed) -> None:
    kinds = contents.KINDS[fact.what]
    events: dict[str, None] = {}
    for first, last in fact.ranges:
        rows = store.all(
            f"SELECT position, body FROM fact WHERE forum = ? AND position >= ? AND position <= ?"
            f" AND kind IN ({','.join('?' * len(kinds))}) AND body IS NOT NULL ORDER BY position",
            (forum, first, last, *kinds),
        )
        for position, body in rows:
            gone = decode(bytes(body))
            left = contents.husk(gone)
            store.run(
                "UPDATE fact SET body = NULL, salt = NULL, husk = ? WHERE forum = ? AND position = ?",
                (canonical(left) if left is not None else None, forum, position),
            )
            blank(store, forum, gone)
            events |= dict.fromkeys(contents.events_of(gone))
        store.run(
            "DELETE FROM kept_back WHERE forum = ? AND what = ? AND position >= ? AND position <= ?",
            (forum, fact.what, first, last),
        )
    _strip_events(store, events)


def _strip_events(store: Store, events: Iterable[str]) -> None:
    for event in events:
        row = store.one("SELECT id, kind, state, body FROM inbox WHERE key = ?", (event,))
        if row is not None:
            _strip(store, row)


def _strip(store: Store, row: Row) -> None:
    """Take the words out of a row of the inbox; that it came, when, and of whom its event was stays."""
    number, kind, state, body = row
    left = b"{}"
    if kind in ("event", "opened", "replay", "sealed"):
        event = inbox.decode_event(bytes(body))
        left = inbox.encode_event(msgspec.structs.replace(event, content={}, prev_content=None))
    # A message that nobody could read in all that time is not waited for any longer.
    ended = "done" if state == "sealed" else state
    store.run("UPDATE inbox SET body = ?, wire = NULL, error = '', state = ? WHERE id = ?", (left, ended, number))


def _sweep_inbox(store: Store, forum: str, before: int) -> bool:
    """What came before a time and was decided, also what was never recorded: commands, direct chats, reactions.

    True when there may be more.
    """
    mark = f"swept:{forum}:inbox"
    rows = store.all(
        "SELECT id, kind, state, body, at, key FROM inbox WHERE id > ? AND forum = ? ORDER BY id LIMIT ?",
        (int(meta.get(store, mark) or 0), forum, SWEEP_LIMIT),
    )
    upto = 0
    for row in rows:
        number, kind, state, _, at, key = row
        if kind == "timer":
            # It is set anew in the same row, and holds no words.
            upto = number
            continue
        if at >= before:
            break
        upto = number
        if state in ("done", "cancelled", "sealed") and not _kept(store, key):
            _strip(store, row[:4])
    if upto:
        meta.put(store, mark, str(upto))
    return len(rows) == SWEEP_LIMIT and upto == rows[-1][0]


def _kept(store: Store, event: str) -> bool:
    """Whether the words of a message are still kept, since something open rests on them."""
    return store.one("SELECT 1 FROM message WHERE event = ? AND destroyed = 0", (event,)) is not None


def _sweep_outbox(store: Store, forum: str, before: int) -> bool:
    """What was said before a time; True when there may be more."""
    mark = f"swept:{forum}:outbox"
    rows = store.all(
        "SELECT id, created, state FROM outbox WHERE id > ? AND forum = ? ORDER BY id LIMIT ?",
        (int(meta.get(store, mark) or 0), forum, SWEEP_LIMIT),
    )
    upto = 0
    for number, created, state in rows:
        if created >= before:
            break
        upto = number
        if state in ("confirmed", "cancelled"):
            outbox.forget_words(store, number)
    if upto:
        meta.put(store, mark, str(upto))
    return len(rows) == SWEEP_LIMIT and upto == rows[-1][0]


def still_shown(store: Store, sha256: str) -> bool:
    """Whether a record that is kept, of whatever forum, shows these bytes."""
    shown = "SELECT 1 FROM media WHERE {} = ? AND destroyed = 0"
    query = f"{shown.format('sha256')} UNION ALL {shown.format('readable')} LIMIT 1"
    return store.one(query, (sha256, sha256)) is not None


def verdict_waits(store: Store) -> bool:
    """Whether a verdict on a file has come in and is not decided yet."""
    return store.one("SELECT 1 FROM inbox WHERE state = 'new' AND kind = 'verdict' LIMIT 1") is not None


def scrub(ledger: Path) -> None:
    """Empty the log beside a SQLite file, in which pages stand as they were before; nothing for another database.

    Whoever reads just then keeps it from being emptied; the next time will.
    """
    if not ledger.is_file():
        return
    with contextlib.closing(sqlite3.connect(ledger, timeout=5)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
