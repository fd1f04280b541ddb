"""A desk: the rules with a ledger and without a homeserver. Events are put in, facts and effects come out.

Nothing is delivered; what the bot would do is read from the outbox. Fast enough for hundreds of tests.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

from bridge import books
from bridge.forum import daily
from bridge.forum.book import Book
from bridge.forum.overlaid import with_grants
from bridge.forum.verdicts import Looked
from bridge.journey.decide import decide_some
from bridge.journey.shown import lines_of
from bridge.ledger import forums, grants, inbox, outbox, rooms, timers
from bridge.ledger.migrations import migrate
from bridge.ledger.store import Store, sqlite_database
from bridge.model import facts as f
from bridge.model.clock import MovableClock
from bridge.model.effects import AnyEffect, Line, React, Refresh, Say
from bridge.model.event import Event, Json, Trust
from bridge.model.evidence import Inspection, Stored, Verdict
from bridge.policy.load import Configuration, Source, load_sources

FRIDAY = 1_795_129_200_000
"""Friday 20 November 2026, 07.00 in Makassar."""

FORUM, CONTROL, AUDIT, SPACE = "!forum", "!control", "!audit", "!space"
BOT = "@tudang:desk"

_fact = msgspec.json.Decoder(f.AnyFact).decode
_effect = msgspec.json.Decoder(AnyEffect).decode
F = TypeVar("F")

UNITS = (
    ("setda", "Sekretariat Daerah", "Setda", "agency"),
    ("dlh", "Dinas Lingkungan Hidup", "DLH", "agency"),
    ("peternakan", "Dinas Peternakan", "Peternakan", "agency"),
    ("pupr", "Dinas Pekerjaan Umum dan Penataan Ruang", "PUPR", "agency"),
    ("kesehatan", "Dinas Kesehatan", "Dinkes", "agency"),
    ("pendidikan", "Dinas Pendidikan", "Disdik", "agency"),
    ("bpbd", "Badan Penanggulangan Bencana Daerah", "BPBD", "agency"),
    ("citta", "Kecamatan Citta", "Citta", "subdistrict"),
    ("ganra", "Kecamatan Ganra", "Ganra", "subdistrict"),
)
PEOPLE = (
    ("bupati", "leader", None),
    ("wabup", "deputy", None),
    ("sekda", "secretary", "setda"),
    ("dlh-1", "head", "dlh"),
    ("ternak-1", "head", "peternakan"),
    ("pupr-1", "head", "pupr"),
    ("kes-1", "head", "kesehatan"),
    ("dik-1", "head", "pendidikan"),
    ("bpbd-1", "head", "bpbd"),
    ("citta-1", "subdistrict_head", "citta"),
    ("ganra-1", "subdistrict_head", "ganra"),
    ("ahli-1", "expert", None),
    ("ahli-2", "expert", None),
    ("auditor-1", "auditor", None),
)


def user(person: str) -> str:
    """The account of a person."""
    return f"@{person}:desk"


def policy_text(extra: str = "", language: str = "id") -> str:
    """A policy of a few lines."""
    return f"forum:\n  name: Forum Uji\n  language: {language}\n  timezone: Asia/Makassar\nstage: enforce\n{extra}"


def roster_text() -> str:
    """The roster of the desk."""
    lines = ["units:"]
    lines += [f'  - {{id: {u}, name: "{n}", short: "{s}", kind: {k}}}' for u, n, s, k in UNITS]
    lines.append("persons:")
    lines += [
        f'  - {{id: {p}, name: "{p.title()} Contoh", identifiers: [{{matrix: "{user(p)}"}}]}}' for p, _, _ in PEOPLE
    ]
    lines.append("offices:")
    for person, role, unit in PEOPLE:
        where = f", unit: {unit}" if unit else ""
        lines.append(f"  - {{person: {person}, role: {role}{where}, from: 2025-01-01}}")
    return "\n".join(lines) + "\n"


@cache
def configuration(policy: str, roster: str) -> Configuration:
    """A loaded policy and roster; kept, since loading is what costs time."""
    return load_sources(Source("policy.yaml", policy.encode()), Source("roster.yaml", roster.encode())).numbered(
        1, 1
    )


@cache
def _book(policy: str, roster: str, groups: tuple[str, ...] = (), space: bool = False) -> Book:
    return books.make_book(
        configuration(policy, roster),
        forum="uji",
        rooms={"forum": FORUM, "control": CONTROL, "audit": AUDIT},
        groups={name: f"!{name}" for name in groups},
        space=SPACE if space else "",
        bot=BOT,
        clock=MovableClock(FRIDAY),
        rehearsal=False,
    )


class Desk:
    """One forum at a desk. ``place`` is a folder for its database, or an empty database.

    ``groups`` are working groups by name, each with the persons who are in it when it is adopted; the id of its
    room is the name after a `!`. ``space`` adds a space, in which at first is only the bot.
    """

    def __init__(
        self,
        place: Path | Store,
        *,
        stage: str = "enforce",
        policy: str | None = None,
        roster: str | None = None,
        groups: Mapping[str, Sequence[str]] | None = None,
        space: bool = False,
        serial: int = 1,
    ) -> None:
        """``serial`` is where the numbers of events begin, for a desk that is opened again."""
        self.clock = MovableClock(FRIDAY)
        self.store = place if isinstance(place, Store) else Store(sqlite_database(place / "desk.db"))
        migrate(self.store)
        self._groups = dict(groups or {})
        self._space = space
        self.book = _book(policy or policy_text(), roster or roster_text(), tuple(self._groups), space)
        self._serial = itertools.count(serial)
        self._caught_up = 0
        self._transaction(lambda: self._furnish(stage))

    def _furnish(self, stage: str) -> None:
        forums.ensure(self.store, "uji", stage, False)
        for room, kind in ((FORUM, "forum"), (CONTROL, "control"), (AUDIT, "audit")):
            rooms.set_room(self.store, room, forum="uji", kind=kind)
            rooms.set_membership(self.store, room, "join")
            self.store.run("UPDATE room SET adopted_at = 1, made_by_us = 1 WHERE room = ?", (room,))
            rooms.apply_state(self.store, [self.state(room, "m.room.encryption", "", {"algorithm": "m"})])
            joined = [BOT, *(user(person) for person, _, _ in PEOPLE)]
            rooms.apply_state(
                self.store, [self.state(room, "m.room.member", who, {"membership": "join"}) for who in joined]
            )
        for name, persons in self._groups.items():
            self._add_room(f"!{name}", "group", persons)
        if self._space:
            self._add_room(SPACE, "space", ())

    def _add_room(self, room: str, kind: str, persons: Sequence[str]) -> None:
        rooms.set_room(self.store, room, forum="uji", kind=kind)
        rooms.set_membership(self.store, room, "join")
        self.store.run("UPDATE room SET adopted_at = 1, made_by_us = 1 WHERE room = ?", (room,))
        joined = [BOT, *(user(person) for person in persons)]
        rooms.apply_state(
            self.store, [self.state(room, "m.room.member", who, {"membership": "join"}) for who in joined]
        )

    def compare(self, room: str = FORUM) -> None:
        """A room's state was read again: who is there is compared with the roster."""
        self.store.begin()
        key = f"members:{room}:{next(self._serial)}"
        inbox.add_row(self.store, "uji", "members", key, b"{}", at=self.clock.now(), room=room)
        self.store.commit()
        self.decide()

    def files(self, *, policy: str | None = None, roster: str | None = None) -> None:
        """Other files are in force from now on."""
        self.book = _book(policy or policy_text(), roster or roster_text(), tuple(self._groups), self._space)

    def _transaction(self, work: object) -> None:
        self.store.begin()
        work()  # type: ignore[operator]
        self.store.commit()

    # Putting in

    def state(self, room: str, kind: str, key: str, content: Json, sender: str = BOT) -> Event:
        """A state event."""
        return Event(
            event_id=f"$s{next(self._serial)}",
            room_id=room,
            sender=sender,
            type=kind,
            content=content,
            origin_ts=self.clock.now(),
            state_key=key,
        )

    def put(self, *events: Event) -> str:
        """Take events in, decide them, and return the id of the last."""
        now = self.clock.now()
        self.store.begin()
        rooms.apply_state(self.store, events)
        inbox.add_events(
            self.store,
            "uji",
            inbox.new_batch(self.store),
            inbox.WINDOW,
            events,
            own=BOT,
            at=now,
            person_of=lambda who: s.person.id if (s := self.book.standing(who, now)) else None,
        )
        self.store.commit()
        self.decide()
        return events[-1].event_id

    def message(
        self,
        person: str,
        content: Json,
        *,
        kind: str = "m.room.message",
        room: str = FORUM,
        encrypted: bool = True,
        trust: Trust = Trust.CROSS_SIGNED,
    ) -> Event:
        """A message event of a person."""
        number = next(self._serial)
        return Event(
            event_id=f"$m{number}",
            room_id=room,
            sender=user(person) if not person.startswith("@") else person,
            type=kind,
            content=content,
            origin_ts=self.clock.now(),
            encrypted=encrypted and kind != "m.reaction" and kind != "m.room.redaction",
            trust=trust if encrypted else Trust.CLEAR,
            session_id=f"session{number}" if encrypted and kind == "m.room.message" else None,
            message_index=0 if encrypted and kind == "m.room.message" else None,
            raw=b"{}",
        )

    def say(
        self,
        person: str,
        text: str,
        *,
        reply_to: str | None = None,
        thread: str | None = None,
        mentions: Sequence[str] = (),
        room: str = FORUM,
        encrypted: bool = True,
        trust: Trust = Trust.CROSS_SIGNED,
    ) -> str:
        """A text message, as Element sends it."""
        content: Json = {"msgtype": "m.text", "body": text, "m.mentions": {"user_ids": [user(m) for m in mentions]}}
        _relate(content, reply_to, thread)
        return self.put(self.message(person, content, room=room, encrypted=encrypted, trust=trust))

    def photo(
        self,
        person: str,
        name: str = "IMG.jpg",
        *,
        caption: str = "",
        kind: str = "m.image",
        mimetype: str = "image/jpeg",
        reply_to: str | None = None,
        thread: str | None = None,
        judged: bool | str = False,
    ) -> str:
        """A photo (or video, file ...). ``judged``: True for a good verdict, or the name of a verdict."""
        content: Json = {
            "msgtype": kind,
            "body": caption or name,
            "filename": name,
            "url": f"mxc://desk/{next(self._serial)}",
            "info": {"mimetype": mimetype, "size": 90_000},
        }
        _relate(content, reply_to, thread)
        event = self.put(self.message(person, content))
        if judged:
            self.judge(event, verdict="ok" if judged is True else judged)
        return event

    def react(self, person: str, event: str, key: str) -> str:
        """A reaction."""
        content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": key}}
        return self.put(self.message(person, content, kind="m.reaction"))

    def redact(self, person: str, event: str) -> str:
        """Take an event back."""
        return self.put(self.message(person, {"redacts": event}, kind="m.room.redaction"))

    def edit(
        self, person: str, event: str, text: str, *, encrypted: bool = True, trust: Trust = Trust.CROSS_SIGNED
    ) -> str:
        """Edit a message."""
        content: Json = {
            "msgtype": "m.text",
            "body": f"* {text}",
            "m.new_content": {"msgtype": "m.text", "body": text},
            "m.relates_to": {"rel_type": "m.replace", "event_id": event},
        }
        return self.put(self.message(person, content, encrypted=encrypted, trust=trust))

    def judge(self, event: str, *, index: int = 0, sha256: str = "", verdict: str = "ok", **seen: object) -> None:
        """The verdict on a media file comes in. ``seen`` is what else the inspection found, by the names of its
        fields; without ``views`` the picture is like another one if it is the same file. ``readable`` there is the
        hash of a copy for readers."""
        readable = str(seen.pop("readable", ""))
        sha256 = sha256 or hashlib.sha256(f"{event} {index}".encode()).hexdigest()
        inspection = (
            Inspection(
                sha256=sha256,
                size=90_000,
                verdict=Verdict(verdict),
                mime="image/jpeg",
                width=1000,
                height=750,
                quality=100,
                views=(f"whole:{sha256}",),
            )
            if verdict != "unavailable"
            else None
        )
        looked = Looked(
            event=event,
            index=index,
            inspection=msgspec.structs.replace(inspection, **seen) if inspection else None,
            unavailable="not_found" if verdict == "unavailable" else "",
            readable=Stored(readable, 1000, new=True) if readable else None,
        )
        self.store.begin()
        inbox.add_row(
            self.store,
            "uji",
            "verdict",
            f"verdict:{event}:{index}",
            msgspec.json.encode(looked),
            at=self.clock.now(),
            room=FORUM,
        )
        self.store.run("DELETE FROM fetching WHERE event = ? AND place = ?", (event, index))
        self.store.commit()
        self.decide()

    def decide(self) -> None:
        """Decide everything that can be decided now, timers included."""
        while True:
            self.store.begin()
            now = self.clock.now()
            done = decide_some(self.store, {"uji": self.book}, now)
            fired = 0 if done.rows else timers.fire(self.store, now=now, caught_up_to=now)
            self.store.commit()
            if not done.rows and not fired:
                break
        failed = inbox.failed(self.store)
        assert failed == [], failed

    def move(self, *, minutes: float = 0, hours: float = 0) -> None:
        """Move the clock on; timers fire in their order."""
        target = self.clock.now() + int((minutes * 60 + hours * 3600) * 1000)
        while True:
            due = timers.next_due(self.store)
            if due is None or due > target:
                break
            self.clock.set(max(due, self.clock.now()))
            before = self.store.count("SELECT COUNT(*) FROM fact")
            self.decide()
            waiting = timers.next_due(self.store)
            if waiting == due and self.store.count("SELECT COUNT(*) FROM fact") == before:
                break
        self.clock.set(target)
        self.decide()

    # Reading out

    def facts(self, kind: type[F] | None = None) -> list[F]:
        """The facts recorded so far, of one kind."""
        rows = self.store.all("SELECT body FROM fact WHERE body IS NOT NULL ORDER BY position")
        found = [_fact(bytes(row[0])) for row in rows]
        return [fact for fact in found if kind is None or isinstance(fact, kind)]

    def effects(self, kind: type[F]) -> list[F]:
        """What the bot would do, in order."""
        rows = self.store.all("SELECT effect FROM outbox ORDER BY id")
        return [effect for effect in (_effect(bytes(row[0])) for row in rows) if isinstance(effect, kind)]

    def said(self, room: str = FORUM) -> list[Say]:
        """Texts that the bot would say in a room."""
        return [say for say in self.effects(Say) if say.room == room]

    def heard(self, room: str = FORUM) -> list[str]:
        """Their keys."""
        return [say.key for say in self.said(room)]

    def laid(self) -> Book:
        """The book with what stands beside the roster."""
        return with_grants(self.book, grants.standing(self.store, "uji"), self.clock.now())

    def chip(self, event: str) -> str | None:
        """The chip on an event, if there is one that was not retracted."""
        chips = [react for react in self.effects(React) if react.to == event]
        return chips[-1].key if chips else None

    def label(self, event: str) -> str:
        """The label under which a message stands now."""
        row = self.store.one("SELECT label FROM message WHERE event = ?", (event,))
        return row[0] if row else ""

    def task(self, directive: str, unit: str) -> str:
        """The state of a task."""
        row = self.store.one("SELECT state FROM task WHERE directive = ? AND unit = ?", (directive, unit))
        return row[0] if row else ""

    def report(self, number: str) -> str:
        """The state of a report."""
        row = self.store.one("SELECT state FROM report WHERE number = ?", (number,))
        return row[0] if row else ""

    def cards(self) -> list[str]:
        """Cards that would be refreshed, in order."""
        return [refresh.card for refresh in self.effects(Refresh) if not refresh.card.startswith("day:")]

    def day(self) -> list[Line]:
        """The lines of today's card in the control room."""
        card = f"day:{daily.day_of(self.clock.now(), self.book)}"
        return lines_of(self.store, "uji", card, self.book, self.clock.now(), lambda *_: [])

    def deliver(self) -> None:
        """Pretend that everything in the outbox was delivered, so that cards may be refreshed again."""
        self.store.begin()
        for errand in outbox.waiting(self.store, self.clock.now() + 10**9, 1000):
            event = f"$bot{errand.id}"
            outbox.confirm(self.store, errand.id, event)
            outbox.note_posted(
                self.store, "uji", errand.effect, errand.room, event, self.clock.now(), f"s{errand.id}"
            )
        self.store.commit()


def _relate(content: Json, reply_to: str | None, thread: str | None) -> None:
    if thread is not None:
        content["m.relates_to"] = {
            "rel_type": "m.thread",
            "event_id": thread,
            "is_falling_back": reply_to is None,
            "m.in_reply_to": {"event_id": reply_to or thread},
        }
    elif reply_to is not None:
        content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
