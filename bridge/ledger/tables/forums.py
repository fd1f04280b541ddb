"""What the ledger knows of itself, of its forums and of their rooms."""

from __future__ import annotations

import peewee as pw

from bridge.ledger.tables.base import Table


class Meta(Table):
    """Facts about the database itself: schema version, sync token, last write."""

    name = pw.TextField(primary_key=True)
    value = pw.TextField()


class Forum(Table):
    """A forum: one roster, one policy, one number space, one hash chain."""

    id = pw.TextField(primary_key=True)
    stage = pw.TextField(default="watch")
    position = pw.BigIntegerField(default=0)
    link = pw.BlobField()
    policy_version = pw.IntegerField(default=0)
    policy_sha256 = pw.TextField(default="")
    roster_version = pw.IntegerField(default=0)
    roster_sha256 = pw.TextField(default="")
    rehearsal = pw.SmallIntegerField(default=0)


class Counter(Table):
    """Next numbers: per forum and series for what people see, with an empty forum for our own row numbers."""

    forum = pw.TextField()
    series = pw.TextField()
    value = pw.BigIntegerField()

    class Meta:
        primary_key = pw.CompositeKey("forum", "series")


class FileText(Table):
    """Every policy and roster that was ever in force, whole."""

    forum = pw.TextField()
    what = pw.TextField()
    version = pw.IntegerField()
    sha256 = pw.TextField()
    text = pw.BlobField()
    at = pw.BigIntegerField()

    class Meta:
        primary_key = pw.CompositeKey("forum", "what", "version")


class Room(Table):
    """A room we know. ``kind``: forum, control, audit, group, direct or unknown."""

    room = pw.TextField(primary_key=True)
    forum = pw.TextField(default="")
    kind = pw.TextField(default="unknown")
    membership = pw.TextField(default="join")
    person = pw.TextField(null=True)
    adopted_at = pw.BigIntegerField(null=True)
    made_by_us = pw.SmallIntegerField(default=0)
    stale = pw.SmallIntegerField(default=0, index=True)
    degraded = pw.TextField(default="")
    predecessor = pw.TextField(default="", index=True, constraints=[pw.SQL("DEFAULT ''")])
    """The room that this one replaces, or would (kind `heir`), after an upgrade."""


class RoomState(Table):
    """Current state, fed only by clear state events."""

    room = pw.TextField()
    type = pw.TextField()
    state_key = pw.TextField()
    event = pw.TextField()
    sender = pw.TextField()
    at = pw.BigIntegerField()
    membership = pw.TextField(default="", index=False)
    content = pw.BlobField()

    class Meta:
        primary_key = pw.CompositeKey("room", "type", "state_key")


class Adopted(Table):
    """What is remembered of an account in a room: present at first sight, kept, left by hand, last acted on."""

    room = pw.TextField()
    user_id = pw.TextField()
    present = pw.SmallIntegerField(default=0)
    """1: was there when the room was first seen; 2: a person decided that they stay."""
    left_by_hand = pw.SmallIntegerField(default=0)
    act = pw.TextField(null=True)
    """What we last set out to do: invite or remove."""
    act_at = pw.BigIntegerField(null=True)

    class Meta:
        primary_key = pw.CompositeKey("room", "user_id")


class Reading(Table):
    """When a person was seen to read in the forum's room, first and last, in a week: their two newest ones.

    It is in no record: only experts see it, on command.
    """

    forum = pw.TextField()
    person = pw.TextField()
    week = pw.TextField()
    first = pw.BigIntegerField()
    last = pw.BigIntegerField()

    class Meta:
        primary_key = pw.CompositeKey("forum", "person", "week")
