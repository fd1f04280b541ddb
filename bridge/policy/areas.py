"""An area as a file beside the policy: GeoJSON (RFC 7946), as maps are exchanged.

The policy names the file, `area: wilayah.geojson`. Read together they are one text, the file's bytes in a last
comment line, so that they take force, are watched, and are kept with every version as one.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

from bridge.policy.nodes import LARGEST, read_tree
from bridge.policy.problems import Path, Place, Problem, Values
from bridge.policy.types import Area, Polygon

MOST_CORNERS = 50_000

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}\.(?:geojson|json)")
"""A file in the policy's own folder."""

_NAMED = re.compile(
    rb"""^[ \t]*area:[ \t]*["']?([A-Za-z0-9_][A-Za-z0-9_.-]{0,80}\.(?:geojson|json))["']?[ \t]*(?:\#.*)?\r?$""",
    re.MULTILINE,
)
_LINE = re.compile(rb"(?:\A|(?<=\n))# tudang-area: (?P<name>\S+) (?P<data>[A-Za-z0-9+/=]*)\n?\Z")


@dataclass(frozen=True, slots=True)
class Beside:
    """The bytes of the file that a policy names."""

    name: str
    content: bytes


def named(policy: bytes) -> str:
    """The file that a policy names for its area; empty where it names none."""
    found = _NAMED.search(policy)
    return found[1].decode() if found else ""


def joined(policy: bytes, folder: FilePath) -> bytes:
    """A policy's text with the file that it names in its last line; where that is gone, as it was kept."""
    body, kept = split(policy)
    name = named(body)
    if not name:
        return body
    try:
        with (folder / name).open("rb") as file:
            found: Beside | None = Beside(name, file.read(LARGEST + 1))
    except OSError:
        found = kept if kept is not None and kept.name == name else None
    if found is None:
        return body
    if body and not body.endswith(b"\n"):
        body += b"\n"
    return body + b"# tudang-area: " + name.encode() + b" " + base64.b64encode(found.content) + b"\n"


def split(text: bytes) -> tuple[bytes, Beside | None]:
    """A policy as its admin wrote it, and the file that was read with it."""
    found = _LINE.search(text)
    if found is None:
        return text, None
    try:
        content = base64.b64decode(found["data"], validate=True)
    except binascii.Error:
        return text, None
    return text[: found.start()], Beside(found["name"].decode("ascii", "replace"), content)


def read_area(beside: Beside, folder: FilePath) -> tuple[tuple[Polygon, ...], tuple[Problem, ...]]:
    """The polygons of a GeoJSON file; or none, with its first fault at its place."""
    file = str(folder / beside.name)
    if len(beside.content) > LARGEST:
        return (), (Problem(file, Place(1, 1), (), "too_large", {"limit": str(LARGEST // 1_000_000)}),)
    try:
        data = json.loads(beside.content.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        return (), (Problem(file, Place(error.lineno, error.colno), (), "geojson_syntax"),)
    except UnicodeDecodeError:
        return (), (Problem(file, Place(1, 1), (), "not_utf8"),)
    except RecursionError:
        return (), (Problem(file, Place(1, 1), (), "geojson_syntax"),)
    try:
        polygons = tuple(_polygons(data, ()))
        if not polygons:
            raise _Fault((), "geojson_empty")
        if sum(len(ring) for polygon in polygons for ring in polygon) > MOST_CORNERS:
            raise _Fault((), "geojson_long", {"limit": str(MOST_CORNERS)})
    except RecursionError:
        return (), (Problem(file, Place(1, 1), (), "geojson_object"),)
    except _Fault as fault:
        # JSON is YAML as well, whose reader knows where everything stands.
        place = read_tree(beside.content, file).place(fault.path)
        return (), (Problem(file, place, fault.path, fault.key, fault.values),)
    return polygons, ()


class _Fault(Exception):
    def __init__(self, path: Path, key: str, values: Values | None = None) -> None:
        super().__init__(key)
        self.path, self.key, self.values = path, key, values or {}


def _polygons(data: object, path: Path) -> Iterator[Polygon]:
    """What a GeoJSON object covers: polygons, and collections of such."""
    if not isinstance(data, dict):
        raise _Fault(path, "geojson_object")
    match data.get("type"):
        case "FeatureCollection":
            for place, feature in enumerate(_listed(data.get("features"), (*path, "features"))):
                yield from _polygons(feature, (*path, "features", place))
        case "Feature":
            yield from _polygons(data.get("geometry"), (*path, "geometry"))
        case "GeometryCollection":
            for place, geometry in enumerate(_listed(data.get("geometries"), (*path, "geometries"))):
                yield from _polygons(geometry, (*path, "geometries", place))
        case "Polygon":
            yield _polygon(data.get("coordinates"), (*path, "coordinates"))
        case "MultiPolygon":
            for place, one in enumerate(_listed(data.get("coordinates"), (*path, "coordinates"))):
                yield _polygon(one, (*path, "coordinates", place))
        case kind:
            raise _Fault((*path, "type"), "geojson_kind", {"written": str(kind)[:60]})


def _polygon(rings: object, path: Path) -> Polygon:
    """The border and, after it, the holes."""
    return tuple(_ring(ring, (*path, place)) for place, ring in enumerate(_listed(rings, path)))


def _ring(ring: object, path: Path) -> Area:
    corners = tuple(_corner(one, (*path, place)) for place, one in enumerate(_listed(ring, path)))
    if len(corners) < 4 or corners[0] != corners[-1]:
        raise _Fault(path, "geojson_ring")
    return corners[:-1]


def _corner(position: object, path: Path) -> tuple[float, float]:
    """GeoJSON writes the longitude first, and perhaps a height last."""
    if not isinstance(position, list) or not 2 <= len(position) <= 4:
        raise _Fault(path, "geojson_position")
    east, north = position[0], position[1]
    for degrees, most in ((east, 180), (north, 90)):
        if isinstance(degrees, bool) or not isinstance(degrees, int | float) or not abs(degrees) <= most:
            raise _Fault(path, "geojson_position")
    return float(north), float(east)


def _listed(value: object, path: Path) -> list[object]:
    if not isinstance(value, list) or not value:
        raise _Fault(path, "geojson_list")
    return value
