"""What tests of offices put on a desk: direct chats, midnights, another roster."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import date, datetime, time, timedelta

from bridge.forum.files import FileNews
from bridge.ledger import forums, rooms, timers
from bridge.model.clock import milliseconds
from bridge.model.effects import Say, Timer
from bridge.policy.roster import Roster
from tests.forum.desk import BOT, FORUM, Desk, configuration, policy_text, user

NEW, GUEST = "@baru:desk", "@tamu:desk"
"""Accounts that the roster does not have."""


def chat(desk: Desk, person: str, *, account: str | None = None) -> str:
    """The direct chat of a person with the bot; its room."""
    room = f"!chat-{account or person}"
    desk.store.begin()
    rooms.set_room(desk.store, room, forum="uji", kind="direct", person=person)
    rooms.set_membership(desk.store, room, "join")
    desk.store.commit()
    for who in (BOT, account or user(person)):
        desk.put(desk.state(room, "m.room.member", who, {"membership": "join"}, sender=who))
    return room


def member(desk: Desk, who: str, membership: str, room: str = FORUM, *, reason: str = "") -> str:
    """An account comes, goes or knocks."""
    content = {"membership": membership, **({"reason": reason} if reason else {})}
    return desk.put(desk.state(room, "m.room.member", who, content, sender=who))


def to_day(desk: Desk, day: date, at: time = time(0, 0, 1)) -> None:
    """The clock moves to a day in the forum's zone; the midnights between come one after the other."""
    zone = desk.book.policy.forum.zone
    target = milliseconds(datetime.combine(day, at, tzinfo=zone))
    tomorrow = desk.book.local(desk.clock.now()).date() + timedelta(days=1)
    due = milliseconds(datetime.combine(tomorrow, time(0), tzinfo=zone))
    desk.store.begin()
    timers.put(desk.store, "uji", Timer(name="midnight", due=due, kind="midnight", keep=True), desk.clock.now())
    desk.store.commit()
    desk.move(minutes=(target - desk.clock.now()) / 60_000)


def take_force(desk: Desk, text: str) -> None:
    """Another roster.yaml takes force."""
    before = desk.book.roster.listed
    loaded = configuration(policy_text(), text)
    version = before.version + 1
    after = Roster(loaded.roster.file, before.zone, version=version, digest=loaded.roster.digest)
    desk.book = dataclasses.replace(desk.book, roster=after, before=before)
    digest = hashlib.sha256(text.encode()).hexdigest()
    news = FileNews(what="roster", version=version, sha256=digest, changes=("x",))
    desk.store.begin()
    forums.announce(desk.store, "uji", "roster", str(version), news, desk.clock.now())
    desk.store.commit()
    desk.decide()


def told(desk: Desk, person: str) -> list[str]:
    """The keys of what a person heard privately."""
    return [say.key for say in desk.effects(Say) if say.person == person]


def answer(desk: Desk, room: str) -> Say:
    """The last answer in a room."""
    return desk.said(room)[-1]
