"""The tables of a ledger, as peewee models. They say the schema; the statements beside them do the work.

Only types, names and constraints that SQLite and PostgreSQL share are used; flags are 0 or 1. Every table that
belongs to a forum starts its key with it. Times are milliseconds since the Unix epoch.

They stand apart by what they hold: `forums` and their rooms, `queues`, the `record`, and its `projections`.
Everybody imports them from here.
"""

from __future__ import annotations

from bridge.ledger.tables.base import Table, columns, name_of
from bridge.ledger.tables.checks import EvidenceCheck
from bridge.ledger.tables.forums import Adopted, Counter, FileText, Forum, Meta, Reading, Room, RoomState
from bridge.ledger.tables.meetings import Attendance, Hand, Meeting, Minute
from bridge.ledger.tables.projections import (
    Act,
    Asked,
    Conduct,
    Decision,
    DigestWish,
    Directive,
    Edit,
    Entrance,
    FirstUse,
    Granted,
    Media,
    Message,
    PictureBucket,
    PictureView,
    Proposal,
    Report,
    Step,
    Task,
)
from bridge.ledger.tables.queues import Download, Fetching, Gap, Inbox, Outbox, Posted
from bridge.ledger.tables.record import Fact, KeptBack

__all__ = [
    "ALL",
    "PROJECTIONS",
    "Act",
    "Adopted",
    "Asked",
    "Attendance",
    "Conduct",
    "Counter",
    "Decision",
    "DigestWish",
    "Directive",
    "Download",
    "Edit",
    "Entrance",
    "EvidenceCheck",
    "Fact",
    "Fetching",
    "FileText",
    "FirstUse",
    "Forum",
    "Gap",
    "Granted",
    "Hand",
    "Inbox",
    "KeptBack",
    "Media",
    "Meeting",
    "Message",
    "Meta",
    "Minute",
    "Outbox",
    "PictureBucket",
    "PictureView",
    "Posted",
    "Proposal",
    "Reading",
    "Report",
    "Room",
    "RoomState",
    "Step",
    "Table",
    "Task",
    "columns",
    "name_of",
]

PROJECTIONS: tuple[type[Table], ...] = (
    Message,
    Media,
    FirstUse,
    PictureView,
    PictureBucket,
    Directive,
    Task,
    Step,
    Report,
    EvidenceCheck,
    Decision,
    Proposal,
    Act,
    Granted,
    DigestWish,
    Entrance,
    Asked,
    Edit,
    Conduct,
    Meeting,
    Attendance,
    Hand,
    Minute,
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
    Reading,
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
