"""What a rule is told of the world before it decides, and what it answers.

A rule declares its :class:`Needs`; the ledger's `gather` answers with a :class:`Situation`, and the rule with an
:class:`Outcome`. All views are bounded: their size does not grow with the history of a forum. Times are
milliseconds since the Unix epoch.

The views stand apart by what they are about: orders and reports in `work`, pictures that people look at in
`checks`, what was done or waits for people in `acts`, rooms and who is in them in `rooms`, the rules on messages in
`conduct`, meetings in `meetings`, the record itself in `keeping`. Everybody imports them from here.
"""

from __future__ import annotations

from bridge.model.situation.acts import ActView, PromptView, ProposalView
from bridge.model.situation.checks import Checked, CheckView, Use, may_count
from bridge.model.situation.conduct import ConductLook, ConductView, Paced, Seen, Step
from bridge.model.situation.keeping import PREVIEW, Aged, Aging, KeepingView, Look
from bridge.model.situation.meetings import AttendanceView, HandView, MeetingView, MinuteView
from bridge.model.situation.needs import Needs, Situation
from bridge.model.situation.outcome import Outcome
from bridge.model.situation.overview import (
    Alarm,
    DayCounts,
    MorningView,
    OpenOrder,
    Overview,
    OverviewNeed,
    WaitingPhotos,
    WaitingReport,
)
from bridge.model.situation.part import PartNeed, PartView, ReadView
from bridge.model.situation.rooms import (
    BY_ROLE,
    BY_SERVERS,
    LikenessNeed,
    LikenessView,
    MemberView,
    RoomLevels,
    RoomServers,
    RoomStanding,
    RoomView,
    WaveNeed,
    WaveView,
)
from bridge.model.situation.work import (
    OWING,
    AlikePicture,
    ConsentView,
    DecisionView,
    DirectiveView,
    FirstUse,
    LooseMedia,
    MediaView,
    Origin,
    ReportView,
    StepView,
    Subject,
    TaskView,
)

__all__ = [
    "BY_ROLE",
    "BY_SERVERS",
    "OWING",
    "PREVIEW",
    "ActView",
    "Aged",
    "Aging",
    "Alarm",
    "AlikePicture",
    "AttendanceView",
    "CheckView",
    "Checked",
    "ConductLook",
    "ConductView",
    "ConsentView",
    "DayCounts",
    "DecisionView",
    "DirectiveView",
    "FirstUse",
    "HandView",
    "KeepingView",
    "LikenessNeed",
    "LikenessView",
    "Look",
    "LooseMedia",
    "MediaView",
    "MeetingView",
    "MemberView",
    "MinuteView",
    "MorningView",
    "Needs",
    "OpenOrder",
    "Origin",
    "Outcome",
    "Overview",
    "OverviewNeed",
    "Paced",
    "PartNeed",
    "PartView",
    "PromptView",
    "ProposalView",
    "ReadView",
    "ReportView",
    "RoomLevels",
    "RoomServers",
    "RoomStanding",
    "RoomView",
    "Seen",
    "Situation",
    "Step",
    "StepView",
    "Subject",
    "TaskView",
    "Use",
    "WaitingPhotos",
    "WaitingReport",
    "WaveNeed",
    "WaveView",
    "may_count",
]
