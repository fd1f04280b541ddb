"""What leaves a bridge and is looked through: log lines, and files that people are given."""

from __future__ import annotations

import contextlib
import io
import os
import re
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bridge.admin.vessel import is_sealed
from bridge.matrix.login import Credentials
from tests.secrecy.known import Known

IN_A_CLEAR_BACKUP = frozenset({"signing seed", "pickle key", "cross-signing seed"})
"""A backup without a passphrase holds these by nature (and the log in which it was made says that it is open)."""

LARGEST = 64 * 1024 * 1024
_LOGS = (".log", ".log.1", ".err", ".stderr")
_GIVEN = (".zip", ".tudang-backup", ".pdf", ".xlsx")
_LOG_LINE = re.compile(
    r'\s*\{.*"level": ?"'  # JSON
    r"|\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S* \[\w+"  # for a terminal
    r"|\[\w+ *\] "
    r"|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) +[\w.]+[ :]"  # of the libraries
)


def is_log(path: Path) -> bool:
    """Whether a file holds log lines."""
    return path.name.endswith(_LOGS)


def is_given(path: Path) -> bool:
    """Whether a file is one that leaves the bridge: a bundle, an export, a backup."""
    return path.name.endswith(_GIVEN) or "exports" in path.parts


def log_lines(text: str) -> list[str]:
    """The lines of mixed output that a logger wrote."""
    return [line for line in text.splitlines() if _LOG_LINE.match(line)]


def leaks_of_file(path: Path, known: Known) -> set[str]:
    """The kinds of secrets that a bundle, an export, a backup or a log gives away."""
    try:
        if path.stat().st_size > LARGEST:
            return set()
        data = path.read_bytes()
    except OSError:
        return set()
    if is_log(path):
        lines = data.decode("utf-8", "replace").splitlines()
        return known.in_text(data) | ({"words of a message"} if known.words_in(lines) else set())
    allowed: frozenset[str] = frozenset()
    if path.name.endswith(".tudang-backup") and not is_sealed(data[:64]):
        allowed = IN_A_CLEAR_BACKUP
    found: set[str] = set()
    for part in pieces(data):
        found |= known.in_file(part, allowed=allowed)
    return found


def pieces(data: bytes, depth: int = 3) -> Iterator[bytes]:
    """A file, and what is packed in it, also in archives in it. What cannot be unpacked is left as it is."""
    yield data
    with contextlib.suppress(Exception):  # forged and cut archives are what many tests are about
        if depth and data[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                # A member that is only stored stands in the archive as it is.
                packed = [one for one in archive.infolist() if one.compress_type != zipfile.ZIP_STORED]
                nested = [one for one in archive.infolist() if one.filename.endswith((".zip", ".xlsx"))]
                for entry in (*packed, *nested):
                    if entry.file_size < LARGEST:
                        yield from pieces(archive.read(entry), depth - 1)
        elif depth and data[257:262] == b"ustar":
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                for member in tar:
                    if (body := tar.extractfile(member)) is not None:
                        yield from pieces(body.read(), depth - 1)


def learn(folder: Path, known: Known) -> None:
    """Secrets that processes of their own wrote under a folder: they are known only from here."""
    kinds = {
        "keys.secret": "pickle key",
        "signing.key": "signing seed",
        "bot.password": "password",
        "registration.secret": "registration secret",
    }
    for path in walk(folder):
        try:
            if path.name in kinds:
                data = path.read_bytes()
                known.add(kinds[path.name], data.decode().strip() if data.isascii() and len(data) != 32 else data)
            elif path.name == "session.json":
                known.add("access token", _session(path).access_token)
        except (OSError, ValueError):
            continue


def _session(path: Path) -> Credentials:
    return msgspec.json.decode(path.read_bytes(), type=Credentials)


def walk(folder: Path) -> Iterator[Path]:
    """The plain files under a folder; what goes away meanwhile, because others remove it, is left out."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place) / name
            if path.is_file() and not path.is_symlink():
                yield path
