"""Facts: what the record says happened. Append-only; everything else is derived from them.

A fact is the body of one ledger record. Its ``kind`` is the struct's tag. Times are milliseconds since the Unix
epoch. ``event`` is always the Matrix event id that a fact rests on, ``cause`` the event (or timer) that made us
act. Bodies hold names as they were when recorded, so that an export never has to look anything up elsewhere.

They stand apart by what they are about: messages in `talk`, orders and reports in `work`, pictures that people look
at in `checks`, rooms and people in `forum`, meetings in `meetings`, the record itself in `keeping`. Everybody
imports them from here.
"""

from __future__ import annotations

from bridge.model.facts.base import Fact
from bridge.model.facts.checks import CheckDropped, CheckOpened, EvidenceSettled, MediaReplaced
from bridge.model.facts.forum import (
    Act,
    ActDone,
    Adopted,
    FileVersion,
    Gap,
    Granted,
    LevelsSeen,
    Membership,
    PersonName,
    Prompted,
    Proposal,
    Revoked,
    RoomChanged,
    RoomReplaced,
    Stage,
    Started,
    UnitName,
    Viewed,
    WeekSealed,
)
from bridge.model.facts.keeping import Destroyed, Keeping
from bridge.model.facts.meetings import Attended, Floor, Meeting, MeetingChanged, Minuted
from bridge.model.facts.mornings import DigestSent, DigestWanted
from bridge.model.facts.reading import ForumRead, UnitRead
from bridge.model.facts.record import Record
from bridge.model.facts.talk import (
    Conduct,
    Corrected,
    Edited,
    MediaPart,
    Message,
    Opened,
    Redacted,
    Refused,
    Sealed,
)
from bridge.model.facts.work import (
    Asked,
    Decision,
    DecisionChanged,
    Directive,
    DirectiveChanged,
    Emergency,
    Escalated,
    EvidenceJudged,
    EvidencePaired,
    ProposalMedia,
    Readdressed,
    Report,
    ReportChanged,
    Struggled,
    Task,
)

__all__ = [
    "Act",
    "ActDone",
    "Adopted",
    "AnyFact",
    "Asked",
    "Attended",
    "CheckDropped",
    "CheckOpened",
    "Conduct",
    "Corrected",
    "Decision",
    "DecisionChanged",
    "Destroyed",
    "DigestSent",
    "DigestWanted",
    "Directive",
    "DirectiveChanged",
    "Edited",
    "Emergency",
    "Escalated",
    "EvidenceJudged",
    "EvidencePaired",
    "EvidenceSettled",
    "Fact",
    "FileVersion",
    "Floor",
    "ForumRead",
    "Gap",
    "Granted",
    "Keeping",
    "LevelsSeen",
    "MediaPart",
    "MediaReplaced",
    "Meeting",
    "MeetingChanged",
    "Membership",
    "Message",
    "Minuted",
    "Opened",
    "PersonName",
    "Prompted",
    "Proposal",
    "ProposalMedia",
    "Readdressed",
    "Record",
    "Redacted",
    "Refused",
    "Report",
    "ReportChanged",
    "Revoked",
    "RoomChanged",
    "RoomReplaced",
    "Sealed",
    "Stage",
    "Started",
    "Struggled",
    "Task",
    "UnitName",
    "UnitRead",
    "Viewed",
    "WeekSealed",
]

AnyFact = (
    Message
    | Directive
    | DirectiveChanged
    | Readdressed
    | Escalated
    | Task
    | Report
    | ReportChanged
    | EvidencePaired
    | EvidenceJudged
    | CheckDropped
    | CheckOpened
    | EvidenceSettled
    | MediaReplaced
    | Decision
    | DecisionChanged
    | Corrected
    | Emergency
    | Asked
    | Struggled
    | Membership
    | Adopted
    | Stage
    | Proposal
    | Prompted
    | Act
    | ActDone
    | Granted
    | Revoked
    | LevelsSeen
    | RoomChanged
    | RoomReplaced
    | Redacted
    | Edited
    | Conduct
    | Refused
    | Sealed
    | Opened
    | Gap
    | FileVersion
    | WeekSealed
    | Started
    | Keeping
    | Meeting
    | MeetingChanged
    | Attended
    | Floor
    | ForumRead
    | Minuted
    | Destroyed
    | DigestSent
    | DigestWanted
    | Viewed
)
"""Every kind of fact; decode with ``msgspec.json.Decoder(AnyFact)``."""
