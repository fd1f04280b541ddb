"""What no single field of the named places can know: names that lead to two places, units that are not there."""

from collections.abc import Collection, Sequence

from bridge.policy.faults import guess
from bridge.policy.nodes import Tree
from bridge.policy.places import NamedPlace
from bridge.policy.problems import Path

FARTHEST_KM = 1000
PLACES: Path = ("evidence", "checks", "places")


def check_places(places: Sequence[NamedPlace], tree: Tree) -> None:
    """A name leads to one place, and a place is no larger than a country."""
    known: dict[str, int] = {}
    for position, place in enumerate(places):
        if not 0 <= place.radius <= FARTHEST_KM:
            values = {"written": str(place.radius), "least": "0", "most": str(FARTHEST_KM)}
            tree.fault((*PLACES, position, "radius"), "out_of_range", values)
        for name in place.names:
            if known.setdefault(name.casefold(), position) != position:
                tree.fault((*PLACES, position, "name"), "place_twice", {"written": name})


def check_places_with(places: Sequence[NamedPlace], units: Collection[str], tree: Tree) -> None:
    """Whose area a place is stands in the roster."""
    for position, place in enumerate(places):
        if place.unit and place.unit not in units:
            near = guess(place.unit, sorted(units)) or {"otherwise": "add_unit"}
            tree.fault((*PLACES, position, "unit"), "unit_unknown", {"written": place.unit, **near})
