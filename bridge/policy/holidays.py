"""Days on which the forum rests, as an admin lists them under ``holidays`` in ``policy.yaml``."""

from datetime import date

from pydantic import Field

from bridge.policy.nodes import Tree
from bridge.policy.problems import Path
from bridge.policy.section import Section
from bridge.policy.types import Date, Flag, Text


class Holiday(Section):
    """A day, or several in a row."""

    day: Date = Field(description="The day, as 2026-12-25; of several in a row the first.")
    last: Date | None = Field(default=None, validation_alias="to", description="The last day of several in a row.")
    name: Text = Field(description="What the day is called, as the card and answers show it.")

    def holds(self, day: date) -> bool:
        """Whether it is on a day."""
        return self.day <= day <= (self.last or self.day)


class Holidays(Section):
    """Holidays of the forum. What falls due on one is noted, and stays due."""

    quiet: Flag = Field(
        default=True,
        description="Whether these days are quiet from midnight to midnight, where there are quiet hours at all:"
        " true; or only noted: false.",
    )
    days: tuple[Holiday, ...] = Field(default=(), description="The days: national ones, and those of the place.")

    def on(self, day: date) -> Holiday | None:
        """The holiday on a day."""
        return next((one for one in self.days if one.holds(day)), None)


def check_holidays(holidays: Holidays, tree: Tree) -> None:
    """Note in the tree days that end before they begin, and such as are listed twice."""
    for position, one in enumerate(holidays.days):
        at: Path = ("holidays", "days", position)
        if one.last is not None and one.last < one.day:
            tree.fault((*at, "to"), "dates_reversed", {"begins": str(one.day), "to": str(one.last)})
        for earlier, other in enumerate(holidays.days[:position]):
            if other.day <= (one.last or one.day) and one.day <= (other.last or other.day):
                line = tree.line(("holidays", "days", earlier))
                tree.fault(at, "holiday_twice", {"other": other.name, "line": line})
                break
