"""The outbox: what is to be done in the world, how far each of it is, and what we posted under which name."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bridge.ledger import numbers, rooms
from bridge.ledger.store import Row, Store
from bridge.model.effects import (
    LANE_ORDER,
    AnyEffect,
    Ban,
    Deed,
    Invite,
    Redact,
    Refresh,
    Remove,
    Retract,
    Say,
    Unban,
    told_of,
)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AnyEffect).decode

PAGE = 500
"""Rows asked for in one statement."""


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """One outbox row that is to be delivered."""

    id: int
    forum: str
    lane: int
    room: str
    effect: AnyEffect
    txn: str
    device: str
    cause: str
    created: int
    first_try: int | None
    attempts: int
    reserved: str
    moved: bool
    """Its room has the place of an older one, in which what it is about may stand."""


class Post(msgspec.Struct, frozen=True):
    """Something of ours that stands in a room."""

    room: str
    event: str
    at: int
    edited: int
    shown: str
    gone: bool


class Queued(msgspec.Struct, frozen=True):
    """An effect that is to be queued, its cause and when it was decided."""

    forum: str
    effect: AnyEffect
    cause: str
    now: int


def enqueue(store: Store, forum: str, effects: Sequence[AnyEffect], *, cause: str, now: int) -> None:
    """Queue effects in order; see :func:`enqueue_all`."""
    enqueue_all(store, [Queued(forum, effect, cause, now) for effect in effects])


def enqueue_all(store: Store, all_queued: Sequence[Queued]) -> None:
    """Queue effects in order. A card that already waits to be refreshed is not queued twice.

    One whose try has no known result does not count as waiting: it may stand there as it was before.
    """
    fresh: dict[tuple[str, str] | int, Queued] = {}
    for place, queued in enumerate(all_queued):
        if not isinstance(queued.effect, Refresh):
            fresh[place] = queued
        elif (card := (queued.forum, queued.effect.ref)) not in fresh and not _refreshes(store, *card):
            fresh[card] = queued
    if not fresh:
        return
    first = numbers.take(store, "outbox", len(fresh))
    store.many(
        "INSERT INTO outbox (id, forum, lane, room, effect, ref, merge, state, txn, device, cause, created,"
        " not_before, attempts, reserved, error) VALUES (?,?,?,?,?,?,?,'waiting',?,'',?,?,0,0,'','')",
        [_row(number, queued) for number, queued in enumerate(fresh.values(), first)],
    )


def _refreshes(store: Store, forum: str, card: str) -> bool:
    """Whether a card waits to be refreshed already."""
    waits = "SELECT 1 FROM outbox WHERE forum = ? AND merge = ? AND state = 'waiting' AND first_try IS NULL LIMIT 1"
    return store.one(waits, (forum, card)) is not None


def _row(number: int, queued: Queued) -> Row:
    effect = queued.effect
    return (
        number,
        queued.forum,
        LANE_ORDER[effect.lane],
        f"person:{effect.person}" if isinstance(effect, Say) and effect.person else effect.room,
        _encode(effect),
        of_act(effect.act) if isinstance(effect, Deed) else getattr(effect, "ref", ""),
        effect.ref if isinstance(effect, Refresh) else "",
        f"tudang-{number}-{queued.now}",
        queued.cause,
        queued.now,
    )


def waiting(store: Store, now: int, limit: int, forums: Sequence[str] | None = None) -> list[Errand]:
    """Rows whose time has come, urgent lanes first, oldest first within a lane; of these forums (None: of all)."""
    of = "" if forums is None else f" AND forum IN ({','.join('?' * len(forums))})"
    return [
        _errand(row)
        for row in store.all(
            f"SELECT {_COLUMNS}, {_MOVED} FROM outbox WHERE state = 'waiting' AND not_before <= ?{of}"
            " ORDER BY lane, id LIMIT ?",
            (now, *(forums or ()), limit),
        )
    ]


_COLUMNS = "id, forum, lane, room, effect, txn, device, cause, created, first_try, attempts, reserved"
_NAMES = (*_COLUMNS.split(", "), "moved")
_MOVED = (
    "EXISTS (SELECT 1 FROM room WHERE room.room = outbox.room AND room.predecessor <> ''"
    f" AND room.kind <> '{rooms.HEIR}')"
)


def _errand(row: tuple[object, ...]) -> Errand:
    values = dict(zip(_NAMES, row, strict=True))
    values["effect"] = _decode(bytes(values["effect"]))  # type: ignore[call-overload]
    values["moved"] = bool(values["moved"])
    return Errand(**values)  # type: ignore[arg-type]


def start(store: Store, errand_id: int, device: str, now: int) -> bool:
    """Note, before the first request leaves, that this row is being tried, and from which device.

    False when it waits no longer: its echo may have confirmed it since it was chosen.
    """
    return bool(_started(store, [errand_id], device, now))


def start_many(store: Store, errands: Sequence[Errand], device: str, now: int) -> list[Errand]:
    """:func:`start` for several, in one statement; those that were started."""
    started = _started(store, [errand.id for errand in errands], device, now) if errands else ()
    return [errand for errand in errands if errand.id in started]


def _started(store: Store, errand_ids: Sequence[int], device: str, now: int) -> set[int]:
    rows = store.all(
        "UPDATE outbox SET state = 'sending', device = CASE WHEN device = '' THEN ? ELSE device END,"
        " first_try = COALESCE(first_try, ?), attempts = attempts + 1"
        f" WHERE id IN ({','.join('?' * len(errand_ids))}) AND state = 'waiting' RETURNING id",
        (device, now, *errand_ids),
    )
    return {row[0] for row in rows}


def reserve(store: Store, errand_id: int, what: str) -> None:
    """Keep what was reserved for this row (an mxc, a room), before it is used."""
    store.run("UPDATE outbox SET reserved = ? WHERE id = ?", (what, errand_id))


def recover(store: Store) -> int:
    """After a start: rows that were being tried when we stopped are to be looked at again, in their order."""
    tried = int(store.run("UPDATE outbox SET state = 'waiting' WHERE state = 'sending'").rowcount)
    forget_pauses(store)
    return tried


def again(store: Store, errand_ids: Sequence[int]) -> None:
    """Rows whose outcome could not be noted (a full disk) are to be looked at again."""
    store.many(
        "UPDATE outbox SET state = 'waiting', not_before = 0 WHERE id = ? AND state = 'sending'",
        [(one,) for one in errand_ids],
    )


def forget_pauses(store: Store) -> None:
    """Everything put off may be tried again: after a start, or when the clock went back."""
    store.run("UPDATE outbox SET not_before = 0 WHERE state = 'waiting' AND not_before > 0")


def wake(store: Store, room: str) -> None:
    """What waits for a permission in a room may be tried again: its levels or our membership changed."""
    store.run("UPDATE outbox SET not_before = 0 WHERE state = 'waiting' AND not_before > 0 AND room = ?", (room,))


def put_off(store: Store, errand: Errand, until: int, error: str, *, untouched: bool = False) -> None:
    """Try again later. ``untouched``: this try has surely changed nothing, so that it leaves no doubt behind."""
    unsure = errand.first_try is not None or not untouched
    if not unsure and _replaced(store, errand):
        store.run(
            "UPDATE outbox SET state = 'confirmed', error = 'a newer one waits' WHERE id = ? AND state = 'sending'",
            (errand.id,),
        )
        return
    store.run(
        "UPDATE outbox SET state = 'waiting', not_before = ?, error = ?, first_try = CASE WHEN ? = 1 THEN first_try"
        " END, device = CASE WHEN ? = 1 THEN device ELSE '' END WHERE id = ? AND state = 'sending'",
        (until, error, int(unsure), int(unsure), errand.id),
    )


def _replaced(store: Store, errand: Errand) -> bool:
    """Whether a card that is to be refreshed was queued once more while this try was under way."""
    effect = errand.effect
    if not isinstance(effect, Refresh) or effect.mentions:
        return False
    newer = "SELECT 1 FROM outbox WHERE forum = ? AND merge = ? AND state = 'waiting' AND id > ? LIMIT 1"
    return store.one(newer, (errand.forum, effect.ref, errand.id)) is not None


def confirm(store: Store, errand_id: int, event: str | None, error: str = "") -> bool:
    """Note that it is done; False when it was noted before (the echo and the answer both confirm)."""
    done = store.run(
        "UPDATE outbox SET state = 'confirmed', event = ?, error = ? WHERE id = ? AND state <> 'confirmed'",
        (event, error, errand_id),
    )
    return bool(done.rowcount)


def cancel(store: Store, errand_id: int, why: str) -> bool:
    """Give it up, listed with the reason; False when it was confirmed meanwhile and stays so."""
    done = store.run(
        "UPDATE outbox SET state = 'cancelled', error = ? WHERE id = ? AND state <> 'confirmed'", (why, errand_id)
    )
    return bool(done.rowcount)


def of_act(number: str) -> str:
    """The name under which the outbox knows what carries out an act."""
    return f"act:{number}"


def untried(store: Store, forum: str, number: str) -> bool:
    """Whether what an act wants has surely not been asked of the homeserver yet."""
    row = store.one(
        "SELECT 1 FROM outbox WHERE forum = ? AND ref = ? AND state = 'waiting' AND first_try IS NULL LIMIT 1",
        (forum, of_act(number)),
    )
    return row is not None


def withdraw(store: Store, forum: str, number: str) -> bool:
    """Take back what an act wants, and what would be said of it, before it is tried. False: it may have gone."""
    taken = store.run(
        "UPDATE outbox SET state = 'cancelled', error = 'taken back' WHERE forum = ? AND ref = ?"
        " AND state = 'waiting' AND first_try IS NULL",
        (forum, of_act(number)),
    )
    if not taken.rowcount:
        return False
    store.run(
        "UPDATE outbox SET state = 'cancelled', error = 'taken back' WHERE forum = ? AND ref = ?"
        " AND state = 'waiting' AND first_try IS NULL",
        (forum, told_of(number)),
    )
    return True


def events_of(store: Store, txns: Sequence[str]) -> dict[str, str]:
    """Transaction ids to event ids, of those rows among these that are confirmed with their event."""
    found: dict[str, str] = {}
    for start in range(0, len(txns), PAGE):
        page = txns[start : start + PAGE]
        marks = ",".join("?" * len(page))
        of = f"SELECT txn, event FROM outbox WHERE txn IN ({marks}) AND state = 'confirmed' AND event IS NOT NULL"
        found |= store.all(of, page)
    return found


def by_txn(store: Store, txn: str) -> tuple[int, str, AnyEffect] | None:
    """(id, forum, effect) of the row that uses this transaction id."""
    row = store.one("SELECT id, forum, effect FROM outbox WHERE txn = ?", (txn,))
    return (row[0], row[1], _decode(bytes(row[2]))) if row else None


def note_posted(
    store: Store, forum: str, effect: AnyEffect, room: str, event: str, now: int, shown: str = ""
) -> None:
    """Keep under which ref an effect's event now stands."""
    ref = getattr(effect, "ref", "")
    if isinstance(effect, Retract):
        gone(store, forum, ref)
    elif isinstance(effect, Refresh) and posted(store, forum, ref) is not None:
        # An edit's own event is of no use: the card stays where it was posted first.
        edited(store, forum, ref, now, shown)
    elif ref:
        post(store, forum, ref, room, event, now, shown)


def awaited(store: Store, forum: str, ref: str, before: int) -> bool:
    """Whether something queued earlier under this ref is not done yet."""
    row = store.one(
        "SELECT 1 FROM outbox WHERE forum = ? AND ref = ? AND id < ? AND state IN ('waiting', 'sending') LIMIT 1",
        (forum, ref, before),
    )
    return row is not None


def depth(store: Store, now: int, forum: str = "") -> tuple[int, int]:
    """(rows to be done now or in flight, rows put off to later), of a forum or of all; at most 10,000 each."""
    of = (" AND forum = ?", (forum,)) if forum else ("", ())
    counts = f"SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE {{}}{of[0]} LIMIT 10000) AS queue"
    busy = store.count(
        counts.format("state IN ('waiting', 'sending') AND (state = 'sending' OR not_before <= ?)"), (now, *of[1])
    )
    return busy, store.count(counts.format("state = 'waiting' AND not_before > ?"), (now, *of[1]))


def stuck(store: Store, limit: int = 20) -> list[tuple[int, str, str, str]]:
    """(id, room, state, error) of rows that wait for a permission or were given up."""
    return [
        (r[0], r[1], r[2], r[3])
        for r in store.all(
            "SELECT id, room, state, error FROM outbox WHERE error <> '' AND state IN ('waiting', 'cancelled')"
            " ORDER BY id DESC LIMIT ?",
            (limit,),
        )
    ]


def held(store: Store, forum: str, limit: int = 200) -> list[AnyEffect]:
    """What of a forum waits for a permission in a room, oldest first; not what merely has its time to wait for."""
    rows = store.all(
        # A refusal begins with Matrix's code for it (`bridge.model.ports.Forbidden`).
        "SELECT effect FROM outbox WHERE error LIKE 'M|_FORBIDDEN%' ESCAPE '|' AND state = 'waiting'"
        " AND not_before > 0 AND room NOT LIKE 'person:%' AND forum = ? ORDER BY id LIMIT ?",
        (forum, limit),
    )
    return [_decode(bytes(row[0])) for row in rows]


def forget_words(store: Store, errand_id: int) -> None:
    """Take the words out of an effect that is over; which one it was, where and about what stays."""
    row = store.one("SELECT effect FROM outbox WHERE id = ?", (errand_id,))
    effect = _decode(bytes(row[0])) if row else None
    left: AnyEffect
    if isinstance(effect, Say):
        left = msgspec.structs.replace(effect, values={}, lines=())
    elif isinstance(effect, Invite | Remove | Ban | Unban | Redact):
        left = msgspec.structs.replace(effect, reason="")
    else:
        return
    store.run("UPDATE outbox SET effect = ?, error = '' WHERE id = ?", (_encode(left), errand_id))


# What we posted


def posted(store: Store, forum: str, ref: str) -> Post | None:
    """What stands under a ref."""
    row = store.one(
        "SELECT room, event, at, edited, shown, gone FROM posted WHERE forum = ? AND ref = ?", (forum, ref)
    )
    return Post(row[0], row[1], row[2], row[3], row[4], bool(row[5])) if row else None


def post(store: Store, forum: str, ref: str, room: str, event: str, now: int, shown: str = "") -> None:
    """Note what we posted under a ref."""
    store.run(
        "INSERT INTO posted (forum, ref, room, event, at, edited, shown, gone) VALUES (?,?,?,?,?,?,?,0)"
        " ON CONFLICT (forum, ref) DO UPDATE SET room = excluded.room, event = excluded.event, at = excluded.at,"
        " edited = excluded.edited, shown = excluded.shown, gone = 0",
        (forum, ref, room, event, now, now, shown),
    )


def edited(store: Store, forum: str, ref: str, now: int, shown: str) -> None:
    """Note that a card was edited."""
    store.run("UPDATE posted SET edited = ?, shown = ? WHERE forum = ? AND ref = ?", (now, shown, forum, ref))


def is_confirmed(store: Store, errand_id: int) -> bool:
    """Whether a row is known to be done."""
    return store.one("SELECT 1 FROM outbox WHERE id = ? AND state = 'confirmed'", (errand_id,)) is not None


def gone(store: Store, forum: str, ref: str) -> None:
    """Note that something of ours was taken back."""
    store.run("UPDATE posted SET gone = 1 WHERE forum = ? AND ref = ?", (forum, ref))
