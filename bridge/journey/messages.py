"""The errands that are words: messages, cards, reactions, taking one's own back, and the chats they go to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bridge.forum.book import Book
from bridge.journey import words
from bridge.journey.direct import best_chat, next_offer
from bridge.journey.house_pictures import HousePictures
from bridge.journey.shown import AdoptionLines, lines_of
from bridge.journey.tries import Done, Later, Tries
from bridge.journey.words import Speaker
from bridge.ledger import inbox, outbox, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.outbox import Errand, Post
from bridge.ledger.store import Store
from bridge.model.clock import Clock, moment, ms
from bridge.model.effects import Line, React, Refresh, Retract, Say
from bridge.model.event import Json
from bridge.model.ports import Forbidden, Homeserver, MatrixError
from bridge.model.speech import Text

JOIN_PAUSE_MS = 60_000
"""How long to wait for the person to join a direct chat, or for a third to leave it."""

Message = React | Say | Refresh | Retract


class Messages:
    """Sends what the bot says. Raises MatrixError kinds and :class:`bridge.journey.tries.Later`."""

    def __init__(
        self,
        ledger: Ledger,
        homeserver: Homeserver,
        clock: Clock,
        tries: Tries,
        *,
        books: Callable[[], Mapping[str, Book]],
        speaker: Callable[[str], Speaker],
        personal: Callable[[str], Speaker] | None = None,
        adoption: AdoptionLines,
        pictures: HousePictures,
    ) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._clock = clock
        self._tries = tries
        self._books = books
        self._speaker = speaker
        self._personal = personal
        self._adoption = adoption
        self._pictures = pictures

    async def send(self, errand: Errand, effect: Message) -> Done:
        """Say it, show it or take it back, or find that this is done."""
        if isinstance(effect, React):
            return await self._react(errand, effect)
        if isinstance(effect, Say):
            return await self._say(errand, effect)
        if isinstance(effect, Refresh):
            return await self._refresh(errand, effect)
        return await self._retract(errand, effect)

    async def _react(self, errand: Errand, effect: React) -> Done:
        target = await self._event_of(errand, effect.to)
        if target is None:
            return Done(detail="nothing to react to")
        key = words.chip(effect.key)
        content: Json = {
            "m.relates_to": {"rel_type": "m.annotation", "event_id": target, "key": key},
            "tudang.cause": errand.txn,
        }
        if await self._tries.stands_already(errand, effect.room):
            return Done(already=True)
        before = await self._left_behind(effect.room, target) if errand.moved else ""
        room = before or effect.room
        try:
            sent = await self._homeserver.send(room, "m.reaction", content, errand.txn)
        except MatrixError as error:
            if error.errcode != "M_DUPLICATE_ANNOTATION":
                raise
            # It stands there already. Our own copy tells under which id, so that it can be taken back one day.
            found = await self._ledger.read(lambda store: inbox.own_reaction(store, room, target, key))
            return Done(event=found, room=room, already=True)
        return Done(event=sent.event_id, room=room)

    async def _say(self, errand: Errand, effect: Say) -> Done:
        room, person = effect.room, effect.person
        asker = None if person else await self._direct_with(room)
        if asker is not None:
            if not await self._still_private(errand, room, asker):
                return Done(detail="this direct chat has other members than its two")
            if not await self._is_encrypted(room):
                # Whoever runs a homeserver on the way could read an answer here.
                person = asker
        if person:
            room = await self._direct(errand, person)
        if await self._tries.stands_already(errand, room):
            return Done(already=True)
        elsewhere = person != effect.person
        alone = effect.person or asker
        text = self._card(errand.forum, [Line(effect.key, effect.values), *effect.lines], alone=alone)
        if effect.picture:
            return await self._show(errand, room, text, alone)
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

    async def _show(self, errand: Errand, room: str, text: Text, alone: str | None) -> Done:
        """The picture of the welcome in the person's language, with the words that say the same."""
        content = await self._pictures.shown(self._speaks(errand.forum, alone).lang, text.plain, errand.txn)
        if content is None:
            return Done(detail="no picture is drawn")
        sent = await self._homeserver.send(room, "m.room.message", content, errand.txn)
        return Done(event=sent.event_id, room=room)

    def _speaks(self, forum: str, alone: str | None) -> Speaker:
        return self._personal(alone) if alone and self._personal is not None else self._speaker(forum)

    def _card(self, forum: str, lines: Sequence[Line], *, alone: str | None = None) -> Text:
        """Lines as one text; ``alone`` is the person who reads it in a direct chat."""
        return words.card(self._speaks(forum, alone), lines, preview=self._previewed(forum))

    def _ref(self, forum: str, ref: str) -> str:
        """The ref shown in the room; a preview's is not, lest a restored forum take its numbers for its own."""
        return "" if self._previewed(forum) else ref

    def _previewed(self, forum: str) -> bool:
        book = self._books().get(forum)
        return book is not None and book.preview

    async def _refresh(self, errand: Errand, effect: Refresh) -> Done:
        if await self._tries.stands_already(errand, effect.room):
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
        if await self._tries.in_doubt(errand, post.room):
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

    # Direct chats

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
            await self._tries.has_read(errand, "")
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
