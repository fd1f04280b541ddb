"""What the state directory shows: ledger and chain, queues, disk, permissions of files, the newest backup.

Everything is read beside a running bridge, and none of it is locked or written.
"""

from __future__ import annotations

import os
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bridge.admin import contents
from bridge.admin.backup import archived
from bridge.admin.contents import LastBackup
from bridge.admin.findings import Finding, mind, right, wrong
from bridge.admin.saying import shown
from bridge.database import database_of
from bridge.evidence.archive import DiskArchive
from bridge.lang.catalogue import Value
from bridge.ledger import health, meta, moves, restored
from bridge.ledger.comparing import misfits
from bridge.ledger.databases import MOVED
from bridge.ledger.migrations import NEWEST
from bridge.ledger.record import head
from bridge.ledger.records import verify_newest
from bridge.ledger.store import LedgerError, Store
from bridge.model import chain
from bridge.model.evidence import ArchiveUnwritable, ObjectCorrupt
from bridge.model.situation import PREVIEW
from bridge.settings import Settings, SettingsError

GIBIBYTE = 2**30
LITTLE_ROOM = 2 * GIBIBYTE
NO_ROOM = GIBIBYTE // 4
BACKUP_OLD_MS = 8 * 24 * 3600 * 1000
CLOCK_SLACK_MS = 60_000
SHOWN = 3
NO_LIMIT = 2**62
"""Bytes of a file that is only looked at."""
SECRET_FILES = ("ledger.db", "keys.db", "keys.secret", "session.json", "signing.key")


class Looked(msgspec.Struct):
    """What a look at the ledger found, and what other parts of the page need of it."""

    findings: list[Finding]
    stage: str = "unknown"
    rehearsal: bool = False
    newest: int = 0
    """When the newest record was made, by the bridge's clock."""
    replaced: dict[str, str] = {}
    """Rooms that were followed to others, each with the one that has its place."""


def look_at_ledger(settings: Settings, *, records: int | None) -> Looked:
    """The database, the chain, the queues and the evidence.

    ``records``: how many of the newest are walked. None: the whole chain, whatever follows from it, and every file.
    """
    try:
        database = database_of(settings)
        if not database.exists():
            return Looked([mind("ledger.none", path=database.name)])
    except (LedgerError, SettingsError) as error:
        return Looked([_unusable(settings, str(error))])
    fault = database.fault()
    if fault:
        return Looked([_unusable(settings, fault)])
    try:
        store = database.look()
    except LedgerError as error:
        return Looked([_unusable(settings, str(error))])
    try:
        schema = int(meta.get(store, "schema") or 0)
        if schema > NEWEST:
            return Looked([wrong("ledger.newer", schema=schema, newest=NEWEST)])
        moved = meta.get(store, MOVED)
        if moved is not None:
            return Looked([wrong("ledger.moved", path=database.name, place=moved)])
        with store.snapshot():
            return look_into(store, settings, database.name, records)
    except Exception as error:
        # Whatever a damaged or foreign database answers is a finding, never a traceback.
        return Looked([_unusable(settings, f"{type(error).__name__}: {error}"[:300])])
    finally:
        store.close()


def _unusable(settings: Settings, why: str) -> Finding:
    if settings.database is not None:
        return wrong("ledger.server", why=why)
    return wrong("ledger.broken", path=shown(settings.ledger), why=why)


def look_into(store: Store, settings: Settings, place: str, records: int | None) -> Looked:
    """The same of a ledger that is open, within a transaction."""
    forum = settings.forum.record
    try:
        newest = head(store, forum)
    except LookupError:
        # A forum that was only previewed has no record of its own yet.
        others = [other for other in health.forums(store) if other != f"{forum}{PREVIEW}"]
        if others:
            return Looked([wrong("ledger.other_forum", forum=forum, others=others)])
        return Looked([mind("ledger.none", path=place)])
    looked = Looked([], *health.standing(store, forum))
    try:
        checked = verify_newest(store, forum, records)
    except chain.Broken as broken:
        key = "ledger.chain" if broken.why in ("position", "link") else "ledger.content"
        looked.findings.append(wrong(key, position=broken.position))
    else:
        words: dict[str, Value] = {"count": newest.position, "checked": checked, "hash": newest.link.hex()[:16]}
        if newest.position == 0:
            looked.findings.append(right("ledger.empty", schema=NEWEST))
        else:
            written = datetime.fromtimestamp(looked.newest / 1000, UTC).isoformat()
            looked.findings.append(right("ledger.right", schema=NEWEST, written=written, **words))
        if records is None:
            looked.findings += [
                wrong("ledger.derived", table=table, count=count) for table, count in misfits(store).items()
            ]
    looked.replaced = moves.replaced(store)
    looked.findings += _queues(store, forum)
    looked.findings += _evidence(store, DiskArchive(settings.archive, max_bytes=NO_LIMIT), every=records is None)
    return looked


def _evidence(store: Store, archive: DiskArchive, *, every: bool) -> list[Finding]:
    """Whether what counts as evidence is in the archive; ``every``: and still has the bytes that came in."""
    missing, changed = [], []
    for sha256 in restored.evidence(store):
        if not archive.exists(sha256):
            missing.append(sha256)
        elif every:
            try:
                archive.verify(sha256)
            except (ObjectCorrupt, ArchiveUnwritable):
                changed.append(sha256)
    return [
        wrong(key, count=len(found), files=found[:SHOWN])
        for key, found in (("disk.missing", missing), ("disk.changed", changed))
        if found
    ]


def _queues(store: Store, forum: str) -> list[Finding]:
    queues = health.queues(store, forum)
    findings = [
        right(
            "queues.right",
            inbox=queues.undecided,
            outbox=queues.unsent,
            media=queues.media,
            sealed=queues.sealed,
        )
    ]
    if queues.failed:
        findings.append(
            wrong(
                "queues.failed",
                count=queues.failed,
                errors=[f"{error} ({key})" for key, error in queues.failures[:SHOWN]],
            )
        )
    if queues.stuck:
        findings.append(
            mind("queues.stuck", count=queues.stuck, reasons=[why for _, why in queues.reasons[:SHOWN]])
        )
    if queues.cancelled:
        findings.append(mind("queues.cancelled", count=queues.cancelled, reasons=list(queues.given_up[:SHOWN])))
    if queues.gaps:
        findings.append(mind("queues.gaps", count=queues.gaps))
    findings += [mind("queues.room", kind=kind, why=why) for kind, why in queues.degraded]
    if queues.unaccepted:
        findings.append(mind("queues.direct", count=len(queues.unaccepted), who=list(queues.unaccepted[:SHOWN])))
    return findings


def look_at_disk(settings: Settings) -> list[Finding]:
    """Room on the disk, the archive's size, and whether others may read what is secret."""
    state = settings.state
    try:
        place = next((folder for folder in (state, *state.parents) if folder.exists()), Path("/"))
        free = shutil.disk_usage(place).free
        sizes = [file.stat().st_size for file in archived(settings.archive)]
        loose = [name for name in SECRET_FILES if _open_to_others(state / name)]
    except OSError as error:
        return [wrong("disk.unreadable", path=str(error.filename or state), why=error.strerror or str(error))]
    words = {"free": free / GIBIBYTE, "files": len(sizes), "size": sum(sizes) / GIBIBYTE}
    rounded = {name: round(value, 1) for name, value in words.items()}
    findings = []
    if free < NO_ROOM:
        findings.append(wrong("disk.full", path=shown(place), free=free // 2**20))
    elif free < LITTLE_ROOM:
        findings.append(mind("disk.little", path=shown(place), free=rounded["free"]))
    else:
        findings.append(right("disk.right", path=shown(place), **{**rounded, "files": len(sizes)}))
    if loose:
        findings.append(wrong("disk.open", files=loose, path=shown(state)))
    return findings


def _open_to_others(path: Path) -> bool:
    return path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def look_at_backup(settings: Settings, now: int, *, rehearsal: bool) -> list[Finding]:
    """How old the newest backup is, and whether it is encrypted."""
    try:
        last = msgspec.json.decode((settings.state / contents.LAST_BACKUP).read_bytes(), type=LastBackup)
    except (OSError, msgspec.MsgspecError):
        # os.path answers also where a folder may not be looked into.
        if rehearsal or not os.path.exists(settings.ledger):  # noqa: PTH110
            return [right("backup.none_needed")]
        return [mind("backup.never")]
    at = datetime.fromtimestamp(last.at / 1000, UTC).isoformat()
    findings = []
    if now - last.at > BACKUP_OLD_MS:
        findings.append(mind("backup.old", at=at, days=(now - last.at) // 86_400_000))
    if not last.encrypted:
        findings.append(mind("backup.clear", file=last.file))
    if not last.media:
        findings.append(mind("backup.without_media", at=at))
    if not findings:
        findings.append(right("backup.right", at=at, size=round(last.size / 2**20, 1), file=last.file))
    return findings


def look_at_clock(looked: Looked, skew: float | None, zone: str, now: int) -> list[Finding]:
    """Whether this machine's clock can be trusted: against the homeserver's, and against the record."""
    local = datetime.fromtimestamp(now / 1000, UTC).isoformat()
    if looked.rehearsal:
        return [right("clock.rehearsal", zone=zone)]
    findings = []
    if skew is not None and abs(skew) >= 5:
        say = wrong if abs(skew) >= 60 else mind
        findings.append(say("clock.skew", seconds=round(abs(skew))))
    if looked.newest > now + CLOCK_SLACK_MS:
        findings.append(wrong("clock.back", minutes=round((looked.newest - now) / 60_000)))
    if not findings:
        key = "clock.alone" if skew is None else "clock.right"
        findings.append(right(key, at=local, zone=zone))
    return findings
