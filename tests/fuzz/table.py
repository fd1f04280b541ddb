"""A forum for one case: real parsing, intake, deciding and ledger, without a homeserver and without threads.

A forum that has an order, an acknowledgement and a report with its photo is played once at the desk; every case
begins with a copy of its ledger, so that a case depends on nothing but what hypothesis drew.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import msgspec

from bridge import books
from bridge.forum.book import Book
from bridge.journey import words
from bridge.journey.decide import Decider
from bridge.journey.intake import Intake
from bridge.journey.loops import Bell
from bridge.journey.shown import lines_of
from bridge.ledger import outbox, rooms
from bridge.ledger.ledger import Ledger
from bridge.ledger.records import verify_chain
from bridge.ledger.store import Store, sqlite_database
from bridge.matrix.parse import Reader
from bridge.matrix.sealing import Opened, Received, Sealed
from bridge.model import facts as f
from bridge.model.clock import MovableClock
from bridge.model.effects import AnyEffect, Invite, Line, React, Refresh, Remove, Say, SetLevels
from bridge.model.event import Json, Trust
from bridge.model.ports import Homeserver
from tests.forum.desk import AUDIT, BOT, CONTROL, FORUM, FRIDAY, Desk, configuration, policy_text, roster_text, user
from tests.fuzz.hostile import written

T = TypeVar("T")
F = TypeVar("F")

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
DIRECT = "!direct"
"""A direct chat of the bot with the head of the environment agency."""
ORDERS = {
    "id": "Seluruh OPD laksanakan kerja bakti hari ini, laporkan hasilnya disertai foto paling lambat jam 17.00",
    "en": "All agencies must clean the drains today and report the result with photos by 17:00",
}
REPORTS = {
    "id": "Izin melaporkan, kerja bakti di pasar sudah selesai dilaksanakan",
    "en": "Reporting: cleaning of the market drains has been completed",
}

_fact = msgspec.json.Decoder(f.AnyFact).decode
_effect = msgspec.json.Decoder(AnyEffect).decode


class Played:
    """The forum that every case of a language begins with: its ledger's file and what one may refer to."""

    def __init__(self, language: str) -> None:
        # Lives as long as the process; a temporary folder removes itself at its end.
        self._folder = tempfile.TemporaryDirectory(dir=MEMORY, prefix="tudang-fuzz-")
        self.language = language
        desk = Desk(Path(self._folder.name), policy=policy_text(language=language))
        self.book: Book = desk.book
        self.order = desk.say("bupati", ORDERS[language])
        self.siap = desk.say("dlh-1", "Siap" if language == "id" else "Noted", reply_to=self.order)
        self.report = desk.say("dlh-1", REPORTS[language], reply_to=self.order)
        self.photo = desk.photo("dlh-1", reply_to=self.order, judged=True)
        desk.store.begin()
        rooms.set_room(desk.store, DIRECT, forum="uji", kind="direct", person="dlh-1")
        rooms.set_membership(desk.store, DIRECT, "join")
        for who in (BOT, user("dlh-1")):
            rooms.apply_state(desk.store, [desk.state(DIRECT, "m.room.member", who, {"membership": "join"})])
        rooms.apply_state(desk.store, [desk.state(DIRECT, "m.room.encryption", "", {"algorithm": "m"})])
        desk.store.commit()
        desk.deliver()
        (directive,) = desk.facts(f.Directive)
        posted = outbox.posted(desk.store, "uji", f"{directive.number}.card")
        assert posted is not None and desk.facts(f.Report)
        self.card = posted.event
        self.last_effect = desk.store.count("SELECT MAX(id) FROM outbox")
        self.last_fact = desk.store.count("SELECT MAX(position) FROM fact")
        desk.store.run("PRAGMA wal_checkpoint(TRUNCATE)")
        desk.store.close()
        self.ledger = Path(self._folder.name) / "desk.db"
        self.catalogue = books.make_catalogue(configuration(policy_text(language=language), roster_text()))

    @property
    def known(self) -> tuple[str, ...]:
        """Ids of events that are there: the order, its card, an acknowledgement, a report and its photo."""
        return self.order, self.card, self.siap, self.report, self.photo


played = cache(Played)


class Straight:
    """A ledger whose work is done at once, in the caller's thread; every write is a transaction."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def write(self, work: Callable[[Store], T]) -> T:
        self.store.begin()
        try:
            done = work(self.store)
        except BaseException:
            self.store.rollback()
            raise
        self.store.commit()
        return done

    async def read(self, work: Callable[[Store], T]) -> T:
        return work(self.store)


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never has to wait."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast(T, done.value)
    raise AssertionError("it waits for something")


class Table:
    """One case's forum."""

    def __init__(self, start: Played, store: Store) -> None:
        self.start = start
        self.store = store
        self.book = start.book
        self.clock = MovableClock(FRIDAY + 60_000)
        self._serial = itertools.count(1)
        self._reader = Reader(BOT, opened)
        ledger = cast(Ledger, Straight(store))
        self._decider = Decider(
            ledger,
            self.clock,
            lambda: {"uji": self.book},
            bell=Bell(),
            deliver=Bell(),
            inspect=Bell(),
            caught_up_to=self.clock.now,
        )
        self._intake = Intake(
            ledger,
            cast(Homeserver, SimpleNamespace(user_id=BOT, open_again=self._open_again)),
            self.clock,
            person_of=lambda forum, who: s.person.id if (s := self.book.standing(who, FRIDAY)) else None,
            invited=lambda invitations: None,
            decide=Bell(),
            repair=Bell(),
            deciding=self._decider,
        )
        at_once(self._intake.resume())

    async def _open_again(self, room: str, raw: bytes) -> Any:
        return self._reader.event(room, raw)

    # Putting in

    def sync(self, body: bytes, *, since: str | None = "s1") -> None:
        """Take one sync response in and decide everything. Raises :class:`bridge.matrix.wire.Unreadable`."""
        answer = self._reader.sync(body)
        batch = self._reader.batch(answer, since=since, joined=[FORUM, CONTROL, AUDIT, DIRECT], received=Received())
        at_once(self._intake.take(batch, since, self.clock.now()))
        at_once(self._decider.drain())

    def give(self, events: Sequence[object], room: str = FORUM, state: Sequence[object] = ()) -> None:
        """One sync response with these events of a room."""
        self.sync(response({room: {"timeline": {"events": list(events)}, "state": {"events": list(state)}}}))

    def honest(self, person: str, text: str, room: str) -> Json:
        """An encrypted message as a client of ours sends it."""
        event = f"$honest{next(self._serial)}"
        content = {"msgtype": "m.text", "body": text}
        return {
            "event_id": event,
            "sender": user(person) if not person.startswith("@") else person,
            "type": "m.room.encrypted",
            "origin_server_ts": self.clock.now(),
            "content": {
                "payload": {"type": "m.room.message", "room_id": room, "content": content},
                "session_id": f"honest {event}",
            },
        }

    def move(self, minutes: int) -> None:
        """Move the clock on and let the timers fire."""
        self.clock.advance(minutes * 60)
        at_once(self._decider.drain())

    # Looking

    def facts(self, kind: type[F]) -> list[F]:
        """Facts of a kind that were recorded since the start."""
        rows = self.store.all("SELECT body FROM fact WHERE position > ? ORDER BY position", (self.start.last_fact,))
        return [fact for row in rows if isinstance(fact := _fact(bytes(row[0])), kind)]

    def effects(self) -> list[Any]:
        """What the bot would do since the start."""
        rows = self.store.all("SELECT effect FROM outbox WHERE id > ? ORDER BY id", (self.start.last_effect,))
        return [_effect(bytes(row[0])) for row in rows]

    def shown(self, effect: Any) -> None:
        """What would be sent can be sent: its text can be made, and is JSON."""
        if isinstance(effect, Say):
            lines = [Line(effect.key, effect.values), *effect.lines]
        elif isinstance(effect, Refresh):
            lines = lines_of(self.store, "uji", effect.card, self.book, self.clock.now(), lambda *_: [])
        else:
            msgspec.json.encode(effect)
            return
        content = words.content(words.card(self.start.catalogue, lines), "txn")
        assert 0 < len(msgspec.json.encode(content)) < 60_000

    def is_sound(self) -> None:
        """Nothing failed or waits, everything said can be said, and the chain holds."""
        stuck = self.store.all("SELECT key, state, error FROM inbox WHERE state IN ('new', 'failed')")
        assert stuck == []
        assert gaps_open(self.store) == 0
        for effect in self.effects():
            self.shown(effect)
        verify_chain(self.store, "uji")

    def goes_on(self) -> None:
        """The next honest order is tagged and carded, and whoever has no right is still refused."""
        numbers = {number for (number,) in self.store.all("SELECT number FROM directive")}
        used = len(self.rights_used())
        order = self.honest("wabup", ORDERS[self.start.language], FORUM)
        lower = "!tahap watch" if self.start.language == "id" else "!stage watch"
        commands = [self.honest(person, lower, CONTROL) for person in ("dlh-1", "auditor-1", "@asing:desk")]
        self.sync(response({FORUM: {"timeline": {"events": [order]}}, CONTROL: {"timeline": {"events": commands}}}))
        (directive,) = [one for one in self.facts(f.Directive) if one.event == order["event_id"]]
        assert directive.number not in numbers
        assert len(self.rights_used()) == used + 1
        effects = self.effects()
        chips = [one.key for one in effects if isinstance(one, React) and one.to == order["event_id"]]
        assert chips == [f"📌 {directive.number}"]
        assert any(isinstance(one, Refresh) and one.card == directive.number for one in effects)
        answers = {one.reply_to: one.key for one in effects if isinstance(one, Say)}
        assert [answers[command["event_id"]] for command in commands] == [
            "command.no_right",
            "command.no_right",
            "command.unlisted",
        ]
        self.is_sound()

    def rights_used(self) -> list[tuple[str, str]]:
        """(event that caused it, right) of everything that a person did since the start and that needs a right.

        What the bridge does by itself is looked at here: it removes nobody who is listed, and changes no stage.
        """
        used = [(one.event, "order") for one in self.facts(f.Directive)]
        used += [(one.event, "decide") for one in self.facts(f.Decision)]
        moved = [one for one in self.facts(f.ReportChanged) if one.state in ("accepted", "returned")]
        used += [(one.cause, "accept") for one in moved if not one.by.startswith("rule:")]
        for stage in self.facts(f.Stage):
            assert not stage.by.startswith("rule:")
            used.append((stage.cause, "moderate"))
        for proposal in self.facts(f.Proposal):
            if not proposal.by.startswith("rule:"):
                used.append((proposal.cause, "moderate"))
        acts = self.facts(f.Act)
        for act in acts:
            if not act.by.startswith("rule:"):
                used.append((act.cause, "moderate"))
            elif act.verb == "remove":
                assert self.book.standing(act.user, self.clock.now()) is None
        allowed = {act.number for act in acts}
        for effect in self.effects():
            if isinstance(effect, Invite | Remove | SetLevels):
                assert effect.act in allowed
        return used

    def rights_hold(self, senders: dict[str, str]) -> None:
        """Everything that needs a right was caused by an event whose sender has it."""
        for cause, right in self.rights_used():
            standing = self.book.standing(senders.get(cause, ""), self.clock.now())
            assert standing is not None, (cause, right)
            rights = ("moderate", "approve") if right == "moderate" else (right,)
            assert any(
                self.book.policy.may(cast(Any, one), standing.roles, standing.person.id) for one in rights
            ), (right, standing.roles)


def gaps_open(store: Store) -> int:
    """How many holes are open."""
    return store.count("SELECT COUNT(*) FROM gap WHERE state = 'open'")


@contextlib.contextmanager
def table(language: str = "id") -> Iterator[Table]:
    """A forum of its own for one case."""
    start = played(language)
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="tudang-case-") as folder:
        path = Path(folder) / "ledger.db"
        shutil.copy(start.ledger, path)
        store = Store(sqlite_database(path))
        # The disk is not what these tests are about.
        store.run("PRAGMA synchronous = off")
        try:
            yield Table(start, store)
        finally:
            store.close()


def response(join: Json, **sections: object) -> bytes:
    """A sync response."""
    return written({"next_batch": "s2", "rooms": {"join": join, **sections}})


def opened(room: str, outer: Json) -> Opened | Sealed:
    """Decryption of glass: `content.payload` is what the sender's client encrypted, as hostile as it likes."""
    content = outer.get("content")
    payload = content.get("payload") if isinstance(content, dict) else None
    if not isinstance(payload, dict):
        return Sealed("no_session", "missing", "DEVICE")
    session = content.get("session_id") if isinstance(content, dict) else None
    index = content.get("index") if isinstance(content, dict) else None
    return Opened(
        payload,
        session if isinstance(session, str) else "session",
        index if type(index) is int and 0 <= index < 2**31 else 0,
        "DEVICE",
        Trust.CROSS_SIGNED,
    )
