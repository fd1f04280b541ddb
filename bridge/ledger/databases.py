"""Where a ledger lies: a SQLite file, or a database on a PostgreSQL server.

Either is opened once for writing, by one process, and looked at by as many as like. Connecting to PostgreSQL needs
psycopg 3, which the extra `postgres` of this project brings.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import peewee as pw

from bridge.ledger import meta
from bridge.ledger.migrations import has_ledger, migrate
from bridge.ledger.store import LedgerError, Store, sqlite_database

MOVED = "moved_to"
"""Name of the value that says where a ledger was moved: it must not be gone on with."""

LOCK = 0x74756461
"""First half of the advisory lock's key; the second is the schema's name, so that two schemas are two ledgers."""

LOCK_PATIENCE = "3s"
LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's error code when a lock was not to be had in time."""

CONNECT_SECONDS = 10
SCHEMES = ("postgresql", "postgres")


class Database(Protocol):
    """A place for a ledger."""

    @property
    def name(self) -> str:
        """How people know it. Never holds a password."""
        ...

    def exists(self) -> bool:
        """Whether a ledger was ever made here. Raises :class:`LedgerError` when that cannot be found out."""
        ...

    def open(self) -> Store:
        """Open it for writing, made or brought up to the newest schema; only one process may.

        Raises :class:`LedgerError`, also when the ledger was moved elsewhere.
        """
        ...

    def open_empty(self) -> Store:
        """Open it for writing, with nothing in it. Raises :class:`LedgerError`, also when something is in it."""
        ...

    def look(self) -> Store:
        """Open it for reading, beside whoever writes it. Raises :class:`LedgerError`."""
        ...

    def fault(self) -> str:
        """What the database says is wrong with itself; empty when it is whole, as far as it can tell."""
        ...


class SqliteFile:
    """A ledger in one file. That only one process writes it is seen to by the lock of the key store beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        return os.path.normpath(self.path)

    def exists(self) -> bool:
        try:
            self.path.stat()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise LedgerError(f"{self.name} cannot be looked at ({error.strerror}).") from error
        return True

    def open(self) -> Store:
        try:
            store = Store(sqlite_database(self.path))
            migrate(store)
        except (sqlite3.DatabaseError, pw.DatabaseError, OSError) as error:
            raise LedgerError(
                f"{self.path} cannot be used as a ledger ({error}). Nothing was changed in it. Look at the disk "
                "and the permissions; if the file is damaged, keep it and restore a backup."
            ) from error
        try:
            _refuse_moved(store, self.name)
        except LedgerError:
            store.close()
            raise
        return store

    def open_empty(self) -> Store:
        try:
            # A move that failed leaves a file of one page without a table.
            if self.exists() and self.path.stat().st_size and self._has_tables():
                raise LedgerError(f"{self.name} is not empty; nothing was written to it. Move it away first.")
            return Store(sqlite_database(self.path))
        except (sqlite3.DatabaseError, pw.DatabaseError, OSError) as error:
            raise LedgerError(f"{self.name} cannot be made ({error}).") from error

    def _has_tables(self) -> bool:
        store = Store(sqlite_database(self.path, read_only=True))
        try:
            return bool(store.database.get_tables())
        finally:
            store.close()

    def look(self) -> Store:
        if not self.exists():
            raise LedgerError(f"{self.name} does not exist.")
        try:
            store = Store(sqlite_database(self.path, read_only=True))
            store.one("SELECT value FROM meta WHERE name = 'schema'")
        except Exception as error:
            raise LedgerError(f"{self.name} cannot be read ({error}).") from error
        return store

    def fault(self) -> str:
        try:
            connection = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
            try:
                rows = connection.execute("PRAGMA quick_check(1)").fetchall()
            finally:
                connection.close()
        except sqlite3.Error as error:
            return str(error)
        return "" if rows == [("ok",)] else str(rows[0][0])


class Postgres:
    """A ledger in the first schema of a database's search path. ``url`` holds no password.

    The writing connection holds an advisory lock for as long as it lives.
    """

    def __init__(self, url: str, password: str | None = None) -> None:
        self._url = url
        self._password = password

    @property
    def name(self) -> str:
        parts = urlsplit(self._url)
        # What follows the question mark says how to connect, not to what, but for a socket's folder.
        socket = parse_qs(parts.query).get("host")
        return f"{parts.scheme}://{parts.netloc or (socket or [''])[0]}{parts.path}"

    def exists(self) -> bool:
        store = self.connect(read_only=True)
        try:
            return has_ledger(store)
        finally:
            store.close()

    def open(self) -> Store:
        def work(store: Store) -> None:
            migrate(store)
            _refuse_moved(store, self.name)

        return self._held(work)

    def open_empty(self) -> Store:
        def work(store: Store) -> None:
            tables = store.database.get_tables()
            if tables:
                raise LedgerError(
                    f"{self.name} is not empty (it has {', '.join(tables[:3])}); nothing was written to it. Make a "
                    "database of its own: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0."
                )

        return self._held(work)

    def look(self) -> Store:
        store = self.connect(read_only=True)
        if not has_ledger(store):
            store.close()
            raise LedgerError(f"There is no ledger in {self.name} yet.")
        return store

    def fault(self) -> str:
        # A server checks its pages as it reads them; that it answers is all that can be asked from outside.
        try:
            self.connect(read_only=True).close()
        except LedgerError as error:
            return str(error)
        return ""

    def connect(self, *, read_only: bool) -> Store:
        """A connection that takes no lock and looks at nothing. Raises :class:`LedgerError`."""
        try:
            from psycopg.conninfo import conninfo_to_dict
        except ImportError:
            raise LedgerError(
                f"{self.name} is on PostgreSQL, and psycopg, which speaks to it, is not installed. Install Tudang "
                'with it: pip install "tudang[postgres]", or psycopg[binary] beside Tudang.'
            ) from None
        try:
            settings: dict[str, Any] = {"application_name": "tudang", "connect_timeout": CONNECT_SECONDS}
            settings |= conninfo_to_dict(self._url)
            if self._password is not None:
                settings["password"] = self._password
            database = pw.PostgresqlDatabase(settings.pop("dbname"), prefer_psycopg3=True, **settings)
            store = Store(database)
        except Exception as error:
            raise LedgerError(
                f"{self.name} cannot be reached ({_line(error)}). See whether the server runs and lets us in: "
                "database.url in bridge.yaml, and the password in database.password_file or "
                "TUDANG_DATABASE_PASSWORD."
            ) from error
        if read_only:
            store.run("SET default_transaction_read_only = on")
        return store

    def _held(self, work: Callable[[Store], None]) -> Store:
        """A writing connection that holds the lock, after this work."""
        store = self.connect(read_only=False)
        try:
            encoding = (store.one("SHOW server_encoding") or ("",))[0]
            if encoding != "UTF8":
                raise LedgerError(
                    f"{self.name} is encoded in {encoding}, which cannot hold what people write. Make the database "
                    "anew: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0."
                )
            # Whatever the server's own setting: what we call recorded is on its disk.
            store.run("SET synchronous_commit = on")
            self._lock(store)
            work(store)
        except LedgerError:
            store.close()
            raise
        except Exception as error:
            store.close()
            raise LedgerError(
                f"{self.name} cannot be used as a ledger ({_line(error)}). Nothing was changed in it."
            ) from error
        return store

    def _lock(self, store: Store) -> None:
        # A server lets go of a lock a moment after the connection that held it was closed.
        store.run(f"SET lock_timeout = '{LOCK_PATIENCE}'")
        try:
            store.one("SELECT pg_advisory_lock(?::int, hashtext(current_schema()))", (LOCK,))
        except Exception as error:
            if getattr(error, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                raise
            raise LedgerError(
                f"Another Tudang holds {self.name}; two that decide the same rows would do everything twice. Stop "
                "the other one first."
            ) from error
        store.run("RESET lock_timeout")


def _refuse_moved(store: Store, name: str) -> None:
    moved = meta.get(store, MOVED)
    if moved is not None:
        raise LedgerError(
            f"The ledger in {name} was moved to {moved} and is not gone on with here: what was said since would "
            "be answered twice. Write the new place into bridge.yaml under `database`."
        )


def _line(error: BaseException) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
