"""Meetings in a room, as an admin writes about them under ``meetings`` in ``policy.yaml``."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from bridge.policy.section import Section
from bridge.policy.types import Duration


class Meetings(Section):
    """Meetings run until people close them. Who may open them stands under rights."""

    ask_after: Duration = Field(
        default=timedelta(hours=12),
        description="After so long without a message the control room is asked once if the meeting is over.",
    )
    floor: Literal["open", "closed"] = Field(
        default="open",
        description="Who may write in a meeting: everybody, or those who lead it and whoever has the floor.",
    )
