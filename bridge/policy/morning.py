"""The morning digest, as an admin writes it under ``morning`` in ``policy.yaml``."""

from datetime import time

from pydantic import Field

from bridge.policy.section import Section
from bridge.policy.types import Flag, Role, TimeOfDay


class Morning(Section):
    """What people read in a direct chat in the morning, on days on which there is something to say."""

    at: TimeOfDay = Field(default=time(7), description="When it is sent, in the forum's zone.")
    roles: tuple[Role, ...] = Field(
        default=("leader", "deputy", "secretary"),
        description="Who reads about all units: what is due today, late and to be judged; [] for nobody.",
    )
    heads: Flag = Field(
        default=True, description="Whether whoever leads a unit reads what the unit owes: true or false."
    )
