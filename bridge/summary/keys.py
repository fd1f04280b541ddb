"""The key that signs bundles: an Ed25519 seed in a file of its own, made once, readable by its owner only."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey as NaclKey
from nacl.signing import VerifyKey

SEED_BYTES = 32
FINGERPRINT_FILE = "fingerprint"


class KeyProblem(Exception):
    """The key file cannot be used. ``why``: `form` (not 32 bytes), `open` (others may read it), `unreadable`."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class SigningKey:
    """Signs; never shows its seed."""

    def __init__(self, seed: bytes) -> None:
        self._key = NaclKey(seed)

    def __repr__(self) -> str:
        return f"SigningKey({self.fingerprint})"

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key (RFC 8032)."""
        return bytes(self._key.verify_key)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.public)

    def sign(self, message: bytes) -> bytes:
        """64 bytes; the same for the same message."""
        return bytes(self._key.sign(message).signature)


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature is right. False as well for a key or signature of the wrong form."""
    try:
        VerifyKey(public).verify(message, signature)
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True


def fingerprint(public: bytes) -> str:
    """SHA-256 of the public key, in groups of four hexadecimal digits."""
    digest = hashlib.sha256(public).hexdigest()
    return " ".join(digest[start : start + 4] for start in range(0, 64, 4))


def normal_fingerprint(text: str) -> str | None:
    """A fingerprint as people pass it on (case, spaces, colons, hyphens free) in its one form, or None."""
    digits = re.sub(r"[\s:.-]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        return None
    return " ".join(digits[start : start + 4] for start in range(0, 64, 4))


def load_key(path: Path) -> SigningKey:
    """The key of a file. Raises :class:`KeyProblem`."""
    try:
        seed, mode = path.read_bytes(), path.stat().st_mode
    except OSError as error:
        raise KeyProblem(path, "unreadable") from error
    if len(seed) != SEED_BYTES:
        raise KeyProblem(path, "form")
    if mode & 0o077:
        raise KeyProblem(path, "open")
    return SigningKey(seed)


def load_or_make_key(path: Path, random: Callable[[int], bytes]) -> SigningKey:
    """The key of a file, which is made when there is none; beside it the fingerprint, for people to publish.

    A key that exists is never made anew. ``random`` gives that many unpredictable bytes (``os.urandom``). The
    seed is on disk, whole and 0600, before this returns. Raises :class:`KeyProblem`.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(path, random(SEED_BYTES))
    key = load_key(path)
    shown = path.parent / FINGERPRINT_FILE
    line = f"{key.fingerprint}\n"
    if not shown.exists() or shown.read_text(encoding="ascii", errors="replace") != line:
        shown.write_text(line, encoding="ascii")
    return key


def known_fingerprint(folder: Path) -> str | None:
    """The fingerprint kept in a folder by :func:`load_or_make_key`, if any."""
    try:
        return normal_fingerprint((folder / FINGERPRINT_FILE).read_text(encoding="ascii", errors="replace"))
    except OSError:
        return None


def _write_once(path: Path, data: bytes) -> None:
    """Create a file whole or not at all; whoever was first wins."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.fchmod(handle, 0o600)
        os.write(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
