"""Key material on SQLite: a file of its own, readable by its owner only, held by one process at a time.

Implements :class:`bridge.model.ports.Keyring`. The file is written with WAL and `synchronous=FULL`, so what
:meth:`SqliteKeyring.write` was given is on the disk when it returns. It does not move with the ledger: rolling key
material back with an old copy of a database would reuse ratchets (DESIGN, P7).
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, unquote

import peewee

KEY_BYTES = 32
_SAFE = "@:!$+=-._,"
"""Characters of Matrix ids and base64 that need no escape; `/` separates the parts of a key."""
_PLAIN = re.compile(r"[A-Za-z0-9@:!$+=\-._,~]*")


class KeyringInUse(Exception):
    """Another process holds this store. The message says which file."""


class KeyringBroken(Exception):
    """The store or its secret key is not what we wrote. The message says what to do."""


_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS key_material ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, purpose TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS key_material_name ON key_material (purpose, name)",
)
_GET = "SELECT value FROM key_material WHERE purpose = ? AND name = ?"
_SCAN = "SELECT name, value FROM key_material WHERE purpose = ? AND name >= ? AND name < ? ORDER BY id"
_PUT = (
    "INSERT INTO key_material (purpose, name, value) VALUES (?, ?, ?)"
    " ON CONFLICT (purpose, name) DO UPDATE SET value = excluded.value"
)
_DELETE = "DELETE FROM key_material WHERE purpose = ? AND name = ?"
_LAST = "\x7f"
"""Sorts after every name: names are printable ASCII."""


class SqliteKeyring:
    """The keyring in ``path``, made when missing. Use from one thread; close it to let another process in.

    Raises :class:`KeyringInUse` when another process has it open.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._closed = False
        self._lock = _exclusive(path.with_name(path.name + ".lock"), path)
        try:
            _private(path)
            self._database = peewee.SqliteDatabase(
                str(path), pragmas={"journal_mode": "wal", "synchronous": "full", "busy_timeout": 5000}
            )
            self._database.connect()
            self._run("PRAGMA secure_delete = 1")
            for statement in _SCHEMA:
                self._run(statement)
        except peewee.DatabaseError as broken:
            os.close(self._lock)
            raise KeyringBroken(f"{path} cannot be read as a key store: {broken}") from broken
        except BaseException:
            os.close(self._lock)
            raise

    def get(self, table: str, *key: str) -> bytes | None:
        row = self._run(_GET, table, name_of(key)).fetchone()
        return bytes(row[0]) if row else None

    def scan(self, table: str, *prefix: str) -> list[tuple[tuple[str, ...], bytes]]:
        """Rows whose key starts with these parts, in the order they were first written."""
        first = name_of(prefix)
        # "0" follows the separator "/", so this is the range of all names that begin with the prefix.
        end = first[:-1] + "0" if first else _LAST
        return [(parts_of(name), bytes(value)) for name, value in self._run(_SCAN, table, first, end).fetchall()]

    def write(
        self,
        puts: Iterable[tuple[str, tuple[str, ...], bytes]],
        deletes: Iterable[tuple[str, tuple[str, ...]]] = (),
    ) -> None:
        """All of it or nothing, durable on return. A key in both is written."""
        with self._database.atomic("IMMEDIATE"):
            for table, key in deletes:
                self._run(_DELETE, table, name_of(key))
            for table, key, value in puts:
                self._run(_PUT, table, name_of(key), value)

    def tables(self) -> list[str]:
        """The tables that hold something."""
        return [row[0] for row in self._run("SELECT DISTINCT purpose FROM key_material").fetchall()]

    def _run(self, statement: str, *values: str | bytes) -> sqlite3.Cursor:
        cursor: sqlite3.Cursor = self._database.execute_sql(statement, values)  # type: ignore[no-untyped-call]
        return cursor

    def close(self) -> None:
        """Close the file and let go of the lock. Closing again does nothing."""
        if not self._closed:
            self._closed = True
            self._database.close()
            os.close(self._lock)


def secret_key(path: Path) -> bytes:
    """The 32 random bytes in ``path`` (0600) that key material is encrypted with; made once, never replaced.

    Raises :class:`KeyringBroken` when the file does not hold 32 bytes.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        unfinished = path.with_name(path.name + ".new")
        unfinished.unlink(missing_ok=True)
        _private(unfinished)
        with unfinished.open("wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise KeyringBroken(
            f"{path} has {len(key)} bytes instead of {KEY_BYTES}; bring it back from a backup, the key store "
            "cannot be read without it"
        )
    return key


def _private(path: Path) -> None:
    """An existing or new empty file, readable and writable by its owner only, whatever the umask."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _exclusive(lock: Path, store: Path) -> int:
    _private(lock)
    # A file of its own: SQLite takes POSIX locks on the database, and some file systems mix the two kinds.
    descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise KeyringInUse(
            f"another process holds this store: {store}; two processes on one device would break its encryption"
        ) from None
    return descriptor


def name_of(key: tuple[str, ...]) -> str:
    """A key as one text, under which it is stored."""
    return "".join(_escaped(part) + "/" for part in key)


def _escaped(part: str) -> str:
    return part if _PLAIN.fullmatch(part) else quote(part, safe=_SAFE, errors="surrogatepass")


def parts_of(name: str) -> tuple[str, ...]:
    """The key of a stored name."""
    return tuple(unquote(part, errors="surrogatepass") for part in name.split("/")[:-1])
