"""Doctor: each thing that can be wrong is one line that says what to do, and nothing is ever a traceback."""

from __future__ import annotations

import io
import json
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from bridge.admin import contents
from bridge.admin.doctor import examine
from bridge.admin.findings import AREAS, Finding, Mark, right, said, show, verdict, wrong
from bridge.admin.look_rooms import RoomState, judge, room_state
from bridge.admin.saying import load_texts
from bridge.lang.catalogue import differences
from bridge.ledger import gaps, outbox, rooms
from bridge.ledger.keyring import SqliteKeyring
from bridge.model.clock import moment
from bridge.model.event import Json
from bridge.policy.load import load
from bridge.policy.roster import Roster
from tests.admin.house import BOT, CONTROL, NOW, ROOM, House

LATER = NOW + 60_000


async def page(house: House, *, now: int = LATER, full: bool = False) -> dict[str, Finding]:
    """What doctor finds, by key; every sentence can be said in both languages."""
    findings = await examine(house.settings, lang="en", now=now, full=full)
    for lang in ("en", "id"):
        catalogue = load_texts(lang)
        for finding in findings:
            sentence, advice = said(catalogue, finding)
            assert sentence
            # The problems of a file say what to write instead in the same sentence.
            complete = finding.key in ("policy.warning", "policy.error")
            assert advice or finding.mark is Mark.RIGHT or complete, finding.key
    return {finding.key: finding for finding in findings}


def sentence(finding: Finding) -> str:
    """What an admin reads: the sentence and the advice."""
    return " → ".join(part for part in said(load_texts("en"), finding) if part)


def last_backup(house: House, *, at: int = NOW, encrypted: bool = True, media: bool = True) -> None:
    note = contents.LastBackup(at=at, file="/srv/b.tudang-backup", encrypted=encrypted, media=media, size=2**20)
    house.private(contents.LAST_BACKUP, msgspec.json.encode(note))


# Texts


def test_both_languages_say_the_same_things() -> None:
    """No sentence is missing in one of them, and each takes the same values."""
    assert differences(load_texts("en"), load_texts("id")) == []


def test_every_area_has_a_heading() -> None:
    """Whatever doctor looks at stands on the page."""
    keys = load_texts("en").keys
    assert all(f"area.{area}" in keys for area in AREAS)
    areas = {key.partition(".")[0] for key in keys if key.endswith(".do")}
    assert areas <= set(AREAS)


@pytest.mark.parametrize("lang", ["en", "id"])
@pytest.mark.parametrize("width", [60, 80, 200])
async def test_the_page_fits_the_terminal(house: House, lang: str, width: int) -> None:
    """No line is wider than the terminal, nor than people read; each mark stands before its line."""
    findings = await examine(house.settings, lang="en", now=LATER)
    written = io.StringIO()
    show(findings, load_texts(lang), Console(file=written, width=width))
    lines = written.getvalue().splitlines()
    assert all(len(line) <= min(width, 110) for line in lines)
    marks = [line[2] for line in lines if line.startswith("  ") and line[2:3] in "✓!✗" and line[2:3]]
    assert len(marks) == len(findings)


def test_the_exit_code() -> None:
    """0 all right, 1 something to mend."""
    assert verdict([right("backup.none_needed")]) == 0
    assert verdict([right("backup.none_needed"), wrong("disk.full", path="/", free=1)]) == 1


# Without a homeserver, a ledger, or readable files


async def test_a_fresh_deployment(tmp_path: Path) -> None:
    """Before the first start: what is missing is said with what to do."""
    found = await page(House(tmp_path / "new"))
    assert sentence(found["homeserver.unreachable"]).startswith("http://127.0.0.1:9 does not answer")
    assert "tudang run" in sentence(found["bridge.stopped"])
    assert found["ledger.none"].mark is Mark.MIND
    assert found["policy.right"].mark is Mark.RIGHT


async def test_broken_yaml(house: House) -> None:
    """Each error with file and line; the rest of the page stands."""
    (house.root / "config" / "policy.yaml").write_text("forum:\n  name: X\n  langauge: id\n", encoding="utf-8")
    (house.root / "config" / "roster.yaml").unlink()
    found = await page(house)
    assert found["policy.error"].mark is Mark.WRONG
    assert "tudang policy check" in sentence(found["policy.errors"])
    assert "policy.right" not in found
    assert "ledger.right" in found


async def test_no_password(house: House) -> None:
    """A missing secret is a line of the account."""
    (house.root / "password").unlink()
    found = await page(house)
    assert "password" in sentence(found["account.secret"])


async def test_a_bad_address(house: House) -> None:
    """An address that no homeserver can have."""
    house.file.write_text(house.file.read_text().replace("http://127.0.0.1:9", "127.0.0.1:9"))
    found = await page(house)
    assert "http://127.0.0.1:8008" in sentence(found["homeserver.address"])


async def test_a_leader_and_an_expert_without_accounts(house: House) -> None:
    """Both files are valid, and nobody could order or steer."""
    roster = house.root / "config" / "roster.yaml"
    text = roster.read_text()
    for account in ("@bupati:contoh.id", "@ahli:contoh.id"):
        text = text.replace(f'identifiers: [{{matrix: "{account}"}}]', "identifiers: []")
    roster.write_text(text)
    found = await page(house)
    assert found["policy.no_account"].mark is Mark.RIGHT
    assert found["policy.no_leader"].mark is Mark.MIND
    assert found["policy.no_expert"].mark is Mark.MIND


# The ledger


async def test_a_sound_ledger(house: House) -> None:
    """Schema, records, chain, last write."""
    found = await page(house, full=True)
    assert "4 records; the newest 4 verify as a chain" in sentence(found["ledger.right"])
    assert "queues.right" in found


@pytest.mark.parametrize("full", [True, False])
async def test_a_changed_record(house: House, full: bool) -> None:
    """Somebody wrote into the database."""
    store = house.open_ledger()
    store.run("UPDATE fact SET body = X'7b7d' WHERE position = 2")
    store.close()
    found = await page(house, full=full)
    assert found["ledger.content"].values["position"] == 2
    assert "Keep the file as it is" in sentence(found["ledger.content"])


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("UPDATE meta SET value = '99' WHERE name = 'schema'", "ledger.newer"),
        ("UPDATE forum SET id = 'lain'", "ledger.other_forum"),
        ("UPDATE fact SET body = 'a text' WHERE position = 2", "ledger.content"),
        ("DROP TABLE outbox", "ledger.broken"),
    ],
)
async def test_a_ledger_that_is_not_ours(house: House, change: str, key: str) -> None:
    """From a newer version, of another forum, or with other things in it than we write."""
    store = house.open_ledger()
    store.run(change)
    store.close()
    assert key in await page(house)


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to be read" * 100])
async def test_a_ledger_that_is_no_database(house: House, content: bytes) -> None:
    """A truncated or foreign file."""
    for path in house.state.glob("ledger.db*"):
        path.unlink()
    house.private("ledger.db", content)
    found = await page(house)
    assert {"ledger.broken", "ledger.none"} & set(found)


async def test_a_damaged_page(house: House) -> None:
    """SQLite's own check finds what the disk did."""
    path = house.state / "ledger.db"
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 5] = b"\x55" * 8192
    path.write_bytes(bytes(data))
    assert "ledger.broken" in await page(house)


async def test_queues(house: House) -> None:
    """What failed, what is stuck, what was given up, which gap is open, whose chat waits: each with its reason."""
    store = house.open_ledger()
    store.run(
        "INSERT INTO inbox (id, forum, room, batch, place, kind, key, state, at, body, error)"
        " VALUES (1,'uji','!r',1,1,'event','$gagal','failed',1,X'7b7d','KeyError: x')"
    )
    for number, state, error in ((1, "waiting", "M_FORBIDDEN: no"), (2, "cancelled", "gave up")):
        store.run(
            "INSERT INTO outbox (id, forum, lane, room, effect, ref, merge, state, txn, device, cause, created,"
            " not_before, attempts, reserved, error) VALUES (?,'uji',2,'!r',X'7b7d','','',?,?,'','c',7,0,3,'',?)",
            (number, state, f"t{number}", error),
        )
    store.run(
        "INSERT INTO gap (id, forum, room, batch, place, since, until, state, cause, events, attempts, not_before,"
        " opened, taken) VALUES ('g1','uji','!r',1,1,'a','b','open','',0,0,0,1,0)"
    )
    rooms.set_room(store, CONTROL, forum="uji", kind="control")
    rooms.degrade(store, CONTROL, "the bot is not in this room")
    assert gaps.open_count(store) == 1
    assert len(outbox.stuck(store)) == 2
    store.close()
    found = await page(house)
    assert "KeyError: x ($gagal)" in sentence(found["queues.failed"])
    assert "M_FORBIDDEN: no" in sentence(found["queues.stuck"])
    assert "gave up" in sentence(found["queues.cancelled"])
    assert found["queues.gaps"].mark is Mark.MIND
    assert "control room does not work: the bot is not in this room" in sentence(found["queues.room"])


# Clock, disk, backup, the running bridge


async def test_a_clock_that_went_back(house: House) -> None:
    """The newest record is in the future."""
    found = await page(house, now=NOW - 3_600_000)
    assert found["clock.back"].values["minutes"] == 60


async def test_files_that_others_may_read(house: House) -> None:
    """Key material and databases are 0600 (DESIGN, P7)."""
    (house.state / "keys.secret").chmod(0o644)
    found = await page(house)
    assert "chmod 600" in sentence(found["disk.open"])
    assert found["disk.open"].values["files"] == ["keys.secret"]


@pytest.mark.parametrize(("free", "key"), [(2**20, "disk.full"), (2**30, "disk.little"), (2**40, "disk.right")])
async def test_room_on_the_disk(house: House, free: int, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk stops intake, so it is said before."""

    class Usage:
        def __init__(self) -> None:
            self.free = free

    monkeypatch.setattr("bridge.admin.look_state.shutil.disk_usage", lambda path: Usage())
    assert key in await page(house)


async def test_the_newest_backup(house: House) -> None:
    """None, an old one, one in clear, one without photos."""
    assert "Make one every night" in sentence((await page(house))["backup.never"])
    last_backup(house)
    assert (await page(house))["backup.right"].mark is Mark.RIGHT
    last_backup(house, at=NOW - 20 * 86_400_000, encrypted=False, media=False)
    found = await page(house)
    assert "20 days old" in sentence(found["backup.old"])
    assert {"backup.clear", "backup.without_media"} <= set(found)


async def test_a_running_bridge_whose_page_cannot_be_asked(house: House) -> None:
    """The key store is held, and doctor neither waits for it nor takes it."""
    keyring = SqliteKeyring(house.state / "keys.db")
    try:
        assert "bridge.silent_port" in await page(house)
        house.file.write_text(house.file.read_text().replace("port: 0", "port: 9"))
        assert "/healthz does not answer" in sentence((await page(house))["bridge.silent"])
    finally:
        keyring.close()
    SqliteKeyring(house.state / "keys.db").close()


# Rooms, from their state


@pytest.fixture
def roster(house: House) -> Roster:
    return load(house.settings.config).roster


def state(
    *,
    version: str = "12",
    creator: str = BOT,
    bot_level: int | None = None,
    levels: Json | None = None,
    clear: bool = False,
) -> RoomState:
    """A room with the bot and the regent in it."""
    users = {BOT: bot_level} if bot_level is not None else {}
    content: Json = {"users": users, "invite": 50, "state_default": 50, **(levels or {})}
    joined: Json = {"type": "m.room.member", "sender": BOT, "content": {"membership": "join"}}
    events: list[Json] = [
        {"type": "m.room.create", "sender": creator, "content": {"room_version": version}},
        {"type": "m.room.power_levels", "sender": creator, "content": content},
        {"type": "m.room.name", "sender": creator, "content": {"name": "Forum Pimpinan"}},
        {**joined, "state_key": BOT},
        {**joined, "state_key": "@bupati:contoh.id"},
    ]
    if not clear:
        algorithm = {"algorithm": "m.megolm.v1.aes-sha2"}
        events.append({"type": "m.room.encryption", "sender": creator, "content": algorithm})
    return room_state([{"state_key": "", **event} for event in events])


def judged(
    room: RoomState, roster: Roster | None, *, kind: str = "forum", stage: str = "enforce"
) -> dict[str, Finding]:
    found = judge(kind, ROOM, room, bot=BOT, roster=roster, stage=stage, now=moment(NOW))
    assert all(said(load_texts(lang), finding)[0] for lang in ("en", "id") for finding in found)
    return {finding.key: finding for finding in found}


def test_a_room_as_it_should_be(roster: Roster) -> None:
    """Made by the bot or by a service account that is no person, encrypted, with the levels that the rules need."""
    assert list(judged(state(), roster)) == ["rooms.right_as_creator"]
    assert list(judged(state(creator="@layanan:contoh.id", bot_level=100), roster)) == ["rooms.right"]
    assert list(judged(state(version="10", creator="@bupati:contoh.id", bot_level=100), roster)) == ["rooms.right"]


def test_a_person_may_not_have_created_a_version_12_room(roster: Roster) -> None:
    """He could never be demoted nor removed; before version 12 it does not matter."""
    found = judged(state(creator="@bupati:contoh.id", bot_level=100), roster)["rooms.creator"]
    assert found.mark is Mark.WRONG
    assert "Bupati Contoh (@bupati:contoh.id)" in sentence(found)
    assert "create a new room" in sentence(found)


def test_levels_that_the_rules_lack(roster: Roster) -> None:
    """Named in Matrix's own words, with the level that mends all of them; in `watch` nothing is needed yet."""
    room = state(creator="@layanan:contoh.id", bot_level=40)
    found = judged(room, roster)["rooms.permissions"]
    assert found.values["missing"] == ["invite", "kick", "ban", "redact", "m.room.power_levels"]
    assert found.values["level"] == 50
    assert judged(room, roster, stage="watch")["rooms.permissions"].mark is Mark.MIND
    assert list(judged(room, roster, kind="control")) == ["rooms.right"]


def test_a_room_in_which_the_bot_may_not_speak(roster: Roster) -> None:
    """An announcement room."""
    room = state(creator="@layanan:contoh.id", bot_level=0, levels={"events_default": 50})
    found = judged(room, roster, kind="audit")["rooms.permissions"]
    assert found.values["missing"] == ["m.room.message", "m.room.encrypted"]


def test_members_above_the_bot(roster: Roster) -> None:
    """They could not be muted or removed."""
    users = {BOT: 50, "@bupati:contoh.id": 100}
    found = judged(state(version="10", creator="@x:contoh.id", levels={"users": users}), roster)
    assert found["rooms.above"].values["who"] == ["@bupati:contoh.id"]


def test_a_clear_room_and_a_replaced_one(roster: Roster) -> None:
    """Each with what to do."""
    assert "Turn on encryption" in sentence(judged(state(clear=True), roster)["rooms.clear"])
    old = state()
    events = {**old.events, ("m.room.tombstone", ""): (BOT, {"replacement_room": "!baru:contoh.id"})}
    assert "!baru:contoh.id" in sentence(judged(RoomState(events), roster)["rooms.replaced"])


@pytest.mark.parametrize("answer", ["[]", '[1, {"type": 2}, {"type": "m.room.member"}]', '[{"type": "m.room.create", "state_key": "", "sender": "@a:b", "content": {"room_version": 12}}]'])  # fmt: skip  # noqa: E501
def test_ill_typed_state_is_no_traceback(roster: Roster, answer: str) -> None:
    """Anybody with the power to send state can send nonsense."""
    assert judged(room_state(json.loads(answer)), roster)
