"""Forums and the files that were in force in them."""

from __future__ import annotations

import msgspec

from bridge.ledger import chain, inbox
from bridge.ledger.store import Store


def ensure(store: Store, forum: str, stage: str, rehearsal: bool) -> None:
    """Make sure that a forum exists; an existing one keeps its stage and chain."""
    store.run(
        "INSERT INTO forum (id, stage, position, link, policy_version, policy_sha256, roster_version,"
        " roster_sha256, rehearsal) VALUES (?,?,0,?,0,'',0,'',?) ON CONFLICT (id) DO NOTHING",
        (forum, stage, chain.START.link, int(rehearsal)),
    )


def exists(store: Store, forum: str) -> bool:
    """Whether a forum has a record."""
    return store.one("SELECT 1 FROM forum WHERE id = ?", (forum,)) is not None


def stage(store: Store, forum: str) -> str:
    """The stage in which a forum is."""
    row = store.one("SELECT stage FROM forum WHERE id = ?", (forum,))
    return row[0] if row else "watch"


def version_of(store: Store, forum: str, what: str, sha256: str, text: bytes, now: int) -> tuple[int, bool]:
    """(version, whether it is new) of a policy or roster; the newest one of the same content is kept."""
    row = store.one(
        "SELECT version, sha256 FROM file_text WHERE forum = ? AND what = ? ORDER BY version DESC LIMIT 1",
        (forum, what),
    )
    if row is not None and row[1] == sha256:
        return row[0], False
    version = (row[0] if row else 0) + 1
    store.run(
        "INSERT INTO file_text (forum, what, version, sha256, text, at) VALUES (?,?,?,?,?,?)",
        (forum, what, version, sha256, text, now),
    )
    return version, True


def text_before(store: Store, forum: str, what: str, version: int) -> bytes | None:
    """The text of the version that was in force before this one; None for the first."""
    row = store.one(
        "SELECT text FROM file_text WHERE forum = ? AND what = ? AND version < ? ORDER BY version DESC LIMIT 1",
        (forum, what, version),
    )
    return bytes(row[0]) if row else None


def announce(store: Store, forum: str, what: str, key: str, news: msgspec.Struct, now: int) -> None:
    """Bring a loaded or refused file before the rules."""
    inbox.add_row(store, forum, "file", f"file:{forum}:{what}:{key}", msgspec.json.encode(news), at=now)
