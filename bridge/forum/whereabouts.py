"""Where a photo should have been taken: the places that its report or its order names, else its unit's own area.

What a file says of its place can be wrong or forged, and most clients remove it: it is compared, and no proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from typing import Literal

from bridge.forum.book import Book
from bridge.forum.demands import says
from bridge.model.situation import DirectiveView, ReportView
from bridge.policy.pictures import Checks
from bridge.policy.places import NamedPlace

EARTH_KM = 6371.0

Seen = Literal["", "near", "far", "unplaced"]
"""How a photo's place is to where it should have been taken; empty where nobody says where that is."""


def seen(
    position: tuple[float, float] | None,
    report: ReportView | None,
    directive: DirectiveView | None,
    book: Book,
) -> Seen:
    """Compare the place that a file states with the places it may be from: the nearest of them counts."""
    checks = book.policy.evidence.checks
    if report is None or not checks.places:
        return ""
    wanted = expected(report, directive, checks)
    if not wanted:
        return ""
    if position is None:
        return "unplaced"
    beyond = min(distance(position, place.at) - place.radius for place in wanted)
    return "far" if beyond > checks.far_km else "near"


def expected(report: ReportView, directive: DirectiveView | None, checks: Checks) -> tuple[NamedPlace, ...]:
    """The places that the report names; else those of its order; else the own area of its unit."""
    for text in (report.text, directive.text if directive is not None else ""):
        if found := _named(text, checks.places):
            return found
    return tuple(place for place in checks.places if place.unit and place.unit == report.unit)


@lru_cache(maxsize=256)
def _named(text: str, places: Sequence[NamedPlace]) -> tuple[NamedPlace, ...]:
    return tuple(place for place in places if says(text, tuple(name.lower() for name in place.names)) is not None)


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres between two places, each in degrees north and east, on a sphere of the Earth's mean radius."""
    (north1, east1), (north2, east2) = one, other
    up, aside = radians(north2 - north1) / 2, radians(east2 - east1) / 2
    half = sin(up) ** 2 + cos(radians(north1)) * cos(radians(north2)) * sin(aside) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, half)))
