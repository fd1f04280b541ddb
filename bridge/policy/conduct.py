"""The rules on messages, as an admin writes them under ``conduct`` in ``policy.yaml``.

Each rule goes up a ladder of steps with every time that it is met: a private reminder, a private warning, a mute
for a while, a removal that people have to agree to, a question to the leader. What was met long ago is forgotten.
"""

from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import Field

from bridge.policy.section import Section
from bridge.policy.types import Duration, Flag, LongText, RoleOrPerson, Size, Slug, Text, TimeOfDay, Whole

Step = Literal["remind", "warn", "mute", "remove", "ask"]
"""What happens when a rule is met: told privately, warned, muted, proposed for removal, or the leader is asked."""

Steps = tuple[Step, ...]
Those = Annotated[tuple[RoleOrPerson, ...], Field(json_schema_extra={"uniqueItems": True})]
"""Roles, ids of units and ids of persons, mixed."""

GENTLE: Steps = ("remind",)
BUILT_IN = ("flood", "edits", "quiet_hours", "off_topic")
"""Names that no rule of a policy's own may take."""


class Flood(Section):
    """Many messages of one person in one room. Photos of a report count once, orders of leaders never."""

    messages: Whole = Field(default=12, description="So many messages within that time; 0 for no limit.")
    within: Duration = Field(default=timedelta(seconds=20), description="The time in which they are counted.")
    steps: Steps = Field(default=GENTLE, description="What happens the first time, the second, and so on.")


class Edits(Section):
    """Many edits by one person in one room."""

    edits: Whole = Field(default=20, description="So many edits within that time; 0 for no limit.")
    within: Duration = Field(default=timedelta(minutes=1), description="The time in which they are counted.")
    steps: Steps = Field(default=GENTLE, description="What happens the first time, the second, and so on.")


class Night(Section):
    """Ordinary messages in the quiet hours; emergencies, orders, reports and those on duty always pass."""

    notice: Flag = Field(
        default=False,
        description="Whether whoever writes then hears of it once a night, privately: true or false.",
    )
    duty: Those = Field(default=(), description="Who is on duty at night: roles, units or persons.")


class OffTopic(Section):
    """Talk that belongs elsewhere: moved by people with ↪, or by words of the policy."""

    rooms: Mapping[Slug, Text] = Field(
        default={},
        description="A word and a room's address, where talk can be moved to. Without one, a thread of its own.",
    )
    words: tuple[Text, ...] = Field(
        default=(), description="Words that move a message by themselves; empty for none."
    )
    steps: Steps = Field(
        default=GENTLE, description="What happens when a person's messages are moved again and again."
    )


class ContentRule(Section):
    """A rule on what a message holds. It is met when one of its conditions is."""

    name: Slug = Field(description="A name for the record, as chain-letters.")
    words: tuple[Text, ...] = Field(
        default=(), description="Whole words or phrases; look-alike and invisible letters do not hide them."
    )
    mentions_above: Whole | None = Field(default=None, description="More people mentioned than this.")
    room_mention: Flag = Field(default=False, description="Mentions everybody (@room): true or false.")
    links_outside: tuple[Text, ...] | None = Field(
        default=None, description="Links to other places than these domains and what is below them."
    )
    files: tuple[Text, ...] = Field(
        default=(), description="Files that end so, as apk or exe; or image, video, audio, file, sticker, gif."
    )
    file_above: Size | None = Field(default=None, description="A file larger than this.")
    longer_than: Whole | None = Field(default=None, description="A text of more characters than this.")
    applies_to: Those = Field(default=(), description="Roles, units or persons; empty for everybody.")
    excepting: Those = Field(
        default=("auditor",), validation_alias="except", description="Roles, units or persons it does not apply to."
    )
    rooms: tuple[Text, ...] = Field(
        default=(), description="Rooms: forum, group or a room's id; empty for all of the forum."
    )
    steps: Steps = Field(default=GENTLE, description="What happens the first time, the second, and so on.")
    redact: Flag = Field(
        default=False, description="Whether the message is taken out of the room as well: true or false."
    )
    say: LongText | None = Field(default=None, description="The sentence the person reads instead of ours.")

    @property
    def conditions(self) -> Iterator[str]:
        """The names of the conditions it has."""
        for name, given in (
            ("words", bool(self.words)),
            ("mentions_above", self.mentions_above is not None),
            ("room_mention", self.room_mention),
            ("links_outside", self.links_outside is not None),
            ("files", bool(self.files)),
            ("file_above", self.file_above is not None),
            ("longer_than", self.longer_than is not None),
        ):
            if given:
                yield name

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(self.conditions)})"


class Pace(Section):
    """How many messages at once, and when: the lines of ``conduct`` that a working group may have of its own."""

    flood: Flood = Field(default=Flood(), description="Many messages in a short time.")
    edits: Edits = Field(default=Edits(), description="Many edits in a short time.")
    night: Night = Field(default=Night(), description="Ordinary messages in the quiet hours.")


class Conduct(Pace):
    """Rules on messages. They act in the stage enforce only, privately, and never on leaders or auditors."""

    backlog: Duration = Field(
        default=timedelta(minutes=10),
        description="What is older than this when it is read is only listed for the control room.",
    )
    memory: Duration = Field(
        default=timedelta(days=30), description="How long it is remembered that a person met a rule."
    )
    pause: Duration = Field(
        default=timedelta(minutes=2), description="What a person does within this time after a step counts with it."
    )
    mute: Duration = Field(default=timedelta(hours=1), description="How long a mute lasts; at most 24h.")
    digest: TimeOfDay = Field(
        default=time(6, 30), description="When the control room reads what the rules saw since the day before."
    )
    off_topic: OffTopic = Field(default=OffTopic(), description="Talk that belongs elsewhere.")
    rules: tuple[ContentRule, ...] = Field(default=(), description="Rules on what messages hold.")
