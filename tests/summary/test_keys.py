"""The signing key: made once, kept to its owner, known by its fingerprint."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from bridge.summary.keys import (
    KeyProblem,
    SigningKey,
    known_fingerprint,
    load_or_make_key,
    normal_fingerprint,
    signature_holds,
)


def never(count: int) -> bytes:
    raise AssertionError("a key that exists is never made anew")


def test_made_once_and_0600_whatever_the_umask(tmp_path: Path) -> None:
    """The second start uses the same key."""
    path = tmp_path / "keys" / "signing.key"
    before = os.umask(0)
    try:
        key = load_or_make_key(path, os.urandom)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_make_key(path, never).fingerprint == key.fingerprint
    assert known_fingerprint(path.parent) == key.fingerprint
    assert sorted(file.name for file in path.parent.iterdir()) == ["fingerprint", "signing.key"]


def test_the_fingerprint_is_the_hash_of_the_public_key(tmp_path: Path) -> None:
    """Sixteen groups of four, and readable however people pass it on."""
    key = SigningKey(bytes(32))
    plain = hashlib.sha256(key.public).hexdigest()
    assert key.fingerprint.replace(" ", "") == plain
    assert [len(group) for group in key.fingerprint.split()] == [4] * 16
    for written in (plain, plain.upper(), key.fingerprint, ":".join(key.fingerprint.split()), f" {plain}\n"):
        assert normal_fingerprint(written) == key.fingerprint
    for wrong in ("", plain[:-1], plain + "0", "g" + plain[1:]):
        assert normal_fingerprint(wrong) is None


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """So is one of another length, and one that is a folder; a lost fingerprint file is written again."""
    path = tmp_path / "signing.key"
    key = load_or_make_key(path, os.urandom)
    (tmp_path / "fingerprint").unlink()
    load_or_make_key(path, never)
    assert known_fingerprint(tmp_path) == key.fingerprint
    path.chmod(0o640)
    with pytest.raises(KeyProblem) as caught:
        load_or_make_key(path, never)
    assert caught.value.why == "open"
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(KeyProblem) as caught:
        load_or_make_key(path, never)
    assert caught.value.why == "form"
    with pytest.raises(KeyProblem) as caught:
        load_or_make_key(tmp_path, never)
    assert caught.value.why == "unreadable"


def test_a_key_never_shows_its_seed() -> None:
    """Neither in a log nor in an error."""
    seed = b"seed seed seed seed seed seed se"
    assert seed.hex() not in repr(SigningKey(seed)) and "seed" not in repr(SigningKey(seed))


def test_signatures_hold_or_do_not() -> None:
    """Wrong message, wrong key and nonsense are all just false."""
    key = SigningKey(bytes(32))
    signature = key.sign(b"m")
    assert signature_holds(key.public, b"m", signature)
    assert not signature_holds(key.public, b"n", signature)
    assert not signature_holds(SigningKey(bytes(range(32))).public, b"m", signature)
    assert not signature_holds(b"short", b"m", signature)
    assert not signature_holds(key.public, b"m", b"short")
