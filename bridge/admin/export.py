"""A sealed week as a bundle on disk, from the ledger and the archive of a deployment."""

from __future__ import annotations

import os
from pathlib import Path

from bridge.database import database_of
from bridge.evidence.archive import DiskArchive
from bridge.ledger.records import ForumHistory
from bridge.settings import Settings
from bridge.summary.export import export_week
from bridge.summary.keys import load_or_make_key


def export_bundle(settings: Settings, forum: str, week: str, archive: DiskArchive, out: Path) -> Path:
    """Export a sealed week into a folder, reading the ledger beside a running bridge if there is one."""
    store = database_of(settings).look()
    key = load_or_make_key(settings.state / "signing.key", os.urandom)
    try:
        done = export_week(
            ForumHistory(store, forum),
            week,
            lambda sha256: archive.open(sha256) if archive.exists(sha256) else None,
            key,
            out,
            settings.openings,
        )
    finally:
        store.close()
    return done.path
