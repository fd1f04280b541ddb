"""What the facts about meetings add up to."""

from __future__ import annotations

import peewee as pw

from bridge.ledger.tables.base import Table


class Meeting(Table):
    """Projection: meetings."""

    forum = pw.TextField()
    number = pw.TextField()
    room = pw.TextField()
    event = pw.TextField()
    person = pw.TextField()
    name = pw.TextField()
    role = pw.TextField()
    topic = pw.TextField()
    agenda = pw.BlobField()
    """The items as JSON."""
    item = pw.IntegerField()
    state = pw.TextField()
    opened_at = pw.BigIntegerField()
    closed_at = pw.BigIntegerField(null=True)
    asked = pw.SmallIntegerField()
    destroyed = pw.SmallIntegerField()

    class Meta:
        primary_key = pw.CompositeKey("forum", "number")
        indexes = ((("room", "state"), False), (("forum", "state", "opened_at"), False))


class Attendance(Table):
    """Projection: who took part in a meeting, and how."""

    forum = pw.TextField()
    meeting = pw.TextField()
    person = pw.TextField()
    name = pw.TextField()
    unit = pw.TextField(null=True)
    role = pw.TextField()
    how = pw.TextField()
    stands_in = pw.TextField()
    event = pw.TextField()
    at = pw.BigIntegerField()

    class Meta:
        primary_key = pw.CompositeKey("forum", "meeting", "person")


class Hand(Table):
    """Projection: hands raised in a meeting, one of each person, and who has the floor."""

    forum = pw.TextField()
    meeting = pw.TextField()
    person = pw.TextField()
    name = pw.TextField()
    unit = pw.TextField(null=True)
    state = pw.TextField()
    place = pw.IntegerField()
    turn = pw.IntegerField()
    event = pw.TextField()
    at = pw.BigIntegerField()

    class Meta:
        primary_key = pw.CompositeKey("forum", "meeting", "person")


class Minute(Table):
    """Projection: what belongs to the minutes of a meeting."""

    forum = pw.TextField()
    meeting = pw.TextField()
    what = pw.TextField()
    event = pw.TextField()
    number = pw.TextField()
    person = pw.TextField()
    name = pw.TextField()
    unit = pw.TextField(null=True)
    text = pw.TextField()
    at = pw.BigIntegerField()
    settled = pw.SmallIntegerField()
    """1: a question that was answered."""

    class Meta:
        primary_key = pw.CompositeKey("forum", "meeting", "what", "event")
