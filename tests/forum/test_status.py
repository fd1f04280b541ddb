"""How the forum stands, told to a leader far away: short however much is open, and in the same few statements."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.ledger.databases import Database
from bridge.ledger.record import record
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model.effects import Say
from bridge.model.situation import Outcome
from tests.databases import ledger_in
from tests.forum.desk import AUDIT, CONTROL, FORUM, UNITS, Desk, policy_text
from tests.forum.opened import direct, shown

HOUR = 3600 * 1000


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    store = ledger_in(database)
    yield Desk(store)
    store.close()


class Statements:
    """How many statements of a store read."""

    queries = 0


@contextlib.contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Statements]:
    """Count what is read while this lasts."""
    found = Statements()
    with monkeypatch.context() as patch:
        for name in ("all", "one", "count"):
            patch.setattr(Store, name, _counting(getattr(Store, name), found))
        yield found


def _counting(read: Callable[..., object], found: Statements) -> Callable[..., object]:
    def reading(*args: object) -> object:
        found.queries += 1
        return read(*args)

    return reading


def ask(desk: Desk, person: str = "bupati", room: str = CONTROL) -> Say:
    """The answer to !status."""
    desk.say(person, "!status", room=room)
    return desk.said(room)[-1]


def add(desk: Desk, *facts: f.AnyFact) -> None:
    """Facts of the past, as if rules had made them."""
    desk.store.begin()
    record(
        desk.store, "uji", Outcome(facts=list(facts)), now=desk.clock.now(), cause="$c", letters=desk.book.series
    )
    desk.store.commit()


def order(desk: Desk, number: int, states: dict[str, str], *, due: int | None, ago: int = 24) -> list[f.AnyFact]:
    """An order with its tasks; ``due`` and ``ago`` in hours from now."""
    now = desk.clock.now()
    name = f"P-{number}"
    return [
        f.Directive(
            number=name,
            event=f"$p{number}",
            room=FORUM,
            person="bupati",
            name="Bupati",
            role="leader",
            text=f"Perintah nomor {number} yang panjang\nlebih dari satu baris " + "dan seterusnya " * 20,
            units=tuple(states),
            issued_at=now - ago * HOUR,
            due=now + due * HOUR if due is not None else None,
        ),
        *(
            f.Task(directive=name, unit=unit, state=state, at=now - HOUR, via="message", cause=f"$p{number}")
            for unit, state in states.items()
        ),
    ]


def report(desk: Desk, number: int, state: str, *, hours_ago: float, emergency: bool = False) -> list[f.AnyFact]:
    at = desk.clock.now() - int(hours_ago * HOUR)
    made: list[f.AnyFact] = [
        f.Report(
            number=f"L-{number}",
            event=f"$l{number}",
            room=FORUM,
            person="ternak-1",
            name="Ternak",
            unit="peternakan",
            role="head",
            text="Dua sapi mati mendadak di Ganra",
            emergency=emergency,
            reported_at=at,
            state=state,
        )
    ]
    if emergency:
        made.append(
            f.Emergency(report=f"L-{number}", event=f"$l{number}", words=("mati",), rung=("bupati",), at=at)
        )
    return made


def waiting_photos(desk: Desk, count: int) -> list[f.AnyFact]:
    """Photos that wait for a verifier, and as many that nobody looked at in time."""
    facts: list[f.AnyFact] = []
    for number in range(count):
        event, check, now = f"$photo{number}", f"A-{1000 + number}", desk.clock.now()
        facts.append(
            f.CheckOpened(
                number=check,
                event=event,
                report="L-1",
                person="ternak-1",
                why=("small",),
                due=now + HOUR,
                at=now,
                cause="$c",
            )
        )
        if number % 2:
            facts.append(
                f.EvidenceSettled(
                    event=event,
                    check=check,
                    was="held",
                    verdict="unchecked",
                    by="rule:check",
                    at=now,
                    cause="$c",
                )
            )
    return facts


def test_a_leader_reads_what_is_urgent_late_waiting_and_how_the_days_went(desk: Desk) -> None:
    """With names, the most urgent first, and the emergency with its state."""
    add(
        desk,
        *order(desk, 1, {"dlh": "late", "pupr": "open", "kesehatan": "accepted"}, due=-3),
        *order(desk, 2, {"pendidikan": "acknowledged"}, due=6),
        *order(desk, 3, {"bpbd": "returned"}, due=None),
        *report(desk, 1, "reported", hours_ago=2),
        *report(desk, 2, "waiting", hours_ago=26, emergency=True),
        *report(desk, 3, "accepted", hours_ago=60, emergency=True),
    )
    lines = shown(ask(desk))
    text = "\n".join(lines)
    assert lines[0] == "3 perintah berjalan: 1 tugas sudah dilaporkan, 4 belum."
    assert "Lewat batas: 1 tugas dari 1 perintah; yang terlama P-1" in text
    assert "🚨 L-2 Peternakan" in text and "menunggu foto atau video" in text
    assert "L-3" not in text, "older than two days"
    assert "Menunggu penilaian pimpinan (1): L-1" in text
    orders = [line for line in lines if line.startswith("• P-")]
    assert [line[2:5] for line in orders] == ["P-1", "P-2", "P-3"]
    assert "DLH dan PUPR" in orders[0]
    assert "1 laporan (0 sudah diterima)" in text
    assert len(lines) <= 20


def test_the_room_reads_counts_only(desk: Desk) -> None:
    """Neither units nor words nor numbers of what is late or urgent."""
    add(
        desk,
        *order(desk, 1, {"dlh": "late", "pupr": "open"}, due=-3),
        *report(desk, 2, "waiting", hours_ago=1, emergency=True),
    )
    text = "\n".join(shown(ask(desk, room=FORUM)))
    assert "1 perintah berjalan" in text
    assert "Darurat dalam 48 jam terakhir: 1" in text
    assert not [name for name in ("DLH", "PUPR", "Peternakan", "sapi", "Perintah nomor") if name in text]


@pytest.mark.parametrize("room", [CONTROL, AUDIT, FORUM])
@pytest.mark.parametrize("language", ["id", "en"])
def test_three_hundred_open_orders_are_told_in_twenty_lines_and_as_many_statements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, room: str
) -> None:
    """The worst day: everything at once, thousands of reports, and rooms that the bot cannot work in."""
    desk = Desk(tmp_path, policy=policy_text(language=language))
    person = "auditor-1" if room == AUDIT else "bupati"
    add(desk, *order(desk, 1, {"dlh": "open"}, due=3))
    with counted(monkeypatch) as few:
        ask(desk, person, room)
    everyone = [unit for unit, *_ in UNITS]
    states = ("late", "open", "acknowledged", "returned", "reported", "accepted")
    facts: list[f.AnyFact] = []
    for number in range(2, 302):
        mixed = {unit: states[(number + place) % len(states)] for place, unit in enumerate(everyone)}
        facts += order(desk, number, mixed, due=number - 150 if number % 5 else None, ago=number)
    for number in range(1, 4001):
        facts += report(desk, number, "reported" if number % 2 else "accepted", hours_ago=number / 60)
    for number in range(4001, 4031):
        facts += report(desk, number, "incomplete", hours_ago=1, emergency=True)
    add(desk, *facts)
    add(desk, *waiting_photos(desk, 300))
    for place in range(60):
        add(
            desk,
            f.Proposal(
                number=f"A-{place}", what="remove", room=FORUM, users=("@x:desk",), state="open", needs=2,
                by="ahli-1", at=desk.clock.now(), cause="$c",
            ),
        )  # fmt: skip
    desk.store.begin()
    desk.store.run("UPDATE room SET degraded = ? WHERE kind <> 'forum'", ("M_FORBIDDEN:\nno " * 30,))
    desk.store.commit()
    with counted(monkeypatch) as many:
        say = ask(desk, person, room)
    lines = shown(say, language)
    assert len(lines) <= 20, "\n".join(lines)
    assert any("150" in line and ("Foto" in line or "Photos" in line) for line in lines)
    assert all(len(line) < 250 for line in lines)
    assert many.queries == few.queries, (few.queries, many.queries)


def test_a_leader_alone_reads_nothing_of_stages_and_rooms(desk: Desk) -> None:
    """Whoever runs the forum does, there or alone."""
    add(desk, *order(desk, 1, {"dlh": "open"}, due=3))
    for person, runs in (("bupati", False), ("ahli-1", True)):
        chat = direct(desk, person)
        desk.say(person, "Bagaimana keadaan?", room=chat)
        assert ("Tahap: enforce" in "\n".join(shown(desk.said(chat)[-1]))) is runs
    assert "Tahap: enforce" in "\n".join(shown(ask(desk)))


def test_whoever_leads_a_unit_reads_what_it_owes(desk: Desk) -> None:
    """In a direct chat, beside the counts, and nothing of other units."""
    add(
        desk,
        *order(desk, 1, {"dlh": "late", "pupr": "open"}, due=-3),
        *order(desk, 2, {"pupr": "open"}, due=3),
    )
    room = direct(desk, "dlh-1")
    desk.say("dlh-1", "status", room=room)
    text = "\n".join(shown(desk.said(room)[-1]))
    assert "1 perintah menunggu laporan dari unit" in text
    assert "P-1" in text and "P-2" not in text and "PUPR" not in text


def photos_waiting(desk: Desk) -> None:
    """Two small photos wait for a verifier, and one is not even fetched."""
    desk.say("wabup", "PUPR dan DLH bersihkan saluran Cabenge hari ini paling lambat jam 17.00")
    for person, letter in (("dlh-1", "a"), ("pupr-1", "b")):
        photo = desk.photo(person, caption="Lapor P-1, saluran sudah dibersihkan")
        desk.judge(photo, sha256=letter * 64, width=500, height=400)
    desk.photo("dlh-1", caption="Lapor P-1, sisi selatan juga selesai")


def test_photos_that_are_not_through_are_counted(desk: Desk) -> None:
    """Which numbers people look at, what the machine has not seen yet, and what passed without anybody's eye."""
    photos_waiting(desk)
    lines = shown(ask(desk))
    assert "Foto atau video yang menunggu dilihat (2): A-1 dan A-2" in lines
    assert "Foto atau video yang belum selesai diperiksa sistem: 1" in lines
    desk.move(hours=25)
    lines = shown(ask(desk))
    assert "Dihitung tanpa sempat dilihat dalam tiga hari ini: 2" in lines
    assert not [line for line in lines if "menunggu dilihat" in line]
    desk.move(hours=24 * 3)
    assert not [line for line in shown(ask(desk)) if line.startswith("Dihitung tanpa")], "told for three days"


def test_the_room_reads_of_them_in_counts(desk: Desk) -> None:
    """No number, which would lead to a unit."""
    photos_waiting(desk)
    lines = shown(ask(desk, room=FORUM))
    assert "Foto atau video yang sedang dilihat kembali: 2" in lines
    assert "Foto atau video yang belum selesai diperiksa sistem: 1" in lines
    assert "A-1" not in "\n".join(lines)
