"""Databases of either kind for a test: SQLite in a folder of its own, PostgreSQL on the session's server.

`database` is an empty one and makes the test run on both; `sqlite` and `postgres` are connections to one of each.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from bridge.ledger.databases import Database, Postgres, SqliteFile
from bridge.ledger.migrations import migrate
from bridge.ledger.store import Store, sqlite_database
from tests.postgres import Server, running

Kind = Literal["sqlite", "postgres"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgres")
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where there is one, files lie in memory: these tests end processes, not machines."""


class Databases:
    """Makes databases of one kind, and throws them away at the end."""

    def __init__(self, kind: Kind, request: pytest.FixtureRequest) -> None:
        self.kind = kind
        self._server: Server | None = request.getfixturevalue("server") if kind == "postgres" else None
        self._folder = Path(tempfile.mkdtemp(dir=MEMORY))
        self._made: list[str] = []

    def new(self, *, tables: bool = True) -> Database:
        """An empty database, with the tables of the newest version unless it is to be quite empty."""
        if self._server is None:
            self._made.append(f"{len(self._made)}.db")
            return SqliteFile(self._folder / self._made[-1])
        name = self._server.create(self._server.template if tables else "template0")
        self._made.append(name)
        return Postgres(self._server.url(name))

    def close(self) -> None:
        shutil.rmtree(self._folder)
        if self._server is not None:
            for name in self._made:
                self._server.drop(name)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The session's PostgreSQL; skips only where there is no wheel of it for this platform."""
    with running() as server:
        server.template = server.create()
        store = Postgres(server.url(server.template)).open()
        store.close()
        yield server


@pytest.fixture(params=KINDS)
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Makes databases; the test runs once on each kind."""
    made = Databases(request.param, request)
    yield made
    made.close()


@pytest.fixture
def database(databases: Databases) -> Database:
    """An empty database; the test runs once on each kind."""
    return databases.new()


@pytest.fixture
def postgres(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A connection to a PostgreSQL database without a table."""
    made = Databases("postgres", request)
    store = writing(made.new(tables=False))
    yield store
    store.close()
    made.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    """A connection to a SQLite database without a table."""
    store = Store(sqlite_database(tmp_path / "ledger.db"))
    yield store
    store.close()


def writing(database: Database) -> Store:
    """A plain connection for writing: it makes no table and takes no lock."""
    if isinstance(database, SqliteFile):
        return Store(sqlite_database(database.path))
    assert isinstance(database, Postgres)
    return database.connect(read_only=False)


def ledger_in(database: Database) -> Store:
    """A connection for writing to a ledger with nothing in it."""
    store = writing(database)
    migrate(store)
    if not store.is_postgres:
        store.run("PRAGMA synchronous = off")
    return store


@contextlib.contextmanager
def undone(store: Store) -> Iterator[None]:
    """A transaction of which nothing stays, also when the test fails in it: examples share one database."""
    store.begin()
    try:
        yield
    finally:
        store.rollback()
