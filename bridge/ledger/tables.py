"""The tables of a ledger, as peewee models. They say the schema; the statements beside them do the work.

Only types, names and constraints that SQLite and PostgreSQL share are used; flags are 0 or 1. Every table that
belongs to a forum starts its key with it. Times are milliseconds since the Unix epoch.
"""

from __future__ import annotations

import peewee as pw

database = pw.DatabaseProxy()
"""Stands in until :func:`bridge.ledger.store.open_database` binds the models to a real database."""


class Table(pw.Model):
    class Meta:
        database = database
        legacy_table_names = False


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


class Inbox(Table):
    """What arrived and what became of it. Ordered by (batch, place)."""

    id = pw.BigIntegerField(primary_key=True)
    forum = pw.TextField()
    room = pw.TextField()
    batch = pw.BigIntegerField()
    place = pw.BigIntegerField()
    kind = pw.TextField()
    """event, timer, evidence, file, opened or gap."""
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


class Message(Table):
    """Projection: every recorded message."""

    event = pw.TextField(primary_key=True)
    forum = pw.TextField()
    room = pw.TextField()
    sender = pw.TextField()
    person = pw.TextField(null=True)
    name = pw.TextField(default="")
    unit = pw.TextField(null=True)
    role = pw.TextField()
    label = pw.TextField()
    number = pw.TextField(null=True)
    text = pw.TextField(default="")
    media = pw.BlobField(null=True)
    received_at = pw.BigIntegerField()
    encrypted = pw.SmallIntegerField(default=0)
    thread = pw.TextField(null=True)
    reply_to = pw.TextField(null=True)
    redacted = pw.SmallIntegerField(default=0)
    destroyed = pw.SmallIntegerField(default=0, constraints=[pw.SQL("DEFAULT 0")])
    """1: its words are gone, as their retention is over."""


class Asked(Table):
    """Projection: what people were asked, so that they are asked once and not too often."""

    forum = pw.TextField()
    what = pw.TextField()
    about = pw.TextField()
    person = pw.TextField(default="")
    at = pw.BigIntegerField()

    class Meta:
        primary_key = pw.CompositeKey("forum", "what", "about")
        indexes = ((("forum", "what", "at"), False),)


class Media(Table):
    """Projection: photos, videos and other files of messages."""

    event = pw.TextField()
    place = pw.IntegerField()
    forum = pw.TextField()
    room = pw.TextField()
    person = pw.TextField(null=True)
    unit = pw.TextField(null=True)
    kind = pw.TextField()
    mxc = pw.TextField()
    received_at = pw.BigIntegerField()
    thread = pw.TextField(null=True)
    reply_to = pw.TextField(null=True)
    report = pw.TextField(null=True)
    verdict = pw.TextField(default="pending")
    sha256 = pw.TextField(default="")
    mime = pw.TextField(default="")
    destroyed = pw.SmallIntegerField(default=0, constraints=[pw.SQL("DEFAULT 0")])
    """1: the file is gone, as its retention is over; its hash stays, so that it is known when it comes again."""

    class Meta:
        primary_key = pw.CompositeKey("event", "place")
        indexes = (
            (("forum", "person", "received_at"), False),
            (("forum", "report"), False),
            (("verdict", "person"), False),
            (("sha256",), False),
        )


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


class FirstUse(Table):
    """The first record of a file's bytes, over all forums: taken in the transaction that judges it."""

    sha256 = pw.TextField(primary_key=True)
    forum = pw.TextField()
    event = pw.TextField()
    place = pw.IntegerField()
    report = pw.TextField(null=True)
    at = pw.BigIntegerField()

    class Meta:
        indexes = ((("event", "place"), False),)


class Directive(Table):
    """Projection: orders."""

    forum = pw.TextField()
    number = pw.TextField()
    event = pw.TextField()
    room = pw.TextField()
    person = pw.TextField()
    name = pw.TextField()
    role = pw.TextField()
    text = pw.TextField()
    to_all = pw.SmallIntegerField()
    state = pw.TextField()
    issued_at = pw.BigIntegerField()
    due = pw.BigIntegerField(null=True)
    due_phrase = pw.TextField(default="")
    due_certain = pw.SmallIntegerField(default=1)
    evidence = pw.TextField()
    thread = pw.TextField(null=True)
    destroyed = pw.SmallIntegerField(default=0, constraints=[pw.SQL("DEFAULT 0")])

    class Meta:
        primary_key = pw.CompositeKey("forum", "number")
        indexes = ((("forum", "state", "issued_at"), False), (("event",), False))


class Task(Table):
    """Projection: one directive for one unit."""

    forum = pw.TextField()
    directive = pw.TextField()
    unit = pw.TextField()
    state = pw.TextField()
    at = pw.BigIntegerField()
    issued_at = pw.BigIntegerField()
    person = pw.TextField(null=True)
    report = pw.TextField(null=True)
    cause = pw.TextField(default="")
    acknowledged_by = pw.TextField(default="", index=True)
    """The event of the acknowledgement that counts, so that taking it back counts too."""

    class Meta:
        primary_key = pw.CompositeKey("forum", "directive", "unit")
        indexes = ((("forum", "unit", "state", "issued_at"), False),)


class Report(Table):
    """Projection: reports."""

    forum = pw.TextField()
    number = pw.TextField()
    event = pw.TextField(index=True)
    room = pw.TextField()
    person = pw.TextField()
    name = pw.TextField()
    unit = pw.TextField(null=True)
    role = pw.TextField()
    text = pw.TextField()
    state = pw.TextField()
    directive = pw.TextField(null=True)
    reported_at = pw.BigIntegerField()
    evidence_until = pw.BigIntegerField(null=True)
    thread = pw.TextField(null=True)
    emergency = pw.SmallIntegerField(default=0)
    nil = pw.SmallIntegerField(default=0)
    changed_at = pw.BigIntegerField(default=0)
    cause = pw.TextField(default="", index=True)
    """The event that gave it its state, so that taking a reaction back can be understood."""
    destroyed = pw.SmallIntegerField(default=0, constraints=[pw.SQL("DEFAULT 0")])

    class Meta:
        primary_key = pw.CompositeKey("forum", "number")
        indexes = ((("forum", "person", "reported_at"), False), (("forum", "directive"), False))


class Decision(Table):
    """Projection: decisions."""

    forum = pw.TextField()
    number = pw.TextField()
    event = pw.TextField(index=True)
    person = pw.TextField()
    text = pw.TextField()
    at = pw.BigIntegerField()
    state = pw.TextField(default="in_force")
    destroyed = pw.SmallIntegerField(default=0, constraints=[pw.SQL("DEFAULT 0")])

    class Meta:
        primary_key = pw.CompositeKey("forum", "number")


class Proposal(Table):
    """Projection: what waits in the control room."""

    forum = pw.TextField()
    number = pw.TextField()
    what = pw.TextField()
    room = pw.TextField()
    users = pw.TextField()
    persons = pw.TextField()
    detail = pw.TextField()
    state = pw.TextField()
    needs = pw.IntegerField()
    by_whom = pw.TextField()
    due = pw.BigIntegerField(null=True)
    at = pw.BigIntegerField()

    class Meta:
        primary_key = pw.CompositeKey("forum", "number")
        indexes = ((("forum", "state"), False),)


PROJECTIONS: tuple[type[Table], ...] = (
    Message,
    Media,
    FirstUse,
    Directive,
    Task,
    Report,
    Decision,
    Proposal,
    Asked,
)
"""Tables that :mod:`bridge.ledger.projections` can rebuild from the facts alone."""

ALL: tuple[type[Table], ...] = (
    Meta,
    Forum,
    Counter,
    FileText,
    Room,
    RoomState,
    Adopted,
    Inbox,
    Gap,
    Fact,
    KeptBack,
    Outbox,
    Posted,
    Fetching,
    Download,
    *PROJECTIONS,
)
