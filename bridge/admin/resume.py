"""The first start after a restore, or as a new device: what the room knows and the ledger does not is taken in.

The bridge's own chips, cards and heads since the copy are read from the rooms' history before anything is decided
or sent. Numbers go on above the highest one seen; an event that carries a chip already will get its number again;
what was on its way and did arrive is confirmed; the while that was lost is stated in the record and to people.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
import structlog

from bridge.forum.book import Book
from bridge.forum.rooms import GapNews
from bridge.ledger import inbox, meta, numbers, outbox, record, restored, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.restored import ComingBack
from bridge.ledger.store import Store
from bridge.model.clock import Clock, moment
from bridge.model.effects import Lane, Line, PostBundle, Say
from bridge.model.event import Event, Page
from bridge.model.ports import Forbidden, LimitExceeded, NotFound

log = structlog.get_logger()

PAGE = 100
MOST_PAGES = 1000
SLACK = 100
"""How far a number in one of our texts may lie above what the events since then can explain; texts quote people."""

_CHIP = re.compile(r"\S+ ([A-Z]{1,3})-([0-9]{1,7})")
_NUMBER = re.compile(r"\b([A-Z]{1,3})-([0-9]{1,7})\b")
_HASH = re.compile(r"\b[0-9a-f]{8}(?: [0-9a-f]{8}){7}\b")


class History(Protocol):
    """The part of the homeserver that is asked here; see :class:`bridge.model.ports.Homeserver`."""

    @property
    def user_id(self) -> str: ...

    async def messages(self, room_id: str, *, since: str, until: str | None, limit: int = 100) -> Page:
        """A page of history, oldest first, decrypted where possible."""
        ...


@dataclass(slots=True)
class Seen:
    """What the rooms showed."""

    events: int = 0
    chips: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(room, our reaction, the event it stands on, number)"""
    texts: list[str] = field(default_factory=list)
    """Numbers and hashes of our texts that could be read, one text each."""
    causes: list[tuple[str, str, str]] = field(default_factory=list)
    """(cause, room, event) of our messages that could be read."""
    refs: list[tuple[str, str, str]] = field(default_factory=list)
    """(ref, room, event that stands there) of our messages that could be read."""
    unread: Counter[str] = field(default_factory=Counter)
    """How many of our messages could not be read, per room."""
    acts: int = 0
    """State events of ours: invitations, removals, levels."""
    closed: list[str] = field(default_factory=list)
    """Rooms whose history we may not read, or not to its end."""


async def come_back(
    ledger: Ledger,
    homeserver: History,
    clock: Clock,
    book: Book,
    coming: ComingBack,
    *,
    device_gone: bool,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Seen:
    """Take in what the rooms know, before the loops start. Whole or not at all: a crash begins it again.

    Raises MatrixError kinds when the homeserver does not answer.
    """
    token, joined = await ledger.read(lambda store: (meta.get(store, "token"), restored.joined(store)))
    seen = Seen()
    for room, _, _ in joined if token else ():
        await _read(homeserver, room, token or "", seen, sleep)
    now = clock.now()
    await ledger.write(lambda store: _take(store, book, coming, seen, now, device_gone))
    log.info("came back", why=coming.why, events=seen.events, unread=seen.unread.total())
    return seen


async def _read(
    homeserver: History, room: str, since: str, seen: Seen, sleep: Callable[[float], Awaitable[None]]
) -> None:
    for _ in range(MOST_PAGES):
        try:
            page = await homeserver.messages(room, since=since, until=None, limit=PAGE)
        except LimitExceeded as limit:
            await sleep((limit.retry_after_ms or 1000) / 1000)
            continue
        except (Forbidden, NotFound):
            seen.closed.append(room)
            return
        for event in page.events:
            seen.events += 1
            if event.sender == homeserver.user_id:
                _note(seen, event)
        if page.end is None:
            return
        since = page.end
    seen.closed.append(room)


def _note(seen: Seen, event: Event) -> None:
    """One event of our own account."""
    if event.state_key is not None:
        seen.acts += 1
        return
    if event.sealed is not None:
        seen.unread[event.room_id] += 1
        return
    relation = event.content.get("m.relates_to")
    relation = relation if isinstance(relation, dict) else {}
    target = relation.get("event_id")
    cause, ref = event.content.get("tudang.cause"), event.content.get("tudang.ref")
    if isinstance(cause, str):
        seen.causes.append((cause, event.room_id, event.event_id))
    if isinstance(ref, str):
        # An edit names the message that stands in the room, which nobody may be able to read any more.
        stands = target if relation.get("rel_type") == "m.replace" else event.event_id
        seen.refs.append((ref, event.room_id, str(stands)))
    if event.type == "m.reaction" and isinstance(target, str):
        chip = _CHIP.fullmatch(str(relation.get("key")).strip())
        if chip is not None:
            seen.chips.append((event.room_id, event.event_id, target, f"{chip[1]}-{int(chip[2])}"))
    elif event.type == "m.room.message":
        seen.texts.append(str(event.content.get("body", "")))


def _take(store: Store, book: Book, coming: ComingBack, seen: Seen, now: int, device_gone: bool) -> None:
    for cause, room, event in seen.causes:
        restored.confirm_by_cause(store, cause, room, event, now)
    lines: list[Line] = []
    if coming.why == "backup":
        _raise_numbers(store, book, seen)
        _keep_chips(store, book, seen, now)
        _keep_posts(store, book, seen, coming.since)
        doubtful = _give_up_doubtful(store, seen)
        newer = _newer_heads(store, book, seen)
        _state_the_loss(store, book, coming, newer, now)
        lines += [Line("restore.newer_head", {"hash": head}) for head in newer[-1:]]
        if seen.unread.total():
            lines.append(Line("restore.unread", {"count": seen.unread.total()}))
        if seen.closed:
            lines.append(Line("restore.closed", {"count": len(seen.closed)}))
        if doubtful:
            lines.append(Line("restore.doubtful", {"count": doubtful}))
        if not coming.media:
            lines.append(Line("restore.no_media"))
    if coming.device and not device_gone:
        lines.append(Line("restore.device_left", {"device": coming.device}))
    control = book.rooms.get("control")
    if control is not None:
        ref = f"restore:{now}"
        say = Say(room=control, key="restore.new_device", lines=tuple(lines), ref=ref)
        if coming.why == "backup":
            since = moment(coming.since).astimezone(book.policy.forum.zone).isoformat()
            say = Say(
                room=control,
                key="restore.done",
                values={"since": since, "count": coming.position},
                lines=tuple(lines),
                ref=ref,
            )
        outbox.enqueue(store, book.forum, [say], cause=ref, now=now)
    restored.unmark(store)


def _raise_numbers(store: Store, book: Book, seen: Seen) -> None:
    """Every series goes on above the highest number that people have seen."""
    known = restored.highest(store, book.forum, book.series)
    highest = dict(known)
    for _, _, _, number in seen.chips:
        letter, _, digits = number.partition("-")
        if letter in highest:
            highest[letter] = max(highest[letter], int(digits))
    for text in seen.texts:
        for letter, digits in _NUMBER.findall(text):
            if letter in highest and int(digits) <= known[letter] + seen.events + SLACK:
                highest[letter] = max(highest[letter], int(digits))
    # Acts show their numbers in the control room alone, in messages that the lost device encrypted. Each of them
    # left a message there or changed a room's state: counting those leaves room for all of them.
    action = book.policy.letters.action
    hidden = seen.unread[book.rooms.get("control", "")]
    if hidden:
        highest[action] = max(highest[action], known[action] + hidden + seen.acts)
    for letter, value in highest.items():
        record.raise_counter(store, book.forum, letter, value)


def _keep_chips(store: Store, book: Book, seen: Seen, now: int) -> None:
    """An event that is decided again gets the number that stands on it."""
    for room, reaction, target, number in seen.chips:
        known = rooms.known(store, room)
        if known is None or known[0] != book.forum or restored.is_taken_in(store, target):
            continue
        if number.partition("-")[0] in book.series and outbox.posted(store, book.forum, f"{number}.chip") is None:
            restored.keep_number(store, target, number)
            outbox.post(store, book.forum, f"{number}.chip", room, reaction, now)


def _keep_posts(store: Store, book: Book, seen: Seen, since: int) -> None:
    """A card that stands in a room is edited from here on, not posted once more."""
    for ref, room, event in seen.refs:
        known = rooms.known(store, room)
        if known is not None and known[0] == book.forum and outbox.posted(store, book.forum, ref) is None:
            outbox.post(store, book.forum, ref, room, event, since)


def _give_up_doubtful(store: Store, seen: Seen) -> int:
    """What may be among our messages that nobody can read any more is not said twice, but listed.

    An emergency rings again: better twice than never.
    """
    count = 0
    for errand, room, effect in restored.unconfirmed(store):
        if not isinstance(effect, Say | PostBundle) or effect.lane == Lane.SAFETY:
            continue
        places = [room]
        if room.startswith("person:"):
            places = [chat.room for chat in rooms.direct_chats(store, room.removeprefix("person:"))]
        if any(seen.unread[place] for place in places):
            why = "may have been sent before the restore: what was said then cannot be read"
            outbox.cancel(store, errand, why)
            count += 1
    return count


def _newer_heads(store: Store, book: Book, seen: Seen) -> list[str]:
    """Hashes that we posted as heads and that this chain does not have: records that are lost."""
    found = [head for text in seen.texts for head in _HASH.findall(text)]
    return [
        head
        for head in dict.fromkeys(found)
        if not restored.knows_link(store, book.forum, bytes.fromhex(head.replace(" ", "")))
    ]


def _state_the_loss(store: Store, book: Book, coming: ComingBack, newer: Sequence[str], now: int) -> None:
    gap = f"g{numbers.take(store, 'gap')}"
    cause = f"restored from a backup; what was recorded after record {coming.position} is lost"
    if newer:
        cause += f"; the room knows a newer head: {newer[-1].replace(' ', '')}"
    news = GapNews(gap=gap, what="restore", since=coming.since, until=now, state="given_up", cause=cause)
    inbox.add_row(store, book.forum, "gap", f"gap:{gap}:given_up", msgspec.json.encode(news), at=now)
