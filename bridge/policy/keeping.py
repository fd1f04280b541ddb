"""Sections of the policy about the record: what is kept, how long, and when a week is sealed."""

from datetime import time
from typing import Literal

from pydantic import Field

from bridge.policy.section import Section
from bridge.policy.types import Flag, Keep, LongText, Period, TimeOfDay, Weekday


class Keeping(Section):
    """How long the record is kept. What is over is destroyed, and the forum is told so beforehand."""

    messages: Keep = Field(
        default=Period(),
        description="How long messages, orders, reports and decisions are kept: 5y, 400d, or forever.",
    )
    media: Keep | None = Field(
        default=None,
        description="How long photos and videos are kept; without this line as long as messages, never longer.",
    )

    @property
    def files(self) -> Period:
        """How long photos and videos are kept."""
        return self.messages if self.media is None else self.media

    @property
    def ends(self) -> bool:
        """Whether anything is ever destroyed."""
        return self.messages.ends or self.files.ends


class Record(Section):
    """What is kept, shown and said about keeping it."""

    untagged_talk: Literal["hash", "text"] = Field(
        default="hash", description="Talk without a tag in exports: only its hash, or its text."
    )
    readers: LongText | None = Field(default=None, description="Who reads the record, as announced in the forum.")
    keep: Keeping = Field(default=Keeping(), description="How long the record is kept; announced in the forum.")
    hold: Flag = Field(
        default=False, description="A legal hold: true stops every destruction until it is false again."
    )
    legal_notes: tuple[LongText, ...] = Field(default=(), description="Lines printed in every weekly bundle.")


class Week(Section):
    """The weekly summary."""

    seal_day: Weekday = Field(default="monday", description="The day on which the week before is sealed.")
    seal_time: TimeOfDay = Field(default=time(6, 0), description="The time at which it is sealed.")
    post_bundle: Flag = Field(
        default=True, description="Whether the bundle is posted in the audit room: true or false."
    )
