"""Coming back: from a backup into an empty state directory, or as a new device on the state that is there.

Everything is unpacked and verified beside the state directory before anything stands in it. What the room knows
that the backup does not is taken in at the next start (:mod:`bridge.admin.resume`).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec

from bridge.admin import contents
from bridge.admin.backup import device_of
from bridge.admin.contents import About, Entry, Manifest
from bridge.admin.keys import held_keys
from bridge.admin.saying import AdminProblem, shown
from bridge.admin.vessel import Damaged, Opener, WrongPassphrase, is_sealed
from bridge.database import database_of
from bridge.ledger import copies, moving, restored
from bridge.ledger.databases import Database, SqliteFile
from bridge.ledger.keyring import KEY_BYTES
from bridge.ledger.records import verify_chain
from bridge.ledger.restored import ComingBack
from bridge.ledger.store import LedgerError
from bridge.matrix.crypto.vault import Vault, WrongKey
from bridge.matrix.login import Credentials
from bridge.matrix.trust import Identity
from bridge.model import chain
from bridge.model.situation import PREVIEW
from bridge.settings import Settings, SettingsError

PRIVATE_FOLDER = 0o700
KEPT_CONFIG = "restored-config"


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a restore."""

    about: About
    media: int
    missing: tuple[str, ...]
    """Photos and videos that the backup itself did not have."""
    written: tuple[str, ...]
    """Files of the configuration that were missing and now stand there."""
    differing: tuple[str, ...]
    """Files of the configuration that differ from those of the backup and were left as they are."""


class _Reader(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def restore_backup(settings: Settings, backup: Path, ask: Callable[[], str | None]) -> Restored:
    """Restore ``backup`` into the empty (or missing) state directory of ``settings``.

    ``ask`` gives the passphrase when the backup needs one. Raises :class:`AdminProblem`; then nothing was restored.
    """
    state = settings.state
    try:
        if state.exists() and any(state.iterdir()):
            raise AdminProblem("restore.not_empty", path=shown(state))
        state.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AdminProblem("restore.disk", why=error.strerror or str(error), path=str(error.filename)) from error
    # A mounted folder cannot be replaced by another one: there it is unpacked inside.
    inside = os.path.ismount(state)
    staging = state / ".restoring" if inside else state.with_name(f".{state.name}.restoring")
    shutil.rmtree(staging, ignore_errors=True)
    try:
        staging.mkdir(mode=PRIVATE_FOLDER)
        about, manifest = _unpack(backup, staging, ask)
        _verify(settings, staging, about, manifest)
        written, differing = _give_config(settings, staging)
        _to_the_server(settings, staging / contents.LEDGER)
        _put_in_place(staging, state, inside)
    except OSError as error:
        key = "restore.disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "restore.disk"
        raise AdminProblem(key, why=error.strerror or str(error), path=str(error.filename or state)) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    media = sum(entry.name.startswith("archive/") for entry in manifest.files)
    return Restored(about=about, media=media, missing=manifest.missing, written=written, differing=differing)


def become_new_device(settings: Settings) -> Credentials | None:
    """Forget the device that was lost, so that the next start logs in as a new one under the same identity.

    Kept are the identity, the inbound sessions and the record. Returns the old session if there was one, so that
    it can be logged out. Raises :class:`AdminProblem`.
    """
    try:
        if not settings.keys.is_file():
            raise AdminProblem("device.no_keys", path=shown(settings.keys))
    except OSError as error:
        raise AdminProblem("device.broken", why=str(error)) from error
    device = device_of(settings)
    session = settings.state / "session.json"
    kept: Credentials | None = None
    with held_keys(settings) as keyring:
        try:
            with contextlib.suppress(OSError, msgspec.MsgspecError):
                kept = msgspec.json.decode(session.read_bytes(), type=Credentials)
            # The ledger first: whoever has no session any more is sure to look at what was on its way.
            database = database_of(settings)
            if database.exists():
                _mark(database, ComingBack(why="device", device=device))
            copies.forget_device(keyring)
            session.unlink(missing_ok=True)
        except Exception as error:
            # Whatever a damaged database answers, it is one sentence.
            raise AdminProblem("device.broken", why=f"{type(error).__name__}: {error}"[:200]) from error
    return kept


# Unpacking


@contextlib.contextmanager
def _opened(backup: Path, ask: Callable[[], str | None]) -> Iterator[tuple[_Reader, Callable[[], None]]]:
    """The plain stream of a backup, and what is to be called at its end."""
    try:
        file = backup.open("rb")
    except OSError as error:
        raise AdminProblem("restore.no_backup", path=shown(backup), why=error.strerror or "?") from error
    with file:
        beginning = file.read(64)
        file.seek(0)
        if is_sealed(beginning):
            passphrase = ask()
            if passphrase is None:
                raise AdminProblem("restore.needs_passphrase", path=shown(backup))
            opener = Opener(file, passphrase)
            yield opener, opener.finish
        elif beginning.startswith(contents.ABOUT.encode()):
            yield file, lambda: None
        else:
            raise AdminProblem("restore.no_backup_file", path=shown(backup))


def _unpack(backup: Path, staging: Path, ask: Callable[[], str | None]) -> tuple[About, Manifest]:
    try:
        with _opened(backup, ask) as (stream, finish):
            found = _members(stream, staging)
            finish()
    except WrongPassphrase:
        raise AdminProblem("restore.wrong_passphrase") from None
    except Damaged as damaged:
        raise AdminProblem(f"restore.{damaged.why}", path=shown(backup)) from None
    except tarfile.ReadError as error:
        # A tar says that its end is missing only in words.
        cut = "end of data" in str(error) or "empty" in str(error)
        raise AdminProblem("restore.truncated" if cut else "restore.changed", path=shown(backup)) from None
    except (tarfile.TarError, msgspec.MsgspecError, UnicodeDecodeError, EOFError):
        raise AdminProblem("restore.changed", path=shown(backup)) from None
    about, manifest, entries = found
    if manifest is None:
        raise AdminProblem("restore.truncated", path=shown(backup))
    if about is None or list(manifest.files) != entries:
        raise AdminProblem("restore.changed", path=shown(backup))
    return about, manifest


def _members(stream: _Reader, staging: Path) -> tuple[About | None, Manifest | None, list[Entry]]:
    about: About | None = None
    manifest: Manifest | None = None
    entries: list[Entry] = []
    with tarfile.open(mode="r|", fileobj=stream) as tar:  # type: ignore[call-overload]
        for member in tar:
            body = tar.extractfile(member) if member.isreg() and contents.is_known(member.name) else None
            if body is None or manifest is not None:
                raise tarfile.TarError("a member that no backup has")
            if member.name == contents.ABOUT:
                about = msgspec.json.decode(body.read(), type=About)
                _refuse_what_does_not_fit(about, staging)
            elif about is None:
                raise tarfile.TarError("the first member says what it is")
            elif member.name == contents.MANIFEST:
                manifest = msgspec.json.decode(body.read(), type=Manifest)
            else:
                entries.append(_extract(body, member.name, staging))
    return about, manifest, entries


def _refuse_what_does_not_fit(about: About, staging: Path) -> None:
    if about.format != contents.FORMAT:
        raise AdminProblem("restore.other_format", version=about.software)
    free = shutil.disk_usage(staging).free
    if about.size > free:
        raise AdminProblem("restore.no_room", needed=about.size // 2**20 + 1, free=free // 2**20)


def _extract(body: object, name: str, staging: Path) -> Entry:
    target = staging / name
    for folder in reversed([parent for parent in target.parents if staging in parent.parents]):
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
        while block := body.read(contents.BLOCK):  # type: ignore[attr-defined]
            digest.update(block)
            size += len(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return Entry(name, size, digest.hexdigest())


# Verifying


def _verify(settings: Settings, staging: Path, about: About, manifest: Manifest) -> None:
    """That it is a backup of this forum, whole and in order; then the ledger is marked as one that comes back."""
    if about.forum.removesuffix(PREVIEW) != settings.forum.id:
        raise AdminProblem("restore.other_forum", forum=about.forum, here=settings.forum.id)
    if about.user.lower() != settings.homeserver.user.lower():
        raise AdminProblem("restore.other_user", user=about.user, here=settings.homeserver.user)
    spoilt = set(manifest.missing)
    for entry in manifest.files:
        name = entry.name.rpartition("/")[2]
        if entry.name.startswith("archive/") and entry.sha256 != name and name not in spoilt:
            raise AdminProblem("restore.changed", path=entry.name)
    ledger = staging / contents.LEDGER
    if not ledger.is_file():
        raise AdminProblem("restore.no_ledger")
    fault = SqliteFile(ledger).fault()
    if fault:
        raise AdminProblem("restore.ledger_broken", why=fault)
    _verify_chain(ledger, about)
    _verify_keys(staging, about)
    coming = ComingBack(
        why="backup",
        since=about.seen,
        device=about.device,
        position=about.position,
        link=about.link,
        media=about.media,
    )
    try:
        _mark(SqliteFile(ledger), coming)
    except LedgerError as error:
        raise AdminProblem("restore.ledger_broken", why=str(error)) from error


def _verify_chain(ledger: Path, about: About) -> None:
    try:
        store = SqliteFile(ledger).look()
        try:
            newest = verify_chain(store, about.forum)
        finally:
            store.close()
    except chain.Broken as broken:
        raise AdminProblem("restore.chain_broken", position=broken.position) from broken
    except Exception as error:
        # Whatever a changed database answers, it is refused in one sentence.
        raise AdminProblem("restore.ledger_broken", why=f"{type(error).__name__}: {error}"[:200]) from error
    if (newest.position, newest.link.hex()) != (about.position, about.link):
        raise AdminProblem("restore.chain_broken", position=newest.position)


def _verify_keys(staging: Path, about: About) -> None:
    """That the keys can be opened; a forum whose bridge never ran has none."""
    keys, secret = staging / contents.KEYS, staging / contents.KEYS_SECRET
    if not keys.is_file():
        return
    try:
        key = secret.read_bytes()
        if len(key) != KEY_BYTES:
            raise AdminProblem("restore.keys_broken")
        reader = copies.KeyReader(keys)
        try:
            Vault(reader, key).get(Identity, "identity", about.user, copies.SEEDS)
        finally:
            reader.close()
    except (OSError, WrongKey, LedgerError, msgspec.MsgspecError) as error:
        raise AdminProblem("restore.keys_broken") from error


def _mark(ledger: Database, coming: ComingBack) -> None:
    store = ledger.open()
    try:
        with store.transaction():
            restored.mark(store, coming)
    finally:
        store.close()


# In place


def _to_the_server(settings: Settings, ledger: Path) -> None:
    """Where the settings name a database, the ledger goes there; it must be empty."""
    if settings.database is None:
        return
    try:
        moving.copy(SqliteFile(ledger), database_of(settings))
    except (LedgerError, SettingsError) as error:
        raise AdminProblem("restore.database", why=str(error)) from error
    ledger.unlink()


def _give_config(settings: Settings, staging: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give back policy, roster and the area's file where they are missing; others that stand there stay."""
    written, differing = [], []
    saved = staging / "config"
    beside = sorted(path.name for path in saved.glob("*json"))
    for name in ("policy.yaml", "roster.yaml", *beside):
        source, target = saved / name, settings.config / name
        if not source.is_file():
            continue
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            written.append(str(target))
        elif target.read_bytes() != source.read_bytes():
            differing.append(str(target))
    if saved.is_dir():
        saved.rename(staging / KEPT_CONFIG)
    return tuple(written), tuple(differing)


def _put_in_place(staging: Path, state: Path, inside: bool) -> None:
    if not inside:
        staging.replace(state)
        return
    # The ledger last: without it nothing here is taken for a state.
    for child in sorted(staging.iterdir(), key=lambda path: (path.name == contents.LEDGER, path.name)):
        child.rename(state / child.name)
