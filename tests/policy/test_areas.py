"""An area as a GeoJSON file beside the policy: read, checked with its places, watched and kept with the policy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.forum.signs import covered
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.policy import stamp
from bridge.policy.load import POLICY_NAME, ROSTER_NAME, Configuration, Source, load, load_sources, read_source
from bridge.policy.plan import plan
from bridge.policy.problems import Problem, Refused
from bridge.policy.watch import Rejected, Reloaded, Stirs, TakenBack, watch
from tests.forum.desk import FRIDAY, Desk, roster_text

SQUARE = [[119.7, -4.5], [120.1, -4.5], [120.1, -4.1], [119.7, -4.1], [119.7, -4.5]]
LAKE = [[119.9, -4.3], [119.95, -4.3], [119.95, -4.25], [119.9, -4.25], [119.9, -4.3]]
ISLAND = [[120.3, -4.5], [120.4, -4.5], [120.4, -4.4], [120.3, -4.4], [120.3, -4.5]]
POLICY = "forum: {name: Forum Uji}\nevidence:\n  checks:\n    area: wilayah.geojson   # batas kabupaten\n"


def polygon(*rings: object) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


def feature(geometry: object) -> dict[str, object]:
    return {"type": "Feature", "properties": {}, "geometry": geometry}


def put(folder: Path, area: object, policy: str = POLICY) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / POLICY_NAME).write_text(policy, encoding="utf-8")
    (folder / ROSTER_NAME).write_text(roster_text(), encoding="utf-8")
    text = area if isinstance(area, str) else json.dumps(area, indent=1)
    (folder / "wilayah.geojson").write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(Refused) as refused:
        load(folder)
    return refused.value.problems


@pytest.mark.parametrize(
    "area",
    [
        polygon(SQUARE, LAKE),
        feature(polygon(SQUARE, LAKE)),
        {"type": "MultiPolygon", "coordinates": [[SQUARE, LAKE], [ISLAND]]},
        {"type": "FeatureCollection", "features": [feature(polygon(SQUARE, LAKE)), feature(polygon(ISLAND))]},
        {"type": "GeometryCollection", "geometries": [polygon(SQUARE, LAKE)]},
    ],
)
def test_every_form_of_area_is_read(tmp_path: Path, area: object) -> None:
    """With its holes; longitude stands first, as maps have it, perhaps with a height."""
    borders = load(put(tmp_path, area)).policy.borders
    assert covered((-4.35, 119.88), borders.polygons)
    assert not covered((-4.27, 119.92), borders.polygons)
    assert not covered((-5.1, 119.4), borders.polygons)
    assert covered((-4.45, 120.35), borders.polygons) is (len(borders.polygons) == 2)
    assert borders.file == "wilayah.geojson"


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ('{"type": "Polygon",\n "coordinates": [}', "geojson_syntax", 2),
        ('{\n"type": "Point",\n"coordinates": [1, 2]}', "geojson_kind", 2),
        ("[1]", "geojson_object", 1),
        ('{"type": "FeatureCollection",\n "features": []}', "geojson_list", 2),
        ('{"type": "Polygon", "coordinates": [\n[[1, 2], [3, 4], [1, 2]]]}', "geojson_ring", 2),
        ('{"type": "Polygon", "coordinates": [\n[[1, 2], [3, 4],\n[5, 6], [7, 8]]]}', "geojson_ring", 2),
        ('{"type": "Polygon", "coordinates": [[[1, 2],\n[3, 95], [5, 6], [1, 2]]]}', "geojson_position", 2),
        ('{"type": "Polygon", "coordinates": [[[1, 2], [3, 4],\n"x", [1, 2]]]}', "geojson_position", 2),
        ('{"type": "Polygon", "coordinates": [[[1, 2], [3, NaN], [5, 6], [1, 2]]]}', "geojson_position", 1),
        ('{"type": "Feature", "geometry": ' * 2000, "geojson_syntax", 1),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, key: str, line: int) -> None:
    """In the file in which it stands, in both languages, without a traceback."""
    (problem,) = problems(put(tmp_path, text))
    assert (Path(problem.file).name, problem.key) == ("wilayah.geojson", key)
    if key != "geojson_syntax" or line == 2:
        assert problem.line == line
    for language in ("en", "id"):
        assert "{" not in problem.sentence(language).replace('{"type"', "")


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("wilayah.shp", "area_file"),
        ("../wilayah.geojson", "area_file"),
        ("/etc/passwd", "area_file"),
        ("hilang.geojson", "area_missing"),
    ],
)
def test_only_a_file_in_the_own_folder_is_read(tmp_path: Path, written: str, key: str) -> None:
    """The policy's line is named."""
    (problem,) = problems(put(tmp_path, polygon(SQUARE), POLICY.replace("wilayah.geojson", written)))
    assert (Path(problem.file).name, problem.key, problem.line) == (POLICY_NAME, key, 4)


def test_corners_in_the_policy_still_do(tmp_path: Path) -> None:
    """As before."""
    loaded = load(put(tmp_path, polygon(SQUARE), POLICY.replace("wilayah.geojson", "[[1, 2], [1, 3], [2, 3]]")))
    assert loaded.policy.borders.polygons == ()
    assert len(loaded.policy.evidence.checks.area) == 3


def again(configuration: Configuration) -> Configuration:
    """The configuration from the texts that the ledger keeps, wherever the files are."""
    texts = configuration.texts
    return load_sources(Source(POLICY_NAME, texts["policy"]), Source(ROSTER_NAME, texts["roster"]))


def test_a_version_is_kept_with_its_area(tmp_path: Path) -> None:
    """From the ledger alone it can be taken into force again, exactly."""
    first = load(put(tmp_path, polygon(SQUARE, LAKE)))
    kept = again(first)
    assert kept.policy.borders == first.policy.borders
    assert kept.policy.digest == first.policy.digest


def test_another_area_is_another_version(tmp_path: Path) -> None:
    """Though the policy's own file has not changed; the plan tells it in one line, by hash, not by corners."""
    first = load(put(tmp_path, polygon(SQUARE)))
    second = load(put(tmp_path, polygon(SQUARE, LAKE)))
    assert first.policy.digest != second.policy.digest
    told = plan(first, second, moment(FRIDAY), {})
    assert [one.subject for one in told] == ["borders.sha256"]


def test_who_wrote_the_policy_is_still_known(tmp_path: Path) -> None:
    """The line about its author is about the policy's own words."""
    folder = put(tmp_path, polygon(SQUARE))
    text = stamp.stamped((folder / POLICY_NAME).read_bytes(), "Ahli Contoh", moment(FRIDAY))
    (folder / POLICY_NAME).write_bytes(text)
    assert stamp.author_of(read_source(folder / POLICY_NAME).content) == "Ahli Contoh"


def test_an_old_version_that_is_put_back_takes_the_file_beside_it(tmp_path: Path) -> None:
    """Where that is gone, the area as it was kept."""
    folder = put(tmp_path, polygon(SQUARE))
    old = load(folder)
    (folder / POLICY_NAME).write_bytes(old.texts["policy"])
    put(tmp_path, polygon(SQUARE, LAKE), old.texts["policy"].decode())
    assert len(load(folder).policy.borders.polygons[0]) == 2
    (folder / "wilayah.geojson").unlink()
    assert load(folder).policy.borders == old.policy.borders


def test_a_photo_outside_is_noted_by_the_file(tmp_path: Path) -> None:
    """The rule goes by its polygons and holes as by corners in the policy."""
    folder = put(tmp_path / "config", polygon(SQUARE, LAKE))
    desk = Desk(tmp_path, policy=read_source(folder / POLICY_NAME).content.decode())
    for place, signs in (((-4.35, 119.88), ()), ((-4.27, 119.92), ("outside",)), ((-5.1, 119.4), ("outside",))):
        desk.judge(desk.photo("dlh-1", caption="Lapor, saluran sudah bersih"), position=place)
        assert desk.facts(f.EvidenceJudged)[-1].signs == signs


async def test_the_file_is_watched(tmp_path: Path) -> None:
    """Saved anew it takes force; broken it is told with its line; put back there is nothing to mend."""
    folder = put(tmp_path, polygon(SQUARE))
    file = folder / "wilayah.geojson"
    good = file.read_text()
    texts = iter([json.dumps(polygon(SQUARE, LAKE)), '{"type": "Point"}', json.dumps(polygon(SQUARE, LAKE)), good])

    async def stirs() -> Stirs:
        for text in texts:
            file.write_text(text)
            yield

    async def pause() -> None:
        return None

    changes = [change async for change in watch(folder, load(folder).digests, stirs(), pause=pause)]
    assert [type(change) for change in changes] == [Reloaded, Rejected, TakenBack, Reloaded]
    first, broken = changes[0], changes[1]
    assert isinstance(first, Reloaded) and len(first.policy.borders.polygons[0]) == 2
    assert isinstance(broken, Rejected) and [problem.key for problem in broken.problems] == ["geojson_kind"]
