"""Signs: what is noticed of a picture beside its verdict, and how strictly the policy takes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.forum.whereabouts import Seen
from bridge.model.evidence import Inspection, Sign
from bridge.model.situation import AlikePicture
from bridge.policy.pictures import Checks, Level
from bridge.policy.types import Area, Polygon

LEVELS: tuple[Level, ...] = ("off", "note", "hold", "refuse")
"""From the mildest to the strictest."""

CLOCKS_DIFFER = timedelta(hours=3)
"""A camera's clock may be so far ahead: it is set by hand, or to the zone of another island."""


def noticed(
    inspection: Inspection,
    checks: Checks,
    *,
    received: datetime,
    zone: ZoneInfo,
    alike: AlikePicture | None = None,
    forwarded: bool = False,
    aligned: bool = False,
    borders: Sequence[Polygon] = (),
    place: Seen = "",
) -> tuple[Sign, ...]:
    """The signs of a picture that was received at an aware time; those whose check is off are left out.

    ``alike`` is the earlier picture that matters; ``aligned`` says that it lies upon one of the same task;
    ``borders`` are the area where a file beside the policy tells it; ``place`` is how near it was taken to where it
    should have been.
    """
    found = list(inspection.signs)
    if 0 < max(inspection.width or 0, inspection.height or 0) < checks.long_edge:
        found.append(Sign.SMALL)
    taken = taken_at(inspection, zone)
    if taken is not None and received - taken > checks.old_after:
        found.append(Sign.OLD)
    if taken is not None and taken - received > CLOCKS_DIFFER:
        found.append(Sign.FUTURE)
    area = borders or ([(checks.area,)] if checks.area else [])
    if inspection.position is not None and area and not covered(inspection.position, area):
        found.append(Sign.OUTSIDE)
    if place in (Sign.FAR, Sign.UNPLACED):
        found.append(Sign(place))
    if alike is not None and alike.distance <= checks.same_distance:
        found.append(Sign.SIMILAR)
    elif alike is not None and alike.distance <= checks.resembling_distance:
        found.append(Sign.RESEMBLING)
    if aligned:
        found.append(Sign.ALIGNED)
    if forwarded:
        found.append(Sign.FORWARDED)
    return tuple(sign for sign in found if level_of(sign, checks) != "off")


def level_of(sign: Sign, checks: Checks) -> Level:
    """What follows when this is noticed."""
    level: Level = getattr(checks, sign)
    return level


def strictest(signs: tuple[Sign, ...], checks: Checks) -> Level:
    """What follows of all of them together; `off` of none."""
    return max((level_of(sign, checks) for sign in signs), key=LEVELS.index, default="off")


def taken_at(inspection: Inspection, zone: ZoneInfo) -> datetime | None:
    """When the picture was taken by the camera's clock: in the zone that it wrote, else in the forum's."""
    if inspection.taken_at is None:
        return None
    try:
        taken = datetime.fromisoformat(inspection.taken_at + inspection.taken_offset)
    except ValueError:
        return None
    return taken if taken.tzinfo is not None else taken.replace(tzinfo=zone)


def covered(position: tuple[float, float], area: Sequence[Polygon]) -> bool:
    """Whether a place lies in one of some polygons, and in none of its holes."""
    return any(
        inside(position, border) and not any(inside(position, hole) for hole in holes) for border, *holes in area
    )


def inside(position: tuple[float, float], area: Area) -> bool:
    """Whether a place lies in an area, by how often a line to the east of it meets the border."""
    north, east = position
    within = False
    for (north1, east1), (north2, east2) in zip(area, (*area[1:], area[0]), strict=True):
        if (north1 > north) != (north2 > north):
            meets = east1 + (north - north1) / (north2 - north1) * (east2 - east1)
            within ^= meets > east
    return within
