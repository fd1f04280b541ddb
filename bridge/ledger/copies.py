"""Copies of database files that are in use, and a look at a key store that takes no lock.

A copy is one state of the database: SQLite's backup interface reads it in one transaction beside the writer. Of
the key store only what may come back is copied (DESIGN, P7): the cross-signing identity and the inbound Megolm
sessions. The device's own account, its channels and its outbound ratchets stay behind, since an old copy of them
would be used twice.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from bridge.ledger.keyring import SqliteKeyring, name_of, parts_of
from bridge.ledger.store import LedgerError, Row

KEPT_KEYS = ("identity", "inbound")
"""Tables of the key store that a backup holds, and that a new device takes over."""

SEEDS = "seeds"
PAGE = 500


def copy_database(source: Path, target: Path) -> None:
    """Copy a database whole into a new file (0600) while others write to it. Raises :class:`LedgerError`."""
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        origin = _reading(source)
        try:
            copy = sqlite3.connect(target)
            try:
                origin.backup(copy)
                # One file, so that nothing of the copy stays in a log beside it.
                copy.execute("PRAGMA journal_mode = delete")
            finally:
                copy.close()
        finally:
            origin.close()
    except sqlite3.Error as error:
        raise LedgerError(f"{source} could not be copied ({error}).") from error


def copy_keys(source: Path, target: Path) -> int:
    """Copy what may be kept of a key store into a new one; returns how many values. Takes no lock of ``source``.

    Raises :class:`LedgerError`.
    """
    reader = KeyReader(source)
    try:
        keyring = SqliteKeyring(target)
        try:
            count = 0
            for page in reader.pages():
                kept = [(table, key, value) for table, key, value in page if is_kept(table, key)]
                keyring.write(kept)
                count += len(kept)
        finally:
            keyring.close()
            target.with_name(target.name + ".lock").unlink(missing_ok=True)
    except sqlite3.Error as error:
        raise LedgerError(f"{source} could not be copied ({error}).") from error
    finally:
        reader.close()
    return count


def is_kept(table: str, key: tuple[str, ...]) -> bool:
    """Whether a value of the key store outlives its device."""
    # `identity` also remembers what the homeserver confirmed of one device: that is not taken along.
    return table in KEPT_KEYS and (table != "identity" or key[-1:] == (SEEDS,))


class KeyReader:
    """Reads a key store beside the process that holds it: the reading half of a keyring. Raises LedgerError."""

    def __init__(self, path: Path) -> None:
        try:
            self._connection = _reading(path)
        except sqlite3.Error as error:
            raise LedgerError(f"{path} cannot be read ({error}).") from error

    def get(self, table: str, *key: str) -> bytes | None:
        rows = self._all("SELECT value FROM key_material WHERE purpose = ? AND name = ?", (table, name_of(key)))
        return bytes(rows[0][0]) if rows else None

    def scan(self, table: str, *prefix: str) -> list[tuple[tuple[str, ...], bytes]]:
        """Rows whose key starts with these parts."""
        begins = name_of(prefix)
        rows = self._all(
            "SELECT name, value FROM key_material WHERE purpose = ? AND substr(name, 1, ?) = ? ORDER BY id",
            (table, len(begins), begins),
        )
        return [(parts_of(name), bytes(value)) for name, value in rows]

    def pages(self) -> Iterator[list[tuple[str, tuple[str, ...], bytes]]]:
        """All rows as (table, key, value) in the order they were first written, some hundred at a time."""
        last = -1
        while True:
            rows = self._all(
                "SELECT id, purpose, name, value FROM key_material WHERE id > ? ORDER BY id LIMIT ?", (last, PAGE)
            )
            if not rows:
                return
            yield [(purpose, parts_of(name), bytes(value)) for _, purpose, name, value in rows]
            last = rows[-1][0]

    def write(
        self,
        puts: Iterable[tuple[str, tuple[str, ...], bytes]],
        deletes: Iterable[tuple[str, tuple[str, ...]]] = (),
    ) -> None:
        """Never: whoever holds the store writes it."""
        raise LedgerError("A key store that is only looked at is not written.")

    def close(self) -> None:
        self._connection.close()

    def _all(self, statement: str, values: tuple[str | int, ...]) -> list[Row]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise LedgerError(f"The key store cannot be read ({error}).") from error


def forget_device(keyring: SqliteKeyring) -> int:
    """Take everything of the present device out of a key store that we hold; returns how many values went."""
    gone: list[tuple[str, tuple[str, ...]]] = []
    for table in keyring.tables():
        gone += [(table, key) for key, _ in keyring.scan(table) if not is_kept(table, key)]
    keyring.write((), gone)
    return len(gone)


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
