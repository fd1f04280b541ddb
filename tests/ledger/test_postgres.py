"""The ledger on PostgreSQL: the same play leaves the same record as on SQLite."""

from __future__ import annotations

import pytest

from bridge.ledger import forums, inbox, meta, projections, record, waiting, work
from bridge.ledger.migrations import NEWEST, migrate
from bridge.ledger.records import records, sealed_weeks, verify_chain, verify_newest
from bridge.ledger.store import Store, concerns_storage
from bridge.ledger.tables import ALL
from bridge.model import facts as f
from bridge.model.chain import Broken
from bridge.model.situation import Outcome
from tests.faults.checks import dump
from tests.forum.desk import CONTROL, FORUM, FRIDAY, Desk, user
from tests.words import ORDER

NOW = FRIDAY
LATER = NOW + 60_000


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
    desk.judge(desk.photo("ahli-1"), sha256="b" * 64)
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
    desk.react("ahli-1", desk.say("pupr-1", "Siapa ikut mancing hari Minggu?"), "↪")
    desk.say("bupati", "Rapat kita mulai. Agenda: 1. Anthrax 2. Kerja bakti")
    desk.say("dlh-1", "izin bicara")
    desk.say("bupati", "!beri")
    desk.say("citta-1", "Apakah dana darurat sudah dapat dipakai Pak?")
    desk.say("bupati", "rapat ditutup")
    desk.say("ahli-1", "koreksi R-1: Dinkes diwakili Sekretaris", room=CONTROL)
    desk.say("ahli-1", "!status", room=CONTROL)
    desk.say("kes-1", "!stop ringkasan")
    desk.say("bupati", "!ringkasan lagi")
    desk.say("kes-1", "tolong saya")
    desk.say("ahli-1", "!keluarkan @ganra-1:desk", room=CONTROL)
    desk.say("bupati", "!pelaksana @kes-1:desk pupr sampai 2026-12-31", room=CONTROL)
    desk.say("ahli-1", f"!setuju {desk.facts(f.Proposal)[-1].number}", room=CONTROL)
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
        assert [view.number for view in work.open_directives(store, "uji")] == ["P-10", "P-9"]
        assert [view.directive for view in work.open_tasks(store, "uji", ("dlh",))] == ["P-10", "P-9"]
        assert [view.number for view in work.recent_reports(store, "uji", "dlh-1", 0)] == ["L-10", "L-9"]
        assert [view.number for view in waiting.open_proposals(store, "uji")] == ["A-10", "A-9"]
        caused = work.report_by_cause(store, "uji", "$c")
        assert caused is not None
        assert caused.number == "L-10"


@pytest.mark.parametrize(("code", "storage"), [("53100", True), ("58030", True), ("25006", True), ("22003", False)])
def test_a_full_disk_is_not_the_fault_of_a_row(postgres: Store, code: str, storage: bool) -> None:
    """What PostgreSQL says of disk, I/O and permissions stops the transaction; the row is decided later."""
    with pytest.raises(Exception, match="as told") as failure:
        postgres.run(f"DO $$ BEGIN RAISE EXCEPTION 'as told' USING ERRCODE = '{code}'; END $$")
    assert concerns_storage(failure.value) is storage
