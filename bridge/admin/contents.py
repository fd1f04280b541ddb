"""What a backup holds: the names in it, what it says about itself, and its list of files."""

from __future__ import annotations

import hashlib
import re
from typing import BinaryIO

import msgspec

FORMAT = 1
ABOUT = "about.json"
MANIFEST = "manifest.json"
LEDGER = "ledger.db"
KEYS = "keys.db"
KEYS_SECRET = "keys.secret"  # noqa: S105 - a file's name
SIGNING_KEY = "signing.key"
FINGERPRINT = "fingerprint"
CONFIG = ("policy.yaml", "roster.yaml", "bridge.yaml")
SMALL = (SIGNING_KEY, FINGERPRINT, KEYS_SECRET)
LAST_BACKUP = "last-backup.json"

_NAME = re.compile(
    r"about\.json|manifest\.json|ledger\.db|keys\.db|keys\.secret|signing\.key|fingerprint"
    r"|config/(policy|roster|bridge)\.yaml|archive/([0-9a-f]{2})/\2[0-9a-f]{62}"
    r"|config/[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}\.(?:geo)?json"
)
BLOCK = 1024 * 1024


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What stands at the beginning: of what, and of when. Times are milliseconds since the Unix epoch."""

    format: int = FORMAT
    software: str
    made_at: int
    """By this machine's clock."""
    seen: int
    """When the bridge last heard from the homeserver, by its own clock."""
    forum: str
    user: str
    device: str
    """The device whose keys stayed behind; empty when there was none."""
    position: int
    link: str
    """The chain's head: how many records, and the hash of the last in hexadecimal."""
    media: bool
    size: int
    """Bytes to be unpacked, about."""


class Entry(msgspec.Struct, frozen=True):
    """One file."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What stands at the end: every file before it, and what should have been there and was not."""

    files: tuple[Entry, ...]
    missing: tuple[str, ...] = ()
    """SHA-256 of photos and videos that the record names and the archive did not have, or had spoilt."""


class LastBackup(msgspec.Struct, frozen=True, kw_only=True):
    """What the state directory remembers of the newest backup."""

    at: int
    file: str
    encrypted: bool
    media: bool
    size: int


def is_known(name: str) -> bool:
    """Whether a backup may hold a file of this name; nothing else is ever unpacked."""
    return _NAME.fullmatch(name) is not None


class Counting:
    """A reader that hashes and counts what passes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        self.size += len(data)
        return data

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()
