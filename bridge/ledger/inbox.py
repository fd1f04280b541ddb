"""The inbox: what arrived, in the order in which it is decided.

A batch is one sync response (or one page of a gap); ``place`` orders its rows. Rows of a sync response start at
:data:`WINDOW`, so that the events of a gap before it sort in front. Nothing is taken twice: ``key`` is unique.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import msgspec

from bridge.ledger import numbers
from bridge.ledger.store import Store
from bridge.model.effects import Timer
from bridge.model.event import Event

WINDOW = 1_000_000
"""The place of the first row of a sync response; a gap before it may hold that many events."""

_event_encoder = msgspec.json.Encoder()
_event_decoder = msgspec.json.Decoder(Event)
_timer_decoder = msgspec.json.Decoder(Timer)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An inbox row that is to be decided."""

    id: int
    forum: str
    room: str
    batch: int
    place: int
    kind: str
    key: str
    person: str | None
    due: int | None
    patience: int | None
    at: int
    body: bytes

    def event(self) -> Event:
        """The event of a row of kind `event` or `opened`."""
        return _event_decoder.decode(self.body)

    def timer(self) -> Timer:
        """The timer of a row of kind `timer`."""
        return _timer_decoder.decode(self.body)


def encode_event(event: Event) -> bytes:
    """An event without its raw bytes, which are kept beside it."""
    return _event_encoder.encode(msgspec.structs.replace(event, raw=b""))


def decode_event(body: bytes) -> Event:
    """An event as it was kept."""
    return _event_decoder.decode(body)


def event_of(store: Store, key: str) -> Event | None:
    """An event that was taken in; None for one that never was."""
    row = store.one("SELECT body FROM inbox WHERE key = ?", (key,))
    return decode_event(bytes(row[0])) if row is not None else None


def room_of(store: Store, key: str) -> str:
    """The room in which an event stands; empty for one that never came in."""
    row = store.one("SELECT room FROM inbox WHERE key = ?", (key,))
    return row[0] if row is not None else ""


def new_batch(store: Store) -> int:
    """The number of a batch that is about to be taken in."""
    return numbers.take(store, "batch")


def add_events(
    store: Store,
    forum: str,
    batch: int,
    first_place: int,
    events: Sequence[Event],
    *,
    own: str,
    at: int,
    person_of: Callable[[str], str | None],
) -> int:
    """Take in events of one forum in order; returns how many were new.

    Messages sent by ``own`` are kept but not decided, and without their words: what they said stands in the outbox,
    and a one-time link must not stand anywhere. A second event that was encrypted with the same ratchet step
    of a session as an earlier one is a replay: it is kept as `replay` and only recorded. A sealed event waits
    for its key, and a row of kind `sealed` beside it tells the rules of it.
    """
    if not events:
        return 0
    first_id = numbers.take(store, "inbox", len(events))
    new = 0
    for offset, event in enumerate(events):
        state = "own" if event.sender == own and event.state_key is None else "new"
        if event.sealed and state == "new":
            state = "sealed"
        kind = "event"
        if event.session_id is not None and event.message_index is not None and is_replay(store, event):
            kind = "replay"
        done = store.run(
            "INSERT INTO inbox (id, forum, room, batch, place, kind, key, session, message_index, person, state,"
            " due, patience, at, body, wire, error) VALUES (?,?,?,?,?,?,?,?,?,?,?,NULL,NULL,?,?,?,'')"
            " ON CONFLICT (key) DO NOTHING",
            (
                first_id + offset,
                forum,
                event.room_id,
                batch,
                first_place + offset,
                kind,
                event.event_id,
                event.session_id,
                event.message_index,
                person_of(event.sender) if state == "sealed" else None,
                state,
                at,
                encode_event(_wordless(event) if state == "own" else event),
                (event.raw or None) if state != "own" else None,
            ),
        )
        new += done.rowcount
        if state == "sealed" and done.rowcount:
            add_row(
                store,
                forum,
                "sealed",
                f"sealed:{event.event_id}",
                encode_event(event),
                at=at,
                room=event.room_id,
            )
    return new


def _wordless(event: Event) -> Event:
    """One of our own events with what is needed of it later: what it relates to, and which effect it is."""
    kept = {key: event.content[key] for key in ("m.relates_to", "tudang.cause") if key in event.content}
    return msgspec.structs.replace(event, content=kept)


def is_replay(store: Store, event: Event) -> bool:
    """Whether another event was already encrypted with this step of this session."""
    row = store.one(
        "SELECT key FROM inbox WHERE session = ? AND message_index = ? AND room = ? AND key <> ? LIMIT 1",
        (event.session_id, event.message_index, event.room_id, event.event_id),
    )
    return row is not None


def has(store: Store, key: str) -> bool:
    """Whether something was taken in before."""
    return store.one("SELECT 1 FROM inbox WHERE key = ?", (key,)) is not None


def add_row(
    store: Store,
    forum: str,
    kind: str,
    key: str,
    body: bytes,
    *,
    at: int,
    room: str = "",
    person: str | None = None,
    batch: int | None = None,
    place: int | None = None,
) -> bool:
    """Take in something of our own making (a verdict, a file, a gap); False if it was there already.

    It comes after everything taken in so far, unless its batch and place are given.
    """
    done = store.run(
        "INSERT INTO inbox (id, forum, room, batch, place, kind, key, person, state, at, body, error)"
        " VALUES (?,?,?,?,?,?,?,?,'new',?,?,'') ON CONFLICT (key) DO NOTHING",
        (
            numbers.take(store, "inbox"),
            forum,
            room,
            numbers.last(store, "batch") if batch is None else batch,
            WINDOW * 2 + numbers.take(store, "place") if place is None else place,
            kind,
            key,
            person,
            at,
            body,
        ),
    )
    return bool(done.rowcount)


def next_items(store: Store, limit: int, forums: Collection[str] | None = None) -> list[Item]:
    """Undecided rows in order. Rows of a forum behind an open gap are held; other forums go on.

    Only rows of these ``forums`` (None: of all); what belongs to a forum that is not held here stays for whoever
    holds it.
    """
    where = "state = 'new'"
    params: list[object] = []
    if forums is not None:
        where += f" AND forum IN ({','.join('?' * len(forums))})"
        params += forums
    for forum, (batch, place) in holes(store).items():
        where += " AND NOT (forum = ? AND (batch > ? OR (batch = ? AND place >= ?)))"
        params += [forum, batch, batch, place]
    rows = store.all(
        "SELECT id, forum, room, batch, place, kind, key, person, due, patience, at, body FROM inbox"
        f" WHERE {where} ORDER BY batch, place LIMIT ?",
        (*params, limit),
    )
    return [
        Item(
            id=r[0],
            forum=r[1],
            room=r[2],
            batch=r[3],
            place=r[4],
            kind=r[5],
            key=r[6],
            person=r[7],
            due=r[8],
            patience=r[9],
            at=r[10],
            body=bytes(r[11]),
        )
        for r in rows
    ]


def holes(store: Store) -> dict[str, tuple[int, int]]:
    """(batch, place) of the first open gap of each forum that has one."""
    found: dict[str, tuple[int, int]] = {}
    for forum, batch, place in store.all("SELECT forum, batch, place FROM gap WHERE state = 'open'"):
        found[forum] = min(found.get(forum, (batch, place)), (batch, place))
    return found


def decided(store: Store, item: Item, state: str = "done", error: str = "") -> None:
    """Mark a row as decided (`done`), or `failed` with its error; a timer that set itself again goes on waiting."""
    store.run("UPDATE inbox SET state = ?, error = ? WHERE id = ? AND state = 'new'", (state, error, item.id))


def all_decided(store: Store, items: Collection[Item]) -> None:
    """:func:`decided` for several."""
    store.many("UPDATE inbox SET state = 'done' WHERE id = ? AND state = 'new'", [(i.id,) for i in items])


def undecided(store: Store, forum: str = "") -> int:
    """How many rows wait to be decided, of a forum or of all (at most 10,000 are counted)."""
    of = (" AND forum = ?", (forum,)) if forum else ("", ())
    return store.count(
        f"SELECT COUNT(*) FROM (SELECT 1 FROM inbox WHERE state = 'new'{of[0]} LIMIT 10000) AS waiting", of[1]
    )


def failures(store: Store, forum: str) -> int:
    """How many rows of a forum could not be decided (at most 10,000 are counted)."""
    return store.count(
        "SELECT COUNT(*) FROM (SELECT 1 FROM inbox WHERE state = 'failed' AND forum = ? LIMIT 10000) AS queue",
        (forum,),
    )


def retry_failed(store: Store, forum: str) -> int:
    """Put rows that could not be decided back into the queue, where they stood; returns how many."""
    done = store.run("UPDATE inbox SET state = 'new', error = '' WHERE state = 'failed' AND forum = ?", (forum,))
    return int(done.rowcount)


def failed(store: Store, limit: int = 20) -> list[tuple[str, str, str]]:
    """Rows that could not be decided: (forum, key, error)."""
    return [
        (r[0], r[1], r[2])
        for r in store.all(
            "SELECT forum, key, error FROM inbox WHERE state = 'failed' ORDER BY batch DESC, place DESC LIMIT ?",
            (limit,),
        )
    ]


# Our own messages, as they came back


def own_reaction(store: Store, room: str, target: str, key: str) -> str | None:
    """Our own reaction with this key on an event, among the newest 500 of ours in a room."""
    for event, body in store.all(
        "SELECT key, body FROM inbox WHERE state = 'own' AND room = ? ORDER BY batch DESC, place DESC LIMIT 500",
        (room,),
    ):
        relation = _event_decoder.decode(bytes(body)).content.get("m.relates_to")
        if isinstance(relation, dict) and relation.get("event_id") == target and relation.get("key") == key:
            return str(event)
    return None


# Sealed events


def note_withheld(store: Store, session: str, code: str) -> None:
    """Note on the sealed events of a session why its sender refused us the key."""
    store.run("UPDATE inbox SET error = ? WHERE state = 'sealed' AND session = ?", (code, session))


def sealed_sessions(store: Store, limit: int = 1000) -> list[tuple[str, str]]:
    """(room, session) of the newest sealed events."""
    rows = store.all(
        "SELECT room, session FROM inbox WHERE state = 'sealed' AND session IS NOT NULL"
        " ORDER BY batch DESC, place DESC LIMIT ?",
        (limit,),
    )
    return list(dict.fromkeys((room, session) for room, session in rows))


def sealed_of_session(store: Store, room: str, session: str) -> list[tuple[str, str, bytes]]:
    """(forum, event id, raw) of events that wait for this session's key, oldest first."""
    return [
        (r[0], r[1], bytes(r[2]))
        for r in store.all(
            "SELECT forum, key, wire FROM inbox WHERE state = 'sealed' AND session = ? AND room = ?"
            " ORDER BY batch, place LIMIT 1000",
            (session, room),
        )
    ]


def unseal(store: Store, forum: str, event: Event, *, at: int) -> None:
    """Put a sealed event that can now be read back into the queue, as a late one."""
    kind = "replay" if is_replay(store, event) else "opened"
    store.run(
        "UPDATE inbox SET state = 'new', kind = ?, batch = ?, place = ?, at = ?, body = ?, message_index = ?"
        " WHERE key = ? AND state = 'sealed'",
        (
            kind,
            numbers.last(store, "batch"),
            WINDOW * 2 + numbers.take(store, "place"),
            at,
            encode_event(event),
            event.message_index,
            event.event_id,
        ),
    )
