"""The record itself: the facts, and which of them stayed though their time was over."""

from __future__ import annotations

import peewee as pw

from bridge.ledger.tables.base import Table


class Fact(Table):
    """The record: one row per fact, chained."""

    forum = pw.TextField()
    position = pw.BigIntegerField()
    kind = pw.TextField()
    at = pw.BigIntegerField()
    body = pw.BlobField(null=True)
    salt = pw.BlobField(null=True)
    content_hash = pw.BlobField()
    link = pw.BlobField()
    husk = pw.BlobField(null=True)
    """Of a destroyed content: what the projections still hold of it, without words; no part of the chain."""

    class Meta:
        primary_key = pw.CompositeKey("forum", "position")
        indexes = ((("forum", "kind", "position"), False),)


class KeptBack(Table):
    """Facts whose time was over and which stayed, since something open rests on them; looked at again daily."""

    forum = pw.TextField()
    what = pw.TextField()
    """messages or media."""
    position = pw.BigIntegerField()

    class Meta:
        primary_key = pw.CompositeKey("forum", "what", "position")
