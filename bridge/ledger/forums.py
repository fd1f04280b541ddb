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


def position(store: Store, forum: str) -> int:
    """The position of the last line of a forum's record; 0 while it is empty."""
    return store.count("SELECT position FROM forum WHERE id = ?", (forum,))


def stage(store: Store, forum: str) -> str:
    """The stage in which a forum is."""
    row = store.one("SELECT stage FROM forum WHERE id = ?", (forum,))
    return row[0] if row else "watch"


class Kept(msgspec.Struct, frozen=True):
    """The versions of a policy or roster that a forum has."""

    version: int = 0
    """Of the newest; 0 when there is none."""
    sha256: str = ""
    text: bytes = b""
    before: bytes | None = None
    """The text of the version before it."""
    recorded: int = 0
    """The version of which the record says that it took force."""


def kept(store: Store, forum: str, what: str) -> Kept:
    """The newest version of a policy or roster, and the one before it."""
    rows = store.all(
        "SELECT version, sha256, text FROM file_text WHERE forum = ? AND what = ? ORDER BY version DESC LIMIT 2",
        (forum, what),
    )
    if not rows:
        return Kept()
    version, sha256, text = rows[0]
    recorded = store.count(f"SELECT {what}_version FROM forum WHERE id = ?", (forum,))
    return Kept(version, sha256, bytes(text), bytes(rows[1][2]) if len(rows) > 1 else None, recorded)


def keep(store: Store, forum: str, what: str, version: int, sha256: str, text: bytes, now: int) -> None:
    """Keep the text of a version for good; one that is kept already stays as it is."""
    store.run(
        "INSERT INTO file_text (forum, what, version, sha256, text, at) VALUES (?,?,?,?,?,?)"
        " ON CONFLICT (forum, what, version) DO NOTHING",
        (forum, what, version, sha256, text, now),
    )


def announce(store: Store, forum: str, what: str, key: str, news: msgspec.Struct, now: int) -> None:
    """Bring a loaded or refused file before the rules."""
    inbox.add_row(store, forum, "file", file_key(forum, what, key), msgspec.json.encode(news), at=now)


def file_key(forum: str, what: str, key: str) -> str:
    """The key of the row that brings a file before the rules."""
    return f"file:{forum}:{what}:{key}"
