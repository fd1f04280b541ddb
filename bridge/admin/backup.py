"""A backup: one file with everything that must survive the machine, made beside a running bridge.

In it are the ledger, the cross-signing identity and the inbound Megolm sessions, the key that signs bundles, the
policy and roster, and the archive. Not in it: the access token, the device's own account and its ratchets, since a
restore logs in as a new device (DESIGN, P7). Weekly bundles can be exported again and are left out.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from bridge import __version__
from bridge.admin import contents
from bridge.admin.contents import About, Counting, Entry, LastBackup, Manifest
from bridge.admin.saying import AdminProblem, shown
from bridge.admin.vessel import Cost, Sealer
from bridge.database import database_of
from bridge.ledger import copies, meta, moving, restored
from bridge.ledger.databases import Database, SqliteFile
from bridge.ledger.record import head
from bridge.ledger.store import LedgerError
from bridge.matrix.login import Credentials
from bridge.policy import areas
from bridge.settings import Settings, SettingsError

SUFFIX = ".tudang-backup"
_UNFINISHED = ".backup-"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a backup."""

    path: Path
    about: About
    size: int
    files: int
    media: int
    missing: tuple[str, ...]
    encrypted: bool


def make_backup(
    settings: Settings,
    settings_file: Path,
    out: Path,
    *,
    passphrase: str | None,
    now: int,
    media: bool = True,
    cost: Cost | None = None,
) -> Made:
    """Make a backup at ``out``: a new file, or a folder in which one is made. ``passphrase`` None: in clear.

    Nothing stands under that name before all of it is on the disk. Raises :class:`AdminProblem`.
    """
    try:
        database = database_of(settings)
        if not database.exists():
            raise AdminProblem("backup.no_ledger", path=database.name)
        path = _place(settings, out, now)
    except (LedgerError, SettingsError) as error:
        raise AdminProblem("backup.unreadable", why=str(error)) from error
    except OSError as error:
        raise AdminProblem("backup.disk", why=error.strerror or str(error), path=str(error.filename)) from error
    partial = path.with_name(f".{path.name}.partial")
    try:
        with _workshop(settings.state) as workshop:
            about, parts = _gather(settings, settings_file, database, workshop, now, media)
            with _private(partial) as file:
                manifest = _write(
                    file, about, parts, settings.archive if media else None, passphrase, cost, workshop
                )
                file.flush()
                os.fsync(file.fileno())
                size = file.tell()
            partial.replace(path)
    except (LedgerError, SettingsError) as error:
        raise AdminProblem("backup.unreadable", why=str(error)) from error
    except OSError as error:
        key = "backup.disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "backup.disk"
        raise AdminProblem(key, why=error.strerror or str(error), path=str(error.filename or path)) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    made = Made(
        path=path,
        about=about,
        size=size,
        files=len(manifest.files),
        media=sum(entry.name.startswith("archive/") for entry in manifest.files),
        missing=manifest.missing,
        encrypted=passphrase is not None,
    )
    _remember(settings.state, made, now)
    return made


def _place(settings: Settings, out: Path, now: int) -> Path:
    if out.is_dir():
        day = datetime.fromtimestamp(now / 1000).astimezone()
        out = out / f"{settings.forum.record}-{day:%Y-%m-%d-%H%M}{SUFFIX}"
    if out.exists():
        raise AdminProblem("backup.exists", path=shown(out))
    if not out.parent.is_dir():
        raise AdminProblem("backup.no_folder", path=shown(out.parent))
    return out


@contextlib.contextmanager
def _workshop(state: Path) -> Iterator[Path]:
    """A folder of our own beside the originals, so that plain copies never leave their disk; gone afterwards."""
    for left in state.glob(f"{_UNFINISHED}*"):
        # A backup that was killed could not clean up.
        if not Path(f"/proc/{left.name.removeprefix(_UNFINISHED)}").exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = state / f"{_UNFINISHED}{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
        yield file


def _gather(
    settings: Settings, settings_file: Path, database: Database, workshop: Path, now: int, media: bool
) -> tuple[About, list[tuple[str, Path]]]:
    """Copies of what changes, and (name in the backup, file) of everything but the archive."""
    if isinstance(database, SqliteFile):
        copies.copy_database(database.path, workshop / contents.LEDGER)
    else:
        # The same file whatever the ledger lies in, so that it can be restored into either.
        moving.copy(database, SqliteFile(workshop / contents.LEDGER))
    parts: list[tuple[str, Path]] = []
    for name, file in (
        *((f"config/{name}", settings.config / name) for name in ("policy.yaml", "roster.yaml")),
        ("config/bridge.yaml", settings_file),
        *((f"config/{name}", settings.config / name) for name in _beside(settings.config / "policy.yaml")),
        *((name, settings.state / name) for name in contents.SMALL),
    ):
        if file.is_file():
            parts.append((name, file))
    if settings.keys.is_file():
        copies.copy_keys(settings.keys, workshop / contents.KEYS)
        parts.append((contents.KEYS, workshop / contents.KEYS))
    parts.append((contents.LEDGER, workshop / contents.LEDGER))
    store = SqliteFile(workshop / contents.LEDGER).look()
    try:
        newest = head(store, settings.forum.record)
        seen = int(meta.get(store, "synced") or 0)
    except LookupError:
        raise AdminProblem("backup.other_forum", forum=settings.forum.record) from None
    finally:
        store.close()
    size = sum(file.stat().st_size for _, file in parts)
    if media:
        size += sum(file.stat().st_size for file in archived(settings.archive))
    about = About(
        software=__version__,
        made_at=now,
        seen=seen,
        forum=settings.forum.record,
        user=settings.homeserver.user,
        device=device_of(settings),
        position=newest.position,
        link=newest.link.hex(),
        media=media,
        size=size,
    )
    return about, parts


def _beside(policy: Path) -> tuple[str, ...]:
    """The file that a policy names for its area, where it names one."""
    with contextlib.suppress(OSError):
        named = areas.named(policy.read_bytes())
        return (named,) if named else ()
    return ()


def device_of(settings: Settings) -> str:
    """The device that the state belongs to; empty when there is none yet."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        kept = msgspec.json.decode((settings.state / "session.json").read_bytes(), type=Credentials)
        return kept.device_id
    with contextlib.suppress(LedgerError):
        reader = copies.KeyReader(settings.keys)
        try:
            # With an access token of the admin's own there is no session file.
            return max((key[-1] for key, _ in reader.scan("account")), default="")
        finally:
            reader.close()
    return ""


def archived(archive: Path) -> Iterator[Path]:
    """The finished files of an archive, in the order of their hashes."""
    if not archive.is_dir():
        return
    for folder in sorted(archive.glob("[0-9a-f][0-9a-f]")):
        for file in sorted(folder.iterdir()):
            if contents.is_known(f"archive/{folder.name}/{file.name}"):
                yield file


def _write(
    file: BinaryIO,
    about: About,
    parts: list[tuple[str, Path]],
    archive: Path | None,
    passphrase: str | None,
    cost: Cost | None,
    workshop: Path,
) -> Manifest:
    sealer = Sealer(file, passphrase, cost=cost) if passphrase is not None else None
    entries: list[Entry] = []
    missing: list[str] = []
    with tarfile.open(mode="w|", fileobj=cast(BinaryIO, sealer or file), format=tarfile.PAX_FORMAT) as tar:
        _add_bytes(tar, contents.ABOUT, msgspec.json.encode(about))
        for name, source in parts:
            if source.parent == workshop:
                entries.append(_add(tar, name, source))
            else:
                # Read at once: somebody may be saving it.
                data = source.read_bytes()
                _add_bytes(tar, name, data)
                entries.append(Entry(name, len(data), hashlib.sha256(data).hexdigest()))
        if archive is not None:
            present: set[str] = set()
            for source in archived(archive):
                entry = _add(tar, f"archive/{source.parent.name}/{source.name}", source)
                present.add(source.name)
                if entry.sha256 != source.name:
                    # It is kept as it is, for whoever can tell what it was; but nobody may take it for whole.
                    missing.append(source.name)
                entries.append(entry)
            store = SqliteFile(workshop / contents.LEDGER).look()
            try:
                missing += [sha256 for sha256 in restored.evidence(store) if sha256 not in present]
            finally:
                store.close()
        manifest = Manifest(tuple(entries), tuple(missing))
        _add_bytes(tar, contents.MANIFEST, msgspec.json.encode(manifest))
    if sealer is not None:
        sealer.close()
    return manifest


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    tar.addfile(_described(name, len(data)), io.BytesIO(data))


def _add(tar: tarfile.TarFile, name: str, source: Path) -> Entry:
    with source.open("rb") as file:
        counting = Counting(file)
        tar.addfile(_described(name, os.fstat(file.fileno()).st_size), counting)
    return Entry(name, counting.size, counting.sha256)


def _described(name: str, size: int) -> tarfile.TarInfo:
    """A member without owner and time: nothing about the machine."""
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o600
    return member


def _remember(state: Path, made: Made, now: int) -> None:
    """So that doctor can say how old the newest backup is. A backup is no worse without it."""
    note = LastBackup(
        at=now, file=str(made.path.absolute()), encrypted=made.encrypted, media=made.about.media, size=made.size
    )
    with contextlib.suppress(OSError):
        partial = state / f"{contents.LAST_BACKUP}.new"
        with _private(partial) as file:
            file.write(msgspec.json.encode(note))
        partial.replace(state / contents.LAST_BACKUP)
