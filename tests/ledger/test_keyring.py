"""The key store: order, atomicity, privacy of the file, and one process at a time."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.ledger.keyring import KeyringBroken, KeyringInUse, SqliteKeyring, secret_key


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[SqliteKeyring]:
    opened = SqliteKeyring(tmp_path / "keys.db")
    yield opened
    opened.close()


def test_a_value_is_found_by_its_whole_key(keyring: SqliteKeyring) -> None:
    """What was put is read back byte for byte, and only under its own table and key."""
    keyring.write([("olm", ("a", "b"), b"\x00\xff")])
    assert keyring.get("olm", "a", "b") == b"\x00\xff"
    assert keyring.get("olm", "a") is None
    assert keyring.get("inbound", "a", "b") is None


def test_a_scan_gives_rows_in_the_order_they_were_first_written(keyring: SqliteKeyring) -> None:
    """Rewriting a row does not move it."""
    keyring.write([("olm", ("k", "z"), b"1"), ("olm", ("k", "a"), b"2"), ("olm", ("kk", "a"), b"other")])
    keyring.write([("olm", ("k", "z"), b"3")])
    assert keyring.scan("olm", "k") == [(("k", "z"), b"3"), (("k", "a"), b"2")]
    assert len(keyring.scan("olm")) == 3


@pytest.mark.parametrize("part", ["a/b", "a", "%2F", "", "é \x00\x1f", "\ud800", "@u:h", "!r:h"])
def test_no_character_lets_one_key_pass_for_another(keyring: SqliteKeyring, part: str) -> None:
    """Ids come from other servers: separators, control characters and lone surrogates stay inside their part."""
    keyring.write([("t", (part, "b"), b"mine"), ("t", ("a", "b", "b"), b"other"), ("t", ("x", "b"), b"third")])
    assert keyring.get("t", part, "b") == b"mine"
    assert ((part, "b"), b"mine") in keyring.scan("t", part)


def test_a_write_is_all_or_nothing(keyring: SqliteKeyring) -> None:
    """An error in the middle leaves the file as it was."""
    keyring.write([("t", ("old",), b"1")])

    def puts() -> Iterator[tuple[str, tuple[str, ...], bytes]]:
        yield ("t", ("new",), b"2")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        keyring.write(puts(), [("t", ("old",))])
    assert keyring.scan("t") == [(("old",), b"1")]


def test_what_was_written_survives_a_killed_process(tmp_path: Path) -> None:
    """A process that ends at once after `write` has lost nothing."""
    program = (
        "import os, sys; from pathlib import Path; from bridge.ledger.keyring import SqliteKeyring\n"
        "SqliteKeyring(Path(sys.argv[1])).write([('t', ('k',), b'v')]); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "keys.db")], check=False)
    keyring = SqliteKeyring(tmp_path / "keys.db")
    assert keyring.get("t", "k") == b"v"
    keyring.close()


def test_a_second_process_is_refused_with_a_clear_sentence(keyring: SqliteKeyring, tmp_path: Path) -> None:
    """Two processes on one store would break each other's ratchets."""
    program = (
        "import sys; from pathlib import Path; from bridge.ledger.keyring import SqliteKeyring\n"
        "SqliteKeyring(Path(sys.argv[1]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "keys.db")], capture_output=True, text=True, check=False
    )
    assert run.returncode != 0
    assert "another process holds this store" in run.stderr


def test_closing_lets_the_next_one_in(tmp_path: Path) -> None:
    """The lock ends with the keyring, not with the process."""
    first = SqliteKeyring(tmp_path / "keys.db")
    with pytest.raises(KeyringInUse):
        SqliteKeyring(tmp_path / "keys.db")
    first.close()
    SqliteKeyring(tmp_path / "keys.db").close()


def test_every_file_is_private_under_any_umask(tmp_path: Path) -> None:
    """Database, WAL, lock and secret key are 0600 even when the umask allows everything."""
    before = os.umask(0)
    try:
        keyring = SqliteKeyring(tmp_path / "d" / "keys.db")
        keyring.write([("t", ("k",), b"v")])
        secret_key(tmp_path / "d" / "keys.secret")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "d").iterdir()}
        keyring.close()
    finally:
        os.umask(before)
    assert modes.keys() >= {"keys.db", "keys.db-wal", "keys.db.lock", "keys.secret"}
    assert set(modes.values()) == {0o600}


def test_the_secret_key_is_made_once(tmp_path: Path) -> None:
    """A second start reads the same key; a damaged one is named, never replaced."""
    path = tmp_path / "keys.secret"
    key = secret_key(path)
    assert len(key) == 32
    assert secret_key(path) == key
    path.write_bytes(key[:31])
    with pytest.raises(KeyringBroken, match="31 bytes"):
        secret_key(path)
    assert path.read_bytes() == key[:31]


def test_a_file_that_is_no_key_store_is_named(tmp_path: Path) -> None:
    """A broken file gives a sentence with its path and keeps its bytes."""
    path = tmp_path / "keys.db"
    path.write_bytes(b"this is not a database at all, but long enough to be looked at" * 20)
    with pytest.raises(KeyringBroken, match=r"keys\.db"):
        SqliteKeyring(path)
    assert path.read_bytes().startswith(b"this is not")
