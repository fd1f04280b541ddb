"""Places that orders and reports name, so that a photo can be compared with where it should have been taken."""

from __future__ import annotations

from pydantic import Field

from bridge.policy.section import Section
from bridge.policy.types import Latitude, Longitude, Text, Whole


class NamedPlace(Section):
    """A village, a district, a market: what it is called and where it lies."""

    name: Text = Field(description="As orders and reports name it.")
    aliases: tuple[Text, ...] = Field(default=(), description="What else it is called.")
    unit: str = Field(default="", description="The unit whose own area it is: where it reports from.")
    at: tuple[Latitude, Longitude] = Field(description="Its middle, as [latitude, longitude].")
    radius: Whole = Field(default=5, description="How far it reaches around that, in kilometres.")

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is called."""
        return (self.name, *self.aliases)
