"""What waits to be taken in, decided, fetched or done, and what became of it."""

from __future__ import annotations

import peewee as pw

from bridge.ledger.tables.base import Table


class Inbox(Table):
    """What arrived and what became of it. Ordered by (batch, place)."""

    id = pw.BigIntegerField(primary_key=True)
    forum = pw.TextField()
    room = pw.TextField()
    batch = pw.BigIntegerField()
    place = pw.BigIntegerField()
    kind = pw.TextField()
    """event, opened, replay, sealed, timer, verdict, members, file, device, gap or start."""
    key = pw.TextField(unique=True)
    """The event id, or the row's own identity: nothing is taken twice."""
    session = pw.TextField(null=True)
    message_index = pw.BigIntegerField(null=True)
    person = pw.TextField(null=True)
    state = pw.TextField()
    """new, waiting (a timer), sealed, done, own, failed, cancelled."""
    due = pw.BigIntegerField(null=True)
    patience = pw.BigIntegerField(null=True)
    at = pw.BigIntegerField()
    body = pw.BlobField()
    """The event, timer or verdict as msgspec JSON."""
    wire = pw.BlobField(null=True)
    """The outer event's JSON as received."""
    error = pw.TextField(default="")

    class Meta:
        indexes = (
            (("state", "batch", "place"), False),
            (("state", "due"), False),
            (("session", "message_index"), False),
            (("room", "state", "batch"), False),
            (("person", "state"), False),
        )


class Gap(Table):
    """A hole in a room's timeline, being filled or given up."""

    id = pw.TextField(primary_key=True)
    forum = pw.TextField()
    room = pw.TextField()
    batch = pw.BigIntegerField()
    place = pw.BigIntegerField()
    since = pw.TextField()
    until = pw.TextField()
    state = pw.TextField(index=True)
    cause = pw.TextField(default="")
    taken = pw.IntegerField(default=0)
    """How many places its events have taken so far."""
    events = pw.IntegerField(default=0)
    """How many of them were not known before."""
    attempts = pw.IntegerField(default=0)
    not_before = pw.BigIntegerField(default=0)
    opened = pw.BigIntegerField()


class Fetching(Table):
    """Media still to be fetched and judged."""

    event = pw.TextField()
    place = pw.IntegerField()
    forum = pw.TextField()
    person = pw.TextField(null=True)
    body = pw.BlobField()
    attempts = pw.IntegerField(default=0)
    not_before = pw.BigIntegerField(default=0)
    created = pw.BigIntegerField()

    class Meta:
        primary_key = pw.CompositeKey("event", "place")
        indexes = ((("created",), False), (("not_before",), False), (("forum", "person"), False))


class Outbox(Table):
    """What is to be done in the world, and how far it is."""

    id = pw.BigIntegerField(primary_key=True)
    forum = pw.TextField()
    lane = pw.IntegerField()
    room = pw.TextField()
    effect = pw.BlobField()
    ref = pw.TextField(default="")
    merge = pw.TextField(default="")
    """Waiting rows with the same merge key are one: a card that is already to be refreshed."""
    state = pw.TextField()
    """waiting, sending, confirmed, cancelled."""
    txn = pw.TextField(unique=True)
    device = pw.TextField(default="")
    cause = pw.TextField()
    created = pw.BigIntegerField()
    not_before = pw.BigIntegerField(default=0)
    first_try = pw.BigIntegerField(null=True)
    attempts = pw.IntegerField(default=0)
    event = pw.TextField(null=True)
    reserved = pw.TextField(default="")
    """What was reserved before the try: an mxc, a direct room."""
    error = pw.TextField(default="")

    class Meta:
        indexes = (
            (("state", "lane", "id"), False),
            (("forum", "merge", "state"), False),
            (("forum", "ref", "state"), False),
        )


class Posted(Table):
    """What we posted under a ref, so that it can be answered, edited and taken back."""

    forum = pw.TextField()
    ref = pw.TextField()
    room = pw.TextField()
    event = pw.TextField(index=True)
    at = pw.BigIntegerField()
    edited = pw.BigIntegerField()
    shown = pw.TextField(default="")
    """SHA-256 of what it shows, so that an edit without change is not sent."""
    gone = pw.SmallIntegerField(default=0)

    class Meta:
        primary_key = pw.CompositeKey("forum", "ref")


class Download(Table):
    """A one-time link to a bundle that is too large for the homeserver. Its secret is kept as a hash only."""

    token_sha256 = pw.TextField(primary_key=True)
    forum = pw.TextField()
    week = pw.TextField()
    name = pw.TextField()
    made_at = pw.BigIntegerField()
    expires_at = pw.BigIntegerField(index=True)
    used_at = pw.BigIntegerField(null=True)
