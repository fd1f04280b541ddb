"""What no single field of the quiet hours can know: whether an hour is left that rings, and which units exist."""

from datetime import datetime

from bridge.policy.faults import guess
from bridge.policy.holidays import Holidays
from bridge.policy.nodes import Tree
from bridge.policy.problems import Path
from bridge.policy.quiet import QuietHours

_WEEK = datetime(2026, 1, 5)
"""A Monday, 00:00, anywhere."""


def check_quiet(quiet: QuietHours, at: Path, tree: Tree) -> None:
    """Note in the tree who would never be rung again, the forum or a unit."""
    places: dict[str | None, Path] = {None: at, **{unit: (*at, "units", unit) for unit in quiet.units}}
    for unit, place in places.items():
        calendar = quiet.calendar(unit, Holidays(quiet=False))
        if calendar.since(_WEEK) is not None and calendar.until(_WEEK) == _WEEK:
            tree.fault(place, "quiet_always")


def check_quiet_units(quiet: QuietHours, at: Path, units: frozenset[str], tree: Tree) -> None:
    """Note units with hours of their own that the roster does not have."""
    for unit in quiet.units:
        if unit not in units:
            near = guess(unit, sorted(units)) or {"otherwise": "add_unit"}
            tree.fault((*at, "units", unit), "unit_unknown", {"written": unit, **near})
