"""Photos and videos that people look at; :mod:`bridge.ledger.projections` can rebuild them from the facts alone."""

from __future__ import annotations

import peewee as pw

from bridge.ledger.tables.base import Table


class EvidenceCheck(Table):
    """Projection: what waits for a verifier, or did, and what became of it."""

    forum = pw.TextField()
    number = pw.TextField()
    event = pw.TextField()
    place = pw.IntegerField()
    report = pw.TextField()
    person = pw.TextField()
    unit = pw.TextField(null=True)
    why = pw.TextField()
    """One reason a line."""
    appeal = pw.TextField()
    words = pw.TextField()
    private = pw.SmallIntegerField()
    earlier_event = pw.TextField(null=True)
    earlier_place = pw.IntegerField()
    earlier_report = pw.TextField(null=True)
    state = pw.TextField()
    """open, ok, declined, unchecked, withdrawn or dropped."""
    by_whom = pw.TextField(default="")
    cause = pw.TextField(default="", index=True)
    """The event that settled it, so that taking it back counts."""
    due = pw.BigIntegerField()
    at = pw.BigIntegerField()

    class Meta:
        table_name = "evidence_check"
        primary_key = pw.CompositeKey("forum", "number")
        indexes = ((("event", "place"), False), (("forum", "state", "at"), False), (("forum", "report"), False))
