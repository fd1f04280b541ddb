"""Errands: how each kind of effect is done, and how it is found out whether it was done already.

Transaction ids alone do not give exactly-once: the homeserver keeps them for a day, per device, for messages and
redactions only. So before an effect that was tried is repeated, its postcondition is checked by kind.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
import structlog

from bridge.forum.book import Book
from bridge.journey import originals, words
from bridge.journey.bundles import BundlePost, Export
from bridge.journey.direct import best_chat, next_offer
from bridge.journey.shown import AdoptionLines, lines_of
from bridge.journey.upgrades import Upgrades
from bridge.journey.words import Speaker
from bridge.ledger import acts, gaps, inbox, outbox, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.outbox import Errand, Post
from bridge.ledger.store import Store
from bridge.model.clock import Clock, moment, ms
from bridge.model.effects import (
    Ban,
    Decline,
    Discard,
    Follow,
    Invite,
    Join,
    Line,
    Link,
    PostBundle,
    React,
    Redact,
    Refresh,
    Remove,
    Retract,
    Say,
    SetLevels,
    Unban,
)
from bridge.model.event import Json
from bridge.model.ports import Forbidden, Homeserver, MatrixError, NotFound, Unreachable
from bridge.model.speech import Text

log = structlog.get_logger()

TXN_TRUSTED_MS = 12 * 3600 * 1000
"""How long a homeserver surely remembers a transaction id of the same device; Synapse keeps them for a day."""

LOOKING_PAUSE_MS = 1000
JOIN_PAUSE_MS = 60_000
"""How long to wait for the person to join a direct chat, or for a third to leave it."""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """An errand is done. ``event`` is None when there was nothing to send."""

    event: str | None = None
    room: str = ""
    """Where, when the effect does not say it itself (a direct chat)."""
    shown: str = ""
    already: bool = False
    """The homeserver had it so before we asked."""
    detail: str = ""
    before: Mapping[str, int | None] = {}
    """Of power levels: what was found at the paths that were changed; None: no key."""


class Later(Exception):
    """Not now, and nothing was changed: try again at this time (ms). ``give_up``: but not for more than a day."""

    def __init__(self, until: int, why: str = "", *, give_up: bool = False) -> None:
        super().__init__(why)
        self.until = until
        self.why = why
        self.give_up = give_up


class Errands:
    """Does one errand at a time for whoever schedules them. Raises MatrixError kinds and :class:`Later`.

    ``discard`` removes the files of destroyed contents.

    ``bundles`` writes a sealed week as a file; ``public_url`` is where people reach the web page, for links to it.

    ``rounds`` is how many sync responses were taken in since the start: our own events of earlier tries are looked
    for only in what has been read.
    """

    def __init__(
        self,
        ledger: Ledger,
        homeserver: Homeserver,
        clock: Clock,
        *,
        books: Callable[[], Mapping[str, Book]],
        speaker: Callable[[str], Speaker],
        bundles: Export,
        adoption: AdoptionLines,
        discard: Callable[[Discard], Awaitable[None]],
        upgrades: Upgrades,
        rounds: Callable[[], int],
        public_url: str | None = None,
    ) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._clock = clock
        self._books = books
        self._speaker = speaker
        self._bundles = BundlePost(
            ledger, homeserver, clock, export=bundles, books=books, speaker=speaker, public_url=public_url
        )
        self._adoption = adoption
        self._discard = discard
        self._upgrades = upgrades
        self._rounds = rounds
        self._failed_in: dict[int, int] = {}

    async def do(self, errand: Errand) -> Done:
        """Carry an errand out, or find that it is done."""
        try:
            done = await self._do(errand)
        except Unreachable:
            self._failed_in[errand.id] = self._rounds()
            raise
        self._failed_in.pop(errand.id, None)
        return done

    async def _do(self, errand: Errand) -> Done:
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
            return await self._invite(errand, effect)
        if isinstance(effect, Remove):
            return await self._remove(errand, effect)
        if isinstance(effect, Ban):
            return await self._ban(errand, effect)
        if isinstance(effect, Unban):
            return await self._unban(errand, effect)
        if isinstance(effect, Redact):
            return await self._redact(errand, effect)
        if isinstance(effect, SetLevels):
            return await self._levels(errand, effect)
        if isinstance(effect, Join):
            await self._homeserver.join(effect.room)
            return Done()
        if isinstance(effect, Decline):
            return await self._decline(effect)
        if isinstance(effect, Follow):
            return Done(detail=await self._upgrades.follow(errand.forum, effect))
        if isinstance(effect, Link):
            return Done(detail=await self._upgrades.link(effect))
        if isinstance(effect, Discard):
            await self._discard(effect)
            return Done()
        return await self._bundle(errand, effect)

    # Messages

    async def _react(self, errand: Errand, effect: React) -> Done:
        target = await self._event_of(errand, effect.to)
        if target is None:
            return Done(detail="nothing to react to")
        content: Json = {
            "m.relates_to": {"rel_type": "m.annotation", "event_id": target, "key": effect.key},
            "tudang.cause": errand.txn,
        }
        if await self._stands_already(errand, effect.room):
            return Done(already=True)
        room = await self._left_behind(effect.room, target) or effect.room
        try:
            sent = await self._homeserver.send(room, "m.reaction", content, errand.txn)
        except MatrixError as error:
            if error.errcode != "M_DUPLICATE_ANNOTATION":
                raise
            # It stands there already. Our own copy tells under which id, so that it can be taken back one day.
            found = await self._ledger.read(lambda store: inbox.own_reaction(store, room, target, effect.key))
            return Done(event=found, room=room, already=True)
        return Done(event=sent.event_id, room=room)

    async def _say(self, errand: Errand, effect: Say) -> Done:
        room, person = effect.room, effect.person
        if not person and (asker := await self._direct_with(room)) is not None:
            if not await self._still_private(errand, room, asker):
                return Done(detail="this direct chat has other members than its two")
            if not await self._is_encrypted(room):
                # Whoever runs a homeserver on the way could read an answer here.
                person = asker
        if person:
            room = await self._direct(errand, person)
        if await self._stands_already(errand, room):
            return Done(already=True)
        elsewhere = person != effect.person
        text = self._card(errand.forum, [Line(effect.key, effect.values), *effect.lines])
        content = words.content(
            text,
            errand.txn,
            rings=effect.rings,
            mentions=effect.mentions,
            reply_to=None if elsewhere else await self._answered(errand, room, effect.reply_to),
            thread=None if elsewhere else await self._answered(errand, room, effect.thread),
            ref=self._ref(errand.forum, effect.ref),
        )
        sent = await self._homeserver.send(room, "m.room.message", content, errand.txn)
        return Done(event=sent.event_id, room=room)

    def _card(self, forum: str, lines: Sequence[Line]) -> Text:
        return words.card(self._speaker(forum), lines, preview=self._previewed(forum))

    def _ref(self, forum: str, ref: str) -> str:
        """The ref shown in the room; a preview's is not, lest a restored forum take its numbers for its own."""
        return "" if self._previewed(forum) else ref

    def _previewed(self, forum: str) -> bool:
        book = self._books().get(forum)
        return book is not None and book.preview

    async def _refresh(self, errand: Errand, effect: Refresh) -> Done:
        if await self._stands_already(errand, effect.room):
            return Done(already=True)
        book = self._books()[errand.forum]
        now = self._clock.now()
        lines, post = await self._ledger.read(
            lambda store: (
                lines_of(store, errand.forum, effect.card, book, now, self._adoption),
                outbox.posted(store, errand.forum, effect.ref),
            )
        )
        if not lines:
            return Done(detail="nothing to show")
        text = self._card(errand.forum, lines)
        # What an earlier try may have shown is not known: the same transaction id would leave that standing.
        doubt = errand.first_try is not None
        shown = "" if doubt else words.shown(text)
        if post is not None:
            if post.gone or (post.shown == shown and not doubt):
                return Done(shown=post.shown, detail="unchanged")
            pause = ms(book.policy.card.edit_every)
            if post.edited <= now < post.edited + pause:
                raise Later(post.edited + pause, "edited a moment ago")
            content = words.edit(
                words.content(text, errand.txn, ref=self._ref(errand.forum, effect.ref)), post.event
            )
            sent = await self._homeserver.send(post.room, "m.room.message", content, errand.txn)
            return Done(event=sent.event_id, shown=shown)
        content = words.content(
            text,
            errand.txn,
            rings=bool(effect.mentions),
            mentions=effect.mentions,
            thread=effect.thread,
            ref=self._ref(errand.forum, effect.ref),
        )
        sent = await self._homeserver.send(effect.room, "m.room.message", content, errand.txn)
        return Done(event=sent.event_id, shown=shown)

    async def _retract(self, errand: Errand, effect: Retract) -> Done:
        post = await self._posted(errand.forum, effect.ref)
        if post is None or post.gone or not post.event:
            return Done(detail="nothing to take back")
        if await self._in_doubt(errand, post.room):
            standing = await self._homeserver.event(post.room, post.event)
            if standing is None or standing.redacted:
                return Done(event=post.event, already=True)
        sent = await self._homeserver.redact(post.room, post.event, None, errand.txn)
        return Done(event=sent.event_id)

    async def _event_of(self, errand: Errand, target: str | None) -> str | None:
        """An event id or a ref of ours, as an event id; None when it was never posted."""
        if target is None or target.startswith("$"):
            return target
        post = await self._posted(errand.forum, target)
        return post.event if post is not None and not post.gone else None

    async def _answered(self, errand: Errand, room: str, target: str | None) -> str | None:
        """The event that is answered in a room; None when it stands in another, which this room has replaced."""
        event = await self._event_of(errand, target)
        return None if event is None or await self._left_behind(room, event) else event

    async def _left_behind(self, room: str, event: str) -> str:
        """The room before this one in which an event stands; empty for one that stands here."""

        def look(store: Store) -> str:
            if not rooms.replaces_another(store, room):
                return ""
            where = inbox.room_of(store, event)
            return "" if where in ("", room) else where

        return await self._ledger.read(look)

    async def _posted(self, forum: str, ref: str) -> Post | None:
        return await self._ledger.read(lambda store: outbox.posted(store, forum, ref))

    async def _in_doubt(self, errand: Errand, room: str) -> bool:
        """Whether an earlier try may stand and its transaction id can no longer be trusted to catch a repeat.

        Then everything that has come back from the room must have been read first, else :class:`Later`.
        """
        if errand.first_try is None:
            return False
        young = 0 <= self._clock.now() - errand.first_try < TXN_TRUSTED_MS
        if young and errand.device == self._homeserver.device_id:
            return False
        await self._has_read(errand, room)
        return True

    async def _has_read(self, errand: Errand, room: str) -> None:
        """A response that was asked for after the last try must have been taken in, and the room have no gap."""
        # The response that comes next may have been asked for before; the one after that surely was not.
        needed = self._failed_in.get(errand.id, -1) + 2
        if self._rounds() < needed or await self._ledger.read(lambda store: gaps.is_open(store, room)):
            raise Later(self._clock.now() + LOOKING_PAUSE_MS, "looking in the room for an earlier try first")

    async def _stands_already(self, errand: Errand, room: str) -> bool:
        """Whether the event of an earlier try came back: its cause in our own event has confirmed the row."""
        return await self._in_doubt(errand, room) and await self._ledger.read(
            lambda store: outbox.is_confirmed(store, errand.id)
        )

    async def _direct(self, errand: Errand, person: str) -> str:
        """The direct chat with a person: encrypted, with exactly two joined members, one of them us."""
        own, now = self._homeserver.user_id, self._clock.now()
        users = self._books()[errand.forum].roster.user_ids(person, moment(now))
        chats = await self._ledger.read(lambda store: rooms.direct_chats(store, person))
        room = best_chat(chats, users, own)
        if room is None:
            if not users:
                raise Forbidden("M_FORBIDDEN", f"{person} has no account")
            if (then := next_offer(chats, own, now)) > now:
                why = "the person left the direct chat, or a third is in it; another one is offered once a day"
                crowded = any(chat.crowded for chat in chats)
                raise Later(now + JOIN_PAUSE_MS if crowded else then, why, give_up=True)
            room = await self._new_chat(errand, person, users)
        joined = await self._ledger.members(room)
        if len(joined) != 2 or not joined <= {*users, own}:
            raise Later(now + JOIN_PAUSE_MS, "the person has not joined the direct chat yet", give_up=True)
        return room

    async def _new_chat(self, errand: Errand, person: str, users: Sequence[str]) -> str:
        """An encrypted chat of our own with a person, who is invited to it."""
        made: str | None = None
        if errand.first_try is not None:
            # Making a room has no transaction id: one that was made and not noted is among our rooms.
            await self._has_read(errand, "")
            own = self._homeserver.user_id
            made = await self._ledger.read(lambda store: rooms.made_for(store, own, users))
        room = made or await self._homeserver.create_direct(users[0])

        def keep(store: Store) -> None:
            rooms.set_room(store, room, forum=errand.forum, kind="direct", person=person)
            rooms.set_membership(store, room, "join")

        await self._ledger.write(keep)
        return room

    async def _direct_with(self, room: str) -> str | None:
        return await self._ledger.read(lambda store: rooms.direct_with(store, room))

    async def _is_encrypted(self, room: str) -> bool:
        return (await self._ledger.read(lambda store: rooms.view(store, room, "direct"))).encrypted

    async def _still_private(self, errand: Errand, room: str, person: str) -> bool:
        """Whether nobody but the person listens in a direct chat."""
        users = self._books()[errand.forum].roster.user_ids(person, moment(self._clock.now()))
        joined = await self._ledger.members(room)
        return len(joined) == 2 and joined <= {*users, self._homeserver.user_id}

    # Membership and levels

    async def _invite(self, errand: Errand, effect: Invite) -> Done:
        if await self._membership(effect.room, effect.user) in ("join", "invite"):
            return _found_so(errand)
        await self._homeserver.invite(effect.room, effect.user, effect.reason)
        return Done()

    async def _remove(self, errand: Errand, effect: Remove) -> Done:
        if await self._membership(effect.room, effect.user) not in ("join", "invite", "knock"):
            return _found_so(errand)
        await self._homeserver.kick(effect.room, effect.user, effect.reason)
        return Done()

    async def _ban(self, errand: Errand, effect: Ban) -> Done:
        if await self._membership(effect.room, effect.user) == "ban":
            return _found_so(errand)
        await self._homeserver.ban(effect.room, effect.user, effect.reason)
        return Done()

    async def _unban(self, errand: Errand, effect: Unban) -> Done:
        if await self._membership(effect.room, effect.user) != "ban":
            return _found_so(errand)
        await self._homeserver.unban(effect.room, effect.user, effect.reason)
        return Done()

    async def _redact(self, errand: Errand, effect: Redact) -> Done:
        now = self._clock.now()
        if not await self._ledger.write(lambda store: originals.kept(store, effect.event, now)):
            raise Later(now + LOOKING_PAUSE_MS, "its files are not stored yet", give_up=True)
        if await self._in_doubt(errand, effect.room):
            standing = await self._homeserver.event(effect.room, effect.event)
            if standing is None or standing.redacted:
                return Done(already=True)
        sent = await self._homeserver.redact(effect.room, effect.event, effect.reason or None, errand.txn)
        return Done(event=sent.event_id)

    async def _decline(self, effect: Decline) -> Done:
        try:
            await self._homeserver.leave(effect.room)
        except (Forbidden, NotFound):
            # We are not there (any more), which is what was wanted.
            return Done(already=True)
        return Done()

    async def _membership(self, room: str, user: str) -> str:
        content = await self._homeserver.read_state(room, "m.room.member", user)
        membership = (content or {}).get("membership")
        return membership if isinstance(membership, str) else "leave"

    async def _levels(self, errand: Errand, effect: SetLevels) -> Done:
        if effect.restores:
            effect = await self._putting_back(errand, effect)
        content = await self._homeserver.read_state(effect.room, "m.room.power_levels") or {}
        found = {path: level_at(content, path) for path in effect.changes}
        ours = {
            path: level
            for path, level in effect.changes.items()
            if path not in effect.only_if or found[path] == effect.only_if[path]
        }
        after = merged(content, ours)
        if after == content:
            # An earlier try may have done it, and then what was there before it is what it noted.
            noted = _noted(errand)
            return Done(already=not noted, before=noted)
        before = {path: found[path] for path in ours}
        await self._ledger.write(lambda store: outbox.reserve(store, errand.id, _NOTED + _levels_text(before)))
        sent = await self._homeserver.set_state(effect.room, "m.room.power_levels", "", after)
        return Done(event=sent.event_id, before=before)

    async def _putting_back(self, errand: Errand, effect: SetLevels) -> SetLevels:
        """The changes that restore what an act found, each only where its own value still stands."""
        act = await self._ledger.read(lambda store: acts.act_view(store, errand.forum, effect.restores))
        if act is not None and not act.result:
            raise Later(self._clock.now() + LOOKING_PAUSE_MS, "what it takes back is not done yet", give_up=True)
        before = await self._ledger.read(lambda store: acts.found_by(store, errand.forum, effect.restores))
        ours = {path: act.fact.changes.get(path) for path in before} if act is not None else {}
        return msgspec.structs.replace(effect, changes=before, only_if=ours)

    # Files

    async def _bundle(self, errand: Errand, effect: PostBundle) -> Done:
        if await self._stands_already(errand, effect.room):
            return Done(already=True)
        return Done(event=await self._bundles.post(errand, effect))


def _found_so(errand: Errand) -> Done:
    """What was wanted is so. After a try of which no answer came that is our own doing, as far as can be known."""
    return Done(already=errand.first_try is None)


_NOTED = "levels:"
_levels_of = msgspec.json.Decoder(dict[str, int | None]).decode


def _levels_text(levels: Mapping[str, int | None]) -> str:
    return msgspec.json.encode(levels).decode()


def _noted(errand: Errand) -> Mapping[str, int | None]:
    """What an earlier try of an errand found before it changed power levels."""
    return _levels_of(errand.reserved.removeprefix(_NOTED)) if errand.reserved.startswith(_NOTED) else {}


def level_at(levels: Json, path: str) -> int | None:
    """The level at a path such as `users/@a:hs` or `events_default`; None when there is no such key."""
    group, _, key = path.partition("/")
    value = levels.get(group)
    if key:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


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
