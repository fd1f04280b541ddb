"""The card of a living room, made again and again while people come and go, without reading the room each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from bridge.forum import cards
from bridge.forum.book import Book
from bridge.forum.presence import Presence
from bridge.ledger import forums, members, rooms
from bridge.ledger.store import Store
from bridge.model.effects import Line
from bridge.policy.roster import Roster

Missing = Callable[[Store, str, str, str], Sequence[str]]
"""The permissions that the bot lacks: (store, room, kind of the room, the bot's account)."""


@dataclass(slots=True)
class _Known:
    """A room as it was when its card was last made, and up to where that was so."""

    presence: Presence
    roster: Roster
    day: date
    read: int
    position: int


class LivingRooms:
    """Makes the adoption card. A room is read whole when it is first asked for, when its state was read anew, when
    another roster counts, and on another day; between that only who has come or gone since."""

    def __init__(self, missing: Missing) -> None:
        self._missing = missing
        self._known: dict[str, _Known] = {}

    def __call__(self, store: Store, book: Book, now: int) -> list[Line]:
        """The lines of the card at ``now`` (ms)."""
        room = book.rooms.get("forum", "")
        view = self._presence(store, room, book, now).view()
        missing = self._missing(store, room, "forum", book.bot)
        return cards.adoption_card(view, forums.stage(store, book.forum), missing, book)

    def _presence(self, store: Store, room: str, book: Book, now: int) -> Presence:
        day, read = book.local(now).date(), rooms.times_read(store, room)
        position = forums.position(store, book.forum)
        known = self._known.get(room)
        if known is not None and known.roster is book.roster and (known.day, known.read) == (day, read):
            moved = members.moved_since(store, book.forum, room, known.position)
            if moved is not None:
                for member in members.accounts(store, room, moved) if moved else ():
                    known.presence.see(member)
                known.position = position
                return known.presence
        presence = Presence(rooms.member_views(store, room), book.roster, book.bot, now)
        self._known[room] = _Known(presence, book.roster, day, read, position)
        return presence
