"""One writer and several readers, on either kind of database; and a server that goes away and comes back."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import pytest

from bridge.ledger import inbox, meta
from bridge.ledger.databases import Database, Postgres
from bridge.ledger.ledger import Ledger
from bridge.ledger.migrations import NEWEST
from bridge.ledger.store import LedgerError, Store, StoreFull, concerns_storage
from tests.postgres import Server


def version(store: Store) -> str | None:
    return meta.get(store, "schema")


async def test_a_failing_write_does_not_sink_its_group(database: Database) -> None:
    """Numbers come from counter rows: what failed took none, and what was written is seen by a reader."""
    ledger = Ledger(database)

    def fails(store: Store) -> None:
        inbox.new_batch(store)
        store.run("INSERT INTO meta (name, value) VALUES ('schema', 'twice')")

    assert await ledger.write(inbox.new_batch) == 1
    with pytest.raises(Exception, match=r"duplicate key|UNIQUE") as failure:
        await ledger.write(fails)
    assert not concerns_storage(failure.value)
    assert await ledger.write(inbox.new_batch) == 2
    assert await ledger.read(version) == str(NEWEST)
    ledger.close()


async def test_a_reader_writes_nothing(database: Database) -> None:
    """Whatever it is asked for."""
    ledger = Ledger(database)
    with pytest.raises(Exception, match=r"read-?only"):
        await ledger.read(inbox.new_batch)
    assert await ledger.write(inbox.new_batch) == 1
    ledger.close()


class Served:
    """A ledger on a server that the test can take away."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, name
        self.database = Postgres(server.url(name))

    def ask(self, statement: str) -> None:
        self.server.ask(statement)

    def hang_up(self) -> None:
        """End every connection to the database, as a server that is started anew does."""
        self.ask(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{self.name}'")  # noqa: S608

    def go_away(self) -> None:
        """Let nobody in any more."""
        self.ask(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false")
        self.hang_up()

    def come_back(self) -> None:
        self.ask(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true")


@pytest.fixture
async def served(server: Server) -> AsyncIterator[Served]:
    made = Served(server, server.create(server.template))
    yield made
    made.come_back()
    server.drop(made.name)


async def test_a_server_that_was_started_anew_is_spoken_to_again(served: Served) -> None:
    """Nobody who writes or reads notices more than a moment."""
    ledger = Ledger(served.database)
    assert await ledger.write(inbox.new_batch) == 1
    assert await ledger.read(version) == str(NEWEST)
    served.hang_up()
    assert await ledger.write(inbox.new_batch) == 2
    assert await ledger.read(version) == str(NEWEST)
    ledger.close()


async def test_while_the_server_is_away_nothing_is_taken_for_written(served: Served) -> None:
    """The sentence says what to look at; once the server is back everything goes on by itself."""
    ledger = Ledger(served.database)
    assert await ledger.write(inbox.new_batch) == 1
    served.go_away()
    for _ in range(2):
        with pytest.raises(StoreFull, match=r"See to the database server; nothing was lost"):
            await ledger.write(inbox.new_batch)
    with pytest.raises(LedgerError, match="cannot be reached"):
        await ledger.read(version)
    served.come_back()
    assert await ledger.write(inbox.new_batch) == 2
    assert await ledger.read(version) == str(NEWEST)
    ledger.close()


async def test_a_connection_that_breaks_within_a_transaction_keeps_nothing_of_it(served: Served) -> None:
    """As with a full disk: whoever wrote is told, and tries again."""
    ledger = Ledger(served.database)

    def cut_off(store: Store) -> int:
        number = inbox.new_batch(store)
        served.hang_up()
        store.run("SELECT 1")
        return number

    with pytest.raises(StoreFull):
        await ledger.write(cut_off)
    assert await ledger.write(inbox.new_batch) == 1
    ledger.close()


async def test_two_bridges_do_not_hold_one_database(served: Served) -> None:
    """From whatever machine; the second may when the first is gone, and the first may not come back then."""
    first = Ledger(served.database)
    with pytest.raises(LedgerError, match="Another Tudang holds postgresql://tudang@"):
        Ledger(served.database)
    served.hang_up()
    second = Ledger(served.database)
    with pytest.raises(StoreFull, match="Another Tudang holds"):
        await first.write(inbox.new_batch)
    assert await second.write(inbox.new_batch) == 1
    second.close()
    assert await first.write(inbox.new_batch) == 2
    first.close()


def refused(database: Database, words: str) -> str:
    with pytest.raises(LedgerError, match=words) as refusal:
        Ledger(database)
    return str(refusal.value)


def test_what_cannot_be_opened_is_one_sentence_without_the_password(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Away, unknown, encoded so that words would be lost, without the library that speaks to it."""
    secret = "kata-sandi-rahasia"
    away = Postgres("postgresql://tudang@127.0.0.1:1/forum?connect_timeout=2", secret)
    assert secret not in refused(
        away, r"postgresql://tudang@127\.0\.0\.1:1/forum cannot be reached .*password_file"
    )
    assert secret not in refused(Postgres(server.url("tidak_ada"), secret), "cannot be reached .*does not exist")
    server.ask("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    refused(Postgres(server.url("latin")), "encoded in LATIN1, which cannot hold what people write")
    server.drop("latin")
    monkeypatch.setitem(sys.modules, "psycopg.conninfo", None)
    refused(away, r"psycopg.* is not installed\. .*pip install \"tudang\[postgres\]\"")


async def test_a_newer_database_is_refused_with_a_sentence(database: Database) -> None:
    """On either kind: which versions these are and what to do; and nothing is changed."""
    ledger = Ledger(database)
    await ledger.write(lambda store: meta.put(store, "schema", "77"))
    ledger.close()
    refused(database, r"made by a newer Tudang \(schema 77, this program knows \d+\)\. Install that version again")
    looking = database.look()
    assert version(looking) == "77"
    looking.close()
