"""What the facts add up to. :mod:`bridge.ledger.projections` can rebuild all of these from the facts alone."""

from __future__ import annotations

import peewee as pw

from bridge.ledger.tables.base import Table


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
    sent_at = pw.BigIntegerField(default=0, constraints=[pw.SQL("DEFAULT 0")])
    """When it was sent, as far as its sender's homeserver can be believed: never later than it was received."""

    class Meta:
        indexes = ((("forum", "room", "sender", "sent_at"), False),)


class Edit(Table):
    """Projection: edits of messages, so that many in a short time are seen."""

    edit = pw.TextField(primary_key=True)
    forum = pw.TextField()
    room = pw.TextField()
    sender = pw.TextField()
    sent_at = pw.BigIntegerField()

    class Meta:
        indexes = ((("forum", "room", "sender", "sent_at"), False),)


class Conduct(Table):
    """Projection: which rules on messages a person met, so that they are remembered over restarts."""

    forum = pw.TextField()
    event = pw.TextField()
    rule = pw.TextField()
    about = pw.TextField()
    room = pw.TextField()
    person = pw.TextField()
    step = pw.TextField()
    counts = pw.SmallIntegerField()
    """1 for a step of the ladder, or a message that was moved."""
    act = pw.TextField(default="")
    sent_at = pw.BigIntegerField()
    at = pw.BigIntegerField()

    class Meta:
        primary_key = pw.CompositeKey("forum", "event", "rule")
        indexes = ((("forum", "person", "rule", "counts", "sent_at"), False), (("forum", "at"), False))


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
    held_for = pw.TextField(default="", constraints=[pw.SQL("DEFAULT ''")])
    """Why people look at it, one reason a line, and where the picture that it is like was sent."""
    earlier_event = pw.TextField(null=True)
    earlier_place = pw.IntegerField(default=0, constraints=[pw.SQL("DEFAULT 0")])
    earlier_report = pw.TextField(null=True)
    replaces = pw.TextField(default="", constraints=[pw.SQL("DEFAULT ''")])
    """Of the file of an edit: the message that it edits."""
    readable = pw.TextField(null=True)
    """SHA-256 of a JPEG that we made of it for readers."""
    grid = pw.TextField(default="", constraints=[pw.SQL("DEFAULT ''")])

    class Meta:
        primary_key = pw.CompositeKey("event", "place")
        indexes = (
            (("forum", "person", "received_at"), False),
            (("forum", "report"), False),
            (("verdict", "person"), False),
            (("sha256",), False),
            (("readable",), False),
        )


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


class PictureView(Table):
    """Projection: the views by which pictures are recognised, over all forums; they outlive the pictures."""

    sample = pw.BigIntegerField()
    """64 bits of the hash, by which the buckets lead here."""
    at = pw.BigIntegerField()
    event = pw.TextField()
    place = pw.IntegerField()
    view = pw.TextField()
    hash = pw.BlobField()
    """PDQ, 32 bytes."""

    class Meta:
        primary_key = pw.CompositeKey("sample", "at", "event", "place", "view")


class PictureBucket(Table):
    """Projection: samples of the views whose hashes have the same 16 bits in the same place, ascending."""

    bucket = pw.BigIntegerField(primary_key=True)
    """The kind of view, the place and the 16 bits, as one number."""
    samples = pw.BlobField()
    """8 bytes each, big-endian."""


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
    revised_at = pw.BigIntegerField(null=True)
    nil_allowed = pw.SmallIntegerField(default=0, constraints=[pw.SQL("DEFAULT 0")])
    on_behalf = pw.TextField(default="", constraints=[pw.SQL("DEFAULT ''")])
    unled = pw.TextField(default="", constraints=[pw.SQL("DEFAULT ''")])
    """Units that it is for and nobody answered for, one a line."""
    urgency = pw.TextField(default="ordinary", constraints=[pw.SQL("DEFAULT 'ordinary'")])
    acting = pw.SmallIntegerField(default=0, constraints=[pw.SQL("DEFAULT 0")])
    """Whoever gave it held the office for the time being."""
    reason = pw.TextField(default="", constraints=[pw.SQL("DEFAULT ''")])
    """Why it is in its state, where somebody said so."""

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
        indexes = (
            (("forum", "unit", "state", "issued_at"), False),
            (("forum", "state", "issued_at"), False),
        )


class Step(Table):
    """Projection: every change of an order and of its tasks, in their order."""

    forum = pw.TextField()
    directive = pw.TextField()
    place = pw.IntegerField()
    what = pw.TextField()
    """A task's state, what was changed of the order, `escalated`, or `reason`."""
    unit = pw.TextField()
    """Empty for what concerns the order."""
    at = pw.BigIntegerField()
    who = pw.TextField()
    """A person id, several with a line each, or `rule:NAME`."""
    via = pw.TextField()
    report = pw.TextField()
    reason = pw.TextField()
    cause = pw.TextField()

    class Meta:
        primary_key = pw.CompositeKey("forum", "directive", "place")
        indexes = ((("forum", "report"), False),)


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
    promised = pw.BigIntegerField(default=0, constraints=[pw.SQL("DEFAULT 0")])
    """Until when its evidence is to follow, as its words say; 0 when they say nothing of it."""
    reason = pw.TextField(default="", constraints=[pw.SQL("DEFAULT ''")])
    """Why it is in its state, where somebody said so."""

    class Meta:
        primary_key = pw.CompositeKey("forum", "number")
        indexes = (
            (("forum", "person", "reported_at"), False),
            (("forum", "directive"), False),
            (("forum", "state", "reported_at"), False),
            (("forum", "unit", "promised"), False),
        )


class Decision(Table):
    """Projection: decisions."""

    forum = pw.TextField()
    number = pw.TextField()
    event = pw.TextField(index=True)
    person = pw.TextField()
    text = pw.TextField()
    at = pw.BigIntegerField()
    state = pw.TextField(default="in_force")
    """in_force, superseded, revoked or withdrawn."""
    destroyed = pw.SmallIntegerField(default=0, constraints=[pw.SQL("DEFAULT 0")])
    ended_by = pw.TextField(default="", constraints=[pw.SQL("DEFAULT ''")])
    """The decision that took its place or revoked it."""
    changed_by = pw.TextField(default="", constraints=[pw.SQL("DEFAULT ''")])
    changed_at = pw.BigIntegerField(default=0, constraints=[pw.SQL("DEFAULT 0")])
    why = pw.TextField(default="", constraints=[pw.SQL("DEFAULT ''")])
    """Of one that was withdrawn: deleted or edited."""
    body = pw.BlobField(null=True)
    """The fact, or what is left of it."""

    class Meta:
        primary_key = pw.CompositeKey("forum", "number")
        indexes = ((("forum", "at"), False),)


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


class Act(Table):
    """Projection: what was done to people and rooms, and what became of it."""

    forum = pw.TextField()
    number = pw.TextField()
    verb = pw.TextField()
    room = pw.TextField()
    user_id = pw.TextField()
    person = pw.TextField()
    """Empty for an account that belongs to nobody of the roster."""
    rule = pw.TextField()
    by_whom = pw.TextField()
    cause = pw.TextField()
    at = pw.BigIntegerField()
    until = pw.BigIntegerField(null=True)
    standing = pw.SmallIntegerField()
    """1 while it lasts: a mute, a ban or a lock that nobody has ended."""
    undone = pw.TextField(default="", constraints=[pw.SQL("DEFAULT ''")])
    """The act that took it back."""
    result = pw.TextField(default="", constraints=[pw.SQL("DEFAULT ''")])
    """Empty until delivered; then done, already, failed or cancelled."""
    body = pw.BlobField()
    """The fact."""
    before = pw.BlobField(null=True)
    """What an act on power levels found, as JSON."""

    class Meta:
        primary_key = pw.CompositeKey("forum", "number")
        indexes = (
            (("forum", "person", "at"), False),
            (("forum", "standing", "verb", "user_id"), False),
            (("forum", "cause"), False),
            (("forum", "undone"), False),
        )


class Granted(Table):
    """Projection: what stands beside the roster's file, or did."""

    forum = pw.TextField()
    number = pw.TextField()
    standing = pw.SmallIntegerField()
    """1 until it is revoked."""
    at = pw.BigIntegerField()
    body = pw.BlobField()
    """The fact."""

    class Meta:
        primary_key = pw.CompositeKey("forum", "number")
        indexes = ((("forum", "standing", "at"), False),)


class DigestWish(Table):
    """Projection: who asked for the morning digest, or for none."""

    forum = pw.TextField()
    person = pw.TextField()
    wanted = pw.SmallIntegerField()
    at = pw.BigIntegerField()

    class Meta:
        primary_key = pw.CompositeKey("forum", "person")


class Entrance(Table):
    """Projection: accounts that are nobody's of the roster, and when each came to a room last."""

    forum = pw.TextField()
    room = pw.TextField()
    user_id = pw.TextField()
    at = pw.BigIntegerField()

    class Meta:
        primary_key = pw.CompositeKey("forum", "room", "user_id")
        indexes = ((("forum", "room", "at"), False),)


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
