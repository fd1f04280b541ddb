"""One-time links to weekly bundles: only the hash of a link's secret is kept."""

from __future__ import annotations

import msgspec

from bridge.ledger.store import Store


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """What a link leads to."""

    token_sha256: str
    forum: str
    week: str
    name: str
    """The bundle's file name."""
    expires_at: int


def add(store: Store, download: Download, now: int) -> None:
    """Make a link; those whose time is over are forgotten."""
    store.run("DELETE FROM download WHERE expires_at <= ?", (now,))
    store.run(
        "INSERT INTO download (token_sha256, forum, week, name, made_at, expires_at, used_at)"
        " VALUES (?,?,?,?,?,?,NULL)",
        (
            download.token_sha256,
            download.forum,
            download.week,
            download.name,
            now,
            download.expires_at,
        ),
    )


def find(store: Store, token_sha256: str, now: int) -> Download | None:
    """What a link leads to; None when there is no such link, its time is over, or it was used."""
    row = store.one(
        "SELECT token_sha256, forum, week, name, expires_at FROM download"
        " WHERE token_sha256 = ? AND used_at IS NULL AND expires_at > ?",
        (token_sha256, now),
    )
    if row is None:
        return None
    return Download(token_sha256=row[0], forum=row[1], week=row[2], name=row[3], expires_at=row[4])


def use(store: Store, token_sha256: str, now: int) -> None:
    """Note that the last byte was sent."""
    store.run(
        "UPDATE download SET used_at = ? WHERE token_sha256 = ? AND used_at IS NULL",
        (now, token_sha256),
    )
