"""Errands: how each kind of effect is done, and how it is found out whether it was done already.

Transaction ids alone do not give exactly-once: the homeserver keeps them for a day, per device, for messages and
redactions only. So before an effect that was tried is repeated, its postcondition is checked by kind.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import msgspec
import structlog

from bridge.forum import cards
from bridge.forum.book import Book
from bridge.journey import words
from bridge.journey.words import Speaker
from bridge.ledger import inbox, outbox, rooms, views
from bridge.ledger.ledger import Ledger
from bridge.ledger.outbox import Errand, Post
from bridge.ledger.store import Store
from bridge.model.clock import Clock, moment
from bridge.model.effects import (
    Decline,
    Invite,
    Join,
    Line,
    PostBundle,
    React,
    Refresh,
    Remove,
    Retract,
    Say,
    SetLevels,
)
from bridge.model.event import Json
from bridge.model.ports import Forbidden, Homeserver, MatrixError

log = structlog.get_logger()

TXN_TRUSTED_MS = 12 * 3600 * 1000
"""How long a homeserver surely remembers a transaction id of the same device; Synapse keeps them for a day."""

Bundles = Callable[[str, str], Awaitable[Path]]
"""(forum, week) -> the bundle's file."""

AdoptionLines = Callable[[Store, Book, int], list[Line]]


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """An errand is done. ``event`` is None when there was nothing to send."""

    event: str | None = None
    shown: str = ""
    already: bool = False
    """The homeserver had it so before we asked."""
    detail: str = ""


class Later(Exception):
    """Not now: try again at this time (ms)."""

    def __init__(self, until: int, why: str = "") -> None:
        super().__init__(why)
        self.until = until
        self.why = why


class Errands:
    """Does one errand at a time for whoever schedules them. Raises MatrixError kinds and :class:`Later`."""

    def __init__(
        self,
        ledger: Ledger,
        homeserver: Homeserver,
        clock: Clock,
        *,
        books: Callable[[], Mapping[str, Book]],
        speaker: Callable[[str], Speaker],
        bundles: Bundles,
        adoption: AdoptionLines,
    ) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._clock = clock
        self._books = books
        self._speaker = speaker
        self._bundles = bundles
        self._adoption = adoption

    async def do(self, errand: Errand) -> Done:
        """Carry an errand out, or find that it is done."""
        effect = errand.effect
        if isinstance(effect, React):
            return await self._react(errand, effect)
        if isinstance(effect, Say):
            return await self._say(errand, effect)
        if isinstance(effect, Refresh):
            return await self._refresh(errand, effect)
        if isinstance(effect, Retract):
            return await self._retract(errand, effect)
        if isinstance(effect, Invite):
            return await self._invite(effect)
        if isinstance(effect, Remove):
            return await self._remove(effect)
        if isinstance(effect, SetLevels):
            return await self._levels(effect)
        if isinstance(effect, Join):
            await self._homeserver.join(effect.room)
            return Done()
        if isinstance(effect, Decline):
            await self._homeserver.leave(effect.room)
            return Done()
        return await self._bundle(errand, effect)

    # Messages

    async def _react(self, errand: Errand, effect: React) -> Done:
        target = await self._event_of(errand, effect.to)
        if target is None:
            return Done(detail="nothing to react to")
        content: Json = {
            "m.relates_to": {"rel_type": "m.annotation", "event_id": target, "key": effect.key},
        }
        try:
            sent = await self._homeserver.send(effect.room, "m.reaction", content, errand.txn)
        except MatrixError as error:
            if error.errcode != "M_DUPLICATE_ANNOTATION":
                raise
            # It stands there already. Our own copy tells under which id, so that it can be taken back one day.
            found = await self._ledger.read(
                lambda store: inbox.own_reaction(store, effect.room, target, effect.key)
            )
            return Done(event=found, already=True)
        return Done(event=sent.event_id)

    async def _say(self, errand: Errand, effect: Say) -> Done:
        found = await self._sent_before(errand)
        if found is not None:
            return Done(event=found, already=True)
        room = await self._direct(errand, effect.person) if effect.person else effect.room
        text = words.card(self._speaker(errand.forum), [Line(effect.key, effect.values), *effect.lines])
        content = words.content(
            text,
            errand.txn,
            rings=effect.rings,
            mentions=effect.mentions,
            reply_to=await self._event_of(errand, effect.reply_to),
            thread=effect.thread,
        )
        sent = await self._homeserver.send(room, "m.room.message", content, errand.txn)
        return Done(event=sent.event_id)

    async def _refresh(self, errand: Errand, effect: Refresh) -> Done:
        found = await self._sent_before(errand)
        if found is not None:
            return Done(event=found, already=True)
        book = self._books()[errand.forum]
        now = self._clock.now()
        lines, post = await self._ledger.read(
            lambda store: (
                self._lines(store, errand.forum, effect.card, book, now),
                outbox.posted(store, errand.forum, effect.ref),
            )
        )
        if not lines:
            return Done(detail="nothing to show")
        text = words.card(self._speaker(errand.forum), lines)
        shown = words.shown(text)
        if post is not None:
            if post.shown == shown or post.gone:
                return Done(shown=post.shown, detail="unchanged")
            pause = int(book.policy.card.edit_every.total_seconds() * 1000)
            if now < post.edited + pause:
                raise Later(post.edited + pause, "edited a moment ago")
            content = words.edit(words.content(text, errand.txn), post.event)
            sent = await self._homeserver.send(post.room, "m.room.message", content, errand.txn)
            return Done(event=sent.event_id, shown=shown)
        content = words.content(
            text, errand.txn, rings=bool(effect.mentions), mentions=effect.mentions, thread=effect.thread
        )
        sent = await self._homeserver.send(effect.room, "m.room.message", content, errand.txn)
        return Done(event=sent.event_id, shown=shown)

    def _lines(self, store: Store, forum: str, card: str, book: Book, now: int) -> list[Line]:
        if card == "adoption":
            return self._adoption(store, book, now)
        kind, _, name = card.partition(":")
        if kind == "proposal":
            proposal = views.proposal(store, forum, name)
            return cards.proposal_card(proposal, book) if proposal else []
        if kind == "week":
            sealed = views.week(store, forum, name)
            if sealed is None:
                return []
            starts = book.local(sealed.week.starts).date().isoformat()
            return [
                Line(
                    "week.head",
                    {"starts": starts, "week": name, "count": sealed.position, "hash": grouped(sealed.link)},
                )
            ]
        if kind == "head":
            count, link = views.head(store, forum)
            return [Line("chain.head", {"day": name, "count": count, "hash": grouped(link)})] if count else []
        directive = views.directive(store, forum, card)
        return cards.directive_card(directive, book) if directive else []

    async def _retract(self, errand: Errand, effect: Retract) -> Done:
        post = await self._posted(errand.forum, effect.ref)
        if post is None or post.gone or not post.event:
            return Done(detail="nothing to take back")
        sent = await self._homeserver.redact(post.room, post.event, None, errand.txn)
        return Done(event=sent.event_id)

    async def _event_of(self, errand: Errand, target: str | None) -> str | None:
        """An event id or a ref of ours, as an event id; None when it was never posted."""
        if target is None or target.startswith("$"):
            return target
        post = await self._posted(errand.forum, target)
        return post.event if post is not None and not post.gone else None

    async def _posted(self, forum: str, ref: str) -> Post | None:
        return await self._ledger.read(lambda store: outbox.posted(store, forum, ref))

    async def _sent_before(self, errand: Errand) -> str | None:
        """The event of an earlier try whose transaction id can no longer be trusted to catch a repeat."""
        if errand.first_try is None:
            return None
        young = self._clock.now() - errand.first_try < TXN_TRUSTED_MS
        if young and errand.device == self._homeserver.device_id:
            return None
        return await self._ledger.read(lambda store: inbox.own_with_cause(store, errand.txn, errand.first_try or 0))

    async def _direct(self, errand: Errand, person: str) -> str:
        """The direct chat with a person: exactly two joined members, one of them us."""
        book = self._books()[errand.forum]
        room = await self._ledger.read(lambda store: rooms.direct_room(store, person))
        now = self._clock.now()
        if room is None:
            users = book.roster.user_ids(person, moment(now))
            if not users:
                raise Forbidden("M_FORBIDDEN", f"{person} has no account")
            room = errand.reserved or await self._homeserver.create_direct(users[0])
            made = room

            def keep(store: Store) -> None:
                outbox.reserve(store, errand.id, made)
                rooms.set_room(store, made, forum=errand.forum, kind="direct", person=person)
                rooms.set_membership(store, made, "join")

            await self._ledger.write(keep)
        joined = await self._ledger.members(room)
        allowed = set(book.roster.user_ids(person, moment(now))) | {self._homeserver.user_id}
        if len(joined) != 2 or not joined <= allowed:
            raise Later(now + 60_000, "the person has not joined the direct chat yet")
        return room

    # Membership and levels

    async def _invite(self, effect: Invite) -> Done:
        if await self._membership(effect.room, effect.user) in ("join", "invite"):
            return Done(already=True)
        await self._homeserver.invite(effect.room, effect.user, effect.reason)
        return Done()

    async def _remove(self, effect: Remove) -> Done:
        if await self._membership(effect.room, effect.user) not in ("join", "invite", "knock"):
            return Done(already=True)
        await self._homeserver.kick(effect.room, effect.user, effect.reason)
        return Done()

    async def _membership(self, room: str, user: str) -> str:
        content = await self._homeserver.read_state(room, "m.room.member", user)
        membership = (content or {}).get("membership")
        return membership if isinstance(membership, str) else "leave"

    async def _levels(self, effect: SetLevels) -> Done:
        before = await self._homeserver.read_state(effect.room, "m.room.power_levels") or {}
        after = merged(before, effect.changes)
        if after == before:
            return Done(already=True)
        sent = await self._homeserver.set_state(effect.room, "m.room.power_levels", "", after)
        return Done(event=sent.event_id)

    # Files

    async def _bundle(self, errand: Errand, effect: PostBundle) -> Done:
        found = await self._sent_before(errand)
        if found is not None:
            return Done(event=found, already=True)
        path = await self._bundles(errand.forum, effect.week)
        data = path.read_bytes()
        encrypted = await self._ledger.state(effect.room, "m.room.encryption") is not None
        mxc = errand.reserved
        if not mxc:
            mxc = await self._homeserver.reserve_media()
            reserved = mxc
            await self._ledger.write(lambda store: outbox.reserve(store, errand.id, reserved))
        content: Json = {
            "msgtype": "m.file",
            "body": path.name,
            "filename": path.name,
            "info": {"mimetype": "application/zip", "size": len(data)},
            "m.mentions": {},
            "tudang.cause": errand.txn,
        }
        if encrypted:
            # Another try encrypts with another key: then what was uploaded is of no use and a new place is taken.
            cipher, file = self._homeserver.encrypt_attachment(data)
            if errand.attempts > 0:
                mxc = await self._homeserver.reserve_media()
            await self._homeserver.fill_media(mxc, cipher, "application/octet-stream")
            content["file"] = {**file, "url": mxc}
        else:
            await self._homeserver.fill_media(mxc, data, "application/zip")
            content["url"] = mxc
        sent = await self._homeserver.send(effect.room, "m.room.message", content, errand.txn)
        return Done(event=sent.event_id)


def merged(levels: Json, changes: Mapping[str, int | None]) -> Json:
    """Power levels with single keys changed; everything else stays as it was read."""
    after: Json = {key: dict(value) if isinstance(value, dict) else value for key, value in levels.items()}
    for path, level in changes.items():
        group, _, key = path.partition("/")
        target = after.setdefault(group, {}) if key else after
        if not isinstance(target, dict):
            continue
        name = key or group
        if level is None:
            target.pop(name, None)
        else:
            target[name] = level
    return after


def grouped(link: bytes) -> str:
    """A hash in groups of eight, so that people can compare it."""
    text = link.hex()
    return " ".join(text[place : place + 8] for place in range(0, len(text), 8))
