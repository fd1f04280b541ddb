"""Sections of the policy about people and rooms: power levels, joining and leaving, sanctions."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from pydantic import Field

from bridge.policy.section import Section
from bridge.policy.types import Duration, Flag, Role, Text, Who, Whole


class Levels(Section):
    """Power levels in Matrix, as the roles have them. They give nobody a right in the forum."""

    roles: Mapping[Role, Whole] = Field(
        default={},
        description="Power level per role, as leader: 50; 0 to 99, and never as high as the bot's own.",
    )
    keep: Literal["report", "repair"] = Field(
        default="report",
        description="A level that somebody changed by hand: report it in the control room, or repair it as well.",
    )
    while_locked: tuple[Role, ...] = Field(
        default=("leader", "deputy", "secretary", "expert"),
        description="Roles that may write in a room while it is locked.",
    )


class Wave(Section):
    """When so many come at once that the control room is asked about all of them, once."""

    joins: Whole = Field(
        default=20,
        description="More accounts than this, none of them listed, that join, knock or are invited make a wave.",
    )
    within: Duration = Field(default=timedelta(minutes=10), description="Within this time.")


class Membership(Section):
    """Joining and leaving. The roster decides who; this decides how gently."""

    notice: Duration = Field(
        default=timedelta(minutes=15), description="How long a removal waits on a card that can be cancelled."
    )
    large_change_persons: Whole = Field(
        default=2, description="A change that removes more persons than this needs two people."
    )
    large_change_percent: Whole = Field(
        default=10, description="So does one that removes more than this percentage of those present."
    )
    end_notices: tuple[Duration, ...] = Field(
        default=(timedelta(days=14), timedelta(days=3)),
        description="How long before an office ends the control room hears of it.",
    )
    contact: Text | None = Field(
        default=None, description="Whom a removed person can turn to, as shown on their screen."
    )
    knocks: Literal["ask", "refuse"] = Field(
        default="ask",
        description="A knock of someone who is not listed: ask the control room, or refuse courteously.",
    )
    wave: Wave = Field(default=Wave(), description="Many who come at once and are not listed.")
    knock_wait: Duration = Field(
        default=timedelta(hours=24),
        description="How long a knock waits for an answer before it is refused courteously.",
    )
    guests_write: Flag = Field(
        default=False,
        description="Whether guests may write, or only read: true or false; the roster may say otherwise of one.",
    )


class Sanctions(Section):
    """What is done to people by hand. Who may do it stands under rights."""

    mute_alone: Duration = Field(
        default=timedelta(hours=24),
        description="A mute for longer than this needs the right mute_long or two people.",
    )
    protect: Who = Field(
        default=(),
        description="More roles and persons whom no rule touches and whom two people have to agree about, besides"
        " leaders, deputies and auditors.",
    )
