"""`tudang migrate --to URL`: a forum moves to PostgreSQL and back, verified; and each way in which it is refused.

Beside it, what the other commands do of a ledger on a server: doctor, backup, restore, export, new-device.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from peewee import SqliteDatabase

from bridge.admin.doctor import examine
from bridge.admin.restore import become_new_device
from bridge.cli import main
from bridge.database import database_of
from bridge.ledger import meta, restored
from bridge.ledger.comparing import contents, misfits
from bridge.ledger.copies import copy_database
from bridge.ledger.databases import Database, Postgres, SqliteFile
from bridge.ledger.keyring import SqliteKeyring
from bridge.ledger.ledger import Ledger
from bridge.ledger.records import verify_chain
from bridge.ledger.store import LedgerError, Store, sqlite_database
from bridge.ledger.tables import ALL, name_of
from bridge.settings import SettingsError, load_settings
from tests.admin.backups import back_up, inside, lost, refused, restore
from tests.admin.house import NOW, House
from tests.databases import ledger_in
from tests.forum.desk import Desk
from tests.ledger.test_postgres import play
from tests.postgres import Server


class Moving:
    """A house and an empty database on a server."""

    def __init__(self, house: House, server: Server) -> None:
        self.house, self.server = house, server
        self.name = server.create()
        self.url = server.url(self.name)

    def migrate(self, to: str = "", *options: str) -> tuple[int, str]:
        """Run the command; its exit code and what it says."""
        arguments = ["migrate", "--to", to or self.url, "--config", str(self.house.file), "--lang", "en", *options]
        done = CliRunner().invoke(main, arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    def write(self, said: str) -> None:
        """Write into bridge.yaml what the command says."""
        lines = said[said.index("database:") :].splitlines()
        part = [line for line in lines if line == "database:" or line.startswith("  ")]
        self.house.file.write_text(self.house.file.read_text() + "\n".join(part) + "\n", encoding="utf-8")

    def on_the_server(self) -> Database:
        """Name the server in bridge.yaml."""
        self.write(f'database:\n  url: "{self.url}"')
        return database_of(self.house.settings)

    def say(self, *arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, [*arguments, "--config", str(self.house.file)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    def is_empty(self) -> bool:
        store = Postgres(self.url).connect(read_only=True)
        try:
            return store.database.get_tables() == []
        finally:
            store.close()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of a forum that has lived through a week."""
    path = tmp_path_factory.mktemp("played") / "ledger.db"
    store = ledger_in(SqliteFile(path))
    play(store)
    store.close()
    return path


@pytest.fixture
def moving(house: House, server: Server, played: Path) -> Iterator[Moving]:
    """The house with that ledger, and an empty database."""
    for path in house.state.glob("ledger.db*"):
        path.unlink()
    copy_database(played, house.settings.ledger)
    made = Moving(house, server)
    yield made
    server.drop(made.name)


def rows(store: Store) -> dict[str, dict[bytes, int]]:
    """What every table holds, but for what moving itself notes."""
    store.begin()
    try:
        store.run("DELETE FROM meta WHERE name IN ('schema', 'moved_to')")
        return {name_of(table): dict(contents(store, table).rows) for table in ALL}
    finally:
        store.rollback()


def held(database: Database) -> dict[str, dict[bytes, int]]:
    store = database.open()
    try:
        return rows(store)
    finally:
        store.close()


def test_a_forum_moves_over_with_everything_and_goes_on(moving: Moving) -> None:
    """Every row, the chain and its head; what is to be written is said; the forum goes on there, and only there."""
    before = held(database_of(moving.house.settings))
    assert all(before[table] for table in ("fact", "message", "report", "inbox", "outbox", "room_state"))
    code, said = moving.migrate()
    assert code == 0, said
    assert f'database:\n  url: "{moving.url}"\n' in said
    with pytest.raises(LedgerError, match=r"was moved to postgresql://tudang@"):
        Ledger(database_of(moving.house.settings))
    moving.write(said)
    here = database_of(moving.house.settings)
    assert isinstance(here, Postgres)
    assert held(here) == before
    store = here.open()
    head = verify_chain(store, "uji")
    assert f"uji: {head.position} records, up to {head.link.hex()}." in said
    store.begin()
    assert misfits(store) == {}
    store.rollback()
    desk = Desk(store)
    desk._serial = itertools.count(1000)
    desk.say("dlh-1", "Selamat pagi semua")
    assert verify_chain(store, "uji").position == head.position + 1
    store.close()


def test_and_back_again(moving: Moving) -> None:
    """Into a new file; the old one, which was left, must be taken away first."""
    before = held(database_of(moving.house.settings))
    _, said = moving.migrate()
    alone = moving.house.file.read_text()
    moving.write(said)
    code, said = moving.migrate("sqlite")
    assert code == 1
    assert "ledger.db is not empty; nothing was written to it. Move it away first." in said
    for path in moving.house.state.glob("ledger.db*"):
        path.rename(path.with_name(f"old-{path.name}"))
    code, said = moving.migrate("sqlite")
    assert code == 0, said
    assert "Take the part `database` out of bridge.yaml" in said
    moving.house.file.write_text(alone, encoding="utf-8")
    assert held(database_of(moving.house.settings)) == before
    assert (moving.house.state / "ledger.db").stat().st_mode & 0o077 == 0


def test_it_is_refused_while_a_bridge_runs(moving: Moving) -> None:
    """On this machine, by the lock of the keys; elsewhere, by the lock in the database."""
    keyring = SqliteKeyring(moving.house.settings.keys)
    code, said = moving.migrate()
    keyring.close()
    assert (code, said) == (1, "The bridge is running; stop it first.\n")
    other = Postgres(moving.url).open_empty()
    code, said = moving.migrate()
    other.close()
    assert code == 1
    assert "Another Tudang holds" in said
    assert moving.is_empty()
    assert moving.migrate()[0] == 0


def test_it_is_refused_into_what_is_not_empty(moving: Moving) -> None:
    """Whoever's tables these are."""
    store = Postgres(moving.url).connect(read_only=False)
    store.run("CREATE TABLE staff (name TEXT)")
    code, said = moving.migrate()
    assert code == 1
    assert "is not empty (it has staff); nothing was written to it" in said
    assert store.database.get_tables() == ["staff"]
    store.close()


def test_a_second_move_is_refused(moving: Moving) -> None:
    """The first one is not undone by it."""
    assert moving.migrate()[0] == 0
    there = held(Postgres(moving.url))
    code, said = moving.migrate()
    assert code == 1
    assert "was moved to" in said
    moving.on_the_server()
    code, said = moving.migrate()
    assert (code, "lies in" in said) == (1, True)
    assert held(Postgres(moving.url)) == there


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE fact SET body = '{}' WHERE position = 5", "The chain is broken at record 5 (content)"),
        ("DELETE FROM fact WHERE position = 7", "The chain is broken at record 8 (position)"),
        (
            "UPDATE report SET state = 'lain' WHERE number = 'L-2'",
            "not what the facts add up to: report (1 rows)",
        ),
        ("UPDATE meta SET value = '99' WHERE name = 'schema'", "made by a newer Tudang (schema 99"),
    ],
)
def test_a_ledger_that_was_changed_is_not_moved(moving: Moving, change: str, words: str) -> None:
    """Nothing is left over there, and nothing is different here."""
    store = moving.house.open_ledger()
    store.run(change)
    store.close()
    code, said = moving.migrate()
    assert code == 1
    assert words in said
    assert moving.is_empty()
    looking = database_of(moving.house.settings).look()
    assert meta.get(looking, "moved_to") is None
    looking.close()


def test_a_disk_that_is_full_is_one_sentence(moving: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the way back into a file. Nothing came of it: with room on the disk the same command does it."""
    before = held(database_of(moving.house.settings))
    moving.write(moving.migrate()[1])
    for path in moving.house.state.glob("ledger.db*"):
        path.unlink()

    def small(path: Path) -> SqliteDatabase:
        database = sqlite_database(path)
        database.pragma("max_page_count", 12)
        return database

    with monkeypatch.context() as little_room:
        little_room.setattr("bridge.ledger.databases.sqlite_database", small)
        code, said = moving.migrate("sqlite")
    assert code == 1
    assert said == (
        "Not done: The ledger could not be written (database or disk is full). Free disk space or mend the "
        "permissions; nothing was changed.\n"
    )
    code, said = moving.migrate("sqlite")
    assert code == 0, said
    assert held(SqliteFile(moving.house.settings.ledger)) == before


@pytest.mark.parametrize("how", ["migrate --rebuild", "rebuild"])
def test_tables_that_do_not_fit_can_be_derived_anew(moving: Moving, how: str) -> None:
    """On the way, or by a command of their own."""
    before = held(database_of(moving.house.settings))
    store = moving.house.open_ledger()
    store.run("UPDATE report SET state = 'lain' WHERE number = 'L-2'")
    store.run("DELETE FROM task")
    store.close()
    if how == "rebuild":
        code, said = moving.say("rebuild", "--lang", "en")
        assert code == 0
        assert "derived anew from" in said
        code, said = moving.migrate()
    else:
        code, said = moving.migrate("", "--rebuild")
    assert code == 0, said
    assert held(Postgres(moving.url)) == before


def test_a_password_is_neither_taken_from_an_address_nor_repeated(moving: Moving) -> None:
    """On the command line and in bridge.yaml; what is wrong with an address is said without it."""
    for address in (
        "postgresql://tudang:rahasia99@db.example.org/forum",
        "postgresql://db.example.org/forum?password=rahasia99",
        "mysql://tudang:rahasia99@db.example.org/forum",
        "postgresql:rahasia99",
    ):
        code, said = moving.migrate(address)
        assert code == 1
        assert "rahasia99" not in said
        assert "postgresql://tudang@db.example.org/forum" in said or "a password does not belong here" in said
        moving.house.file.write_text(SETTINGS.format(url=address), encoding="utf-8")
        with pytest.raises(SettingsError) as fault:
            load_settings(moving.house.file)
        assert "rahasia99" not in str(fault.value)
        assert "database.url" in str(fault.value)


SETTINGS = """homeserver: {{url: "http://127.0.0.1:9", user: "@tudang:contoh.id"}}
state: state
database: {{url: "{url}"}}
forum: {{id: uji, rooms: {{forum: "!f:x", control: "!k:x"}}}}
"""


# What the other commands do of a ledger on a server


def found(house: House, *, full: bool = False) -> dict[str, str]:
    findings = asyncio.run(examine(house.settings, lang="en", now=NOW, full=full))
    return {finding.key: str(finding.values) for finding in findings}


def test_doctor_looks_at_a_server_as_at_a_file(moving: Moving) -> None:
    """Sound, not there yet, moved away, changed, out of reach."""
    moving.migrate()
    assert "ledger.moved" in found(moving.house)
    moving.on_the_server()
    assert "ledger.right" in found(moving.house, full=True)
    store = database_of(moving.house.settings).open()
    store.run("UPDATE fact SET body = 'x' WHERE position = 3")
    store.close()
    assert "3" in found(moving.house)["ledger.content"]
    empty = moving.server.create()
    text = moving.house.file.read_text()
    moving.house.file.write_text(text.replace(f"/{moving.name}?", f"/{empty}?"), encoding="utf-8")
    assert "ledger.none" in found(moving.house)
    moving.server.drop(empty)
    assert "does not exist" in found(moving.house)["ledger.server"]


def test_a_backup_of_a_server_is_that_of_a_file_and_comes_back_into_either(moving: Moving) -> None:
    """The same rows, the same head; into an empty database only."""
    before = held(database_of(moving.house.settings))
    alone = moving.house.file.read_text()
    moving.migrate()
    moving.on_the_server()
    made = back_up(moving.house)
    assert set(inside(made)) >= {"ledger.db", "keys.db", "signing.key"}
    for path in moving.house.state.glob("ledger.db*"):
        path.unlink()
    lost(moving.house)
    assert refused(lambda: restore(moving.house, made.path)) == "restore.database"
    assert not moving.house.state.exists()
    moving.server.drop(moving.name)
    moving.server.ask(f"CREATE DATABASE {moving.name} TEMPLATE template0")
    restore(moving.house, made.path)
    assert not (moving.house.state / "ledger.db").exists()
    store = database_of(moving.house.settings).open()
    assert restored.marked(store) is not None
    store.run("DELETE FROM meta WHERE name = 'came_back'")
    store.close()
    after = held(database_of(moving.house.settings))
    changed = {"outbox", "room", "meta"}
    assert {name: found for name, found in after.items() if name not in changed} == {
        name: found for name, found in before.items() if name not in changed
    }
    moving.house.state.rename(moving.house.root / "from-the-server")
    moving.house.file.write_text(alone, encoding="utf-8")
    restore(moving.house, made.path)
    assert (moving.house.state / "ledger.db").exists()


def test_a_week_is_exported_alike_from_either(moving: Moving) -> None:
    """Byte for byte."""
    out = [moving.house.root / name for name in ("file", "server")]
    code, path = moving.say("export", "--week", "2026-W47", "--out", str(out[0]))
    assert code == 0, path
    moving.migrate()
    moving.on_the_server()
    code, again = moving.say("export", "--week", "2026-W47", "--out", str(out[1]))
    assert code == 0, again
    assert Path(path.strip()).read_bytes() == Path(again.strip()).read_bytes()


def test_a_lost_device_is_forgotten_there_too(moving: Moving) -> None:
    """What was on its way counts as tried."""
    moving.migrate()
    database = moving.on_the_server()
    become_new_device(moving.house.settings)
    store = database.look()
    coming = restored.marked(store)
    store.close()
    assert coming is not None and coming.why == "device"


def test_the_password_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    """The environment goes first; a file that is not there is a sentence."""
    (tmp_path / "bridge.yaml").write_text(
        SETTINGS.format(url="postgresql://tudang@db.example.org/forum").replace(
            '/forum"}', '/forum", password_file: kata-sandi}'
        )
    )
    settings = load_settings(tmp_path / "bridge.yaml")
    with pytest.raises(SettingsError, match="kata-sandi cannot be read"):
        database_of(settings, {})
    (tmp_path / "kata-sandi").write_text("dari-berkas\n")
    database = database_of(settings, {})
    assert database.name == "postgresql://tudang@db.example.org/forum"
    assert vars(database)["_password"] == "dari-berkas"
    assert vars(database_of(settings, {"TUDANG_DATABASE_PASSWORD": "lain"}))["_password"] == "lain"
