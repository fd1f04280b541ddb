"""A forum in a ledger in memory, for tests of rules about people: rows go in, outcomes come back recorded."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo

import peewee as pw

from bridge.books import make_book
from bridge.forum import commands, membership
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.lang.catalogue import Catalogue, load_catalogue
from bridge.ledger import forums, rooms
from bridge.ledger.gather import gather
from bridge.ledger.migrations import migrate
from bridge.ledger.record import Recorder, record
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.clock import MovableClock, milliseconds
from bridge.model.effects import AnyEffect, Line, Refresh, Say, Timer
from bridge.model.event import Event, Json
from bridge.model.situation import Needs, Outcome, Situation
from bridge.policy.load import Configuration
from bridge.policy.models import Forum, Policy
from bridge.policy.roster import Identifier, Office, Person, Roster, RosterFile, Unit

ZONE = ZoneInfo("Asia/Makassar")
FORUM, CONTROL, AUDIT, DIRECT = "!forum:hs", "!control:hs", "!audit:hs", "!direct:hs"
BOT = "@tudang:hs"
NOON = milliseconds(datetime(2026, 11, 20, 12, 0, tzinfo=ZONE))
MINUTE, DAY = 60_000, 24 * 3600_000
YEAR = date(2026, 1, 1)

F = TypeVar("F", bound=f.Fact)
E = TypeVar("E")


def person(name: str, role: str, unit: str | None = None, **office: object) -> tuple[Person, Office]:
    """Somebody with the account @name:hs, in office all year."""
    dates = {"begins": YEAR, **office}
    return (
        Person(id=name, name=f"{name.title()} Contoh", identifiers=(Identifier(matrix=f"@{name}:hs"),)),
        Office(person=name, role=role, unit=unit, **dates),  # type: ignore[arg-type]
    )


def roster_of(people: Iterable[tuple[Person, Office]], version: int = 1) -> Roster:
    """A roster of these people; every unit named is there."""
    listed = list(people)
    units = dict.fromkeys(office.unit for _, office in listed if office.unit)
    return Roster(
        RosterFile(
            units=tuple(Unit(id=unit, name=f"Dinas {unit.title()}", short=unit.upper()) for unit in units),
            persons=tuple(one for one, _ in listed),
            offices=tuple(office for _, office in listed),
        ),
        ZONE,
        version=version,
    )


def staff(heads: int = 6) -> list[tuple[Person, Office]]:
    """A regent, a deputy, two experts, an auditor and some heads of agencies."""
    return [
        person("bupati", "leader"),
        person("wabup", "deputy"),
        person("ahli", "expert"),
        person("pakar", "expert"),
        person("auditor", "auditor"),
        *(person(f"kadis{number}", "head", f"unit{number}") for number in range(1, heads + 1)),
    ]


@cache
def _heavy(language: str) -> Book:
    """What is slow to make and the same for every test."""
    name = Forum(name="Forum Soppeng", language=language)  # type: ignore[arg-type]
    policy = Policy(forum=name, stage="enforce")
    return make_book(
        Configuration(policy, roster_of(staff())),
        forum="f",
        rooms={"forum": FORUM, "control": CONTROL, "audit": AUDIT},
        bot=BOT,
        clock=MovableClock(NOON),
        rehearsal=False,
    )


def book_of(roster: Roster, rules: Mapping[str, object] | None = None, language: str = "id") -> Book:
    """A book with this roster; ``rules`` replace sections of the policy."""
    heavy = _heavy(language)
    policy = heavy.policy.model_copy(update={"version": 1, **rules}) if rules else heavy.policy
    return dataclasses.replace(heavy, roster=roster, policy=policy)


class House:
    """One forum: its rooms, its ledger, its clock."""

    texts = (load_catalogue("id", zone=ZONE, salutation="Bapak/Ibu"), load_catalogue("en", zone=ZONE))
    """What people read, in both languages."""

    def __init__(self, book: Book, *, stage: str = "watch", now: int = NOON) -> None:
        self.book = book
        self.now = now
        self.store = Store(pw.SqliteDatabase(":memory:"))
        migrate(self.store)
        self.store.begin()
        forums.ensure(self.store, "f", stage, rehearsal=False)
        for kind, room in (*book.rooms.items(), ("direct", DIRECT)):
            rooms.set_room(self.store, room, forum="f", kind=kind)
        self.outcomes: list[Outcome] = []
        self._events = 0

    # --- what the homeserver says ---

    def state(self, user: str, membership_: str, room: str = FORUM, by: str | None = None, name: str = "") -> None:
        """Somebody's membership in the room's state, without telling the rules."""
        self._apply(self._member_event(user, membership_, room, by or user, name))

    def fill(self, users: Iterable[str], room: str = FORUM) -> None:
        """These and the bot are in a room."""
        for user in (BOT, *users):
            self.state(user, "join", room)

    def member(
        self, user: str, membership_: str, room: str = FORUM, by: str | None = None, reason: str = ""
    ) -> Outcome:
        """A membership event arrives."""
        event = self._member_event(user, membership_, room, by or user, reason=reason)
        self._apply(event)
        return self.row("event", event.event_id, room, event)

    def first_sight(self, room: str = FORUM) -> Outcome:
        """The members of a room are known, for the first time or again."""
        return self.row("members", self._id("members"), room)

    def reload(self, roster: Roster | None = None) -> Outcome:
        """A roster takes force."""
        if roster is not None:
            self.book = dataclasses.replace(self.book, roster=roster, before=self.book.roster)
        return self.row("file", self._id("file"), "")

    def midnight(self) -> Outcome:
        """The next day begins."""
        timer = membership.next_midnight(self.book, self.now)
        self.now = timer.due
        return self.row("timer", self._id("timer"), "", timer)

    def due_timers(self, outcome: Outcome) -> list[Outcome]:
        """The notices that an outcome set have come."""
        done = []
        for timer in outcome.timers:
            if isinstance(timer, Timer) and timer.kind == "notice":
                self.now = max(self.now, timer.due)
                done.append(self.row("timer", self._id("timer"), "", timer))
        return done

    # --- what people say ---

    def say(
        self,
        user: str,
        text: str,
        room: str = CONTROL,
        *,
        mentions: Sequence[str] = (),
        reply_to: str | None = None,
    ) -> Outcome:
        """A person types a command; fails when it is none."""
        content: Json = {"msgtype": "m.text", "body": text, "m.mentions": {"user_ids": list(mentions)}}
        if reply_to:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
        event = Event(
            event_id=self._id("$say"),
            room_id=room,
            sender=user,
            type="m.room.message",
            content=content,
            origin_ts=self.now,
        )
        taken = Taken(kind="event", key=event.event_id, room=room, at=self.now, body=b"", content=event)
        command = commands.parse(text, self.book, direct=room == DIRECT, control=room == CONTROL)
        assert command is not None, text
        standing = self.book.standing(user, self.now)
        needs = commands.needs(command, standing, taken, self.book)
        return self._decide(
            taken, needs, lambda s: commands.decide(command, standing, taken, s, self.book, self.now)
        )

    # --- what came of it ---

    def row(
        self, kind: str, key: str, room: str, content: Event | Timer | None = None, at: int | None = None
    ) -> Outcome:
        """A row for the rule of membership, of now or of a time before."""
        taken = Taken(kind=kind, key=key, room=room, at=at or self.now, body=b"", content=content)
        needs = membership.needs(taken, self.book)
        return self._decide(taken, needs, lambda s: membership.decide(taken, s, self.book, self.now))

    def record(self, *facts: f.AnyFact) -> None:
        """Facts that were recorded before."""
        record(self.store, "f", Outcome(facts=list(facts)), now=self.now, cause="", letters=self.book.series)

    @property
    def stage(self) -> str:
        return forums.stage(self.store, "f")

    def situation(self, room: str = FORUM) -> Situation:
        return gather(Recorder(self.store), "f", room, Needs(members=True))

    def _decide(self, taken: Taken, needs: Needs, rule: Callable[[Situation], Outcome]) -> Outcome:
        outcome = rule(gather(Recorder(self.store), "f", taken.room, needs))
        record(
            self.store,
            "f",
            outcome,
            now=self.now,
            cause=taken.key,
            letters=self.book.series,
            salt=lambda: bytes(16),
        )
        self.outcomes.append(outcome)
        for effect in outcome.effects:
            if isinstance(effect, Say):
                assert effect.key in self.book.hearing
                for catalogue in self.texts:
                    said(catalogue, effect)
        return outcome

    def _apply(self, event: Event) -> None:
        rooms.apply_state(self.store, [event])

    def _member_event(
        self, user: str, membership_: str, room: str, by: str, name: str = "", reason: str = ""
    ) -> Event:
        before = rooms.state(self.store, room, "m.room.member", user)
        content = {"membership": membership_}
        content |= {"displayname": name} if name else {}
        content |= {"reason": reason} if reason else {}
        return Event(
            event_id=self._id("$member"),
            room_id=room,
            sender=by,
            type="m.room.member",
            content=content,
            origin_ts=self.now,
            state_key=user,
            prev_content=before,
        )

    def _id(self, name: str) -> str:
        self._events += 1
        return f"{name}{self._events}"


def said(catalogue: Catalogue, say: Say) -> str:
    """A message as people read it. Raises when a text is missing or takes other values."""
    lines = [Line(say.key, say.values), *say.lines]
    return "\n".join(catalogue.say(line.key, **line.values).plain for line in lines)  # type: ignore[arg-type]


def facts(outcome: Outcome, kind: type[F]) -> list[F]:
    """The facts of a kind."""
    return [fact for fact in outcome.facts if isinstance(fact, kind)]


def effects(outcome: Outcome, kind: type[E]) -> list[E]:
    """The effects of a kind."""
    return [effect for effect in outcome.effects if isinstance(effect, kind)]


def keys(outcome: Outcome) -> list[str]:
    """The texts that were said."""
    return [say.key for say in effects(outcome, Say)]


def only_adoption_cards(all_effects: Iterable[AnyEffect]) -> bool:
    """Whether nothing leaves but the one card in the control room."""
    return all(
        isinstance(effect, Refresh) and effect.room == CONTROL and effect.ref == "control.adoption"
        for effect in all_effects
    )
