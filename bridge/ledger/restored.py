"""A ledger that comes back: what it remembers of being a copy, and what it takes from what the room still knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from bridge.ledger import meta, outbox
from bridge.ledger.store import Store
from bridge.model.effects import AnyEffect

MARK = "came_back"
CHIP = "chip:"


class ComingBack(msgspec.Struct, frozen=True, kw_only=True):
    """Why the next start is not an ordinary one."""

    why: str
    """backup (the record of a while was lost) or device (only the keys of the device were)."""
    since: int = 0
    """Until when the record is whole, in milliseconds by the bridge's clock."""
    device: str = ""
    """The lost device, which is to be removed from the account."""
    position: int = 0
    link: str = ""
    media: bool = True


_effect = msgspec.json.Decoder(AnyEffect).decode
_decode = msgspec.json.Decoder(ComingBack).decode


def mark(store: Store, coming: ComingBack) -> None:
    """Note that the next start comes back from something.

    What was on its way may have been sent, after the copy or from the lost device: it counts as tried, so that it
    is looked for before it is sent again.
    """
    # A device that is lost before the restored record was started changes nothing of what the record lost.
    before = marked(store)
    if before is None or coming.why == "backup":
        meta.put(store, MARK, msgspec.json.encode(coming).decode())
    store.run(
        "UPDATE outbox SET first_try = COALESCE(first_try, created), device = CASE WHEN device = '' THEN 'lost'"
        " ELSE device END WHERE state IN ('waiting', 'sending')"
    )
    store.run("UPDATE room SET stale = 1 WHERE membership = 'join'")


def marked(store: Store) -> ComingBack | None:
    """Why this start is not an ordinary one; None when it is."""
    said = meta.get(store, MARK)
    return _decode(said) if said else None


def unmark(store: Store) -> None:
    """It has come back."""
    store.run("DELETE FROM meta WHERE name = ?", (MARK,))


def joined(store: Store) -> list[tuple[str, str, str]]:
    """(room, forum, kind) of the rooms of forums, direct chats among them, that we are in."""
    return [
        (r[0], r[1], r[2])
        for r in store.all(
            "SELECT room, forum, kind FROM room WHERE membership = 'join' AND forum <> '' ORDER BY room"
        )
    ]


def keep_number(store: Store, event: str, number: str) -> None:
    """Note which number the room shows on an event that is going to be decided again."""
    meta.put(store, CHIP + event, number)


def shows_numbers(store: Store) -> bool:
    """Whether there are any such events: only after a restore."""
    return store.one("SELECT 1 FROM meta WHERE name LIKE ? LIMIT 1", (f"{CHIP}%",)) is not None


def number_shown(store: Store, event: str) -> str | None:
    """The number that the room already shows on an event."""
    return meta.get(store, CHIP + event)


def is_taken_in(store: Store, event: str) -> bool:
    """Whether the inbox has an event."""
    return store.one("SELECT 1 FROM inbox WHERE key = ?", (event,)) is not None


def knows_link(store: Store, forum: str, link: bytes) -> bool:
    """Whether a hash is one of this chain's links."""
    return store.one("SELECT 1 FROM fact WHERE forum = ? AND link = ? LIMIT 1", (forum, link)) is not None


def unconfirmed(store: Store) -> list[tuple[int, str, AnyEffect]]:
    """(id, room, effect) of everything that was on its way."""
    return [
        (r[0], r[1], _effect(bytes(r[2])))
        for r in store.all("SELECT id, room, effect FROM outbox WHERE state IN ('waiting', 'sending') ORDER BY id")
    ]


def confirm_by_cause(store: Store, txn: str, room: str, event: str, at: int) -> bool:
    """An event of ours carries this cause: its errand is done. False when there is no such errand."""
    found = outbox.by_txn(store, txn)
    if found is None:
        return False
    errand, forum, effect = found
    if not outbox.confirm(store, errand, event):
        return False
    outbox.note_posted(store, forum, effect, room, event, at)
    return True


def evidence(store: Store) -> Iterator[str]:
    """SHA-256 of every photo and video that counts as evidence and is still kept: the archive should have them."""
    last = ""
    while rows := store.all(
        "SELECT sha256 FROM first_use WHERE sha256 > ? AND (NOT EXISTS"
        " (SELECT 1 FROM media WHERE media.sha256 = first_use.sha256 AND media.destroyed = 1) OR EXISTS"
        " (SELECT 1 FROM media WHERE media.sha256 = first_use.sha256 AND media.destroyed = 0))"
        " ORDER BY sha256 LIMIT 1000",
        (last,),
    ):
        for row in rows:
            yield row[0]
        last = rows[-1][0]


def highest(store: Store, forum: str, series: Iterable[str]) -> dict[str, int]:
    """The highest number used in each of these series."""
    known: dict[str, int] = dict(store.all("SELECT series, value FROM counter WHERE forum = ?", (forum,)))
    return {letter: int(known.get(letter, 0)) for letter in series}
