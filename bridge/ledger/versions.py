"""Every version of policy and roster that was in force: texts, and what the record says of each."""

from __future__ import annotations

import msgspec

from bridge.ledger.store import Store
from bridge.model.facts import FileVersion

_fact = msgspec.json.Decoder(FileVersion).decode


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a file."""

    version: int
    sha256: str
    at: int
    """When the bridge took it (ms)."""
    text: bytes
    fact: FileVersion | None = None
    """What the record says of it; None when the bridge has not recorded it yet."""


def versions(store: Store, forum: str, what: str) -> list[Version]:
    """All versions of a policy or roster, newest first. For people: it reads every text."""
    facts = {fact.version: fact for fact in _recorded(store, forum) if fact.what == what}
    rows = store.all(
        "SELECT version, sha256, at, text FROM file_text WHERE forum = ? AND what = ? ORDER BY version DESC",
        (forum, what),
    )
    return [
        Version(version=version, sha256=sha256, at=at, text=bytes(text), fact=facts.get(version))
        for version, sha256, at, text in rows
    ]


def _recorded(store: Store, forum: str) -> list[FileVersion]:
    rows = store.all(
        "SELECT body FROM fact WHERE forum = ? AND kind = 'file_version' AND body IS NOT NULL ORDER BY position",
        (forum,),
    )
    return [_fact(bytes(row[0])) for row in rows]
