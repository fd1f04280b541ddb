"""Direct chats with the bot at a desk, and what it says in them, as people read it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bridge.lang.catalogue import load_catalogue
from bridge.ledger import rooms
from bridge.model.effects import Say
from tests.forum.desk import Desk, user
from tests.forum.house import said

ZONE = ZoneInfo("Asia/Makassar")
LANGUAGES = {
    "id": load_catalogue("id", zone=ZONE, salutation="Bapak/Ibu"),
    "en": load_catalogue("en", zone=ZONE),
}


def direct(desk: Desk, person: str) -> str:
    """A direct chat of a person with the bot."""
    room = f"!direct-{person}"
    desk.store.begin()
    rooms.set_room(desk.store, room, forum="uji", kind="direct", person=person)
    rooms.set_membership(desk.store, room, "join")
    both = (user(person), desk.book.bot)
    rooms.apply_state(
        desk.store,
        [
            desk.state(room, "m.room.encryption", "", {"algorithm": "m"}),
            *(desk.state(room, "m.room.member", who, {"membership": "join"}) for who in both),
        ],
    )
    desk.store.commit()
    return room


def shown(say: Say, language: str = "id") -> list[str]:
    """The lines of a message as people read them."""
    return said(LANGUAGES[language], say).split("\n")


def told(desk: Desk, person: str) -> list[Say]:
    """What the bot says to a person alone, of its own accord or because they asked before everybody."""
    return [say for say in desk.effects(Say) if say.person == person]
